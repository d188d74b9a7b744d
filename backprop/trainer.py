"""Training: steps, epochs, frames of numbers for a view, rewinding, and stopping at the last finite state."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backprop.clipping import clip_norm
from backprop.datasets import make_dataset
from backprop.diagnostics import LayerDiagnostics, measure
from backprop.divergence import Divergence, is_finite, locate
from backprop.experiment import Experiment
from backprop.features import FeatureMap
from backprop.history import History
from backprop.network import Gradients, Network, Trace
from backprop.optimizers import get_optimizer
from backprop.penalties import Penalties
from backprop.schedules import get_schedule
from backprop.streams import BATCHES
from backprop.targets import accuracy, make_targets
from backprop.unit import UnitDiagnostics, measure_unit

Array = NDArray[Any]

RUN_COLUMNS = ("step", "train_loss", "test_loss", "train_accuracy", "test_accuracy")
LAYER_COLUMNS = ("gradient_norm", "signal_rms", "flat_share", "dead", "frozen", "update_ratio")


@dataclass(frozen=True)
class Frame:
    """One moment of a run.

    Attributes:
        step: Updates made so far.
        epoch: Passes over the training set so far, as a fraction.
        train_loss, test_loss: Mean loss of each part; None without test samples.
        train_accuracy, test_accuracy: Share of right answers, 0 to 1; None for regression or without samples.
        layers: Diagnostics per layer, first to last.
        diverged: Where the run left the finite numbers, or None.
    """

    step: int
    epoch: float
    train_loss: float
    test_loss: float | None
    train_accuracy: float | None
    test_accuracy: float | None
    layers: tuple[LayerDiagnostics, ...]
    diverged: Divergence | None = None


@dataclass(frozen=True)
class Snapshot:
    """A state that a run can be taken back to, bit for bit."""

    step: int
    parameters: Array
    previous: Array
    optimizer_state: Array
    optimizer_steps: int
    ever_dead: tuple[Array, ...]
    diverged: Divergence | None


class _Part:
    """Training or test set as the network reads it, one column a sample, with the buffers of its own passes."""

    def __init__(self, trainer: Trainer, X: Array, y: Array) -> None:
        network, experiment = trainer.network, trainer.experiment
        self.labels = y
        self.X = np.ones((network.n_inputs + 1, len(X)), network.dtype)
        self.X[:-1] = trainer.features(X).T
        targets = make_targets(experiment.kind, y, experiment.output, experiment.loss)
        self.y = np.ascontiguousarray(targets.T, dtype=network.dtype)
        self.trace = Trace(network, len(X))
        self.trace.columns[0][...] = self.X


class Trainer:
    """Runs an experiment.

    Args:
        experiment: What to run.

    Attributes:
        dataset: The samples.
        features: Raw coordinates → network inputs.
        network: The network being trained.
        optimizer: The update rule with its state. Its ``learning_rate`` is that of the latest step; change it by
            ``set_learning_rate``.
        step_count: Updates made so far.
        gradients: Of the whole training set, as the latest frame measured them.
        history: The frames so far, thinned to a bounded number of rows.
        diverged: Where the run left the finite numbers, or None.
    """

    def __init__(self, experiment: Experiment) -> None:
        self.experiment = experiment
        e = experiment
        self.dataset = make_dataset(e.dataset, e.samples, e.noise, e.test_share, e.data_seed)
        self.features = FeatureMap(self.dataset, e.features)
        self.network = Network(len(e.features), e.layers, e.loss, seed=e.seed, dtype=e.dtype)
        n = self.dataset.n_train
        self._train = _Part(self, self.dataset.X[:n], self.dataset.y[:n])
        self._test = _Part(self, self.dataset.X[n:], self.dataset.y[n:]) if n < len(self.dataset.X) else None
        self.gradients = Gradients(self.network, n)
        self._X, self._y = np.empty_like(self._train.X), np.empty_like(self._train.y)
        self._batches = self._make_batches(min(e.batch_size, n), n)
        self.optimizer = get_optimizer(e.optimizer)(self.network.parameters, e.learning_rate)
        self._schedule = get_schedule(e.schedule)
        self._penalties = Penalties(self.network, e.l1, e.l2) if e.l1 or e.l2 else None
        self._total = np.empty_like(self.network.parameters)  # the gradient with what is done to it before the update
        self._plain = not (self._penalties or e.clip_norm) and self._schedule.is_constant
        columns = [f"{name}_{j + 1}" for j in range(len(e.layers)) for name in LAYER_COLUMNS]
        self.history = History((*RUN_COLUMNS, *columns))
        self._previous = self.network.parameters.copy()
        self.diverged: Divergence | None = None
        self.step_count = 0
        self._start()

    @property
    def n_train(self) -> int:
        """Number of training samples."""
        return self.dataset.n_train

    @property
    def steps_per_epoch(self) -> int:
        """Updates in one pass over the training set."""
        return len(self._batches)

    @property
    def learning_rate(self) -> float:
        """Of the next step: the experiment's, times the factor of its schedule."""
        return self.experiment.learning_rate * self._schedule.factor(self.step_count)

    def rewind(self) -> None:
        """Back to step 0 and to the very same initial weights."""
        self.optimizer.reset()
        self.history.clear()
        self._start()

    def set_learning_rate(self, learning_rate: float) -> None:
        """Change the learning rate without touching anything else; SpecError where it makes no sense."""
        self.experiment = replace(self.experiment, learning_rate=learning_rate)
        self.optimizer.learning_rate = learning_rate

    def step(self, n: int = 1) -> int:
        """Make up to ``n`` updates; returns how many were made, fewer only where the run diverges."""
        # A run that diverges overflows on its way: that is looked for in every step and told in `diverged`, so NumPy's
        # own warnings would only say it twice.
        with np.errstate(over="ignore", invalid="ignore"):
            for made in range(n):
                if not self._update():
                    return made
        return n

    def run_epoch(self) -> int:
        """Update until the next full pass over the training set is complete; returns the number of updates."""
        return self.step(self.steps_per_epoch - self.step_count % self.steps_per_epoch)

    def frames(self, n: int, steps_per_frame: int = 1) -> Iterator[Frame]:
        """Up to ``n`` frames, ``steps_per_frame`` updates before each; ends early where the run diverges."""
        for _ in range(n):
            self.step(steps_per_frame)
            yield self.frame()
            if self.diverged:
                return

    def frame(self) -> Frame:
        """The numbers of this moment, measured over the whole training set and noted in the history."""
        with np.errstate(over="ignore", invalid="ignore"):
            frame = self._measure()
            if not math.isfinite(frame.train_loss):
                # Finite on every batch so far, but not on the whole training set: the last update went too far.
                self.step_count = max(self.step_count - 1, 0)
                self.diverged = locate(self.network, self._train.trace, self.gradients, self.step_count)
                self._go_back()
                frame = self._measure()
        values: list[float | None] = [
            frame.step,
            frame.train_loss,
            frame.test_loss,
            frame.train_accuracy,
            frame.test_accuracy,
        ]
        for layer in frame.layers:
            values += [layer.gradient_norm, layer.signal_rms, layer.flat_share]
            dead, frozen = np.count_nonzero(layer.dead), np.count_nonzero(layer.frozen)
            values += [float(dead), float(frozen), layer.update_ratio]
        if not len(self.history) or self.history.column("step")[-1] < frame.step:
            self.history.append([math.nan if value is None else float(value) for value in values])
        return frame

    def unit(self, layer: int, unit: int) -> UnitDiagnostics:
        """One unit, both counted from 0, as the latest frame found it."""
        previous = self._previous if self.step_count else None
        return measure_unit(self.network, self._train.trace, self.gradients, previous, layer, unit)

    def snapshot(self) -> Snapshot:
        """This state, for ``restore``."""
        return Snapshot(
            step=self.step_count,
            parameters=self.network.parameters.copy(),
            previous=self._previous.copy(),
            optimizer_state=self.optimizer.state.copy(),
            optimizer_steps=self.optimizer.steps,
            ever_dead=tuple(mask.copy() for mask in self._ever_dead),
            diverged=self.diverged,
        )

    def restore(self, snapshot: Snapshot) -> None:
        """Go back to a state of this run; what follows is what followed then, bit for bit."""
        self.step_count = snapshot.step
        self.network.parameters[...] = snapshot.parameters
        self._previous[...] = snapshot.previous
        self.optimizer.state[...] = snapshot.optimizer_state
        self.optimizer.steps = snapshot.optimizer_steps
        self._ever_dead = [mask.copy() for mask in snapshot.ever_dead]
        self.diverged = snapshot.diverged
        self.history.truncate(snapshot.step)

    def _start(self) -> None:
        # Weights too large for the number format overflow here as they do in the first frame, which tells it in words.
        with np.errstate(over="ignore", invalid="ignore"):
            self.network.reset(self._train.X[:-1].T)
        self.step_count = 0
        self.diverged = None
        self._shuffled_epoch = -1
        self._ever_dead = [np.zeros(layer.units, bool) for layer in self.experiment.layers]
        self._previous[...] = self.network.parameters

    def _make_batches(self, size: int, n: int) -> list[tuple[Array, Array, Trace, Gradients]]:
        """Views of the shuffled training set, one a batch, with buffers shared by all batches of one size."""
        buffers: dict[int, tuple[Trace, Gradients]] = {}
        batches = []
        for start in range(0, n, size):
            stop = min(start + size, n)
            if stop - start not in buffers:
                buffers[stop - start] = (Trace(self.network, stop - start), Gradients(self.network, stop - start))
            batches.append((self._X[:, start:stop], self._y[:, start:stop].T, *buffers[stop - start]))
        return batches

    def _update(self) -> bool:
        """One update; False, and nothing changed, where the run has diverged."""
        epoch, index = divmod(self.step_count, len(self._batches))
        if epoch != self._shuffled_epoch:
            self._shuffle(epoch)
        X, y, trace, grads = self._batches[index]
        network, parameters = self.network, self.network.parameters
        trace.columns[0][...] = X
        network.propagate(trace)
        network.backward(trace, y, grads)
        if math.isfinite(grads.loss) and is_finite(grads.flat):
            self._previous[...] = parameters
            if self._plain:
                self.optimizer.step(grads.flat)
            else:
                self._adjusted_step(grads.flat)
            if is_finite(parameters):
                self.diverged = None
                self.step_count += 1
                return True
            self.diverged = locate(network, trace, grads, self.step_count)
            self._go_back()
        else:
            self.diverged = locate(network, trace, grads, self.step_count)
        return False

    def _adjusted_step(self, gradient: Array) -> None:
        """The update with all that an experiment may ask for: penalties, then clipping, and the schedule's rate."""
        if self._penalties:
            gradient = self._penalties.add(gradient, out=self._total)
        if self.experiment.clip_norm:
            gradient = clip_norm(gradient, self.experiment.clip_norm, out=self._total)
        self.optimizer.learning_rate = self.learning_rate
        self.optimizer.step(gradient)

    def _go_back(self) -> None:
        """Take the last update back."""
        self.network.parameters[...] = self._previous
        self.optimizer.reset()  # its memory may hold what made the run overflow

    def _shuffle(self, epoch: int) -> None:
        """The order of the samples depends on seed and epoch alone, so that any step can be reached again."""
        order = np.random.default_rng([self.experiment.seed, epoch, BATCHES]).permutation(self.n_train)
        # mode="clip" changes nothing for a permutation, but lets NumPy write into the buffers directly.
        self._train.X.take(order, axis=1, out=self._X, mode="clip")
        self._train.y.take(order, axis=1, out=self._y, mode="clip")
        self._shuffled_epoch = epoch

    def _measure(self) -> Frame:
        network = self.network
        train = network.propagate(self._train.trace)
        grads = network.backward(train, self._train.y.T, self.gradients)
        previous = self._previous if self.step_count else None
        layers = measure(network, train, grads, previous, self._ever_dead)
        test_loss, test_accuracy = self._test_scores()
        return Frame(
            step=self.step_count,
            epoch=self.step_count / len(self._batches),
            train_loss=grads.loss,
            test_loss=test_loss,
            train_accuracy=self._accuracy(self._train),
            test_accuracy=test_accuracy,
            layers=layers,
            diverged=self.diverged,
        )

    def _test_scores(self) -> tuple[float | None, float | None]:
        if self._test is None:
            return None, None
        trace = self.network.propagate(self._test.trace)
        return self.network.loss_value(trace, self._test.y.T), self._accuracy(self._test)

    def _accuracy(self, part: _Part) -> float | None:
        e = self.experiment
        return accuracy(e.kind, part.trace.a[-1], part.labels, e.output, e.loss)
