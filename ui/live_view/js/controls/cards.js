// A card for each layer above its column: activation, units, and a menu with the rest. Cards show the settings as entered
// (the form). While these contradict each other, they differ from the stack that runs.
import { depthColor } from "../shared/color.js";
import { layerName } from "../shared/numbers.js";

export class Cards {
  // `title`: a short name in place of "Input" on a page with several stacks; all names are short then.
  constructor(root, send, onConnections, title = null) {
    this.holder = root.querySelector(".cards");
    this.send = send;
    this.onConnections = onConnections;
    this.title = title;
    this.connectionsShow = "weights";
    this.shown = []; // for each layer its card, and what the card shows
    this.ends = null; // the elements before and after the layers
  }

  // Only cards that are out of date are made again.
  update(form, options, theme) {
    this.options = options;
    const colors = form.map((_, j) => depthColor(theme, j, form.length));
    const stale = form.map((layer, j) => this.shown[j]?.key !== cardKey(layer, colors[j], form.length));
    if (form.length === this.shown.length && !stale.includes(true)) return;
    const open = this.holder.querySelector(".menu:popover-open")?.dataset.layer;
    const focus = focusKey(this.holder);
    this.ends ??= [this.inputs(), this.addButton()];
    this.shown = form.map((layer, j) => (stale[j] ? this.card(layer, j, form.length, colors[j]) : this.shown[j]));
    const wanted = [this.ends[0], ...this.shown.map(({ card }) => card), this.ends[1]];
    for (const card of [...this.holder.children]) if (!wanted.includes(card)) card.remove();
    wanted.forEach((card, i) => card === this.holder.children[i] || this.holder.insertBefore(card, this.holder.children[i] ?? null));
    if (open !== undefined && stale[open]) this.holder.querySelector(`.menu[data-layer="${open}"]`)?.showPopover();
    if (focus) this.holder.querySelector(focus)?.focus({ preventScroll: true });
  }

  inputs() {
    const card = element("div", { className: "card inputs" });
    card.append(element("span", { className: this.title ? "name letter" : "name", textContent: this.title ?? "Input" }));
    const label = element("label", { className: "connections" });
    const select = element("select", { className: "pick" });
    select.dataset.key = "connections";
    select.setAttribute("aria-label", "connections");
    for (const source of ["weights", "gradients"]) {
      select.append(element("option", { value: source, textContent: source, selected: source === this.connectionsShow }));
    }
    select.onchange = () => {
      this.connectionsShow = select.value;
      this.onConnections(select.value);
    };
    label.append(element("span", { className: "hint", textContent: "connections" }), select);
    card.append(label);
    return card;
  }

  card(layer, j, count, color) {
    const last = j === count - 1;
    const name = last ? "Output" : `Layer ${j + 1}`;
    const card = element("div", { className: "card layer", role: "group" });
    const shown = { card, key: cardKey(layer, color, count) };
    card.setAttribute("aria-label", name);
    card.style.setProperty("--c", color);
    const head = element("div", { className: "head" });
    const title = this.title ? layerName(j, count) : name;
    head.append(element("span", { className: "name", textContent: title }), ...this.menu(layer, j, count, name));
    card.append(head);
    card.append(this.select(j, "activation", layer.activation, this.options.activations, `Activation of ${name}`));
    const setUnits = (units) => {
      layer = { ...layer, units };
      shown.key = cardKey(layer, color, count); // so that the card is not replaced under the pointer when the server confirms
      this.set(j, "units", units);
    };
    card.append(this.stepper(layer.units, j, name, setUnits));
    const surrogate = layer.backward ? `← ${this.describe(layer.backward, this.options.backwards)}` : "";
    card.append(element("span", { className: "hint", textContent: surrogate, title: surrogate }));
    return shown;
  }

  // A menu over registry entries. A spec such as "leaky_relu(0.2)" is the entry leaky_relu with its parameter at 0.2.
  select(j, field, spec, options, label) {
    const select = element("select", { className: `pick ${field}` });
    select.setAttribute("aria-label", label);
    select.dataset.key = `${j}-${field}`;
    const [entry] = parseSpec(spec);
    const known = options.some(({ name }) => name === entry);
    const chosen = known ? entry : spec;
    const groups = new Map([["", select]]);
    for (const { name, label, group = "" } of known ? options : [...options, { name: spec, label: spec }]) {
      if (!groups.has(group)) {
        groups.set(group, element("optgroup", { label: group }));
        select.append(groups.get(group));
      }
      groups.get(group).append(element("option", { value: name ?? "", textContent: label, selected: name === chosen }));
    }
    select.onchange = () => this.set(j, field, select.value || null);
    return select;
  }

  // A number field for each parameter of the chosen entry.
  parameters(j, field, spec, options) {
    const [chosen, values] = parseSpec(spec);
    const entry = options.find(({ name }) => name === chosen);
    const parameters = Object.entries(entry?.parameters ?? {});
    const shown = parameters.map(([, value], i) => values[i] ?? value);
    return parameters.map(([name], i) => {
      const input = element("input", { type: "number", step: "any", value: shown[i], className: "number" });
      input.dataset.key = `${j}-${field}-${name}`;
      input.onchange = () => {
        const next = shown.map((value, k) => (k === i ? input.value : value));
        this.set(j, field, `${chosen}(${next.join(",")})`);
      };
      return labelled(name, input);
    });
  }

  number(j, field, value, label) {
    const input = element("input", { type: "number", step: "any", value, className: "number" });
    input.dataset.key = `${j}-${field}`;
    input.onchange = () => this.set(j, field, Number.isFinite(input.valueAsNumber) ? input.valueAsNumber : input.value);
    return labelled(label, input);
  }

  set(j, field, value) {
    this.send({ op: "set", layer: j, field, value });
  }

  describe(spec, options) {
    const [chosen, values] = parseSpec(spec);
    const label = options.find(({ name }) => name === chosen)?.label ?? spec;
    return values.length ? `${label} (${values.join(", ")})` : label;
  }

  stepper(units, j, name, setUnits) {
    const row = element("div", { className: "units" });
    const word = element("span", { textContent: units === 1 ? "unit" : "units" });
    const set = (value) => {
      units = value; // set at once, so that quick clicks add up
      input.value = value;
      word.textContent = value === 1 ? "unit" : "units";
      setUnits(value);
    };
    const less = element("button", { type: "button", textContent: "−", title: "One unit fewer" });
    const more = element("button", { type: "button", textContent: "+", title: "One unit more" });
    const input = element("input", { type: "number", min: 1, max: 1024, value: units });
    input.setAttribute("aria-label", `Units of ${name}`);
    [less, input, more].forEach((part, i) => (part.dataset.key = `${j}-units-${i}`));
    less.setAttribute("aria-label", `One unit fewer in ${name}`);
    more.setAttribute("aria-label", `One unit more in ${name}`);
    less.onclick = () => set(units - 1);
    more.onclick = () => set(units + 1);
    input.onchange = () => set(Number.isInteger(input.valueAsNumber) ? input.valueAsNumber : input.value);
    row.append(less, input, word, more);
    return row;
  }

  menu(layer, j, count, name) {
    const last = j === count - 1;
    const menu = element("div", { className: "menu", popover: "auto" });
    menu.dataset.layer = j;
    const button = element("button", { type: "button", className: "more", textContent: "⋮", title: `More about ${name}` });
    button.setAttribute("aria-label", `Backward function, initialiser and place of ${name}`);
    button.dataset.key = `${j}-more`;
    button.popoverTargetElement = menu;
    menu.addEventListener("toggle", (event) => event.newState === "open" && place(menu, button));
    const { activations, backwards, initializers } = this.options;
    menu.append(
      ...this.parameters(j, "activation", layer.activation, activations),
      labelled("Backward function", this.select(j, "backward", layer.backward, backwards, "Backward function")),
      ...this.parameters(j, "backward", layer.backward, backwards),
      labelled("Initial weights", this.select(j, "initializer", layer.initializer, initializers, "Initial weights")),
      ...this.parameters(j, "initializer", layer.initializer, initializers),
      this.number(j, "gain", layer.gain, "Gain: times the weights"),
      this.number(j, "bias", layer.bias, "Bias at the start"),
    );
    const action = (text, edit, disabled) => {
      const item = element("button", { type: "button", className: "action", textContent: text, disabled });
      item.onclick = () => {
        menu.hidePopover();
        this.send(edit);
      };
      menu.append(item);
    };
    action("Duplicate", { op: "duplicate", layer: j }, false);
    action("Move left", { op: "move", layer: j, to: j - 1 }, last || j === 0);
    action("Move right", { op: "move", layer: j, to: j + 1 }, last || j >= count - 2);
    action("Remove", { op: "remove", layer: j }, last);
    return [button, menu];
  }

  addButton() {
    const button = element("button", { type: "button", className: "card add", textContent: "+", title: "Add a hidden layer" });
    button.setAttribute("aria-label", "Add a hidden layer before the output");
    button.append(element("span", { textContent: "layer" }));
    button.dataset.key = "add";
    button.onclick = () => this.send({ op: "add" });
    return button;
  }
}

function cardKey(layer, color, count) {
  return JSON.stringify([layer, color, count]);
}

// "leaky_relu(0.2)" → ["leaky_relu", ["0.2"]]; null means the layer's own slope.
function parseSpec(spec) {
  const match = /^([^(]+)\((.*)\)$/.exec(spec ?? "");
  return match ? [match[1].trim(), match[2].split(",").map((part) => part.trim())] : [spec, []];
}

// Opens a popover beneath its button, inside the window.
export function place(menu, button) {
  const at = button.getBoundingClientRect();
  const left = Math.max(8, Math.min(at.right - menu.offsetWidth, window.innerWidth - menu.offsetWidth - 8));
  const top = Math.min(at.bottom + 4, window.innerHeight - menu.offsetHeight - 8);
  menu.style.left = `${left}px`;
  menu.style.top = `${Math.max(8, top)}px`;
}

function focusKey(holder) {
  const key = holder.getRootNode().activeElement?.dataset?.key;
  return key ? `[data-key="${key}"]` : null;
}

function labelled(text, control) {
  const label = element("label", {});
  label.append(element("span", { textContent: text }), control);
  return label;
}

export function element(tag, properties) {
  return Object.assign(document.createElement(tag), properties);
}
