"""Encodes one unit for the browser: its two curves, the histogram of its z, and its weights with their gradients."""

from __future__ import annotations

from typing import Any

import numpy as np

from backprop import Frame, Trainer
from ui.live.json_values import finite

BINS = 40
CURVE_POINTS = 121


def unit_message(trainer: Trainer, frame: Frame, layer: int, unit: int) -> dict[str, Any]:
    """One unit as the latest frame found it; layer and unit are counted from 0.

    All values are measured on the training set, except the curves ``f`` and ``g``, which are drawn over −limit … limit.
    """
    seen, numbers = trainer.unit(layer, unit), frame.layers[layer]
    return {
        "layer": layer,
        "unit": unit,
        "low": -seen.limit,
        "high": seen.limit,
        "counts": seen.histogram(BINS).tolist(),
        **_curves(trainer, layer, seen.limit),
        "weights": seen.weights.astype(np.float32).tobytes(),
        "gradients": seen.gradients.astype(np.float32).tobytes(),
        "bias": finite(seen.bias),
        "bias_gradient": finite(seen.bias_gradient),
        "update": finite(seen.update_ratio),
        "gradient_norm": finite(seen.gradient_norm),
        "flat": float(numbers.unit_flat_share[unit]),
        "dead": bool(numbers.dead[unit]),
        "frozen": bool(numbers.frozen[unit]),
    }


def _curves(trainer: Trainer, layer: int, limit: float) -> dict[str, Any]:
    """The activation and the slope that the backward pass uses; no curves where the units depend on each other."""
    activation, backward = trainer.network.activations[layer], trainer.network.backwards[layer]
    curves = {"f": b"", "g": b"", "max_slope": finite(backward.max_slope), "elementwise": activation.elementwise}
    if activation.elementwise:
        z = np.linspace(-limit, limit, CURVE_POINTS)
        with np.errstate(over="ignore"):
            f, g = activation.f(z).astype(np.float32), backward.df(z).astype(np.float32)
        curves |= {"f": f.tobytes(), "g": g.tobytes()}
    return curves
