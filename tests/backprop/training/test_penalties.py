"""L1 and L2: the term added to the gradient is the derivative of the term added to the loss."""

from __future__ import annotations

import numpy as np
import pytest

from backprop.layer import Layer
from backprop.network import Network
from backprop.training.penalties import Penalties

LAYERS = [Layer(4, "tanh", bias=0.5), Layer(3, "relu", bias=-0.5), Layer(2, "identity", bias=1.0)]


def _network(dtype: str = "float64") -> Network:
    return Network(3, LAYERS, seed=1, dtype=dtype)


@pytest.mark.parametrize(("l1", "l2"), [(0.3, 0.0), (0.0, 0.7), (0.3, 0.7)])
def test_the_gradient_of_the_penalty_matches_central_differences(l1: float, l2: float) -> None:
    network = _network()

    def penalty() -> float:
        return sum(l1 * float(np.abs(W).sum()) + l2 / 2 * float((W**2).sum()) for W in network.weights)

    out = np.empty_like(network.parameters)
    added = Penalties(network, l1, l2).add(np.zeros_like(network.parameters), out)
    assert added is out
    numeric, h = np.empty_like(added), 1e-6
    for i, value in enumerate(network.parameters.copy()):
        network.parameters[i] = value + h
        above = penalty()
        network.parameters[i] = value - h
        numeric[i] = (above - penalty()) / (2 * h)
        network.parameters[i] = value
    np.testing.assert_allclose(added, numeric, atol=1e-8)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_biases_are_not_penalised_and_the_given_gradient_is_not_changed(dtype: str) -> None:
    network = _network(dtype)
    network.weights[0][0, 0] = 0.0
    gradient = np.random.default_rng(0).standard_normal(network.parameters.size).astype(dtype)
    kept, out = gradient.copy(), np.empty_like(gradient)
    assert Penalties(network, 0.25, 0.5).add(gradient, out) is out
    assert out.dtype == dtype
    np.testing.assert_array_equal(gradient, kept)
    added, start = (out - gradient), 0
    for W, biases in zip(network.weights, network.biases, strict=True):
        block = added[start : start + W.size + biases.size].reshape(len(biases), -1)
        start += block.size
        np.testing.assert_allclose(block[:, :-1], 0.25 * np.sign(W) + 0.5 * W, atol=1e-6)  # sign(0) = 0
        np.testing.assert_array_equal(block[:, -1], 0.0)


def test_penalties_follow_the_present_weights() -> None:
    network = _network()
    penalties = Penalties(network, 0.0, 1.0)
    zero, out = np.zeros_like(network.parameters), np.empty_like(network.parameters)
    first = penalties.add(zero, out).copy()
    network.parameters *= 3
    np.testing.assert_allclose(penalties.add(zero, out), 3 * first)
