"""Several stacks in lockstep: each makes its own run, on the same batches, from the same weights where they agree."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from backprop import Experiment, Layer, SpecError, Trainer
from backprop.studies.lockstep import COMMON_SETTINGS, Lockstep

BASE = Experiment(dataset="moons", samples=60, batch_size=8, seed=4)
SIGMOIDS = replace(BASE, layers=(*[Layer(5, "sigmoid")] * 3, Layer(1, "sigmoid")))
MIXED = replace(BASE, layers=(Layer(5, "tanh"), Layer(4, "relu"), Layer(5, "sigmoid"), Layer(1, "sigmoid")))
NARROW = replace(BASE, layers=(Layer(3, "tanh", None, "orthogonal"), Layer(1, "tanh")), loss="mse")
# Overflows in float32 within a few updates.
WILD = replace(
    BASE, layers=(*[Layer(6, "relu", None, "normal")] * 3, Layer(1, "identity")), loss="mse", optimizer="sgd"
)
WILD = replace(WILD, learning_rate=1e20)


def states(lockstep: Lockstep) -> list[bytes]:
    """All parameters of every stack."""
    return [trainer.network.parameters.tobytes() for trainer in lockstep.trainers]


def test_every_stack_makes_the_run_of_its_own_trainer_bit_for_bit() -> None:
    experiments = [SIGMOIDS, MIXED, NARROW]  # NARROW shares no weights with the others
    lockstep = Lockstep(experiments)
    assert lockstep.same_start[2] == ()
    lockstep.step(7)
    lockstep.run_epoch()
    lockstep.step(3)
    frames = lockstep.frame()
    for experiment, trainer, frame in zip(experiments, lockstep.trainers, frames, strict=True):
        alone = Trainer(experiment)
        alone.step(7)
        alone.run_epoch()
        alone.step(3)
        assert trainer.step_count == alone.step_count == lockstep.step_count
        np.testing.assert_array_equal(trainer.network.parameters, alone.network.parameters)
        assert frame.train_loss == alone.frame().train_loss
        assert frame.epoch == alone.epoch == lockstep.epoch


def test_all_see_the_same_batches() -> None:
    """Two stacks of the same layers stay the same, whatever stands between them; another seed would part them."""
    lockstep = Lockstep([SIGMOIDS, MIXED, SIGMOIDS])
    lockstep.step(20)
    first, other, again = states(lockstep)
    assert first == again != other
    parted = Lockstep([replace(SIGMOIDS, seed=5)])
    parted.step(20)
    assert states(parted)[0] != first


def test_the_same_weights_at_the_start_where_place_shape_and_initialiser_agree() -> None:
    lockstep = Lockstep([SIGMOIDS, MIXED])
    # Layer 1: sigmoid and tanh are both Xavier's. Layer 2 has another width, so layer 3 has another number of inputs.
    assert lockstep.same_start == ((1, 2, 3, 4), (1, 4))
    a, b = (trainer.network for trainer in lockstep.trainers)
    for j in (0, 3):
        np.testing.assert_array_equal(a.weights[j], b.weights[j])
        np.testing.assert_array_equal(a.biases[j], b.biases[j])


@pytest.mark.parametrize("change", [{"initializer": "he_normal"}, {"gain": 2.0}, {"bias": 0.5}, {"units": 6}])
def test_another_initialiser_gain_bias_or_shape_is_another_start(change: dict[str, Any]) -> None:
    first, *rest = SIGMOIDS.layers
    other = replace(SIGMOIDS, layers=(replace(first, **change), *rest))
    assert 1 not in Lockstep([SIGMOIDS, other]).same_start[1]


def test_a_named_initialiser_gives_relu_the_start_of_sigmoid() -> None:
    def stack(activation: str) -> Experiment:
        return replace(BASE, layers=(Layer(5, activation, None, "xavier_uniform"), Layer(1, "sigmoid")))

    assert Lockstep([stack("sigmoid"), stack("relu")]).same_start[1] == (1, 2)
    # With the usual one ReLU starts from He's.
    usual = replace(BASE, layers=(Layer(5, "relu"), Layer(1, "sigmoid")))
    assert Lockstep([stack("sigmoid"), usual]).same_start[1] == (2,)


def test_back_to_a_state_and_on_from_there_bit_for_bit() -> None:
    lockstep = Lockstep([SIGMOIDS, MIXED])
    lockstep.step(9)
    kept = lockstep.snapshot()
    lockstep.step(11)
    lockstep.frame()
    after = states(lockstep)
    lockstep.restore(kept)
    assert lockstep.step_count == 9
    lockstep.step(11)
    assert states(lockstep) == after


def test_rewind_returns_to_the_very_same_weights() -> None:
    lockstep = Lockstep([SIGMOIDS, MIXED])
    before = states(lockstep)
    lockstep.step(5)
    assert states(lockstep) != before
    lockstep.rewind()
    assert states(lockstep) == before
    assert lockstep.step_count == 0


def test_a_stack_that_diverges_stays_while_the_others_go_on() -> None:
    calm = replace(MIXED, optimizer="sgd")
    lockstep = Lockstep([calm, WILD])
    lockstep.step(30)
    frames = lockstep.frame()
    stopped = frames[1].step
    assert frames[1].diverged is not None
    assert np.isfinite(lockstep.trainers[1].network.parameters).all()
    assert stopped < 30 == frames[0].step == lockstep.step_count
    assert not lockstep.diverged
    kept = states(lockstep)[1]
    lockstep.step(5)
    lockstep.run_epoch()
    assert lockstep.step_count == 36  # 42 training samples in batches of 8
    assert states(lockstep)[1] == kept
    alone = Trainer(calm)
    alone.step(36)
    np.testing.assert_array_equal(lockstep.trainers[0].network.parameters, alone.network.parameters)


def test_when_all_have_diverged_nothing_can_go_on() -> None:
    lockstep = Lockstep([WILD, WILD])
    lockstep.step(30)
    lockstep.frame()
    assert lockstep.diverged


OTHERWISE: dict[str, Any] = {
    "dataset": "circle",
    "noise": 0.2,
    "samples": 70,
    "test_share": 0.5,
    "data_seed": 1,
    "batch_size": 4,
    "seed": 5,
}


@pytest.mark.parametrize("name", COMMON_SETTINGS)
def test_data_and_batches_must_agree(name: str) -> None:
    with pytest.raises(SpecError, match=f"{name} must be the same for all stacks") as caught:
        Lockstep([SIGMOIDS, replace(SIGMOIDS, **{name: OTHERWISE[name]})])
    assert caught.value.field == name


def test_there_must_be_something_to_train() -> None:
    with pytest.raises(SpecError, match="at least one stack"):
        Lockstep([])
