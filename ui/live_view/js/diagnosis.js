// What the gradient is doing, in words: the findings of the moment, worst first. Rewritten a few times a second at most,
// so that it can be read while training runs.
import { element } from "./cards.js";

const SHOWN = 4;
const PAUSE_MS = 350;

export class Diagnosis {
  constructor(root) {
    this.list = root.querySelector(".verdicts");
    this.last = 0;
    this.key = "";
  }

  draw(verdicts, now, force) {
    if (!force && now - this.last < PAUSE_MS) return;
    const key = JSON.stringify(verdicts);
    if (key === this.key) return;
    this.key = key;
    this.last = now;
    const items = verdicts.slice(0, SHOWN).map((verdict) => {
      const item = element("li", { className: verdict.severity });
      item.append(element("span", { textContent: verdict.text }));
      if (verdict.remedy) item.append(" ", element("em", { textContent: verdict.remedy }));
      return item;
    });
    if (verdicts.length > SHOWN) {
      items.push(element("li", { className: "rest", textContent: `and ${verdicts.length - SHOWN} more of the kind` }));
    }
    this.list.replaceChildren(...items);
  }
}
