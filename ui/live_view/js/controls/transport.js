// The bar at the top: rewind, play, step, speed, learning rate, and the current numbers.

const SPEEDS = [
  ["slow motion", 1, 20],
  ["1 update a frame", 1, 1],
  ["2 updates a frame", 2, 1],
  ["5 updates a frame", 5, 1],
  ["10 updates a frame", 10, 1],
  ["25 updates a frame", 25, 1],
  ["100 updates a frame", 100, 1],
  ["top speed", "top", 1],
];
const RATES = [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.02, 0.03, 0.1, 0.3, 1, 3, 10, 100];

export class Transport {
  // `actions`: toggle, rewind, step(unit), speed(updates, every), rate(value); present and help if they have a button.
  constructor(root, actions) {
    const get = (name) => root.querySelector(`.${name}`);
    this.play = get("play");
    this.step = root.querySelector('[data-number="step"]');
    this.epoch = root.querySelector('[data-number="epoch"]');
    this.speed = get("speed");
    for (const [text] of SPEEDS) this.speed.append(new Option(text));
    this.rate = get("rate");
    this.play.onclick = actions.toggle;
    get("rewind").onclick = actions.rewind;
    get("step-update").onclick = () => actions.step("update");
    get("step-epoch").onclick = () => actions.step("epoch");
    for (const [name, act] of [["present", actions.present], ["help-button", actions.help]]) {
      if (act) get(name).onclick = act;
    }
    this.speed.onchange = () => {
      const [, updates, every] = SPEEDS[this.speed.selectedIndex];
      actions.speed(updates, every);
    };
    this.rate.onchange = () => actions.rate(Number(this.rate.value));
  }

  setRunning(running, looking) {
    const text = running ? "❚❚ Pause" : looking === null ? "▶ Play" : "▶ Continue";
    if (this.play.textContent !== text) this.play.textContent = text;
    this.play.setAttribute("aria-pressed", String(running));
  }

  setSpeed(updates, slow) {
    const index = SPEEDS.findIndex(([, u, every]) => u === updates && every > 1 === slow);
    if (index >= 0 && this.speed.selectedIndex !== index) this.speed.selectedIndex = index;
  }

  setRate(rate) {
    if (rate === undefined || rate === this.shownRate) return;
    this.shownRate = rate;
    const rates = [...new Set([...RATES, rate])].sort((a, b) => a - b);
    this.rate.replaceChildren(...rates.map((value) => new Option(String(value), String(value), false, value === rate)));
  }

  draw(frame) {
    write(this.step, frame.step.toLocaleString("en").replaceAll(",", "\u202f"));
    write(this.epoch, frame.epoch < 100 ? frame.epoch.toFixed(1) : String(Math.floor(frame.epoch)));
  }
}

// The loss and the accuracy of one network.
export class Scores {
  constructor(root) {
    const number = (name) => root.querySelector(`[data-number="${name}"]`);
    this.train = number("train");
    this.test = number("test");
    this.accuracy = number("accuracy");
    this.label = root.querySelector(".accuracy-label");
  }

  draw(frame) {
    const accuracy = frame.test_accuracy ?? frame.train_accuracy;
    write(this.train, lossText(frame.train_loss));
    write(this.test, lossText(frame.test_loss));
    write(this.accuracy, accuracy === null ? "—" : `${(accuracy * 100).toFixed(0)} %`);
    this.label.parentElement.hidden = accuracy === null;
    write(this.label, frame.test_accuracy === null ? "train accuracy" : "test accuracy");
  }
}

function write(cell, text) {
  if (cell.textContent !== text) cell.textContent = text;
}

function lossText(value) {
  if (value === null) return "—";
  return value >= 1e4 || (value > 0 && value < 1e-3) ? value.toExponential(1) : value.toFixed(value < 10 ? 4 : 1);
}
