"""Runs that diverge: where they stop, which quantity they name, and how they continue."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from backprop.diagnosis.divergence import Divergence, is_finite, locate_divergence
from backprop.experiment import Experiment
from backprop.functions.losses import LOSSES
from backprop.layer import Layer
from backprop.network import Network
from backprop.training.trainer import Trainer
from tests.helpers import Array


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_large_values_are_finite_and_a_single_infinity_or_nan_is_not(dtype: str) -> None:
    large = np.full(5, float(np.finfo(dtype).max) / 2, dtype)
    with np.errstate(over="ignore"):
        assert is_finite(large)  # although its square overflows
        for bad in (np.inf, -np.inf, np.nan):
            values = np.ones(5, dtype)
            values[3] = bad
            assert not is_finite(values)
            large[3] = bad
            assert not is_finite(large)


HEADS = [
    ("bce", "sigmoid", 1),
    ("bce", "hard_sigmoid", 1),
    ("cce", "softmax", 3),
    ("mse", "identity", 2),
    ("mse", "sigmoid", 1),
    ("half_sse", "identity", 2),
    ("mae", "identity", 1),
    ("huber(0.5)", "identity", 1),
    ("hinge", "identity", 1),
]


@pytest.mark.parametrize(("loss", "output", "units"), HEADS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_loss_is_finite_agrees_with_the_loss(loss: str, output: str, units: int, dtype: str) -> None:
    """The answer is right for outputs of every size, and for small ones it is found without computing the loss."""
    network = Network(2, [Layer(units, output)], loss, dtype=dtype)
    y = np.zeros((64, units), dtype)
    y[:, 0] = 1.0
    largest = float(np.finfo(dtype).max)
    sizes = [0.0, 1.0, 1e10, 1e14, 2e14, 1e18, 2e19, 1e25, 1e37, largest / 2, largest, np.inf, np.nan]
    answers = set()
    with np.errstate(all="ignore"):
        for size in [*sizes, *(-size for size in sizes)]:
            network.biases[0][...] = size
            trace = network.forward(np.ones((64, 2), dtype))
            answers.add(network.loss_is_finite(trace, y))
            assert network.loss_is_finite(trace, y) == math.isfinite(network.loss_value(trace, y)), size
        assert answers == {True, False}
        network.biases[0][...] = 3.0
        network.loss_value = None  # type: ignore[method-assign, assignment]
        assert network.loss_is_finite(network.forward(np.ones((64, 2), dtype)), y)


def test_the_heads_cover_every_loss() -> None:
    assert {loss.partition("(")[0] for loss, _, _ in HEADS} == set(LOSSES)


def test_backward_without_the_loss_gives_the_same_gradients() -> None:
    network = Network(2, [Layer(3, "tanh"), Layer(1, "sigmoid")], "bce", dtype="float64")
    trace, y = network.forward(np.ones((4, 2))), np.ones((4, 1))
    without = network.backward(trace, y, loss=False)
    full = network.backward(trace, y)
    assert math.isnan(without.loss)
    assert full.loss == network.loss_value(trace, y)
    np.testing.assert_array_equal(without.flat, full.flat)


def _located(*changes: tuple[str, int, float], loss: float = 1.0) -> Divergence:
    """The divergence that is found when the given entries of a healthy pass are overwritten."""
    network = Network(2, [Layer(3, "tanh"), Layer(3, "relu"), Layer(1, "identity")], "mse", dtype="float64")
    trace = network.forward(np.ones((4, 2)))
    grads = network.backward(trace, np.ones((4, 1)))
    grads.loss = loss
    arrays: dict[str, list[Array]] = {"z": trace.z, "a": trace.a, "phi": grads.phi, "W": grads.weights}
    arrays |= {"b": grads.biases, "weights": network.weights, "biases": network.biases}
    for quantity, index, value in changes:
        arrays[quantity][index].flat[-1] = value
    return locate_divergence(network, trace, grads, step=7)


@pytest.mark.parametrize(
    ("change", "layer", "quantity"),
    [
        (("z", 1, np.inf), 2, "pre-activation z"),
        (("a", 3, np.nan), 3, "activation a"),
        (("phi", 2, np.inf), 3, "error signal φ"),
        (("W", 0, -np.inf), 1, "gradient ∂L/∂W"),
        (("b", 1, np.nan), 2, "gradient ∂L/∂W"),
        (("weights", 1, np.inf), 2, "updated weights"),
        (("biases", 2, np.inf), 3, "updated weights"),
    ],
)
def test_layer_and_quantity_are_named(change: tuple[str, int, float], layer: int, quantity: str) -> None:
    found = _located(change)
    assert found == Divergence(step=7, layer=layer, quantity=quantity)
    assert found.sentence == (
        "Training stopped after step 7, the last step with finite numbers: in the next one "
        f"the {quantity} of layer {layer} became infinite or undefined."
    )


def test_the_loss_belongs_to_no_layer() -> None:
    found = _located(loss=np.inf)
    assert (found.layer, found.quantity) == (0, "loss")
    assert found.sentence == (
        "Training stopped after step 7, the last step with finite numbers: in the next one "
        "the loss became infinite or undefined."
    )


def test_the_first_quantity_in_the_order_of_computation_is_named() -> None:
    # A z that overflows spoils everything computed from it: z is the cause, the rest are effects.
    assert _located(("z", 0, np.inf), loss=np.nan).quantity == "pre-activation z"
    assert _located(("W", 0, np.nan), loss=np.nan).quantity == "loss"
    # The backward pass begins at the output.
    assert _located(("phi", 0, np.nan), ("phi", 2, np.nan)).layer == 3
    assert _located(("phi", 1, np.nan), ("W", 2, np.nan)).quantity == "gradient ∂L/∂W"
    assert _located(("weights", 0, np.nan), ("phi", 0, np.nan)).quantity == "error signal φ"


# --- real runs -------------------------------------------------------------------------------------------------------

TOO_FAST = Experiment(
    dataset="plane",
    samples=60,
    layers=(Layer(4, "relu"), Layer(4, "identity"), Layer(1, "identity")),
    loss="mse",
    optimizer="sgd",
    learning_rate=30.0,
    batch_size=16,
)


def _diverged(trainer: Trainer) -> Divergence | None:
    """The trainer's present ``diverged``; a type checker would assume that ``step`` leaves the attribute unchanged."""
    return trainer.diverged


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("optimizer", ["sgd", "momentum"])
def test_training_stops_at_the_last_finite_state(dtype: str, optimizer: str) -> None:
    experiment = Experiment(**{**TOO_FAST.__dict__, "dtype": dtype, "optimizer": optimizer})
    trainer = Trainer(experiment)
    made = trainer.step(500)
    found = trainer.diverged
    assert found is not None
    assert made == trainer.step_count == found.step < 500
    assert found.layer in (0, 1, 2, 3)
    assert np.isfinite(trainer.network.parameters).all()
    # The state is exactly the one after that many updates.
    again = Trainer(experiment)
    assert again.step(made) == made
    np.testing.assert_array_equal(again.network.parameters, trainer.network.parameters)
    assert _diverged(again) is None
    assert again.step() == 0
    assert again.diverged == found


def test_the_named_quantity_is_the_one_that_overflowed() -> None:
    trainer = Trainer(TOO_FAST)
    trainer.step(500)
    assert trainer.diverged is not None
    # The next pass in double precision, whose range holds the numbers that overflowed in single precision.
    layer, quantity = trainer.diverged.layer, trainer.diverged.quantity
    double = Network(2, TOO_FAST.layers, "mse", dtype="float64")
    double.parameters[...] = trainer.network.parameters
    n = trainer.n_train
    trace = double.forward(trainer.features(trainer.dataset.X[:n]))
    grads = double.backward(trace, trainer.dataset.y[:n, None])
    top = float(np.finfo("float32").max)
    reached = {"pre-activation z": trace.z, "error signal φ": grads.phi, "gradient ∂L/∂W": grads.weights}
    if quantity == "loss":
        assert grads.loss > top / 100
    elif quantity == "updated weights":
        assert np.abs(grads.flat).max() * TOO_FAST.learning_rate > top / 100
    else:
        # A pass over the whole training set rather than the batch: other numbers of the same order of magnitude.
        assert np.abs(reached[quantity][layer - 1]).max() > top / 100
    for j in range(layer - 1):  # earlier layers were in range
        assert np.abs(trace.z[j]).max() < top


def test_weights_that_overflow_are_named_with_their_layer() -> None:
    trainer = Trainer(TOO_FAST)
    trainer.network.weights[1].fill(3e38)
    assert trainer.step() == 0
    assert trainer.diverged == Divergence(step=0, layer=2, quantity="pre-activation z")
    trainer = Trainer(Experiment(**{**TOO_FAST.__dict__, "learning_rate": 1e38}))
    trainer.network.weights[2].fill(1e3)
    before = trainer.network.parameters.copy()
    assert trainer.step() == 0
    assert trainer.diverged is not None
    assert trainer.diverged.quantity == "updated weights"
    np.testing.assert_array_equal(trainer.network.parameters, before)


def test_frames_end_where_the_run_diverges_and_stay_finite() -> None:
    trainer = Trainer(TOO_FAST)
    frames = list(trainer.frames(500))
    assert 0 < len(frames) < 500
    assert frames[-1].diverged == trainer.diverged is not None
    assert all(frame.diverged is None for frame in frames[:-1])
    assert all(np.isfinite(frame.train_loss) for frame in frames)
    assert frames[-1].step == trainer.diverged.step == trainer.step_count


def test_a_frame_finds_a_divergence_that_the_step_could_not_see() -> None:
    # The parameters are finite after this update, but their outputs on the training set are not: the update is undone.
    trainer = Trainer(TOO_FAST)
    trainer.change(replace(trainer.experiment, learning_rate=1e-3))
    trainer.step(2)
    before = trainer.network.parameters.copy()
    trainer.change(replace(trainer.experiment, learning_rate=1e18))
    assert trainer.step() == 1
    assert _diverged(trainer) is None
    frame = trainer.frame()
    assert frame.diverged == trainer.diverged == Divergence(step=2, layer=3, quantity="pre-activation z")
    assert frame.step == trainer.step_count == 2
    assert np.isfinite(frame.train_loss)
    np.testing.assert_array_equal(trainer.network.parameters, before)


@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adam"])
def test_a_lower_learning_rate_lets_the_run_continue(optimizer: str) -> None:
    trainer = Trainer(Experiment(**{**TOO_FAST.__dict__, "optimizer": optimizer}))
    trainer.network.parameters[...] *= 0.1
    before = trainer.network.parameters.copy()
    trainer.change(replace(trainer.experiment, learning_rate=1e39))
    assert trainer.step(5) == 0
    assert trainer.diverged is not None
    np.testing.assert_array_equal(trainer.network.parameters, before)
    assert not trainer.optimizer.state.any()  # it may hold the numbers that overflowed
    trainer.change(replace(trainer.experiment, learning_rate=1e-3))
    assert trainer.step(5) == 5
    assert _diverged(trainer) is None
    assert not np.array_equal(trainer.network.parameters, before)


def test_rewinding_clears_the_divergence() -> None:
    trainer = Trainer(TOO_FAST)
    trainer.step(500)
    assert _diverged(trainer)
    trainer.rewind()
    assert _diverged(trainer) is None
    assert trainer.step_count == 0
    np.testing.assert_array_equal(trainer.network.parameters, Trainer(TOO_FAST).network.parameters)
