"""The factors that the backward pass uses without keeping them: ∂L/∂a of any layer, and softmax's Jacobian.

``Network.backward`` overwrites them with φ. Here they are computed separately, in the network's own arithmetic, to look
at one equation at a time.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from backprop.network import Gradients, Network, Trace

Array = NDArray[Any]


def loss_by_activation(network: Network, trace: Trace, grads: Gradients, y: Array, index: int) -> Array:
    """∂L/∂aʲ of layer j = ``index`` + 1, shape (N, n_j): from the loss at the output, φʲ⁺¹Wʲ⁺¹ elsewhere.

    At an output whose head cancels, the network does not need this factor, because it has been cancelled.
    """
    if index < len(network.layers) - 1:
        return network.upstream(index, grads)
    a = trace.a[-1]
    return network.loss.gradient(a, y, np.empty_like(a))


def activation_by_z(network: Network, trace: Trace, index: int) -> Array:
    """∂a_k/∂z_i of layer ``index`` + 1 as the backward pass uses it, shape (N, k, i).

    A diagonal of slopes g(z_i) if the layer is elementwise; a_k(δ_ki − a_i) for softmax.
    """
    if network.backwards[index].elementwise:
        return network.slope(index, trace)[:, :, None] * np.eye(network.layers[index].units)
    a = trace.a[index + 1]
    return a[:, :, None] * (np.eye(a.shape[1]) - a[:, None, :])
