"""How well a dataset can be learnt at all: by a linear model, and by simple curved ones.

A score is only good or bad against these. On noisy data no network classifies every sample correctly, and on two
separate clouds a straight line already does.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backprop.data.datasets import REGRESSION, DatasetKind

Array = NDArray[Any]

NEIGHBOURS = 5
FEWEST_PER_TERM = 4  # samples for each coefficient of a quadratic model
MOST_SAMPLES = 800  # with more training samples, the first ones are enough for a yardstick


@dataclass(frozen=True)
class Yardsticks:
    """Scores on the training set: the share of right answers, or R² for regression.

    Attributes:
        linear: Of a linear model of the network's inputs, fitted by least squares.
        reachable: About what can be reached without learning single samples by heart: the best of the linear model, of
            the mean over the five nearest other samples (Cover & Hart 1967), and of a quadratic model, where the last
            two answer each sample as if it were unknown (leave-one-out).
    """

    linear: float
    reachable: float


def yardsticks(kind: DatasetKind, inputs: Array, y: Array) -> Yardsticks:
    """The yardsticks of a training set.

    Args:
        kind: The registry entry of the dataset.
        inputs: The network's inputs, shape (n, d).
        y: Class index or value, shape (n,).
    """
    inputs, y = np.asarray(inputs[:MOST_SAMPLES], float), y[:MOST_SAMPLES]
    targets = y[:, None].astype(float) if kind.task == REGRESSION else np.eye(len(kind.classes))[y]
    linear = score(kind, _linear_fit(inputs, targets), y)
    curved = [_neighbour_means(inputs, targets), _quadratic_fit_without_each(inputs, targets)]
    return Yardsticks(linear, max(linear, *(score(kind, outputs, y) for outputs in curved)))


def score(kind: DatasetKind, outputs: Array, y: Array) -> float:
    """Share of right answers of outputs (n, classes), or R² of outputs (n, 1).

    R² is 0 where all values are the same, and −∞ where an output is infinite or undefined.
    """
    if kind.task != REGRESSION:
        return float(np.mean(outputs.argmax(axis=1) == y))
    spread = float(np.mean((y - y.mean()) ** 2))
    if spread == 0:
        return 0.0
    error = float(np.mean((outputs[:, 0].astype(float) - y) ** 2))
    return 1.0 - error / spread if math.isfinite(error) else -math.inf


def _linear_fit(inputs: Array, targets: Array) -> Array:
    with_bias = np.column_stack([inputs, np.ones(len(inputs))])
    coefficients = np.linalg.lstsq(with_bias, targets, rcond=None)[0]
    fitted: Array = with_bias @ coefficients
    return fitted


def _quadratic_fit_without_each(inputs: Array, targets: Array) -> Array:
    """What a quadratic model says of each sample when it was fitted to all others; nothing if there are few samples."""
    n, d = inputs.shape
    scaled = (inputs - inputs.mean(axis=0)) / np.maximum(inputs.std(axis=0), 1e-12)
    products = [scaled[:, i] * scaled[:, j] for i in range(d) for j in range(i, d)]
    design = np.column_stack([np.ones(n), scaled, *products])
    if n < FEWEST_PER_TERM * design.shape[1]:
        return np.zeros_like(targets)
    q, _ = np.linalg.qr(design)
    fitted = q @ (q.T @ targets)
    leverage = np.minimum((q**2).sum(axis=1), 1 - 1e-9)[:, None]
    # The fit without a sample follows from the fit with it (Allen 1974).
    without: Array = (fitted - leverage * targets) / (1 - leverage)
    return without


def _neighbour_means(inputs: Array, targets: Array) -> Array:
    count = min(NEIGHBOURS, len(inputs) - 1)
    if count < 1:
        return targets
    squares = (inputs**2).sum(axis=1)
    distances = squares[:, None] + squares - 2.0 * inputs @ inputs.T
    np.fill_diagonal(distances, np.inf)
    nearest = np.argpartition(distances, count - 1, axis=1)[:, :count]
    means: Array = targets[nearest].mean(axis=1)
    return means
