// The queue between server and screen. The browser pulls: it asks for the next burst when the queue runs low. A pause
// takes effect here at once and tells the server which frame was on the screen; the server goes back to that one.

// Every burst makes Streamlit's own page work too, some tens of milliseconds whatever the burst holds: so few and large.
const BURST = 60;
const LOW_WATER = 20; // frames left in the queue when the next burst is asked for
const FEW = 2; // frames, with which the next burst is urgent
const TOP_SPEED_MS = 30; // at top speed frames come in twos and threes: this spreads them
const APART_MS = 60; // between two wishes for bursts: those that come together are answered by one burst
const LATE_MS = 40; // since the last frame, while playing: the next one is awaited
const RETRY_MS = 3000; // unanswered commands are sent again: a connection may have been lost on the way

export class Player {
  constructor(view, { session, acknowledged }) {
    // transmit(commands), frame(frame, now, everything), between(frame, now), scene(message), running(bool), busy(), drawing(), leaving(), refine(frame, still), refined()
    this.view = view;
    this.session = session; // the name of what the server plays for this view
    this.queue = [];
    this.still = null; // a finer picture of one frame, which stands still
    this.pending = [];
    this.nextId = acknowledged + 1; // the server may have talked to an earlier view of this visitor
    this.barrier = 0; // frames that the server made before it knew of this command are not shown
    this.sequence = -1;
    this.stopWhenEmpty = false;
    this.run = -1;
    this.running = false;
    this.looking = null; // the step of the past moment that is shown, if any
    this.latest = 0; // the newest step of the run
    this.wanted = undefined; // the moment to look at next, while an earlier wish is on its way
    this.interval = 0; // milliseconds between two frames, at least
    this.slow = false; // slow motion: everything is drawn in every frame
    this.ahead = 1; // how many bursts to ask for at a time
    this.shownAt = 0;
    this.shown = null;
    this.asked = []; // the commands whose bursts have not come yet
    this.askedAt = -Infinity;
    this.changed = false;
    this.sentAt = 0;
    this.painted = 0;
    this.loop = this.loop.bind(this);
    this.handle = requestAnimationFrame(this.loop);
  }

  stop() {
    cancelAnimationFrame(this.handle);
    this.pending = [];
  }

  // Commands are repeated with every send until they are acknowledged: the server obeys each number once.
  send(command) {
    const id = this.nextId++;
    this.pending.push({ session: this.session, run: this.run, has: this.has, still: this.still?.index, ...command, id });
    this.transmit();
    return id;
  }

  // The last frame that has come.
  get has() {
    return (this.queue.at(-1) ?? this.shown)?.index ?? -1;
  }

  // Edits of the stack that the server has not answered yet.
  get editing() {
    return this.awaits("edit");
  }

  awaits(type) {
    return this.pending.some((command) => command.type === type);
  }

  transmit() {
    const leaving = this.view.leaving();
    this.sentAt = leaving ? -Infinity : performance.now(); // at once should the visitor stay
    if (this.pending.length && !leaving) this.view.transmit(this.pending);
  }

  receive(message) {
    if (message.sequence === this.sequence) return;
    this.sequence = message.sequence;
    this.pending = this.pending.filter((command) => command.id > message.acknowledged);
    this.asked = this.asked.filter((id) => id > message.acknowledged);
    if (!this.slow && !this.awaits("speed")) this.setPace(message.updates === "top"); // as an earlier view of this visitor left it
    this.looking = message.looking ?? null;
    this.latest = message.latest ?? 0;
    if (message.history && message.run !== this.run) this.begin(message);
    if (this.wanted !== undefined && message.acknowledged >= this.lookId) this.look(this.wanted);
    if (message.acknowledged < this.barrier) return; // made before the pause, step or rewind was known there
    // A message repeats what the server does not know to have arrived.
    const frames = message.frames.filter(({ index }) => index > this.has);
    if (message.run !== this.run || (frames.length && this.has >= 0 && frames[0].index !== this.has + 1)) {
      this.barrier = this.send({ type: "hello" }); // something is amiss: ask for everything
      return;
    }
    this.queue.push(...frames);
    // A run that has diverged stops by itself, once its last frames have been shown.
    this.stopWhenEmpty = this.running && !message.running && frames.length > 0;
    if (this.running !== message.running && !this.stopWhenEmpty) this.setRunning(message.running);
    if (message.still) this.keepStill(message.still);
  }

  // The frame that it belongs to is on the screen, or will be.
  keepStill(still) {
    this.still = still;
    if (this.shown?.index !== still.index) return;
    this.view.refine(this.shown, still);
    this.view.refined();
  }

  // A screen that waits for a frame gets it with the message that brings it: what else the message says stands beside
  // the numbers that belong to it.
  showAwaited() {
    const now = performance.now();
    if (!this.running || now - this.shownAt > LATE_MS) this.showNext(now);
  }

  // A new run, or the same one told anew.
  begin(message) {
    this.run = message.run;
    this.still = null;
    this.queue = [];
    this.shown = null;
    this.view.scene(message);
  }

  // What changes the run or what is shown of it. While playing it starts from the frame on the screen, so that what one
  // sees is what one changes.
  command(command) {
    if (!this.running) return this.send(command);
    this.queue = [];
    return this.ask({ ...command, shown: this.shown?.index });
  }

  // A command that brings frames; those that were made before are not shown any more.
  ask(command) {
    this.barrier = this.send(command);
    this.asked = [this.barrier];
    this.changed = true;
    return this.barrier;
  }

  askAhead(now) {
    if (this.queue.length > LOW_WATER || this.asked.length >= this.ahead || now - this.askedAt < APART_MS) return;
    // Asking keeps the page busy: after a change it is first to be seen.
    if (this.changed && this.queue.length > FEW && this.view.drawing()) return;
    this.changed = false;
    this.askedAt = now;
    this.asked.push(this.send({ type: "more", frames: BURST, shown: this.shown?.index }));
  }

  // The kept moment nearest to a step; null for the latest. Of a slider's many wishes only the last one counts.
  look(step) {
    const at = this.running ? { shown: this.shown?.index } : {}; // the latest moment is the one on the screen
    if (this.running) this.halt();
    if (this.barrier && this.pending.some(({ id }) => id === this.lookId)) {
      this.wanted = step;
      return;
    }
    this.wanted = undefined;
    this.lookId = this.barrier = this.send({ type: "look", step, ...at });
  }

  play() {
    this.setRunning(true);
    this.ask({ type: "play" });
  }

  pause() {
    this.halt();
    this.barrier = this.send({ type: "pause", shown: this.shown?.index });
  }

  // While paused the server stands at the frame shown, or further where clicks came fast: then it just goes on.
  step(unit) {
    if (!this.running) {
      this.send({ type: "step", unit });
      return;
    }
    this.halt();
    this.barrier = this.send({ type: "step", unit, shown: this.shown?.index });
  }

  rewind() {
    this.halt();
    this.barrier = this.send({ type: "rewind" });
  }

  speed(updates, every) {
    this.slow = every > 1;
    this.setPace(updates === "top", every);
    this.command({ type: "speed", ...(updates === "top" ? { top: true } : { updates }) });
  }

  setPace(top, every = 1) {
    this.interval = this.slow ? (every * 1000) / 60 : top ? TOP_SPEED_MS : 0; // whatever the screen's own rate
    this.ahead = top ? 3 : 1; // so that the server never waits for the next wish
  }

  halt() {
    this.queue = [];
    this.setRunning(false);
  }

  setRunning(running) {
    this.running = running;
    this.view.running(running);
  }

  loop(now) {
    this.handle = requestAnimationFrame(this.loop);
    if (this.pending.length && now - this.sentAt > RETRY_MS) this.transmit();
    this.showNext(now);
    if (this.running && !this.stopWhenEmpty) this.askAhead(now);
  }

  showNext(now) {
    if (!this.queue.length) {
      if (this.stopWhenEmpty && this.running) this.setRunning(false);
      return;
    }
    if (this.running && this.view.busy()) return; // the painter is behind: it gets no more than it can draw
    if (this.running && now - this.shownAt < this.interval) {
      if (this.shown && this.slow) this.view.between(this.shown, now);
      return;
    }
    const frame = this.queue.shift();
    if (frame.index === this.still?.index) this.view.refine(frame, this.still);
    this.shown = frame;
    this.shownAt = now;
    this.painted++;
    this.view.frame(frame, now, this.slow || (!this.queue.length && !this.running));
  }
}
