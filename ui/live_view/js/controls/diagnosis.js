// What the gradient is doing, in words: the current findings, the worst first, each with a button that applies its remedy.
// The text changes a few times a second at most, so that it can be read while training runs.
import { element } from "./cards.js";

const SHOWN = 4;
const PAUSE_MS = 350;

export class Diagnosis {
  constructor(root, apply) {
    this.list = root.querySelector(".verdicts");
    this.apply = apply; // (fix) applies a remedy
    this.last = 0;
    this.key = "";
  }

  draw(verdicts, now, force) {
    if (!force && (now - this.last < PAUSE_MS || this.list.matches(":hover"))) return; // nothing changes under the pointer
    const key = JSON.stringify(verdicts.map(({ severity, text, remedy }) => [severity, text, remedy]));
    if (key === this.key) return;
    this.key = key;
    this.last = now;
    const items = verdicts.slice(0, SHOWN).map((verdict) => this.item(verdict));
    if (verdicts.length > SHOWN) {
      items.push(element("li", { className: "rest", textContent: `and ${verdicts.length - SHOWN} more of the kind` }));
    }
    this.list.replaceChildren(...items);
  }

  item(verdict) {
    const item = element("li", { className: verdict.severity });
    item.append(element("span", { textContent: verdict.text }));
    if (verdict.remedy) item.append(" ", element("em", { textContent: verdict.remedy }));
    if (verdict.fix) {
      const button = element("button", { type: "button", className: "try", textContent: "Try it", title: verdict.fix.label });
      button.onclick = () => this.apply(verdict.fix);
      item.append(button);
    }
    return item;
  }
}
