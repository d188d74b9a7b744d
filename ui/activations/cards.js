// A button per card: above, f on its own scale; below, the slope, with a dotted line at 1 to compare cards.
const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 100, F = [3, 36], G = [42, 66];

function add(parent, name, attributes) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  parent.append(element);
}

function curve(heights, [top, bottom]) {
  const x = (index) => ((index / (heights.length - 1)) * WIDTH).toFixed(1);
  const y = (height) => (bottom - height * (bottom - top)).toFixed(1);
  return "M" + heights.map((height, index) => `${x(index)},${y(height)}`).join("L");
}

function level(height, [top, bottom]) {
  const y = bottom - height * (bottom - top);
  return `M0,${y}L${WIDTH},${y}`;
}

function picture(card, colors) {
  const from = card.f ? 0 : G[0] - 4;
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 ${from} ${WIDTH} ${70 - from}`);
  svg.setAttribute("aria-hidden", "true");
  const scale = WIDTH / (card.g.length - 1);
  for (const [runs, fill] of [[card.flat, colors.flat], [card.zero, colors.zero]]) {
    for (const [first, last] of runs) {
      add(svg, "rect", { x: first * scale, y: from, width: (last - first) * scale, height: 70 - from, fill });
    }
  }
  add(svg, "path", { class: "one", d: level(card.one, G) });
  add(svg, "path", { class: "base", d: level(card.zero_level, G) });
  if (card.f) add(svg, "path", { d: curve(card.f, F), stroke: colors.f });
  add(svg, "path", { d: curve(card.g, G), stroke: colors.g });
  return svg;
}

export default function ({ data, parentElement, setTriggerValue }) {
  const group = parentElement.querySelector(".cards");
  const drawn = JSON.stringify([data.cards, data.colors]);
  if (group.drawn !== drawn) {
    group.drawn = drawn;
    group.setAttribute("aria-label", data.label);
    group.replaceChildren(...data.cards.map((card) => {
      const button = document.createElement("button");
      button.type = "button";
      button.dataset.name = card.name;
      button.title = card.title;
      button.setAttribute("role", "radio");
      const text = document.createElement("span");
      text.textContent = card.label;
      button.append(picture(card, data.colors), text);
      return button;
    }));
  }
  for (const button of group.children) {
    button.setAttribute("aria-checked", String(button.dataset.name === data.chosen));
    button.onclick = () => setTriggerValue("picked", button.dataset.name);
  }
}
