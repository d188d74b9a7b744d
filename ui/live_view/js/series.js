// The run so far as columns for the charts, in bounded memory: when it is full, every second point goes.

const CAPACITY = 1200;

export class Series {
  constructor(layers) {
    this.layers = layers;
    this.clear();
  }

  clear() {
    this.step = [];
    this.loss = [[], []];
    const perLayer = () => Array.from({ length: this.layers }, () => []);
    this.gradient = perLayer();
    this.flat = perLayer();
    this.dead = perLayer();
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
    this.loss = [column("train_loss"), column("test_loss")];
    for (let j = 0; j < this.layers; j++) {
      this.gradient[j] = column(`gradient_norm_${j + 1}`);
      this.flat[j] = column(`flat_share_${j + 1}`);
      this.dead[j] = column(`dead_${j + 1}`);
    }
  }

  append(frame) {
    if (this.offered++ % this.stride) return;
    if (this.step.length && frame.step <= this.step[this.step.length - 1]) return;
    if (this.step.length >= CAPACITY) this.thin();
    this.step.push(frame.step);
    frame.loss.forEach((value, i) => this.loss[i].push(value));
    frame.layers.forEach((layer, j) => {
      this.gradient[j].push(layer.gradient);
      this.flat[j].push(layer.flat);
      this.dead[j].push(layer.dead.length);
    });
  }

  // Forget what came after a step: the view went back to it.
  truncate(step) {
    let keep = this.step.length;
    while (keep && this.step[keep - 1] > step) keep--;
    for (const column of this.columns()) column.length = keep;
    this.offered = 0; // the next moment is kept, whatever the stride
  }

  thin() {
    const half = (column) => column.filter((_, i) => i % 2 === 0);
    this.step = half(this.step);
    this.loss = this.loss.map(half);
    this.gradient = this.gradient.map(half);
    this.flat = this.flat.map(half);
    this.dead = this.dead.map(half);
    this.stride *= 2;
  }

  columns() {
    return [this.step, ...this.loss, ...this.gradient, ...this.flat, ...this.dead];
  }
}
