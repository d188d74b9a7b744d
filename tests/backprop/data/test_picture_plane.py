"""The picture plane: which way is up, there and back again, and the axes of data with more than two coordinates."""

from __future__ import annotations

import numpy as np
import pytest

from backprop.data.datasets import DATASETS, make_dataset
from backprop.data.picture_plane import PicturePlane

CASES = [
    ("sine", ("x1",), ("x1",)),
    ("spiral", ("x1", "x2"), ("x1", "x2")),
    ("plane", ("x1^2",), ("x1", "x2")),
    ("iris", ("petal width", "sepal width"), ("sepal width", "petal width")),
    ("iris", ("petal width",), ("principal axis 1", "principal axis 2")),
    ("iris", DATASETS["iris"].coordinates, ("principal axis 1", "principal axis 2")),
    ("iris", DATASETS["iris"].coordinates[:3], ("principal axis 1", "principal axis 2")),
]


def _plane(name: str, features: tuple[str, ...]) -> tuple[PicturePlane, np.ndarray, np.ndarray]:
    data = make_dataset(name, 120, 0.1, 0.3, seed=4)
    return PicturePlane(data, features), data.X, data.X[: data.n_train]


@pytest.mark.parametrize(("name", "features", "axes"), CASES)
def test_the_grid_projects_back_onto_itself(name: str, features: tuple[str, ...], axes: tuple[str, ...]) -> None:
    plane, X, _ = _plane(name, features)
    assert plane.axes == axes
    assert plane.dimensions == len(axes)
    grid = plane.grid(5)
    assert grid.shape == (5 ** len(axes), X.shape[1])
    ticks = [np.linspace(low, high, 5) for low, high in zip(plane.low, plane.high, strict=True)]
    position = plane.project(grid)
    if features == ("petal width",):  # one direction only: the second axis has no extent
        np.testing.assert_allclose(position[:5, 0], ticks[0], atol=1e-12)
        return
    # Row by row from the top left: the first axis runs fastest, the second one downwards from its largest value.
    expected = [(x,) for x in ticks[0]] if len(axes) == 1 else [(x, y) for y in ticks[1][::-1] for x in ticks[0]]
    np.testing.assert_allclose(position, expected, atol=1e-12)


def test_the_first_row_is_the_top() -> None:
    plane, _, _ = _plane("spiral", ("x1", "x2"))
    picture = plane.grid(7).reshape(7, 7, 2)
    np.testing.assert_allclose(picture[0, :, 1], plane.high[1])
    np.testing.assert_allclose(picture[-1, :, 1], plane.low[1])
    np.testing.assert_allclose(picture[:, 0, 0], plane.low[0])
    np.testing.assert_allclose(picture[:, -1, 0], plane.high[0])


@pytest.mark.parametrize(("name", "features", "axes"), CASES)
def test_all_samples_lie_inside_the_picture(name: str, features: tuple[str, ...], axes: tuple[str, ...]) -> None:
    plane, X, _ = _plane(name, features)
    points = plane.project(X)
    assert (points > plane.low).all()
    assert (points < plane.high).all()


@pytest.mark.parametrize("name", [name for name, kind in DATASETS.items() if kind.coordinates == ("x1", "x2")])
def test_plane_sets_are_shown_in_a_square_around_the_origin(name: str) -> None:
    plane, X, _ = _plane(name, ("x1", "x2"))
    np.testing.assert_array_equal(plane.project(X), X)
    np.testing.assert_allclose(plane.low, -plane.high)
    assert plane.high[0] == plane.high[1] >= 5.0


def test_iris_is_shown_along_its_principal_axes() -> None:
    names = DATASETS["iris"].coordinates
    plane, X, train = _plane("iris", names)
    # From the covariance matrix rather than from singular values; the sign of an axis is free.
    variances, vectors = np.linalg.eigh(np.cov(train.T))
    expected = (X - train.mean(axis=0)) @ vectors[:, [3, 2]]
    got = plane.project(X)
    np.testing.assert_allclose(np.abs(got), np.abs(expected), atol=1e-9)
    shown = plane.project(train)
    np.testing.assert_allclose(np.cov(shown.T), np.diag(variances[[3, 2]]), atol=1e-9)
    np.testing.assert_allclose(plane.project(train.mean(axis=0)[None]), 0.0, atol=1e-12)


def test_coordinates_that_are_not_fed_stay_at_their_mean() -> None:
    plane, _, train = _plane("iris", ("petal width", "sepal width"))
    grid = plane.grid(4)
    np.testing.assert_allclose(grid[:, [0, 2]], np.tile(train.mean(axis=0)[[0, 2]], (16, 1)))
    three, _, train = _plane("iris", DATASETS["iris"].coordinates[:3])
    np.testing.assert_allclose(three.grid(4)[:, 3], train.mean(axis=0)[3])
