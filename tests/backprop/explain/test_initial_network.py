"""The network and samples of an experiment, as the trainer has them before its first step."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from backprop import DATASETS, Experiment, Layer, Trainer
from backprop.explain.initial_network import initial_network


@pytest.mark.parametrize("name", DATASETS)
def test_it_is_what_a_float64_trainer_starts_from(name: str) -> None:
    experiment = replace(Experiment(dtype="float64").for_dataset(name), samples=40)
    network, X, y = initial_network(experiment)
    trainer = Trainer(experiment)
    np.testing.assert_array_equal(network.parameters, trainer.network.parameters)
    assert network.backward(network.forward(X), y).loss == pytest.approx(trainer.frame().train_loss, rel=1e-12)
    assert len(X) == trainer.n_train


def test_initial_weights_that_look_at_the_data_do_so() -> None:
    layers = (Layer(4, "tanh", initializer="lsuv"), Layer(1, "sigmoid"))
    experiment = Experiment(layers=layers, dtype="float64")
    network, _, _ = initial_network(experiment)
    np.testing.assert_array_equal(network.parameters, Trainer(experiment).network.parameters)


def test_it_is_float64_whatever_the_experiment_runs_in() -> None:
    network, X, y = initial_network(Experiment(dtype="float32"))
    assert network.dtype == X.dtype == y.dtype == np.float64
