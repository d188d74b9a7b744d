"""Loss functions: value, gradient with respect to the output, and the heads whose derivative cancels.

Outputs ``a`` and targets ``y`` have shape (N, n): N samples, n outputs. A loss is the mean over the batch of the
per-sample loss. The factor 1/N is part of the gradient here, and occurs nowhere else.

Two pairs of output activation and loss cancel to φᴶ = (aᴶ − y)/N: sigmoid with binary cross-entropy, and softmax with
categorical cross-entropy (for targets that sum to 1). The derivative of the activation has not vanished: it has
cancelled against that of the loss. The value of such a loss is computed from z, which stays exact where a has rounded
to 0 or 1.

Kinks follow PyTorch: mae′ = 0 at a = y (as ``L1Loss``), hinge′ = 0 at y a = 1 (as ``relu`` and ``multi_margin_loss``);
Huber's slope is continuous.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from backprop.functions.specs import resolve

Array = NDArray[Any]


@dataclass(frozen=True)
class Loss:
    """One loss function.

    Attributes:
        name: Key in ``LOSSES``, or the full spec where parameters are set.
        label: Name in words.
        value: ``value(a, y)``, the mean loss as a float.
        gradient: ``gradient(a, y, out)`` writes ∂L/∂a, shape (N, n), into ``out``.
        formula: The per-sample loss as LaTeX.
        source: Where the formula comes from.
        heads: Output activation → ``value(z, y)``, for the pairs that cancel to φᴶ = (a − y)/N.
        needs: The outputs and targets it is defined on, as ``"any"``, ``"probabilities"`` (each in 0..1),
            ``"distribution"`` (softmax: in 0..1 and summing to 1) or ``"signs"`` (targets −1 and +1, and outputs that
            reach them). A regression takes the losses that need nothing.
        parameters: Names and values of its parameters.
        bounds: Allowed interval of each parameter.
    """

    functions: ClassVar = ("value", "gradient")

    name: str
    label: str
    value: Callable[[Array, Array], float]
    gradient: Callable[[Array, Array, Array], Array]
    formula: str
    source: str
    heads: Mapping[str, Callable[[Array, Array], float]] = field(default_factory=dict)
    needs: str = "any"
    parameters: Mapping[str, float] = field(default_factory=dict)
    bounds: Mapping[str, tuple[float, float]] = field(default_factory=dict)


def _mse(a: Array, y: Array) -> float:
    difference = a - y
    return float(np.vdot(difference, difference)) / a.size


def _mse_gradient(a: Array, y: Array, out: Array) -> Array:
    np.subtract(a, y, out=out)
    return np.multiply(out, 2.0 / a.size, out=out)


def _half_sse(a: Array, y: Array) -> float:
    difference = a - y
    return 0.5 * float(np.vdot(difference, difference)) / len(a)


def _half_sse_gradient(a: Array, y: Array, out: Array) -> Array:
    np.subtract(a, y, out=out)
    return np.multiply(out, 1.0 / len(a), out=out)


def _mae(a: Array, y: Array) -> float:
    return float(np.add.reduce(np.abs(a - y), axis=None)) / a.size


def _mae_gradient(a: Array, y: Array, out: Array) -> Array:
    np.subtract(a, y, out=out)
    np.sign(out, out=out)
    return np.multiply(out, 1.0 / a.size, out=out)


def _huber(a: Array, y: Array, delta: float = 1.0) -> float:
    # With c = min(|a − y|, δ), both branches are c (|a − y| − c/2), which never squares a large difference.
    distance = np.abs(a - y)
    near = np.minimum(distance, delta)
    return float(np.vdot(near, distance - 0.5 * near)) / a.size


def _huber_gradient(a: Array, y: Array, out: Array, delta: float = 1.0) -> Array:
    np.subtract(a, y, out=out)
    np.clip(out, -delta, delta, out=out)
    return np.multiply(out, 1.0 / a.size, out=out)


def _hinge(a: Array, y: Array) -> float:
    return float(np.add.reduce(np.maximum(1.0 - y * a, 0.0), axis=None)) / a.size


def _hinge_gradient(a: Array, y: Array, out: Array) -> Array:
    np.multiply(y, -1.0 / a.size, out=out)
    return np.multiply(out, y * a < 1.0, out=out)


def _smallest(a: Array) -> float:
    return float(np.finfo(a.dtype).tiny)


def _bce(a: Array, y: Array) -> float:
    # The smallest normal number keeps outputs that have rounded to 0 or 1 away from the pole of the logarithm.
    tiny = _smallest(a)
    log_a, log_rest = np.log(np.maximum(a, tiny)), np.log(np.maximum(1.0 - a, tiny))
    return -(float(np.vdot(y, log_a)) + float(np.vdot(1.0 - y, log_rest))) / len(a)


def _bce_gradient(a: Array, y: Array, out: Array) -> Array:
    # −y/a + (1 − y)/(1 − a) = (a − y) / (a(1 − a)), over N
    np.subtract(a, y, out=out)
    return np.divide(out, np.maximum(a * (1.0 - a), _smallest(a)) * len(a), out=out)


def _bce_from_sigmoid(z: Array, y: Array) -> float:
    # −[y ln σ(z) + (1 − y) ln(1 − σ(z))] = ln(1 + e^z) − y z = max(z, 0) − y z + ln(1 + e^−|z|):
    # in this order a confident and right answer leaves the small last term, not the rounding error of two large ones.
    per_sample = np.maximum(z, 0.0)
    per_sample -= y * z
    per_sample += np.log1p(np.exp(-np.abs(z)))
    return float(np.add.reduce(per_sample, axis=None)) / len(z)


def _cce(a: Array, y: Array) -> float:
    return -float(np.vdot(y, np.log(np.maximum(a, _smallest(a))))) / len(a)


def _cce_gradient(a: Array, y: Array, out: Array) -> Array:
    np.divide(y, np.maximum(a, _smallest(a)), out=out)
    return np.multiply(out, -1.0 / len(a), out=out)


def _cce_from_softmax(z: Array, y: Array) -> float:
    # −Σ y ln p = Σ y (ln Σ e^z − z)
    shifted = z - z.max(axis=-1, keepdims=True)
    log_sum = np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return float(np.vdot(y, log_sum - shifted)) / len(z)


LOSSES: dict[str, Loss] = {
    entry.name: entry
    for entry in (
        Loss(
            name="bce",
            label="binary cross-entropy",
            value=_bce,
            gradient=_bce_gradient,
            heads={"sigmoid": _bce_from_sigmoid},
            needs="probabilities",
            formula=r"-\sum_i \left[y_i \ln a_i + (1 - y_i) \ln(1 - a_i)\right]",
            source="Menon 2021, §3.2.1, with the sign of the second term corrected",
        ),
        Loss(
            name="cce",
            label="categorical cross-entropy",
            value=_cce,
            gradient=_cce_gradient,
            heads={"softmax": _cce_from_softmax},
            needs="distribution",
            formula=r"-\sum_i y_i \ln a_i",
            source="Menon 2021, §3.3",
        ),
        Loss(
            name="mse",
            label="mean squared error",
            value=_mse,
            gradient=_mse_gradient,
            formula=r"\frac{1}{n} \sum_i (a_i - y_i)^2",
            source="Menon 2021, §3.1.1; n is the number of outputs",
        ),
        Loss(
            name="half_sse",
            label="half the sum of squared errors",
            value=_half_sse,
            gradient=_half_sse_gradient,
            formula=r"\frac{1}{2} \sum_i (a_i - y_i)^2",
            source="Data Science Stack Exchange 26551; n/2 times the mean squared error",
        ),
        Loss(
            name="mae",
            label="mean absolute error",
            value=_mae,
            gradient=_mae_gradient,
            formula=r"\frac{1}{n} \sum_i |a_i - y_i|",
            source="Laplace 1774; its slope is ±1/n however small the error",
        ),
        Loss(
            name="huber",
            label="Huber loss",
            value=_huber,
            gradient=_huber_gradient,
            formula=r"\frac{1}{n} \sum_i \begin{cases} \frac{1}{2} d_i^2 & |d_i| \le \delta \\ "
            r"\delta\,(|d_i| - \frac{1}{2}\delta) & \text{otherwise} \end{cases},\quad d_i = a_i - y_i",
            source="Huber 1964: squared error near the target, absolute error beyond δ",
            parameters={"delta": 1.0},
            bounds={"delta": (0.001, 1000.0)},
        ),
        Loss(
            name="hinge",
            label="hinge loss",
            value=_hinge,
            gradient=_hinge_gradient,
            needs="signs",
            formula=r"\frac{1}{n} \sum_i \max(0,\ 1 - y_i a_i),\quad y_i = \pm 1",
            source="Cortes & Vapnik 1995; no pull on a sample whose margin y a is 1 or more",
        ),
    )
}


def get_loss(spec: str) -> Loss:
    """The loss that a spec names: ``"mse"``, or with parameters ``"huber(0.5)"``.

    Raises:
        ValueError: There is no such loss, or it has no such parameters.
    """
    return resolve("loss", spec, LOSSES)
