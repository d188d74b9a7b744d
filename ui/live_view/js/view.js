// What the views of Explorer and Compare have in common: element, theme, player, and updates from Streamlit.
import { Connection } from "./shared/connection.js";
import { FORGOTTEN, lostRun, rememberRun } from "./shared/lost_run.js";
import { readTheme } from "./shared/color.js";
import { FindingsQueue } from "./controls/findings_queue.js";
import { Player } from "./player.js";
import { PainterProxy } from "./network/painter_proxy.js";

const PRESSES = ["pointerdown", "click"];
const AWAY = "The server does not answer. What you do takes effect when it does.";
const AWAY_PLAYING = "The server does not answer. The run goes on when it does.";
const STAY_MS = 1500; // after a click on a link; if the view still exists then, it was not left

// A subclass has draw(frame, now, everything), between(frame, now), refine(frame, still), setScene(message),
// setRunning(running), redraw(), resize(), applyScene(), show(parts, message) after a message, and a transport and a keyboard.
export class View {
  constructor(parent, html, css) {
    this.root = document.createElement("div");
    this.root.className = "live-view";
    this.root.innerHTML = html;
    const style = document.createElement("style");
    style.textContent = css;
    parent.append(style, this.root);
    this.painters = new PainterProxy();
    this.said = new FindingsQueue();
    this.parts = {}; // what the page shows around the frames, by name
    this.lost = null; // says what a reload or the server has lost, until the visitor continues
    const goOn = (act) => (...given) => {
      this.lost = null;
      return act(...given);
    };
    this.actions = {
      toggle: goOn(() => (this.player.running ? this.player.pause() : this.player.play())),
      rewind: goOn(() => this.player.rewind()),
      step: goOn((unit) => this.player.step(unit)),
      speed: (updates, every) => this.player.speed(updates, every),
      rate: (value) => this.edit({ op: "apply", settings: { learning_rate: value } }),
    };
    this.keys = {
      " ": this.actions.toggle,
      ArrowRight: () => this.actions.step("update"),
      e: () => this.actions.step("epoch"),
      r: this.actions.rewind,
      n: () => this.edit({ op: "seed" }),
    };
    // For tests and benchmarks: how many frames have been painted, and whether the server has answered everything.
    this.root.paintedFrames = 0;
    this.root.isAnswered = () => this.player.pending.length === 0;
    this.answers = new Map(); // callbacks by the number of the command that they wait for
    this.onEdit = (event) => {
      if (!this.player) return;
      const { edit, answered } = event.detail;
      event.detail.number = this.edit(edit);
      this.answers.set(event.detail.number, answered);
    };
    globalThis.addEventListener("backprop-edit", this.onEdit); // from the sidebar
    this.page = location.pathname;
    this.settings = location.search; // as long as the address is this page's
    this.leavingUntil = 0;
    this.onLink = (event) => event.composedPath().some((part) => part instanceof HTMLAnchorElement) && this.leave();
    this.onBack = () => this.leave();
    // A link is followed when it is released. The time since it was pressed lets pending commands arrive first.
    for (const press of PRESSES) document.addEventListener(press, this.onLink, { capture: true });
    globalThis.addEventListener("popstate", this.onBack);
    this.connection = new Connection(() => this.reconnect());
    this.onHide = () => this.player && rememberRun(this.page, this.player.session, this.player.reached, this.settings);
    globalThis.addEventListener("pagehide", this.onHide);
  }

  // The visitor is leaving for another page. A command sent now would make Streamlit run this page again, and it might drop
  // the other one.
  leave() {
    this.leavingUntil = performance.now() + STAY_MS;
  }

  get leaving() {
    return location.pathname !== this.page || performance.now() < this.leavingUntil;
  }

  // Called with every message. Its parts are those that have changed since version `since`.
  update(message, transmit) {
    this.transmit = transmit;
    const theme = readTheme(this.root);
    const repaint = this.theme && theme.background !== this.theme.background;
    this.theme = theme;
    this.root.classList.toggle("dark", theme.dark);
    if (!this.player) this.lost = lostRun(this.page, message.session);
    else if (this.player.session !== message.session) this.startAgain(message);
    this.player ??= this.newPlayer(message);
    if (message.since > this.player.version) {
      this.player.askForEverything();
      return;
    }
    if (location.pathname === this.page) this.settings = location.search;
    this.player.version = message.version;
    Object.assign(this.parts, message.parts);
    const { run, judged, findings, session, acknowledged } = message;
    this.said.push({ run, index: judged, findings, outcome: this.parts.outcome });
    this.player.receive(message);
    this.notify();
    for (const [id, answered] of this.answers) {
      if (id > acknowledged) continue;
      this.answers.delete(id);
      answered();
    }
    this.show(this.parts, message);
    const detail = { controls: this.parts.settings, session, acknowledged };
    globalThis.dispatchEvent(new CustomEvent("backprop-settings", { detail })); // for the sidebar
    this.transport.setSpeed(message.updates, this.player.slow);
    this.transport.setRate(this.parts.learning_rate);
    this.transport.setRunning(this.player.running, this.player.looking);
    if (repaint && this.scene) this.applyScene();
    if (!this.observer) {
      this.observer = new ResizeObserver(() => this.resize());
      this.observer.observe(this.root);
    }
    this.player.showAwaited();
  }

  // The server has forgotten the run: it was restarted, or out of reach for too long. It knows the settings from the page's
  // address. Edits that it had not answered are sent again.
  startAgain(message) {
    const { pending, reached } = this.player;
    const answers = this.answers;
    this.player.stop();
    this.player = this.newPlayer(message);
    this.setRunning(false);
    if (reached > 0) this.lost = FORGOTTEN;
    this.answers = new Map();
    for (const edit of pending.filter(({ type }) => type === "edit")) {
      const { id } = edit;
      for (const name of ["session", "run", "has", "version", "shown"]) delete edit[name]; // these refer to the lost run
      const number = this.player.send(edit);
      if (answers.has(id)) this.answers.set(number, answers.get(id));
    }
  }

  newPlayer(message) {
    const view = {
      transmit: (commands) => this.transmit("commands", commands),
      frame: (frame, now, everything) => this.draw(frame, now, everything),
      between: (frame, now) => this.between(frame, now), // in slow motion the dots keep moving
      scene: (message) => this.setScene(message),
      running: (running) => {
        this.setRunning(running);
        this.notify();
      },
      busy: () => this.painters.busy,
      drawing: () => this.painters.drawing,
      cut: () => this.leaving || this.connection.lost,
      silent: () => this.notify(),
      refine: (frame, still) => this.refine(frame, still),
      refined: () => this.redraw(),
    };
    return new Player(view, message);
  }

  // Edit a stack or a setting. Quick clicks add up.
  edit(edit) {
    this.lost = null;
    return this.player.command({ type: "edit", ...edit });
  }

  reconnect() {
    if (!this.connection.lost) this.player?.transmit();
    this.notify();
  }

  // One line above the picture: that the server is away, else what is wrong with the settings, else what was lost.
  notify() {
    const { running, silent } = this.player ?? {};
    const away = silent || this.connection.lost ? (running ? AWAY_PLAYING : AWAY) : null;
    const text = away ?? this.parts.notice ?? this.lost ?? "";
    const notice = this.root.querySelector(".notice");
    if (notice.textContent !== text) notice.textContent = text;
    notice.dataset.tone = away ? "away" : text === this.lost ? "quiet" : "wrong";
    notice.hidden = !text;
  }

  destroy() {
    this.onHide();
    this.player?.stop();
    this.connection.stop();
    globalThis.removeEventListener("pagehide", this.onHide);
    this.keyboard.stop();
    this.observer?.disconnect();
    this.painters.close();
    globalThis.removeEventListener("backprop-edit", this.onEdit);
    globalThis.removeEventListener("popstate", this.onBack);
    for (const press of PRESSES) document.removeEventListener(press, this.onLink, { capture: true });
    this.root.remove();
  }
}
