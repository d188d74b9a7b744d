// The page's side of one network and its surface: the canvases that a painter draws on, and where things are on them.
import { GradientBars } from "./gradient_bars.js";
import { Geometry } from "./geometry.js";
import { SignalBars } from "./signal_bars.js";

const CALM = matchMedia("(prefers-reduced-motion: reduce)");

export class Pictures {
  // `compact`: with signal bars only, as in Compare.
  constructor(root, painters, columns, compact = false) {
    const [network, surface, points] = [".network", ".surface-picture", ".surface-points"].map((part) => root.querySelector(part));
    Object.assign(this, { painters, columns, network, surface });
    this.geometry = new Geometry(compact ? new SignalBars() : new GradientBars(), columns);
    this.id = painters.add({ network, surface, points }, compact, columns);
    this.connectionsShow = "weights";
    this.zoom = 1;
    this.fresh = true; // nothing has been drawn in this scene and size
    this.marked = null; // the inspected unit or connection: {layer, unit, input?}
    this.pointed = null; // what a finding is about: {layers, units}, both counted from 1
  }

  setScene(scene, theme) {
    this.scene = scene;
    this.geometry.setStack(scene);
    this.painters.setScene(this.id, scene, theme);
    this.resize();
  }

  resize() {
    if (!this.scene) return;
    const { clientWidth: width, clientHeight: height } = this.network;
    const side = Math.round(this.surface.clientWidth) || 300;
    const ratio = Math.min(window.devicePixelRatio || 1, 2);
    const sizes = { width: width || 600, height: height || 480, zoom: this.zoom, side, ratio };
    this.fresh = true;
    this.geometry.resize(sizes);
    this.painters.resize(this.id, sizes);
  }

  // What a painter has to draw. Connections and bars are included if `asked`, and in the first picture.
  job(frame, now, asked, running, scale = null) {
    const everything = asked || this.fresh;
    this.fresh = false;
    this.values = frame[this.connectionsShow];
    const { layers, units, surface } = frame;
    const { connectionsShow, marked, pointed } = this;
    return {
      id: this.id,
      frame: { layers, units, surface, connections: everything ? this.values : null },
      look: { connectionsShow, marked, pointed, scale, dots: running && !CALM.matches },
      now,
      everything,
    };
  }

  // What is under the pointer.
  at(left, top) {
    return this.values ? this.geometry.at(left, top, this.values) : null;
  }

  // Where a unit is on the screen.
  placeOf(target) {
    const { left, right, y } = this.geometry.placeOf(target);
    const box = this.network.getBoundingClientRect();
    return { left: box.left + left, right: box.left + right, y: box.top + y };
  }

  remove() {
    this.painters.remove(this.id);
  }
}
