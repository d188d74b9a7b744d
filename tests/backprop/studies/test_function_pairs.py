"""The set-up behind the surrogate table: reproducible, standardised, and a control that really teaches nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from backprop import get_activation, get_backward
from backprop.studies.function_pairs import CONTROL, REFERENCE, TASKS, accuracies, accuracy, study

SHORT = replace(TASKS["moons"], steps=40)


@pytest.mark.parametrize("name", TASKS)
def test_samples_are_standardised_and_always_the_same(name: str) -> None:
    runs = study(TASKS[name])
    assert runs.X.shape == (400, 2)
    assert runs.X_test.shape == (2000, 2)
    assert runs.y.shape == (400, 1)
    np.testing.assert_allclose([runs.X.mean(axis=0), runs.X.std(axis=0)], [[0, 0], [1, 1]], atol=1e-12)
    assert set(runs.y.ravel()) == {0, 1}
    study.cache_clear()
    np.testing.assert_array_equal(study(TASKS[name]).X, runs.X)


def test_the_control_leaves_the_hidden_layers_as_they_were() -> None:
    runs = study(SHORT)
    network = runs.network("relu", CONTROL, seed=1)
    before = network.parameters.copy()
    runs.train(network)
    hidden = sum(block.size for block in network.blocks[:-1])
    np.testing.assert_array_equal(network.parameters[:hidden], before[:hidden])
    assert (network.parameters[hidden:] != before[hidden:]).any()


def test_one_seed_is_one_entry_of_the_table() -> None:
    found = accuracies(SHORT, "step", "sigmoid", 3)
    assert found.tolist() == [accuracy(SHORT, "step", "sigmoid", seed) for seed in range(3)]
    assert len(set(found)) > 1


def test_a_pair_starts_from_the_weights_of_its_controls() -> None:
    runs = study(SHORT)
    one, other = runs.network("relu", "tanh", seed=4), runs.network("relu", None, seed=4)
    np.testing.assert_array_equal(one.parameters, other.parameters)
    assert runs.network("relu", None, seed=4, bias=-12.0).biases[0].tolist() == [-12.0] * SHORT.width


def test_the_headline_of_the_table_in_one_seed() -> None:
    """A step function learns behind the slope of a sigmoid and not without one."""
    learned, control = (accuracy(TASKS["moons"], "step", name, seed=0) for name in ("sigmoid", CONTROL))
    assert learned > 92
    assert control < 90


def test_a_pair_that_diverges_is_no_error() -> None:
    assert 0 <= accuracy(replace(SHORT, steps=3), "elu", "swish_sign(100)", 0) <= 100


def test_the_reference_names_pairs_that_exist_and_a_number_for_every_task() -> None:
    for (forward, backward), numbers in REFERENCE.items():
        get_activation(forward)
        if backward is not None:
            get_backward(backward)
        assert len(numbers) == len(TASKS)
