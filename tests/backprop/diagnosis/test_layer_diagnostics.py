"""The numbers of each layer against their definitions, computed a second time entry by entry."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from backprop.diagnosis.layer_diagnostics import FLAT_THRESHOLD, LayerDiagnostics, budgets, measure, rms, signal_ratio
from backprop.experiment import Experiment
from backprop.functions.surrogates import get_backward
from backprop.layer import Layer
from backprop.network import Network
from backprop.training.trainer import Trainer
from tests.helpers import BACKWARDS, PlainResult, hidden_layers

WIDE = Experiment(
    dataset="moons",
    samples=60,
    dtype="float64",
    layers=(
        Layer(8, "relu"),
        Layer(7, "sigmoid", initializer="normal"),
        Layer(6, "tanh", "leaky_relu(0.04)"),
        Layer(5, "step", "tanh"),
        Layer(1, "sigmoid"),
    ),
)


def _spoilt() -> Trainer:
    """A run with dead ReLUs, sigmoids stuck in either tail, and tanh units far outside the steep range."""
    trainer = Trainer(WIDE)
    biases = trainer.network.biases
    biases[0][:3] = -50.0
    biases[1][:2] = 12.0
    biases[1][2] = -12.0
    biases[2][1] = -9.0
    biases[3][0] = 6.0
    trainer.step(3)
    return trainer


def _layers(trainer: Trainer) -> tuple[tuple[LayerDiagnostics, ...], PlainResult]:
    n = trainer.n_train
    X, y = trainer.features(trainer.dataset.X[:n]), trainer.dataset.y[:n, None].astype(float)
    return trainer.frame().layers, PlainResult(trainer.network, X, y)


def test_flat_dead_and_frozen_units_match_their_definitions() -> None:
    trainer = _spoilt()
    layers, plain = _layers(trainer)
    seen = {"dead": 0, "frozen": 0, "left": 0, "right": 0}
    for spec, layer, slope, z in zip(WIDE.layers, layers, plain.slope, plain.z, strict=True):
        largest = get_backward(spec.backward or spec.activation).max_slope
        samples, units = slope.shape
        flat = [[abs(slope[s, u]) < FLAT_THRESHOLD * largest for u in range(units)] for s in range(samples)]
        left = [[flat[s][u] and z[s, u] < 0 for u in range(units)] for s in range(samples)]
        dead = [all(slope[s, u] == 0 for s in range(samples)) for u in range(units)]
        frozen = [all(flat[s][u] for s in range(samples)) and not dead[u] for u in range(units)]
        assert layer.flat_share == sum(map(sum, flat)) / (samples * units)
        assert layer.left_share == sum(map(sum, left)) / (samples * units)
        assert layer.dead.tolist() == dead
        assert layer.frozen.tolist() == frozen
        seen["dead"] += sum(dead)
        seen["frozen"] += sum(frozen)
        seen["left"] += layer.left_share > 0
        seen["right"] += layer.flat_share > layer.left_share
    assert min(seen.values()) > 0  # the network has units of every kind
    assert layers[0].dead[:3].all()
    assert layers[1].frozen[:3].all()
    assert [layer.two_tailed for layer in layers] == [False, True, False, True, True]


def test_norms_and_signals_match_their_definitions() -> None:
    trainer = _spoilt()
    layers, plain = _layers(trainer)
    for j, layer in enumerate(layers):
        assert layer.gradient_norm == pytest.approx(math.sqrt((plain.weights[j] ** 2).sum()), rel=1e-9)
        assert layer.signal_rms == pytest.approx(math.sqrt((plain.phi[j] ** 2).mean()), rel=1e-9)
    for j, layer in enumerate(layers[:-1]):
        upstream = plain.phi[j + 1] @ trainer.network.weights[j + 1]
        assert layer.upstream_rms == pytest.approx(math.sqrt((upstream**2).mean()), rel=1e-9)
    assert math.isnan(layers[-1].upstream_rms)
    expected = math.sqrt((plain.phi[0] ** 2).mean() / (plain.phi[-1] ** 2).mean())
    assert signal_ratio(layers) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adam"])
def test_update_ratio_matches_its_definition(optimizer: str) -> None:
    trainer = Trainer(replace(WIDE, optimizer=optimizer))
    assert all(math.isnan(layer.update_ratio) for layer in trainer.frame().layers)
    for _ in range(3):
        before = [weights.copy() for weights in trainer.network.weights]
        trainer.step()
        for old, new, layer in zip(before, trainer.network.weights, trainer.frame().layers, strict=True):
            expected = math.sqrt(((new - old) ** 2).sum() / (new**2).sum())
            assert layer.update_ratio == pytest.approx(expected, rel=1e-12)
    assert trainer.frame().layers[0].update_ratio > 0


def test_a_unit_that_revives_is_no_longer_dead_but_has_been_dead() -> None:
    trainer = Trainer(WIDE)
    assert not trainer.frame().layers[0].ever_dead.any()
    biases = trainer.network.biases[0]
    start = biases.copy()
    biases[:3] = -50.0
    first = trainer.frame().layers[0]
    assert first.dead.tolist() == first.ever_dead.tolist() == [True] * 3 + [False] * 5
    assert not first.revived.any()
    biases[:2] = start[:2]
    second = trainer.frame().layers[0]
    assert second.dead.tolist() == [False, False, True] + [False] * 5
    assert second.ever_dead[:3].all()
    assert second.revived.tolist() == [True, True] + [False] * 6
    assert first.dead[:3].all()  # an earlier frame keeps its numbers
    assert not first.revived.any()
    trainer.rewind()
    assert not trainer.frame().layers[0].ever_dead.any()


def test_restoring_a_snapshot_forgets_units_that_died_after_it() -> None:
    trainer = Trainer(WIDE)
    trainer.frame()
    snapshot = trainer.snapshot()
    for _ in range(2):  # twice, because the snapshot itself must not change
        trainer.network.biases[0][:3] = -50.0
        assert trainer.frame().layers[0].ever_dead[:3].all()
        trainer.restore(snapshot)
        assert not trainer.frame().layers[0].ever_dead.any()


def test_a_unit_is_dead_only_if_it_is_off_on_the_whole_training_set() -> None:
    # On for a single sample: off on most batches, yet not dead.
    trainer = Trainer(replace(WIDE, batch_size=4))
    X = trainer.features(trainer.dataset.X[: trainer.n_train])
    z = X @ trainer.network.weights[0].T
    ordered = np.sort(z, axis=0)
    trainer.network.biases[0][...] = -(ordered[-1] + ordered[-2]) / 2
    assert not trainer.frame().layers[0].dead.any()
    trainer.network.biases[0][...] = -ordered[-1] - 1e-9
    assert trainer.frame().layers[0].dead.all()


def test_the_flat_share_follows_the_threshold_tau() -> None:
    network = Network(1, [Layer(1, "tanh"), Layer(1, "identity")], "mse", dtype="float64")
    network.weights[0].fill(1.0)
    network.weights[1].fill(1.0)
    # tanh′ is 0.059 where the output is 0.97, and 0.049 where it is −0.9752.
    X = np.arctanh([[0.97], [-0.9752], [0.0]])
    trace = network.forward(X)
    grads = network.backward(trace, np.zeros((3, 1)))
    assert measure(network, trace, grads)[0].flat_share == pytest.approx(1 / 3)
    assert measure(network, trace, grads)[0].left_share == pytest.approx(1 / 3)
    assert measure(network, trace, grads, tau=0.06)[0].flat_share == pytest.approx(2 / 3)
    assert measure(network, trace, grads, tau=0.01)[0].flat_share == 0.0


@pytest.mark.parametrize("name", BACKWARDS)
def test_every_backward_function_can_be_measured(name: str) -> None:
    trainer = Trainer(replace(WIDE, layers=(Layer(4, "tanh", name), Layer(1, "sigmoid"))))
    layer = trainer.frame().layers[0]
    assert 0.0 <= layer.left_share <= layer.flat_share <= 1.0
    if name in ("step", "sign", "zero"):  # a slope of 0 everywhere: every entry is flat, every unit dead
        assert layer.flat_share == 1.0
        assert layer.dead.all()
    if name in ("identity", "straight_through"):
        assert layer.flat_share == 0.0


@given(st.lists(hidden_layers(max_units=9), min_size=1, max_size=6), st.integers(0, 1000))
def test_budgets_add_up_to_the_signal_ratio(hidden: list[Layer], seed: int) -> None:
    network = Network(3, [*hidden, Layer(1, "sigmoid")], "bce", seed=seed, dtype="float64")
    rng = np.random.default_rng(seed)
    trace = network.forward(rng.standard_normal((20, 3)))
    layers = measure(network, trace, network.backward(trace, rng.integers(0, 2, (20, 1)).astype(float)))
    assume(layers[0].signal_rms > 0)
    parts = budgets(layers)
    assert len(parts) == len(hidden)
    for j, part in enumerate(parts):
        expected = math.log10(layers[j].signal_rms) - math.log10(layers[j + 1].signal_rms)
        assert part.total == part.weights + part.slope == pytest.approx(expected, abs=1e-12)
    assert sum(part.total for part in parts) == pytest.approx(math.log10(signal_ratio(layers)), abs=1e-11)


def test_budgets_of_a_signal_that_a_slope_stops() -> None:
    trainer = Trainer(replace(WIDE, layers=(Layer(4, "tanh"), Layer(4, "step"), Layer(1, "sigmoid"))))
    layers = trainer.frame().layers
    first, second = budgets(layers)
    assert second.slope == -math.inf
    assert math.isnan(first.weights)
    assert signal_ratio(layers) == 0.0


def test_budgets_of_ratios_that_underflow() -> None:
    base = Trainer(WIDE).frame().layers[0]
    small, large = replace(base, signal_rms=1e-200, upstream_rms=1e200), replace(base, signal_rms=1e200)
    (part,) = budgets([small, large])
    assert part.slope == pytest.approx(-400)
    assert part.total == pytest.approx(-400)


def test_rms_does_not_underflow_in_single_precision() -> None:
    assert rms(np.full((3, 4), 1e-30, np.float32)) == pytest.approx(1e-30, rel=1e-6, abs=0)
