// One stack of a comparison: its cards, its network, its surface, its numbers, and the way to and from the Explorer.
import { Cards } from "./cards.js";
import { Diagram } from "./diagram.js";
import { SignalStrip } from "./signal_strip.js";
import { Surface } from "./surface.js";
import { Scores } from "./transport.js";

const COMPACT_COLUMNS = { inputColumn: 74, plusColumn: 40 };

export class StackPanel {
  // `actions`: edit(edit), send(command), redraw().
  constructor(template, index, name, shared, actions) {
    this.root = template.content.firstElementChild.cloneNode(true);
    this.index = index;
    this.name = name;
    this.root.dataset.stack = name;
    this.root.setAttribute("aria-label", `Stack ${name}`);
    this.diagram = new Diagram(this.root, new SignalStrip(shared));
    this.diagram.columns = COMPACT_COLUMNS;
    this.surface = new Surface(this.root);
    this.surface.canvas.setAttribute("aria-label", `Decision surface of stack ${name}`);
    this.scores = new Scores(this.root);
    const links = (source) => {
      this.diagram.linkSource = source;
      actions.redraw();
    };
    this.cards = new Cards(this.root, (edit) => actions.edit({ ...edit, stack: index }), links, name);
    this.root.style.setProperty("--input-column", `${COMPACT_COLUMNS.inputColumn}px`);
    this.root.style.setProperty("--plus-column", `${COMPACT_COLUMNS.plusColumn}px`);
    const button = (part, label, act) => {
      const found = this.root.querySelector(`.${part}`);
      found.setAttribute("aria-label", label);
      found.onclick = act;
      return found;
    };
    button("send", `Open stack ${name} in the Explorer`, () => actions.send({ type: "send", stack: index }));
    button("fetch", `Put the Explorer's stack in the place of ${name}`, () => actions.edit({ op: "from_explorer", stack: index }));
    this.removal = button("remove", `Remove stack ${name}`, () => actions.edit({ op: "remove_stack", stack: index }));
  }

  update(draft, options, theme, removable) {
    this.cards.update(draft, options, theme);
    this.root.style.setProperty("--layers", draft.length);
    this.removal.hidden = !removable;
  }

  setScene(scene, theme) {
    this.scene = scene;
    this.root.style.setProperty("--stack", theme.stacks[this.index]);
    this.surface.setScene(scene, theme);
    this.diagram.setScene(scene, theme);
  }

  draw(frame, now, everything, running, all) {
    this.diagram.draw(frame, now, everything, running);
    this.surface.draw(frame);
    if (everything) {
      this.scores.draw(frame);
      this.root.classList.toggle("diverged", frame.diverged);
    }
    if (all) this.diagram.canvas.setAttribute("aria-label", `Network of stack ${this.name}, ${this.scene.layers.length} layers`);
  }

  resize() {
    this.surface.resize();
    this.diagram.resize();
  }
}
