// One unit in detail: its picture, the curves f and g over the live histogram of its z, and its weights with their
// gradients. It follows the pointer. A click pins it, and then weights and bias can be edited.
import { depthColor, divergingPixels, rgb } from "../shared/color.js";
import { element } from "./cards.js";
import { float32 } from "../shared/decode.js";
import { percent, precise, pretty, scientific } from "../shared/numbers.js";

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const FLAT = 0.05; // τ of the saturation rule
const CURVE_WIDTH = 300;
const CURVE_HEIGHT = 168;
const REST_MS = 90; // how long the pointer must rest on a unit before the server is asked

export class Inspector {
  // `ask(target or null)` requests the numbers of a unit; `set(layer, unit, input, value)` changes a weight.
  constructor(root, pictures, { ask, set, changed }) {
    Object.assign(this, { root, pictures, ask, set, changed });
    this.box = root.querySelector(".inspector");
    this.target = null; // {layer, unit, input?}
    this.pinned = false;
    this.canvas = this.box.querySelector(".unit-curve");
    this.picture = this.box.querySelector(".unit-picture");
    this.rows = this.box.querySelector(".incoming");
    this.box.querySelector(".close").onclick = () => this.close();
    const { network: canvas } = pictures;
    canvas.addEventListener("pointermove", (event) => this.hover(event));
    canvas.addEventListener("pointerleave", () => this.pinned || this.close());
    canvas.addEventListener("click", (event) => this.click(event));
    canvas.addEventListener("keydown", (event) => {
      const [layers, units] = ARROWS[event.key] ?? [];
      if (layers === undefined) return;
      event.preventDefault();
      this.move(layers, units);
    });
  }

  setScene(scene, theme) {
    Object.assign(this, { scene, theme, pixels: divergingPixels(theme) });
    const { target } = this;
    if (target && !(target.layer < scene.layers.length && target.unit < scene.layers[target.layer].units)) this.close();
    this.built = null;
  }

  hover(event) {
    const found = this.pictures.at(event.offsetX, event.offsetY);
    this.pictures.network.style.cursor = found ? "pointer" : "";
    if (this.pinned || event.pointerType === "touch") return;
    clearTimeout(this.waiting);
    if (!found) {
      if (this.target) this.close();
    } else if (!same(found, this.target)) {
      this.waiting = setTimeout(() => this.show(found), REST_MS);
    }
  }

  click(event) {
    clearTimeout(this.waiting);
    const found = this.pictures.at(event.offsetX, event.offsetY);
    if (!found) return this.close();
    this.pinned = true;
    this.built = null; // so that it is made again, with fields
    this.typing = found.input;
    this.show(found);
  }

  // Move by keyboard to another unit of the layer, or to another layer.
  move(layers, units) {
    const { layer, unit } = this.target ?? { layer: 0, unit: 0 };
    const next = Math.max(0, Math.min(layer + (this.target ? layers : 0), this.scene.layers.length - 1));
    const count = this.scene.layers[next].units;
    this.pinned = true;
    this.show({ layer: next, unit: (unit + (this.target ? units : 0) + count) % count });
  }

  show(target) {
    const asked = this.target && this.target.layer === target.layer && this.target.unit === target.unit;
    this.target = target;
    this.pictures.marked = target;
    if (!asked) this.ask(target);
    if (this.frame) this.draw(this.frame);
    this.changed();
  }

  open(unit) {
    const { box, scene } = this;
    const count = scene.layers.length;
    const name = unit.layer === count - 1 ? "Output" : `Layer ${unit.layer + 1}`;
    box.querySelector("h3").textContent = `${name}, unit ${unit.unit + 1}`;
    box.querySelector(".from").textContent = unit.layer === 0 ? "from input" : `from layer ${unit.layer}`;
    box.style.setProperty("--c", depthColor(this.theme, unit.layer, count));
    box.classList.toggle("pinned", this.pinned);
    if (!box.matches(":popover-open")) box.showPopover();
  }

  place() {
    const at = this.pictures.placeOf(this.target);
    const { offsetWidth: width, offsetHeight: height } = this.box;
    const right = at.right + 18;
    const left = right + width < innerWidth - 8 ? right : Math.max(8, at.left - 18 - width);
    this.box.style.left = `${Math.min(left, innerWidth - width - 8)}px`;
    this.box.style.top = `${Math.max(8, Math.min(at.y - height / 2, innerHeight - height - 8))}px`;
  }

  close() {
    clearTimeout(this.waiting);
    if (!this.target) return;
    this.target = this.pictures.marked = null;
    this.pinned = false;
    this.built = null;
    this.typing = undefined;
    if (this.box.matches(":popover-open")) this.box.hidePopover();
    this.ask(null);
    this.changed();
  }

  draw(frame) {
    this.frame = frame;
    const { target } = this;
    const { unit } = frame;
    // The box keeps its content until the numbers of the next unit arrive.
    if (!target || !unit || unit.layer !== target.layer || unit.unit !== target.unit) return;
    const rows = float32(unit.weights).length + 1;
    const key = `${unit.layer}-${unit.unit}-${this.pinned}-${rows}`;
    const opens = this.built !== key;
    if (opens) {
      this.built = key;
      this.open(unit);
      this.rows.replaceChildren(...Array.from({ length: rows }, (_, k) => this.row(unit, k, k === rows - 1)));
    }
    this.drawPicture(unit);
    this.drawFacts(unit);
    this.drawRows(unit);
    this.drawCurves(unit);
    if (opens) this.place(); // the table has determined its height
    if (this.typing !== undefined) this.rows.querySelector(`[data-input="${this.typing}"] input`).focus();
    this.typing = undefined;
  }

  // Its output over the input plane, which the page enlarges smoothly; for one input, a single row.
  drawPicture(unit) {
    const values = unit.picture;
    const plane = this.scene.axes.length === 2;
    const width = plane ? Math.sqrt(values.length) : values.length;
    const height = plane ? width : 1;
    if (this.picture.width !== width || this.picture.height !== height) Object.assign(this.picture, { width, height });
    const image = new ImageData(width, height);
    const rgba = new Uint32Array(image.data.buffer);
    values.forEach((value, i) => (rgba[i] = this.pixels[value]));
    this.picture.getContext("2d", { alpha: false }).putImageData(image, 0, 0);
  }

  drawFacts(unit) {
    const { layers } = this.scene;
    const state = layers[unit.layer].state || "flat";
    const said = unit.dead ? "dead: its slope is 0 on every sample" : unit.frozen ? `frozen: ${state} on every sample` : `${percent(unit.flat)} of the samples ${state}`;
    const facts = this.box.querySelector(".facts");
    put(facts, "state", said);
    facts.dataset.state = unit.dead ? "dead" : unit.frozen ? "frozen" : "";
    put(facts, "norm", scientific(unit.gradient_norm));
    put(facts, "update", unit.update === null ? "—" : scientific(unit.update));
  }

  // A row for each incoming weight and for the bias, with fields if the box is pinned.
  drawRows(unit) {
    const weights = [...float32(unit.weights), unit.bias];
    const gradients = [...float32(unit.gradients), unit.bias_gradient];
    [...this.rows.children].forEach((row, k) => {
      const [, value, gradient] = row.children;
      const field = value.firstElementChild;
      const text = precise(weights[k]);
      if (field) {
        if (field !== field.getRootNode().activeElement && field.value !== text) field.value = text;
      } else if (value.textContent !== text) value.textContent = text;
      value.style.setProperty("--sign", rgb(weights[k] < 0 ? this.theme.orange : this.theme.blue));
      gradient.textContent = scientific(gradients[k]);
      row.classList.toggle("chosen", this.target.input === k);
    });
  }

  row(unit, k, isBias) {
    const row = element("tr", {});
    row.dataset.input = isBias ? "bias" : k;
    const value = element("td", {});
    if (this.pinned) {
      const field = element("input", { type: "text", inputMode: "decimal", size: 8, maxLength: 40 });
      field.setAttribute("aria-label", isBias ? "Bias" : `Weight from ${this.source(unit.layer, k)}`);
      field.onchange = () => {
        const number = Number(field.value.trim().replace("−", "-"));
        this.set(unit.layer, unit.unit, isBias ? null : k, field.value.trim() === "" || Number.isNaN(number) ? field.value : number);
      };
      field.onkeydown = (event) => event.key === "Enter" && field.blur();
      value.append(field);
    }
    row.append(element("th", { scope: "row", textContent: isBias ? "bias" : this.source(unit.layer, k) }), value, element("td", {}));
    return row;
  }

  source(layer, k) {
    return layer === 0 ? pretty(this.scene.inputs[k]) : `unit ${k + 1}`;
  }

  // f and g over z with shaded flat zones, and beneath them the histogram of z.
  drawCurves(unit) {
    const { canvas, theme } = this;
    const ratio = Math.min(window.devicePixelRatio || 1, 2);
    if (canvas.height !== CURVE_HEIGHT * ratio) {
      canvas.width = CURVE_WIDTH * ratio;
      canvas.height = CURVE_HEIGHT * ratio;
    }
    const context = canvas.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, CURVE_WIDTH, CURVE_HEIGHT);
    const split = unit.elementwise ? 100 : 0; // curves above, histogram below
    const f = unit.elementwise ? float32(unit.f) : [];
    const g = unit.elementwise ? float32(unit.g) : [];
    const x = (i) => 6 + (i / (f.length - 1)) * (CURVE_WIDTH - 12);
    if (unit.elementwise) {
      context.fillStyle = rgb(theme.dark ? [242, 182, 50] : [185, 122, 0], 0.16);
      for (let i = 0; i < g.length; i++) {
        if (Math.abs(g[i]) < FLAT * unit.max_slope || unit.max_slope === 0) context.fillRect(x(i) - 1.3, 4, 2.6, CURVE_HEIGHT - 22);
      }
      this.curves(context, f, g, x, split);
    }
    this.histogram(context, unit, split);
  }

  curves(context, f, g, x, split) {
    const { theme } = this;
    const finite = [...f, ...g].filter(Number.isFinite);
    const low = Math.max(-2.2, Math.min(-0.1, ...finite));
    const high = Math.min(2.2, Math.max(1, ...finite));
    const y = (v) => 6 + ((high - Math.max(low - 1, Math.min(high + 1, v))) / (high - low)) * (split - 12);
    context.strokeStyle = theme.line;
    context.lineWidth = 1;
    line(context, [[6, y(0)], [CURVE_WIDTH - 6, y(0)]]);
    line(context, [[CURVE_WIDTH / 2, 4], [CURVE_WIDTH / 2, CURVE_HEIGHT - 18]]);
    context.save();
    context.beginPath();
    context.rect(0, 2, CURVE_WIDTH, split - 2);
    context.clip();
    context.lineWidth = 2.2;
    context.strokeStyle = theme.text;
    line(context, Array.from(f, (v, i) => [x(i), y(v)]));
    context.strokeStyle = this.box.style.getPropertyValue("--c");
    line(context, Array.from(g, (v, i) => [x(i), y(v)]));
    context.restore();
  }

  histogram(context, unit, split) {
    const { theme } = this;
    const base = CURVE_HEIGHT - 18;
    const tall = base - split - 4;
    const most = Math.max(...unit.counts, 1);
    const width = (CURVE_WIDTH - 12) / unit.counts.length;
    context.fillStyle = this.box.style.getPropertyValue("--c");
    unit.counts.forEach((count, i) => {
      const bar = (count / most) * tall;
      context.fillRect(6 + i * width + 0.5, base - bar, width - 1, bar);
    });
    context.strokeStyle = theme.line;
    line(context, [[6, base], [CURVE_WIDTH - 6, base]]);
    context.fillStyle = theme.muted;
    context.font = `11px ${theme.font}`;
    context.textBaseline = "bottom";
    for (const [text, align, at] of [[precise(unit.low), "left", 6], ["z", "center", CURVE_WIDTH / 2], [precise(unit.high), "right", CURVE_WIDTH - 6]]) {
      context.textAlign = align;
      context.fillText(text.replace("-", "−"), at, CURVE_HEIGHT - 2);
    }
  }
}

function same(a, b) {
  return b !== null && a.layer === b.layer && a.unit === b.unit && a.input === b.input;
}

function put(holder, name, text) {
  const cell = holder.querySelector(`[data-fact="${name}"]`);
  if (cell.textContent !== text) cell.textContent = text;
}

function line(context, points) {
  context.beginPath();
  for (const [x, y] of points) context.lineTo(x, y);
  context.stroke();
}
