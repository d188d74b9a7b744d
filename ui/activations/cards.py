"""The functions of a registry as small cards, each with its curve and its slope, to choose from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backprop import ACTIVATIONS, SURROGATES, Activation, Slope
from backprop.explain import curves
from ui.activations.words import number
from ui.component import component_of, hears
from ui.palette import palette

Array = NDArray[Any]
Card = dict[str, Any]

_PLACES = np.linspace(curves.LOW, curves.HIGH, 71)
_CARDS = component_of("curve_cards", Path(__file__).parent / "cards")
OWN = ""  # the name of the card for a layer's own slope


def curve_cards(key: str, label: str, cards: Sequence[Card], chosen: str, on_pick: Callable[[str], None]) -> None:
    """Show the cards; ``on_pick`` gets the name of the card that is clicked.

    Args:
        key: Key of the component.
        label: What is chosen, for screen readers.
        cards: From ``forward_cards`` or ``backward_cards``.
        chosen: The name of the card that is marked.
        on_pick: Called before the next run of the script.
    """
    names = {card["name"] for card in cards}

    def picked(name: Any) -> None:
        if isinstance(name, str) and name in names:
            on_pick(name)

    colors = palette()
    data = {
        "label": label,
        "cards": list(cards),
        "chosen": chosen,
        "colors": {"f": colors.blue, "g": colors.orange, "flat": colors.saturated, "zero": colors.dead},
    }
    _CARDS(key=key, data=data, on_picked_change=hears(picked, key, "picked"))


def forward_cards(tau: float) -> list[Card]:
    """A card for every activation."""
    return [_card(name, entry.label, entry, tau, entry) for name, entry in ACTIVATIONS.items()]


def backward_cards(forward: Activation, tau: float) -> list[Card]:
    """A card for the own slope, for every surrogate, and for the slope of every elementwise activation."""
    others = {name: entry for name, entry in ACTIVATIONS.items() if entry.elementwise}
    return [
        _card(OWN, "own slope", forward, tau),
        *(_card(name, entry.label, entry, tau) for name, entry in SURROGATES.items()),
        *(_card(name, f"{entry.label}′", entry, tau) for name, entry in others.items()),
    ]


def _card(name: str, label: str, g: Slope, tau: float, f: Activation | None = None) -> Card:
    slopes = curves.slope(g, _PLACES)
    top, bottom = max(1.0, float(slopes.max())), min(0.0, float(slopes.min()))
    flat, zero = curves.is_flat(g, slopes, tau), slopes == 0
    return {
        "name": name,
        "label": label,
        "title": f"{label}, largest slope {number(g.max_slope)}",
        "f": None if f is None else _heights(curves.output(f, _PLACES)),
        "g": _heights(slopes, bottom, top),
        "one": (1.0 - bottom) / (top - bottom),
        "zero_level": -bottom / (top - bottom),
        "flat": _runs(flat & ~zero),
        "zero": _runs(zero),
    }


def _heights(values: Array, low: float | None = None, high: float | None = None) -> list[float]:
    """The values as heights from 0 to 1."""
    low, high = float(values.min()) if low is None else low, float(values.max()) if high is None else high
    return [round(float(value), 3) for value in (values - low) / (high - low)]


def _runs(mask: Array) -> list[list[int]]:
    """The first and the last index of every run of True. Single places, such as a zero crossing, are left out."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(int)))
    return [[int(a), int(b) - 1] for a, b in zip(edges[::2], edges[1::2], strict=True) if b - a > 1]
