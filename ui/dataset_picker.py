"""The datasets as small pictures with names, one of them chosen."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import streamlit as st

from backprop import DATASETS, Experiment, make_dataset
from backprop.datasets import REGRESSION
from backprop.plane import PicturePlane

_POINTS = 70
_KEY = "dataset_picker"

_CSS = """
.grid { display: grid; grid-template-columns: repeat(4, 1fr); gap: 5px; }
button {
  padding: 3px 0 2px; border: 1px solid var(--st-border-color); border-radius: 8px;
  background: var(--st-background-color); color: var(--st-text-color); font: 10px var(--st-font);
  cursor: pointer; min-width: 0; overflow: hidden;
}
button canvas { display: block; width: 100%; aspect-ratio: 1; }
button span { white-space: nowrap; letter-spacing: -0.03em; }
button[aria-checked="true"] {
  border-color: var(--st-primary-color); box-shadow: 0 0 0 1px var(--st-primary-color); font-weight: 600;
}
button:focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: 2px; }
"""

_JS = """
const COLORS = ["#e07a2b", "#3f8fd6", "#8f78d6"];

function draw(canvas, points) {
  const size = 96;
  canvas.width = canvas.height = size;
  const context = canvas.getContext("2d");
  for (const [x, y, color] of points) {
    context.fillStyle = COLORS[color];
    context.beginPath();
    context.arc(8 + x * (size - 16), 8 + y * (size - 16), 4.2, 0, 2 * Math.PI);
    context.fill();
  }
}

export default function ({ data, parentElement, setTriggerValue }) {
  let grid = parentElement.querySelector(".grid");
  if (!grid.childElementCount) {
    grid.setAttribute("role", "radiogroup");
    grid.setAttribute("aria-label", "Dataset");
    for (const { name, label, points } of data.datasets) {
      const button = document.createElement("button");
      button.type = "button";
      button.dataset.name = name;
      button.setAttribute("role", "radio");
      button.title = label;
      const canvas = document.createElement("canvas");
      const text = document.createElement("span");
      text.textContent = label;
      button.append(canvas, text);
      draw(canvas, points);
      grid.append(button);
    }
  }
  for (const button of grid.children) {
    button.setAttribute("aria-checked", String(button.dataset.name === data.chosen));
    button.onclick = () => {
      const edit = { op: "dataset", name: button.dataset.name };
      // Where a live view plays, it is the one to be told: it repeats itself until it is heard.
      const event = new CustomEvent("backprop-edit", { cancelable: true, detail: { edit } });
      const unheard = globalThis.dispatchEvent(event);
      if (unheard) setTriggerValue("picked", button.dataset.name);
    };
  }
}
"""

_PICKER = st.components.v2.component("dataset_picker", html='<div class="grid"></div>', css=_CSS, js=_JS)


def dataset_picker(chosen: str, on_pick: Callable[[str], None]) -> None:
    """Show the pictures; ``on_pick`` gets the name of the one that was clicked."""

    def picked() -> None:
        name = st.session_state[_KEY].picked
        if isinstance(name, str) and name in DATASETS:
            on_pick(name)

    _PICKER(key=_KEY, data={"chosen": chosen, "datasets": _thumbnails()}, on_picked_change=picked)


@cache
def _thumbnails() -> list[dict[str, Any]]:
    return [{"name": name, "label": kind.label, "points": _thumbnail(name)} for name, kind in DATASETS.items()]


def _thumbnail(name: str) -> list[list[float]]:
    """Points as [across, down, colour], the places from 0 to 1."""
    experiment = Experiment().for_dataset(name)
    data = make_dataset(name, samples=_POINTS, noise=0.02, test_share=0.0, seed=1)
    plane = PicturePlane(data, experiment.features)
    place = (plane.project(data.X) - plane.low) / (plane.high - plane.low)
    regression = data.kind.task == REGRESSION
    color = (data.y > 0).astype(int) if regression else data.y
    height = place[:, 1] if plane.dimensions == 2 else (data.y - data.y.min()) / np.ptp(data.y)
    return [
        [round(float(x), 3), round(1 - float(y), 3), int(c)] for x, y, c in zip(place[:, 0], height, color, strict=True)
    ]
