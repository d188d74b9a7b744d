// What differs between the stacks, and what it does, in words. The area has a fixed height, so that nothing below it moves
// while a run plays. What does not fit unfolds over the page, and hints fill the remaining lines.
import { element, place } from "./cards.js";

const MOST_SENTENCES = 4;
const SENTENCES_EVERY_MS = 500; // so that they can be read while training runs
const SENTENCES_SPOKEN_EVERY_MS = 5000; // to screen readers
const ALIKE = "So far they do much the same: no number differs by more than its threshold.";
const HINTS = [
  "The same data, batches and seed for all.",
  "While it plays, change one activation in a stack: which layers still get a gradient?",
];

export class StackSentences {
  constructor(root) {
    this.box = root.querySelector(".sentences");
    this.list = this.box.querySelector(".standing");
    this.rest = this.box.querySelector(".rest");
    this.unfold = this.box.querySelector(".unfold");
    this.unfold.popoverTargetElement = this.rest;
    this.rest.addEventListener("toggle", ({ newState }) => newState === "open" && place(this.rest, this.unfold));
    this.spoken = root.querySelector(".spoken");
    this.told = -Infinity;
  }

  setScene({ setups, stacks }, theme) {
    this.setups = setups;
    this.theme = theme;
    this.box.dataset.stacks = stacks.length;
    this.box.style.setProperty("--inset", `${5 * stacks.length + 1}px`); // room for a stripe per stack that can be compared with A
    this.key = null;
    this.drawn = -Infinity;
  }

  draw({ step, differences }, now, force) {
    // Nothing changes under the pointer.
    if (!force && (now - this.drawn < SENTENCES_EVERY_MS || this.box.matches(":hover"))) return;
    this.drawn = now;
    const key = JSON.stringify(differences);
    if (key !== this.key || force) this.fill(differences);
    this.key = key;
    if (force || now - this.told > SENTENCES_SPOKEN_EVERY_MS) {
      this.told = now;
      this.spoken.textContent = `Step ${step}. ${differences.map(({ text }) => text).join(" ")}`;
    }
  }

  fill(differences) {
    const setup = element("li", { className: "setup" });
    setup.append(...this.setups.map((one) => this.marked("span", one)));
    const sentences = differences.map((one) => this.marked("li", one));
    const first = sentences.length ? sentences.slice(0, MOST_SENTENCES) : [element("li", { textContent: ALIKE })];
    const hints = HINTS.map((textContent) => element("li", { className: "hint", textContent }));
    const items = [setup, ...first, ...hints];
    this.list.replaceChildren(...items);
    let room = this.list.clientHeight;
    const heights = items.map((item) => item.offsetHeight); // all at once: the layout is computed once
    const cut = setup.scrollHeight > setup.clientHeight;
    items.forEach((item, i) => {
      if (heights[i] <= room) room -= heights[i];
      else item.remove();
    });
    const left = sentences.filter((item) => !item.isConnected);
    this.rest.replaceChildren(...(cut ? [setup.cloneNode(true)] : []), ...left);
    const count = this.rest.children.length;
    this.unfold.hidden = count === 0;
    if (count) this.unfold.textContent = `${count} more`;
    else this.rest.hidePopover();
  }

  // A sentence with a stripe in the colour of each stack that it is about.
  marked(tag, { stacks, text }) {
    const item = element(tag, { textContent: text });
    const stripes = stacks.map((stack, k) => `${this.theme.stacks[stack]} ${5 * k}px ${5 * k + 4}px, transparent 0 ${5 * k + 5}px`);
    item.style.setProperty("--stripes", `linear-gradient(90deg, ${stripes}, transparent 0)`);
    return item;
  }
}
