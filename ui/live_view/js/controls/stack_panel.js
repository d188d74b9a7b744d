// One stack of a comparison: its cards, network, surface and numbers, and the buttons to and from the Explorer.
import { Cards } from "./cards.js";
import { sign } from "./diagnosis.js";
import { Pictures } from "../network/pictures.js";
import { Scores } from "./transport.js";

const COMPACT_COLUMNS = { inputColumn: 74, plusColumn: 40 };

export class StackPanel {
  // `actions`: edit(edit), toExplorer(), redraw().
  constructor(template, index, name, painters, actions) {
    // Imported, not cloned: a worker cannot draw on a canvas that belongs to no document.
    this.root = document.importNode(template.content.firstElementChild, true);
    this.index = index;
    this.name = name;
    this.root.dataset.stack = name;
    this.root.setAttribute("aria-label", `Stack ${name}`);
    this.pictures = new Pictures(this.root, painters, COMPACT_COLUMNS, true);
    this.pictures.surface.setAttribute("aria-label", `Decision surface of stack ${name}`);
    this.scores = new Scores(this.root);
    const connections = (source) => {
      this.pictures.connectionsShow = source;
      actions.redraw();
    };
    this.cards = new Cards(this.root, (edit) => actions.edit({ ...edit, stack: index }), connections, name);
    this.root.style.setProperty("--input-column", `${COMPACT_COLUMNS.inputColumn}px`);
    this.root.style.setProperty("--plus-column", `${COMPACT_COLUMNS.plusColumn}px`);
    const button = (part, label, act) => {
      const found = this.root.querySelector(`.${part}`);
      found.setAttribute("aria-label", label); // begins with the visible text
      found.onclick = act;
      return found;
    };
    button("send", `to Explorer: open stack ${name} there`, actions.toExplorer);
    button("fetch", `from Explorer: put its stack in the place of ${name}`, () => actions.edit({ op: "from_explorer", stack: index }));
    this.removal = button("remove", `Remove stack ${name}`, () => actions.edit({ op: "remove_stack", stack: index }));
  }

  update(form, options, theme, removable) {
    this.cards.update(form, options, theme);
    this.root.style.setProperty("--layers", form.length);
    this.removal.hidden = !removable;
  }

  setScene(scene, theme) {
    this.scene = scene;
    this.root.style.setProperty("--stack", theme.stacks[this.index]);
    this.pictures.setScene(scene, theme);
  }

  // What is wrong with the stack, in a few words; the whole sentence when it is pointed at.
  judge({ severity, heading, text }) {
    const line = this.root.querySelector(".health");
    line.hidden = false;
    line.className = `health ${severity}`;
    line.title = text;
    sign(severity, line.querySelector(".sign"));
    line.querySelector(".heading").textContent = heading;
  }

  draw(frame, everything, all) {
    if (everything) {
      this.scores.draw(frame);
      this.root.classList.toggle("diverged", frame.diverged);
    }
    if (all) this.pictures.network.setAttribute("aria-label", `Network of stack ${this.name}, ${this.scene.layers.length} layers`);
  }

  remove() {
    this.pictures.remove();
    this.root.remove();
  }
}
