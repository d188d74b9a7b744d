"""Forward and backward functions chosen separately: what a network still learns when its slopes are another function's.

Two hidden layers with the same pair, full-batch Adam with learning rate 0.02, and the same data for every seed of the
weights. The control "← zero" keeps the hidden layers at their initial weights, so that only the output layer learns,
from random features. A pair that does not beat the control gains nothing from back-propagation.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backprop.functions import OPTIMIZERS
from backprop.layer import Layer
from backprop.network import Gradients, Network, Trace

Array = NDArray[Any]
Rng = np.random.Generator
Points = tuple[Array, Array]

N_TRAIN, N_TEST = 400, 2000
LEARNING_RATE = 0.02
CONTROL = "zero"  # the backward function with which hidden layers learn nothing


@dataclass(frozen=True)
class Task:
    """The data, the width of both hidden layers, and the number of updates."""

    data: Callable[[int, Rng], Points]
    width: int
    steps: int


def _moons(n: int, rng: Rng) -> Points:
    y, angle = np.arange(n) % 2, rng.uniform(0.0, np.pi, n)
    x1 = np.where(y == 1, 1.0 - np.cos(angle), np.cos(angle))
    x2 = np.where(y == 1, 0.5 - np.sin(angle), np.sin(angle))
    return np.column_stack([x1, x2]) + 0.2 * rng.standard_normal((n, 2)), y


def _xor(n: int, rng: Rng) -> Points:
    X = rng.uniform(-1.0, 1.0, (n, 2))
    return X, (X[:, 0] * X[:, 1] > 0).astype(int)


def _spiral(n: int, rng: Rng) -> Points:
    y, along = np.arange(n) % 2, rng.uniform(0.05, 1.0, n)
    angle = 3 * np.pi * along + np.pi * y
    return along[:, None] * np.column_stack([np.sin(angle), np.cos(angle)]), y


TASKS = {"moons": Task(_moons, 8, 600), "xor": Task(_xor, 8, 600), "spiral": Task(_spiral, 24, 1200)}

# (forward, backward): mean and standard deviation of the test accuracy in % on moons, xor and spiral over ten seeds, in
# an independent NumPy run of this set-up, which drew other data. Literature on the idea: Bengio, Léonard & Courville
# 2013; Zenke & Ganguli 2018; Neftci, Mostafa & Zenke 2019.
REFERENCE: dict[tuple[str, str | None], tuple[tuple[float, float], ...]] = {
    ("relu", None): ((96.6, 0.3), (98.9, 0.4), (99.9, 0.1)),
    ("relu", "tanh"): ((93.4, 3.4), (97.7, 1.3), (86.2, 12.5)),
    ("relu", "sigmoid"): ((94.2, 2.8), (97.7, 1.0), (90.2, 12.5)),
    ("relu", "leaky_relu"): ((96.7, 0.3), (98.9, 0.4), (99.9, 0.2)),
    ("relu", "straight_through"): ((91.7, 3.0), (92.1, 6.8), (86.4, 5.5)),
    ("relu", "zero"): ((88.8, 2.6), (88.1, 4.5), (81.5, 5.3)),
    ("step", "zero"): ((85.9, 1.9), (82.3, 6.3), (66.5, 3.4)),
    ("step", "straight_through"): ((86.0, 0.4), (65.5, 12.2), (64.7, 1.6)),
    ("step", "clipped_straight_through"): ((95.8, 0.7), (97.6, 1.5), (99.4, 0.3)),
    ("step", "sigmoid"): ((96.0, 0.6), (95.4, 3.3), (98.8, 0.5)),
    ("step", "fast_sigmoid(1)"): ((95.9, 0.4), (96.2, 2.4), (99.1, 0.6)),
    ("sign", "tanh"): ((96.0, 0.5), (98.6, 0.7), (98.8, 0.6)),
}


@dataclass(frozen=True, eq=False)
class Study:
    """A task's samples, standardised on the training samples: ``X`` of shape (N, 2), ``y`` 0 or 1, of shape (N, 1)."""

    task: Task
    X: Array
    y: Array
    X_test: Array
    y_test: Array

    def network(self, forward: str, backward: str | None, seed: int, bias: float | None = None) -> Network:
        """An untrained network whose two hidden layers use this pair.

        Args:
            forward: Spec of the activation.
            backward: Spec of the backward function; None for the activation's own slope.
            seed: The seed of the weights.
            bias: The value of all hidden biases; None draws them from U(±1/√n_in), as PyTorch does.
        """
        hidden = Layer(self.task.width, forward, backward, "he_normal")
        network = Network(2, [hidden, hidden, Layer(1, "sigmoid")], "bce", seed=seed)
        rng = np.random.default_rng([seed, 4])
        for weights, biases in zip(network.weights[:-1], network.biases[:-1], strict=True):
            limit = 1 / np.sqrt(weights.shape[1])
            biases[...] = rng.uniform(-limit, limit, biases.shape) if bias is None else bias
        return network

    def train(self, network: Network) -> None:
        """Make all updates of the task, each on the whole training set."""
        optimizer = OPTIMIZERS["adam"](network.parameters, LEARNING_RATE)
        trace, grads = Trace(network, len(self.X)), Gradients(network, len(self.X))
        trace.a[0][...] = self.X
        targets = self.y.astype(network.dtype)
        for _ in range(self.task.steps):
            network.propagate(trace)
            network.backward(trace, targets, out=grads)
            optimizer.step(grads.flat)

    def accuracy(self, network: Network) -> float:
        """The share of test samples that the network classifies correctly, in %."""
        return 100 * float(np.mean((network.predict(self.X_test) > 0.5) == (self.y_test == 1)))


@cache
def study(task: Task) -> Study:
    """The samples of a task, which are always the same."""
    rng = np.random.default_rng(100)
    (X, y), (X_test, y_test) = task.data(N_TRAIN, rng), task.data(N_TEST, rng)
    mean, deviation = X.mean(axis=0), X.std(axis=0)
    return Study(task, (X - mean) / deviation, y[:, None], (X_test - mean) / deviation, y_test[:, None])


def accuracy(task: Task, forward: str, backward: str | None, seed: int, bias: float | None = None) -> float:
    """Test accuracy in % of one network after training; see ``Study.network`` for the arguments."""
    runs = study(task)
    network = runs.network(forward, backward, seed, bias)
    with np.errstate(over="ignore", invalid="ignore"):  # a pair that diverges stays at chance level
        runs.train(network)
        return runs.accuracy(network)


def accuracies(task: Task, forward: str, backward: str | None, seeds: int, bias: float | None = None) -> Array:
    """Test accuracy in % of networks with seeds 0, 1, 2 …, shape (seeds,)."""
    return np.array([accuracy(task, forward, backward, seed, bias) for seed in range(seeds)])
