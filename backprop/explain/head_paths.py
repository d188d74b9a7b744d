"""How a loss and an output activation meet: equation 1 by the general and by the cancelled path, term by term.

The question is the second of Data Science Stack Exchange 26551: does the gradient of the loss change with the output
activation? ∇_{aᴶ}L does not, since it depends on the loss alone. φᴶ = ∇_{aᴶ}L ∘ f_J′(zᴶ) does. For two pairs the slope
cancels against a part of the loss's gradient: sigmoid with binary and softmax with categorical cross-entropy leave (aᴶ
− y)/N.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backprop.explain.derivatives import activation_by_z, loss_by_activation
from backprop.layer import Layer
from backprop.network import Network

Array = NDArray[Any]

# (output activation, loss), in the order in which they are shown.
PAIRS = (("sigmoid", "mse"), ("sigmoid", "bce"), ("softmax", "cce"), ("softmax", "mse"))


@dataclass(frozen=True)
class HeadPath:
    """One pair of output activation and loss on one sample.

    Attributes:
        activation: Key of ``ACTIVATIONS``.
        loss: Key of ``LOSSES``.
        a: The outputs, shape (n,).
        value: The loss.
        loss_by_a: ∇_a L, shape (n,).
        a_by_z: ∂a_k/∂z_i, shape (n, n); diagonal if the activation is elementwise.
        general: φ by the general path, with both factors multiplied, shape (n,).
        phi: φ as the network computes it: a − y if the pair cancels, otherwise the general path. Shape (n,).
        cancels: Whether the pair cancels.
    """

    activation: str
    loss: str
    a: Array
    value: float
    loss_by_a: Array
    a_by_z: Array
    general: Array
    phi: Array
    cancels: bool


def head_path(activation: str, loss: str, z: Array, y: Array) -> HeadPath:
    """Equation 1 at an output layer with pre-activations ``z`` and targets ``y``, both of shape (n,)."""
    z, y = np.asarray(z, np.float64), np.asarray(y, np.float64)[None, :]
    general = _head(activation, loss, len(z), cancel=False)
    head = _head(activation, loss, len(z), cancel=True)
    trace = head.forward(z[None, :])
    grads = head.backward(trace, y)
    return HeadPath(
        activation=activation,
        loss=loss,
        a=trace.a[-1][0],
        value=grads.loss,
        loss_by_a=loss_by_activation(head, trace, grads, y, 0)[0],
        a_by_z=activation_by_z(head, trace, 0)[0],
        general=general.backward(general.forward(z[None, :]), y).phi[0][0],
        phi=grads.phi[0][0],
        cancels=head.head_cancels,
    )


def _head(activation: str, loss: str, units: int, cancel: bool) -> Network:
    """An output layer alone, with its pre-activations as inputs."""
    layer = Layer(units, activation, initializer="zeros")
    network = Network(units, [layer], loss, dtype="float64", cancel_head=cancel)
    network.weights[0][...] = np.eye(units)
    return network
