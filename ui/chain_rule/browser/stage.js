// The network as a diagram whose weights can be clicked, and beside it the tables of the current equation.

const SVG = "http://www.w3.org/2000/svg";
const BIAS = -1;
const stages = new WeakMap();

function svg(name, attributes = {}, text = null) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text !== null) element.textContent = text;
  return element;
}

// --- places ---------------------------------------------------------------------------------------------------------

function layout(diagram, width) {
  const columns = diagram.columns.length + 1; // and the loss
  const most = Math.max(...diagram.columns.map((column) => column.units.length));
  const top = 50;
  const gap = most > 5 ? 62 : most > 3 ? 84 : 112;
  const height = top + Math.max(most * gap, 190) + 12;
  const side = Math.max(30, Math.min(48, width * 0.07));
  const spread = (width - 2 * side) / (columns - 1);
  const radius = Math.max(9, Math.min(side - 4, 26, gap * 0.32, spread * 0.3));
  const x = (column) => side + column * spread;
  const middle = top + (height - top - 12) / 2;
  const y = (column, unit) => {
    const count = column < diagram.columns.length ? diagram.columns[column].units.length : 1;
    return middle + (unit - (count - 1) / 2) * gap - (radius > 20 ? 6 : 2);
  };
  return { width, height, radius, spread, gap, x, y, roomy: spread >= 112, spacious: spread >= 165 };
}

const bias = (place, layer, unit) => [place.x(layer) - place.radius * 0.82, place.y(layer, unit) + place.radius * 0.82];

// --- diagram --------------------------------------------------------------------------------------------------------

// Whole pixels, rounded down: a drawing that is wider than its box would cause a scroll bar, which changes the size.
const widthOf = (box) => Math.floor(box.getBoundingClientRect().width);

function draw(root, stage) {
  const { diagram } = stage.data;
  const box = root.querySelector(".diagram");
  stage.drawn = widthOf(box);
  const place = layout(diagram, Math.max(280, stage.drawn));
  const drawing = svg("svg", { width: place.width, height: place.height, viewBox: `0 0 ${place.width} ${place.height}` });
  drawing.setAttribute("role", "group");
  drawing.setAttribute("aria-label", "The network; every weight can be chosen");
  const focused = root.getRootNode().activeElement?.dataset?.weight;
  headings(drawing, diagram, place);
  const marks = new Map(diagram.marks.links.map(([layer, unit, source, role, result]) => [`${layer}.${unit}.${source}`, { role, result }]));
  links(drawing, stage, place, marks);
  units(drawing, stage, place, marks);
  loss(drawing, diagram, place);
  box.replaceChildren(drawing);
  if (focused) drawing.querySelector(`[data-weight="${focused}"]`)?.focus();
  root.querySelector(".caption").textContent = diagram.caption;
}

function headings(drawing, diagram, place) {
  const last = { title: "loss", sub: place.spread < 125 ? "" : diagram.lossName };
  [...diagram.columns, last].forEach((column, index) => {
    const fits = place.x(index) + 3.6 * column.sub.length < place.width; // half of its width, about
    const anchor = fits ? "middle" : "end";
    const x = fits ? place.x(index) : place.width - 2;
    drawing.append(svg("text", { x, y: 16, class: `heading ${anchor}` }, column.title));
    drawing.append(svg("text", { x, y: 34, class: `sub ${anchor}` }, column.sub));
  });
}

// A connection and its label part of the way along it.
function links(drawing, stage, place, marks) {
  const { diagram } = stage.data;
  const under = svg("g"), above = svg("g");
  diagram.links.forEach((rows, index) => {
    const layer = index + 1;
    const largest = Math.max(...rows.flat().map((link) => link.size), 1e-12);
    const labelled = place.roomy && rows.length * rows[0].length <= 9;
    rows.forEach((row, unit) => row.forEach((link, source) => {
      const name = `${layer}.${unit}.${source}`;
      const from = [place.x(index) + place.radius, place.y(index, source)];
      const to = [place.x(layer) - place.radius, place.y(layer, unit)];
      const line = `M${from} L${to}`;
      const share = pathShare(diagram.path, layer, unit, source);
      if (share > 0) under.append(svg("path", { d: line, class: "path", "stroke-width": 5 + 9 * share, opacity: 0.2 + 0.3 * share }));
      const mark = marks.get(name);
      const shown = svg("path", { d: line, class: `link ${link.sign < 0 ? "negative" : "positive"}`, "stroke-width": 1 + 2.5 * Math.min(1, link.size / largest) });
      if (mark) emphasise(shown, mark, stage.data.colors);
      if (isChosen(diagram.path, layer, unit, source)) shown.classList.add("chosen");
      above.append(shown);
      const hit = svg("path", { d: line, class: "hit", "stroke-width": Math.min(16, place.gap * 0.2) });
      pickable(hit, stage, [layer, unit, source], `weight of layer ${layer}, from ${index ? "unit" : "input"} ${source + 1} to unit ${unit + 1}: ${link.w}`);
      above.append(hit);
      if (labelled || mark) label(above, from, to, Math.max(rows.length, row.length) > 2 ? 0.24 : 0.32, link.w, mark && !mark.result ? mark : null, stage.data.colors);
      const gradient = diagram.gradients[index];
      if (gradient && ((labelled && place.spacious) || mark?.result)) label(above, from, to, 0.74, `∂ ${gradient[unit][source]}`, { role: "phi", result: mark?.result }, stage.data.colors);
    }));
  });
  drawing.append(under, above);
}

function label(parent, from, to, along, text, mark, colors) {
  const at = (i) => from[i] + (to[i] - from[i]) * along;
  const shown = svg("text", { x: at(0), y: at(1) + 4, class: "weight" }, text);
  if (mark) {
    shown.style.fill = colors[mark.role];
    if (mark.result !== undefined) shown.style.fontWeight = 700;
  }
  parent.append(shown);
}

function emphasise(element, { role, result }, colors) {
  element.style.stroke = colors[role];
  element.style.strokeWidth = result ? 6 : 4;
  element.style.opacity = 1;
}

function pickable(element, stage, weight, text) {
  element.dataset.weight = weight.join(".");
  element.setAttribute("tabindex", "0");
  element.setAttribute("role", "button");
  element.setAttribute("aria-label", text);
  element.append(svg("title", {}, text));
  element.onclick = () => stage.send({ weight });
  element.onkeydown = (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    stage.send({ weight });
  };
}

const isChosen = (path, ...weight) => path !== null && path.weight.every((part, i) => part === weight[i]);

function pathShare(path, layer, unit, source) {
  if (path === null) return 0;
  if (isChosen(path, layer, unit, source)) return 1;
  return path.layers[layer - path.weight[0] - 1]?.[unit][source] ?? 0;
}

function units(drawing, stage, place, marks) {
  const { diagram, colors } = stage.data;
  const ringed = new Map();
  for (const [column, unit, role, result] of diagram.marks.units) {
    const key = `${column}.${unit}`;
    if (!ringed.has(key) || result) ringed.set(key, { role, result });
  }
  diagram.columns.forEach((column, c) => column.units.forEach((unit, u) => {
    const [x, y, r] = [place.x(c), place.y(c, u), place.radius];
    const circle = svg("circle", { cx: x, cy: y, r, class: unit.value === null ? "unit empty" : "unit" });
    circle.style.setProperty("--tone", tone(unit.tone));
    const ring = ringed.get(`${c}.${u}`);
    if (ring) {
      circle.style.stroke = colors[ring.role];
      circle.style.strokeWidth = ring.result ? 5 : 3;
    }
    circle.append(svg("title", {}, `${unit.name}: ${unit.value ?? "not reached yet"}`));
    drawing.append(circle);
    if (unit.value !== null) {
      const value = svg("text", { x, y: y + 5, class: "value" }, unit.value);
      value.style.fontSize = `${Math.max(8, Math.min(14, (2 * r - 6) / unit.value.length * 1.75))}px`;
      drawing.append(value);
    }
    if (c === 0) drawing.append(svg("text", { x, y: y + r + 15, class: "under" }, unit.name));
    if (unit.phi) {
      const phi = svg("text", { x: x + (place.gap < 70 ? r * 0.2 : 0), y: y + r + (place.gap < 70 ? 11 : 16), class: "under phi" }, `φ ${unit.phi}`);
      phi.style.fill = colors.phi;
      drawing.append(phi);
    }
    if (c > 0) biasBadge(drawing, stage, place, marks, c, u);
  }));
}

function biasBadge(drawing, stage, place, marks, layer, unit) {
  const { diagram, colors } = stage.data;
  const [x, y] = bias(place, layer, unit);
  const r = Math.min(9, place.radius * 0.42);
  if (isChosen(diagram.path, layer, unit, BIAS)) drawing.append(svg("circle", { cx: x, cy: y, r: r + 5, class: "bias-chosen" }));
  const badge = svg("circle", { cx: x, cy: y, r, class: "bias" });
  const mark = marks.get(`${layer}.${unit}.${BIAS}`);
  if (mark) emphasise(badge, { ...mark, result: false }, colors);
  pickable(badge, stage, [layer, unit, BIAS], `bias of unit ${unit + 1} of layer ${layer}: ${diagram.biases[layer - 1][unit]}`);
  drawing.append(badge);
  if (r > 6) drawing.append(svg("text", { x, y: y + 4, class: "bias-name" }, "b"));
}

// −1 orange, 0 neutral, 1 blue, as a mixture in the style sheet.
const tone = (value) => `${Math.round(50 + 50 * Math.tanh(value))}%`;

function loss(drawing, diagram, place) {
  const column = diagram.columns.length;
  const [x, y, r] = [place.x(column), place.y(column, 0), place.radius];
  for (let unit = 0; unit < diagram.columns[column - 1].units.length; unit++) {
    drawing.append(svg("path", { d: `M${place.x(column - 1) + r},${place.y(column - 1, unit)} L${x - r},${y}`, class: "to-loss" }));
  }
  const shape = svg("rect", { x: x - r, y: y - r * 0.8, width: 2 * r, height: 1.6 * r, rx: 7, class: diagram.loss === null ? "loss empty" : "loss" });
  if (diagram.marks.loss) shape.classList.add("current");
  drawing.append(shape, svg("text", { x, y: y + 5, class: "value" }, diagram.loss ?? "L"));
}

// --- tables ---------------------------------------------------------------------------------------------------------

function tables(root, stage) {
  const { tables: all, colors } = stage.data;
  root.querySelector(".tables").replaceChildren(...all.map((table) => {
    const figure = document.createElement("figure");
    figure.className = table.result ? "result" : "operand";
    figure.style.setProperty("--c", colors[table.role]);
    const caption = document.createElement("figcaption");
    caption.textContent = table.name;
    const note = document.createElement("small");
    note.textContent = table.note;
    caption.append(note);
    const marked = new Set(table.marked.map((cell) => cell.join(".")));
    const body = document.createElement("table");
    body.classList.toggle("wide", table.rows[0].length > 4);
    table.rows.forEach((row, r) => {
      const line = body.insertRow();
      row.forEach((value, c) => {
        const cell = line.insertCell();
        if (marked.has(`${r}.${c}`)) cell.className = "marked";
        cell.append(table.result ? entryButton(stage, r, c, value) : value);
      });
    });
    figure.append(caption, body);
    return figure;
  }));
}

function entryButton(stage, row, column, value) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = value;
  button.title = "make this the current entry";
  button.onclick = () => stage.send({ entry: [row, column] });
  return button;
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".stage");
  if (!stages.has(root)) stages.set(root, { drawn: 0, observer: null });
  const stage = stages.get(root);
  stage.data = data;
  stage.send = (command) => setTriggerValue("command", command);
  root.classList.toggle("dark", data.dark);
  tables(root, stage);
  draw(root, stage);
  root.dataset.position = data.position;
  if (!stage.observer) {
    const box = root.querySelector(".diagram");
    stage.observer = new ResizeObserver(() => {
      if (widthOf(box) !== stage.drawn) draw(root, stage);
    });
    stage.observer.observe(box);
  }
  return () => {
    stage.observer?.disconnect();
    stage.observer = null;
  };
}
