"""The complementary error function against the standard library's, over a dense grid and in both precisions."""

from __future__ import annotations

import math

import numpy as np

from backprop.special import erfc


def test_absolutely_and_relatively_as_exact_as_promised() -> None:
    x = np.concatenate([np.linspace(-6.0, 6.0, 24_001), np.linspace(-27.0, 26.0, 5301)])
    expected = np.array([math.erfc(value) for value in x])
    error = np.abs(erfc(x, np.empty_like(x)) - expected)
    assert error.max() < 5e-16
    assert (error / expected / (1 + x**2)).max() < 1e-15
    erf = np.array([math.erf(value) for value in x])
    assert np.abs(1 - erfc(x, np.empty_like(x)) - erf).max() < 6e-16  # half a unit more for the subtraction


def test_float32() -> None:
    x = np.linspace(-9.0, 9.0, 18_001).astype(np.float32)
    expected = np.array([math.erfc(value) for value in x.tolist()])
    values = erfc(x, np.empty_like(x))
    assert values.dtype == np.float32
    error = np.abs(values - expected)
    assert error.max() < 5e-7  # two units in the last place of a number near 2
    assert (error / expected / (1 + x**2)).max() < 5e-7


def test_the_ends_are_exact_and_silent() -> None:
    for dtype in (np.float32, np.float64):
        x = np.array([-np.finfo(dtype).max, -1e4, -30.0, 30.0, 1e4, np.finfo(dtype).max], dtype)
        np.testing.assert_array_equal(erfc(x, np.empty_like(x)), [2, 2, 2, 0, 0, 0])  # a warning would fail the test


def test_in_place() -> None:
    x = np.linspace(-3.0, 3.0, 13)
    expected = erfc(x, np.empty_like(x))
    assert erfc(x, x) is x
    np.testing.assert_array_equal(x, expected)
