"""One unit in detail: its pre-activations over the training set, its weights, and the gradient of those weights."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backprop.diagnosis.layer_diagnostics import norm, ratio
from backprop.network import Gradients, Network, Trace

Array = NDArray[Any]

SMALLEST_LIMIT = 4.0  # wide enough to show the tails of sigmoid and tanh
LARGEST_LIMIT = 2.0**60
COVERED_SHARE = 0.99


@dataclass(frozen=True)
class UnitDiagnostics:
    """One unit at one moment, over all samples of a trace.

    Attributes:
        z: Its pre-activation for each sample, shape (N,).
        weights, gradients: Its incoming weights w and their gradient ∂L/∂w, each of shape (n_in,).
        bias, bias_gradient: Its bias b and the gradient ∂L/∂b.
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
        """End of the plotted range −limit … limit: 4, or the smallest larger power of two that covers 99 % of ``z``."""
        covering = float(np.quantile(np.abs(self.z), COVERED_SHARE, method="inverted_cdf"))
        if not covering > SMALLEST_LIMIT:
            return SMALLEST_LIMIT
        return 2.0 ** math.ceil(math.log2(min(covering, LARGEST_LIMIT)))

    def histogram(self, bins: int) -> Array:
        """Samples per bin of −limit … limit, shape (bins,), int. Those beyond the limit count in the outermost bins."""
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
        layer, unit: Indices of the layer and of the unit in it, both counted from 0.
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
