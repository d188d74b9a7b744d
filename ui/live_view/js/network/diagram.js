// The network from left to right: inputs, layers and output. Each unit is a small picture of its output.
import { blankCanvas, growTo, setSize } from "../shared/canvas.js";
import { divergingPixels } from "../shared/color.js";
import { Geometry } from "./geometry.js";
import { pretty } from "../shared/numbers.js";

export class Diagram extends Geometry {
  constructor(canvas, bars, columns) {
    super(bars, columns);
    this.canvas = canvas;
    // Opaque canvases are cheaper to composite. Firefox refuses to give a worker the context of a page's canvas twice.
    this.context = canvas.getContext("2d", { alpha: false });
    this.atlas = blankCanvas();
    this.inputAtlas = blankCanvas();
  }

  setScene(scene, theme) {
    this.setStack(scene);
    this.scene = scene;
    this.theme = theme;
    this.pixels = divergingPixels(theme);
    this.total = this.counts.slice(1).reduce((a, b) => a + b, 0);
    [this.pictureWidth, this.pictureHeight] = scene.picture;
    this.paint(scene.input_pictures, scene.inputs.length, this.inputAtlas);
    this.bars.setScene(scene, theme);
  }

  // Draw the pictures of the units into an atlas, one below the other.
  paint(values, units, atlas) {
    const width = this.pictureWidth;
    const height = this.pictureHeight * units;
    if (atlas.image?.width !== width || atlas.image.height !== height) {
      growTo(atlas, width, height);
      atlas.image = new ImageData(width, height);
      atlas.rgba = new Uint32Array(atlas.image.data.buffer);
    }
    for (let i = 0; i < values.length; i++) atlas.rgba[i] = this.pixels[values[i]];
    atlas.getContext("2d").putImageData(atlas.image, 0, 0);
  }

  resize(sizes) {
    super.resize(sizes);
    setSize(this.canvas, sizes.width * sizes.ratio, sizes.height * sizes.ratio);
    this.ratio = sizes.ratio * sizes.zoom;
  }

  // While playing, connections and bars are drawn only in some frames (`everything`). The units are opaque and are drawn
  // in each. `look`: { connectionsShow, marked, pointed, dots, scale }.
  draw(frame, look, now, everything) {
    const { context } = this;
    context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    if (everything) {
      context.fillStyle = this.theme.background;
      context.fillRect(0, 0, this.width, this.height);
      this.connections.draw(context, frame.connections, look.connectionsShow, this.theme);
      if (look.marked) this.connections.highlight(context, look.marked, this.theme);
      if (look.dots) this.connections.drawDots(context, now, look.connectionsShow === "gradients", this.theme);
      this.drawColumn(context, 0, this.inputAtlas, 0);
      this.drawInputNames(context);
      this.drawThinning(context);
      this.bars.draw(context, frame.layers, look.scale);
    }
    this.drawUnits(context, frame);
    if (look.marked) this.outline(context, look.marked);
    if (look.pointed) this.point(context, look.pointed);
  }

  // What a finding is about: the units that it names, or else its whole layers.
  point(context, { layers, units }) {
    context.strokeStyle = this.theme.text;
    context.lineWidth = 2.5;
    for (const [layer, unit] of units) this.outline(context, { layer: layer - 1, unit: unit - 1 });
    const named = new Set(units.map(([layer]) => layer));
    for (const layer of layers) {
      const column = this.units[layer];
      if (!column || named.has(layer)) continue;
      const [top, bottom] = [column.y[0], column.y.at(-1)].map((middle, end) => middle + (end ? 1 : -1) * (column.size / 2 + 9));
      context.beginPath();
      context.roundRect(column.left - 9, top, column.right - column.left + 18, bottom - top, 8);
      context.stroke();
    }
  }

  drawUnits(context, frame) {
    this.paint(frame.units, this.total, this.atlas);
    let offset = 0;
    for (let j = 1; j < this.counts.length; j++) {
      this.drawColumn(context, j, this.atlas, offset);
      this.drawMarks(context, j, frame.layers[j - 1]);
      offset += this.counts[j];
    }
  }

  drawColumn(context, j, image, offset) {
    const { x, size, y } = this.units[j];
    context.strokeStyle = this.theme.line;
    context.lineWidth = 1;
    for (let i = 0; i < y.length; i++) {
      const left = x[i] - size / 2;
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
    const [left, top] = [column.x[unit], column.y[unit]].map((middle) => middle - column.size / 2 - 2);
    context.strokeRect(left, top, column.size + 4, column.size + 4);
  }

  drawInputNames(context) {
    const { x, size, y, pitch } = this.units[0];
    if (pitch < size + 12) return;
    context.fillStyle = this.theme.text;
    context.font = `12px ${this.theme.font}`;
    context.textAlign = "center";
    context.textBaseline = "top";
    this.scene.inputs.forEach((name, i) => context.fillText(pretty(name), x[i], y[i] + size / 2 + 2, 88));
  }

  drawThinning(context) {
    if (!this.connections.thinned) return;
    context.fillStyle = this.theme.muted;
    context.font = `11px ${this.theme.font}`;
    context.textAlign = "right";
    context.textBaseline = "bottom";
    context.fillText("only the strongest connections are drawn", this.width - 6, this.height - this.bars.bottom - 2);
  }

  // Dead units get a frame with a cross, frozen units a frame with a bar, each in its state colour.
  drawMarks(context, j, layer) {
    const { x, size, y, mosaic } = this.units[j];
    const mark = (i, color, sign) => {
      const left = x[i] - size / 2;
      const top = y[i] - size / 2;
      context.strokeStyle = color;
      context.lineWidth = Math.min(2.2, size / 6);
      context.strokeRect(left, top, size, size);
      if (size < 14 || mosaic) return;
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
    // Not on the output layer: a confident and right answer is flat there, which is the aim of training.
    const hidden = j < this.counts.length - 1;
    if (hidden && this.scene.layers[j - 1].state === "saturated") {
      this.drawSaturation(context, j, layer.unit_flat_percent);
      layer.frozen_units.forEach((i) => mark(i, this.theme.saturated, "-"));
    }
    layer.dead_units.forEach((i) => mark(i, this.theme.dead, "x"));
  }

  // A gauge beneath each unit: the share of the samples on which it is saturated.
  drawSaturation(context, j, percents) {
    const { x, size, pitch, y } = this.units[j];
    const thick = Math.min(3, (pitch - size) / 2);
    if (thick < 1) return;
    percents.forEach((percent, i) => {
      const left = x[i] - size / 2;
      const top = y[i] + size / 2 + 2;
      context.fillStyle = this.theme.background;
      context.fillRect(left, top, size, thick);
      context.fillStyle = this.theme.saturated;
      context.fillRect(left, top, (size * percent) / 100, thick);
    });
  }
}
