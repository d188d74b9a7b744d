// The run so far as columns for the charts, in bounded memory: when it is full, every second point is dropped.

const CAPACITY = 600; // about two points per pixel of a chart

// The core's names, which the server's history and the frames use.
const RUN_QUANTITIES = ["train_loss", "test_loss", "train_accuracy", "test_accuracy"];
const LAYER_QUANTITIES = [...new Set(CHARTS.flatMap(({ quantity, dashed }) => [quantity, dashed?.[0]]))].filter(Boolean);

export class Series {
  // A quantity of the run is a column, a quantity of the layers a list of columns: `series.gradient_norm[0]` is layer 1's.
  constructor(layers) {
    this.layers = layers;
    this.clear();
  }

  clear() {
    this.step = [];
    for (const name of RUN_QUANTITIES) this[name] = [];
    for (const name of LAYER_QUANTITIES) this[name] = Array.from({ length: this.layers }, () => []);
    this.stride = 1;
    this.offered = 0;
  }

  // Load the server's history, which it sends when the view is new or was away.
  load({ columns, values }) {
    this.clear();
    const rows = values.length / columns.length;
    const column = (name) => {
      const at = columns.indexOf(name) * rows;
      return Array.from(values.subarray(at, at + rows), (v) => (Number.isFinite(v) ? v : null));
    };
    this.step = column("step");
    for (const name of RUN_QUANTITIES) this[name] = column(name);
    for (const name of LAYER_QUANTITIES) this[name] = this[name].map((_, j) => column(`${name}_${j + 1}`));
    while (this.step.length > CAPACITY) this.thin();
  }

  append(frame) {
    if (this.offered++ % this.stride) return;
    if (this.step.length && frame.step <= this.step[this.step.length - 1]) return;
    if (this.step.length >= CAPACITY) this.thin();
    this.step.push(frame.step);
    for (const name of RUN_QUANTITIES) this[name].push(frame[name] ?? null);
    for (const name of LAYER_QUANTITIES) frame.layers.forEach((layer, j) => this[name][j].push(layer[name] ?? null));
  }

  // Extend this series to the steps of another one, with gaps where this run had already ended.
  follow(other) {
    const at = new Map(this.step.map((step, i) => [step, i]));
    this.change((column) => other.step.map((step) => column[at.get(step)] ?? null));
    this.step = [...other.step];
    this.stride = other.stride;
  }

  // Forget everything after a step to which the view has gone back.
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
    for (const name of RUN_QUANTITIES) this[name] = act(this[name]);
    for (const name of LAYER_QUANTITIES) this[name] = this[name].map(act);
  }
}
