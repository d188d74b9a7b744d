"""The samples as the network reads them, and the training set in shuffled batches."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backprop.data import FeatureMap, make_targets
from backprop.experiment import Experiment
from backprop.network import Gradients, Network, Trace
from backprop.streams import BATCHES

Array = NDArray[Any]
Batch = tuple[Array, Array, Trace, Gradients]


class Part:
    """The training or the test set as the network reads it, one column per sample, with buffers for its passes.

    Args:
        network: The network that reads it.
        experiment: The experiment of the network.
        features: Maps raw coordinates to network inputs.
        X: Raw coordinates, shape (n, d).
        y: Classes or values, shape (n,).
    """

    def __init__(self, network: Network, experiment: Experiment, features: FeatureMap, X: Array, y: Array) -> None:
        self.labels = y
        self.X = np.ones((network.n_inputs + 1, len(X)), network.dtype)
        self.X[:-1] = features(X).T
        targets = make_targets(experiment.kind, y, experiment.output, experiment.loss)
        self.y = np.ascontiguousarray(targets.T, dtype=network.dtype)
        self.trace = Trace(network, len(X))
        self.trace.columns[0][...] = self.X

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True)
class Passes:
    """Where counting passes over the training set begins: at the start of a run, or where data or batches change.

    Attributes:
        step: Updates made before.
        epoch: Passes made before, as a fraction.
        orders: Orders of the samples used before.
    """

    step: int = 0
    epoch: float = 0.0
    orders: int = 0


class Batches:
    """The training set in batches. The samples have another order in every pass.

    Args:
        network: The network that reads the batches.
        part: The training set.
        size: Samples in a batch; the last batch of a pass may have fewer.
        seed: The seed of the orders.

    Attributes:
        passes: Where counting begins; set it with ``count_from``.
    """

    passes: Passes

    def __init__(self, network: Network, part: Part, size: int, seed: int) -> None:
        self._part, self._seed = part, seed
        self._X, self._y = np.empty_like(part.X), np.empty_like(part.y)
        self._batches = self._cut(network, min(size, len(part)))
        self.count_from(Passes())

    def __len__(self) -> int:
        return len(self._batches)

    def at(self, step: int) -> Batch:
        """Inputs and targets of the update that follows ``step`` updates, with buffers to train on them."""
        number, index = divmod(step - self.passes.step, len(self._batches))
        if number != self._shuffled:
            self._shuffle(number)
        return self._batches[index]

    def epoch(self, step: int) -> float:
        """The passes made after ``step`` updates, as a fraction."""
        return self.passes.epoch + (step - self.passes.step) / len(self._batches)

    def left(self, step: int) -> int:
        """The updates until the present pass is complete, 1 or more."""
        return len(self._batches) - (step - self.passes.step) % len(self._batches)

    def count_from(self, passes: Passes) -> None:
        """Count passes from here."""
        self.passes = passes
        self._shuffled = -1  # the pass whose order the samples have now

    def broken_off(self, step: int) -> Passes:
        """Where counting continues if the present pass ends after ``step`` updates and a new one begins."""
        begun = math.ceil((step - self.passes.step) / len(self._batches))
        return Passes(step, self.epoch(step), self.passes.orders + begun)

    def _cut(self, network: Network, size: int) -> list[Batch]:
        """Views of the shuffled training set, one per batch. Batches of one size share buffers."""
        buffers: dict[int, tuple[Trace, Gradients]] = {}
        batches = []
        for start in range(0, len(self._part), size):
            stop = min(start + size, len(self._part))
            if stop - start not in buffers:
                buffers[stop - start] = (Trace(network, stop - start), Gradients(network, stop - start))
            batches.append((self._X[:, start:stop], self._y[:, start:stop].T, *buffers[stop - start]))
        return batches

    def _shuffle(self, number: int) -> None:
        """Shuffle the samples. Their order depends on the seed and the pass alone, so that any step can be reached
        again.
        """
        rng = np.random.default_rng([self._seed, self.passes.orders + number, BATCHES])
        order = rng.permutation(len(self._part))
        # For a permutation mode="clip" changes nothing, but it lets NumPy write into the buffers directly.
        self._part.X.take(order, axis=1, out=self._X, mode="clip")
        self._part.y.take(order, axis=1, out=self._y, mode="clip")
        self._shuffled = number
