// The charts beneath the diagram: three at first, the others a click away.
import { depthColor } from "../shared/color.js";
import { Distributions } from "./distributions.js";
import { heatmapSpec } from "./heatmap.js";
import { layerName } from "../shared/numbers.js";
import { DrawTurns } from "./draw_turns.js";
import { logarithms, TimeChart } from "./time_chart.js";
import { Waterfall } from "./waterfall.js";

const DEFAULT = ["loss", "gradient", "flat"];
const HEIGHT = 172;
const TALL = 250; // when presented

export class Charts {
  constructor(root, open, distribute) {
    this.root = root;
    this.holder = root.querySelector(".charts");
    this.chooser = root.querySelector(".chart-chooser");
    this.open = open; // open(name) shows a chart as a figure to zoom and save
    this.distribute = distribute; // distribute(of) has the distributions of a quantity measured, or of none
    this.distributed = CHARTS.find(({ distributed }) => distributed).distributed[0].key;
    this.shown = new Set(DEFAULT);
    this.plots = [];
    this.stale = false; // whether the plots belong to an earlier scene
    this.drawTurns = new DrawTurns(4);
  }

  setScene(scene, theme) {
    this.theme = theme;
    this.scene = scene;
    const count = scene.layers.length;
    const layers = scene.layers.map((_, j) => ({ label: layerName(j, count), stroke: depthColor(theme, j, count) }));
    const key = JSON.stringify([layers, this.shown.has("distributions") && scene.layers.map(({ name }) => name), scene.task, theme.dark]);
    if (key === this.key) return; // another run with the same lines
    this.key = key;
    this.specs = specs(layers, theme, scene);
    this.stale = true;
  }

  build() {
    this.stale = false;
    for (const plot of this.plots) plot.destroy();
    this.chooser.replaceChildren(...this.specs.map((spec) => this.chip(spec)), this.allChip());
    const chosen = this.specs.filter((spec) => this.shown.has(spec.name));
    const panels = chosen.map((spec) => this.panel(spec));
    this.holder.replaceChildren(...panels);
    this.plots = chosen.map((spec, i) => this.plot(panels[i], spec));
    // First all panels, then the plots: only then do the panels have their final width.
    this.plots.forEach((plot, i) => {
      plot.subtitle = panels[i].querySelector(".sub");
      plot.start(this.height);
    });
    this.drawTurns.replace(this.plots);
  }

  plot(panel, spec) {
    if (spec.name === "attenuation") return new Waterfall(panel, this.theme);
    if (spec.name !== "distributions") return new TimeChart(panel, spec, this.theme);
    return new Distributions(panel, spec, this.scene.layers, this.theme, this.distributed, (of) => {
      this.distributed = of;
      this.distribute(of);
    });
  }

  // The quantity whose distributions are shown, or null.
  get wanted() {
    return this.shown.has("distributions") ? this.distributed : null;
  }

  // Show the distributions that the server measures already, for an earlier view of this visitor.
  adopt(of) {
    this.shown.add("distributions");
    this.distributed = of;
    this.stale = true;
  }

  get height() {
    return this.root.classList.contains("presenting") ? TALL : HEIGHT;
  }

  chip(spec) {
    const chip = button("chip", spec.title, `Show or hide: ${spec.title}`);
    chip.dataset.chart = spec.name;
    chip.setAttribute("aria-pressed", String(this.shown.has(spec.name)));
    chip.onclick = () => {
      this.choose(() => this.shown.delete(spec.name) || this.shown.add(spec.name));
    };
    return chip;
  }

  allChip() {
    const all = this.shown.size === this.specs.length;
    const chip = button("chip all", all ? "fewer" : "all", all ? "Back to the first three charts" : "Show all charts");
    chip.onclick = () => {
      this.choose(() => (this.shown = new Set(all ? DEFAULT : this.specs.map((spec) => spec.name))));
    };
    return chip;
  }

  choose(change) {
    const before = this.wanted;
    change();
    this.build();
    if (this.wanted !== before) this.distribute(this.wanted);
    if (this.last) this.draw(...this.last, true);
  }

  panel(spec) {
    const panel = document.createElement("section");
    panel.className = "panel chart";
    panel.dataset.chart = spec.name;
    panel.innerHTML = `<header><h3></h3><button type="button" class="enlarge" title="Open to zoom and save (while paused)">⤢</button>
      <span class="sub"></span><ul class="legend"></ul></header><div class="plot"></div>`;
    panel.querySelector("h3").textContent = spec.title;
    panel.querySelector(".sub").textContent = spec.subtitle;
    const enlarge = panel.querySelector(".enlarge");
    enlarge.setAttribute("aria-label", `Open ${spec.title} to zoom and save`);
    enlarge.onclick = () => this.open(spec.name);
    return panel;
  }

  // Mark a step in the charts over time; null for none.
  point(step) {
    for (const plot of this.plots) plot.point?.(step);
  }

  resize() {
    for (const plot of this.plots) plot.setSize(this.height);
  }

  // `all` redraws every chart; otherwise they take turns. Charts with other lines are built only when they are drawn, so
  // that the network's first picture does not wait for them.
  draw(series, marks, looking, frame, all) {
    this.last = [series, marks, looking, frame];
    if (this.stale) this.build();
    for (const plot of all ? this.plots : this.drawTurns.due()) plot.draw(series, marks, looking, frame);
  }
}

// How each chart is drawn. A chart that is more than a quantity per layer has its own function.
function specs(layers, theme, scene) {
  const own = {
    loss: () => lossSpec(theme, scene.task !== "regression"),
    attenuation: () => ({}),
    heatmap: () => heatmapSpec(layers, theme),
    distributions: () => ({}),
  };
  return CHARTS.map((chart) => ({ ...chart, ...(own[chart.name]?.() ?? layerSpec(chart, layers, theme)) }));
}

function lossSpec(theme, classification) {
  const losses = [
    { label: "train", stroke: theme.text },
    { label: "test", stroke: theme.muted, dash: [5, 4] },
  ];
  const accuracies = [
    { label: "train acc.", stroke: theme.good, scale: "share", width: 1.3 },
    { label: "test acc.", stroke: theme.good, scale: "share", dash: [5, 4], width: 1.3 },
  ];
  const own = classification ? {} : { title: "Loss", subtitle: "mean over the samples" };
  return {
    ...own,
    lines: classification ? [...losses, ...accuracies] : losses,
    columns: (s) => [s.train_loss, s.test_loss, ...(classification ? [s.train_accuracy, s.test_accuracy] : [])],
    kind: {},
  };
}

function layerSpec({ quantity, scale, dashed, usual }, layers, theme) {
  const below = (line) => ({ ...line, label: `${line.label} ${dashed[1]}`, dash: [4, 4], legend: false });
  const columns = (s) => (dashed ? [...s[quantity], ...s[dashed[0]]] : s[quantity]);
  return {
    lines: dashed ? [...layers, ...layers.map(below)] : layers,
    columns: scale === "log" ? (s, chart) => logarithms(columns(s), chart) : columns,
    kind: { [scale]: true },
    draw: usual ? (u) => lineAcross(u, scale === "log" ? Math.log10(usual) : usual, theme.good) : undefined,
  };
}

function lineAcross(u, value, color) {
  const y = u.valToPos(value, "y", true);
  if (!(y >= u.bbox.top && y <= u.bbox.top + u.bbox.height)) return;
  u.ctx.save();
  u.ctx.strokeStyle = color;
  u.ctx.lineWidth = 1.4 * devicePixelRatio;
  u.ctx.setLineDash([8, 5]);
  u.ctx.beginPath();
  u.ctx.moveTo(u.bbox.left, y);
  u.ctx.lineTo(u.bbox.left + u.bbox.width, y);
  u.ctx.stroke();
  u.ctx.restore();
}

function button(className, text, title) {
  return Object.assign(document.createElement("button"), { type: "button", className, textContent: text, title });
}
