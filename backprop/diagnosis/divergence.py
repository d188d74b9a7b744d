"""Where a run diverged: the first quantity that was not finite, with its layer and its step."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backprop.network import Gradients, Network, Trace

Array = NDArray[Any]


@dataclass(frozen=True)
class Divergence:
    """The first quantity of a step that was not finite.

    Attributes:
        step: Number of updates made before it; the run stops there.
        layer: The layer, counted from 1; 0 for the loss, which belongs to no layer.
        quantity: What was not finite, in words, such as ``"updated weights"``.
    """

    step: int
    layer: int
    quantity: str

    @property
    def where(self) -> str:
        """The quantity and its layer: ``"the updated weights of layer 2"``."""
        return f"the {self.quantity} of layer {self.layer}" if self.layer else f"the {self.quantity}"

    @property
    def sentence(self) -> str:
        """What happened, in one sentence."""
        return (
            f"Training stopped after step {self.step}, the last step with finite numbers: in the next one {self.where} "
            "became infinite or undefined."
        )


def is_finite(values: Array) -> bool:
    """Whether every entry of a vector is finite."""
    if math.isfinite(values.dot(values)):  # fast, and enough in the usual case
        return True
    return bool(np.isfinite(values).all())  # the square of a large but finite entry may overflow


def locate_divergence(network: Network, trace: Trace, grads: Gradients, step: int) -> Divergence:
    """The first quantity, in the order of computation, that is not finite."""
    for layer, quantity, values in _in_order_of_computation(network, trace, grads):
        if not np.isfinite(values).all():
            return Divergence(step, layer, quantity)
    return Divergence(step, len(network.layers), "update of the parameters")


def _in_order_of_computation(network: Network, trace: Trace, grads: Gradients) -> Iterator[tuple[int, str, Array]]:
    for j, z in enumerate(trace.z):
        yield j + 1, "pre-activation z", z
        yield j + 1, "activation a", trace.a[j + 1]
    yield 0, "loss", np.asarray(grads.loss)
    for j in reversed(range(len(grads.phi))):
        yield j + 1, "error signal φ", grads.phi[j]
        yield j + 1, "gradient ∂L/∂W", grads.blocks[j]
    for j, block in enumerate(network.blocks):
        yield j + 1, "updated weights", block
