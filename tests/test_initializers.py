"""Initial weights: mean, variance and bounds of each scheme, and what "auto" means."""

from __future__ import annotations

import math

import numpy as np
import pytest

from backprop.initializers import AUTO, INITIALIZERS, resolve_initializer

N_OUT, N_IN = 300, 200
# name → (variance, bound); a uniform distribution on ±b has the variance b²/3
EXPECTED = {
    "xavier_uniform": (2 / (N_IN + N_OUT), math.sqrt(6 / (N_IN + N_OUT))),
    "xavier_normal": (2 / (N_IN + N_OUT), math.inf),
    "he_uniform": (2 / N_IN, math.sqrt(6 / N_IN)),
    "he_normal": (2 / N_IN, math.inf),
    "normal": (1.0, math.inf),
    "zeros": (0.0, 0.0),
}


@pytest.mark.parametrize("name", [name for name in EXPECTED if name in INITIALIZERS])
def test_moments_and_bounds(name: str) -> None:
    variance, bound = EXPECTED[name]
    W = INITIALIZERS[name].draw(np.random.default_rng(0), N_OUT, N_IN)
    # 60 000 draws: five standard errors are 0.02 standard deviations of the mean and 3 % of a normal variance.
    assert abs(W.mean()) <= 0.021 * math.sqrt(variance)
    assert W.var() == pytest.approx(variance, rel=0.03)
    assert np.abs(W).max() <= bound
    if 0 < bound < math.inf:
        assert np.abs(W).max() > 0.99 * bound
    elif bound == math.inf:
        kurtosis = np.mean(W**4) / np.mean(W**2) ** 2
        assert kurtosis == pytest.approx(3.0, abs=0.15)  # normal; 1.8 for a uniform


@pytest.mark.parametrize("name", INITIALIZERS)
def test_every_scheme_gives_the_shape_asked_for(name: str) -> None:
    for shape in ((1, 1), (4, 7), (7, 4)):
        one, two = (INITIALIZERS[name].draw(np.random.default_rng(3), *shape) for _ in range(2))
        assert one.shape == shape
        assert one.dtype == np.float64
        np.testing.assert_array_equal(one, two)
    entry = INITIALIZERS[name]
    assert entry.name == name
    assert entry.label
    assert entry.formula
    assert entry.source


@pytest.mark.parametrize(
    ("activation", "expected"),
    [
        ("relu", "he_normal"),
        ("leaky_relu(0.2)", "he_normal"),
        ("elu", "he_normal"),
        ("softplus", "he_normal"),
        ("tanh", "xavier_uniform"),
        ("sigmoid", "xavier_uniform"),
        ("softmax", "xavier_uniform"),
        ("identity", "xavier_uniform"),
    ],
)
def test_auto_suits_the_activation(activation: str, expected: str) -> None:
    assert resolve_initializer(AUTO, activation) is INITIALIZERS[expected]
    assert resolve_initializer("zeros", activation) is INITIALIZERS["zeros"]
