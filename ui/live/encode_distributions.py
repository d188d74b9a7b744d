"""Encodes the distributions of a quantity for the browser: the shape of each layer's histogram and its numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from backprop import Frame, LayerDiagnostics, Trainer
from backprop.diagnosis import DISTRIBUTED_QUANTITIES, LayerDistribution
from ui.live.json_values import finite


def distributions_message(trainer: Trainer, frame: Frame, of: str) -> dict[str, Any]:
    """The distributions as the latest frame found them.

    ``shapes`` holds a byte for each bin, layer by layer: its count as a share of the layer's largest, which is 255. A
    bin with anything in it is at least 1.
    """
    found = trainer.distributions(of)
    counts = np.array([one.counts for one in found])
    most = counts.max(axis=1, keepdims=True)
    shapes = (-(counts * -255 // np.maximum(most, 1))).astype(np.uint8)  # rounded up
    return {
        "of": of,
        "shapes": shapes.tobytes(),
        "layers": [
            _layer_message(one, int(largest), layer, of)
            for one, largest, layer in zip(found, most[:, 0], frame.layers, strict=True)
        ],
    }


def _layer_message(one: LayerDistribution, most: int, layer: LayerDiagnostics, of: str) -> dict[str, Any]:
    return {
        "low": one.low,
        "high": one.high,
        "most": most,
        "entries": one.entries,
        "zeros": one.zeros,
        "not_finite": one.not_finite,
        "mean": finite(one.mean),
        "std": finite(one.std),
        "rms": finite(one.rms),
        "flat": layer.flat_share if DISTRIBUTED_QUANTITIES[of].one_per_slope and layer.slope_used else None,
        "zones": [[finite(low), finite(high)] for low, high in one.flat_zones],
    }
