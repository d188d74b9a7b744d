// Enlarges a square picture of few values smoothly. In each direction it draws a curve through four neighbouring values
// (Catmull & Rom 1974). The curve passes through the values themselves.
const SUPPORT = 4;

export class Enlarger {
  // `to`: values per side of the enlarged picture. The outermost values lie on the edges.
  constructor(to) {
    this.to = to;
    this.weights = new Map(); // keyed by the values per side of the small picture
    this.larger = new Float32Array(to * to);
  }

  // The enlarged picture, row by row; the next call overwrites it. `values`: n × n numbers.
  enlarge(values) {
    const n = Math.sqrt(values.length);
    const { to, larger } = this;
    const { first, weight } = this.weightsOf(n);
    const rows = new Float32Array(n * to); // every row enlarged
    for (let row = 0; row < n; row++) {
      const start = row * n;
      for (let x = 0; x < to; x++) {
        const at = start + first[x];
        const k = x * SUPPORT;
        rows[row * to + x] =
          weight[k] * values[at] + weight[k + 1] * values[at + 1] + weight[k + 2] * values[at + 2] + weight[k + 3] * values[at + 3];
      }
    }
    for (let y = 0; y < to; y++) {
      const k = y * SUPPORT;
      const [a, b, c, d] = [weight[k], weight[k + 1], weight[k + 2], weight[k + 3]];
      const at = first[y] * to;
      for (let x = 0; x < to; x++) {
        const i = at + x;
        larger[y * to + x] = a * rows[i] + b * rows[i + to] + c * rows[i + 2 * to] + d * rows[i + 3 * to];
      }
    }
    return larger;
  }

  // For every place along a side: the first of the four values used there, and the weight of each.
  weightsOf(n) {
    if (this.weights.has(n)) return this.weights.get(n);
    const first = new Int32Array(this.to);
    const weight = new Float32Array(this.to * SUPPORT);
    for (let i = 0; i < this.to; i++) {
      const place = ((i + 0.5) / this.to) * (n - 1);
      const cell = Math.min(Math.floor(place), n - 2);
      const t = place - cell;
      const curve = [t * (-0.5 + t * (1 - 0.5 * t)), 1 + t * t * (1.5 * t - 2.5), t * (0.5 + t * (2 - 1.5 * t)), t * t * (0.5 * t - 0.5)];
      first[i] = Math.max(0, Math.min(cell - 1, n - SUPPORT));
      // Beyond an edge the value of the edge is used.
      curve.forEach((share, k) => (weight[i * SUPPORT + Math.max(0, Math.min(cell - 1 + k, n - 1)) - first[i]] += share));
    }
    this.weights.set(n, { first, weight });
    return this.weights.get(n);
  }
}
