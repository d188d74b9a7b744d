// The decision surface with the data points; for one input, the fitted curve.
import { setSize } from "../shared/canvas.js";
import { divergingPixels, pack, rgb } from "../shared/color.js";
import { float32 } from "../shared/decode.js";
import { Enlarger } from "./enlarge.js";

const DRAWN = 256; // pixels per side of the plane, from however many points it is computed

export class Surface {
  // `canvas`: for the plane or the curve; `overlay`: for the data points on the plane.
  constructor(canvas, overlay) {
    this.canvas = canvas;
    this.overlay = overlay;
    // Firefox refuses to give a worker the context of a page's canvas twice.
    this.context = canvas.getContext("2d", { alpha: false });
    this.overlayContext = overlay.getContext("2d");
    this.enlarger = new Enlarger(DRAWN);
    this.image = new ImageData(DRAWN, DRAWN);
    this.rgba = new Uint32Array(this.image.data.buffer);
  }

  setScene(scene, theme) {
    this.scene = scene;
    this.theme = theme;
    this.pixels = divergingPixels(theme, 0.72);
    this.points = float32(scene.points);
  }

  // `side`: in CSS pixels.
  resize({ side, ratio }) {
    const plane = this.scene.axes.length === 2;
    this.size = side * ratio;
    const pixels = plane ? DRAWN : this.size; // the page scales it to its size
    setSize(this.canvas, pixels, pixels);
    setSize(this.overlay, this.size, this.size);
    this.ratio = ratio;
    this.overlayContext.clearRect(0, 0, this.size, this.size);
    if (plane) this.drawPoints(this.overlayContext, (x, y) => [x, y]);
  }

  draw(frame) {
    if (this.scene.axes.length === 1) this.drawCurve(float32(frame.surface));
    else this.drawPlane(frame.surface);
  }

  drawPlane(values) {
    const classes = this.scene.task === "multiclass" ? this.scene.classes.length : 1;
    const points = values.length / classes;
    const layers = Array.from({ length: classes }, (_, k) => values.subarray(k * points, (k + 1) * points));
    if (classes === 1) this.colorValues(this.enlarger.enlarge(layers[0]));
    else this.mixClasses(layers.map((layer) => this.enlarger.enlarge(layer).slice()));
    this.context.putImageData(this.image, 0, 0);
  }

  colorValues(values) {
    const { rgba, pixels } = this;
    for (let i = 0; i < rgba.length; i++) rgba[i] = pixels[Math.max(0, Math.min(255, (values[i] + 0.5) | 0))];
  }

  // The colour of the class with the largest output: clear for a confident answer, grey for an uncertain one. `layers`: the
  // values of each class.
  mixClasses(layers) {
    const colors = this.theme.classes;
    const neutral = this.theme.neutral;
    for (let i = 0; i < this.rgba.length; i++) {
      let best = 0;
      let second = 0;
      let winner = 0;
      for (let k = 0; k < layers.length; k++) {
        const value = layers[k][i];
        if (value > best) {
          second = best;
          best = value;
          winner = k;
        } else if (value > second) second = value;
      }
      const t = 0.15 + 0.6 * Math.min((best - second) / 254, 1);
      const c = colors[winner % colors.length];
      this.rgba[i] = pack([0, 1, 2].map((n) => (neutral[n] + (c[n] - neutral[n]) * t) | 0));
    }
  }

  drawCurve(values) {
    const { context, size } = this;
    const scale = this.scene.y_scale * 1.15;
    const height = (y) => size / 2 - (y / scale) * (size / 2);
    context.fillStyle = rgb(this.theme.neutral);
    context.fillRect(0, 0, size, size);
    this.drawPoints(context, (x, _, value) => [x, height(value) / size]);
    context.strokeStyle = this.theme.text;
    context.lineWidth = 2.5 * this.ratio;
    context.beginPath();
    values.forEach((y, i) => context.lineTo((i / (values.length - 1)) * size, height(y)));
    context.stroke();
  }

  // Training points are filled, test points are rings.
  drawPoints(context, place) {
    const { points, scene, theme, size, ratio } = this;
    const radius = Math.max(2.6, size / ratio / 105) * ratio;
    for (let i = 0; i < points.length / 3; i++) {
      const value = points[3 * i + 2];
      const [x, y] = place(points[3 * i], points[3 * i + 1], value);
      const color = this.pointColor(value);
      context.beginPath();
      context.arc(x * size, y * size, radius, 0, 2 * Math.PI);
      context.fillStyle = i < scene.n_train ? color : rgb(theme.neutral);
      context.strokeStyle = i < scene.n_train ? (theme.dark ? "#10131a" : "#ffffff") : color;
      context.lineWidth = (i < scene.n_train ? 1 : 1.6) * ratio;
      context.fill();
      context.stroke();
    }
  }

  pointColor(value) {
    if (this.scene.task !== "regression") return rgb(this.theme.classes[value % this.theme.classes.length]);
    const t = Math.max(-1, Math.min(1, value / this.scene.y_scale));
    const end = t < 0 ? this.theme.orange : this.theme.blue;
    return rgb(end.map((c, i) => this.theme.neutral[i] + (c - this.theme.neutral[i]) * Math.max(Math.abs(t), 0.25)));
  }
}
