"""Changes in the middle of a run: what is kept, what is new, and a return to every state bit for bit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backprop.diagnosis.frame import history_columns
from backprop.errors import SpecError
from backprop.experiment import Experiment
from backprop.layer import Layer
from backprop.network import Network
from backprop.training.trainer import Trainer
from tests.helpers import Array, accepted, experiments

LAYERS = (Layer(6, "tanh"), Layer(5, "relu"), Layer(4, "sigmoid"), Layer(1, "sigmoid"))
START = Experiment(samples=50, batch_size=8, layers=LAYERS)


def _with_layer(index: int, **fields: Any) -> Experiment:
    layers = list(LAYERS)
    layers[index] = replace(layers[index], **fields)
    return replace(START, layers=tuple(layers))


def _stack(*indices: int | None) -> tuple[Experiment, tuple[int | None, ...]]:
    """An experiment with layers of ``START`` by index and a new layer for each None, and the origins of its layers."""
    layers = tuple(Layer(3, "elu") if i is None else LAYERS[i] for i in indices)
    return replace(START, layers=layers), indices


CHANGES: dict[str, tuple[Experiment, tuple[int | None, ...] | None]] = {
    "learning rate": (replace(START, learning_rate=0.3), None),
    "schedule": (replace(START, schedule="cosine(40)", clip_norm=0.1, l1=0.01, l2=0.1), None),
    "optimiser": (replace(START, optimizer="momentum"), None),
    "activation": (_with_layer(1, activation="softsign"), None),
    "backward": (_with_layer(2, backward="straight_through"), None),
    "loss": (replace(START, loss="mse"), None),
    "hinge": (replace(START, loss="hinge", layers=(*LAYERS[:-1], Layer(1, "tanh"))), None),
    "initialiser": (_with_layer(1, initializer="normal(0.5)"), None),
    "lsuv": (_with_layer(2, initializer="lsuv"), None),
    "more units": (_with_layer(1, units=7), None),
    "fewer units": (_with_layer(0, units=2), None),
    "features": (replace(START, features=("x1*x2", "x2")), None),
    "new layer": _stack(0, None, 1, 2, 3),
    "no layers": _stack(3),
    "moved": _stack(2, 0, 1, 3),
    "batch size": (replace(START, batch_size=3), None),
    "noise": (replace(START, noise=0.4), None),
    "samples": (replace(START, samples=80, test_share=0.0), None),
    "seed": (replace(START, seed=4), None),
    "dtype": (replace(START, dtype="float64"), None),
}


def _state(trainer: Trainer) -> list[Any]:
    """Everything that makes up a state, in a form that can be compared."""
    frame = trainer.frame()
    return [
        trainer.experiment,
        trainer.network.parameters.tobytes(),
        trainer.optimizer.state.tobytes(),
        trainer.optimizer.steps,
        repr(frame),
        trainer.learning_rate,
        trainer.layer_ids,
        trainer.marks,
        trainer.history.columns,
        trainer.history.rows.tobytes(),
    ]


def _ids(trainer: Trainer) -> list[int]:
    return list(trainer.layer_ids)


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_repeats_exactly_after_restoring_the_state_before_it(change: str) -> None:
    trainer = Trainer(START)
    trainer.step(7)  # within an epoch
    before, snapshot = _state(trainer), trainer.snapshot()
    trainer.change(*CHANGES[change])
    changed = trainer.snapshot()
    trainer.step(13)
    after, end = _state(trainer), trainer.snapshot()
    trainer.step(3)
    trainer.restore(snapshot)
    assert _state(trainer) == before
    trainer.change(*CHANGES[change])
    trainer.step(13)
    assert _state(trainer) == after
    trainer.restore(changed)
    trainer.step(13)
    assert _state(trainer) == after
    other = Trainer(START)  # a snapshot is complete: another trainer can restore it
    for one in (trainer, other):
        one.restore(end)
        one.step(9)
    np.testing.assert_array_equal(other.network.parameters, trainer.network.parameters)


@pytest.mark.parametrize("change", CHANGES)
def test_rewinding_after_a_change_starts_a_new_run_of_the_changed_experiment(change: str) -> None:
    trainer, fresh = Trainer(START), Trainer(CHANGES[change][0])
    trainer.frame()
    trainer.step(7)
    trainer.change(*CHANGES[change])
    trainer.step(6)
    trainer.frame()
    trainer.rewind()
    assert _state(trainer) == _state(fresh)
    trainer.step(20)
    fresh.step(20)
    assert _state(trainer) == _state(fresh)


def _experiment_pairs(small: Callable[[Experiment], Experiment]) -> st.SearchStrategy[tuple[Experiment, Experiment]]:
    def on_the_same_data(pair: tuple[Experiment, Experiment]) -> tuple[Experiment, Experiment]:
        one, two = map(small, pair)
        moved = accepted(lambda: replace(two, dataset=one.dataset, features=()))
        return one, moved or two.for_dataset(one.dataset)

    return st.tuples(experiments(), experiments()).map(on_the_same_data)


def _small(experiment: Experiment) -> Experiment:
    layers = tuple(replace(layer, units=min(layer.units, 4)) for layer in experiment.layers)
    return replace(experiment, samples=min(experiment.samples, 40), layers=layers)


@given(_experiment_pairs(_small), st.randoms(use_true_random=False))
@settings(max_examples=25)
def test_any_experiment_can_change_to_any_other(pair: tuple[Experiment, Experiment], random: Any) -> None:
    before, after = pair
    pool: list[int | None] = [*range(len(before.layers)), *[None] * len(after.layers)]
    random.shuffle(pool)
    trainer = Trainer(before)
    trainer.step(5)
    _state(trainer)
    snapshot = trainer.snapshot()
    ends = []
    for _ in range(2):
        trainer.change(after, pool[: len(after.layers)])
        trainer.frame()
        trainer.step(4)
        ends.append(_state(trainer))
        trainer.restore(snapshot)
    assert ends[0] == ends[1]


# --- what a change keeps ---------------------------------------------------------------------------------------------


def _changed(experiment: Experiment, origins: tuple[int | None, ...] | None = None) -> tuple[Network, Network, Network]:
    """The network before a change, the network after it, and a fresh network of the new experiment."""
    trainer = Trainer(START)
    trainer.step(7)
    old = trainer.network
    trainer.change(experiment, origins)
    return old, trainer.network, Trainer(experiment).network


def _assert_same_layer(one: Network, i: int, two: Network, j: int) -> None:
    np.testing.assert_array_equal(one.blocks[i], two.blocks[j])


@pytest.mark.parametrize("change", ["activation", "backward", "loss", "batch size", "noise", "samples", "seed"])
def test_a_change_that_does_not_concern_the_weights_keeps_them(change: str) -> None:
    old, new, fresh = _changed(*CHANGES[change])
    np.testing.assert_array_equal(old.parameters, new.parameters)
    assert not np.array_equal(new.parameters, fresh.parameters)


def test_double_precision_keeps_the_values_of_the_weights() -> None:
    old, new, _ = _changed(*CHANGES["dtype"])
    assert new.parameters.dtype == np.float64
    np.testing.assert_array_equal(old.parameters, new.parameters)


def test_an_added_unit_leaves_all_others_as_they_are() -> None:
    old, new, fresh = _changed(_with_layer(1, units=6))
    np.testing.assert_array_equal(new.blocks[1][:5], old.blocks[1])
    np.testing.assert_array_equal(new.blocks[1][5], fresh.blocks[1][5])
    np.testing.assert_array_equal(new.weights[2][:, :5], old.weights[2])
    np.testing.assert_array_equal(new.weights[2][:, 5], fresh.weights[2][:, 5])
    np.testing.assert_array_equal(new.biases[2], old.biases[2])
    for j in (0, 3):
        _assert_same_layer(old, j, new, j)


def test_a_removed_unit_leaves_all_others_as_they_are() -> None:
    old, new, _ = _changed(_with_layer(1, units=4))
    np.testing.assert_array_equal(new.blocks[1], old.blocks[1][:4])
    np.testing.assert_array_equal(new.weights[2], old.weights[2][:, :4])
    np.testing.assert_array_equal(new.biases[2], old.biases[2])
    for j in (0, 3):
        _assert_same_layer(old, j, new, j)


def test_a_new_layer_and_the_weights_that_read_it_are_redrawn() -> None:
    old, new, fresh = _changed(*_stack(0, None, 1, 2, 3))
    _assert_same_layer(old, 0, new, 0)
    _assert_same_layer(fresh, 1, new, 1)
    np.testing.assert_array_equal(new.weights[2], fresh.weights[2])  # it has 3 inputs from another layer instead of 6
    np.testing.assert_array_equal(new.biases[2], old.biases[1])
    _assert_same_layer(old, 2, new, 3)
    _assert_same_layer(old, 3, new, 4)


def test_a_new_layer_of_the_same_width_keeps_the_weights_that_read_it() -> None:
    old, new, fresh = _changed(replace(START, layers=(LAYERS[0], Layer(6), *LAYERS[1:])), (0, None, 1, 2, 3))
    _assert_same_layer(fresh, 1, new, 1)
    for i, j in ((0, 0), (1, 2), (2, 3), (3, 4)):
        _assert_same_layer(old, i, new, j)


def test_a_removed_layer_leaves_the_others_as_they_are() -> None:
    old, new, fresh = _changed(*_stack(0, 2, 3))
    _assert_same_layer(old, 0, new, 0)
    np.testing.assert_array_equal(new.weights[1], fresh.weights[1])  # it has 6 inputs instead of 5
    np.testing.assert_array_equal(new.biases[1], old.biases[2])
    _assert_same_layer(old, 3, new, 2)


def test_without_origins_layers_are_matched_by_position_and_output_by_output() -> None:
    longer, shorter = (Layer(6), Layer(5), Layer(4), Layer(4), Layer(1, "sigmoid")), (Layer(6), Layer(1, "sigmoid"))
    old, new, fresh = _changed(replace(START, layers=longer))
    for j in range(3):
        _assert_same_layer(old, j, new, j)
    _assert_same_layer(fresh, 3, new, 3)
    _assert_same_layer(old, 3, new, 4)
    old, new, _ = _changed(replace(START, layers=shorter))
    _assert_same_layer(old, 0, new, 0)
    np.testing.assert_array_equal(new.biases[1], old.biases[3])


def test_moved_layers_keep_their_weights() -> None:
    layers = (Layer(6, "tanh"), Layer(6, "relu"), Layer(6, "sigmoid"), Layer(1, "sigmoid"))
    trainer = Trainer(replace(START, layers=layers))
    trainer.step(7)
    old = trainer.network
    trainer.change(replace(START, layers=(layers[0], layers[2], layers[1], layers[3])), (0, 2, 1, 3))
    for j, origin in enumerate((0, 2, 1, 3)):
        _assert_same_layer(old, origin, trainer.network, j)
    assert _ids(trainer) == [1, 3, 2, 4]


def test_inputs_are_matched_by_name() -> None:
    old, new, fresh = _changed(replace(START, features=("x1*x2", "x2", "x1")))
    np.testing.assert_array_equal(new.weights[0][:, [2, 1]], old.weights[0])
    np.testing.assert_array_equal(new.weights[0][:, 0], fresh.weights[0][:, 0])
    np.testing.assert_array_equal(new.biases[0], old.biases[0])
    old, new, fresh = _changed(replace(START, features=("x1", "x2^2")))  # still two inputs, but other ones
    np.testing.assert_array_equal(new.weights[0][:, 0], old.weights[0][:, 0])
    np.testing.assert_array_equal(new.weights[0][:, 1], fresh.weights[0][:, 1])


@pytest.mark.parametrize("field", [{"initializer": "normal(0.5)"}, {"gain": 2.0}, {"bias": -1.0}])
def test_a_layer_with_other_initial_weights_is_redrawn(field: dict[str, Any]) -> None:
    old, new, fresh = _changed(_with_layer(1, **field))
    _assert_same_layer(fresh, 1, new, 1)
    for j in (0, 2, 3):
        _assert_same_layer(old, j, new, j)


def test_another_activation_does_not_redraw_auto_weights() -> None:
    old, new, _ = _changed(_with_layer(0, activation="relu"))  # in a fresh run, auto would be He instead of Xavier
    _assert_same_layer(old, 0, new, 0)


def test_lsuv_fits_a_redrawn_layer_to_the_present_weights_before_it() -> None:
    trainer = Trainer(replace(START, dtype="float64"))
    trainer.step(30)
    trainer.change(replace(_with_layer(2, initializer="lsuv", gain=1.5), dtype="float64"))
    X = trainer.features(trainer.dataset.X[: trainer.n_train])
    assert trainer.network.forward(X).z[2].std() == pytest.approx(1.5, rel=1e-12)


def test_a_new_seed_changes_only_the_order_of_the_samples() -> None:
    trainer, steady = Trainer(START), Trainer(START)
    for one in (trainer, steady):
        one.step(5)
    trainer.change(replace(START, seed=4))
    np.testing.assert_array_equal(trainer.network.parameters, steady.network.parameters)
    np.testing.assert_array_equal(trainer.optimizer.state, steady.optimizer.state)
    for one in (trainer, steady):
        one.step()
    assert not np.array_equal(trainer.network.parameters, steady.network.parameters)


@pytest.mark.parametrize(
    ("change", "kept"),
    [
        *[(name, True) for name in ("learning rate", "schedule", "activation", "backward", "loss", "batch size")],
        *[(name, True) for name in ("noise", "samples", "seed", "dtype")],
        *[(name, False) for name in ("optimiser", "initialiser", "more units", "fewer units", "features")],
        *[(name, False) for name in ("new layer", "no layers", "moved")],
    ],
)
def test_the_optimiser_keeps_its_memory_if_its_rule_and_all_parameters_stay(change: str, kept: bool) -> None:
    trainer = Trainer(START)
    trainer.step(7)
    memory = trainer.optimizer.state.copy()
    trainer.change(*CHANGES[change])
    assert trainer.optimizer.steps == (7 if kept else 0)
    if kept:
        np.testing.assert_array_equal(trainer.optimizer.state, memory)
    else:
        assert not trainer.optimizer.state.any()


@pytest.mark.parametrize("moved", ["order of the layers", "order of the inputs"])
def test_the_optimiser_loses_its_memory_if_parameters_move(moved: str) -> None:
    layers = (Layer(2), Layer(2), Layer(1, "sigmoid"))
    trainer = Trainer(replace(START, layers=layers, features=("x1", "x2")))
    trainer.step(7)
    if moved == "order of the layers":
        trainer.change(trainer.experiment, (1, 0, 2))
    else:
        trainer.change(replace(trainer.experiment, features=("x2", "x1")))
    assert not trainer.optimizer.state.any()


def test_kept_units_that_were_dead_count_as_revived() -> None:
    dead = Layer(5, "relu", None, "auto", 1.0, -500.0)
    trainer = Trainer(replace(START, layers=(LAYERS[0], dead, LAYERS[3])))
    assert trainer.frame().layers[1].dead.all()
    alive = replace(dead, activation="leaky_relu")
    trainer.change(replace(START, layers=(LAYERS[0], replace(alive, units=7), LAYERS[3])))
    np.testing.assert_array_equal(trainer.frame().layers[1].revived, [True] * 5 + [False] * 2)
    trainer.change(replace(START, layers=(Layer(4), LAYERS[0], replace(alive, units=3), LAYERS[3])), (None, 0, 1, 2))
    np.testing.assert_array_equal(trainer.frame().layers[2].revived, [True] * 3)
    trainer.change(replace(START, layers=(Layer(4), LAYERS[0], Layer(3, "leaky_relu"), LAYERS[3])))
    assert not trainer.frame().layers[2].revived.any()  # a redrawn layer has new units


# --- steps and epochs ------------------------------------------------------------------------------------------------


def test_the_epoch_count_continues_without_a_jump() -> None:
    trainer = Trainer(START)  # 35 training samples, 5 batches
    trainer.step(7)
    trainer.change(replace(START, batch_size=4))
    assert (trainer.step_count, trainer.epoch, trainer.steps_per_epoch) == (7, 1.4, 9)
    trainer.step(3)
    assert trainer.frame().epoch == pytest.approx(1.4 + 3 / 9)
    trainer.change(replace(START, batch_size=4, noise=0.3, samples=20))
    assert trainer.steps_per_epoch == 4
    assert trainer.run_epoch() == 4
    assert (trainer.step_count, trainer.epoch) == (14, pytest.approx(2.4 + 3 / 9))
    trainer.change(_with_layer(0, units=3))  # the batches of START again, and another width
    trainer.step()
    assert trainer.epoch == pytest.approx(2.4 + 3 / 9 + 1 / 5)
    trainer.change(_with_layer(0, units=9))
    assert trainer.run_epoch() == 4  # the batches did not change, so the present epoch is completed


def _orders(trainer: Trainer, steps: int) -> list[list[int]]:
    """The indices of the training samples in each step, identified by their first input."""
    known = trainer.features(trainer.dataset.X[: trainer.n_train])[:, 0].astype(trainer.network.dtype)
    found = []
    for _ in range(steps):
        X, *_ = trainer._batches.at(trainer.step_count)
        found.append([int(np.flatnonzero(known == x)[0]) for x in X[0]])
        trainer.step()
    return found


def _flat(batches: list[list[int]]) -> list[int]:
    return [sample for batch in batches for sample in batch]


@pytest.mark.parametrize("change", ["activation", "more units", "loss", "optimiser", "features"])
def test_the_epoch_continues_if_data_and_batches_stay(change: str) -> None:
    steady, trainer = Trainer(START), Trainer(START)
    expected = _orders(steady, 12)
    got = _orders(trainer, 7)
    trainer.change(*CHANGES[change])
    X = trainer.features(trainer.dataset.X[: trainer.n_train])
    assert [*got, *_orders(trainer, 5)] == expected
    np.testing.assert_array_equal(trainer._train.X[:-1].T, X.astype("float32"))


def test_a_new_batch_size_begins_a_new_epoch_in_a_new_order() -> None:
    trainer = Trainer(START)
    orders = [_flat(_orders(trainer, 5))]
    _orders(trainer, 2)
    for batch_size in (7, 5):  # 5 and 7 batches: the first change is within an epoch, the second at the end of one
        trainer.change(replace(START, batch_size=batch_size))
        orders.append(_flat(_orders(trainer, trainer.steps_per_epoch)))
    trainer.change(START)
    orders += [_flat(_orders(trainer, 5)) for _ in range(2)]
    assert all(sorted(order) == list(range(35)) for order in orders)
    assert len({tuple(order) for order in orders}) == 5


def test_batches_hold_the_targets_that_suit_the_present_loss() -> None:
    trainer = Trainer(replace(START, batch_size=5000, optimizer="sgd", learning_rate=0.5, dtype="float64"))
    trainer.step(3)
    experiment, origins = CHANGES["hinge"]
    trainer.change(replace(trainer.experiment, loss="hinge", layers=experiment.layers), origins)
    trainer.frame()
    expected = trainer.network.parameters - 0.5 * trainer.gradients.flat
    trainer.step()
    np.testing.assert_allclose(trainer.network.parameters, expected, rtol=1e-10)


def test_a_change_of_batches_before_the_first_step_equals_a_fresh_run() -> None:
    trainer, fresh = Trainer(START), Trainer(replace(START, batch_size=3))
    trainer.change(replace(START, batch_size=3))
    trainer.step(20)
    fresh.step(20)
    np.testing.assert_array_equal(trainer.network.parameters, fresh.network.parameters)


# --- frames, history, divergence -------------------------------------------------------------------------------------


def test_the_first_frame_after_redrawn_weights_has_no_update_ratio() -> None:
    trainer = Trainer(START)
    trainer.step(7)
    assert all(layer.update_ratio > 0 for layer in trainer.frame().layers)
    trainer.change(replace(START, learning_rate=0.3))
    assert all(layer.update_ratio > 0 for layer in trainer.frame().layers)
    trainer.change(_with_layer(1, units=7))
    assert all(np.isnan(layer.update_ratio) for layer in trainer.frame().layers)
    trainer.step()
    assert all(layer.update_ratio > 0 for layer in trainer.frame().layers)


def test_layers_keep_their_columns_while_others_are_added_and_removed() -> None:
    trainer = Trainer(START)
    notes: list[tuple[int, dict[int, float]]] = []

    def train_on() -> None:
        for frame in trainer.frames(3, steps_per_frame=2):
            norms = [layer.gradient_norm for layer in frame.layers]
            notes.append((frame.step, dict(zip(trainer.layer_ids, norms, strict=True))))

    train_on()
    assert _ids(trainer) == [1, 2, 3, 4]
    trainer.change(*_stack(0, None, 2, 3))  # one layer removed, one added
    assert _ids(trainer) == [1, 5, 3, 4]
    train_on()
    trainer.change(replace(trainer.experiment, layers=(Layer(2), *trainer.experiment.layers)), (None, 0, 1, 2, 3))
    assert _ids(trainer) == [6, 1, 5, 3, 4]
    train_on()
    assert trainer.history.used == history_columns(trainer.layer_ids)
    assert set(trainer.history.columns) == set(history_columns(range(1, 7)))
    for identity in range(1, 7):
        expected = [norms.get(identity, np.nan) for _, norms in notes]
        np.testing.assert_array_equal(trainer.history.column(f"gradient_norm_{identity}"), expected)
    np.testing.assert_array_equal(trainer.history.column("step"), [step for step, _ in notes])
    assert not np.isnan(trainer.history.column("train_loss")).any()


def test_an_abandoned_branch_leaves_no_columns() -> None:
    trainer = Trainer(START)
    trainer.step(3)
    trainer.frame()
    snapshot = trainer.snapshot()
    for _ in range(3):
        trainer.change(*_stack(0, 1, None, 2, 3))
        assert _ids(trainer) == [1, 2, 5, 3, 4]
        trainer.step(2)
        trainer.frame()
        trainer.restore(snapshot)
        assert _ids(trainer) == [1, 2, 3, 4]
        assert trainer.history.columns == history_columns(range(1, 5))


def test_columns_of_layers_removed_long_ago_are_deleted() -> None:
    trainer = Trainer(replace(START, samples=10, layers=(Layer(1), LAYERS[3])))
    for _ in range(90):
        trainer.change(replace(trainer.experiment, layers=(Layer(1), LAYERS[3])), (None, 1))
        trainer.step()
        trainer.frame()
    assert _ids(trainer) == [92, 2]
    assert len(trainer.history.columns) <= trainer.history.max_columns
    kept = {int(name.rsplit("_", 1)[1]) for name in trainer.history.columns if name.startswith("gradient_norm")}
    assert {2, 91, 92} <= kept
    assert 3 not in kept


def test_looking_at_an_earlier_moment_keeps_all_history_and_marks() -> None:
    trainer = Trainer(START)
    trainer.step(3)
    trainer.frame()
    past = trainer.snapshot()
    trainer.change(*_stack(0, 1, None, 2, 3))
    trainer.step(5)
    latest_state, latest = _state(trainer), trainer.snapshot()
    trainer.restore(past, keep_history=True)
    assert (trainer.step_count, trainer.experiment, trainer.layer_ids) == (3, START, (1, 2, 3, 4))
    assert trainer.frame().step == 3
    np.testing.assert_array_equal(trainer.history.column("step"), [3, 8])
    assert len(trainer.marks) == 1
    trainer.restore(latest, keep_history=True)
    trainer.history.use(history_columns(trainer.layer_ids))
    assert _state(trainer) == latest_state
    trainer.restore(past, keep_history=True)
    trainer.change(*_stack(None, 0, 1, 2, 3))
    assert _ids(trainer) == [6, 1, 2, 3, 4]  # 5 is still in the history
    trainer.restore(past)
    np.testing.assert_array_equal(trainer.history.column("step"), [3])
    assert trainer.marks == ()


def test_a_change_clears_the_divergence() -> None:
    wild = replace(
        START, optimizer="sgd", learning_rate=1e38, loss="mse", layers=(Layer(6, "relu"), Layer(1, "identity"))
    )
    trainer = Trainer(wild)
    trainer.step(10)
    assert trainer.frame().diverged
    trainer.change(replace(wild, learning_rate=1e-3))
    assert trainer.frame().diverged is None
    assert trainer.step(3) == 3


def test_an_overflow_right_after_a_change_is_reported_and_undoes_no_step() -> None:
    trainer = Trainer(replace(START, layers=(Layer(6, "relu"), Layer(4, "relu"), Layer(1, "identity")), loss="mse"))
    trainer.step(4)
    trainer.network.parameters[...] = 1e12
    before = trainer.network.parameters.copy()
    trainer.change(replace(trainer.experiment, loss="half_sse"))
    frame = trainer.frame()
    assert frame.diverged is not None
    assert frame.step == trainer.step_count == 4
    assert trainer.step() == 0
    np.testing.assert_array_equal(trainer.network.parameters, before)


# --- invalid changes -------------------------------------------------------------------------------------------------


def test_another_dataset_needs_another_trainer() -> None:
    trainer = Trainer(START)
    with pytest.raises(ValueError, match="cannot change its dataset from spiral to moons; make a new Trainer"):
        trainer.change(START.for_dataset("moons"))
    assert trainer.experiment == START


@pytest.mark.parametrize("origins", [(0, 1, 2), (0, 1, 2, 4), (0, -1, 2, 3), (0, 1, 1, 3)])
def test_origins_must_match_the_layers(origins: tuple[int, ...]) -> None:
    trainer = Trainer(START)
    with pytest.raises(ValueError, match=r"origins must (have one entry per layer, 4,|be None or distinct layer ind)"):
        trainer.change(_with_layer(0, units=3), origins)
    assert trainer.experiment == START
    assert trainer.marks == ()


# --- setting one parameter -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("source", "column"), [(3, 3), (None, -1)])
def test_setting_one_parameter_changes_no_other(source: int | None, column: int) -> None:
    trainer = Trainer(START)
    trainer.step(7)
    expected = [block.copy() for block in trainer.network.blocks]
    memory = trainer.optimizer.state.copy()
    trainer.set_parameter(1, 2, source, -0.75)
    expected[1][2, column] = -0.75
    for block, wanted in zip(trainer.network.blocks, expected, strict=True):
        np.testing.assert_array_equal(block, wanted)
    np.testing.assert_array_equal(trainer.optimizer.state, memory)
    assert np.isnan(trainer.frame().layers[0].update_ratio)


@pytest.mark.parametrize(
    ("place", "value", "sentence"),
    [
        ((4, 0, 0), 1.0, "there is no layer 5 in the network; choose one from 1 to 4"),
        ((-1, 0, 0), 1.0, "there is no layer 0 in the network"),
        ((1, 5, 0), 1.0, "there is no unit 6 in layer 2; choose one from 1 to 5"),
        ((1, 0, 6), 1.0, "there is no input 7 in layer 2; choose one from 1 to 6"),
        (("1", 0, 0), 1.0, "there is no layer '1' in the network"),
        ((True, 0, 0), 1.0, "there is no layer"),
        ((1, 2, 0), float("nan"), "weight 1 → unit 3 of layer 2 must be a number from -1e[+]06 to 1e[+]06, not nan"),
        ((1, 2, None), 2e6, "bias of unit 3 of layer 2 must be a number"),
        ((1, 2, None), "3", "bias of unit 3 of layer 2 must be a number"),
    ],
)
def test_an_unknown_parameter_or_value_is_refused(place: Any, value: Any, sentence: str) -> None:
    trainer = Trainer(START)
    before: Array = trainer.network.parameters.copy()
    with pytest.raises(SpecError, match=sentence):
        trainer.set_parameter(place[0], place[1], place[2], value)
    np.testing.assert_array_equal(trainer.network.parameters, before)
    assert trainer.marks == ()


# --- marks -----------------------------------------------------------------------------------------------------------


def _marks(trainer: Trainer) -> list[tuple[int, str]]:
    return [(mark.step, mark.text) for mark in trainer.marks]


def test_marks_record_each_change_and_its_step() -> None:
    trainer = Trainer(START)
    trainer.step(2)
    trainer.change(_with_layer(1, activation="softsign"))
    snapshot = trainer.snapshot()
    trainer.step(3)
    trainer.set_parameter(0, 1, 0, 0.5)
    trainer.set_parameter(0, 1, 0, 0.25)  # the same parameter at the same step: one mark
    trainer.set_parameter(0, 1, None, 3)
    trainer.change(trainer.experiment)  # no change, no mark
    trainer.change(replace(trainer.experiment, learning_rate=0.1))
    first = (2, "layer 2: ReLU → softsign")
    assert _marks(trainer) == [
        first,
        (5, "weight 1 → unit 2 of layer 1 set to 0.25"),
        (5, "bias of unit 2 of layer 1 set to 3"),
        (5, "learning rate 0.02 → 0.1"),
    ]
    trainer.restore(snapshot)
    assert _marks(trainer) == [first]
    trainer.rewind()
    assert _marks(trainer) == []


def test_marks_are_bounded() -> None:
    trainer = Trainer(START)
    for i in range(1, 250):
        trainer.change(replace(trainer.experiment, learning_rate=i / 1000))
    assert len(trainer.marks) == 200
    assert trainer.marks[-1].text == "learning rate 0.248 → 0.249"
