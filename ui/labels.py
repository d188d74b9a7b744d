"""Names of registry entries as people read them, and the options of the menus."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from backprop import ACTIVATIONS, INITIALIZERS
from backprop.activations import surrogate_names
from backprop.initializers import AUTO

Option = dict[str, Any]  # "name" as in the registry, "label" as people read it, "parameters" with their defaults


def layer_options() -> dict[str, list[Option]]:
    """The menus of a layer card."""
    return {
        "activations": [_option(name, entry.label, entry.parameters) for name, entry in ACTIVATIONS.items()],
        "backwards": [
            _option(None, "own slope"),
            *(
                _option(name, f"slope of {ACTIVATIONS[name].label}", ACTIVATIONS[name].parameters)
                for name in surrogate_names()
            ),
        ],
        "initializers": [
            _option(AUTO, "auto, by activation"),
            *(_option(name, entry.label) for name, entry in INITIALIZERS.items()),
        ],
    }


def _option(name: str | None, label: str, parameters: Mapping[str, float] | None = None) -> Option:
    return {"name": name, "label": label, "parameters": dict(parameters or {})}


def feature_label(name: str) -> str:
    """``"x1^2"`` → ``"x₁²"``."""
    return name.replace("^2", "²").replace("*", " ").replace("x1", "x₁").replace("x2", "x₂")
