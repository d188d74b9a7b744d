"""Input features: functions of the raw coordinates, standardised on the training set."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backprop.data.datasets import Dataset, DatasetKind

Array = NDArray[Any]

# name → (the coordinates it needs, a function of these columns)
DERIVED: dict[str, tuple[tuple[str, ...], Callable[..., Array]]] = {
    "x1^2": (("x1",), np.square),
    "x2^2": (("x2",), np.square),
    "x1*x2": (("x1", "x2"), np.multiply),
    "sin(x1)": (("x1",), np.sin),
    "sin(x2)": (("x2",), np.sin),
}


def available_features(kind: DatasetKind) -> tuple[str, ...]:
    """The features of a dataset: its raw columns, then those that can be derived from them."""
    derived = (name for name, (needs, _) in DERIVED.items() if set(needs) <= set(kind.coordinates))
    return (*kind.coordinates, *derived)


def feature_label(name: str) -> str:
    """The label of a feature: ``"x1^2"`` → ``"x₁²"``."""
    return name.replace("^2", "²").replace("*", " ").replace("x1", "x₁").replace("x2", "x₂")


class FeatureMap:
    """Raw coordinates → standardised features: mean 0 and standard deviation 1 over the training samples.

    Args:
        dataset: Where the mean and the deviation come from.
        names: Features to compute, in this order; each one of ``available_features(dataset.kind)``.
    """

    def __init__(self, dataset: Dataset, names: Sequence[str]) -> None:
        self.names = tuple(names)
        self._columns = dataset.kind.coordinates
        train = self._raw(dataset.X[: dataset.n_train])
        self.mean = train.mean(axis=0)
        deviation = train.std(axis=0)
        self.deviation = np.where(deviation > 0, deviation, 1.0)

    def __call__(self, X: Array) -> Array:
        """Features of raw coordinates ``X`` (n, d), shape (n, number of features)."""
        return (self._raw(X) - self.mean) / self.deviation

    def _raw(self, X: Array) -> Array:
        column = {name: X[:, i] for i, name in enumerate(self._columns)}
        return np.column_stack([self._one(name, column) for name in self.names])

    @staticmethod
    def _one(name: str, column: dict[str, Array]) -> Array:
        if name in column:
            return column[name]
        needs, function = DERIVED[name]
        return function(*(column[need] for need in needs))
