// Draws networks and their surfaces, usually in a worker, where nothing else touches the canvases.
import { Diagram } from "./diagram.js";
import { GradientBars } from "./gradient_bars.js";
import { SignalBars } from "./signal_bars.js";
import { Surface } from "./surface.js";

class Painter {
  constructor({ network, surface, points }, compact, columns) {
    this.diagram = new Diagram(network, compact ? new SignalBars() : new GradientBars(), columns);
    this.surface = new Surface(surface, points);
  }

  setScene(scene, theme) {
    this.diagram.setScene(scene, theme);
    this.surface.setScene(scene, theme);
  }

  // A resized canvas is empty, so the size is set together with the next picture.
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
    this.fonts = null; // a promise while fonts are loading
  }

  // If a font arrives late, a canvas keeps its substitute. So nothing is drawn before the fonts are there.
  async receive([action, ...rest]) {
    if (action === "loadFont") this.fonts = Promise.allSettled([this.fonts, loadFont(...rest)]);
    else {
      await this.fonts;
      this[action](...rest);
    }
  }

  add(id, canvases, compact, columns) {
    this.painters.set(id, new Painter(canvases, compact, columns));
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

  // The jobs of several painters at one moment.
  draw(jobs) {
    for (const job of jobs) this.painters.get(job.id).draw(job);
    this.drawn();
  }
}

// A worker has no access to the page's fonts.
async function loadFont(family, source, descriptors) {
  self.fonts.add(await new FontFace(family, source, descriptors).load());
}
