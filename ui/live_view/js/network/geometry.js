// Where the units of a network stand and where its links run. The painter draws by it, the page finds by it what is
// under the pointer.
import { Links } from "./connections.js";

export class Geometry {
  // `columns`: widths of what stands beside the layers' columns, { inputColumn, plusColumn }.
  constructor(gauges, columns) {
    this.gauges = gauges;
    this.columns = columns;
    this.links = new Links();
  }

  setStack(scene) {
    this.counts = [scene.inputs.length, ...scene.layers.map((layer) => layer.units)];
  }

  // In pixels of the page; `zoom`: how much larger than usual everything is.
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
    const room = this.height - this.gauges.top - this.gauges.bottom - 16;
    this.units = this.counts.map((n, j) => {
      const pitch = Math.min(room / n, j === 0 ? 62 : 56);
      const size = Math.max(3, Math.min(pitch * 0.78, each * 0.4, 42));
      const start = this.gauges.top + room / 2 - (pitch * n) / 2 + pitch / 2;
      return { x: x[j], size, pitch, y: Array.from({ length: n }, (_, i) => start + i * pitch) };
    });
    this.links.layout(this.units);
    this.gauges.layout(x.slice(1), each, this.height);
  }

  // What is at a point: {layer, unit} for a unit, with `input` for one of the links, as a frame has them, or null.
  at(left, top, links) {
    const [x, y] = [left / this.zoom, top / this.zoom];
    for (let j = 1; j < this.units.length; j++) {
      const { x: centre, size, y: tops } = this.units[j];
      const near = Math.max(size, 14) / 2 + 1;
      if (Math.abs(x - centre) > near) continue;
      const unit = tops.findIndex((middle) => Math.abs(middle - y) <= Math.max(size / 2 + 1, 3));
      if (unit >= 0) return { layer: j - 1, unit };
    }
    return this.links.at(x, y, links);
  }

  placeOf({ layer, unit }) {
    const { x, size, y } = this.units[layer + 1];
    const { zoom } = this;
    return { left: (x - size / 2) * zoom, right: (x + size / 2) * zoom, y: y[unit] * zoom };
  }
}
