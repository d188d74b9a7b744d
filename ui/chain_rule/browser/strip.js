// The strip of steps: Back, Next, and every equation of the walk as a chip. The arrow keys work from anywhere on the page,
// unless something on it uses them itself.

const OWN_ARROWS = "input, textarea, select, [contenteditable=true], [role=slider], [role=radio], [role=tab], " +
  "[role=listbox], [role=option], [role=combobox], [role=grid], .stDataFrame, .js-plotly-plot";
const RETRY_MS = 2000; // until an unanswered press is sent again: the connection may have been lost
const strips = new WeakMap();

function make(root) {
  const strip = { wanted: 0, retry: null, count: 0, send: null };
  strip.go = (position) => {
    const next = Math.max(0, Math.min(position, strip.count - 1));
    if (next === strip.wanted) return;
    strip.wanted = next;
    show(root, strip);
    strip.ask();
  };
  strip.ask = () => {
    clearTimeout(strip.retry);
    strip.retry = setTimeout(strip.ask, RETRY_MS);
    strip.send({ go: strip.wanted }); // the place itself, so that quick presses are not lost
  };
  strip.settle = (position) => {
    clearTimeout(strip.retry);
    strip.retry = null;
    strip.wanted = position;
  };
  strip.onKey = (event) => {
    if (event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const target = event.composedPath()[0];
    if (!by || (target instanceof Element && target.closest(OWN_ARROWS))) return;
    event.preventDefault();
    strip.go(strip.wanted + by);
  };
  root.querySelector(".back").onclick = () => strip.go(strip.wanted - 1);
  root.querySelector(".next").onclick = () => strip.go(strip.wanted + 1);
  return strip;
}

function fill(root, strip, chips) {
  for (const [name, forward] of [["forward", true], ["backward", false]]) {
    const buttons = chips.flatMap((chip, index) => {
      if (chip.forward !== forward) return [];
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = chip.label;
      button.title = chip.title;
      button.dataset.index = index;
      button.onclick = () => strip.go(index);
      return [button];
    });
    root.querySelector(`.${name} .chips`).replaceChildren(...buttons);
  }
}

function show(root, strip) {
  for (const button of root.querySelectorAll(".chips button")) {
    const index = Number(button.dataset.index);
    button.classList.toggle("done", index < strip.wanted);
    if (index === strip.wanted) button.setAttribute("aria-current", "step");
    else button.removeAttribute("aria-current");
  }
  root.querySelector(".back").disabled = strip.wanted === 0;
  root.querySelector(".next").disabled = strip.wanted === strip.count - 1;
  root.querySelector(".where").textContent = `${strip.wanted + 1} of ${strip.count}`;
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".strip");
  if (!strips.has(root)) strips.set(root, make(root));
  const strip = strips.get(root);
  strip.send = (command) => setTriggerValue("command", command);
  const text = JSON.stringify(data.chips);
  if (strip.text !== text) {
    strip.text = text;
    strip.count = data.chips.length;
    strip.settle(data.position);
    fill(root, strip, data.chips);
  }
  // The answer to an earlier press must not undo a later one.
  if (!strip.retry || data.position === strip.wanted) strip.settle(data.position);
  root.dataset.position = data.position;
  show(root, strip);
  document.addEventListener("keydown", strip.onKey); // adding it again has no effect
  return () => {
    document.removeEventListener("keydown", strip.onKey);
    clearTimeout(strip.retry);
  };
}
