"""Loss functions: value, gradient with respect to the output, and the heads whose derivative cancels.

Outputs ``a`` and targets ``y`` have shape (N, n): N samples, n outputs. A loss is the mean over the batch of the
per-sample loss, so the factor 1/N sits in the gradient here and nowhere else.

Two pairs of output activation and loss cancel to φᴶ = (aᴶ − y)/N: sigmoid with binary cross-entropy, and softmax with
categorical cross-entropy (for targets that sum to 1). The derivative of the activation has not vanished, it has
cancelled against the loss's own. Their value is taken from z, which stays exact where a has rounded to 0 or 1.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


@dataclass(frozen=True)
class Loss:
    """One loss function.

    Attributes:
        name: Key in ``LOSSES``.
        label: Name in words.
        value: ``value(a, y)``, the mean loss as a float.
        gradient: ``gradient(a, y, out)`` writes ∂L/∂a, shape (N, n), into ``out``.
        formula: The per-sample loss as LaTeX.
        source: Where the formula comes from.
        heads: Output activation → ``value(z, y)``, for the pairs that cancel to φᴶ = (a − y)/N.
        needs: The outputs it is defined on, as ``"any"``, ``"probabilities"`` (each in 0..1) or ``"distribution"``
            (softmax: in 0..1 and summing to 1).
    """

    name: str
    label: str
    value: Callable[[Array, Array], float]
    gradient: Callable[[Array, Array, Array], Array]
    formula: str
    source: str
    heads: Mapping[str, Callable[[Array, Array], float]] = field(default_factory=dict)
    needs: str = "any"


def _mse(a: Array, y: Array) -> float:
    difference = a - y
    return float(np.vdot(difference, difference)) / a.size


def _mse_gradient(a: Array, y: Array, out: Array) -> Array:
    np.subtract(a, y, out=out)
    return np.multiply(out, 2.0 / a.size, out=out)


def _smallest(a: Array) -> float:
    return float(np.finfo(a.dtype).tiny)


def _bce(a: Array, y: Array) -> float:
    # Outputs that rounded to exactly 0 or 1 are held off the pole of the logarithm by the smallest normal number.
    tiny = _smallest(a)
    log_a, log_rest = np.log(np.maximum(a, tiny)), np.log(np.maximum(1.0 - a, tiny))
    return -(float(np.vdot(y, log_a)) + float(np.vdot(1.0 - y, log_rest))) / len(a)


def _bce_gradient(a: Array, y: Array, out: Array) -> Array:
    # −y/a + (1 − y)/(1 − a) = (a − y) / (a(1 − a)), over N
    np.subtract(a, y, out=out)
    return np.divide(out, np.maximum(a * (1.0 - a), _smallest(a)) * len(a), out=out)


def _bce_from_sigmoid(z: Array, y: Array) -> float:
    # −[y ln σ(z) + (1 − y) ln(1 − σ(z))] = ln(1 + e^z) − y z = max(z, 0) − y z + ln(1 + e^−|z|):
    # in this order a sure and right answer leaves the small last term, instead of the rounding of two large ones.
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
    )
}
