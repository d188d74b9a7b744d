"""Penalties on large weights: L1 and L2.

Training then minimises L + l1 Σ|w| + ½ l2 Σw² over all weights w but not the biases (Goodfellow, Bengio & Courville
2016, section 7.1): it adds l1 sign(w) + l2 w to the gradient of the data loss, with sign(0) = 0. The displayed loss and
gradients are those of the data alone, because the penalties' part does not come from back-propagation.

With plain SGD, L2 is the same as weight decay; with Adam it is not, since Adam divides by the size of the gradient
(Loshchilov & Hutter 2019). AdamW applies weight decay separately from the gradient.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from backprop.network import Network

Array = NDArray[Any]


class Penalties:
    """Adds the gradients of both penalties to the gradient of the data loss.

    Args:
        network: The network whose weights are penalised.
        l1: Factor of Σ|w|, 0 or more.
        l2: Factor of ½ Σw², 0 or more.
    """

    def __init__(self, network: Network, l1: float, l2: float) -> None:
        self._parameters = network.parameters
        self._l1, self._l2 = (_on_weights(network, factor) for factor in (l1, l2))
        self._use = (l1 > 0, l2 > 0)
        self._part = np.empty_like(network.parameters)

    def add(self, gradient: Array, out: Array) -> Array:
        """Write ``gradient`` + l1 sign(w) + l2 w into ``out``, both of shape (P,), and return it."""
        parameters, part = self._parameters, self._part
        total = gradient
        if self._use[0]:
            np.sign(parameters, out=part)
            np.multiply(part, self._l1, out=part)
            total = np.add(total, part, out=out)
        if self._use[1]:
            np.multiply(parameters, self._l2, out=part)
            total = np.add(total, part, out=out)
        return total


def _on_weights(network: Network, factor: float) -> Array:
    """The penalty factor of every parameter: 0 for the bias, which is last in the row of its unit."""
    factors = np.full_like(network.parameters, factor)
    start = 0
    for block in network.blocks:
        factors[start : start + block.size].reshape(block.shape)[:, -1] = 0.0
        start += block.size
    return factors
