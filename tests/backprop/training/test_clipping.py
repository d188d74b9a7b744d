"""Clipping by the norm over all layers."""

from __future__ import annotations

import numpy as np
import pytest

from backprop.training.clipping import clip_norm


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_long_gradient_is_shortened_and_keeps_its_direction(dtype: str) -> None:
    g = np.array([3.0, -4.0, 0.0], dtype)
    kept, out = g.copy(), np.empty_like(g)
    result = clip_norm(g, 2.0, out)
    assert result is out
    expected = np.array([3.0, -4.0, 0.0]) * 2 / (5 + 1e-6)
    np.testing.assert_allclose(result, expected, rtol=1e-6 if dtype == "float32" else 1e-12)
    np.testing.assert_array_equal(g, kept)
    assert result.dtype == dtype
    assert clip_norm(g, 2.0, out=g) is g  # in place
    np.testing.assert_array_equal(g, out)


@pytest.mark.parametrize("limit", [5.1, 1000.0])
def test_a_short_gradient_is_left_as_it_is(limit: float) -> None:
    g, out = np.array([3.0, -4.0]), np.zeros(2)
    assert clip_norm(g, limit, out) is g
    np.testing.assert_array_equal(g, [3.0, -4.0])
    np.testing.assert_array_equal(out, 0.0)


def test_a_zero_gradient_stays_zero() -> None:
    np.testing.assert_array_equal(clip_norm(np.zeros(3), 1e-9, np.ones(3)), 0.0)


@pytest.mark.parametrize(("dtype", "size"), [("float32", 1e30), ("float64", 1e200)])
def test_a_gradient_whose_squared_norm_overflows_is_clipped(dtype: str, size: float) -> None:
    g = np.array([3 * size, 4 * size], dtype)
    with np.errstate(over="ignore"):  # as in a training step, which checks for overflow itself
        np.testing.assert_allclose(clip_norm(g, 1.0, np.empty_like(g)), [0.6, 0.8], rtol=1e-6)
