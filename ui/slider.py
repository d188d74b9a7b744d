"""A slider that tells of every place it passes.

Streamlit's own slider waits 200 ms after the last touch before it says anything, too long for a network that trains
meanwhile. This one speaks at once, and again as soon as what it said has been answered. Where a live view plays, it is
the one to be told: it knows the frame on the screen, and it repeats itself until it is heard.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import streamlit as st

T = TypeVar("T", int, float)

_CSS = """
.row { display: flex; justify-content: space-between; margin-bottom: 2px; }
.row { font: 14px var(--st-font); color: var(--st-text-color); }
output { color: var(--st-primary-color); font-variant-numeric: tabular-nums; }
input { display: block; width: 100%; height: 20px; margin: 0; }
input[type="range"] { appearance: none; background: none; cursor: pointer; }
input[type="range"]::-webkit-slider-runnable-track {
  height: 6px; border-radius: 3px;
  background: linear-gradient(90deg, var(--st-primary-color) var(--at, 0%), var(--st-border-color) var(--at, 0%));
}
input[type="range"]::-webkit-slider-thumb {
  appearance: none; width: 16px; height: 16px; margin-top: -5px; border-radius: 50%;
  background: var(--st-primary-color);
}
input[type="range"]::-moz-range-track { height: 6px; border-radius: 3px; background: var(--st-border-color); }
input[type="range"]::-moz-range-progress { height: 6px; border-radius: 3px; background: var(--st-primary-color); }
input[type="range"]::-moz-range-thumb {
  width: 16px; height: 16px; border: 0; border-radius: 50%; background: var(--st-primary-color);
}
input:focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: 2px; border-radius: 6px; }
"""

_HTML = '<div class="row"><span class="name"></span><output></output></div><input type="range" min="0">'

_JS = """
const states = new WeakMap();

export default function ({ data, parentElement, setTriggerValue }) {
  const [input, output] = ["input", "output"].map((name) => parentElement.querySelector(name));
  let state = states.get(parentElement);
  if (!state) states.set(parentElement, (state = { waiting: false }));
  const show = () => {
    output.textContent = state.texts[input.value];
    input.style.setProperty("--at", `${(100 * input.value) / Math.max(input.max, 1)}%`);
    input.setAttribute("aria-valuetext", state.texts[input.value]);
  };
  const tell = () => {
    state.waiting = true;
    state.told = input.value;
    const edit = { op: "apply", settings: { [data.field]: data.values[input.value] } };
    const answered = () => { state.waiting = false; later(); };
    const event = new CustomEvent("backprop-edit", { cancelable: true, detail: { edit, answered } });
    const unheard = globalThis.dispatchEvent(event);
    if (unheard) setTriggerValue("moved", Number(input.value));
    setTimeout(() => { state.waiting = false; later(); }, 1000); // should an answer be lost
  };
  const later = () => { if (!state.waiting && input.value !== state.told) tell(); };
  const answered = state.waiting;
  state.texts = data.texts;
  state.waiting = false;
  parentElement.querySelector(".name").textContent = data.label;
  input.setAttribute("aria-label", data.label);
  input.title = data.help;
  input.max = data.texts.length - 1;
  if (answered && input.value !== state.told) { show(); later(); }
  else { input.value = data.index; state.told = input.value; show(); }
  input.oninput = () => { show(); if (!state.waiting) tell(); };
}
"""

_SLIDER = st.components.v2.component("slider", html=_HTML, css=_CSS, js=_JS)


def slider(
    label: str,
    field: str,
    options: Sequence[T],
    value: T,
    on_move: Callable[[T], None],
    key: str,
    format_func: Callable[[T], str] = str,
    help: str = "",
) -> None:
    """Show a slider over ``options`` that stands at ``value``.

    Args:
        label: What is written above it.
        field: Which setting it is.
        options: Its places, in order.
        value: The one it stands at.
        on_move: Gets every option that it is moved to, where no live view plays that takes it.
        key: Of the widget.
        format_func: What is written for an option.
        help: Said when the pointer rests on it.
    """

    def moved() -> None:
        index = st.session_state[key].moved
        if isinstance(index, int) and not isinstance(index, bool) and 0 <= index < len(options):
            on_move(options[index])

    texts = [format_func(option) for option in options]
    _SLIDER(
        key=key,
        data={
            "label": label,
            "field": field,
            "values": list(options),
            "texts": texts,
            "index": options.index(value),
            "help": help,
        },
        on_moved_change=moved,
    )
