"""The samples in the form that the network reads, and the training set in batches, shuffled in every epoch."""

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


class SampleSet:
    """The training or the test set in the form that the network reads: one column per sample, with its own buffers.

    Args:
        network: The network that reads the samples.
        experiment: The experiment that the network belongs to.
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
class EpochStart:
    """Where a sequence of epochs began: at the start of a run, or where the data or the batches changed.

    Attributes:
        step: Number of updates made before it.
        epoch: Number of epochs made before it, fractions included.
        orders: Number of sample orders used before it.
    """

    step: int = 0
    epoch: float = 0.0
    orders: int = 0


class Batches:
    """The training set in batches, with another order of the samples in every epoch.

    Args:
        network: The network that reads the batches.
        samples: The training set.
        size: Number of samples in a batch; the last batch of an epoch may have fewer.
        seed: Seed of the sample orders.

    Attributes:
        epoch_start: Where the present sequence of epochs began; set it with ``count_from``.
    """

    epoch_start: EpochStart

    def __init__(self, network: Network, samples: SampleSet, size: int, seed: int) -> None:
        self._samples, self._seed = samples, seed
        self._X, self._y = np.empty_like(samples.X), np.empty_like(samples.y)
        self._batches = self._split(network, min(size, len(samples)))
        self.count_from(EpochStart())

    def __len__(self) -> int:
        return len(self._batches)

    def at(self, step: int) -> Batch:
        """Inputs and targets of the batch that follows ``step`` updates, with the buffers to train on it."""
        number, index = divmod(step - self.epoch_start.step, len(self._batches))
        if number != self._shuffled:
            self._shuffle(number)
        return self._batches[index]

    def epoch(self, step: int) -> float:
        """Number of epochs made after ``step`` updates, fractions included."""
        return self.epoch_start.epoch + (step - self.epoch_start.step) / len(self._batches)

    def updates_left(self, step: int) -> int:
        """Number of updates after ``step`` that complete the epoch, 1 or more."""
        return len(self._batches) - (step - self.epoch_start.step) % len(self._batches)

    def count_from(self, start: EpochStart) -> None:
        """Count epochs from ``start``."""
        self.epoch_start = start
        self._shuffled = -1  # the epoch, counted from the start, whose sample order the buffers hold; -1 for none

    def new_start(self, step: int) -> EpochStart:
        """The start of a new sequence of epochs if the present epoch is abandoned after ``step`` updates."""
        begun = math.ceil((step - self.epoch_start.step) / len(self._batches))
        return EpochStart(step, self.epoch(step), self.epoch_start.orders + begun)

    def _split(self, network: Network, size: int) -> list[Batch]:
        """One view of the shuffled training set per batch, with buffers shared by all batches of the same size."""
        buffers: dict[int, tuple[Trace, Gradients]] = {}
        batches = []
        for start in range(0, len(self._samples), size):
            stop = min(start + size, len(self._samples))
            if stop - start not in buffers:
                buffers[stop - start] = (Trace(network, stop - start), Gradients(network, stop - start))
            batches.append((self._X[:, start:stop], self._y[:, start:stop].T, *buffers[stop - start]))
        return batches

    def _shuffle(self, number: int) -> None:
        """Put the samples in the order of an epoch. It depends only on seed and epoch, so that any step can recur."""
        rng = np.random.default_rng([self._seed, self.epoch_start.orders + number, BATCHES])
        order = rng.permutation(len(self._samples))
        # mode="clip" changes nothing for a permutation, but lets NumPy write into the buffers directly.
        self._samples.X.take(order, axis=1, out=self._X, mode="clip")
        self._samples.y.take(order, axis=1, out=self._y, mode="clip")
        self._shuffled = number
