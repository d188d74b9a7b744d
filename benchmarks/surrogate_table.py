"""Forward and backward functions chosen apart: what a network still learns when its slopes are another function's.

Two hidden layers, full-batch Adam with learning rate 0.02, the same data for every seed of the weights. The control
"← zero" leaves the hidden layers as they were drawn, so that only the output layer learns, on random features: what
does not beat it has not been back-propagation.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backprop import OPTIMIZERS, Layer, Network
from backprop.network import Gradients, Trace

Array = NDArray[Any]
Rng = np.random.Generator
Points = tuple[Array, Array]

N_TRAIN, N_TEST = 400, 2000
LEARNING_RATE = 0.02


@dataclass(frozen=True)
class Task:
    """Data, the width of both hidden layers, and the number of updates."""

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


def accuracies(task: Task, forward: str, backward: str | None, seeds: int, bias: float | None = None) -> Array:
    """Test accuracy in % of networks with seeds 0, 1, 2 …, shape (seeds,).

    Args:
        task: What to learn.
        forward: Activation of both hidden layers.
        backward: Their backward function; None for their own slope.
        seeds: How many networks.
        bias: Value of all hidden biases at the start; None draws them from U(±1/√n_in), as PyTorch does.
    """
    rng = np.random.default_rng(100)
    (X, y), (X_test, y_test) = task.data(N_TRAIN, rng), task.data(N_TEST, rng)
    mean, deviation = X.mean(axis=0), X.std(axis=0)
    X, X_test = (X - mean) / deviation, (X_test - mean) / deviation
    found = np.empty(seeds)
    for seed in range(seeds):
        hidden = Layer(task.width, forward, backward, "he_normal")
        network = Network(2, [hidden, hidden, Layer(1, "sigmoid")], "bce", seed=seed)
        _set_biases(network, np.random.default_rng([seed, 4]), bias)
        _train(network, X, y, task.steps)
        found[seed] = 100 * np.mean((network.predict(X_test)[:, 0] > 0.5) == (y_test == 1))
    return found


def _set_biases(network: Network, rng: Rng, bias: float | None) -> None:
    for weights, biases in zip(network.weights[:-1], network.biases[:-1], strict=True):
        limit = 1 / np.sqrt(weights.shape[1])
        biases[...] = rng.uniform(-limit, limit, biases.shape) if bias is None else bias


def _train(network: Network, X: Array, y: Array, steps: int) -> None:
    optimizer = OPTIMIZERS["adam"](network.parameters, LEARNING_RATE)
    trace, grads = Trace(network, len(X)), Gradients(network, len(X))
    trace.a[0][...] = X
    targets = y[:, None].astype(network.dtype)
    for _ in range(steps):
        network.propagate(trace)
        network.backward(trace, targets, out=grads)
        optimizer.step(grads.flat)
