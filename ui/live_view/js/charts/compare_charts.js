// The charts of Compare: charts with a line for each stack, and for each stack a chart of its layers, on shared axes.
import { depthColor } from "../shared/color.js";
import { layerName } from "../shared/numbers.js";
import { DrawTurns } from "./draw_turns.js";
import { logarithms, TimeChart } from "./time_chart.js";
import { Waterfall } from "./waterfall.js";

const PLOT_HEIGHT = 172; // as in the style sheet

export class CompareCharts {
  constructor(root) {
    this.holder = root.querySelector(".chart-rows");
    this.plots = [];
    this.drawTurns = new DrawTurns(5);
  }

  // `stacks`: [{ name, scene }].
  setScene(stacks, theme) {
    for (const plot of this.plots) plot.destroy();
    const across = acrossStacks(stacks, theme);
    const timeSpecs = [...across, ...stacks.map((_, k) => gradients(stacks, k, theme))];
    const budgets = stacks.map(({ name }, k) => ({ title: `Attenuation in ${name}`, subtitle: "", name: `attenuation-${name}`, stack: k }));
    const panels = [...timeSpecs, ...budgets].map((spec) => chartPanel(spec, theme));
    const perRow = stacks.length > 2 ? stacks.length : 2 * stacks.length;
    this.holder.replaceChildren(chartRow(panels.slice(0, across.length)));
    for (let i = across.length; i < panels.length; i += perRow) this.holder.append(chartRow(panels.slice(i, i + perRow)));
    const peers = [];
    this.plots = [
      ...timeSpecs.map((spec, i) => new TimeChart(panels[i], spec, theme)),
      ...budgets.map(({ stack }, i) => Object.assign(new Waterfall(panels[timeSpecs.length + i], theme, peers), { stack })),
    ];
    peers.push(...this.plots.filter((plot) => plot instanceof Waterfall));
    this.peers = peers;
    this.plots.forEach((plot) => plot.start(PLOT_HEIGHT));
    this.drawTurns.replace(this.plots);
  }

  resize() {
    for (const plot of this.plots) plot.setSize(PLOT_HEIGHT);
  }

  // `run`: { step, stacks: [series of each] }; `all` redraws every chart, otherwise they take turns.
  draw(run, frame, all) {
    for (const peer of this.peers) peer.layers = frame.stacks[peer.stack].layers;
    for (const plot of all ? this.plots : this.drawTurns.due()) plot.draw(run, [], null, frame.stacks[plot.stack]);
  }
}

// The charts with a line for each stack. Dashed lines are of the test samples.
function acrossStacks(stacks, theme) {
  const line = (k, more = {}) => ({ label: stacks[k].name, stroke: theme.stacks[k], width: 2, spanGaps: true, ...more });
  const both = stacks.flatMap((_, k) => [line(k), line(k, { label: `${stacks[k].name} test`, dash: [5, 4], width: 1.4, legend: false })]);
  const one = stacks.map((_, k) => line(k));
  const saturating = stacks.map(({ scene }) => hidden(scene).filter((j) => scene.layers[j].state === "saturated"));
  const specs = [
    {
      name: "loss",
      title: "Loss",
      subtitle: "mean; dashed: test",
      lines: both,
      columns: (run) => run.stacks.flatMap((s) => [s.train_loss, s.test_loss]),
      kind: {},
    },
    {
      name: "accuracy",
      title: "Accuracy",
      subtitle: "share of right answers; dashed: test",
      lines: both,
      columns: (run) => run.stacks.flatMap((s) => [s.train_accuracy, s.test_accuracy]),
      kind: { share: true },
    },
    {
      name: "saturation",
      title: "Saturation",
      subtitle: "mean share over hidden sigmoid, tanh and the like",
      lines: one,
      columns: (run) => run.stacks.map((s, k) => combine(saturating[k].map((j) => s.flat_share[j]), s.step.length, (sum, n) => sum / n)),
      kind: { share: true },
    },
    {
      name: "dead",
      title: "Dead units",
      subtitle: "slope 0 on all training samples, all layers",
      lines: one,
      columns: (run) => run.stacks.map((s) => combine(s.dead, s.step.length, (sum) => sum)),
      kind: { count: true },
    },
  ];
  return stacks[0].scene.task === "regression" ? specs.filter(({ name }) => name !== "accuracy") : specs;
}

// The gradient norm of every layer of one stack, on an axis that fits all stacks.
function gradients(stacks, k, theme) {
  const { name, scene } = stacks[k];
  const count = scene.layers.length;
  const kind = { log: true, range: () => kind.extent ?? [-3, 0] };
  return {
    name: `gradient-${name}`,
    title: `Gradient in ${name}`,
    subtitle: "‖∂L/∂W‖ per layer, log scale",
    stack: k,
    lines: scene.layers.map((_, j) => ({ label: layerName(j, count), stroke: depthColor(theme, j, count), spanGaps: true })),
    columns(run, chart) {
      const logs = logarithms(run.stacks.flatMap((s) => s.gradient_norm), chart);
      kind.extent = extentOf(logs);
      const from = run.stacks.slice(0, k).reduce((sum, s) => sum + s.gradient_norm.length, 0);
      return logs.slice(from, from + count);
    },
    kind,
  };
}

function extentOf(columns) {
  let low = Infinity;
  let high = -Infinity;
  for (const column of columns) {
    for (const value of column) {
      if (value === null) continue;
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  return Number.isFinite(low) ? [Math.floor(low), Math.max(Math.ceil(high), Math.floor(low) + 1)] : null;
}

const hidden = (scene) => scene.layers.slice(0, -1).map((_, j) => j);

// Combine several columns into one, with gaps where they have gaps.
function combine(columns, rows, act) {
  return Array.from({ length: rows }, (_, i) => {
    if (!columns.length || columns[0][i] === null) return null;
    return act(columns.reduce((sum, column) => sum + column[i], 0), columns.length);
  });
}

function chartRow(panels) {
  const row = document.createElement("div");
  row.className = "chart-row";
  row.style.setProperty("--columns", panels.length);
  row.append(...panels);
  return row;
}

function chartPanel(spec, theme) {
  const panel = document.createElement("section");
  panel.className = "panel chart";
  panel.dataset.chart = spec.name;
  panel.innerHTML = `<header><h3></h3><span class="sub"></span><ul class="legend"></ul></header><div class="plot"></div>`;
  panel.querySelector("h3").textContent = spec.title;
  panel.querySelector(".sub").textContent = spec.subtitle;
  if (spec.stack !== undefined) panel.style.borderTop = `3px solid ${theme.stacks[spec.stack]}`;
  return panel;
}
