"""Encodes the weights of all layers, or their gradients, for the browser: a signed byte a connection."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

SMALLEST = 1e-30  # of a scale: a layer may be all zero


class Connections:
    """Encodes flat vectors of parameters of one network.

    Args:
        units: The units of each layer.
        n_inputs: The number of inputs.
    """

    def __init__(self, units: Sequence[int], n_inputs: int) -> None:
        inputs = [n_inputs, *units[:-1]]
        self._counts = [n * n_in for n, n_in in zip(units, inputs, strict=True)]
        self._starts = np.cumsum([0, *self._counts[:-1]])
        places, start = [], 0
        for n, n_in in zip(units, inputs, strict=True):
            block = np.arange(start, start + n * (n_in + 1)).reshape(n, n_in + 1)
            places.append(block[:, :-1].ravel())  # the last column holds the biases
            start += block.size
        self._places = np.concatenate(places)

    def encode(self, parameters: Array) -> dict[str, Any]:
        """Weights as bytes from −127 to 127, layer by layer, with the value that 127 stands for in each layer.

        Args:
            parameters: All parameters, or their gradients, as one vector. In the last frame of a run they may have
                overflowed; what is not finite counts as 0.
        """
        weights = parameters.take(self._places)
        largest = np.maximum.reduceat(np.abs(weights), self._starts)
        if not np.isfinite(largest).all():
            weights[~np.isfinite(weights)] = 0
            largest = np.maximum.reduceat(np.abs(weights), self._starts)
        scales = np.maximum(largest, SMALLEST)
        weights *= np.repeat(127.0 / scales, self._counts)
        return {"scales": scales.tolist(), "values": np.rint(weights).astype(np.int8).tobytes()}
