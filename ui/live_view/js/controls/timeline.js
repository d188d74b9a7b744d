// The slider that goes back in time over the run so far, with a tick where a setting was changed.

export class Timeline {
  constructor(root, { look, latest }) {
    this.box = root.querySelector(".timeline");
    this.slider = this.box.querySelector("input");
    this.said = this.box.querySelector("output");
    this.ticks = this.box.querySelector(".ticks");
    this.back = this.box.querySelector(".latest");
    this.held = false;
    this.slider.oninput = () => look(Number(this.slider.value));
    this.slider.onpointerdown = () => (this.held = true);
    for (const type of ["onpointerup", "onpointercancel", "onblur"]) this.slider[type] = () => (this.held = false);
    this.back.onclick = latest;
  }

  // `latest`: the latest step of the run; `looking`: the past step that is shown, or null.
  draw(step, latest, looking, marks) {
    const last = Math.max(latest, step, 1);
    if (Number(this.slider.max) !== last) this.slider.max = last;
    if (!this.held) this.slider.value = step;
    const at = `${((100 * this.slider.value) / last).toFixed(1)}%`;
    if (this.at !== at) this.slider.style.setProperty("--at", (this.at = at));
    this.box.classList.toggle("past", looking !== null);
    this.back.hidden = looking === null;
    const text = looking === null ? (latest ? "drag to go back in time" : "") : `step ${step} of ${latest}: Play or Step continues from here and forgets what came after`;
    if (this.said.textContent !== text) this.said.textContent = text;
    this.slider.disabled = latest === 0;
    const key = JSON.stringify([marks, last]);
    if (this.key === key) return;
    this.key = key;
    this.ticks.replaceChildren(
      ...marks.map(([at, what]) => {
        const tick = document.createElement("i");
        tick.style.left = `${(100 * at) / last}%`;
        tick.title = `step ${at}: ${what}`;
        return tick;
      }),
    );
  }
}
