"""Each preset must show what its line promises: the line is quoted with each test."""

from __future__ import annotations

import itertools
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from backprop import Experiment, Frame, Layer, Trainer, budgets, diagnose, from_query, signal_ratio, to_query
from tests.helpers import Array
from ui.workspace.presets import PRESETS

STEPS = 300


class Run:
    """A run with the frames before training and after 300 updates."""

    def __init__(self, experiment: Experiment) -> None:
        self.experiment = experiment
        self.trainer = Trainer(experiment)
        self.start = self.trainer.frame()
        self.initial: Array = self.trainer.network.parameters.copy()
        self.made = self.trainer.step(STEPS)
        self.end = self.trainer.frame()

    def kinds(self, frame: Frame) -> list[str]:
        """What the diagnosis finds at this moment."""
        return [verdict.kind for verdict in diagnose(frame, self.experiment, self.trainer.n_train)]


@cache
def run(name: str) -> Run:
    """The run of the one preset whose name begins so."""
    (found,) = (preset for title, preset in PRESETS.items() if title.startswith(name))
    return Run(found.experiment)


def passed(frame: Frame) -> Array:
    """What share of the error signal each hidden layer's slope passes on."""
    return np.array([10**budget.slope for budget in budgets(frame.layers)])


def accuracy(frame: Frame) -> float:
    """On the training samples."""
    assert frame.train_accuracy is not None
    return frame.train_accuracy


def dead(frame: Frame) -> int:
    """Dead units of all layers together."""
    return sum(int(layer.dead.sum()) for layer in frame.layers)


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_trains_without_diverging(name: str) -> None:
    preset = PRESETS[name]
    assert preset.name == name
    result = run(name)
    assert (result.made, result.trainer.diverged) == (STEPS, None)
    assert from_query(to_query(preset.experiment)) == preset.experiment


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_has_a_line_of_its_own_to_watch_for(name: str) -> None:
    watch = PRESETS[name].watch
    assert watch.endswith((".", "?"))
    assert len(watch) < 160  # it stands in the sidebar
    assert sum(preset.watch == watch for preset in PRESETS.values()) == 1
    assert sum(preset.experiment == PRESETS[name].experiment for preset in PRESETS.values()) == 1


def test_three_activations() -> None:
    """Each layer multiplies the error signal by its own slope. Which layer passes the least?"""
    result = run("Three activations")
    assert result.experiment == Experiment()  # what the page opens with
    shares = passed(result.start)
    assert shares.argmin() == 1  # the sigmoid
    assert shares[1] < 0.5 * min(shares[0], shares[2])


def test_vanishing() -> None:
    """A sigmoid passes a quarter of the signal at best. Compare the bars of layer 1 and of the output."""
    result = run("Vanishing")
    assert result.kinds(result.start)[0] == "vanishing"
    assert (passed(result.start) <= 0.25).all()
    assert result.start.layers[0].signal_rms < 1e-4 * result.start.layers[-1].signal_rms


def test_cured() -> None:
    """The same depth with slopes up to 1: the bars stand level, and it learns."""
    result, vanishing = run("Cured"), run("Vanishing")
    layers = tuple(replace(layer, activation="tanh") for layer in vanishing.experiment.hidden)
    assert result.experiment == replace(vanishing.experiment, layers=(*layers, vanishing.experiment.output))
    signals = [layer.signal_rms for layer in result.start.layers]
    assert max(signals) / min(signals) < 10
    assert result.kinds(result.start)[0] == "healthy"
    assert accuracy(result.end) > 0.95 > accuracy(vanishing.end)


def test_dying_relus() -> None:
    """Large steps push units below zero for every sample. No slope, no gradient, no way back."""
    result = run("Dying ReLUs")
    assert dead(result.start) <= 2
    assert dead(result.end) >= 8
    assert "dead" in result.kinds(result.end)
    usual = Run(replace(result.experiment, learning_rate=0.01))  # the learning rate is to blame
    assert dead(usual.end) < dead(result.end) / 2
    for layer, weights, gradients in zip(
        result.end.layers, result.trainer.network.weights, result.trainer.gradients.weights, strict=True
    ):
        assert weights[layer.dead].any() or not layer.dead.any()
        assert not gradients[layer.dead].any()  # no slope, no gradient


def test_saturated_from_the_start() -> None:
    """Standard normal weights on wide layers drive tanh into its tails before training begins."""
    result = run("Saturated")
    assert "saturated" in result.kinds(result.start)
    assert max(layer.flat_share for layer in result.start.layers) > 0.5
    auto = tuple(replace(layer, initializer="auto") for layer in result.experiment.layers)
    cured = Run(replace(result.experiment, layers=auto))  # the initial weights are to blame
    assert "saturated" not in cured.kinds(cured.start)


def test_exploding() -> None:
    """Layer after layer the signal grows on its way back: the first bar towers over the last. …"""
    result = run("Exploding")
    assert result.kinds(result.start)[0] == "exploding"
    signals = [layer.signal_rms for layer in result.start.layers]
    assert all(before > after for before, after in itertools.pairwise(signals[:-1]))
    assert signals[0] > 1000 * signals[-1]
    assert accuracy(result.end) > 0.9


def test_exploding_at_a_higher_learning_rate() -> None:
    """… At a learning rate of 0.01 the run is over after a few updates."""
    result = Run(replace(run("Exploding").experiment, learning_rate=0.01))
    assert result.made < 10
    assert result.trainer.diverged is not None


def test_forward_relu_backward_tanh() -> None:
    """The backward pass uses another function's slope than the forward pass. It learns, less well."""
    result = run("Forward ReLU")
    assert {(layer.activation, layer.backward) for layer in result.experiment.hidden} == {("relu", "tanh")}
    layers = tuple(replace(layer, backward=None) for layer in result.experiment.layers)
    own = Run(replace(result.experiment, layers=layers))
    assert accuracy(result.end) > 0.9
    assert result.end.train_loss > own.end.train_loss


def test_a_step_function_that_learns() -> None:
    """A step has no slope at all. With sigmoid's slope in its place the network learns."""
    result = run("A step function")
    assert accuracy(result.end) > 0.9
    layers = tuple(replace(layer, backward=None) for layer in result.experiment.layers)
    own = Run(replace(result.experiment, layers=layers))
    assert signal_ratio(own.start.layers) == 0
    hidden = own.trainer.network.weights[0]
    np.testing.assert_array_equal(hidden, Trainer(own.experiment).network.weights[0])  # nothing reaches it
    assert accuracy(own.end) < accuracy(result.end)


def test_nothing_to_learn() -> None:
    """Every unit of a layer is the same and stays the same: symmetry must be broken at the start."""
    result = run("Nothing to learn")
    network = result.trainer.network
    for weights, biases in zip(network.weights, network.biases, strict=True):
        assert (weights == weights[0]).all()
        assert (biases == biases[0]).all()
    assert not np.array_equal(network.parameters, result.initial)  # it does train: its output learns how many there are
    classes = result.trainer.dataset.y[: result.trainer.n_train]
    assert accuracy(result.end) in (np.mean(classes == 0), np.mean(classes == 1))  # one answer for all
    assert accuracy(result.end) < 0.6
    auto = tuple(replace(layer, initializer="auto") for layer in result.experiment.layers)
    assert accuracy(Run(replace(result.experiment, layers=auto)).end) > 0.9


def test_iris() -> None:
    """Four measurements, shown in the plane of their two principal axes."""
    result = run("Iris")
    assert len(result.experiment.features) == 4
    assert result.experiment.output == Layer(3, "softmax")
    assert accuracy(result.end) > 0.95


def test_a_curve() -> None:
    """Regression: a straight output over tanh units bends to the data."""
    result = run("A curve")
    assert result.experiment.output == Layer(1, "identity")
    data, n = result.trainer.dataset, result.trainer.n_train
    line = np.polyfit(data.X[:n, 0], data.y[:n], 1)
    straight = float(np.mean((np.polyval(line, data.X[:n, 0]) - data.y[:n]) ** 2))
    assert result.end.train_loss < 0.5 * straight
