"""The picture plane: the section through input space on which the decision surface and the unit pictures are drawn.

- One coordinate: a line along it.
- Two coordinates: their plane.
- More coordinates, of which the network receives exactly two: the plane of these two, since the others do not matter.
- More coordinates: the plane of the two principal axes of the training data (in the coordinates that the network
receives), through its mean.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backprop.data.datasets import PLANE_COORDINATES, Dataset

Array = NDArray[Any]

MARGIN = 0.08  # share of the data's extent, on each side


class PicturePlane:
    """A one- or two-dimensional section through the input space, with its axes.

    Args:
        dataset: The data to be shown.
        features: The features that the network receives.

    Attributes:
        axes: The names of the axes, one or two.
        low: The smallest value on each axis.
        high: The largest value on each axis.
    """

    def __init__(self, dataset: Dataset, features: Sequence[str]) -> None:
        coordinates = dataset.kind.coordinates
        d = len(coordinates)
        train = dataset.X[: dataset.n_train]
        self._origin = train.mean(axis=0)
        used = [i for i, name in enumerate(coordinates) if name in features]
        if d <= 2 or len(used) == 2:
            shown = list(range(d)) if d <= 2 else used
            self.axes = tuple(coordinates[i] for i in shown)
            self._directions = np.eye(d)[shown]
            self._origin = np.where(np.isin(np.arange(d), shown), 0.0, self._origin)
        else:
            self._directions = _principal_axes(train, used)
            self.axes = ("principal axis 1", "principal axis 2")
        points = self.project(dataset.X)
        low, high = points.min(axis=0), points.max(axis=0)
        if coordinates == PLANE_COORDINATES:  # a square around the origin, like the datasets
            reach = max(float(np.abs(points).max()), 5.0)
            low, high = np.full(2, -reach), np.full(2, reach)
        margin = MARGIN * np.maximum(high - low, 1e-6)
        self.low, self.high = low - margin, high + margin

    @property
    def dimensions(self) -> int:
        """1 for a line, 2 for a plane."""
        return len(self.axes)

    def project(self, X: Array) -> Array:
        """Raw coordinates (n, d) → position on the axes (n, dimensions)."""
        return (X - self._origin) @ self._directions.T

    def grid(self, resolution: int) -> Array:
        """The raw coordinates of a regular grid, row by row from the top left; shape (resolution ** dimensions, d)."""
        ticks = [np.linspace(self.low[i], self.high[i], resolution) for i in range(self.dimensions)]
        if self.dimensions == 1:
            position = ticks[0][:, None]
        else:
            across, down = np.meshgrid(ticks[0], ticks[1][::-1])
            position = np.column_stack([across.ravel(), down.ravel()])
        return self._origin + position @ self._directions


def _principal_axes(X: Array, used: Sequence[int]) -> Array:
    """The two directions of largest variance among the columns ``used``, shape (2, d)."""
    centred = X[:, used] - X[:, used].mean(axis=0)
    _, _, axes = np.linalg.svd(centred, full_matrices=False)
    axes = axes[:2] * np.sign(axes[:2].sum(axis=1, keepdims=True))  # the sign is arbitrary: fix it
    directions = np.zeros((2, X.shape[1]))
    directions[: len(axes), list(used)] = axes
    return directions
