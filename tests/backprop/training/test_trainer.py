"""Training: reproducible runs, a return to any of their states, and batches that cover the data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings

from backprop.data.targets import accuracy, make_targets
from backprop.diagnosis.frame import LAYER_QUANTITIES, RUN_COLUMNS, Frame
from backprop.experiment import Experiment
from backprop.functions.optimizers import OPTIMIZERS
from backprop.functions.schedules import get_schedule
from backprop.layer import Layer
from backprop.network import Network
from backprop.training.trainer import Trainer
from tests.helpers import Array, experiments

SMALL = Experiment(samples=50, batch_size=8, layers=(Layer(6, "tanh"), Layer(5, "relu"), Layer(1, "sigmoid")))
NO_TEST = replace(SMALL, test_share=0.0)
KINDS = [
    SMALL,
    NO_TEST,
    replace(SMALL, optimizer="sgd", batch_size=1),
    replace(SMALL, optimizer="momentum", batch_size=5000, dtype="float64"),
    replace(SMALL, layers=(Layer(8, "step", "sigmoid"), Layer(4, "softmax"), Layer(2, "softmax")), loss="cce"),
    replace(SMALL, layers=(Layer(6, "relu", None, "lsuv", 1.5, -0.5), Layer(1, "sigmoid", None, "lsuv"))),
    replace(SMALL, optimizer="adamw(0.1)", schedule="step(4,0.5)", clip_norm=0.5, l1=1e-3, l2=1e-2),
    replace(SMALL, optimizer="nesterov", schedule="cosine(30)", l2=0.01, dtype="float64"),
    replace(SMALL, layers=(Layer(4, "tanh"), Layer(1, "identity")), loss="hinge", optimizer="rmsprop"),
    SMALL.for_dataset("iris"),
    SMALL.for_dataset("sine"),
]


def _numbers(frame: Frame) -> Iterator[object]:
    yield from (frame.step, frame.epoch, frame.train_loss, frame.test_loss, frame.train_accuracy, frame.test_accuracy)
    for layer in frame.layers:
        yield from (repr(value) for value in vars(layer).values())  # as text, NaN equals NaN and every digit counts


def _assert_same_state(one: Trainer, two: Trainer) -> None:
    assert one.step_count == two.step_count
    np.testing.assert_array_equal(one.network.parameters, two.network.parameters)
    np.testing.assert_array_equal(one.optimizer.state, two.optimizer.state)
    assert list(_numbers(one.frame())) == list(_numbers(two.frame()))


def _features_and_targets(trainer: Trainer, part: slice) -> tuple[Array, Array]:
    """Features and targets of part of the data, computed a second time."""
    data, experiment = trainer.dataset, trainer.experiment
    targets = make_targets(data.kind, data.y[part], experiment.output, experiment.loss)
    return trainer.features(data.X[part]), targets


@pytest.mark.parametrize("experiment", KINDS)
def test_the_same_experiment_gives_the_same_run_bit_for_bit(experiment: Experiment) -> None:
    one, two = Trainer(experiment), Trainer(experiment)
    _assert_same_state(one, two)
    one.step(30)
    for _ in range(30):
        two.step()
    _assert_same_state(one, two)
    for trainer, pieces in ((one, [12]), (two, [5, 4, 3])):  # neither the pieces nor frames in between matter
        for piece in pieces:
            trainer.step(piece)
            trainer.frame()
    np.testing.assert_array_equal(one.network.parameters, two.network.parameters)
    other = Trainer(replace(experiment, seed=experiment.seed + 1))
    other.step(30)
    assert not np.array_equal(one.network.parameters, other.network.parameters)


@given(experiments())
@settings(max_examples=25)
def test_any_valid_experiment_gives_the_same_run_twice(experiment: Experiment) -> None:
    small = replace(
        experiment,
        samples=min(experiment.samples, 40),
        layers=tuple(replace(layer, units=min(layer.units, 5)) for layer in experiment.layers),
    )
    one, two = Trainer(small), Trainer(small)
    assert one.step(6) == two.step(6)
    assert one.diverged == two.diverged
    np.testing.assert_array_equal(one.network.parameters, two.network.parameters)
    assert np.isfinite(one.network.parameters).all()


@pytest.mark.parametrize("experiment", KINDS)
def test_rewinding_repeats_the_run_exactly(experiment: Experiment) -> None:
    trainer, fresh = Trainer(experiment), Trainer(experiment)
    start = trainer.network.parameters.copy()
    trainer.step(17)
    trainer.frame()
    trainer.rewind()
    np.testing.assert_array_equal(trainer.network.parameters, start)
    assert trainer.step_count == trainer.optimizer.steps == len(trainer.history) == 0
    _assert_same_state(trainer, fresh)
    trainer.step(40)
    fresh.step(40)
    _assert_same_state(trainer, fresh)


def test_lsuv_is_fitted_to_the_training_set_alone() -> None:
    layers = (Layer(6, "relu", None, "lsuv"), Layer(4, "tanh", None, "lsuv"), Layer(1, "sigmoid", None, "lsuv"))
    trainer = Trainer(replace(SMALL, layers=layers, dtype="float64"))
    X, _ = _features_and_targets(trainer, slice(0, trainer.n_train))
    for z in trainer.network.forward(X).z:
        assert z.var() == pytest.approx(1.0, rel=1e-12)
    start = trainer.network.parameters.copy()
    trainer.step(5)
    trainer.rewind()
    np.testing.assert_array_equal(trainer.network.parameters, start)


@pytest.mark.parametrize("experiment", KINDS)
@pytest.mark.parametrize("before", [0, 3, 7])
def test_a_snapshot_continues_bit_for_bit_across_an_epoch(experiment: Experiment, before: int) -> None:
    trainer = Trainer(experiment)
    trainer.step(before)
    trainer.frame()
    snapshot = trainer.snapshot()
    at_snapshot = list(_numbers(trainer.frame()))
    ahead = 2 * trainer.steps_per_epoch + 3 if trainer.steps_per_epoch < 20 else 20
    trainer.step(ahead)
    expected, end = list(_numbers(trainer.frame())), trainer.network.parameters.copy()
    trainer.step(5)
    trainer.restore(snapshot)
    assert trainer.step_count == before
    assert list(_numbers(trainer.frame())) == at_snapshot
    assert trainer.history.column("step")[-1] == before
    trainer.step(ahead)
    assert list(_numbers(trainer.frame())) == expected
    np.testing.assert_array_equal(trainer.network.parameters, end)
    # The later training must not have changed the snapshot.
    trainer.restore(snapshot)
    assert list(_numbers(trainer.frame())) == at_snapshot


def test_a_trainer_can_restore_a_snapshot_of_another_trainer() -> None:
    one, two = Trainer(SMALL), Trainer(SMALL)
    one.step(11)
    two.restore(one.snapshot())
    one.step(11)
    two.step(11)
    _assert_same_state(one, two)


def test_a_new_learning_rate_resets_nothing() -> None:
    trainer, steady = Trainer(SMALL), Trainer(SMALL)
    trainer.step(9)
    steady.step(9)
    state = trainer.optimizer.state.copy()
    trainer.change(replace(trainer.experiment, learning_rate=0.5))
    assert (trainer.experiment.learning_rate, trainer.optimizer.learning_rate) == (0.5, 0.5)
    assert (trainer.step_count, trainer.optimizer.steps) == (9, 9)
    np.testing.assert_array_equal(trainer.optimizer.state, state)
    _assert_same_state(trainer, steady)
    trainer.step()
    assert not np.array_equal(trainer.network.parameters, steady.network.parameters)


@pytest.mark.parametrize("schedule", ["step(4,0.5)", "cosine(30)", "warmup(12)"])
def test_a_schedule_depends_on_the_step_alone(schedule: str) -> None:
    experiment = replace(SMALL, schedule=schedule, optimizer="sgd", learning_rate=0.5)
    trainer, factor = Trainer(experiment), get_schedule(schedule).factor
    rates = []
    for _ in range(20):
        assert trainer.learning_rate == 0.5 * factor(trainer.step_count)
        trainer.step()
        rates.append(trainer.optimizer.learning_rate)
    assert rates == [0.5 * factor(t) for t in range(20)]
    trainer.rewind()
    trainer.step()
    assert trainer.optimizer.learning_rate == rates[0]
    # A new learning rate in the middle of a run is multiplied by the same factor.
    trainer.change(replace(trainer.experiment, learning_rate=2.0))
    trainer.step()
    assert trainer.optimizer.learning_rate == 2.0 * factor(1)


def test_frames_show_loss_and_gradients_without_penalties_and_clipping() -> None:
    plain, penalised = (Trainer(replace(SMALL, l1=l1, l2=l1, clip_norm=l1)) for l1 in (0.0, 0.5))
    one, two = plain.frame(), penalised.frame()
    assert list(_numbers(one)) == list(_numbers(two))
    np.testing.assert_array_equal(plain.gradients.flat, penalised.gradients.flat)


# --- steps -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("batch_size", [35, 5000])
def test_a_full_batch_step_is_a_backward_pass_and_an_optimiser_step(optimizer: str, batch_size: int) -> None:
    experiment = replace(SMALL, optimizer=optimizer, batch_size=batch_size, dtype="float64")
    trainer = Trainer(experiment)
    assert (trainer.n_train, trainer.steps_per_epoch) == (35, 1)
    network = Network(2, experiment.layers, "bce", seed=experiment.seed, dtype="float64")
    np.testing.assert_array_equal(network.parameters, trainer.network.parameters)
    rule = OPTIMIZERS[optimizer](network.parameters, experiment.learning_rate)
    X, y = _features_and_targets(trainer, slice(0, 35))
    for _ in range(5):
        rule.step(network.backward(network.forward(X), y).flat)
    trainer.step(5)
    np.testing.assert_allclose(trainer.network.parameters, network.parameters, rtol=1e-9, atol=1e-12)


def test_penalties_are_applied_before_clipping_and_clipping_before_the_optimiser() -> None:
    settings = {"l1": 0.02, "l2": 0.3, "clip_norm": 0.25, "schedule": "step(2,0.1)", "optimizer": "momentum"}
    experiment = replace(SMALL, batch_size=5000, dtype="float64", learning_rate=0.5, **settings)  # type: ignore[arg-type]
    trainer = Trainer(experiment)
    network = Network(2, experiment.layers, "bce", seed=experiment.seed, dtype="float64")
    X, y = _features_and_targets(trainer, slice(0, 35))
    velocity, clipped = np.zeros_like(network.parameters), 0
    for t in range(6):
        grads = network.backward(network.forward(X), y)
        for g, W in zip(grads.weights, network.weights, strict=True):
            g += 0.02 * np.sign(W) + 0.3 * W
        norm = np.linalg.norm(grads.flat)
        clipped += int(norm > 0.25)
        velocity = 0.9 * velocity + grads.flat * min(1.0, 0.25 / (norm + 1e-6))
        network.parameters[...] -= 0.5 * 0.1 ** (t // 2) * velocity
        trainer.step()
        np.testing.assert_allclose(trainer.network.parameters, network.parameters, rtol=1e-9, atol=1e-12)
    assert clipped


def test_clipping_keeps_an_exploding_run_finite() -> None:
    layers = (*[Layer(24, "relu", None, "normal")] * 8, Layer(1, "identity", None, "normal"))
    wild = replace(SMALL, layers=layers, loss="mse", optimizer="sgd", learning_rate=1e-3)
    trainer = Trainer(wild)
    trainer.step(50)
    assert trainer.diverged
    tamed = Trainer(replace(wild, clip_norm=1.0))
    before = tamed.network.parameters.astype(float)
    assert tamed.step(50) == 50
    # Each of the fifty updates is at most learning rate times limit long.
    assert np.linalg.norm(tamed.network.parameters - before) < 50 * 1e-3 * 1.01


@pytest.mark.parametrize(("batch_size", "steps"), [(1, 35), (7, 5), (8, 5), (34, 2), (35, 1), (36, 1)])
def test_an_epoch_has_as_many_steps_as_batches(batch_size: int, steps: int) -> None:
    trainer = Trainer(replace(SMALL, batch_size=batch_size))
    assert trainer.steps_per_epoch == steps
    assert trainer.run_epoch() == steps
    trainer.step()
    assert trainer.run_epoch() == (steps - 1 or 1)
    assert trainer.frame().epoch == trainer.step_count / steps


@pytest.mark.parametrize("batch_size", [1, 5, 7])
@pytest.mark.parametrize("epoch", [0, 1])
def test_an_epoch_uses_every_sample_once(batch_size: int, epoch: int) -> None:
    # With a tiny learning rate the gradient hardly changes during the epoch. The sum of the batch means is then n/B
    # times the gradient of the whole set if and only if the batches partition it.
    experiment = replace(SMALL, optimizer="sgd", batch_size=batch_size, dtype="float64", learning_rate=1e-9)
    trainer = Trainer(experiment)
    trainer.step(epoch * trainer.steps_per_epoch)
    X, y = _features_and_targets(trainer, slice(0, 35))
    network, before = trainer.network, trainer.network.parameters.copy()
    whole = network.backward(network.forward(X), y).flat
    trainer.run_epoch()
    np.testing.assert_allclose((before - network.parameters) / 1e-9, 35 / batch_size * whole, rtol=1e-4, atol=1e-5)


def test_batches_are_shuffled_differently_in_every_epoch() -> None:
    experiment = replace(SMALL, optimizer="sgd", batch_size=1, dtype="float64", learning_rate=1e-12)
    trainer = Trainer(experiment)
    X, y = _features_and_targets(trainer, slice(0, 35))
    network, orders = trainer.network, []
    gradients = np.stack([network.backward(network.forward(X[[i]]), y[[i]]).flat for i in range(35)])
    for _ in range(2):
        order = []
        for _ in range(35):
            before = network.parameters.copy()
            trainer.step()
            step = (before - network.parameters) / 1e-12
            order.append(int(np.abs(gradients - step).sum(axis=1).argmin()))
        orders.append(order)
    assert sorted(orders[0]) == sorted(orders[1]) == list(range(35))
    assert orders[0] != orders[1]
    assert orders[0] != list(range(35))


# --- frames ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("experiment", [SMALL, KINDS[4], KINDS[5], KINDS[6]])
def test_a_frame_is_measured_over_the_whole_training_and_test_sets(experiment: Experiment) -> None:
    trainer = Trainer(replace(experiment, dtype="float64"))
    trainer.step(12)
    before = trainer.network.parameters.copy()
    frame = trainer.frame()
    np.testing.assert_array_equal(trainer.network.parameters, before)
    network, data, n = trainer.network, trainer.dataset, trainer.n_train
    scores = [(frame.train_loss, frame.train_accuracy, slice(0, n))]
    assert frame.test_loss is not None
    scores.append((frame.test_loss, frame.test_accuracy, slice(n, None)))
    for loss, share, part in scores:
        X, y = _features_and_targets(trainer, part)
        trace = network.forward(X)
        assert loss == pytest.approx(network.loss_value(trace, y), rel=1e-12)
        assert share == accuracy(data.kind, trace.a[-1], data.y[part], experiment.output, experiment.loss)
    assert (frame.step, frame.epoch) == (12, 12 / trainer.steps_per_epoch)
    assert len(frame.layers) == len(experiment.layers)


def test_without_test_samples_test_scores_are_none() -> None:
    trainer = Trainer(NO_TEST)
    trainer.step(3)
    frame = trainer.frame()
    assert (trainer.n_train, frame.test_loss, frame.test_accuracy) == (50, None, None)
    assert np.isnan(trainer.history.column("test_loss")).all()


def test_regression_has_no_accuracy() -> None:
    frame = Trainer(KINDS[-1]).frame()
    assert (frame.train_accuracy, frame.test_accuracy) == (None, None)
    assert frame.test_loss is not None


def test_the_history_holds_the_numbers_of_the_frames() -> None:
    trainer = Trainer(SMALL)
    frames = [trainer.frame(), *trainer.frames(4, steps_per_frame=3)]
    trainer.frame()  # a second frame at the same step adds no row
    history = trainer.history
    assert history.columns[:5] == RUN_COLUMNS
    assert len(history.columns) == 5 + 3 * len(LAYER_QUANTITIES)
    np.testing.assert_array_equal(history.column("step"), [0, 3, 6, 9, 12])
    np.testing.assert_array_equal(history.column("train_loss"), [frame.train_loss for frame in frames])
    for j in range(3):
        for name in ("gradient_norm", "signal_rms", "flat_share", "update_ratio"):
            expected = [getattr(frame.layers[j], name) for frame in frames]
            np.testing.assert_array_equal(history.column(f"{name}_{j + 1}"), expected)
        dead = [frame.layers[j].dead.sum() for frame in frames]
        np.testing.assert_array_equal(history.column(f"dead_{j + 1}"), dead)


def test_a_long_history_stays_bounded() -> None:
    trainer = Trainer(replace(SMALL, samples=4, layers=(Layer(1, "sigmoid"),)))
    for _ in trainer.frames(1100):
        pass
    steps = trainer.history.column("step")
    assert len(steps) <= 1024
    assert (np.diff(steps) > 0).all()
    assert steps[-1] > 1090


def test_training_reduces_the_loss_and_generalises() -> None:
    trainer = Trainer(Experiment(dataset="moons", noise=0.05))
    start = trainer.frame()
    trainer.step(400)
    end = trainer.frame()
    assert end.train_loss < 0.2 * start.train_loss
    assert end.test_accuracy is not None
    assert end.test_accuracy > 0.95


def test_the_training_set_holds_the_network_inputs_and_targets() -> None:
    trainer = Trainer(Experiment(features=("x1", "x2", "x1*x2")))
    X, y = trainer.training_set
    assert X.shape == (trainer.n_train, 3)
    np.testing.assert_allclose(X, trainer.features(trainer.dataset.X[: trainer.n_train]), rtol=1e-6)
    assert y.ravel().tolist() == trainer.dataset.y[: trainer.n_train].tolist()
    assert trainer.network.backward(trainer.network.forward(X), y).loss == pytest.approx(trainer.frame().train_loss)
