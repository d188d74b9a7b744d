"""The gradient against finite differences, in float64.

Central differences: (L(θ + h) − L(θ − h)) / 2h. The error falls with h² until rounding, of the order ε/h, takes over;
h = 1e-5 is near the best for float64.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backprop.network import Network

Array = NDArray[Any]


@dataclass(frozen=True)
class GradientCheck:
    """Analytic and numeric gradient side by side.

    Attributes:
        analytic: What back-propagation says, shape (P,).
        numeric: What central differences say, shape (P,).
    """

    analytic: Array
    numeric: Array

    @property
    def relative_error(self) -> Array:
        """|analytic − numeric| / max(|analytic|, |numeric|) per parameter, shape (P,).

        0 where both are 0; NaN or infinite where one is not finite.
        """
        difference = np.abs(self.analytic - self.numeric)
        scale = np.maximum(np.abs(self.analytic), np.abs(self.numeric))
        return np.divide(difference, scale, out=difference, where=(scale > 0) & (scale < np.inf))

    @property
    def error(self) -> float:
        """‖analytic − numeric‖ / (‖analytic‖ + ‖numeric‖), one number for the whole gradient; 0 where both are 0.

        NaN where either is not finite: that is no agreement.
        """
        scale = float(np.linalg.norm(self.analytic) + np.linalg.norm(self.numeric))
        return 0.0 if scale == 0 else float(np.linalg.norm(self.analytic - self.numeric)) / scale


def gradcheck(network: Network, X: Array, y: Array, h: float = 1e-5) -> GradientCheck:
    """Compare back-propagation with central differences, one parameter at a time.

    A layer with another backward function than its own slope is *meant* to differ: the check shows by how much.

    Args:
        network: A float64 network; its parameters are left as they were.
        X: Inputs, shape (N, n_0).
        y: Targets, shape (N, n_J).
        h: Step size.

    Raises:
        ValueError: The network is not float64, where differences would only show rounding.
    """
    parameters = _float64_parameters(network)
    analytic = network.backward(network.forward(X), y).flat
    numeric = np.empty_like(analytic)
    trace = network.forward(X)
    for i in range(parameters.size):
        value = parameters[i]
        parameters[i] = value + h
        above = network.loss_value(network.propagate(trace), y)
        parameters[i] = value - h
        below = network.loss_value(network.propagate(trace), y)
        parameters[i] = value
        numeric[i] = (above - below) / (2 * h)
    return GradientCheck(analytic, numeric)


def errors_by_step(network: Network, X: Array, y: Array, steps: Sequence[float]) -> Array:
    """The error of ``gradcheck`` for each step size h: falling with h² (truncation), then rising with ε/h (rounding).

    Args:
        network: A float64 network; its parameters are left as they were.
        X: Inputs, shape (N, n_0).
        y: Targets, shape (N, n_J).
        steps: Step sizes h.
    """
    return np.array([gradcheck(network, X, y, h).error for h in steps])


def directional_check(
    network: Network, X: Array, y: Array, rng: np.random.Generator, h: float = 1e-6, directions: int = 1
) -> GradientCheck:
    """The same along random unit directions: two evaluations each, whatever the number of parameters.

    Returns:
        One entry per direction: gᵀv from back-propagation, and the central difference along v.
    """
    parameters = _float64_parameters(network)
    gradient = network.backward(network.forward(X), y).flat
    start = parameters.copy()
    analytic, numeric = np.empty(directions), np.empty(directions)
    for i in range(directions):
        v = rng.standard_normal(parameters.size)
        v /= np.linalg.norm(v)
        parameters[...] = start + h * v
        above = network.loss_value(network.forward(X), y)
        parameters[...] = start - h * v
        below = network.loss_value(network.forward(X), y)
        parameters[...] = start
        analytic[i], numeric[i] = gradient @ v, (above - below) / (2 * h)
    return GradientCheck(analytic, numeric)


def _float64_parameters(network: Network) -> Array:
    if network.dtype != np.float64:
        raise ValueError('a gradient check needs a network with dtype="float64"')
    return network.parameters
