"""How far two gradients of the same batch agree, layer by layer: a surrogate's or a bug's against the true one.

One definition for both. Per layer, over all its weights and biases g = (∂L/∂Wʲ, ∂L/∂bʲ):

- cosine = ⟨g, g̃⟩ / (‖g‖ ‖g̃‖): 1 the same direction, 0 none of it, below 0 a step that goes uphill;
- norm ratio = ‖g̃‖ / ‖g‖: how much too long (above 1) or too short the step is.

A gradient that points the right way at the wrong length is a wrong learning rate; one whose cosine is not positive does
not descend at all. The layers from the output down to the first wrong one agree exactly, everything before it does not:
that is how a mistake is traced to its layer.
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
    """One layer of two gradients side by side.

    Attributes:
        cosine: Between −1 and 1; NaN where either gradient is zero, which has no direction, or not finite.
        norm_ratio: Length of the other gradient over that of the true one; NaN where the true one is zero, or either
            not finite.
    """

    cosine: float
    norm_ratio: float


def compare(true: Gradients, other: Gradients) -> tuple[Agreement, ...]:
    """The agreement of every layer, first to last.

    Args:
        true: What the chain rule says.
        other: What a surrogate or a mistake makes of the same network on the same batch.

    Raises:
        ValueError: The two do not come from networks of the same shape.
    """
    shapes = [block.shape for block in true.blocks], [block.shape for block in other.blocks]
    if shapes[0] != shapes[1]:
        raise ValueError("only gradients of networks of the same shape can be compared layer by layer")
    return tuple(_agreement(g, h) for g, h in zip(true.blocks, other.blocks, strict=True))


def true_gradients(network: Network, trace: Trace, y: Array) -> Gradients:
    """The gradient of the same network with every layer on its own slope, whatever backward function it names.

    Behind a step or a sign function this is zero, whatever the surrogate says: there is nothing to agree with.

    Args:
        network: The network, with or without surrogates.
        trace: A forward pass of it; surrogates play no part in it.
        y: Targets, shape (N, n_J).
    """
    own = network.with_layers([replace(layer, backward=None) for layer in network.layers])
    return own.backward(own.forward(trace.a[0]), y)


def surrogate_agreement(network: Network, trace: Trace, y: Array) -> tuple[Agreement, ...]:
    """What the layers' backward functions do to the gradient: per layer, surrogate against true."""
    return compare(true_gradients(network, trace, y), network.backward(trace, y))


def _agreement(true: Array, other: Array) -> Agreement:
    # In float64 and scaled to a largest entry of 1: the square of a vanished float32 gradient would underflow.
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
