"""Gradient clipping: a gradient that is too long is shortened and keeps its direction.

Pascanu, Mikolov & Bengio 2013, in the form of PyTorch's ``clip_grad_norm_``: one norm over the gradients of all layers,
g ← g · min(1, c / (‖g‖ + 1e-6)).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def clip_norm(gradient: Array, limit: float, out: Array) -> Array:
    """The flat ``gradient``, shortened if its norm is above ``limit``.

    Args:
        gradient: All gradients of the network, shape (P,); finite.
        limit: Largest norm c, above 0.
        out: Buffer for a shortened gradient; may be ``gradient`` itself.

    Returns:
        ``gradient`` itself if it is short enough, else ``out``.
    """
    coefficient = limit / (_norm(gradient) + 1e-6)
    if coefficient >= 1.0:
        return gradient
    return np.multiply(gradient, coefficient, out=out)


def _norm(gradient: Array) -> float:
    square = float(gradient.dot(gradient))
    if math.isfinite(square):
        return math.sqrt(square)
    # In float32 the square of a large entry overflows long before the entry itself, just when clipping matters most.
    largest = float(np.abs(gradient).max())
    scaled = gradient / largest
    return largest * math.sqrt(float(scaled.dot(scaled)))
