"""The options of the menus: registry entries with the names that people read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from backprop import ACTIVATIONS, INITIALIZERS, SURROGATES
from backprop.functions import AUTO

# "name": registry key; "label": what people read; "parameters": their defaults; "group": its part of the menu, or "".
Option = dict[str, Any]


def layer_options() -> dict[str, list[Option]]:
    """The options of the menus on a layer's card."""
    return {
        "activations": [_option(name, entry.label, entry.parameters) for name, entry in ACTIVATIONS.items()],
        "backwards": [
            _option(None, "own slope"),
            *(_option(name, entry.label, entry.parameters, "surrogates") for name, entry in SURROGATES.items()),
            *(
                _option(name, f"slope of {entry.label}", entry.parameters, "slopes of other activations")
                for name, entry in ACTIVATIONS.items()
                if entry.elementwise
            ),
        ],
        "initializers": [
            _option(AUTO, "auto, by activation"),
            *(_option(name, entry.label, entry.parameters) for name, entry in INITIALIZERS.items()),
        ],
    }


def _option(name: str | None, label: str, parameters: Mapping[str, float] | None = None, group: str = "") -> Option:
    return {"name": name, "label": label, "parameters": dict(parameters or {}), "group": group}
