// A chart over the steps of the run: lines drawn by uPlot, a legend that switches them, the values under a cursor that all
// charts share, and marks where a setting was changed.
import { power, short } from "../shared/numbers.js";

export class TimeChart {
  // `spec`: { lines: [{label, stroke, …}], columns(series, chart) → one array a line, kind, axisLabel?, draw? }.
  constructor(panel, spec, theme) {
    this.panel = panel;
    this.spec = spec;
    this.theme = theme;
    this.plot = panel.querySelector(".plot");
    this.marks = [];
    this.addLegend(panel.querySelector(".legend"));
  }

  start(height) {
    const data = [[], ...this.spec.lines.map(() => [])];
    this.uplot = new uPlot(this.options(height), data, this.plot);
  }

  addLegend(list) {
    if (this.spec.legend === false) return;
    this.spec.lines.forEach((line, i) => {
      if (line.legend === false) return;
      const item = document.createElement("li");
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = line.label;
      button.style.setProperty("--c", line.stroke);
      button.classList.toggle("dashed", Boolean(line.dash));
      button.setAttribute("aria-pressed", "true");
      button.title = "Hide or show this line";
      button.onclick = () => {
        const show = !this.uplot.series[i + 1].show;
        button.setAttribute("aria-pressed", String(show));
        this.spec.lines.forEach((other, k) => {
          if (other.stroke === line.stroke && other.legend === false) this.uplot.setSeries(k + 1, { show });
        });
        this.uplot.setSeries(i + 1, { show });
      };
      item.append(button);
      list.append(item);
    });
  }

  options(height) {
    const { theme, spec } = this;
    const { kind, lines } = spec;
    const axis = {
      stroke: theme.muted,
      grid: { stroke: theme.line, width: 1 },
      ticks: { show: false },
      font: `11px ${theme.font}`,
    };
    this.value = kind.log ? logLabel : kind.share ? shareLabel : short;
    const y = {
      ...axis,
      size: 46,
      splits: kind.splits ?? (kind.log ? decades : undefined),
      values: (u, t) => t.map((v) => (spec.axisLabel ? spec.axisLabel(v) : this.value(v, this))),
      incrs: kind.count ? [1, 2, 5, 10, 20, 50] : undefined,
    };
    const axes = [xAxis(axis), y];
    const scales = { x: { time: false }, y: { range: rangeOf(kind) } };
    if (lines.some((line) => line.scale === "share")) {
      scales.share = { range: [0, 1] };
      axes.push({ ...axis, scale: "share", side: 1, size: 44, grid: { show: false }, values: (_, t) => t.map(shareLabel) });
    }
    return {
      width: this.plot.clientWidth || 260,
      height,
      legend: { show: false },
      cursor: { y: false, points: { size: 5 }, sync: { key: "live" } },
      padding: [8, scales.share ? 0 : 12, 0, 0],
      scales,
      axes,
      series: [{}, ...lines.map((line) => ({ width: 1.6, points: { show: false }, spanGaps: false, ...line }))],
      hooks: { setCursor: [() => this.hover()], draw: [() => this.drawMarks(), ...(spec.draw ? [(u) => spec.draw(u, this)] : [])] },
    };
  }

  setSize(height) {
    const width = this.plot.clientWidth;
    if (width && (width !== this.uplot.width || height !== this.uplot.height)) this.uplot.setSize({ width, height });
  }

  draw(series, marks, looking) {
    this.marks = marks;
    this.looking = looking;
    this.uplot.setData([series.step, ...this.spec.columns(series, this)]);
  }

  // Mark the step since which a finding holds; null for none.
  point(step) {
    this.pointed = step;
    this.uplot?.redraw(false);
  }

  // Draw where a setting was changed, the past moment that is shown, and the moment that a finding points at.
  drawMarks() {
    const { uplot: u, theme } = this;
    if (!u) return;
    const line = (step, color, dash) => {
      const x = u.valToPos(step, "x", true);
      if (!(x >= u.bbox.left && x <= u.bbox.left + u.bbox.width)) return;
      u.ctx.save();
      u.ctx.strokeStyle = color;
      u.ctx.lineWidth = 1.4 * devicePixelRatio;
      u.ctx.setLineDash(dash);
      u.ctx.beginPath();
      u.ctx.moveTo(x, u.bbox.top);
      u.ctx.lineTo(x, u.bbox.top + u.bbox.height);
      u.ctx.stroke();
      u.ctx.restore();
    };
    for (const [step] of this.marks) line(step, theme.muted, [4, 3]);
    if (this.looking !== null && this.looking !== undefined) line(this.looking, theme.text, []);
    if (this.pointed !== null && this.pointed !== undefined) line(this.pointed, theme.dead, []);
  }

  // Show the values under the cursor in a corner of the chart.
  hover() {
    const u = this.uplot;
    const at = u.cursor.idx;
    if (!this.tip) {
      this.tip = document.createElement("div");
      this.tip.className = "tip";
      this.plot.append(this.tip);
    }
    this.tip.hidden = at == null || u.cursor.left < 0;
    if (this.tip.hidden) return;
    this.tip.classList.toggle("left", u.cursor.left > u.width / 2); // on the side away from the pointer
    const step = u.data[0][at];
    this.tip.replaceChildren(`step ${step}`);
    const near = this.marks.filter(([s]) => Math.abs(u.valToPos(s, "x") - u.cursor.left) < 6);
    for (const [, text] of near) this.tip.append(row(text));
    this.spec.lines.forEach((line, i) => {
      const value = u.data[i + 1][at];
      if (value == null || !u.series[i + 1].show) return;
      const text = line.scale === "share" ? shareLabel(value) : this.value(value, this);
      this.tip.append(row(`${line.label} ${text}`, line));
    });
  }

  destroy() {
    this.uplot?.destroy();
  }
}

// Its colour stands beside the text, as in the legend: some would be too pale to read.
function row(text, line) {
  const span = document.createElement("span");
  span.textContent = text;
  if (line) {
    span.classList.add("of-line");
    span.classList.toggle("dashed", Boolean(line.dash));
    span.style.setProperty("--c", line.stroke);
  }
  return span;
}

export function xAxis(axis) {
  return { ...axis, size: 34, label: "step", labelSize: 14, labelFont: axis.font, labelGap: -4, values: (_, t) => t.map(short) };
}

// log₁₀. A zero is drawn on the floor, one decade below the smallest value, and not dropped.
export function logarithms(columns, chart) {
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
  chart.logFloor = zero ? floor : null;
  return columns.map((column) => column.map((v) => (v > 0 ? Math.log10(v) : v === 0 ? floor : null)));
}

export function logLabel(value, chart) {
  if (chart.logFloor !== null && value <= chart.logFloor) return "0";
  return Number.isInteger(value) ? power(value) : (10 ** value).toExponential(1).replaceAll("-", "−");
}

const shareLabel = (value) => `${Math.round(value * 100)} %`;

function decades(_, __, low, high) {
  const step = Math.max(1, Math.ceil((high - low) / 5));
  const ticks = [];
  for (let t = Math.ceil(low); t <= high; t += step) ticks.push(t);
  return ticks;
}

function rangeOf(kind) {
  if (kind.range) return kind.range;
  if (kind.share) return [0, 1];
  if (kind.log) return (_, low, high) => (low === null ? [-3, 0] : [Math.floor(low), Math.max(Math.ceil(high), Math.floor(low) + 1)]);
  if (kind.count) return (_, __, high) => [0, Math.max(high ?? 1, 1) * 1.08];
  return (_, __, high) => [0, (high || 1) * 1.05];
}
