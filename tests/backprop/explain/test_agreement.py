"""Cosine and norm ratio per layer: gradients whose relation is known, and those that have no direction."""

from __future__ import annotations

import math

import numpy as np
import pytest

from backprop.explain.agreement import compare, surrogate_agreement, true_gradients
from backprop.layer import Layer
from backprop.network import Gradients, Network
from tests.helpers import smooth_case


def _gradients(*layers: list[float]) -> Gradients:
    """Gradients of a chain of single units: one weight and one bias a layer."""
    network = Network(1, [Layer(1, "identity")] * len(layers), dtype="float64")
    grads = Gradients(network, 1)
    for block, values in zip(grads.blocks, layers, strict=True):
        block[...] = [values]
    return grads


def test_cosine_and_norm_ratio_by_hand() -> None:
    true = _gradients([3.0, 4.0], [1.0, 0.0], [1.0, 2.0], [0.0, 2.0])
    other = _gradients([6.0, 8.0], [0.0, 5.0], [-1.0, -2.0], [1.0, 1.0])
    expected = [(1.0, 2.0), (0.0, 5.0), (-1.0, 1.0), (math.sqrt(0.5), math.sqrt(0.5))]
    for agreement, (cosine, norm_ratio) in zip(compare(true, other), expected, strict=True):
        assert agreement.cosine == pytest.approx(cosine, abs=1e-15)
        assert agreement.norm_ratio == pytest.approx(norm_ratio, rel=1e-15)


def test_a_zero_gradient_has_no_direction() -> None:
    nothing, something = _gradients([0.0, 0.0]), _gradients([1.0, 1.0])
    (from_nothing,) = compare(nothing, something)
    assert math.isnan(from_nothing.cosine)
    assert math.isnan(from_nothing.norm_ratio)
    (to_nothing,) = compare(something, nothing)
    assert math.isnan(to_nothing.cosine)
    assert to_nothing.norm_ratio == 0.0


@pytest.mark.parametrize("broken", [math.nan, math.inf, -math.inf])
def test_a_gradient_that_is_not_finite_has_no_direction_either(broken: float) -> None:
    good, bad = _gradients([1.0, 1.0]), _gradients([1.0, broken])
    for pair in ((good, bad), (bad, good), (bad, bad)):
        (agreement,) = compare(*pair)  # a warning would fail the test
        assert math.isnan(agreement.cosine)
        assert math.isnan(agreement.norm_ratio)


@pytest.mark.parametrize("scale", [1e-300, 1e300])
def test_vanished_and_exploded_gradients_keep_their_direction(scale: float) -> None:
    # The squares of these entries underflow to zero or overflow to infinity.
    (agreement,) = compare(_gradients([scale, 0.0]), _gradients([scale, scale]))
    assert agreement.cosine == pytest.approx(math.sqrt(0.5), rel=1e-14)
    assert agreement.norm_ratio == pytest.approx(math.sqrt(2.0), rel=1e-14)


def test_single_precision_gradients_are_compared_in_double() -> None:
    rng = np.random.default_rng(0)
    networks = [Network(200, [Layer(50, "identity")], dtype="float32") for _ in range(2)]
    one, two = (Gradients(network, 1) for network in networks)
    for grads in (one, two):
        grads.flat[...] = rng.standard_normal(grads.flat.size)
    g, h = one.flat.astype(float), two.flat.astype(float)
    (agreement,) = compare(one, two)
    assert agreement.cosine == pytest.approx(g @ h / np.linalg.norm(g) / np.linalg.norm(h), rel=1e-10)
    assert agreement.norm_ratio == pytest.approx(np.linalg.norm(h) / np.linalg.norm(g), rel=1e-12)


def test_networks_of_different_shape_are_refused() -> None:
    with pytest.raises(ValueError, match="same shape"):
        compare(_gradients([1.0, 1.0]), _gradients([1.0, 1.0], [1.0, 1.0]))


def test_without_surrogates_there_is_full_agreement() -> None:
    network, X, y = smooth_case([Layer(4, "tanh"), Layer(3, "relu"), Layer(2, "sigmoid")], "bce")
    for agreement in surrogate_agreement(network, network.forward(X), y):
        assert agreement.cosine == pytest.approx(1.0, abs=1e-15)
        assert agreement.norm_ratio == 1.0


def test_a_surrogate_shows_in_its_layer_and_before() -> None:
    network, X, y = smooth_case([Layer(4, "tanh"), Layer(3, "relu", "tanh"), Layer(2, "sigmoid")], "bce")
    trace = network.forward(X)
    first, second, output = surrogate_agreement(network, trace, y)
    assert (output.cosine, output.norm_ratio) == (pytest.approx(1.0), pytest.approx(1.0))
    assert first.cosine < 0.999
    assert second.cosine < 0.999
    # The definition once more, in the plainest words: weights and biases of layer 1 as one vector.
    own = Network(3, [Layer(4, "tanh"), Layer(3, "relu"), Layer(2, "sigmoid")], "bce", dtype="float64")
    own.parameters[...] = network.parameters
    g, h = (n.backward(n.forward(X), y).flat[: 4 * (3 + 1)] for n in (own, network))
    assert first.cosine == pytest.approx(np.dot(g, h) / (np.linalg.norm(g) * np.linalg.norm(h)), rel=1e-12)
    assert first.norm_ratio == pytest.approx(np.linalg.norm(h) / np.linalg.norm(g), rel=1e-12)
    np.testing.assert_array_equal(true_gradients(network, trace, y).flat, own.backward(own.forward(X), y).flat)


def test_behind_a_step_function_the_true_gradient_is_zero() -> None:
    network, X, y = smooth_case([Layer(4, "step", "tanh"), Layer(1, "sigmoid")], "bce")
    hidden, output = surrogate_agreement(network, network.forward(X), y)
    assert math.isnan(hidden.cosine)
    assert output.cosine == pytest.approx(1.0)
