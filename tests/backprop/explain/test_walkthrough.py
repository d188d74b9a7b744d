"""The walk: every entry put together again from its cells, against hand-worked numbers and against the network."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from backprop import Layer, Network
from backprop.explain.derivatives import activation_by_z, loss_by_activation
from backprop.explain.walkthrough import Entry, Step, Walkthrough, walk
from backprop.functions.losses import get_loss
from tests.helpers import allowed_heads

RNG_SEED = 5
HIDDEN = (Layer(3, "tanh"), Layer(2, "softmax"), Layer(3, "sigmoid"))


def heads() -> list[tuple[str, str]]:
    """Every output activation with every loss that is defined on it."""
    return [(layer.activation, loss) for layer, loss in allowed_heads() if layer.units == 3]


def a_walk(activation: str = "sigmoid", loss: str = "bce", n: int = 4) -> Walkthrough:
    """Three hidden layers, softmax among them, and an output layer of three units."""
    rng = np.random.default_rng(RNG_SEED)
    network = Network(2, [*HIDDEN, Layer(3, activation)], loss, seed=1, dtype="float64")
    network.parameters += 0.1 * rng.standard_normal(network.parameters.size)  # biases too
    y = np.eye(3)[rng.integers(3, size=n)]
    if get_loss(loss).needs == "signs":
        y = 2 * y - 1
    return walk(network, rng.standard_normal((n, 2)), y)


def put_together(step: Step, entry: Entry) -> float:
    """Sum of the products of the cells, times the slope where there is one."""
    total = sum(math.prod(step.value(cell) for cell in term) for term in entry.terms)
    return total if entry.factor is None else total * step.value(entry.factor)


@pytest.mark.parametrize("n", [1, 4])
@pytest.mark.parametrize(("activation", "loss"), heads())
def test_every_entry_is_the_sum_of_its_terms(activation: str, loss: str, n: int) -> None:
    found = a_walk(activation, loss, n)
    for step in found.steps:
        rows, columns = step.result.values.shape
        for row in range(rows):
            for column in range(columns):
                entry, value = step.entry(row, column), step.result.values[row, column]
                if step.kind == "a":
                    function = found.network.activations[step.layer - 1]
                    arguments = np.array([[step.value(cell) for cell in entry.cells]])
                    assert function.f(arguments)[0, 0] == pytest.approx(value, rel=1e-12, abs=1e-15)
                elif step.kind == "loss":
                    assert put_together(step, entry) / n == pytest.approx(value, rel=1e-12)
                else:
                    assert put_together(step, entry) == pytest.approx(value, rel=1e-9, abs=1e-13), (step.kind, row)


def test_the_steps_come_in_the_order_of_the_passes() -> None:
    steps = [(step.kind, step.layer, step.equation) for step in a_walk().steps]
    forward = [(kind, layer, 0) for layer in (1, 2, 3, 4) for kind in ("z", "a")]
    backward = [("phi", 4, 1), ("weights", 4, 3), ("biases", 4, 4)]
    for layer in (3, 2, 1):
        backward += [("phi", layer, 2), ("weights", layer, 3), ("biases", layer, 4)]
    assert steps == [*forward, ("loss", 4, 0), *backward]


def test_results_are_those_of_the_network() -> None:
    found = a_walk()
    trace = found.network.forward(found.trace.a[0])
    grads = found.network.backward(trace, found.y)
    by_step = {(step.kind, step.layer): step.result.values for step in found.steps}
    for j in range(4):
        np.testing.assert_array_equal(by_step["z", j + 1], trace.z[j])
        np.testing.assert_array_equal(by_step["a", j + 1], trace.a[j + 1])
        np.testing.assert_array_equal(by_step["phi", j + 1], grads.phi[j])
        np.testing.assert_array_equal(by_step["weights", j + 1], grads.weights[j])
        np.testing.assert_array_equal(by_step["biases", j + 1], grads.biases[j][None, :])
    assert by_step["loss", 4].tolist() == [[grads.loss]]


def test_a_walk_by_hand() -> None:
    """One input, one tanh unit, one identity output, mse: every number worked out on paper."""
    network = Network(1, [Layer(1, "tanh"), Layer(1, "identity")], "mse", dtype="float64")
    network.parameters[:] = [0.5, 0.1, 2.0, -0.3]
    found = walk(network, np.array([[0.8]]), np.array([[1.0]]))
    a1 = math.tanh(0.5)  # 0.5 · 0.8 + 0.1
    a2 = 2 * a1 - 0.3
    phi2 = 2 * (a2 - 1)
    phi1 = phi2 * 2.0 * (1 - a1**2)
    expected = [0.5, a1, a2, a2, (a2 - 1) ** 2, phi2, phi2 * a1, phi2, phi1, phi1 * 0.8, phi1]
    assert [step.result.values.item() for step in found.steps] == pytest.approx(expected, rel=1e-14)


def test_a_head_that_cancels_says_so_and_lays_a_and_y_beside_the_factors() -> None:
    for activation, loss, cancels in (("sigmoid", "bce", True), ("softmax", "cce", True), ("sigmoid", "mse", False)):
        (step,) = (step for step in a_walk(activation, loss).steps if step.equation == 1)
        assert step.cancels == cancels
        kinds = [operand.kind for operand in step.operands]
        assert kinds[2:] == (["a", "target"] if cancels else [])
        if cancels:
            a, y = step.operands[2].values, step.operands[3].values
            np.testing.assert_allclose(step.result.values, (a - y) / 4, rtol=1e-15)


def test_a_surrogate_takes_the_place_of_the_slope() -> None:
    network = Network(2, [Layer(2, "relu", backward="tanh"), Layer(1, "identity")], "mse", dtype="float64")
    found = walk(network, np.array([[0.4, -0.7]]), np.array([[1.0]]))
    (step,) = (step for step in found.steps if step.equation == 2)
    np.testing.assert_allclose(step.operands[2].values, 1 - np.tanh(found.trace.z[0]) ** 2, rtol=1e-12)


def test_the_walk_keeps_its_own_weights() -> None:
    found = a_walk()
    before = found.steps[0].operands[1].values.copy()
    found.network.parameters += 1
    np.testing.assert_array_equal(found.steps[0].operands[1].values, before)


def test_a_walk_needs_float64() -> None:
    with pytest.raises(ValueError, match="float64"):
        walk(Network(2, [Layer(1)]), np.zeros((1, 2)), np.zeros((1, 1)))


@pytest.mark.parametrize("activation", ["tanh", "softmax"])
def test_the_local_derivatives_multiply_to_the_error_signal(activation: str) -> None:
    found = a_walk(activation, "mse")
    for index in range(4):
        parts: Any = (found.network, found.trace, found.grads, found.y, index)
        by_a, by_z = loss_by_activation(*parts), activation_by_z(found.network, found.trace, index)
        np.testing.assert_allclose(np.einsum("nk,nki->ni", by_a, by_z), found.grads.phi[index], rtol=1e-10, atol=1e-15)
