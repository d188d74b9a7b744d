// The time charts, drawn by uPlot.
import { depthColor } from "./color.js";
import { power } from "./diagram.js";

const HEIGHT = 172;

export class Charts {
  constructor(root) {
    this.holder = root.querySelector(".charts");
    this.plots = [];
  }

  setScene(scene, theme) {
    this.theme = theme;
    for (const plot of this.plots) plot.uplot.destroy();
    this.holder.replaceChildren();
    const count = scene.layers.length;
    const layers = scene.layers.map((layer, j) => ({
      label: j === count - 1 ? "out" : String(j + 1),
      stroke: depthColor(theme, j, count),
    }));
    const losses = [
      { label: "train", stroke: theme.text },
      { label: "test", stroke: theme.muted, dash: [5, 4] },
    ];
    this.plots = [
      this.add("Loss", "mean over the samples", losses, (s) => s.loss, {}),
      this.add("Gradient norm", "‖∂L/∂W‖ per layer, log scale", layers, (s, u) => logarithms(s.gradient, u), { log: true }),
      this.add("Saturated / off", "share of flat slopes, per layer", layers, (s) => s.flat, { share: true }),
      this.add("Dead units", "slope 0 on all training samples", layers, (s) => s.dead, { whole: true }),
    ];
    // All panels first, then the plots: only then does each panel have its final width.
    for (const one of this.plots) {
      one.uplot = new uPlot(this.options(one.plot, one.series, one.kind), [[], ...one.series.map(() => [])], one.plot);
    }
    this.turn = 0;
  }

  add(title, subtitle, series, columns, kind) {
    const panel = document.createElement("section");
    panel.className = "panel chart";
    panel.innerHTML = `<header><h3></h3><span class="sub"></span><ul class="legend"></ul></header><div class="plot"></div>`;
    panel.querySelector("h3").textContent = title;
    panel.querySelector(".sub").textContent = subtitle;
    const legend = panel.querySelector(".legend");
    const shown = series.length > 6 ? [series[0], series[series.length >> 1], series[series.length - 1]] : series;
    for (const one of shown) {
      const item = document.createElement("li");
      item.style.setProperty("--c", one.stroke);
      item.textContent = one.label;
      legend.append(item);
    }
    this.holder.append(panel);
    const plot = panel.querySelector(".plot");
    return { plot, series, columns, kind, uplot: null };
  }

  options(plot, series, kind) {
    const { theme } = this;
    const axis = {
      stroke: theme.muted,
      grid: { stroke: theme.line, width: 1 },
      ticks: { show: false },
      font: `11px ${theme.font}`,
    };
    const value = kind.log ? logLabel : kind.share ? (v) => `${Math.round(v * 100)} %` : short;
    return {
      width: plot.clientWidth || 260,
      height: HEIGHT,
      legend: { show: false },
      cursor: { y: false, points: { size: 5 }, sync: { key: "live" } },
      padding: [8, 12, 0, 0],
      scales: { x: { time: false }, y: { range: rangeOf(kind) } },
      axes: [
        { ...axis, size: 34, label: "step", labelSize: 14, labelFont: axis.font, labelGap: -4, values: (_, t) => t.map(short) },
        { ...axis, size: 46, splits: kind.log ? decades : undefined, values: (u, t) => t.map((v) => value(v, u)), incrs: kind.whole ? [1, 2, 5, 10, 20, 50] : undefined },
      ],
      series: [{}, ...series.map((s) => ({ ...s, width: 1.6, points: { show: false }, spanGaps: false }))],
      hooks: { setCursor: [(u) => hover(u, plot, series, value)] },
    };
  }

  resize() {
    for (const { plot, uplot } of this.plots) {
      if (plot.clientWidth && plot.clientWidth !== uplot.width) {
        uplot.setSize({ width: plot.clientWidth, height: HEIGHT });
      }
    }
  }

  // `all` redraws every chart; otherwise they take turns, two a call: curves over hundreds of steps move slowly.
  draw(series, all) {
    this.turn = 1 - this.turn;
    this.plots.forEach((plot, i) => {
      if (all || i % 2 === this.turn) plot.uplot.setData([series.step, ...plot.columns(series, plot.uplot)]);
    });
  }
}

// log₁₀ with zero drawn on the floor, one decade under the smallest value: a zero is shown, not dropped.
function logarithms(columns, u) {
  let least = Infinity;
  let zero = false;
  for (const column of columns) {
    for (const value of column) {
      if (value > 0) {
        if (value < least) least = value;
      } else if (value === 0) zero = true;
    }
  }
  const floor = Number.isFinite(least) ? Math.floor(Math.log10(least)) - (zero ? 1 : 0) : -6;
  u.logFloor = zero ? floor : null;
  return columns.map((column) => column.map((v) => (v > 0 ? Math.log10(v) : v === 0 ? floor : null)));
}

function logLabel(value, u) {
  if (u.logFloor !== null && value <= u.logFloor) return "0";
  return Number.isInteger(value) ? power(value) : (10 ** value).toExponential(1);
}

function decades(_, __, low, high) {
  const step = Math.max(1, Math.ceil((high - low) / 5));
  const ticks = [];
  for (let t = Math.ceil(low); t <= high; t += step) ticks.push(t);
  return ticks;
}

function rangeOf(kind) {
  if (kind.share) return [0, 1];
  if (kind.log) return (_, low, high) => (low === null ? [-3, 0] : [Math.floor(low), Math.max(Math.ceil(high), Math.floor(low) + 1)]);
  if (kind.whole) return (_, __, high) => [0, Math.max(high ?? 1, 1) * 1.08];
  return (_, __, high) => [0, (high || 1) * 1.05];
}

function short(value) {
  const size = Math.abs(value);
  if (size >= 1e6) return `${+(value / 1e6).toPrecision(3)}M`;
  if (size >= 1e4) return `${+(value / 1e3).toPrecision(3)}k`;
  return size >= 1e-3 || size === 0 ? String(+value.toPrecision(3)) : value.toExponential(0);
}

// The values under the cursor, in the corner of the chart.
function hover(u, plot, series, value) {
  let tip = plot.querySelector(".tip");
  if (!tip) {
    tip = document.createElement("div");
    tip.className = "tip";
    plot.append(tip);
  }
  const at = u.cursor.idx;
  tip.hidden = at == null || u.cursor.left < 0;
  if (tip.hidden) return;
  const parts = series.map((s, i) => [s, u.data[i + 1][at]]).filter(([, v]) => v != null);
  tip.replaceChildren(`step ${u.data[0][at]}`);
  for (const [s, v] of parts) {
    const row = document.createElement("span");
    row.style.color = s.stroke;
    row.textContent = `${s.label} ${value(v, u)}`;
    tip.append(row);
  }
}
