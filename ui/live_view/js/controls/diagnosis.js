// What is wrong with the run, in words: one finding, with its evidence, what to do, and a button that does it. What follows
// from it is folded beneath. The text changes a few times a second at most, so that it can be read while training runs.
import { element } from "./cards.js";

const PAUSE_MS = 350;
const SIGNS = { fault: "✕", warning: "!", good: "✓" };
const SEVERITIES = { fault: "Fault", warning: "Warning", good: "In order" };

export class Diagnosis {
  // `actions`: treat(label) applies the remedy; look(step) goes back to a moment; point(finding or null) shows in diagram and
  // charts what a finding is about.
  constructor(root, actions) {
    this.room = root.querySelector(".findings");
    this.result = root.querySelector(".outcome");
    this.actions = actions;
    this.last = 0;
    this.key = "";
    this.unfolded = false;
    this.held = false; // nothing changes under the pointer
    this.room.onpointerenter = () => (this.held = true);
    this.room.onpointerleave = () => (this.held = false);
  }

  // `outcome`: whether the remedy that was tried last has helped, or null.
  draw(findings, outcome, step, now, force) {
    if (!force && (this.held || now - this.last < PAUSE_MS)) return;
    const key = JSON.stringify([findings, outcome, step > 0]);
    if (key === this.key) return;
    this.key = key;
    this.last = now;
    this.result.textContent = unbroken(outcome ?? "");
    this.result.hidden = !outcome;
    const focused = this.room.getRootNode().activeElement?.dataset?.focus;
    this.room.replaceChildren(...findings.map((finding) => this.card(finding, step)));
    if (focused) this.room.querySelector(`[data-focus="${focused}"]`)?.focus({ preventScroll: true });
  }

  card(finding, step) {
    const card = element("article", { className: `finding ${finding.severity}` });
    card.dataset.kind = finding.kind;
    const head = element("header", {});
    head.append(sign(finding.severity), element("h3", { textContent: finding.heading }));
    card.append(head, element("p", { className: "evidence", textContent: unbroken(finding.text) }));
    if (finding.remedy) card.append(...this.advice(finding.remedy));
    const foot = element("div", { className: "foot" });
    const more = this.more(finding);
    if (more) foot.append(more);
    if (finding.since > 0 && finding.since < step) foot.append(this.since(finding));
    if (foot.childElementCount) card.append(foot);
    this.pointing(card, finding);
    return card;
  }

  since({ since }) {
    const button = element("button", { type: "button", className: "since", textContent: `since step ${since.toLocaleString("en")}` });
    button.title = "Go back to that moment";
    button.dataset.focus = "since";
    button.onclick = () => this.actions.look(since);
    return button;
  }

  advice({ text, label, rewind }) {
    const button = element("button", { type: "button", className: "try", textContent: "Try it" });
    button.setAttribute("aria-label", `Try it: ${label}`);
    button.dataset.focus = "try";
    button.onclick = () => {
      this.held = false;
      this.actions.treat(label);
    };
    const act = element("p", { className: "act" });
    act.append(button, element("span", { textContent: rewind ? "starts again at step 0" : "goes on from here" }));
    return [element("p", { className: "advice", textContent: unbroken(text) }), act];
  }

  // What a trial of the remedy showed, further evidence, and the symptoms.
  more({ remedy, details, symptoms }) {
    const facts = [remedy?.expect, ...details].filter(Boolean);
    if (!facts.length && !symptoms.length) return null;
    const fold = element("details", { open: this.unfolded });
    fold.ontoggle = () => (this.unfolded = fold.open);
    const summary = element("summary", { textContent: symptoms.length ? `What follows from it (${symptoms.length})` : "Details" });
    summary.dataset.focus = "more";
    const list = element("ul", {});
    list.append(...symptoms.map((symptom) => this.symptom(symptom)), ...facts.map((text) => element("li", { textContent: unbroken(text) })));
    fold.append(summary, list);
    return fold;
  }

  symptom(symptom) {
    const item = element("li", { className: symptom.severity, tabIndex: 0 });
    item.append(sign(symptom.severity), element("span", { textContent: unbroken(symptom.text) }));
    this.pointing(item, symptom);
    return item;
  }

  // Whatever the pointer or the keyboard is on shows what it is about.
  pointing(part, finding) {
    const show = (event) => {
      event.stopPropagation();
      this.actions.point(finding);
    };
    const leave = () => this.actions.point(null);
    part.addEventListener("pointerover", show);
    part.addEventListener("focusin", show);
    part.addEventListener("pointerleave", leave);
    part.addEventListener("focusout", leave);
  }
}

// A round mark whose sign, and not its colour alone, says how bad a finding is.
export function sign(severity, mark = element("span", { className: "sign" })) {
  mark.textContent = SIGNS[severity];
  mark.setAttribute("role", "img");
  mark.setAttribute("aria-label", SEVERITIES[severity]);
  return mark;
}

// No line ends between a number and its per cent sign.
function unbroken(text) {
  return text.replaceAll(" %", "\u00a0%");
}
