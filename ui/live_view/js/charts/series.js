// The run so far as columns for the charts, in bounded memory: when it is full, every second point goes.

const CAPACITY = 600; // about two points a pixel of a chart

// What is drawn over time: name here → column of the server's history, and where it stands in a frame.
const RUN = {
  trainLoss: ["train_loss", (frame) => frame.loss[0]],
  testLoss: ["test_loss", (frame) => frame.loss[1]],
  trainAccuracy: ["train_accuracy", (frame) => frame.accuracy[0]],
  testAccuracy: ["test_accuracy", (frame) => frame.accuracy[1]],
};
const PER_LAYER = {
  gradient: ["gradient_norm", (layer) => layer.gradient],
  flat: ["flat_share", (layer) => layer.flat],
  dead: ["dead", (layer) => layer.dead.length],
  frozen: ["frozen", (layer) => layer.frozen.length],
  update: ["update_ratio", (layer) => layer.update],
};

export class Series {
  constructor(layers) {
    this.layers = layers;
    this.clear();
  }

  clear() {
    this.step = [];
    for (const name in RUN) this[name] = [];
    for (const name in PER_LAYER) this[name] = Array.from({ length: this.layers }, () => []);
    this.stride = 1;
    this.offered = 0;
  }

  // Everything that the server has kept, sent when the view is new or was away.
  load({ columns, values }) {
    this.clear();
    const rows = values.length / columns.length;
    const column = (name) => {
      const at = columns.indexOf(name) * rows;
      return Array.from(values.subarray(at, at + rows), (v) => (Number.isFinite(v) ? v : null));
    };
    this.step = column("step");
    for (const name in RUN) this[name] = column(RUN[name][0]);
    for (const name in PER_LAYER) {
      this[name] = this[name].map((_, j) => column(`${PER_LAYER[name][0]}_${j + 1}`));
    }
    while (this.step.length > CAPACITY) this.thin();
  }

  append(frame) {
    if (this.offered++ % this.stride) return;
    if (this.step.length && frame.step <= this.step[this.step.length - 1]) return;
    if (this.step.length >= CAPACITY) this.thin();
    this.step.push(frame.step);
    for (const name in RUN) this[name].push(RUN[name][1](frame));
    for (const name in PER_LAYER) {
      frame.layers.forEach((layer, j) => this[name][j].push(PER_LAYER[name][1](layer)));
    }
  }

  // The moments of another series, empty where this one has none: its run ended earlier.
  follow(other) {
    const at = new Map(this.step.map((step, i) => [step, i]));
    this.change((column) => other.step.map((step) => column[at.get(step)] ?? null));
    this.step = [...other.step];
    this.stride = other.stride;
  }

  // Forget what came after a step: the view went back to it.
  truncate(step) {
    let keep = this.step.length;
    while (keep && this.step[keep - 1] > step) keep--;
    this.change((column) => {
      column.length = keep;
      return column;
    });
    this.offered = 0; // the next moment is kept, whatever the stride
  }

  thin() {
    this.change((column) => column.filter((_, i) => i % 2 === 0));
    this.stride *= 2;
  }

  change(act) {
    this.step = act(this.step);
    for (const name in RUN) this[name] = act(this[name]);
    for (const name in PER_LAYER) this[name] = this[name].map(act);
  }
}
