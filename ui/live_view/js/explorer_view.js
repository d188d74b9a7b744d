// The view of the Explorer: one network with its charts and its diagnosis.
import { Cards } from "./controls/cards.js";
import { Charts } from "./charts/charts.js";
import { float32 } from "./shared/decode.js";
import { Diagnosis } from "./controls/diagnosis.js";
import { Inspector } from "./controls/inspector.js";
import { Keyboard } from "./controls/keyboard.js";
import { pretty } from "./shared/numbers.js";
import { Pictures } from "./network/pictures.js";
import { Series } from "./charts/series.js";
import { Timeline } from "./controls/timeline.js";
import { Scores, Transport } from "./controls/transport.js";
import { View } from "./view.js";

const COLUMNS = { inputColumn: 92, plusColumn: 52 };
const PRESENTED_ZOOM = 1.4; // of the diagram's text and units
const SPOKEN_EVERY_MS = 4000;
const REMEDY_MS = 700; // while training
const CONNECTIONS_MS = 46; // drawn at least this often, or the dots on them would jump

export class ExplorerView extends View {
  constructor(parent) {
    super(parent, EXPLORER_HTML, CSS);
    this.pictures = new Pictures(this.root, this.painters, COLUMNS);
    this.charts = new Charts(
      this.root,
      (chart) => this.player.send({ type: "open", chart }),
      (of) => this.distribute(of),
    );
    this.diagnosis = new Diagnosis(this.root, {
      treat: (label) => this.edit({ op: "treat", label }),
      look: (step) => this.player.look(step),
      point: (finding) => this.point(finding),
    });
    this.cards = new Cards(
      this.root,
      (edit) => this.edit(edit),
      (source) => {
        this.pictures.connectionsShow = source;
        this.redraw();
      },
    );
    const help = () => this.root.querySelector(".help").togglePopover();
    this.transport = new Transport(this.root, { ...this.actions, present: () => this.present(), help });
    this.scores = new Scores(this.root);
    this.inspector = new Inspector(this.root, this.pictures, {
      ask: (target) => this.inspect(target),
      set: (layer, unit, input, value) => this.player.command({ type: "set", layer, unit, input, value }),
      changed: () => this.redraw(),
    });
    this.timeline = new Timeline(this.root, {
      look: (step) => this.player.look(step >= this.player.latest ? null : step),
      latest: () => this.player.look(null),
    });
    this.keyboard = new Keyboard({ ...this.keys, p: () => this.present(), "?": help, Escape: () => this.escape() });
    // For tests and benchmarks: where a unit is on the screen.
    this.root.placeOf = (layer, unit) => this.pictures.placeOf({ layer, unit });
    this.spoken = 0;
    this.connectionsAt = 0;
  }

  show({ form, options }, message) {
    this.marks = message.marks ?? [];
    // While edits are pending, the cards show what was clicked, which the server does not know yet.
    if (!this.player.editing) this.cards.update(form, options, this.theme);
    this.setColumns(form.length);
    this.agreeOnDistributions(message.distributed ?? null);
    this.askForRemedy(message);
    const { running, latest, looking, shown } = this.player;
    if (running || !shown) return;
    this.timeline.draw(shown.step, latest, looking, this.marks); // a pause shortens the run
    this.drawDiagnosis(shown, performance.now(), true); // a remedy comes without a frame
  }

  // A remedy takes trial runs on the server. It is asked for once a finding has stood long enough to be read.
  askForRemedy({ run, running, marks, findings: [[{ kind, layers, severity, remedy }]] }) {
    const now = performance.now();
    const key = JSON.stringify([run, marks.at(-1), kind, layers]);
    if (key !== this.wanted?.key) this.wanted = { key, since: now, asked: severity === "good" || remedy !== null };
    if (this.wanted.asked || (running && now - this.wanted.since < REMEDY_MS)) return;
    this.wanted.asked = true;
    this.player.send({ type: "remedy" });
  }

  inspect(target) {
    if (target) this.player.command({ type: "inspect", layer: target.layer, unit: target.unit });
    else this.player.send({ type: "inspect", layer: null });
  }

  distribute(of) {
    if (of) this.player.command({ type: "distributions", of });
    else this.player.send({ type: "distributions", of: null });
  }

  // A new view shows what the server measures already. A new server, after a restart, measures what the view shows.
  agreeOnDistributions(measured) {
    if (!this.agreed && measured) this.charts.adopt(measured);
    this.agreed = true;
    if (measured !== this.charts.wanted && !this.player.awaits("distributions")) this.distribute(this.charts.wanted);
  }

  // Show only the picture and Play, large, in the browser's top layer above the page.
  present() {
    this.presenting = this.root.classList.toggle("presenting");
    if (this.presenting) {
      this.root.popover = "manual";
      this.root.showPopover();
      this.root.requestFullscreen?.().catch(() => {}); // not allowed everywhere, and not essential
    } else {
      if (document.fullscreenElement) document.exitFullscreen();
      this.root.hidePopover();
      this.root.removeAttribute("popover");
    }
    const button = this.root.querySelector(".present");
    button.textContent = this.presenting ? "✕ Leave" : "⤢ Present";
    button.setAttribute("aria-pressed", String(this.presenting));
    this.player.send({ type: "present", on: this.presenting });
    this.setColumns(this.parts.form.length);
    this.resize();
  }

  escape() {
    if (this.inspector.target) this.inspector.close();
    else if (this.presenting) this.present();
    else return false;
  }

  setScene(message) {
    this.scene = message.scene;
    this.root.stepsPerEpoch = this.scene.steps_per_epoch;
    this.series = new Series(this.scene.layers.length);
    this.setColumns(this.parts.form.length); // a deep stack has another layout: set it before anything is measured
    if (message.history) {
      this.series.load({ columns: message.history.columns, values: float32(message.history.values) });
      if (message.frames.length) this.series.truncate(message.frames[0].step); // the frames bring what comes after
    }
    this.applyScene();
  }

  applyScene() {
    this.pictures.setScene(this.scene, this.theme);
    this.charts.setScene(this.scene, this.theme);
    this.inspector.setScene(this.scene, this.theme);
    this.describeScene();
    this.redraw();
  }

  describeScene() {
    const { axes, classes, task, dataset } = this.scene;
    const legend = this.root.querySelector(".scale");
    legend.dataset.task = task;
    const ends = task === "regression" ? ["low", "high"] : [`class ${classes[0]}`, `class ${classes[1]}`];
    legend.querySelector(".low").textContent = ends[0];
    legend.querySelector(".high").textContent = ends[1];
    const names = this.root.querySelector(".class-names");
    names.replaceChildren(
      ...(task === "multiclass" ? classes : []).map((name, k) => {
        const item = document.createElement("span");
        item.textContent = name;
        item.style.setProperty("--c", `rgb(${this.theme.classes[k]})`);
        return item;
      }),
    );
    this.root.querySelector(".surface-axes").textContent =
      `${dataset} · across: ${pretty(axes[0])}, up: ${axes.length === 1 ? "value" : pretty(axes[1])}`;
  }

  setColumns(layers) {
    this.root.style.setProperty("--layers", layers);
    const zoom = (this.pictures.zoom = this.presenting ? PRESENTED_ZOOM : 1);
    this.root.style.setProperty("--input-column", `${COLUMNS.inputColumn * zoom}px`);
    this.root.style.setProperty("--plus-column", `${COLUMNS.plusColumn * zoom}px`);
    this.root.classList.toggle("many", layers > 6);
  }

  setRunning(running) {
    this.transport.setRunning(running, this.player?.looking ?? null);
    this.root.dataset.running = running;
    if (!running) this.redraw();
  }

  // A frame that stays on the screen is drawn from more points.
  refine(frame, { surface, unit_picture }) {
    frame.surface = surface;
    if (frame.unit && unit_picture) frame.unit.picture = unit_picture;
  }

  between(frame, now) {
    this.painters.draw([this.pictures.job(frame, now, true, true)], () => {});
  }

  draw(frame, now, everything) {
    if (frame.layers.length !== this.scene.layers.length) return;
    if (this.player.looking === null) {
      if (this.current && frame.step < this.current.step) this.series.truncate(frame.step);
      this.series.append(frame);
    }
    this.current = frame;
    this.paint(frame, now, everything);
  }

  paint(frame, now, all) {
    // Connections, charts and numbers need no 60 updates a second: they take turns.
    const turn = this.player.painted % 3;
    const everything = all || turn === 0 || now - this.connectionsAt > CONNECTIONS_MS;
    if (everything) this.connectionsAt = now;
    const { looking, latest, running } = this.player;
    const shown = { surfaceLength: frame.surface.length, paintedFrames: this.player.painted, paintedChange: `${this.player.run} ${this.marks.at(-1)}` };
    this.painters.draw([this.pictures.job(frame, now, everything, running)], () => Object.assign(this.root, shown));
    if (all || turn === 1) this.charts.draw(this.series, this.marks, looking, frame, all);
    if (all || turn === 2) {
      this.transport.draw(frame);
      this.scores.draw(frame);
      this.timeline.draw(frame.step, running ? frame.step : latest, looking, this.marks);
      this.inspector.draw(frame);
      this.root.dataset.step = frame.step;
    }
    this.drawDiagnosis(frame, now, all || frame.diverged);
    this.speak(frame, now, all);
  }

  drawDiagnosis(frame, now, force) {
    const { findings, outcome } = this.said.at(frame.index);
    this.diagnosis.draw(findings[0], outcome, frame.step, now, force);
  }

  // Show in the diagram and in the charts what a finding is about.
  point(finding) {
    if (finding === this.pointed) return;
    this.pointed = finding;
    this.pictures.pointed = finding && { layers: finding.layers, units: finding.units };
    this.charts.point(finding?.since ?? null);
    if (!this.player.running) this.redraw();
  }

  // Draw the same picture again after a pause, or a change of theme or size.
  redraw() {
    const frame = this.player?.shown;
    if (frame) {
      if (this.player.looking === null) this.series.truncate(frame.step);
      this.paint(frame, performance.now(), true);
    }
  }

  resize() {
    this.pictures.resize();
    this.charts.resize();
    this.redraw();
  }

  // For screen readers: the moment in a sentence, at intervals that leave time to speak it.
  speak(frame, now, force) {
    if (!force && now - this.spoken < SPOKEN_EVERY_MS) return;
    this.spoken = now;
    const accuracy = frame.test_accuracy ?? frame.train_accuracy;
    const [finding] = this.said.at(frame.index).findings[0];
    const loss = frame.train_loss === null ? "not finite" : frame.train_loss.toPrecision(3);
    const right = accuracy === null ? "" : `, accuracy ${Math.round(accuracy * 100)} percent`;
    const text = `Step ${frame.step}, epoch ${frame.epoch.toFixed(1)}, training loss ${loss}${right}. ${finding.heading}. ${finding.text}`;
    this.root.querySelector(".spoken").textContent = text;
    this.pictures.network.setAttribute("aria-label", `Network of ${this.scene.layers.length} layers. ${text}`);
  }
}
