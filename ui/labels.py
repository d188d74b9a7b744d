"""The options of the menus: names of registry entries as people read them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from backprop import ACTIVATIONS, INITIALIZERS, SURROGATES
from backprop.functions import AUTO

# "name" as in the registry, "label" as people read it, "parameters" with their defaults, "group" in the menu or "".
Option = dict[str, Any]


def layer_options() -> dict[str, list[Option]]:
    """The menus of a layer card."""
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
