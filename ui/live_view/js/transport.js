// The bar at the top: rewind, play, step, speed, and the numbers of the moment.

const SPEEDS = [
  ["slow motion", 1, 20],
  ["1 update a frame", 1, 1],
  ["2 updates a frame", 2, 1],
  ["5 updates a frame", 5, 1],
  ["10 updates a frame", 10, 1],
  ["25 updates a frame", 25, 1],
  ["100 updates a frame", 100, 1],
];

export class Transport {
  constructor(root, actions) {
    const get = (name) => root.querySelector(`.${name}`);
    this.play = get("play");
    this.numbers = Object.fromEntries(
      ["step", "epoch", "train", "test", "accuracy"].map((name) => [name, root.querySelector(`[data-number="${name}"]`)]),
    );
    this.accuracyLabel = get("accuracy-label");
    this.speed = get("speed");
    for (const [text] of SPEEDS) this.speed.append(new Option(text));
    this.play.onclick = actions.toggle;
    get("rewind").onclick = actions.rewind;
    get("step-update").onclick = () => actions.step("update");
    get("step-epoch").onclick = () => actions.step("epoch");
    this.speed.onchange = () => {
      const [, updates, every] = SPEEDS[this.speed.selectedIndex];
      actions.speed(updates, every);
    };
  }

  setRunning(running) {
    this.play.textContent = running ? "❚❚ Pause" : "▶ Play";
    this.play.setAttribute("aria-pressed", String(running));
  }

  setSpeed(updates, slow) {
    const index = SPEEDS.findIndex(([, u, every]) => u === updates && every > 1 === slow);
    if (index >= 0 && this.speed.selectedIndex !== index) this.speed.selectedIndex = index;
  }

  draw(frame) {
    const put = (name, text) => {
      const cell = this.numbers[name];
      if (cell.textContent !== text) cell.textContent = text;
    };
    const accuracy = frame.accuracy[1] ?? frame.accuracy[0];
    put("step", frame.step.toLocaleString("en").replaceAll(",", "\u202f"));
    put("epoch", frame.epoch < 100 ? frame.epoch.toFixed(1) : String(Math.floor(frame.epoch)));
    put("train", lossText(frame.loss[0]));
    put("test", lossText(frame.loss[1]));
    put("accuracy", accuracy === null ? "—" : `${(accuracy * 100).toFixed(0)} %`);
    this.accuracyLabel.parentElement.hidden = accuracy === null;
    this.accuracyLabel.textContent = frame.accuracy[1] === null ? "train accuracy" : "test accuracy";
  }
}

function lossText(value) {
  if (value === null) return "—";
  return value >= 1e4 || (value > 0 && value < 1e-3) ? value.toExponential(1) : value.toFixed(value < 10 ? 4 : 1);
}
