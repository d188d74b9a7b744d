"""What can be reached on a dataset: hand-worked fits, and the built-in sets."""

from __future__ import annotations

import math

import numpy as np
import pytest

from backprop.data import DATASETS, make_dataset, score, yardsticks
from backprop.data.yardsticks import _neighbour_means, _quadratic_fit_without_each

BINARY, REGRESSION = DATASETS["circle"], DATASETS["plane"]


def test_score_is_accuracy_or_r_squared() -> None:
    assert score(BINARY, np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4], [0.3, 0.7]]), np.array([0, 1, 1, 1])) == 0.75
    y = np.array([1.0, 2.0, 3.0])
    assert score(REGRESSION, y[:, None], y) == 1.0
    assert score(REGRESSION, np.full((3, 1), 2.0), y) == 0.0
    assert score(REGRESSION, np.array([[1.0], [2.0], [4.0]]), y) == pytest.approx(1 - (1 / 3) / (2 / 3))
    assert score(REGRESSION, np.full((3, 1), np.inf), y) == -math.inf
    assert score(REGRESSION, np.zeros((3, 1)), np.ones(3)) == 0.0


def test_neighbours_answer_without_the_sample_itself() -> None:
    inputs = np.array([[0.0], [1.0], [2.0], [3.0], [4.0], [5.0], [100.0]])
    targets = np.array([[0.0], [0.0], [0.0], [1.0], [1.0], [1.0], [9.0]])
    means = _neighbour_means(inputs, targets)
    assert means[0, 0] == pytest.approx((0 + 0 + 1 + 1 + 1) / 5)
    assert means[6, 0] == pytest.approx((0 + 0 + 1 + 1 + 1) / 5)  # the five nearest others, none of them itself
    assert _neighbour_means(inputs[:1], targets[:1]).shape == (1, 1)


def test_the_quadratic_fit_leaves_each_sample_out() -> None:
    rng = np.random.default_rng(0)
    inputs, targets = rng.standard_normal((40, 2)), rng.standard_normal((40, 1))
    fast = _quadratic_fit_without_each(inputs, targets)
    x = (inputs - inputs.mean(axis=0)) / inputs.std(axis=0)
    design = np.column_stack([np.ones(40), x, x[:, 0] ** 2, x[:, 0] * x[:, 1], x[:, 1] ** 2])
    for i in (0, 7, 39):
        others = np.arange(40) != i
        coefficients = np.linalg.lstsq(design[others], targets[others], rcond=None)[0]
        assert fast[i] == pytest.approx(design[i] @ coefficients, abs=1e-9)


@pytest.mark.parametrize(
    ("name", "linear", "reachable"),
    [("circle", 0.6, 0.97), ("xor", 0.65, 0.97), ("gauss", 1.0, 0.99), ("spiral", 0.7, 0.93), ("moons", 0.93, 0.97),
     ("three_arms", 0.6, 0.93), ("iris", 0.9, 0.93), ("plane", 1.0, 0.98), ("multi_gauss", 0.2, 0.7),
     ("sine", 0.4, 0.9)],
)  # fmt: skip
def test_the_built_in_sets(name: str, linear: float, reachable: float) -> None:
    data = make_dataset(name, 300, 0.1, 0.3, 0)
    n = data.n_train
    found = yardsticks(data.kind, data.X[:n], data.y[:n])
    assert found.linear <= min(linear, found.reachable)
    assert found.reachable >= reachable


def test_noise_lowers_what_can_be_reached() -> None:
    reachable = []
    for noise in (0.0, 0.5, 1.0):
        data = make_dataset("moons", 300, noise, 0.3, 0)
        reachable.append(yardsticks(data.kind, data.X, data.y).reachable)
    assert reachable[0] > reachable[1] > reachable[2] > 0.5


@pytest.mark.parametrize("n", [1, 2, 4, 7])
def test_few_samples_are_no_error(n: int) -> None:
    data = make_dataset("circle", max(n, 4), 0.1, 0.0, 0)
    found = yardsticks(data.kind, data.X[:n], data.y[:n])
    assert 0 <= found.linear <= found.reachable <= 1
