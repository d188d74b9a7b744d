// The attenuation budget of the moment: from the output's error signal on the left to that of layer 1 on the right. Each
// layer has one step for what the weights did to the signal and one for what its slope did.
import { depthColor } from "../shared/color.js";
import { layerName, power, scientific } from "../shared/numbers.js";

const LEFT = 46;
const BOTTOM = 34;
const TOP = 10;

export class Waterfall {
  // `peers`: the waterfalls that share an axis, including this one.
  constructor(panel, theme, peers = [this]) {
    this.theme = theme;
    this.peers = peers;
    this.plot = panel.querySelector(".plot");
    this.subtitle = panel.querySelector(".sub");
    this.canvas = document.createElement("canvas");
    this.canvas.setAttribute("role", "img");
    this.tip = document.createElement("div");
    this.tip.className = "tip";
    this.tip.hidden = true;
    this.plot.append(this.canvas, this.tip);
    this.canvas.onpointermove = (event) => this.hover(event.offsetX);
    this.canvas.onpointerleave = () => (this.tip.hidden = true);
  }

  start(height) {
    this.setSize(height);
  }

  setSize(height) {
    const width = this.plot.clientWidth || 260;
    const ratio = Math.min(window.devicePixelRatio || 1, 2);
    if (this.width === width && this.height === height) return;
    Object.assign(this, { width, height, ratio });
    this.canvas.width = width * ratio;
    this.canvas.height = height * ratio;
    this.canvas.style.cssText = `width:${width}px;height:${height}px;display:block`;
    if (this.layers) this.paint();
  }

  draw(_, __, ___, frame) {
    this.layers = frame.layers;
    this.paint();
  }

  // [{label, layer, from, to, part}] in decades; an end is null if the signal is zero.
  steps() {
    const { layers } = this;
    const steps = [];
    for (let j = layers.length - 2; j >= 0; j--) {
      const [before, between, after] = [layers[j + 1].signal_rms, layers[j].upstream_rms, layers[j].signal_rms].map(log10);
      steps.push({ layer: j, part: "weights", from: before, to: between });
      steps.push({ layer: j, part: "slope", from: between, to: after });
    }
    return steps;
  }

  // All levels that are drawn, in decades.
  levels() {
    if (!this.layers) return [];
    return [log10(this.layers.at(-1).signal_rms), ...this.steps().flatMap(({ from, to }) => [from, to])].filter((v) => v !== null);
  }

  paint() {
    const { theme, width, height, layers } = this;
    const context = this.canvas.getContext("2d");
    context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    this.bars = [];
    const steps = this.steps();
    const start = log10(layers.at(-1).signal_rms);
    if (!this.levels().length || layers.length < 2) return this.say(context, layers.length < 2 ? "one layer: nothing is passed on" : "no error signal");
    const all = this.peers.flatMap((peer) => peer.levels());
    const low = Math.floor(Math.min(...all) - 0.05);
    const high = Math.ceil(Math.max(...all) + 0.05);
    const y = (v) => TOP + ((high - v) / (high - low)) * (height - TOP - BOTTOM);
    this.axis(context, low, high, y);
    const columns = steps.length / 2 + 1;
    const pitch = (width - LEFT - 8) / columns;
    const count = layers.length;
    const column = (k) => LEFT + pitch * k;
    this.level(context, column(0), pitch, y(start ?? low), depthColor(theme, count - 1, count));
    this.label(context, layerName(count - 1, count), column(0) + pitch / 2);
    steps.forEach((step, i) => {
      const k = Math.floor(i / 2) + 1;
      const half = pitch / 2;
      const x = column(k) + (i % 2) * half;
      const color = depthColor(theme, step.layer, count);
      this.bar(context, step, x, half, y, low, color);
      if (i % 2) this.label(context, layerName(step.layer, count), column(k) + half);
    });
    const total = layers[0].signal_rms > 0 && start !== null ? Math.log10(layers[0].signal_rms) - start : null;
    this.canvas.setAttribute("aria-label", `Attenuation budget: ${total === null ? "no signal reaches layer 1" : `${total.toFixed(1)} decades from output to layer 1`}`);
    this.subtitle.textContent = `rms φ from output to layer 1; pale: weights, full: slope${total === null ? "" : `; in all ×${scientific(10 ** total)}`}`;
  }

  say(context, text) {
    context.fillStyle = this.theme.muted;
    context.font = `12px ${this.theme.font}`;
    context.fillText(text, LEFT, this.height / 2);
  }

  axis(context, low, high, y) {
    const { theme, width } = this;
    context.font = `11px ${theme.font}`;
    context.textAlign = "right";
    context.textBaseline = "middle";
    const every = Math.max(1, Math.ceil((high - low) / 5));
    for (let v = low; v <= high; v += every) {
      context.strokeStyle = theme.line;
      context.lineWidth = 1;
      context.beginPath();
      context.moveTo(LEFT, y(v));
      context.lineTo(width - 8, y(v));
      context.stroke();
      context.fillStyle = theme.muted;
      context.fillText(power(v), LEFT - 6, y(v));
    }
    context.textAlign = "center";
    context.fillText("layer", (LEFT + width) / 2, this.height - 7);
  }

  level(context, x, pitch, at, color) {
    context.fillStyle = color;
    context.fillRect(x + 2, at - 1.5, pitch - 2, 3);
  }

  bar(context, { from, to, part, layer }, x, width, y, low, color) {
    const floor = y(low);
    const a = from === null ? floor : y(from);
    const b = to === null ? floor : y(to);
    context.globalAlpha = part === "weights" ? 0.42 : 1;
    context.fillStyle = color;
    context.fillRect(x + 1, Math.min(a, b) - (a === b ? 1 : 0), width - 1, Math.max(Math.abs(a - b), 2));
    context.globalAlpha = 1;
    const factor = from === null ? null : to === null ? 0 : 10 ** (to - from);
    this.bars.push({ x, width, text: [`layer ${layerName(layer, this.layers.length)}: ${part}`, factor === null ? "no signal" : `× ${scientific(factor)}`] });
  }

  label(context, text, x) {
    context.fillStyle = this.theme.muted;
    context.textAlign = "center";
    context.fillText(text, x, this.height - BOTTOM + 11);
  }

  hover(x) {
    const bar = this.bars?.find((one) => x >= one.x && x < one.x + one.width);
    this.tip.hidden = !bar;
    if (!bar) return;
    this.tip.classList.toggle("left", x > this.width / 2);
    this.tip.replaceChildren(...bar.text.map((text) => Object.assign(document.createElement("span"), { textContent: text })));
  }

  destroy() {
    this.canvas.remove();
    this.tip.remove();
  }
}

const log10 = (value) => (value > 0 ? Math.log10(value) : null);
