// The distribution of one quantity in every layer, at the moment that is shown: a ridge for each layer, the first on top.
// Ridges share the horizontal axis. Each is scaled to its fullest bin. If there are many, they overlap.
import { depthColor, rgb } from "../shared/color.js";
import { layerName, percent, power, scientific, short } from "../shared/numbers.js";

const TALLER = 1.5; // than the other charts, but less so beside them
const TALLER_BESIDE = 1.2;
const ROOMY_PITCH = 28; // between two ridges
const LEAST_PITCH_OF_RIDGES = 12;
const ROOMY_HEIGHT = 300; // beyond which ridges move closer together
const AXIS = 36; // height of ticks and title
const ABOVE = 8;
const GAP = 12; // between ridges and writing
const NARROW = 460;
const WIDE = 800;
const CALM_DRAWINGS = 15; // drawings for which a smaller range must last before the axis follows

export class Distributions {
  // `of`: the quantity that is chosen; `choose(key)` chooses another one.
  constructor(panel, spec, layers, theme, of, choose) {
    Object.assign(this, { panel, theme, of, choose, quantities: spec.distributed });
    this.count = layers.length;
    this.names = layers.map(({ name }, j) => ({ label: layerName(j, this.count), activation: name }));
    this.plot = panel.querySelector(".plot");
    this.subtitle = panel.querySelector(".sub");
    this.addQuantities();
    this.canvas = document.createElement("canvas");
    this.canvas.setAttribute("role", "img");
    this.canvas.setAttribute("aria-label", "Distributions: not measured yet");
    this.tip = document.createElement("div");
    this.tip.className = "tip";
    this.tip.hidden = true;
    this.plot.append(this.canvas, this.tip);
    this.canvas.onpointermove = ({ offsetX, offsetY }) => this.hover(offsetX, offsetY);
    this.canvas.onpointerleave = () => (this.tip.hidden = true);
  }

  addQuantities() {
    const group = document.createElement("div");
    group.className = "quantities";
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", "Distributions of");
    for (const { key, symbol, name } of this.quantities) {
      const button = Object.assign(document.createElement("button"), { type: "button", textContent: symbol, title: name });
      button.dataset.of = key;
      button.setAttribute("aria-label", symbol === name ? symbol : `${symbol}: ${name}`);
      button.setAttribute("aria-pressed", String(key === this.of));
      button.onclick = () => {
        for (const other of group.children) other.setAttribute("aria-pressed", String(other === button));
        this.of = key;
        this.choose(key);
      };
      group.append(button);
    }
    this.panel.querySelector("header").append(group);
  }

  start(height) {
    this.setSize(height);
  }

  setSize(usual) {
    const width = this.plot.clientWidth || 260;
    const ridges = Math.max(Math.min(this.count * ROOMY_PITCH, ROOMY_HEIGHT), this.count * LEAST_PITCH_OF_RIDGES);
    const height = Math.round(Math.max(usual * (width < NARROW || width > WIDE ? TALLER : TALLER_BESIDE), ridges + AXIS + ABOVE));
    const large = this.panel.closest(".presenting") !== null;
    const ratio = Math.min(window.devicePixelRatio || 1, 2);
    if (this.width === width && this.height === height && this.large === large) return;
    Object.assign(this, { width, height, large, ratio });
    this.canvas.width = width * ratio;
    this.canvas.height = height * ratio;
    this.canvas.style.cssText = `width:${width}px;height:${height}px;display:block`;
    this.plot.style.height = `${height}px`;
    this.beside = 0;
    if (this.data) this.paint();
  }

  draw(_, __, ___, frame) {
    const { distributions, step } = frame;
    if (!distributions || distributions.layers.length !== this.count) return; // not measured yet
    if (distributions.of !== this.data?.of || step === 0) this.axis = this.beside = null;
    const shapes = distributions.shapes;
    const bins = shapes.length / this.count;
    const layers = distributions.layers.map((layer, j) => ({ ...layer, shape: shapes.subarray(j * bins, (j + 1) * bins) }));
    this.data = { of: distributions.of, step, layers, bins };
    this.quantity = this.quantities.find(({ key }) => key === distributions.of);
    this.paint();
  }

  // Where bin k of a layer begins.
  edge({ low, high }, k) {
    return low + (k / this.data.bins) * (high - low);
  }

  // The axis grows at once, and shrinks only if less would do for a while.
  fitAxis() {
    const { logarithmic, least } = this.quantity;
    let low = least ? -least : Infinity;
    let high = least || -Infinity;
    for (const layer of this.data.layers) {
      // Decades without an entry need no place.
      const first = logarithmic ? layer.shape.findIndex((v) => v > 0) : 0;
      if (first < 0) continue;
      low = Math.min(low, logarithmic ? Math.floor(this.edge(layer, first) + 1e-9) : layer.low);
      high = Math.max(high, layer.high);
    }
    if (!(low < high)) [low, high] = [-3, 0]; // no entry in any layer
    const axis = (this.axis ??= { low, high, calm: 0 });
    const less = low > axis.low || high < axis.high;
    axis.calm = less ? axis.calm + 1 : 0;
    if (axis.calm > CALM_DRAWINGS) this.axis = { low, high, calm: 0 };
    else Object.assign(axis, { low: Math.min(low, axis.low), high: Math.max(high, axis.high) });
  }

  paint() {
    const { theme, width, height, data, count } = this;
    const context = this.canvas.getContext("2d");
    context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    this.fitAxis();
    const narrow = width < NARROW;
    const pitch = (this.pitch = (height - AXIS - ABOVE) / count);
    const size = Math.min(this.large ? 15 : 12, pitch - 1);
    const font = (bold) => `${bold ? "600 " : ""}${size}px ${theme.font}`;
    const lines = pitch > 2.7 * size ? 2 : 1;
    const names = this.names.map(({ label, activation }) => [label, narrow ? "" : activation]);
    const notes = data.layers.map((layer) => this.notes(layer));
    const texts = notes.map(([first, ...rest]) => (lines === 2 ? [first, rest.join(", ")] : narrow ? [rest[0] ?? first] : [[first, ...rest].join(" · ")]));
    context.font = font();
    const widest = (all) => Math.max(...all.map((text) => context.measureText(text).width));
    // The room for the writing only grows, so that the ridges do not move as digits come and go.
    this.beside = Math.max(this.beside ?? 0, Math.ceil(widest(texts.flat())));
    const labels = Math.max(...names.map(([label]) => context.measureText(label).width)) + 8;
    this.left = Math.ceil(labels + (narrow ? 0 : widest(names.map(([, activation]) => activation))) + GAP / 2);
    this.right = width - this.beside - GAP;
    this.ticks(context);
    const overlap = pitch < 20 ? 1.6 : 0.92;
    data.layers.forEach((layer, j) => {
      const base = ABOVE + pitch * (j + 1);
      this.ridge(context, layer, base, Math.min(pitch * overlap, base - 2), depthColor(theme, j, count));
    });
    data.layers.forEach((_, j) => {
      const base = ABOVE + pitch * (j + 1);
      context.textBaseline = "alphabetic";
      context.textAlign = "left";
      context.font = font(true);
      context.fillStyle = theme.text;
      const foot = base - Math.max((pitch - size) / 3, 0) / 2 - 1;
      context.fillText(names[j][0], 0, foot);
      context.font = font();
      context.fillStyle = theme.muted;
      context.fillText(names[j][1], labels, foot);
      const room = size * 1.2;
      texts[j].forEach((text, i) => {
        context.fillStyle = i || lines === 1 ? theme.muted : theme.text;
        context.fillText(text, this.right + GAP, foot - (texts[j].length - 1 - i) * room);
      });
    });
    this.describe(notes);
  }

  // What stands beside a ridge, the most important first.
  notes({ mean, std, rms, flat, zeros, entries, not_finite: lost }) {
    const first = this.quantity.logarithmic ? `rms ${scientific(rms)}` : spread(mean, std);
    const zero = zeros ? [`${shareText(zeros / entries)} zero`] : [];
    return [first, ...(flat === null ? [] : [`${shareText(flat)} flat`]), ...zero, ...(lost ? [`${lost} not finite`] : [])];
  }

  x(value) {
    const { low, high } = this.axis;
    const pad = this.data.of === "a" ? 0.02 * (high - low) : 0; // so that the ends of a bounded activation can be seen
    return this.left + ((value - low + pad) / (high - low + 2 * pad)) * (this.right - this.left);
  }

  ticks(context) {
    const { theme, axis, height, left, right } = this;
    const { logarithmic, axis: title } = this.quantity;
    const most = Math.max(3, Math.floor((right - left) / 64));
    const every = logarithmic ? Math.ceil((axis.high - axis.low) / most) : stepOf((axis.high - axis.low) / most);
    const bottom = height - AXIS;
    context.font = `${this.large ? 14 : 11}px ${theme.font}`;
    context.textAlign = "center";
    context.textBaseline = "top";
    context.lineWidth = 1;
    for (let k = Math.ceil(axis.low / every - 1e-9); k * every <= axis.high + 1e-9 * every; k++) {
      const at = this.x(k * every);
      context.strokeStyle = !logarithmic && k === 0 ? theme.muted : theme.line;
      strokeLine(context, at, ABOVE, at, bottom);
      context.fillStyle = theme.muted;
      context.fillText(logarithmic ? power(k * every) : short(+(k * every).toPrecision(6)).replace("-", "−"), at, bottom + 4);
    }
    context.fillText(title, (left + right) / 2, bottom + (this.large ? 20 : 18));
  }

  ridge(context, layer, base, tall, color) {
    const { shape, most, zeros, zones } = layer;
    const { theme, left, right, pitch } = this;
    const amber = theme.dark ? [242, 182, 50] : [185, 122, 0];
    const flat = new Path2D();
    for (const [begin, end] of zones) {
      const from = begin === null ? left : Math.max(this.x(begin), left);
      const to = end === null ? right : Math.min(this.x(end), right);
      if (to > from) flat.rect(from, 0, to - from, this.height);
    }
    context.save();
    context.beginPath();
    context.rect(left, base - pitch + 1, right - left, pitch - 1);
    context.clip();
    context.fillStyle = rgb(amber, 0.14);
    context.fill(flat);
    context.restore();
    context.strokeStyle = theme.line;
    context.lineWidth = 1;
    strokeLine(context, left, base, right, base);
    const first = shape.findIndex((v) => v > 0);
    if (first >= 0) {
      const area = new Path2D();
      for (let k = first; k < shape.length; k++) {
        if (!shape[k]) continue;
        const y = base - (shape[k] / 255) * tall;
        if (!shape[k - 1]) area.moveTo(this.x(this.edge(layer, k)), base);
        area.lineTo(this.x(this.edge(layer, k)), y);
        area.lineTo(this.x(this.edge(layer, k + 1)), y);
        if (!shape[k + 1]) area.lineTo(this.x(this.edge(layer, k + 1)), base);
      }
      context.fillStyle = theme.background;
      context.globalAlpha = 0.8; // what lies behind shows through a little
      context.fill(area);
      context.fillStyle = color;
      context.globalAlpha = 0.5;
      context.fill(area);
      context.globalAlpha = 1;
      context.save();
      context.clip(flat);
      context.fillStyle = rgb(amber, 0.85);
      context.fill(area);
      context.restore();
      context.strokeStyle = color;
      context.lineWidth = pitch < 20 ? 1 : 1.5;
      context.stroke(area);
    }
    if (zeros && !this.quantity.logarithmic) {
      // All exact zeros, on the scale of the bins, but not above the ridge.
      const up = tall * Math.min(1, most ? zeros / most : 1);
      context.fillStyle = color;
      context.fillRect(this.x(0) - 2, base - up, 4, up);
    }
  }

  describe(notes) {
    const { data, quantity, names } = this;
    const values = quantity.logarithmic ? "" : "mean ± standard deviation";
    const scale = `each scaled to its own peak${quantity.logarithmic ? ", log scale" : ""}`;
    const flat = data.of === "z" && data.layers.some(({ zones }) => zones.length) ? "shaded: flat slope" : "";
    const bar = !quantity.logarithmic && data.layers.some(({ zeros }) => zeros) ? "bar: exactly 0" : "";
    this.subtitle.textContent = [`${quantity.name} layer by layer, ${scale}`, values, flat, bar].filter(Boolean).join("; ");
    const said = notes.map((texts, j) => `${names[j].label === "out" ? "Output" : `Layer ${names[j].label}`}: ${texts.join(", ")}`);
    this.canvas.setAttribute("aria-label", `Distributions of the ${quantity.name} at step ${data.step}${values && `, ${values}`}. ${said.join(". ")}.`);
  }

  // The bin under the pointer.
  hover(x, y) {
    const at = Math.floor((y - ABOVE) / this.pitch);
    const layer = this.data?.layers[at];
    const bin = layer ? Array.from(layer.shape).findIndex((_, k) => x >= this.x(this.edge(layer, k)) && x < this.x(this.edge(layer, k + 1))) : -1;
    this.tip.hidden = bin < 0;
    if (this.tip.hidden) return;
    const [from, to] = [bin, bin + 1].map((k) => {
      const edge = this.edge(layer, k);
      return scientific(this.quantity.logarithmic ? 10 ** edge : +edge.toPrecision(6));
    });
    const part = layer.entries ? ((layer.shape[bin] / 255) * layer.most) / layer.entries : 0;
    const texts = [`layer ${this.names[at].label}`, `${from} … ${to}: ${shareText(part)}`];
    const middle = (this.left + this.right) / 2; // on the side away from the pointer
    Object.assign(this.tip.style, x > middle ? { left: `${this.left + 8}px`, right: "auto" } : { left: "auto", right: `${this.width - this.right + 8}px` });
    this.tip.replaceChildren(...texts.map((text) => Object.assign(document.createElement("span"), { textContent: text })));
  }

  destroy() {
    this.canvas.remove();
    this.tip.remove();
  }
}

// 1, 2 or 5 times a power of ten, at least this large.
function stepOf(least) {
  const unit = 10 ** Math.floor(Math.log10(least));
  return unit * [1, 2, 5, 10].find((n) => n * unit >= least * (1 - 1e-9));
}

// Mean ± standard deviation with the same decimals, two digits of the latter.
function spread(mean, std) {
  const decimals = std > 0 ? 1 - Math.floor(Math.log10(std)) : 2;
  if (std === null || decimals > 4 || decimals < -2) return `${scientific(mean)} ± ${scientific(std)}`;
  const [middle, wide] = [mean, std].map((value) => value.toFixed(Math.max(decimals, 0)));
  return `${Number(middle) ? middle.replace("-", "−") : middle.replace("-", "")} ± ${wide}`;
}

const shareText = (part) => (part > 0 && part < 0.005 ? "<1 %" : percent(part));

function strokeLine(context, x0, y0, x1, y1) {
  context.beginPath();
  context.moveTo(x0, y0);
  context.lineTo(x1, y1);
  context.stroke();
}
