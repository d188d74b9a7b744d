// The queue between server and screen. The browser asks for the next burst when the queue runs low. A pause takes effect
// here at once and tells the server which frame is on the screen. The server then goes back to that frame.

// Each burst costs Streamlit's page some tens of milliseconds, whatever its size. So bursts are few and large.
const BURST = 60;
const LOW_WATER = 20; // frames left in the queue when the next burst is asked for
const FEW = 2; // with so few frames left, the next burst is urgent
const TOP_SPEED_MS = 30; // at top speed frames come in twos and threes: this spreads them
const APART_MS = 60; // between two requests: one burst would answer both
const LATE_MS = 40; // without a new frame for this time while playing, the screen waits for one
const SLOWEST_MS = 60; // between two frames of a server that is busy with others
const MANY = 20; // frames from which its speed can be told
const RETRY_MS = 3000; // until unanswered commands are sent again: the connection may have been lost
const SILENCE_MS = 5000; // without an answer for this time, the server counts as away
const REPLACED = ["inspect", "distributions", "speed", "present", "open"]; // of these commands only the last one matters

export class Player {
  constructor(view, { session, acknowledged }) {
    // transmit(commands), frame(frame, now, everything), between(frame, now), scene(message), running(bool), busy(), drawing(), cut(), silent(), refine(frame, still), refined()
    this.view = view;
    this.session = session; // identifies the playback on the server
    this.queue = [];
    this.still = null; // the picture of one frame at many points
    this.pending = [];
    this.nextId = acknowledged + 1; // an earlier view of this visitor may have used numbers
    this.barrier = 0; // frames made before the server knew this command are not shown
    this.sequence = -1;
    this.version = 0; // of the page's parts that have arrived
    this.stopWhenEmpty = false;
    this.run = -1;
    this.running = false;
    this.looking = null; // the step of the past moment that is shown, if any
    this.latest = 0; // the latest step of the run
    this.wanted = undefined; // the moment to look at next, while a request is pending
    this.interval = 0; // least milliseconds between two frames
    this.spread = 0; // the same, where the server is busy with others
    this.suppliedAt = null; // when the last frames came that nobody has clicked for
    this.slow = false; // slow motion: everything is drawn in every frame
    this.ahead = 1; // how many bursts to ask for at a time
    this.shownAt = 0;
    this.shown = null;
    this.asked = []; // requests for bursts that have not arrived
    this.askedAt = -Infinity;
    this.changed = false;
    this.sentAt = 0;
    this.waitingSince = 0; // for an answer of the server
    this.silent = false; // whether that takes too long
    this.painted = 0;
    this.loop = this.loop.bind(this);
    this.handle = requestAnimationFrame(this.loop);
  }

  stop() {
    cancelAnimationFrame(this.handle);
    this.pending = [];
  }

  // Unacknowledged commands are repeated with every send. The server carries out each number once.
  send(command) {
    const id = this.nextId++;
    if (!this.pending.length) this.waitingSince = performance.now();
    if (REPLACED.includes(command.type)) this.pending = this.pending.filter(({ type }) => type !== command.type);
    this.pending.push({ session: this.session, run: this.run, has: this.has, version: this.version, still: this.still?.index, ...command, id });
    this.transmit();
    return id;
  }

  // The index of the last frame that has arrived.
  get has() {
    return (this.queue.at(-1) ?? this.shown)?.index ?? -1;
  }

  // The latest step of the run that the view knows of.
  get reached() {
    return Math.max(this.latest, this.shown?.step ?? 0);
  }

  // Whether the server has yet to answer an edit.
  get editing() {
    return this.awaits("edit");
  }

  awaits(type) {
    return this.pending.some((command) => command.type === type);
  }

  transmit() {
    const cut = this.view.cut();
    this.sentAt = cut ? -Infinity : performance.now(); // so that it is sent at once if the visitor stays
    if (this.pending.length && !cut) this.view.transmit(this.pending);
  }

  receive(message) {
    if (message.sequence === this.sequence) return;
    this.sequence = message.sequence;
    this.waitingSince = performance.now();
    this.pending = this.pending.filter((command) => command.id > message.acknowledged);
    this.asked = this.asked.filter((id) => id > message.acknowledged);
    if (!this.slow && !this.awaits("speed")) this.setPace(message.updates === "top"); // an earlier view of this visitor may have chosen it
    this.looking = message.looking ?? null;
    this.latest = message.latest ?? 0;
    if (message.history && message.run !== this.run) this.begin(message);
    if (this.wanted !== undefined && message.acknowledged >= this.lookId) this.look(this.wanted);
    if (message.acknowledged < this.barrier) return; // made before the server knew the pause, step or rewind
    // A message repeats what the view has not acknowledged.
    const frames = message.frames.filter(({ index }) => index > this.has);
    if (message.run !== this.run || (frames.length && this.has >= 0 && frames[0].index !== this.has + 1)) {
      this.askForEverything();
      return;
    }
    if (frames.length) this.spreadOut(frames.length);
    this.queue.push(...frames);
    // A run that has diverged stops once its last frames have been shown.
    this.stopWhenEmpty = this.running && !message.running && frames.length > 0;
    if (this.running !== message.running && !this.stopWhenEmpty) this.setRunning(message.running);
    if (message.still) this.keepStill(message.still);
  }

  // Where the server is busy with others, the queue is empty before more frames come. They are spread over that time, so
  // that the picture moves evenly instead of stopping in between.
  spreadOut(count) {
    const now = performance.now();
    if (this.queue.length) this.spread /= 2;
    else if (this.suppliedAt !== null && count >= MANY) this.spread = Math.min((now - this.suppliedAt) / count, SLOWEST_MS);
    this.suppliedAt = now;
  }

  // Something is missing.
  askForEverything() {
    this.barrier = this.send({ type: "hello" });
  }

  // Keep the fine picture of a frame that is on the screen, or soon will be.
  keepStill(still) {
    this.still = still;
    if (this.shown?.index !== still.index) return;
    this.view.refine(this.shown, still);
    this.view.refined();
  }

  // If the screen waits for a frame, show it together with its message, so that the numbers and the rest of the page agree.
  showAwaited() {
    const now = performance.now();
    if (!this.running || now - this.shownAt > LATE_MS) this.showNext(now);
  }

  // Begin a new run, or the same one if everything is sent again.
  begin(message) {
    this.run = message.run;
    this.still = null;
    this.queue = [];
    this.shown = null;
    this.view.scene(message);
  }

  // Send a command that changes the run or what is shown of it. While playing, it applies to the frame on the screen: a
  // visitor changes what is visible.
  command(command) {
    if (!this.running) return this.send(command);
    this.queue = [];
    return this.ask({ ...command, shown: this.shown?.index });
  }

  // Send a command that brings frames. Frames made before it are no longer shown.
  ask(command) {
    this.barrier = this.send(command);
    this.suppliedAt = null;
    this.asked = [this.barrier];
    this.changed = true;
    return this.barrier;
  }

  askAhead(now) {
    if (this.queue.length > LOW_WATER || this.asked.length >= this.ahead || now - this.askedAt < APART_MS) return;
    // A request keeps the page busy. After a change, its result is shown first.
    if (this.changed && this.queue.length > FEW && this.view.drawing()) return;
    this.changed = false;
    this.askedAt = now;
    this.asked.push(this.send({ type: "more", frames: BURST, shown: this.shown?.index }));
  }

  // Show the kept moment nearest to a step; null for the latest. While a request is pending, only the last one counts.
  look(step) {
    const at = this.running ? { shown: this.shown?.index } : {}; // the latest moment is on the screen
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

  // While paused, the server is at the frame on the screen, or ahead of it if clicks came fast. It simply continues.
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
    this.interval = this.slow ? (every * 1000) / 60 : top ? TOP_SPEED_MS : 0; // independent of the screen's refresh rate
    this.ahead = top ? 3 : 1; // so that the server never waits for a request
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
    this.listen(now);
    this.showNext(now);
    if (this.running && !this.stopWhenEmpty) this.askAhead(now);
  }

  listen(now) {
    const silent = this.pending.length > 0 && now - this.waitingSince > SILENCE_MS;
    if (silent === this.silent) return;
    this.silent = silent;
    this.view.silent();
  }

  showNext(now) {
    if (!this.queue.length) {
      if (this.stopWhenEmpty && this.running) this.setRunning(false);
      return;
    }
    if (this.running && this.view.busy()) return; // the painter is behind
    if (this.running && now - this.shownAt < Math.max(this.interval, this.spread)) {
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
