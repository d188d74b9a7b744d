// Passes drawing jobs to painters in a worker, so that the page stays responsive. In a browser that cannot draw in a
// worker, the page draws itself.
import { Painters } from "./painter.js";

const AHEAD = 2; // drawings in progress at a time

export class PainterProxy {
  constructor() {
    this.drawings = []; // callbacks for drawings in progress, oldest first
    this.count = 0;
    this.inWorker = "transferControlToOffscreen" in HTMLCanvasElement.prototype;
    const drawn = () => this.drawings.shift()();
    if (this.inWorker) {
      const url = URL.createObjectURL(new Blob([PAINTER], { type: "text/javascript" }));
      this.worker = new Worker(url);
      URL.revokeObjectURL(url);
      this.worker.onmessage = drawn;
    } else {
      const painters = new Painters(drawn);
      this.worker = { postMessage: (message) => painters.receive(message), terminate() {} };
    }
  }

  // Whether the next drawing should wait for one in progress.
  get busy() {
    return this.drawings.length >= AHEAD;
  }

  // Whether any drawing is in progress.
  get drawing() {
    return this.drawings.length > 0;
  }

  // `canvases`: { network, surface, points }, elements of the page. Returns the painter's id.
  add(canvases, compact, columns) {
    const id = this.count++;
    const list = Object.entries(canvases).map(([name, canvas]) => [name, this.inWorker ? canvas.transferControlToOffscreen() : canvas]);
    this.worker.postMessage(["add", id, Object.fromEntries(list), compact, columns], this.inWorker ? list.map(([, canvas]) => canvas) : []);
    return id;
  }

  remove(id) {
    this.worker.postMessage(["remove", id]);
  }

  setScene(id, scene, theme) {
    if (this.inWorker && this.font !== theme.font) this.loadFont((this.font = theme.font));
    this.worker.postMessage(["setScene", id, scene, theme]);
  }

  resize(id, sizes) {
    this.worker.postMessage(["resize", id, sizes]);
  }

  draw(jobs, done) {
    this.drawings.push(done);
    this.worker.postMessage(["draw", jobs]);
  }

  // Load all faces of the first family in a list, as the page's style sheets define them.
  loadFont(families) {
    const family = families.split(",")[0].replaceAll(/["']/g, "").trim();
    for (const sheet of document.styleSheets) {
      for (const rule of rulesOf(sheet)) {
        if (!(rule instanceof CSSFontFaceRule) || rule.style.getPropertyValue("font-family").replaceAll(/["']/g, "") !== family) continue;
        const base = sheet.href ?? document.baseURI;
        const source = rule.style.getPropertyValue("src").replaceAll(/url\(["']?([^"')]+)["']?\)/g, (_, url) => `url("${new URL(url, base)}")`);
        const [style, weight, unicodeRange] = ["font-style", "font-weight", "unicode-range"].map((name) => rule.style.getPropertyValue(name));
        const descriptors = Object.fromEntries(Object.entries({ style, weight, unicodeRange }).filter(([, value]) => value));
        this.worker.postMessage(["loadFont", family, source, descriptors]);
      }
    }
  }

  close() {
    this.worker.terminate();
  }
}

function rulesOf(sheet) {
  try {
    return sheet.cssRules;
  } catch {
    return []; // a style sheet of another origin cannot be read
  }
}
