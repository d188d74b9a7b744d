"""One unit in detail: what it receives, what it passes on, and what the gradient does to its weights."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backprop.diagnosis.layer_diagnostics import norm, ratio
from backprop.network import Gradients, Network, Trace

Array = NDArray[Any]

SMALLEST_LIMIT = 4.0  # includes the tails of sigmoid and tanh
LARGEST_LIMIT = 2.0**60
COVERED_SHARE = 0.99


@dataclass(frozen=True)
class UnitDiagnostics:
    """One unit at one moment, over the samples of a trace.

    Attributes:
        z: Its pre-activations, one per sample, shape (N,).
        weights, gradients: Its incoming weights w and ∂L/∂w, shape (n_in,).
        bias, bias_gradient: Its bias b and ∂L/∂b.
        gradient_norm: ‖∂L/∂w‖.
        update_ratio: ‖Δw‖/‖w‖ of the last update; NaN before the first.
    """

    z: Array
    weights: Array
    gradients: Array
    bias: float
    bias_gradient: float
    gradient_norm: float
    update_ratio: float

    @property
    def limit(self) -> float:
        """The half width of a picture over z: 4, or the first larger power of two that covers 99 % of ``z``."""
        enough = float(np.quantile(np.abs(self.z), COVERED_SHARE, method="inverted_cdf"))
        if not enough > SMALLEST_LIMIT:
            return SMALLEST_LIMIT
        return 2.0 ** math.ceil(math.log2(min(enough, LARGEST_LIMIT)))

    def histogram(self, bins: int) -> Array:
        """Samples per bin of −limit … limit; those outside count in the outermost bins. Shape (bins,), int."""
        return np.histogram(np.clip(self.z, -self.limit, self.limit), bins, (-self.limit, self.limit))[0]


def measure_unit(
    network: Network, trace: Trace, grads: Gradients, previous: Array | None, layer: int, unit: int
) -> UnitDiagnostics:
    """The diagnostics of one unit.

    Args:
        network: The network.
        trace: A forward pass of the training set.
        grads: The backward pass of that trace.
        previous: The parameters before the last update; None before the first.
        layer, unit: The unit, both counted from 0.
    """
    weights, gradients = network.weights[layer][unit], grads.weights[layer][unit]
    update_ratio = math.nan
    if previous is not None:
        start = sum(block.size for block in network.blocks[:layer]) + unit * (len(weights) + 1)
        update_ratio = ratio(norm(weights - previous[start : start + len(weights)]), norm(weights))
    return UnitDiagnostics(
        z=trace.z[layer][:, unit].copy(),
        weights=weights.copy(),
        gradients=gradients.copy(),
        bias=float(network.biases[layer][unit]),
        bias_gradient=float(grads.biases[layer][unit]),
        gradient_norm=norm(gradients),
        update_ratio=update_ratio,
    )
