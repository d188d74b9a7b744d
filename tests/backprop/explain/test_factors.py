"""The three factors of every weight, and who is to blame."""

from __future__ import annotations

import numpy as np
import pytest

from backprop import Layer, Network
from backprop.explain.factors import Weight, factors, find_culprit, signal_path
from backprop.explain.walkthrough import Walkthrough, walk
from tests.backprop.explain.test_walkthrough import a_walk, heads


def weights_of(found: Walkthrough) -> list[Weight]:
    """Every weight and bias, in the order of the parameters."""
    return [
        Weight(j, unit, source)
        for j, weights in enumerate(found.network.weights, start=1)
        for unit in range(weights.shape[0])
        for source in (*range(weights.shape[1]), None)
    ]


@pytest.mark.parametrize("n", [1, 4])
@pytest.mark.parametrize(("activation", "loss"), heads())
def test_the_product_is_the_gradient_for_every_weight_and_bias(activation: str, loss: str, n: int) -> None:
    found = a_walk(activation, loss, n)
    every = [factors(found, weight) for weight in weights_of(found)]
    np.testing.assert_array_equal([one.gradient for one in every], found.grads.flat)
    np.testing.assert_array_equal([one.value for one in every], found.network.parameters)
    np.testing.assert_allclose([one.product for one in every], found.grads.flat, rtol=1e-9, atol=1e-14)
    assert [one.cancels for one in every] == [one.weight.layer == 4 and found.network.head_cancels for one in every]


def tiny(
    *layers: Layer, loss: str = "mse", parameters: list[float], X: list[list[float]], y: float = 1.0
) -> Walkthrough:
    """A chain of layers with the parameters given."""
    network = Network(len(X[0]), layers, loss, dtype="float64")
    network.parameters[:] = parameters
    return walk(network, np.array(X), np.full((len(X), 1), y))


def test_three_factors_by_hand() -> None:
    found = tiny(Layer(1, "tanh"), Layer(1, "identity"), parameters=[0.5, 0.1, 2.0, -0.3], X=[[0.8]])
    one = factors(found, Weight(1, 0, 0))
    a1 = np.tanh(0.5)
    assert one.loss_by_a.item() == pytest.approx(2 * (2 * a1 - 0.3 - 1) * 2)
    assert one.a_by_z.item() == pytest.approx(1 - a1**2)
    assert one.z_by_w.item() == 0.8
    assert factors(found, Weight(1, 0, None)).z_by_w.item() == 1


@pytest.mark.parametrize(
    "weight", [Weight(0, 0, 0), Weight(3, 0, 0), Weight(1, 5, 0), Weight(1, 0, 5), Weight(1, -1, 0)]
)
def test_a_weight_that_does_not_exist_is_refused(weight: Weight) -> None:
    found = tiny(Layer(1, "tanh"), Layer(1, "identity"), parameters=[0.5, 0.1, 2.0, -0.3], X=[[0.8]])
    with pytest.raises(ValueError, match=r"layer|unit"):
        factors(found, weight)


def blame(found: Walkthrough, weight: Weight) -> tuple[int, bool, int, str] | None:
    """Factor, dead or not, layer and sentence of the culprit."""
    culprit = find_culprit(found, factors(found, weight))
    return None if culprit is None else (culprit.factor, culprit.dead, culprit.layer, culprit.sentence)


def test_no_culprit_where_all_is_well() -> None:
    found = tiny(Layer(1, "tanh"), Layer(1, "identity"), parameters=[0.5, 0.1, 2.0, -0.3], X=[[0.8]])
    assert [blame(found, weight) for weight in weights_of(found)] == [None] * 4


def test_a_saturated_unit_is_named() -> None:
    found = tiny(Layer(1, "tanh"), Layer(1, "identity"), parameters=[4.0, 0.0, 2.0, -0.3], X=[[0.8]])
    assert blame(found, Weight(1, 0, 0)) == (
        2,
        False,
        1,
        "∂a/∂z is small: unit 1 of layer 1 (tanh) is saturated at z = 3.2, its slope below 5 % of the largest, 1.",
    )


def test_a_unit_without_slope_is_named_and_so_is_its_output_of_zero() -> None:
    found = tiny(Layer(1, "relu"), Layer(1, "identity"), parameters=[1.0, -1.0, 2.0, -0.3], X=[[0.8]])
    expected = "∂a/∂z is exactly 0: unit 1 of layer 1 (ReLU) has no slope at z = −0.2, so nothing passes."
    assert blame(found, Weight(1, 0, 0)) == (2, True, 1, expected)
    assert (blame(found, Weight(2, 0, 0)) or ())[:3] == (3, True, 1)
    assert blame(found, Weight(2, 0, None)) is None


def test_a_dead_layer_is_named_from_the_layers_before_it() -> None:
    parameters = [0.5, 0.0, 1.0, -9.0, 2.0, 0.0]
    found = tiny(Layer(1, "tanh"), Layer(1, "relu"), Layer(1, "identity"), parameters=parameters, X=[[0.8]])
    factor, dead, layer, sentence = blame(found, Weight(1, 0, 0)) or (0, False, 0, "")
    assert (factor, dead, layer) == (1, True, 2)
    assert "unit 1 of layer 2 (ReLU) has no slope at z = −8.62" in sentence


def test_a_saturated_layer_on_the_way_is_named() -> None:
    parameters = [0.5, 0.0, 1.0, 9.0, 2.0, 0.0]
    found = tiny(Layer(1, "tanh"), Layer(1, "sigmoid"), Layer(1, "identity"), parameters=parameters, X=[[0.8]])
    assert (blame(found, Weight(1, 0, 0)) or ())[:3] == (1, False, 2)


def test_an_input_of_zero_is_named() -> None:
    found = tiny(Layer(1, "identity"), parameters=[1.0, 1.0, 0.0], X=[[0.0, 2.0]])
    assert "input 1 gives 0" in (blame(found, Weight(1, 0, 0)) or ("",))[-1]
    assert blame(found, Weight(1, 0, 1)) is None


def test_weights_of_zero_behind_a_unit_are_named() -> None:
    found = tiny(Layer(1, "tanh"), Layer(1, "identity"), parameters=[0.5, 0.1, 0.0, 0.3], X=[[0.8]])
    assert "only through weights of 0" in (blame(found, Weight(1, 0, 0)) or ("",))[-1]


def test_a_loss_that_asks_nothing_is_named() -> None:
    parameters = [0.5, 0.0, 9.0, 0.0]
    found = tiny(Layer(1, "tanh"), Layer(1, "identity"), loss="hinge", parameters=parameters, X=[[0.8]])
    for weight in (Weight(1, 0, 0), Weight(2, 0, 0)):
        assert "the loss asks nothing more" in (blame(found, weight) or ("",))[-1]


def test_a_slope_that_cancels_is_no_culprit() -> None:
    saturated = [9.0, 0.0]
    found = tiny(Layer(1, "sigmoid"), loss="bce", parameters=saturated, X=[[1.0]], y=0.0)
    assert blame(found, Weight(1, 0, 0)) is None
    found = tiny(Layer(1, "sigmoid"), loss="mse", parameters=saturated, X=[[1.0]], y=0.0)
    assert (blame(found, Weight(1, 0, 0)) or ())[:2] == (2, False)


def test_over_a_batch_half_of_the_samples_make_a_culprit() -> None:
    layers, parameters = (Layer(1, "relu"), Layer(1, "identity")), [1.0, 0.0, 2.0, -0.3]
    found = tiny(*layers, parameters=parameters, X=[[0.8], [-1.0], [-2.0]])
    assert "for 2 of 3 samples" in (blame(found, Weight(1, 0, 0)) or ("",))[-1]
    found = tiny(*layers, parameters=parameters, X=[[-0.8], [-1.0]])
    assert "for all 2 samples" in (blame(found, Weight(1, 0, 0)) or ("",))[-1]
    found = tiny(*layers, parameters=parameters, X=[[0.8], [1.0], [-1.0]])
    assert blame(found, Weight(1, 0, 0)) is None


def test_the_path_leads_from_the_chosen_unit_to_the_output() -> None:
    found = a_walk("tanh", "mse")
    path = signal_path(found, Weight(2, 1, 0))
    assert [part.shape for part in path] == [(3, 2), (3, 3)]
    assert (path[0][:, 0] == 0).all()
    expected = np.abs(found.grads.phi[2]).mean(axis=0) * np.abs(found.network.weights[2][:, 1])
    np.testing.assert_allclose(path[0][:, 1], expected)
    assert (path[1] > 0).all()
    assert signal_path(found, Weight(4, 0, None)) == ()
