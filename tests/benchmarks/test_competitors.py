"""The yardsticks of ``python -m benchmarks.training_step`` do what they are compared for."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.by_hand import ByHand, FourLayersByHand
from benchmarks.competitors import Problem, backprop_step, by_hand_step


@pytest.mark.parametrize("hidden_layers", [3, 4])
@pytest.mark.parametrize("activation", ["tanh", "relu"])
@pytest.mark.parametrize("rule", ["sgd", "adam"])
def test_by_hand_makes_the_same_steps(hidden_layers: int, activation: str, rule: str) -> None:
    problem = Problem(6, hidden_layers, 16, activation, rule, learning_rate=0.05)
    ours, by_hand = backprop_step(problem), by_hand_step(problem)
    assert [by_hand() for _ in range(20)] == pytest.approx([ours() for _ in range(20)], rel=1e-5)


@pytest.mark.parametrize("kind", [ByHand, FourLayersByHand])
def test_the_products_alone_are_all_products_of_a_step(kind: type[ByHand]) -> None:
    problem = Problem(6, 3, 16, "tanh", "sgd")
    X, y = problem.data()
    network = kind(problem.network().parameters, problem.widths, "tanh", "sgd", 0.05, X, y)
    products = network.products()
    before, written = network.parameters.copy(), [*network.z, *network.dW, *network.phi[:-1]]
    for array in written:
        array.fill(np.nan)
    products()
    for j, (W, a, phi) in enumerate(zip(network.W, network.a[:-1], network.phi, strict=True)):
        np.testing.assert_allclose(network.z[j], W @ a, rtol=1e-4, atol=1e-6)
        np.testing.assert_allclose(network.dW[j], phi @ a.T, rtol=1e-4, atol=1e-6)
        if j > 0:
            np.testing.assert_allclose(network.phi[j - 1], W[:, :-1].T @ phi, rtol=1e-4, atol=1e-6)
    np.testing.assert_array_equal(network.parameters, before)  # no update, and no slope: products alone
