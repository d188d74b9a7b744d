"""The diagnostics of one unit, against the plain back-propagation in the test helpers."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from backprop import Experiment, Layer, Trainer
from backprop.data.targets import make_targets
from backprop.diagnosis.unit_diagnostics import UnitDiagnostics
from tests.helpers import Array, PlainResult

EXPERIMENT = Experiment(
    dataset="moons", samples=60, dtype="float64", layers=(Layer(7, "tanh"), Layer(5, "relu"), Layer(1, "sigmoid"))
)


def _unit(z: Array) -> UnitDiagnostics:
    return UnitDiagnostics(z, np.ones(2), np.ones(2), 0.0, 0.0, 1.0, 1.0)


@pytest.mark.parametrize(("layer", "unit"), [(0, 0), (0, 6), (1, 3), (2, 0)])
def test_a_unit_matches_the_plain_pass(layer: int, unit: int) -> None:
    trainer = Trainer(EXPERIMENT)
    trainer.step(6)
    before = [weights.copy() for weights in trainer.network.weights]
    trainer.step(1)
    trainer.frame()
    n = trainer.n_train
    y = make_targets(EXPERIMENT.kind, trainer.dataset.y[:n], EXPERIMENT.output, EXPERIMENT.loss)
    plain = PlainResult(trainer.network, trainer.features(trainer.dataset.X[:n]), y)
    found = trainer.unit(layer, unit)
    np.testing.assert_allclose(found.z, plain.z[layer][:, unit], rtol=1e-12, atol=1e-12)
    np.testing.assert_array_equal(found.weights, trainer.network.weights[layer][unit])
    np.testing.assert_allclose(found.gradients, plain.weights[layer][unit], rtol=1e-9, atol=1e-12)
    assert found.bias == trainer.network.biases[layer][unit]
    assert found.bias_gradient == pytest.approx(plain.biases[layer][unit], rel=1e-9, abs=1e-12)
    assert found.gradient_norm == pytest.approx(np.linalg.norm(plain.weights[layer][unit]), rel=1e-9)
    change = trainer.network.weights[layer][unit] - before[layer][unit]
    expected = np.linalg.norm(change) / np.linalg.norm(trainer.network.weights[layer][unit])
    assert found.update_ratio == pytest.approx(expected, rel=1e-12)
    assert expected > 0


def test_there_is_no_update_ratio_before_the_first_update() -> None:
    trainer = Trainer(EXPERIMENT)
    trainer.frame()
    assert math.isnan(trainer.unit(0, 0).update_ratio)


def test_diagnostics_do_not_change_while_training_continues() -> None:
    trainer = Trainer(replace(EXPERIMENT, learning_rate=0.5))
    trainer.frame()
    found = trainer.unit(1, 2)
    z, weights = found.z.copy(), found.weights.copy()
    trainer.step(3)
    trainer.frame()
    np.testing.assert_array_equal(found.z, z)
    np.testing.assert_array_equal(found.weights, weights)


@pytest.mark.parametrize(
    ("size", "limit"), [(0.1, 4), (4.0, 4), (4.1, 8), (8.0, 8), (30.0, 32), (1e30, 2.0**60), (np.inf, 2.0**60)]
)
def test_the_limit_is_a_power_of_two_that_covers_the_samples(size: float, limit: float) -> None:
    assert _unit(np.linspace(-1, 1, 101) * np.array(size, ndmin=1).clip(max=1e300)).limit == limit


def test_one_sample_in_a_hundred_may_exceed_the_limit_and_counts_in_the_outermost_bin() -> None:
    z = np.concatenate([np.linspace(-3.9, 3.9, 198), [-77.0, 50.0]])
    assert _unit(z).limit == 4
    counts = _unit(z).histogram(40)
    assert counts.sum() == 200
    plain = np.histogram(z, 40, (-4, 4))[0]
    np.testing.assert_array_equal(counts[1:-1], plain[1:-1])
    assert (counts[0], counts[-1]) == (plain[0] + 1, plain[-1] + 1)


def test_the_edges_belong_to_the_outermost_bins() -> None:
    assert _unit(np.array([-4.0, 4.0, np.inf, -np.inf])).histogram(8).tolist() == [1, 0, 0, 1, 1, 0, 0, 1]
    assert _unit(np.array([-4.0, 4.0])).histogram(40).tolist() == [1, *[0] * 38, 1]
