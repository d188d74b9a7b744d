"""Update rules, step by step, against the formulas written out once more."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest

from backprop.optimizers import OPTIMIZERS
from tests.helpers import Array

Rule = Callable[[Array, list[Array], float], Iterator[Array]]


def _sgd(theta: Array, gradients: list[Array], rate: float) -> Iterator[Array]:
    for g in gradients:
        theta = theta - rate * g
        yield theta


def _momentum(theta: Array, gradients: list[Array], rate: float) -> Iterator[Array]:
    # PyTorch: the velocity is a plain sum of gradients, the rate enters at the end, the first step is that of SGD.
    velocity = np.zeros_like(theta)
    for g in gradients:
        velocity = 0.9 * velocity + g
        theta = theta - rate * velocity
        yield theta


def _adam(theta: Array, gradients: list[Array], rate: float) -> Iterator[Array]:
    # PyTorch: both averages corrected for their start at 0, ε outside the root.
    m, v = np.zeros_like(theta), np.zeros_like(theta)
    for t, g in enumerate(gradients, start=1):
        m = 0.9 * m + 0.1 * g
        v = 0.999 * v + 0.001 * g**2
        theta = theta - rate * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
        yield theta


RULES: dict[str, Rule] = {"sgd": _sgd, "momentum": _momentum, "adam": _adam}


def _gradients(steps: int, scale: float = 1.0) -> list[Array]:
    rng = np.random.default_rng(0)
    gradients = [scale * rng.standard_normal(6) * [1, 1, 1e-3, 1e3, 0, 1] for _ in range(steps)]
    gradients[3][0] = 0.0
    return gradients


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("scale", [1.0, 1e-8])  # at 1e-8 Adam's ε is as large as the root it is added to
def test_trajectory_step_by_step(name: str, scale: float) -> None:
    start, gradients = np.random.default_rng(1).standard_normal(6), _gradients(25, scale)
    theta = start.copy()
    optimizer = OPTIMIZERS[name](theta, learning_rate=0.05)
    for t, (g, expected) in enumerate(zip(gradients, RULES[name](start, gradients, 0.05), strict=True), start=1):
        kept = g.copy()
        optimizer.step(g)
        np.testing.assert_allclose(theta - start, expected - start, rtol=1e-9, atol=1e-15)
        np.testing.assert_array_equal(g, kept)
        assert optimizer.steps == t
    assert theta[4] == start[4]  # no gradient, no step


def test_the_first_step_of_adam_is_the_learning_rate() -> None:
    theta = np.zeros(5)
    OPTIMIZERS["adam"](theta, learning_rate=0.01).step(np.array([1e3, -1.0, 0.1, -1e-3, 0.0]))
    np.testing.assert_allclose(theta, [-0.01, 0.01, -0.01, 0.01, 0.0], rtol=1e-4)


def test_epsilon_of_adam_stands_outside_the_root() -> None:
    # A first gradient as large as ε = 1e-8 gives half a step; with ε under the root it would give 1e-4 of one.
    theta = np.zeros(1)
    OPTIMIZERS["adam"](theta, learning_rate=1.0).step(np.array([1e-8]))
    assert theta[0] == pytest.approx(-0.5, rel=1e-6)


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_steps_are_made_in_place_and_in_one_precision(name: str, dtype: str) -> None:
    theta = np.ones(6, dtype)
    view = theta[2:4]
    optimizer = OPTIMIZERS[name](theta, learning_rate=0.1)
    optimizer.step(np.ones(6, dtype))
    assert (view < 1).all()
    assert optimizer.parameters is theta
    assert optimizer.state.shape == (optimizer.rows, 6)
    assert optimizer.state.dtype == theta.dtype
    assert (optimizer.name, bool(optimizer.label and optimizer.formula and optimizer.source)) == (name, True)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_reset_forgets_everything_but_the_parameters(name: str) -> None:
    gradients = _gradients(8)
    theta = np.zeros(6)
    optimizer = OPTIMIZERS[name](theta, learning_rate=0.1)
    for g in gradients:
        optimizer.step(g)
    end = theta.copy()
    optimizer.reset()
    np.testing.assert_array_equal(theta, end)
    assert optimizer.steps == 0
    theta.fill(0.0)
    for g in gradients:
        optimizer.step(g)
    np.testing.assert_array_equal(theta, end)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_the_learning_rate_scales_the_next_step_only(name: str) -> None:
    gradients = _gradients(6)
    steps = []
    for rate in (0.1, 0.2):
        theta = np.zeros(6)
        optimizer = OPTIMIZERS[name](theta, learning_rate=0.1)
        for g in gradients[:5]:
            optimizer.step(g)
        before = theta.copy()
        optimizer.learning_rate = rate
        optimizer.step(gradients[5])
        steps.append(theta - before)
    np.testing.assert_allclose(steps[1], 2 * steps[0], rtol=1e-9, atol=1e-15)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_rule_finds_the_minimum_of_a_bowl(name: str) -> None:
    theta = np.array([1.0, -2.0])
    optimizer = OPTIMIZERS[name](theta, learning_rate=0.05)
    for _ in range(600):
        optimizer.step(theta * [1.0, 3.0])
    assert np.abs(theta).max() < 0.05
