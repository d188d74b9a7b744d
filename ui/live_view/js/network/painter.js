// Draws the pictures of networks and their surfaces, whatever a painters sends. In a worker it has the canvases to itself.
import { Diagram } from "./diagram.js";
import { Gauges } from "./gradient_bars.js";
import { SignalStrip } from "./signal_bars.js";
import { Surface } from "./surface.js";

class Painter {
  constructor({ network, surface, points }, strip, columns) {
    this.diagram = new Diagram(network, strip ? new SignalStrip() : new Gauges(), columns);
    this.surface = new Surface(surface, points);
  }

  setScene(scene, theme) {
    this.diagram.setScene(scene, theme);
    this.surface.setScene(scene, theme);
  }

  // A canvas of another size is empty: it gets it together with its next picture.
  resize(sizes) {
    this.sizes = sizes;
  }

  draw({ frame, look, now, everything }) {
    if (this.sizes) {
      this.diagram.resize(this.sizes);
      this.surface.resize(this.sizes);
      this.sizes = null;
    }
    this.diagram.draw(frame, look, now, everything);
    this.surface.draw(frame);
  }
}

export class Painters {
  // `drawn()` is called after each drawing.
  constructor(drawn) {
    this.drawn = drawn;
    this.painters = new Map();
    this.fonts = null; // a promise while some are on their way
  }

  // A canvas goes on with the font that stood in for one that came late: so nothing is drawn before the fonts are there.
  async receive([action, ...rest]) {
    if (action === "loadFont") this.fonts = Promise.allSettled([this.fonts, loadFont(...rest)]);
    else {
      await this.fonts;
      this[action](...rest);
    }
  }

  add(id, canvases, strip, columns) {
    this.painters.set(id, new Painter(canvases, strip, columns));
  }

  remove(id) {
    this.painters.delete(id);
  }

  setScene(id, scene, theme) {
    this.painters.get(id).setScene(scene, theme);
  }

  resize(id, sizes) {
    this.painters.get(id).resize(sizes);
  }

  // Jobs of several painters, which belong to one moment.
  draw(jobs) {
    for (const job of jobs) this.painters.get(job.id).draw(job);
    this.drawn();
  }
}

// A worker does not see the fonts of the page.
async function loadFont(family, source, descriptors) {
  self.fonts.add(await new FontFace(family, source, descriptors).load());
}
