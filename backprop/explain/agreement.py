"""How far two gradients of the same batch agree, layer by layer: that of a surrogate or a bug with the true one.

For each layer, over all its weights and biases g = (∂L/∂Wʲ, ∂L/∂bʲ):

- cosine = ⟨g, g̃⟩ / (‖g‖ ‖g̃‖): 1 for the same direction, 0 for an orthogonal one, and below 0 for a step uphill;
- norm ratio = ‖g̃‖ / ‖g‖: by what factor the step is too long (above 1) or too short.

A gradient with the right direction and the wrong length amounts to a wrong learning rate. A gradient whose cosine is
not positive does not descend at all. From the output down, the layers agree exactly until the first wrong one; the
layers before it do not. In this way a mistake is traced to its layer.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backprop.network import Gradients, Network, Trace

Array = NDArray[Any]


@dataclass(frozen=True)
class Agreement:
    """Two gradients of one layer, compared.

    Attributes:
        cosine: Between −1 and 1; NaN if either gradient is zero, and so has no direction, or is not finite.
        norm_ratio: The norm of the other gradient over that of the true one; NaN if the true one is zero or either is
            not finite.
    """

    cosine: float
    norm_ratio: float


def compare(true: Gradients, other: Gradients) -> tuple[Agreement, ...]:
    """The agreement of every layer, from first to last.

    Args:
        true: The gradient by the chain rule.
        other: The gradient by a surrogate or a mistake, on the same network and batch.

    Raises:
        ValueError: The gradients belong to networks of different shapes.
    """
    shapes = [block.shape for block in true.blocks], [block.shape for block in other.blocks]
    if shapes[0] != shapes[1]:
        raise ValueError("only gradients of networks of the same shape can be compared layer by layer")
    return tuple(_agreement(g, h) for g, h in zip(true.blocks, other.blocks, strict=True))


def true_gradients(network: Network, trace: Trace, y: Array) -> Gradients:
    """The gradient of the same network with every layer's own slope, whatever backward functions it names.

    Behind a step or a sign function this gradient is zero, so no surrogate can agree with it.

    Args:
        network: The network, with or without surrogates.
        trace: A forward pass of it, in which surrogates play no part.
        y: Targets, shape (N, n_J).
    """
    own = network.with_layers([replace(layer, backward=None) for layer in network.layers])
    return own.backward(own.forward(trace.a[0]), y)


def surrogate_agreement(network: Network, trace: Trace, y: Array) -> tuple[Agreement, ...]:
    """What the backward functions do to the gradient: for each layer, the surrogate gradient against the true one."""
    return compare(true_gradients(network, trace, y), network.backward(trace, y))


def _agreement(true: Array, other: Array) -> Agreement:
    # In float64 and scaled to a largest entry of 1, since the square of a vanishing float32 gradient would underflow.
    if not (np.isfinite(true).all() and np.isfinite(other).all()):
        return Agreement(math.nan, math.nan)
    (g, g_scale), (h, h_scale) = _scaled(true), _scaled(other)
    g_norm, h_norm = float(np.linalg.norm(g)), float(np.linalg.norm(h))
    if g_norm == 0.0:
        return Agreement(math.nan, math.nan)
    norm_ratio = (h_norm / g_norm) * (h_scale / g_scale)
    if h_norm == 0.0:
        return Agreement(math.nan, 0.0)
    return Agreement(min(1.0, max(-1.0, float(g @ h) / (g_norm * h_norm))), norm_ratio)


def _scaled(values: Array) -> tuple[Array, float]:
    flat = values.astype(np.float64).ravel()
    scale = float(np.abs(flat).max())
    return (flat / scale, scale) if scale > 0 else (flat, 0.0)
