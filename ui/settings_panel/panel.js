// The settings in the sidebar. The server says which controls there are and what they show. A change is sent as an edit by
// the live view, which knows the frame on the screen and repeats the edit until the server has acknowledged it.
const AGAIN_MS = 100; // while there is no live view yet
const GIVEN_UP_MS = 5000; // if the answer is lost together with the view that waited for it
const COLORS = ["#e07a2b", "#3f8fd6", "#8f78d6"];

class Panel {
  constructor(root) {
    this.root = root;
    this.parts = new Map();
    // Keyed by setting: several controls may change one, such as the parameters of a spec.
    this.unanswered = new Map(); // the edit to send next
    this.told = new Map(); // the number of the command with the latest choice
    this.shown = null; // the controls as shown, unless something else has been chosen since
    this.specs = new Map(); // the parameters of each spec as last shown or typed
    this.tell = this.tell.bind(this);
    this.onSettings = ({ detail }) => this.update(detail);
    globalThis.addEventListener("backprop-settings", this.onSettings); // from the live view
  }

  close() {
    this.closed = true;
    globalThis.removeEventListener("backprop-settings", this.onSettings);
  }

  // `controls`: a list, each with a `kind`, a `key` and what its kind needs; `session`: the server's playback;
  // `acknowledged`: the last command that is included; `datasets`: their pictures, the first time only.
  update({ controls, session, acknowledged, datasets }) {
    if (session !== this.session) this.startAgain(session);
    if (acknowledged < this.acknowledged) return; // the live view has already brought newer settings
    this.acknowledged = acknowledged;
    this.datasets ??= datasets;
    const said = JSON.stringify(controls);
    if (said === this.shown) return; // nothing has changed
    this.shown = said;
    this.show(controls, this.root);
  }

  // A restarted server counts commands from 1 again, and never answers those that were sent before.
  startAgain(session) {
    this.session = session;
    this.acknowledged = -1;
    this.shown = null;
    this.unanswered.clear();
    this.told.clear();
  }

  show(controls, holder) {
    const parts = controls.map((control) => this.part(control));
    const wanted = new Set(parts.map(({ node }) => node));
    for (const node of [...holder.children]) if (!wanted.has(node)) node.remove();
    parts.forEach(({ node, show }, i) => {
      if (holder.children[i] !== node) holder.insertBefore(node, holder.children[i] ?? null);
      const ahead = this.told.get(settingOf(controls[i])) > this.acknowledged; // the choice is newer than the message
      if (ahead) this.shown = null;
      else show(controls[i]);
    });
  }

  part({ kind, key }) {
    const name = `${kind} ${key}`;
    if (!this.parts.has(name)) this.parts.set(name, KINDS[kind](this.tell, this));
    return this.parts.get(name);
  }

  valuesOf(spec) {
    if (!this.specs.has(spec)) this.specs.set(spec, []);
    return this.specs.get(spec);
  }

  // Only one edit of a setting is pending at a time. Of those that follow, only the last one is sent.
  tell(control, value) {
    const setting = settingOf(control);
    this.told.set(setting, Infinity);
    this.shown = null;
    const edit = editOf(control, value);
    if (this.unanswered.has(setting)) this.unanswered.set(setting, edit);
    else this.send(setting, edit);
  }

  send(setting, edit) {
    this.unanswered.set(setting, null);
    let timer = null;
    const answered = () => {
      clearTimeout(timer);
      const next = this.unanswered.get(setting);
      this.unanswered.delete(setting);
      if (next && !this.closed) this.send(setting, next);
    };
    const detail = { edit, answered };
    globalThis.dispatchEvent(new CustomEvent("backprop-edit", { detail }));
    const heard = detail.number !== undefined; // the view has set the number of its command
    if (heard) this.told.set(setting, detail.number);
    else this.unanswered.set(setting, edit);
    timer = setTimeout(answered, heard ? GIVEN_UP_MS : AGAIN_MS);
  }
}

const settingOf = ({ field, key }) => field ?? key;

function editOf({ op, field }, value) {
  return op ? { op, name: value } : { op: "apply", settings: { [field]: value } };
}

// For each kind of control a function that makes its element and the function that shows a state.
const KINDS = {
  heading() {
    const node = element("h3", {});
    return { node, show: ({ text }) => (node.textContent = text) };
  },

  caption() {
    const [name, words] = [element("b", {}), element("span", {})];
    const node = element("p", { className: "caption" }, name, words);
    const show = ({ strong, text }) => ([name.textContent, words.textContent] = [strong, text]);
    return { node, show };
  },

  slider(tell) {
    const [name, output] = [element("span", {}), element("output", {})];
    const input = element("input", { type: "range", min: 0 });
    const node = element("div", { className: "control" }, element("div", { className: "row" }, name, output), input);
    const write = (texts) => {
      output.textContent = texts[input.value];
      input.style.setProperty("--at", `${(100 * input.value) / Math.max(input.max, 1)}%`);
      input.setAttribute("aria-valuetext", texts[input.value]);
    };
    const show = (control) => {
      const { values, texts, value } = control;
      describe(control, node, name, input);
      input.max = values.length - 1;
      input.value = values.indexOf(value);
      write(texts);
      input.oninput = () => {
        write(texts);
        tell(control, values[input.value]);
      };
    };
    return { node, show };
  },

  menu(tell) {
    const [name, select] = [element("span", {}), element("select", {})];
    const node = element("label", { className: "control" }, name, select);
    select.onkeydown = openByArrow;
    let shown = "";
    const show = (control) => {
      const { options, value, placeholder } = control;
      describe(control, node, name, select);
      if (shown !== JSON.stringify(options)) {
        const empty = placeholder ? [element("option", { value: "", textContent: placeholder, disabled: true, hidden: true })] : [];
        select.replaceChildren(...empty, ...options.map(([value, text]) => element("option", { value, textContent: text })));
        shown = JSON.stringify(options);
      }
      select.value = value ?? "";
      select.onchange = () => tell(control, select.value);
    };
    return { node, show };
  },

  // A number, alone or as one of the parameters of a spec such as "adam(0.9,0.999)".
  number(tell, panel) {
    const [name, input] = [element("span", {}), element("input", { type: "number" })];
    const node = element("label", { className: "control" }, name, input);
    const show = (control) => {
      const { value, least, most, step, whole, spec } = control;
      describe(control, node, name, input);
      Object.assign(input, { min: least, max: most, step });
      const values = spec ? panel.valuesOf(`${control.field} ${spec.name}`) : [];
      if (spec) values[spec.at] = value;
      if (!input.typing) input.value = value;
      input.oninput = () => (input.typing = true);
      input.onblur = () => {
        if (input.typing) input.value = value; // the typed text means the same value
        input.typing = false;
      };
      input.onchange = () => {
        input.typing = false;
        if (!Number.isFinite(input.valueAsNumber)) return void (input.value = value);
        const within = Math.min(Math.max(input.valueAsNumber, least), most);
        const number = whole ? Math.round(within) : within;
        input.value = number;
        if (spec) values[spec.at] = number;
        tell(control, spec ? `${spec.name}(${values.join(",")})` : number);
      };
    };
    return { node, show };
  },

  pills(tell) {
    const [name, holder] = [element("span", {}), element("div", { className: "pills", role: "group" })];
    const node = element("div", { className: "control" }, name, holder);
    let shown = "";
    const show = (control) => {
      const { options, chosen } = control;
      describe(control, node, name, holder);
      if (shown !== JSON.stringify(options)) {
        holder.replaceChildren(...options.map(([value, text]) => element("button", { type: "button", textContent: text, value })));
        shown = JSON.stringify(options);
      }
      const on = new Set(chosen);
      const mark = () => [...holder.children].forEach((pill) => pill.setAttribute("aria-pressed", on.has(pill.value)));
      mark();
      for (const pill of holder.children) {
        pill.onclick = () => {
          if (!on.delete(pill.value)) on.add(pill.value);
          mark();
          tell(control, [...on]);
        };
      }
    };
    return { node, show };
  },

  button(tell) {
    const button = element("button", { type: "button", className: "wide" });
    const show = (control) => {
      button.textContent = control.label;
      button.title = control.help;
      button.onclick = () => tell(control);
    };
    return { node: element("div", { className: "control" }, button), show };
  },

  datasets(tell, panel) {
    const node = element("div", { className: "control datasets", role: "radiogroup" });
    node.setAttribute("aria-label", "Dataset");
    const show = (control) => {
      if (!node.childElementCount) node.append(...panel.datasets.map(datasetButton));
      const mark = (name) => {
        for (const button of node.children) button.setAttribute("aria-checked", button.value === name);
      };
      mark(control.value);
      for (const button of node.children) {
        button.onclick = () => {
          mark(button.value);
          tell(control, button.value);
        };
      }
    };
    return { node, show };
  },

  section(_, panel) {
    const [summary, holder] = [element("summary", {}), element("div", {})];
    const node = element("details", { className: "control" }, summary, holder);
    const show = ({ label, controls }) => {
      summary.textContent = label;
      panel.show(controls, holder);
    };
    return { node, show };
  },
};

// The name of a control and, if that says too little, what it does.
function describe({ label, help = "" }, node, name, input) {
  name.textContent = label;
  node.title = help;
  input.setAttribute("aria-label", label);
  input.setAttribute("aria-description", help);
}

// On a closed menu, arrow keys would select entry after entry. Here they open it, as in other menus.
function openByArrow(event) {
  const isOpen = CSS.supports("selector(:open)") ? event.target.matches(":open") : true;
  if (isOpen || !["ArrowDown", "ArrowUp"].includes(event.key)) return;
  event.preventDefault();
  event.target.showPicker();
}

function datasetButton({ name, label, points }) {
  const size = 96;
  const canvas = element("canvas", { width: size, height: size });
  const context = canvas.getContext("2d");
  for (const [x, y, color] of points) {
    context.fillStyle = COLORS[color];
    context.beginPath();
    context.arc(8 + x * (size - 16), 8 + y * (size - 16), 4.2, 0, 2 * Math.PI);
    context.fill();
  }
  return element("button", { type: "button", role: "radio", value: name, title: label }, canvas, element("span", { textContent: label }));
}

function element(tag, properties, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
}

const panels = new WeakMap();

export default function ({ data, parentElement }) {
  let panel = panels.get(parentElement);
  if (!panel) panels.set(parentElement, (panel = new Panel(parentElement.querySelector(".panel"))));
  panel.update(data);
  return () => {
    panel.close();
    panels.delete(parentElement);
  };
}
