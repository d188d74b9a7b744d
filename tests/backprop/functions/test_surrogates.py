"""Backward functions: the formulas of the surrogates, their limits, and what may stand behind a layer."""

from __future__ import annotations

import numpy as np
import pytest

from backprop.diagnosis.layer_diagnostics import FLAT_THRESHOLD
from backprop.functions.activations import ACTIVATIONS, get_activation
from backprop.functions.surrogates import SURROGATES, get_backward
from tests.helpers import ELEMENTWISE, PLAIN_SURROGATES, Array, Function, derivative

SPECS = [*SURROGATES, "fast_sigmoid(1)", "arctan_surrogate(0.5)", "arctan_surrogate(100)"]
SPECS += ["swish_sign(2)", "swish_sign(100)"]
GRID = np.concatenate([[-1e4, -100.0], np.linspace(-10.0, 10.0, 20_001), [100.0, 1e4]])


@pytest.mark.parametrize("spec", [*SURROGATES, *PLAIN_SURROGATES])
def test_agrees_with_the_textbook_formula(spec: str) -> None:
    z = np.linspace(-12.0, 12.0, 1201)
    assert spec in PLAIN_SURROGATES  # an independent formula for every entry
    np.testing.assert_allclose(get_backward(spec).df(z), PLAIN_SURROGATES[spec](z), rtol=1e-11, atol=1e-30)


@pytest.mark.parametrize("spec", SPECS)
def test_max_slope_is_the_maximum(spec: str) -> None:
    backward = get_backward(spec)
    slopes = np.abs(backward.df(GRID))
    assert slopes.max() == pytest.approx(backward.max_slope, rel=1e-12)


@pytest.mark.parametrize("spec", SPECS)
def test_flat_tails_are_where_the_slope_fades(spec: str) -> None:
    backward = get_backward(spec)
    left, right = np.abs(backward.df(np.array([-1e4, 1e4]))) <= FLAT_THRESHOLD * backward.max_slope
    assert backward.flat_tails == ("both" if left and right else "none")
    assert left == right == backward.two_tailed


@pytest.mark.parametrize("spec", SPECS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_precision_stays_and_extremes_stay_finite(spec: str, dtype: str) -> None:
    z = np.array([[-1e4, -700.0, -1.0, 0.0, 1.0, 90.0, 1e4]], dtype)
    before = z.copy()
    values = get_backward(spec).df(z)  # a warning would fail the test
    assert values.dtype == z.dtype
    assert np.isfinite(values).all()
    np.testing.assert_array_equal(z, before)
    assert get_backward(spec).df(z, out=z) is z
    np.testing.assert_array_equal(z, values)


def test_every_elementwise_activation_is_a_backward_function_and_softmax_is_not() -> None:
    for name in ELEMENTWISE:
        assert get_backward(name) is ACTIVATIONS[name]
    one, two = get_backward("leaky_relu(0.2)"), get_activation("leaky_relu(0.2)")
    assert (one.name, one.label, one.max_slope) == (two.name, two.label, two.max_slope)
    np.testing.assert_array_equal(one.df(GRID), two.df(GRID))
    with pytest.raises(ValueError, match="no slope per unit"):
        get_backward("softmax")


def test_no_name_means_two_things() -> None:
    assert not SURROGATES.keys() & ACTIVATIONS.keys()
    labels = [entry.label for entry in SURROGATES.values()]
    assert len(set(labels)) == len(labels)


def test_relations_between_them() -> None:
    z = np.linspace(-4.0, 4.0, 801)
    np.testing.assert_allclose(get_backward("fast_sigmoid(1)").df(z), ACTIVATIONS["softsign"].df(z), rtol=1e-15)
    np.testing.assert_allclose(SURROGATES["approx_sign"].df(z), 2 * SURROGATES["triangle"].df(z), rtol=1e-15)
    clipped, hard = SURROGATES["clipped_straight_through"].df(z), ACTIVATIONS["hard_tanh"].df(z)
    np.testing.assert_array_equal(z[clipped != hard], [-1.0, 1.0])  # Larq counts the ends in, PyTorch does not


def _approx_sign(z: Array) -> Array:
    """Liu et al. 2018: two parabolas from −1 to 1."""
    return np.where(np.abs(z) < 1, 2 * z - z * np.abs(z), np.sign(z))


def _sign_swish(z: Array, beta: float) -> Array:
    """Darabi et al. 2018."""
    sigmoid = 1 / (1 + np.exp(-beta * z))
    return 2 * sigmoid * (1 + beta * z * (1 - sigmoid)) - 1


# What stands for the step or the sign in the literature; the surrogate is its derivative. Kinks beside each.
PRIMITIVES: dict[str, tuple[Function, tuple[float, ...]]] = {
    "straight_through": (lambda z: z, ()),
    "clipped_straight_through": (lambda z: np.clip(z, -1, 1), (-1.0, 1.0)),
    "fast_sigmoid": (lambda z: z / (1 + 25 * np.abs(z)), (0.0,)),
    "fast_sigmoid(1)": (lambda z: z / (1 + np.abs(z)), (0.0,)),
    "arctan_surrogate": (lambda z: np.arctan(np.pi * z) / np.pi, ()),
    "arctan_surrogate(0.5)": (lambda z: np.arctan(np.pi * z / 4) / np.pi, ()),
    "triangle": (lambda z: _approx_sign(z) / 2, (-1.0, 0.0, 1.0)),
    "approx_sign": (_approx_sign, (-1.0, 0.0, 1.0)),
    "swish_sign": (lambda z: _sign_swish(z, 5.0), ()),
    "swish_sign(2)": (lambda z: _sign_swish(z, 2.0), ()),
    "zero": (np.zeros_like, ()),
}


@pytest.mark.parametrize("spec", [*SURROGATES, *PRIMITIVES])
def test_a_surrogate_is_the_derivative_of_what_it_stands_for(spec: str) -> None:
    primitive, kinks = PRIMITIVES[spec]
    z = np.linspace(-3.0, 3.0, 601)
    for kink in kinks:
        z = z[np.abs(z - kink) > 0.005]
    # Five points with h = 1e-4: 1e-11 from rounding, 2e-10 from the largest fifth derivative, 5e7 of the fast sigmoid.
    np.testing.assert_allclose(get_backward(spec).df(z), derivative(primitive, z, 1e-4), rtol=1e-7, atol=1e-10)


@pytest.mark.parametrize(
    ("spec", "reason"),
    [
        ("nope", "there is no backward function 'nope'; choose one of straight_through, "),
        ("", "there is no backward function"),
        (None, "there is no backward function"),
        ("fast_sigmoid(0)", "k of fast_sigmoid must lie between 0.01 and 1000"),
        ("fast_sigmoid(1,2)", "takes 1 parameter"),
        ("triangle(1)", "takes no parameters"),
        ("swish_sign(x)", "must be numbers"),
    ],
)
def test_bad_specs_say_what_is_wrong(spec: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        get_backward(spec)


@pytest.mark.parametrize("name", SURROGATES)
def test_entries_are_complete(name: str) -> None:
    entry = SURROGATES[name]
    assert entry.name == name
    assert entry.label
    assert entry.slope_formula
    assert entry.source
    assert entry.elementwise
    assert entry.parameters.keys() == entry.bounds.keys()
    if entry.parameters:
        same = get_backward(f"{name}({','.join(map(str, entry.parameters.values()))})")
        assert (same.max_slope, same.parameters) == (entry.max_slope, entry.parameters)
        np.testing.assert_array_equal(same.df(GRID), entry.df(GRID))
