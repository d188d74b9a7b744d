// Where the units and the connections of a network are. The painter uses it to draw, and the page to find what is under
// the pointer.
import { Connections } from "./connections.js";

const LEAST_PITCH = 13; // pixels from unit to unit; a layer with less room becomes a mosaic of rows
const MOSAIC_WIDTH = 0.7; // of a layer's column
const LARGEST_TILE = 24;

export class Geometry {
  // `columns`: the widths of the columns beside the layers, { inputColumn, plusColumn }.
  constructor(bars, columns) {
    this.bars = bars;
    this.columns = columns;
    this.connections = new Connections();
  }

  setStack(scene) {
    this.counts = [scene.inputs.length, ...scene.layers.map((layer) => layer.units)];
  }

  // Sizes are in CSS pixels; `zoom`: how much everything is enlarged.
  resize({ width, height, zoom }) {
    Object.assign(this, { zoom, width: width / zoom, height: height / zoom });
    this.layout();
  }

  // Column centres match the CSS grid of the cards above: a narrow input column, then equal ones, then the "+" column.
  layout() {
    const { inputColumn, plusColumn } = this.columns;
    const count = this.counts.length - 1;
    const each = (this.width - inputColumn - plusColumn) / count;
    const x = [inputColumn / 2, ...Array.from({ length: count }, (_, j) => inputColumn + each * (j + 0.5))];
    const room = this.height - this.bars.top - this.bars.bottom - 16;
    const middle = this.bars.top + room / 2;
    this.units = this.counts.map((n, j) => {
      const pitch = Math.min(room / n, j === 0 ? 62 : 56);
      const size = Math.max(3, Math.min(pitch * 0.78, each * 0.4, 42));
      return pitch < LEAST_PITCH ? mosaic(n, x[j], middle, each * MOSAIC_WIDTH, room) : grid(n, 1, x[j], middle, pitch, size);
    });
    this.connections.layout(this.units);
    this.bars.layout(x.slice(1), each, this.height);
  }

  // What is at a point: {layer, unit}, with `input` if it is a connection; null if nothing is there. `values`: a frame's
  // weights or gradients.
  at(left, top, values) {
    const [x, y] = [left / this.zoom, top / this.zoom];
    for (let j = 1; j < this.units.length; j++) {
      const column = this.units[j];
      const across = column.mosaic ? column.pitch / 2 : Math.max(column.size, 14) / 2 + 1;
      const down = column.mosaic ? column.pitch / 2 : Math.max(column.size / 2 + 1, 3);
      const unit = column.y.findIndex((middle, i) => Math.abs(middle - y) <= down && Math.abs(column.x[i] - x) <= across);
      if (unit >= 0) return { layer: j - 1, unit };
    }
    return this.connections.at(x, y, values);
  }

  placeOf({ layer, unit }) {
    const { x, size, y } = this.units[layer + 1];
    const { zoom } = this;
    return { left: (x[unit] - size / 2) * zoom, right: (x[unit] + size / 2) * zoom, y: y[unit] * zoom };
  }
}

// Units in rows of `across`, centred on a point.
function grid(n, across, centre, middle, pitch, size) {
  const rows = Math.ceil(n / across);
  const x = Array.from({ length: n }, (_, i) => centre + ((i % across) - (across - 1) / 2) * pitch);
  const y = Array.from({ length: n }, (_, i) => middle + (Math.floor(i / across) - (rows - 1) / 2) * pitch);
  const half = ((across - 1) * pitch + size) / 2;
  return { x, y, pitch, size, left: centre - half, right: centre + half, mosaic: across > 1 };
}

// As many units in a row as make them largest.
function mosaic(n, centre, middle, width, height) {
  const pitchOf = (across) => Math.min(width / across, height / Math.ceil(n / across), LARGEST_TILE);
  let best = 2;
  for (let across = 3; across <= n; across++) if (pitchOf(across) > pitchOf(best)) best = across;
  const pitch = pitchOf(best);
  return grid(n, best, centre, middle, pitch, pitch * 0.9);
}
