"""Toy data: counts, balance, determinism, and the shapes that each set promises."""

from __future__ import annotations

import numpy as np
import plotly.data
import pytest

from backprop.data.datasets import BINARY, DATASETS, MULTICLASS, REGRESSION, Dataset, make_dataset
from tests.helpers import Array

CLASSIFICATION = [name for name, kind in DATASETS.items() if kind.task != REGRESSION]


def _points(name: str, n: int = 300, noise: float = 0.0, seed: int = 0) -> tuple[Array, Array]:
    return DATASETS[name].generate(n, noise, np.random.default_rng(seed))


@pytest.mark.parametrize("name", DATASETS)
@pytest.mark.parametrize("n", [4, 31, 300, 5000])
def test_counts_shapes_and_types(name: str, n: int) -> None:
    kind = DATASETS[name]
    data = make_dataset(name, n, 0.1, 0.3, seed=1)
    expected = min(n, 150) if name == "iris" else n
    assert data.X.shape == (expected, len(kind.coordinates))
    assert data.y.shape == (expected,)
    assert data.X.dtype == np.float64
    assert np.isfinite(data.X).all()
    assert data.y.dtype.kind == ("f" if kind.task == REGRESSION else "i")
    assert data.n_train == expected - round(0.3 * expected)
    assert (kind.name, data.kind) == (name, kind)


@pytest.mark.parametrize("name", CLASSIFICATION)
def test_classes_are_named_and_balanced(name: str) -> None:
    kind = DATASETS[name]
    assert len(kind.classes) == {BINARY: 2, MULTICLASS: 3}[kind.task]
    for n in (100, 150):
        counts = np.bincount(_points(name, n)[1], minlength=len(kind.classes))
        assert len(counts) == len(kind.classes)
        # xor throws dice for every quadrant: four standard deviations of a coin thrown n times. The others take turns.
        assert np.ptp(counts) <= (4 * np.sqrt(n) if name == "xor" else 1)


@pytest.mark.parametrize("name", [name for name, kind in DATASETS.items() if kind.task == REGRESSION])
def test_values_have_no_classes(name: str) -> None:
    assert DATASETS[name].classes == ()


@pytest.mark.parametrize("name", DATASETS)
def test_the_seed_decides_data_and_split(name: str) -> None:
    def same(a: Dataset, b: Dataset) -> bool:
        return np.array_equal(a.X, b.X) and np.array_equal(a.y, b.y)

    one = make_dataset(name, 100, 0.2, 0.3, seed=5)
    assert same(one, make_dataset(name, 100, 0.2, 0.3, seed=5))
    assert not same(one, make_dataset(name, 100, 0.2, 0.3, seed=6))
    # The share only moves the border: the samples stay where they are.
    assert same(one, make_dataset(name, 100, 0.2, 0.5, seed=5))


@pytest.mark.parametrize("name", DATASETS)
def test_noise_moves_the_data(name: str) -> None:
    (X, y), (noisy, values) = _points(name), _points(name, noise=0.5)
    assert not (np.array_equal(X, noisy) and np.array_equal(y, values))
    assert np.abs(X).max() < 8.0


@pytest.mark.parametrize(("n", "share", "n_train"), [(10, 0.0, 10), (10, 0.3, 7), (4, 0.9, 1), (10, 0.99, 1)])
def test_at_least_one_sample_stays_for_training(n: int, share: float, n_train: int) -> None:
    assert make_dataset("moons", n, 0.0, share, seed=0).n_train == n_train


@pytest.mark.parametrize("name", CLASSIFICATION)
def test_the_split_is_shuffled(name: str) -> None:
    data = make_dataset(name, 120, 0.0, 0.5, seed=0)
    labels = data.y[: data.n_train]
    assert set(labels) == set(range(len(data.kind.classes)))
    assert not np.array_equal(data.y, _points(name, 120)[1])  # the generators take classes in turn


# --- what each set looks like without noise --------------------------------------------------------------------------


def test_circle_is_a_disc_in_a_ring() -> None:
    X, y = _points("circle")
    radius = np.linalg.norm(X, axis=1)
    assert radius[y == 1].max() <= 2.5
    assert radius[y == 0].min() >= 3.5
    assert radius[y == 0].max() <= 5.0


def test_xor_labels_opposite_quadrants_with_a_gap_along_the_axes() -> None:
    X, y = _points("xor")
    np.testing.assert_array_equal(y, np.sign(X[:, 0]) == np.sign(X[:, 1]))
    assert np.abs(X).min() >= 0.3


def test_gauss_is_two_round_clouds() -> None:
    X, y = _points("gauss", 4000)
    for label, centre in ((0, -2.0), (1, 2.0)):
        np.testing.assert_allclose(X[y == label].mean(axis=0), centre, atol=0.08)
        np.testing.assert_allclose(np.cov(X[y == label].T), 0.5 * np.eye(2), atol=0.06)


@pytest.mark.parametrize(("name", "arms", "turns"), [("spiral", 2, 1.75), ("three_arms", 3, 0.75)])
def test_spirals_are_one_arm_turned(name: str, arms: int, turns: float) -> None:
    X, y = _points(name, 60 * arms)
    first = X[y == 0]
    for label in range(arms):
        angle = -2 * np.pi * label / arms  # angles run clockwise from the second axis
        turned = first @ np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
        np.testing.assert_allclose(X[y == label], turned, atol=1e-12)
    radius = np.linalg.norm(first, axis=1)
    np.testing.assert_allclose(np.diff(radius), 5 / 60, rtol=1e-9)
    swept = np.unwrap(np.arctan2(first[1:, 0], first[1:, 1]))
    np.testing.assert_allclose(np.diff(swept), turns * 2 * np.pi / 60, rtol=1e-9)


def test_moons_are_half_circles() -> None:
    X, y = _points("moons")
    X = X / 3.0 + [0.5, 0.25]
    np.testing.assert_allclose(np.linalg.norm(X[y == 1], axis=1), 1.0)
    np.testing.assert_allclose(np.linalg.norm(X[y == 0] - [1.0, 0.5], axis=1), 1.0)
    assert X[y == 1, 1].min() >= 0.0
    assert X[y == 0, 1].max() <= 0.5


def test_regression_values() -> None:
    X, y = _points("plane")
    np.testing.assert_allclose(y, X.sum(axis=1) / 10)
    X, y = _points("sine")
    np.testing.assert_allclose(y, np.sin(X[:, 0]))
    X, y = _points("multi_gauss", 3000)
    assert -1.0 <= y.min() < -0.9
    assert 0.9 < y.max() <= 1.0
    np.testing.assert_allclose(y[np.linalg.norm(X - [4, 2.5], axis=1) < 0.2], 1.0, atol=0.1)
    assert not y[np.linalg.norm(X - [2, 0], axis=1) < 0.5].any()


def test_iris_is_the_table_that_plotly_ships() -> None:
    table = plotly.data.iris()
    kind = DATASETS["iris"]
    columns = [name.replace(" ", "_") for name in kind.coordinates]
    X, y = _points("iris", 150)
    ours = np.column_stack([X, y])
    theirs = np.column_stack([table[columns].to_numpy(), table["species"].map(kind.classes.index)])

    def ordered(rows: Array) -> Array:
        return rows[np.lexsort(rows.T)]

    np.testing.assert_array_equal(ordered(ours), ordered(theirs))
    assert len(_points("iris", 5000)[0]) == 150
    assert np.bincount(_points("iris", 30)[1]).tolist() == [10, 10, 10]


def test_generating_does_not_change_the_iris_table() -> None:
    before = _points("iris", 150)[0]
    _points("iris", 150, noise=1.0)
    np.testing.assert_array_equal(_points("iris", 150)[0], before)
