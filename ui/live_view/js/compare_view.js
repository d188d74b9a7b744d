// The view of Compare: two to four stacks that train together, and their differences in words.
import { CompareCharts } from "./charts/compare_charts.js";
import { float32 } from "./shared/decode.js";
import { followScale } from "./network/gradient_bars.js";
import { Keyboard } from "./controls/keyboard.js";
import { Series } from "./charts/series.js";
import { StackSentences } from "./controls/stack_sentences.js";
import { StackPanel } from "./controls/stack_panel.js";
import { Transport } from "./controls/transport.js";
import { View } from "./view.js";

const STACK_NAMES = ["A", "B", "C", "D"];
const JUDGED_EVERY_MS = 400;

export class CompareView extends View {
  constructor(parent) {
    super(parent, COMPARE_HTML, CSS);
    this.root.classList.add("comparison");
    this.template = this.root.querySelector(".stack-template");
    this.holder = this.root.querySelector(".stacks");
    this.adder = this.root.querySelector(".add-stack");
    this.adder.onclick = () => this.edit({ op: "add_stack" });
    this.transport = new Transport(this.root, this.actions);
    this.keyboard = new Keyboard(this.keys);
    this.charts = new CompareCharts(this.root);
    this.sentences = new StackSentences(this.root);
    this.panels = [];
    this.judgedAt = 0;
  }

  show({ stacks, options, limits }) {
    if (this.player.editing) return; // the cards show what was clicked, which the server does not know yet
    this.setPanels(stacks.length);
    stacks.forEach((form, k) => this.panels[k].update(form, options, this.theme, stacks.length > limits[0]));
    this.adder.disabled = stacks.length >= limits[1];
  }

  setPanels(count) {
    while (this.panels.length > count) this.panels.pop().remove();
    while (this.panels.length < count) {
      const index = this.panels.length;
      const toExplorer = () => {
        this.player.send({ type: "send", stack: index });
        this.leave();
      };
      const actions = { edit: (edit) => this.edit(edit), toExplorer, redraw: () => this.redraw() };
      const panel = new StackPanel(this.template, index, STACK_NAMES[index], this.painters, actions);
      this.panels.push(panel);
      this.holder.append(panel.root);
    }
  }

  setScene({ scene, history, frames }) {
    this.scene = scene;
    this.root.stepsPerEpoch = scene.steps_per_epoch;
    this.series = scene.stacks.map((stack, k) => {
      const series = new Series(stack.layers.length);
      if (history) series.load({ columns: history.stacks[k].columns, values: float32(history.stacks[k].values) });
      return series;
    });
    const longest = this.series.reduce((a, b) => (b.step.at(-1) > a.step.at(-1) ? b : a));
    for (const series of this.series) if (series !== longest) series.follow(longest);
    if (frames.length) for (const series of this.series) series.truncate(frames[0].step);
    this.current = null;
    this.applyScene();
  }

  applyScene() {
    const { stacks } = this.scene;
    this.setPanels(stacks.length);
    this.scale = null; // of the error-signal bars, shared by all stacks
    stacks.forEach((scene, k) => this.panels[k].setScene(scene, this.theme));
    this.charts.setScene(stacks.map((scene, k) => ({ name: STACK_NAMES[k], scene })), this.theme);
    this.sentences.setScene(this.scene, this.theme);
    this.redraw();
  }

  setRunning(running) {
    this.transport.setRunning(running, null);
    this.root.dataset.running = running;
    if (!running) this.redraw();
  }

  // A frame that stays on the screen is drawn from more points.
  refine(frame, still) {
    frame.stacks.forEach((stack, k) => (stack.surface = still.stacks[k].surface));
  }

  between(frame, now) {
    this.painters.draw(frame.stacks.map((stack, k) => this.panels[k].pictures.job(stack, now, true, true, this.scale)), () => {});
  }

  draw(frame, now, everything) {
    if (this.current && frame.step < this.current.step) for (const series of this.series) series.truncate(frame.step);
    this.current = frame;
    this.series.forEach((series, k) => series.append(lasting(frame.stacks[k], frame.step)));
    this.paint(frame, now, everything);
  }

  paint(frame, now, all) {
    const { painted, running } = this.player;
    this.scale = followScale(this.scale, frame.stacks.flatMap(({ layers }) => layers.map(({ signal_rms }) => signal_rms)));
    // Connections, charts and numbers need no 60 updates a second: they take turns.
    const turns = frame.stacks.length + 1;
    const jobs = frame.stacks.map((stack, k) => {
      const everything = all || painted % turns === k;
      this.panels[k].draw(stack, everything, all);
      return this.panels[k].pictures.job(stack, now, everything, running, this.scale);
    });
    this.painters.draw(jobs, () => (this.root.paintedFrames = painted));
    if (all || painted % turns === turns - 1) {
      this.charts.draw({ step: this.series[0].step, stacks: this.series }, frame, all);
      this.transport.draw(frame);
      this.root.dataset.step = frame.step;
    }
    this.sentences.draw(frame, now, all);
    if (all || now - this.judgedAt > JUDGED_EVERY_MS) {
      this.judgedAt = now;
      this.said.at(frame.index).findings.forEach(([finding], k) => this.panels[k]?.judge(finding));
    }
  }

  // Draw the same picture again after a pause, or a change of theme or size.
  redraw() {
    const frame = this.player?.shown;
    if (!frame || frame.stacks.length !== this.panels.length) return;
    for (const series of this.series) series.truncate(frame.step);
    this.paint(frame, performance.now(), true);
  }

  resize() {
    for (const { pictures } of this.panels) pictures.resize();
    this.charts.resize();
    this.redraw();
  }
}

// A stack that has diverged stays at its last step: its curves get no more points.
function lasting(stack, step) {
  if (stack.step >= step) return stack;
  return { step, layers: stack.layers.map(() => ({})) };
}
