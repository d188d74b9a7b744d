"""Targets for the output layer from class labels, and accuracy from its outputs."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backprop.data.datasets import REGRESSION, DatasetKind
from backprop.functions import get_activation, get_loss
from backprop.layer import Layer

Array = NDArray[Any]


def target_levels(output: Layer, loss: str) -> tuple[float, float]:
    """The target values for "no" and "yes".

    −1 and 1 for a loss that compares signs (hinge) and for outputs between −1 and 1 (tanh); otherwise 0 and 1.
    """
    if get_loss(loss).needs == "signs":
        return -1.0, 1.0
    low, high = get_activation(output.activation).range
    return (-1.0, 1.0) if low < 0 and math.isfinite(high - low) else (0.0, 1.0)


def make_targets(kind: DatasetKind, y: Array, output: Layer, loss: str) -> Array:
    """Targets of shape (N, n_J): values for regression, one level for one unit, or one level per class."""
    if kind.task == REGRESSION:
        return y[:, None].astype(float)
    low, high = target_levels(output, loss)
    if output.units == 1:
        return np.where(y == 1, high, low)[:, None]
    return np.where(y[:, None] == np.arange(output.units), high, low)


def accuracy(kind: DatasetKind, outputs: Array, y: Array, output: Layer, loss: str) -> float | None:
    """The share of samples that the outputs (N, n_J) classify correctly; None for regression or without samples."""
    if kind.task == REGRESSION or len(y) == 0:
        return None
    if output.units == 1:
        middle = sum(target_levels(output, loss)) / 2
        right = (outputs[:, 0] > middle) == (y == 1)
    else:
        right = outputs.argmax(axis=1) == y
    return int(np.count_nonzero(right)) / len(y)
