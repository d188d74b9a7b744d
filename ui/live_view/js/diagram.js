// The network: features, layers and output from left to right, every unit a small picture of its output, links coloured
// by sign and sized by amount, and beneath each layer a bar of the error signal that reaches it.
import { depthColor, divergingPixels, rgb } from "./color.js";
import { int8, uint8 } from "./decode.js";

const BAR_AREA = 142;
const BAR_DECADES = 5;
const WIDTHS = [0.4, 0.8, 1.4, 2.2, 3.2, 4.4];
const MAX_LINKS = 400; // per gap between two layers; beyond it only the strongest are drawn

export class Diagram {
  constructor(root) {
    this.canvas = root.querySelector(".network");
    this.atlas = document.createElement("canvas");
    this.top = 0;
    this.linkSource = "weights";
  }

  setScene(scene, theme) {
    this.scene = scene;
    this.theme = theme;
    this.pixels = divergingPixels(theme);
    this.counts = [scene.inputs.length, ...scene.layers.map((layer) => layer.units)];
    this.total = this.counts.slice(1).reduce((a, b) => a + b, 0);
    [this.pictureWidth, this.pictureHeight] = scene.picture;
    this.inputImage = this.paint(uint8(scene.input_pictures), scene.inputs.length);
    this.ceiling = null;
    this.resize();
  }

  // One row of the atlas per unit.
  paint(values, units, canvas = document.createElement("canvas")) {
    const width = this.pictureWidth;
    const height = this.pictureHeight * units;
    if (canvas.width !== width || canvas.height !== height) {
      canvas.width = width;
      canvas.height = height;
      canvas.image = new ImageData(width, height);
      canvas.rgba = new Uint32Array(canvas.image.data.buffer);
    }
    for (let i = 0; i < values.length; i++) canvas.rgba[i] = this.pixels[values[i]];
    canvas.getContext("2d").putImageData(canvas.image, 0, 0);
    return canvas;
  }

  resize() {
    if (!this.scene) return;
    const ratio = Math.min(window.devicePixelRatio || 1, 2);
    const width = this.canvas.clientWidth || 600;
    const height = this.canvas.clientHeight || 480;
    this.canvas.width = width * ratio;
    this.canvas.height = height * ratio;
    this.ratio = ratio;
    this.width = width;
    this.height = height;
    this.layout();
  }

  // Column centres match the CSS grid of the cards above: a narrow input column, then equal ones, then the "+" column.
  layout() {
    const { inputColumn, plusColumn } = this.columns;
    const count = this.counts.length - 1;
    const each = (this.width - inputColumn - plusColumn) / count;
    this.each = each;
    this.x = [inputColumn / 2, ...Array.from({ length: count }, (_, j) => inputColumn + each * (j + 0.5))];
    const room = this.height - BAR_AREA - 16;
    this.units = this.counts.map((n, j) => {
      const pitch = Math.min(room / n, j === 0 ? 62 : 56);
      const size = Math.max(3, Math.min(pitch * 0.78, each * 0.4, 42));
      const start = 8 + room / 2 - (pitch * n) / 2 + pitch / 2;
      return { size, pitch, y: Array.from({ length: n }, (_, i) => start + i * pitch) };
    });
  }

  // While playing, links and bars are drawn in every second frame (`everything`); the units, which are opaque, in each.
  draw(frame, everything) {
    const context = this.canvas.getContext("2d", { alpha: false }); // opaque: cheaper to put into the page
    context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    if (everything) {
      context.fillStyle = this.theme.background;
      context.fillRect(0, 0, this.width, this.height);
      this.drawLinks(context, frame[this.linkSource]);
      this.drawColumn(context, 0, this.inputImage, 0);
      this.drawInputNames(context);
      this.drawSignals(context, frame);
    }
    this.drawUnits(context, frame);
  }

  drawLinks(context, links) {
    const values = int8(links.values);
    const largest = Math.max(...links.scales);
    let offset = 0;
    const gradient = this.linkSource === "gradients";
    for (let j = 1; j < this.counts.length; j++) {
      const n = this.counts[j] * this.counts[j - 1];
      // Weights on one scale for the network, so that a layer of large ones stands out; gradients per layer, as their
      // size differs by orders of magnitude, which the bars beneath show.
      const scale = gradient ? 1 : Math.sqrt(links.scales[j - 1] / largest);
      this.drawGap(context, j, values.subarray(offset, offset + n), scale);
      offset += n;
    }
  }

  drawGap(context, j, values, scale) {
    const from = this.units[j - 1];
    const to = this.units[j];
    const x0 = this.x[j - 1] + from.size / 2;
    const x1 = this.x[j] - to.size / 2;
    const bend = (x1 - x0) * 0.45;
    const width = this.counts[j - 1];
    const weakest = values.length > MAX_LINKS ? quantile(values, MAX_LINKS) : 1;
    const paths = [WIDTHS.map(() => null), WIDTHS.map(() => null)];
    for (let i = 0; i < values.length; i++) {
      const amount = Math.abs(values[i]);
      if (amount < weakest) continue;
      const bucket = Math.min(WIDTHS.length - 1, Math.floor((amount / 127) * scale * WIDTHS.length));
      const side = paths[values[i] < 0 ? 0 : 1];
      const path = side[bucket] || (side[bucket] = new Path2D());
      const y0 = from.y[i % width];
      const y1 = to.y[(i / width) | 0];
      path.moveTo(x0, y0);
      path.bezierCurveTo(x0 + bend, y0, x1 - bend, y1, x1, y1);
    }
    for (let bucket = 0; bucket < WIDTHS.length; bucket++) {
      context.lineWidth = WIDTHS[bucket];
      const least = this.theme.dark ? 0.34 : 0.24;
      const alpha = least + ((0.88 - least) * bucket) / (WIDTHS.length - 1);
      for (const [side, color] of [[0, this.theme.orange], [1, this.theme.blue]]) {
        if (!paths[side][bucket]) continue;
        context.strokeStyle = rgb(color, alpha);
        context.stroke(paths[side][bucket]);
      }
    }
  }

  drawUnits(context, frame) {
    this.paint(uint8(frame.units), this.total, this.atlas);
    let offset = 0;
    for (let j = 1; j < this.counts.length; j++) {
      this.drawColumn(context, j, this.atlas, offset);
      this.drawMarks(context, j, frame.layers[j - 1]);
      offset += this.counts[j];
    }
  }

  drawColumn(context, j, image, offset) {
    const { size, y } = this.units[j];
    const left = this.x[j] - size / 2;
    context.strokeStyle = this.theme.line;
    context.lineWidth = 1;
    for (let i = 0; i < y.length; i++) {
      const top = y[i] - size / 2;
      context.drawImage(
        image, 0, (offset + i) * this.pictureHeight, this.pictureWidth, this.pictureHeight, left, top, size, size,
      );
      if (size > 8) context.strokeRect(left, top, size, size);
    }
  }

  drawInputNames(context) {
    const { size, y } = this.units[0];
    context.fillStyle = this.theme.text;
    context.font = `12px ${this.theme.font}`;
    context.textAlign = "center";
    context.textBaseline = "top";
    if (this.units[0].pitch < size + 12) return;
    this.scene.inputs.forEach((name, i) => context.fillText(pretty(name), this.x[0], y[i] + size / 2 + 2, 88));
  }

  // Dead units in the one state colour with a cross, frozen ones in the other with a bar.
  drawMarks(context, j, layer) {
    const { size, y } = this.units[j];
    const mark = (i, color, sign) => {
      const left = this.x[j] - size / 2;
      const top = y[i] - size / 2;
      context.strokeStyle = color;
      context.lineWidth = Math.min(2.2, size / 6);
      context.strokeRect(left, top, size, size);
      if (size < 14) return;
      context.fillStyle = color;
      context.beginPath();
      context.arc(left + size, top, 7, 0, 2 * Math.PI);
      context.fill();
      context.strokeStyle = this.theme.background;
      context.lineWidth = 1.6;
      context.beginPath();
      const [x, r] = [left + size, 3];
      context.moveTo(x - r, top - (sign === "x" ? r : 0));
      context.lineTo(x + r, top + (sign === "x" ? r : 0));
      if (sign === "x") {
        context.moveTo(x - r, top + r);
        context.lineTo(x + r, top - r);
      }
      context.stroke();
    };
    // Not on the output layer: a sure and right answer is flat there, and that is what training is for.
    const hidden = j < this.counts.length - 1;
    if (hidden && this.scene.layers[j - 1].state === "saturated") {
      this.drawSaturation(context, j, layer.unitFlat);
      layer.frozen.forEach((i) => mark(i, this.theme.saturated, "-"));
    }
    layer.dead.forEach((i) => mark(i, this.theme.dead, "x"));
  }

  // A gauge beneath each unit: on which share of the samples it is saturated.
  drawSaturation(context, j, percents) {
    const { size, pitch, y } = this.units[j];
    const thick = Math.min(3, (pitch - size) / 2);
    if (thick < 1) return;
    percents.forEach((percent, i) => {
      const top = y[i] + size / 2 + 2;
      context.fillStyle = this.theme.background;
      context.fillRect(this.x[j] - size / 2, top, size, thick);
      context.fillStyle = this.theme.saturated;
      context.fillRect(this.x[j] - size / 2, top, (size * percent) / 100, thick);
    });
  }

  drawSignals(context, frame) {
    const signals = frame.layers.map((layer) => layer.signal);
    const top = this.barCeiling(signals);
    const base = this.height - 44;
    const tall = BAR_AREA - 62;
    const count = signals.length;
    const narrow = this.each < 96;
    this.drawSignalAxis(context, top, base, tall);
    context.textAlign = "center";
    frame.layers.forEach((layer, j) => {
      const x = this.x[j + 1];
      const width = Math.min(62, this.each * 0.55);
      const share = layer.signal > 0 ? (Math.log10(layer.signal) - top + BAR_DECADES) / BAR_DECADES : 0;
      const bar = Math.max(0, Math.min(1, share)) * tall;
      context.fillStyle = this.theme.panel;
      context.fillRect(x - width / 2, base - tall, width, tall);
      context.fillStyle = depthColor(this.theme, j, count);
      context.fillRect(x - width / 2, base - bar, width, bar);
      context.textBaseline = "top";
      context.fillStyle = this.theme.text;
      context.font = `600 ${narrow ? 10 : 12.5}px ${this.theme.font}`;
      context.fillText(layer.signal === null ? "—" : scientific(layer.signal), x, base + 6);
      const [state, color] = this.stateOf(layer, j, narrow);
      context.fillStyle = color;
      context.font = `${narrow ? 10 : 11.5}px ${this.theme.font}`;
      context.fillText(state, x, base + 24, this.each - 4);
    });
  }

  // The scale shifts by whole decades only, and rarely: bars of two moments stay comparable.
  barCeiling(signals) {
    const largest = Math.max(...signals.filter((s) => s > 0), 0);
    const wanted = largest > 0 ? Math.ceil(Math.log10(largest)) : 0;
    if (this.ceiling === null || wanted > this.ceiling || wanted < this.ceiling - 2) this.ceiling = wanted;
    return this.ceiling;
  }

  drawSignalAxis(context, top, base, tall) {
    context.fillStyle = this.theme.muted;
    context.font = `11px ${this.theme.font}`;
    context.textAlign = "left";
    context.textBaseline = "middle";
    context.fillText("error signal", 2, base - tall / 2 - 22);
    context.fillText("φ = ∂L/∂z", 2, base - tall / 2 - 7);
    context.fillText("rms, log scale", 2, base - tall / 2 + 8);
    context.fillText(`${power(top - BAR_DECADES)} … ${power(top)}`, 2, base - tall / 2 + 23);
  }

  stateOf(layer, j, narrow) {
    const { state } = this.scene.layers[j];
    const dead = layer.dead.length ? `${layer.dead.length} dead` : "";
    const share = state ? `${Math.round(layer.flat * 100)} % ${narrow && state === "saturated" ? "sat." : state}` : "";
    const high = state === "saturated" && layer.flat > 0.2 && j < this.scene.layers.length - 1;
    const color = dead ? this.theme.dead : high ? this.theme.saturated : this.theme.muted;
    return [[share, dead].filter(Boolean).join(" · "), color];
  }
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

export function scientific(value) {
  if (value === 0) return "0";
  if (value >= 0.01 && value < 1000) return String(+value.toPrecision(2));
  return value.toExponential(1).replace("e-", "e−").replace("e+", "e");
}

const SUPERSCRIPT = "⁰¹²³⁴⁵⁶⁷⁸⁹";
export function power(exponent) {
  const digits = [...String(Math.abs(exponent))].map((d) => SUPERSCRIPT[d]).join("");
  return `10${exponent < 0 ? "⁻" : ""}${digits}`;
}

export function pretty(feature) {
  return feature.replace("^2", "²").replace("*", " ").replace(/x1/g, "x₁").replace(/x2/g, "x₂");
}
