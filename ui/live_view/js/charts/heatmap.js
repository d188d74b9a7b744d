// Layer × time: the logarithm of each layer's gradient norm as a colour. A TimeChart that paints its lines as rows of
// cells, so that it shares axis, cursor and marks with the other charts.
import { rampColor } from "../shared/color.js";
import { layerName, power } from "../shared/numbers.js";
import { logarithms } from "./time_chart.js";

export function heatmapSpec(layers, theme) {
  const count = layers.length;
  return {
    lines: layers.map((layer) => ({ ...layer, paths: () => null })),
    legend: false,
    kind: { log: true, range: [0, count], splits: () => layers.map((_, i) => i + 0.5) },
    columns(series, chart) {
      chart.cells = logarithms(series.gradient_norm, chart);
      return chart.cells;
    },
    axisLabel: (value) => layerName(count - 1 - Math.floor(value), count),
    draw: (u, chart) => paint(u, chart, count, theme),
  };
}

function paint(u, chart, count, theme) {
  const steps = u.data[0];
  const cells = chart.cells;
  if (!cells || !steps.length) return;
  const [low, high] = extent(cells, chart.logFloor);
  const columns = Math.max(1, Math.round(u.bbox.width / devicePixelRatio));
  const image = (chart.image ??= document.createElement("canvas"));
  image.width = columns;
  image.height = count;
  const context = image.getContext("2d");
  const data = context.createImageData(columns, count);
  const rgba = new Uint32Array(data.data.buffer);
  let at = 0;
  for (let x = 0; x < columns; x++) {
    const step = u.posToVal((x + 0.5) * (u.over.clientWidth / columns), "x");
    while (at + 1 < steps.length && steps[at + 1] <= step) at++;
    // The first layer on top.
    for (let j = 0; j < count; j++) {
      const value = cells[j][at];
      if (value === null) continue;
      const zero = chart.logFloor !== null && value <= chart.logFloor;
      rgba[j * columns + x] = zero ? rampColor(theme, -1) : rampColor(theme, (value - low) / (high - low || 1));
    }
  }
  context.putImageData(data, 0, 0);
  u.ctx.save();
  u.ctx.imageSmoothingEnabled = false;
  u.ctx.drawImage(image, u.bbox.left, u.bbox.top, u.bbox.width, u.bbox.height);
  u.ctx.restore();
  chart.subtitle.textContent = `log₁₀ ‖∂L/∂W‖: dark ${power(low)} … bright ${power(high)}${chart.logFloor === null ? "" : ", red: zero"}`;
}

function extent(cells, floor) {
  let low = Infinity;
  let high = -Infinity;
  for (const column of cells) {
    for (const value of column) {
      if (value === null || (floor !== null && value <= floor)) continue;
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  return Number.isFinite(low) ? [Math.floor(low), Math.max(Math.ceil(high), Math.floor(low) + 1)] : [-3, 0];
}
