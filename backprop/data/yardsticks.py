"""How well a dataset can be learnt at all: by guessing, by a linear model, and by looking at similar samples.

A score is only good or bad against these. On noisy data no network classifies every sample correctly, and on two
separate clouds a straight line already does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backprop.data.datasets import REGRESSION, DatasetKind

Array = NDArray[Any]

NEIGHBOURS = 5
MOST_SAMPLES = 800  # with more training samples, the first ones are enough for a yardstick


@dataclass(frozen=True)
class Yardsticks:
    """Scores on the training set: the share of right answers, or R² for regression.

    Attributes:
        guess: Of the best constant answer.
        linear: Of a linear model of the network's inputs, fitted by least squares.
        neighbours: Of the mean over the five nearest other samples, each sample left out in its turn (Cover & Hart
            1967): about what can be reached without learning single samples by heart. At least ``linear``.
    """

    guess: float
    linear: float
    neighbours: float


def yardsticks(kind: DatasetKind, inputs: Array, y: Array) -> Yardsticks:
    """The yardsticks of a training set.

    Args:
        kind: The registry entry of the dataset.
        inputs: The network's inputs, shape (n, d).
        y: Class index or value, shape (n,).
    """
    inputs, y = np.asarray(inputs[:MOST_SAMPLES], float), y[:MOST_SAMPLES]
    targets = y[:, None].astype(float) if kind.task == REGRESSION else np.eye(len(kind.classes))[y]
    guess = score(kind, np.broadcast_to(targets.mean(axis=0), targets.shape), y)
    linear = score(kind, _linear_fit(inputs, targets), y)
    return Yardsticks(guess, linear, max(linear, score(kind, _neighbour_means(inputs, targets), y)))


def score(kind: DatasetKind, outputs: Array, y: Array) -> float:
    """Share of right answers of outputs (n, classes), or R² of outputs (n, 1); 0 where all values are the same."""
    if kind.task != REGRESSION:
        return float(np.mean(outputs.argmax(axis=1) == y))
    spread = float(np.mean((y - y.mean()) ** 2))
    return 1.0 - float(np.mean((outputs[:, 0] - y) ** 2)) / spread if spread > 0 else 0.0


def _linear_fit(inputs: Array, targets: Array) -> Array:
    with_bias = np.column_stack([inputs, np.ones(len(inputs))])
    coefficients = np.linalg.lstsq(with_bias, targets, rcond=None)[0]
    fitted: Array = with_bias @ coefficients
    return fitted


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
