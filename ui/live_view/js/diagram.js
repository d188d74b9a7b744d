// The network: features, layers and output from left to right, every unit a small picture of its output.
import { divergingPixels } from "./color.js";
import { uint8 } from "./decode.js";
import { Gauges } from "./gauges.js";
import { Links } from "./links.js";
import { pretty } from "./numbers.js";

const CALM = matchMedia("(prefers-reduced-motion: reduce)");

export class Diagram {
  constructor(root, gauges = new Gauges()) {
    this.canvas = root.querySelector(".network");
    this.atlas = document.createElement("canvas");
    this.links = new Links();
    this.gauges = gauges;
    this.linkSource = "weights";
    this.zoom = 1;
    this.marked = null; // the unit or link that is being looked at: {layer, unit, input?}
  }

  setScene(scene, theme) {
    this.scene = scene;
    this.theme = theme;
    this.pixels = divergingPixels(theme);
    this.counts = [scene.inputs.length, ...scene.layers.map((layer) => layer.units)];
    this.total = this.counts.slice(1).reduce((a, b) => a + b, 0);
    [this.pictureWidth, this.pictureHeight] = scene.picture;
    this.inputImage = this.paint(uint8(scene.input_pictures), scene.inputs.length);
    this.gauges.setScene(scene, theme);
    this.resize();
  }

  // One row of the atlas per unit.
  paint(values, units, canvas = document.createElement("canvas")) {
    const width = this.pictureWidth;
    const height = this.pictureHeight * units;
    if (canvas.width !== width || canvas.height !== height || !canvas.image) {
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
    Object.assign(this, { ratio: ratio * this.zoom, width: width / this.zoom, height: height / this.zoom });
    this.layout();
  }

  // Column centres match the CSS grid of the cards above: a narrow input column, then equal ones, then the "+" column.
  layout() {
    const { inputColumn, plusColumn } = this.columns;
    const count = this.counts.length - 1;
    const each = (this.width - inputColumn - plusColumn) / count;
    const x = [inputColumn / 2, ...Array.from({ length: count }, (_, j) => inputColumn + each * (j + 0.5))];
    const room = this.height - this.gauges.top - this.gauges.bottom - 16;
    this.units = this.counts.map((n, j) => {
      const pitch = Math.min(room / n, j === 0 ? 62 : 56);
      const size = Math.max(3, Math.min(pitch * 0.78, each * 0.4, 42));
      const start = this.gauges.top + room / 2 - (pitch * n) / 2 + pitch / 2;
      return { x: x[j], size, pitch, y: Array.from({ length: n }, (_, i) => start + i * pitch) };
    });
    this.links.layout(this.units, this.theme);
    this.gauges.layout(x.slice(1), each, this.height);
  }

  // While playing, links and bars are drawn in every second frame (`everything`); the units, which are opaque, in each.
  draw(frame, now, everything, running) {
    const context = this.canvas.getContext("2d", { alpha: false }); // opaque: cheaper to put into the page
    context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    if (everything) {
      context.fillStyle = this.theme.background;
      context.fillRect(0, 0, this.width, this.height);
      this.links.draw(context, frame[this.linkSource], this.linkSource);
      if (this.marked) this.links.highlight(context, this.marked);
      if (running && !CALM.matches) this.links.drawDots(context, now, this.linkSource === "gradients");
      this.drawColumn(context, 0, this.inputImage, 0);
      this.drawInputNames(context);
      this.drawThinning(context);
      this.gauges.draw(context, frame.layers);
    }
    this.drawUnits(context, frame);
  }

  drawUnits(context, frame) {
    this.paint(uint8(frame.units), this.total, this.atlas);
    let offset = 0;
    for (let j = 1; j < this.counts.length; j++) {
      this.drawColumn(context, j, this.atlas, offset);
      this.drawMarks(context, j, frame.layers[j - 1]);
      offset += this.counts[j];
    }
    if (this.marked) this.outline(context, this.marked);
  }

  drawColumn(context, j, image, offset) {
    const { x, size, y } = this.units[j];
    const left = x - size / 2;
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

  outline(context, { layer, unit }) {
    const column = this.units[layer + 1];
    if (!column || unit >= column.y.length) return;
    context.strokeStyle = this.theme.text;
    context.lineWidth = 2.5;
    context.strokeRect(column.x - column.size / 2 - 2, column.y[unit] - column.size / 2 - 2, column.size + 4, column.size + 4);
  }

  drawInputNames(context) {
    const { x, size, y, pitch } = this.units[0];
    if (pitch < size + 12) return;
    context.fillStyle = this.theme.text;
    context.font = `12px ${this.theme.font}`;
    context.textAlign = "center";
    context.textBaseline = "top";
    this.scene.inputs.forEach((name, i) => context.fillText(pretty(name), x, y[i] + size / 2 + 2, 88));
  }

  drawThinning(context) {
    if (!this.links.thinned) return;
    context.fillStyle = this.theme.muted;
    context.font = `11px ${this.theme.font}`;
    context.textAlign = "right";
    context.textBaseline = "bottom";
    const text = `between two layers the strongest ${this.links.most} links are drawn`;
    context.fillText(text, this.width - 6, this.height - this.gauges.bottom - 2);
  }

  // Dead units in the one state colour with a cross, frozen ones in the other with a bar.
  drawMarks(context, j, layer) {
    const { x, size, y } = this.units[j];
    const mark = (i, color, sign) => {
      const left = x - size / 2;
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
      const [centre, r] = [left + size, 3];
      context.moveTo(centre - r, top - (sign === "x" ? r : 0));
      context.lineTo(centre + r, top + (sign === "x" ? r : 0));
      if (sign === "x") {
        context.moveTo(centre - r, top + r);
        context.lineTo(centre + r, top - r);
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
    const { x, size, pitch, y } = this.units[j];
    const thick = Math.min(3, (pitch - size) / 2);
    if (thick < 1) return;
    percents.forEach((percent, i) => {
      const top = y[i] + size / 2 + 2;
      context.fillStyle = this.theme.background;
      context.fillRect(x - size / 2, top, size, thick);
      context.fillStyle = this.theme.saturated;
      context.fillRect(x - size / 2, top, (size * percent) / 100, thick);
    });
  }

  // What is under the pointer: {layer, unit} for a unit, with `input` for a link, or null.
  at(left, top) {
    const [x, y] = [left / this.zoom, top / this.zoom];
    for (let j = 1; j < this.units.length; j++) {
      const { x: centre, size, y: tops } = this.units[j];
      const near = Math.max(size, 14) / 2 + 1;
      if (Math.abs(x - centre) > near) continue;
      const unit = tops.findIndex((middle) => Math.abs(middle - y) <= Math.max(size / 2 + 1, 3));
      if (unit >= 0) return { layer: j - 1, unit };
    }
    return this.links.at(x, y);
  }

  // Where a unit stands on the screen.
  placeOf({ layer, unit }) {
    const { x, size, y } = this.units[layer + 1];
    const { zoom } = this;
    const box = this.canvas.getBoundingClientRect();
    return { left: box.left + (x - size / 2) * zoom, right: box.left + (x + size / 2) * zoom, y: box.top + y[unit] * zoom };
  }
}
