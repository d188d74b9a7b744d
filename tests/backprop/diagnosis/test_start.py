"""The first updates of a run: the same as those of the run itself, and what is read from them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from backprop import Experiment, Layer, Trainer
from backprop.training.first_updates import first_updates, loss_after_trial
from tests.helpers import rms

CIRCLE = Experiment(dataset="circle", layers=(Layer(8), Layer(8), Layer(1, "sigmoid")), learning_rate=0.02)


def test_the_first_updates_are_those_of_the_run() -> None:
    start, trainer = first_updates(Trainer(CIRCLE), 10), Trainer(CIRCLE)
    assert len(start.frames) == 11
    for frame in start.frames:
        assert frame.step == trainer.step_count
        assert frame.train_loss == trainer.frame().train_loss
        trainer.step()
    assert len(start.until(3).frames) == 4


def test_what_is_measured_before_the_first_update() -> None:
    start, trainer = first_updates(Trainer(CIRCLE), 0), Trainer(CIRCLE)
    trainer.frame()
    trace = trainer.training_trace
    assert start.z_spread == pytest.approx([rms(z - z.mean(axis=0)) for z in trace.z])
    assert start.weight_rms == pytest.approx([rms(weights) for weights in trainer.network.weights])
    assert start.weight_counts == (16, 64, 8)
    assert start.gradient_norm == pytest.approx(np.sqrt(sum(np.sum(g**2) for g in trainer.gradients.weights)))
    assert start.typical_update() == 0.0
    assert start.largest_update() == (0.0, 0, 0)


def test_typical_and_largest_update() -> None:
    start = first_updates(Trainer(CIRCLE), 20)
    ratios = np.array([[layer.update_ratio for layer in frame.layers] for frame in start.frames[1:]])
    assert start.typical_update() == pytest.approx(np.sort(ratios, axis=0)[10].max())
    value, layer, update = start.largest_update()
    assert value == ratios.max() == ratios[update - 1, layer]


def test_a_layer_of_a_few_weights_does_not_count_as_the_largest() -> None:
    narrow = replace(CIRCLE, layers=(Layer(8), Layer(1), Layer(1, "sigmoid")), learning_rate=0.5)
    start = first_updates(Trainer(narrow), 30)
    assert start.weight_counts == (16, 8, 1)
    assert start.largest_update()[1] != 2


def test_the_beginning_ends_where_the_run_diverges() -> None:
    start = first_updates(Trainer(Experiment(dataset="plane", loss="mse", learning_rate=1e30, optimizer="sgd",
                                             layers=(Layer(4, "relu"), Layer(1, "identity")))), 20)  # fmt: skip
    assert len(start.frames) < 21
    assert start.frames[-1].diverged


def test_a_trial_ends_with_the_loss_of_the_run() -> None:
    trainer = Trainer(CIRCLE)
    trainer.step(380)
    losses = []
    for _ in range(5):
        trainer.step(4)
        losses.append(trainer.frame().train_loss)
    assert loss_after_trial(CIRCLE) == pytest.approx(np.mean(losses))
    assert loss_after_trial(replace(CIRCLE, learning_rate=1e300, optimizer="sgd")) == np.inf
    assert np.isnan(loss_after_trial(replace(CIRCLE, layers=(Layer(700), Layer(700), Layer(1, "sigmoid")))))
