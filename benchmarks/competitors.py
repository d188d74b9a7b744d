"""The same training step by four means: this project, NumPy by hand, PyTorch in eager mode, scikit-learn.

Each ``*_step`` function builds everything anew and returns a function that makes one update on the fixed batch.
"""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backprop import OPTIMIZERS, Layer, Network
from backprop.network import Gradients, Trace
from benchmarks.by_hand import ByHand, FourLayersByHand

Array = NDArray[Any]
Step = Callable[[], float]


@dataclass(frozen=True)
class Problem:
    """A network and a batch: hidden layers of one width and one activation, a sigmoid output, binary cross-entropy."""

    width: int
    hidden_layers: int
    batch: int
    activation: str
    rule: str
    learning_rate: float = 1e-3

    @property
    def widths(self) -> list[int]:
        """Units per layer, inputs included."""
        return [2, *[self.width] * self.hidden_layers, 1]

    @property
    def name(self) -> str:
        """The shape in words."""
        shape = f"2, {self.hidden_layers}×{self.width}, 1" if self.hidden_layers > 3 else str(self.widths)[1:-1]
        return f"[{shape}]"

    def network(self) -> Network:
        """The network with its initial weights."""
        hidden = [Layer(self.width, self.activation)] * self.hidden_layers
        return Network(2, [*hidden, Layer(1, "sigmoid")], "bce", seed=1)

    def data(self) -> tuple[Array, Array]:
        """One batch whose labels are noise, so that nothing converges."""
        rng = np.random.default_rng(0)
        X = rng.standard_normal((self.batch, 2))
        return X.astype(np.float32), (rng.random((self.batch, 1)) < 0.5).astype(np.float32)


def backprop_step(problem: Problem) -> Step:
    """This project: a network, its buffers and an optimiser."""
    network, (X, y) = problem.network(), problem.data()
    optimizer = OPTIMIZERS[problem.rule](network.parameters, problem.learning_rate)
    trace, grads = Trace(network, len(X)), Gradients(network, len(X))

    def step() -> float:
        network.forward(X, out=trace)
        network.backward(trace, y, out=grads)
        optimizer.step(grads.flat)
        return grads.loss

    return step


def by_hand_step(problem: Problem) -> Step:
    """NumPy written out for this network."""
    return _by_hand(problem, FourLayersByHand if problem.hidden_layers == 3 else ByHand).step


def numpy_products(problem: Problem) -> Step:
    """The matrix products alone that a step in NumPy cannot avoid: its shapes, its buffers. The loss stays as it is."""
    return _by_hand(problem, ByHand).products()


def _by_hand(problem: Problem, unrolled: type[ByHand]) -> ByHand:
    X, y = problem.data()
    parameters = problem.network().parameters
    return unrolled(parameters, problem.widths, problem.activation, problem.rule, problem.learning_rate, X, y)


def torch_step(problem: Problem) -> Step:
    """PyTorch in eager mode, as its own tutorials write it; ImportError where it is not installed."""
    import torch

    torch.set_num_threads(1)
    network = problem.network()
    modules: list[Any] = []
    for layer, weights, biases in zip(network.layers, network.weights, network.biases, strict=True):
        linear = torch.nn.Linear(weights.shape[1], weights.shape[0])
        with torch.no_grad():
            linear.weight.copy_(torch.from_numpy(weights.copy()))
            linear.bias.copy_(torch.from_numpy(biases.copy()))
        modules += [linear, {"tanh": torch.nn.Tanh, "relu": torch.nn.ReLU}.get(layer.activation, torch.nn.Identity)()]
    model = torch.nn.Sequential(*modules[:-1])  # the sigmoid is part of the loss
    rule = torch.optim.Adam if problem.rule == "adam" else torch.optim.SGD
    optimizer = rule(model.parameters(), lr=problem.learning_rate)
    criterion = torch.nn.BCEWithLogitsLoss()
    X, y = map(torch.from_numpy, problem.data())

    def step() -> float:
        optimizer.zero_grad()
        loss = criterion(model(X), y)
        loss.backward()
        optimizer.step()
        return float(loss.item())

    return step


def torch_products(problem: Problem) -> Step:
    """The same products by PyTorch's BLAS, batch first as its ``Linear`` has them; ImportError without PyTorch."""
    import torch

    torch.set_num_threads(1)
    generator = torch.Generator().manual_seed(0)
    plan: list[tuple[Any, Any, Any]] = []
    for j, (n_in, n_out) in enumerate(itertools.pairwise(problem.widths)):
        a, W = (torch.randn(rows, n_in, generator=generator) for rows in (problem.batch, n_out))
        phi = torch.randn(problem.batch, n_out, generator=generator)
        plan += [(a, W.t(), torch.empty(problem.batch, n_out)), (phi.t(), a, torch.empty(n_out, n_in))]
        if j > 0:
            plan.append((phi, W, torch.empty(problem.batch, n_in)))
    multiply = torch.mm

    def step() -> float:
        for left, right, out in plan:
            multiply(left, right, out=out)
        return 0.0

    return step


def sklearn_step(problem: Problem) -> Step:
    """scikit-learn's MLPClassifier, one batch per ``partial_fit``; ImportError where it is not installed."""
    from sklearn.neural_network import MLPClassifier

    X, y = problem.data()
    labels = y[:, 0].astype(int)
    model = MLPClassifier(
        hidden_layer_sizes=problem.widths[1:-1],
        activation=problem.activation,
        solver=problem.rule,
        learning_rate_init=problem.learning_rate,
        batch_size=problem.batch,
        alpha=0.0,
        momentum=0.0,
        shuffle=False,
        random_state=1,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.partial_fit(X, labels, classes=[0, 1])

    def step() -> float:
        model.partial_fit(X, labels)
        return float(model.loss_)

    return step
