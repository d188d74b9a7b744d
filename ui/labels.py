"""Names of registry entries as people read them, and the options of the menus."""

from __future__ import annotations

from backprop import ACTIVATIONS, INITIALIZERS
from backprop.activations import surrogate_names
from backprop.initializers import AUTO


def layer_options() -> dict[str, list[tuple[str | None, str]]]:
    """The menus of a layer card: pairs of value and label."""
    return {
        "activations": [(name, activation.label) for name, activation in ACTIVATIONS.items()],
        "backwards": [
            (None, "own slope"),
            *((name, f"slope of {ACTIVATIONS[name].label}") for name in surrogate_names()),
        ],
        "initializers": [(AUTO, "auto, by activation"), *((i.name, i.label) for i in INITIALIZERS.values())],
    }


def feature_label(name: str) -> str:
    """``"x1^2"`` → ``"x₁²"``."""
    return name.replace("^2", "²").replace("*", " ").replace("x1", "x₁").replace("x2", "x₂")
