// The connections between layers: coloured by sign, as wide as their size, with dots that move forward with the data or
// backward with the gradient.
import { rgb } from "../shared/color.js";
import { int8 } from "../shared/decode.js";

const WIDTHS = [0.4, 0.8, 1.4, 2.2, 3.2, 4.4];
// How many connections are drawn at most, the strongest first: between two layers, beside a mosaic of units, where more
// would hide each other, and in the whole network.
const MAX_IN_GAP = 400;
const MAX_AT_MOSAIC = 48;
const ROOMY = 90; // pixels between two layers; beside a mosaic with less room, connections are fewer and thinner
const MAX_IN_ALL = 2400;
const MAX_DOTS = 10; // per gap
const DOT_SECONDS = 1.6; // from one layer to the next
const REACH = 5; // pixels within which the pointer is on a connection

export class Connections {
  // `columns`: those of the geometry, the inputs first.
  layout(columns) {
    this.gaps = columns.slice(1).map((to, j) => {
      const from = columns[j];
      const x0 = from.right;
      const x1 = to.left;
      const share = Math.floor(MAX_IN_ALL / (columns.length - 1));
      const beside = from.mosaic || to.mosaic;
      const thickness = beside ? Math.min(1, (x1 - x0) / ROOMY) : 1;
      const most = Math.min(beside ? Math.ceil(MAX_AT_MOSAIC * thickness) : MAX_IN_GAP, share);
      return { from, to, x0, x1, bend: (x1 - x0) * 0.45, width: from.y.length, most, thickness, strongest: [] };
    });
  }

  get thinned() {
    return this.gaps.some((gap) => gap.width * gap.to.y.length > gap.most);
  }

  // Call `act` for every gap with its part of a frame's weights or gradients.
  each(message, act) {
    const values = int8(message.values);
    let offset = 0;
    this.gaps.forEach((gap, j) => {
      const n = gap.width * gap.to.y.length;
      act(gap, values.subarray(offset, offset + n), j);
      offset += n;
    });
  }

  draw(context, message, source, theme) {
    const largest = Math.max(...message.scales);
    this.each(message, (gap, values, j) => {
      // Weights share one scale, so that a layer of large weights stands out. Gradients have a scale per layer: they differ
      // by orders of magnitude, which the bars beneath show.
      const scale = source === "gradients" ? 1 : Math.sqrt(message.scales[j] / largest);
      this.drawGap(context, gap, values, scale, theme);
    });
  }

  // The smallest size that is drawn.
  weakest(values, { most }) {
    return values.length > most ? quantile(values, most) : 1;
  }

  drawGap(context, gap, values, scale, theme) {
    const weakest = this.weakest(values, gap);
    const brightest = quantile(values, MAX_DOTS);
    const paths = [WIDTHS.map(() => null), WIDTHS.map(() => null)];
    gap.strongest.length = 0;
    for (let i = 0; i < values.length; i++) {
      const amount = Math.abs(values[i]);
      if (amount < weakest) continue;
      if (amount >= brightest && gap.strongest.length < MAX_DOTS) gap.strongest.push(values[i] < 0 ? ~i : i);
      const bucket = Math.min(WIDTHS.length - 1, Math.floor((amount / 127) * scale * WIDTHS.length));
      const side = paths[values[i] < 0 ? 0 : 1];
      const path = side[bucket] || (side[bucket] = new Path2D());
      trace(path, gap, i);
    }
    for (let bucket = 0; bucket < WIDTHS.length; bucket++) {
      context.lineWidth = WIDTHS[bucket] * gap.thickness;
      const least = theme.dark ? 0.34 : 0.24;
      const alpha = least + ((0.88 - least) * bucket) / (WIDTHS.length - 1);
      for (const [side, color] of [[0, theme.orange], [1, theme.blue]]) {
        if (!paths[side][bucket]) continue;
        context.strokeStyle = rgb(color, alpha);
        context.stroke(paths[side][bucket]);
      }
    }
  }

  // Dots on the strongest connections: forward with the data, or backward with the gradient.
  drawDots(context, now, backward, theme) {
    const phase = (now / 1000 / DOT_SECONDS) % 1;
    for (const [side, color] of [[0, theme.orange], [1, theme.blue]]) {
      context.fillStyle = rgb(color);
      context.strokeStyle = theme.background;
      context.lineWidth = 1;
      context.beginPath();
      for (const gap of this.gaps) {
        for (const signed of gap.strongest) {
          if (signed < 0 !== (side === 0)) continue;
          const i = signed < 0 ? ~signed : signed;
          const at = (phase + ((i * 0.618) % 1)) % 1;
          const t = backward ? 1 - at : at;
          const x = along(gap.x0, gap.x0 + gap.bend, gap.x1 - gap.bend, gap.x1, t);
          const y = height(gap, i, t);
          context.moveTo(x + 2.6, y);
          context.arc(x, y, 2.6, 0, 2 * Math.PI);
        }
      }
      context.fill();
      context.stroke();
    }
  }

  // Highlight one connection, or all those into one unit.
  highlight(context, { layer, unit, input }, theme) {
    const gap = this.gaps[layer];
    if (!gap || unit >= gap.to.y.length) return;
    const path = new Path2D();
    if (input !== undefined && input !== null) trace(path, gap, unit * gap.width + input);
    else if (gap.width <= 64) for (let k = 0; k < gap.width; k++) trace(path, gap, unit * gap.width + k);
    context.strokeStyle = theme.text;
    context.lineWidth = input !== undefined && input !== null ? 2 : 0.9;
    context.stroke(path);
  }

  // The connection that is drawn at a point, or null.
  at(x, y, message) {
    const layer = this.gaps.findIndex((gap) => x > gap.x0 && x < gap.x1);
    if (layer < 0) return null;
    const gap = this.gaps[layer];
    const t = solve(gap, x);
    let best = null;
    let distance = REACH;
    this.each(message, (each, values) => {
      if (each !== gap) return;
      const weakest = this.weakest(values, gap);
      values.forEach((value, i) => {
        const away = Math.abs(height(gap, i, t) - y);
        if (Math.abs(value) < weakest || away >= distance) return;
        distance = away;
        best = i;
      });
    });
    return best === null ? null : { layer, unit: (best / gap.width) | 0, input: best % gap.width };
  }
}

function trace(path, gap, i) {
  const y0 = gap.from.y[i % gap.width];
  const y1 = gap.to.y[(i / gap.width) | 0];
  path.moveTo(gap.x0, y0);
  path.bezierCurveTo(gap.x0 + gap.bend, y0, gap.x1 - gap.bend, y1, gap.x1, y1);
}

function along(a, b, c, d, t) {
  const s = 1 - t;
  return s * s * s * a + 3 * s * s * t * b + 3 * s * t * t * c + t * t * t * d;
}

function height(gap, i, t) {
  const y0 = gap.from.y[i % gap.width];
  const y1 = gap.to.y[(i / gap.width) | 0];
  return along(y0, y0, y1, y1, t);
}

// The curve's parameter t at a given x, by bisection: x grows with t.
function solve(gap, x) {
  let low = 0;
  let high = 1;
  for (let k = 0; k < 20; k++) {
    const t = (low + high) / 2;
    if (along(gap.x0, gap.x0 + gap.bend, gap.x1 - gap.bend, gap.x1, t) < x) low = t;
    else high = t;
  }
  return (low + high) / 2;
}

function quantile(values, kept) {
  const counts = new Uint32Array(129);
  for (const value of values) counts[Math.abs(value)]++;
  let sum = 0;
  for (let level = 128; level > 0; level--) {
    sum += counts[level];
    if (sum > kept) return level + 1;
  }
  return 1;
}
