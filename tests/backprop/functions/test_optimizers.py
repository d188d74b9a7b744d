"""Update rules, step by step, against the formulas written out once more."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest

from backprop.functions.optimizers import OPTIMIZERS, get_optimizer
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


def _half_momentum(theta: Array, gradients: list[Array], rate: float) -> Iterator[Array]:
    # Without recursion: the velocity of step t is Σ 0.5^(t − s) g_s.
    for t in range(1, len(gradients) + 1):
        theta = theta - rate * sum(0.5 ** (t - s) * g for s, g in enumerate(gradients[:t], start=1))
        yield theta


def _nesterov(theta: Array, gradients: list[Array], rate: float) -> Iterator[Array]:
    # PyTorch: the velocity after this step's gradient is followed once more, g + μ v.
    velocity = np.zeros_like(theta)
    for g in gradients:
        velocity = 0.9 * velocity + g
        theta = theta - rate * (g + 0.9 * velocity)
        yield theta


def _rmsprop(theta: Array, gradients: list[Array], rate: float) -> Iterator[Array]:
    # PyTorch: no centring, no correction for the start at 0, ε outside the root.
    v = np.zeros_like(theta)
    for g in gradients:
        v = 0.99 * v + 0.01 * g**2
        theta = theta - rate * g / (np.sqrt(v) + 1e-8)
        yield theta


def _adagrad(theta: Array, gradients: list[Array], rate: float) -> Iterator[Array]:
    for t, g in enumerate(gradients, start=1):
        theta = theta - rate * g / (np.sqrt(sum(past**2 for past in gradients[:t])) + 1e-10)
        yield theta


def _adam_with(beta1: float, beta2: float, decay: float = 0.0) -> Rule:
    # Without recursion: the corrected averages are weighted means of all gradients so far. Decay: θ (1 − ηλ) first.
    def rule(theta: Array, gradients: list[Array], rate: float) -> Iterator[Array]:
        for t in range(1, len(gradients) + 1):
            past = np.array(gradients[:t])
            weights1, weights2 = (beta ** np.arange(t)[::-1] for beta in (beta1, beta2))
            m = np.average(past, axis=0, weights=weights1)
            v = np.average(past**2, axis=0, weights=weights2)
            theta = theta * (1 - rate * decay) - rate * m / (np.sqrt(v) + 1e-8)
            yield theta

    return rule


RULES: dict[str, Rule] = {
    "sgd": _sgd,
    "momentum": _momentum,
    "momentum(0)": _sgd,
    "momentum(0.5)": _half_momentum,
    "nesterov": _nesterov,
    "nesterov(0)": _sgd,
    "rmsprop": _rmsprop,
    "adagrad": _adagrad,
    "adam": _adam,
    "adam(0.5,0.9)": _adam_with(0.5, 0.9),
    "adamw": _adam_with(0.9, 0.999, 0.01),
    "adamw(0.5)": _adam_with(0.9, 0.999, 0.5),
    "adamw(0)": _adam,
}


def test_no_rule_is_left_out() -> None:
    assert set(OPTIMIZERS) <= set(RULES)


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
    optimizer = get_optimizer(name)(theta, 0.05)
    for t, (g, expected) in enumerate(zip(gradients, RULES[name](start, gradients, 0.05), strict=True), start=1):
        kept = g.copy()
        optimizer.step(g)
        np.testing.assert_allclose(theta - start, expected - start, rtol=1e-9, atol=1e-15)
        np.testing.assert_array_equal(g, kept)
        assert optimizer.steps == t
    if not name.startswith("adamw"):  # which decays every parameter, with or without a gradient
        assert theta[4] == start[4]  # no gradient, no step


def test_adamw_decays_apart_from_the_gradient() -> None:
    # L2 in the gradient is divided away by Adam: its first step is the rate whatever the penalty. The decay is not.
    plain, decayed = np.array([2.0, -4.0]), np.array([2.0, -4.0])
    OPTIMIZERS["adam"](plain, 0.1).step(np.array([1.0, 1.0]))
    get_optimizer("adamw(0.3)")(decayed, 0.1).step(np.array([1.0, 1.0]))
    np.testing.assert_allclose(decayed, plain - 0.1 * 0.3 * np.array([2.0, -4.0]), rtol=1e-12)


def test_adagrad_takes_the_rate_first_and_ever_smaller_steps_then() -> None:
    theta = np.zeros(1)
    optimizer = OPTIMIZERS["adagrad"](theta, 0.1)
    places = [0.0]
    for _ in range(9):
        optimizer.step(np.array([7.0]))
        places.append(float(theta[0]))
    np.testing.assert_allclose(-np.diff(places), 0.1 / np.sqrt(np.arange(1, 10)), rtol=1e-9)


@pytest.mark.parametrize(
    ("spec", "reason"),
    [
        ("nope", "no optimizer 'nope'; choose one of sgd, momentum"),
        (None, "no optimizer None"),
        ("sgd(0.1)", "sgd takes no parameters"),
        ("adam(0.9)", r"adam takes 2 parameter\(s\), beta1, beta2"),
        ("adam(0.9,1)", "beta2 of adam must lie between 0 and 0.9999, not 1"),
        ("adamw(-1)", "weight_decay of adamw must lie between 0 and 1000, not -1"),
        ("momentum(fast)", r"must be numbers, as in momentum\(0.9\)"),
    ],
)
def test_specs_that_name_no_optimiser(spec: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        get_optimizer(spec)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_the_spec_of_the_defaults_is_the_default(name: str) -> None:
    rule = OPTIMIZERS[name]
    assert set(rule.settings) == set(rule.bounds)
    if not rule.settings:
        return
    one, two = np.ones(3), np.ones(3)
    rule(one, 0.1).step(np.array([1.0, -2.0, 0.0]))
    get_optimizer(f"{name}({','.join(map(str, rule.settings.values()))})")(two, 0.1).step(np.array([1.0, -2.0, 0.0]))
    np.testing.assert_array_equal(one, two)


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
    optimizer = OPTIMIZERS[name](theta, learning_rate=0.5 if name == "adagrad" else 0.05)
    for _ in range(600):
        optimizer.step(theta * [1.0, 3.0])
    assert np.abs(theta).max() < 0.05
