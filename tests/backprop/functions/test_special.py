"""Mills' ratio against the standard library's error function, over a dense grid and in both precisions."""

from __future__ import annotations

import math

import numpy as np
import pytest

from backprop.functions.special import mills_ratio
from tests.helpers import Array


def _expected(u: Array) -> Array:
    """(1 − Φ(u))/φ(u): by its definition below 1, beyond by Laplace's continued fraction 1/(u + 1/(u + 2/(u + …)))."""
    near = [math.sqrt(math.pi / 2) * math.erfc(x / math.sqrt(2)) * math.exp(x * x / 2) for x in u[u < 1].tolist()]
    far = u[u >= 1]
    below = far
    for k in range(500, 0, -1):
        below = far + k / below
    return np.concatenate([near, 1 / below])


@pytest.mark.parametrize(("dtype", "tolerance"), [("float32", 4e-7), ("float64", 1e-15)])
def test_relatively_as_exact_as_promised(dtype: str, tolerance: float) -> None:
    u = np.concatenate([np.linspace(0.0, 5.0, 5001), np.geomspace(5.0, 1000.0, 2001)]).astype(dtype)
    values = mills_ratio(u, np.empty_like(u))
    assert values.dtype == u.dtype
    np.testing.assert_allclose(values.astype(float), _expected(u.astype(float)), rtol=tolerance + 3e-16)


def test_known_values() -> None:
    u = np.array([0.0, 1e6])
    np.testing.assert_allclose(
        mills_ratio(u, np.empty_like(u)), [math.sqrt(math.pi / 2), 1e-6 * (1 - 1e-12)], rtol=1e-15
    )


def test_the_ratio_solves_its_differential_equation() -> None:
    # m′ = u m − 1, in which no exponential and no error function occurs.
    u, h = np.linspace(0.01, 20.0, 4001), 1e-3
    m = [mills_ratio(u + k * h, np.empty_like(u)) for k in (-2, -1, 0, 1, 2)]
    slope = (m[0] - 8 * m[1] + 8 * m[3] - m[4]) / (12 * h)
    np.testing.assert_allclose(slope, u * m[2] - 1, rtol=0, atol=2e-12)


@pytest.mark.parametrize(("dtype", "largest"), [("float32", 1e7), ("float64", 1e27)])
def test_the_far_end_is_silent(dtype: str, largest: float) -> None:
    u = np.array([0.0, largest], dtype)
    values = mills_ratio(u, np.empty_like(u))  # a warning would fail the test
    assert values[1] == pytest.approx(1 / largest, rel=1e-6)
