"""Training: steps, epochs, frames of numbers, changes in mid-run, going back, and stopping at a divergence."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backprop.checks import check_number
from backprop.data import FeatureMap, accuracy, make_dataset
from backprop.diagnosis import (
    Divergence,
    Frame,
    UnitDiagnostics,
    history_columns,
    history_row,
    is_finite,
    locate_divergence,
    measure,
    measure_unit,
)
from backprop.errors import SpecError
from backprop.experiment import Experiment
from backprop.functions import Optimizer, get_optimizer, get_schedule
from backprop.network import Gradients, Network, Trace
from backprop.training.batches import Batches, Part, Passes
from backprop.training.carry_over import CarryOver, default_origins
from backprop.training.changes import Mark, describe_change, parameter_name
from backprop.training.clipping import clip_norm
from backprop.training.history import History
from backprop.training.penalties import Penalties
from backprop.training.snapshot import Snapshot

Array = NDArray[Any]

UPDATE_SETTINGS = (
    "optimizer",
    "learning_rate",
    "schedule",
    "clip_norm",
    "l1",
    "l2",
)  # settings of neither the network nor the data
BATCH_SETTINGS = ("noise", "samples", "test_share", "data_seed", "batch_size", "seed")
MAX_VALUE = 1e6  # the largest weight that can be set by hand
MAX_MARKS = 200


class Trainer:
    """Runs an experiment.

    Args:
        experiment: What to run.

    Attributes:
        experiment: The experiment that runs; ``change`` it at any time.
        dataset: The samples.
        features: Maps raw coordinates to network inputs.
        network: The network that trains. A change of more than the update rule replaces it.
        optimizer: The update rule with its state. Its ``learning_rate`` is that of the latest step.
        step_count: Updates made so far.
        gradients: The gradients on the whole training set, as the latest frame measured them.
        history: The frames so far, thinned to a bounded number of rows; see ``history_columns``.
        layer_ids: For each layer an id that stays the same when other layers are added, removed or moved; 1, 2, … at
            first.
        marks: What was changed in this run, oldest first; the latest 200.
        diverged: Where the run left the finite numbers, or None.
    """

    step_count: int
    history: History
    layer_ids: tuple[int, ...]
    marks: tuple[Mark, ...]
    diverged: Divergence | None
    _next_layer_id: int
    _set_at: int  # step at which the parameters were last set by anything but an update

    def __init__(self, experiment: Experiment) -> None:
        self.experiment = experiment
        self._build_network()
        self._build_update()
        self._start()

    @property
    def n_train(self) -> int:
        """Number of training samples."""
        return self.dataset.n_train

    @property
    def training_set(self) -> tuple[Array, Array]:
        """Inputs and targets as the network receives them, views of shape (N, n_0) and (N, n_J)."""
        return self._train.X[:-1].T, self._train.y.T

    @property
    def steps_per_epoch(self) -> int:
        """Updates in one pass over the training set."""
        return len(self._batches)

    @property
    def epoch(self) -> float:
        """Passes over the training set so far, as a fraction."""
        return self._batches.epoch(self.step_count)

    @property
    def learning_rate(self) -> float:
        """The learning rate of the next step: the experiment's times the schedule's factor."""
        return self.experiment.learning_rate * self._schedule.factor(self.step_count)

    def rewind(self) -> None:
        """Begin again at step 0, with the very same initial weights of the present experiment."""
        self._build_update()
        self._start()

    def change(self, experiment: Experiment, origins: Sequence[int | None] | None = None) -> None:
        """Continue with another experiment from the present weights; step, epoch and history go on.

        ``CarryOver`` decides what of the layers stays. The optimiser keeps its memory if its spec and all parameters
        stay. If data, batches or seed change, a new pass over the training set begins.

        Args:
            experiment: On the same dataset; everything else may differ.
            origins: For each of its layers the present index of that layer, from 0; None for a new layer. By default
                layers are matched from the front, and the output layer with the output layer.

        Raises:
            ValueError: The dataset differs (make a new trainer for another problem), or the origins do not fit.
        """
        before, network, optimizer = self.experiment, self.network, self.optimizer
        if experiment.dataset != before.dataset:
            raise ValueError(f"a run on {before.dataset} cannot go on with {experiment.dataset}; make a new Trainer")
        default = default_origins(len(before.layers), len(experiment.layers))
        carry = CarryOver(before, experiment, default if origins is None else tuple(origins))
        text = describe_change(before, experiment, carry.origins)
        if not text:
            return
        passes = self._batches.passes
        if any(getattr(experiment, name) != getattr(before, name) for name in BATCH_SETTINGS):
            passes = self._batches.broken_off(self.step_count)
        self._take_on(experiment, anew=not carry.is_complete)
        if self.network is not network:
            self._batches.count_from(passes)
            self._carry_over(carry, network)
        if carry.is_complete and experiment.optimizer == before.optimizer:
            self._remember(optimizer)
        self.diverged = None
        self._mark(text)

    def set_parameter(self, layer: int, unit: int, source: int | None, value: float) -> None:
        """Set one weight or bias by hand.

        Args:
            layer: Index of the layer, from 0.
            unit: Index of the unit in it, from 0.
            source: Index of the unit or input from which the weight comes, from 0; None for the bias.
            value: Any number within ±1e6.

        Raises:
            SpecError: There is no such parameter, or the value is out of range.
        """
        _check_index("layer", layer, len(self.network.layers), "the network")
        _check_index("unit", unit, self.network.layers[layer].units, f"layer {layer + 1}")
        if source is not None:
            _check_index("input", source, self.network.weights[layer].shape[1], f"layer {layer + 1}")
        name = parameter_name(layer, unit, source)
        check_number(name, value, -MAX_VALUE, MAX_VALUE)
        self.network.blocks[layer][unit, -1 if source is None else source] = value
        self._parameters_set()
        self.diverged = None
        self._mark(f"{name} set to {value:.4g}", f"{name} set to ")

    def step(self, n: int = 1) -> int:
        """Make up to ``n`` updates. Returns how many were made; fewer only if the run diverges."""
        # A diverging run overflows. Every step checks for that and `diverged` reports it; NumPy need not warn too.
        with np.errstate(over="ignore", invalid="ignore"):
            for made in range(n):
                if not self._update():
                    return made
        return n

    def run_epoch(self) -> int:
        """Update until the next full pass over the training set is complete. Returns the number of updates."""
        return self.step(self._batches.left(self.step_count))

    def frames(self, n: int, steps_per_frame: int = 1) -> Iterator[Frame]:
        """Up to ``n`` frames with ``steps_per_frame`` updates before each; ends early if the run diverges."""
        for _ in range(n):
            self.step(steps_per_frame)
            yield self.frame()
            if self.diverged:
                return

    def frame(self) -> Frame:
        """The numbers of this moment, measured on the whole training set and added to the history."""
        with np.errstate(over="ignore", invalid="ignore"):
            frame = self._measure()
            if not math.isfinite(frame.train_loss):
                # Every batch so far was finite, but the whole training set is not: the last update went too far.
                self.step_count = max(self.step_count - 1, self._set_at)
                self.diverged = locate_divergence(self.network, self._train.trace, self.gradients, self.step_count)
                self._go_back()
                frame = self._measure()
        if not len(self.history) or self.history.column("step")[-1] < frame.step:
            self.history.append(history_row(frame))
        return frame

    def unit(self, layer: int, unit: int) -> UnitDiagnostics:
        """One unit, layer and unit counted from 0, as the latest frame found it."""
        return measure_unit(self.network, self._train.trace, self.gradients, self._before_update, layer, unit)

    def snapshot(self) -> Snapshot:
        """This state, for ``restore``."""
        return Snapshot(
            experiment=self.experiment,
            step=self.step_count,
            passes=self._batches.passes,
            parameters=self.network.parameters.copy(),
            previous=self._previous.copy(),
            set_at=self._set_at,
            optimizer_state=self.optimizer.state.copy(),
            optimizer_steps=self.optimizer.steps,
            ever_dead=tuple(mask.copy() for mask in self._ever_dead),
            diverged=self.diverged,
            layer_ids=self.layer_ids,
            next_layer_id=self._next_layer_id,
            columns=self.history.columns,
            marks=self.marks,
        )

    def restore(self, snapshot: Snapshot, keep_history: bool = False) -> None:
        """Go to a state of this run. What follows is what followed then, bit for bit.

        Args:
            snapshot: The state, of whichever experiment ran then.
            keep_history: Keep the whole history and all marks, to look at a moment and come back; otherwise they end
                there.
        """
        self._take_on(snapshot.experiment)
        self.step_count = snapshot.step
        self.network.parameters[...] = snapshot.parameters
        self._previous[...] = snapshot.previous
        self._set_at = snapshot.set_at
        self.optimizer.state[...] = snapshot.optimizer_state
        self.optimizer.steps = snapshot.optimizer_steps
        self._ever_dead = [mask.copy() for mask in snapshot.ever_dead]
        self.diverged = snapshot.diverged
        self._batches.count_from(snapshot.passes)
        self.layer_ids = snapshot.layer_ids
        if keep_history:
            self._next_layer_id = max(self._next_layer_id, snapshot.next_layer_id)
        else:
            self._next_layer_id = snapshot.next_layer_id
            self.marks = snapshot.marks
        self.history.use(history_columns(self.layer_ids))
        if not keep_history:
            self.history.truncate(snapshot.step, snapshot.columns)

    def _build_network(self) -> None:
        """Build data and network of the present experiment, with all buffers."""
        e = self.experiment
        self.dataset = make_dataset(e.dataset, e.samples, e.noise, e.test_share, e.data_seed)
        self.features = FeatureMap(self.dataset, e.features)
        self.network = Network(len(e.features), e.layers, e.loss, seed=e.seed, dtype=e.dtype)
        n = self.dataset.n_train
        self._train = self._part(slice(n))
        self._test = self._part(slice(n, None)) if n < len(self.dataset.X) else None
        self.gradients = Gradients(self.network, n)
        self._batches = Batches(self.network, self._train, e.batch_size, e.seed)
        self._previous = np.empty_like(self.network.parameters)
        self._total = np.empty_like(self.network.parameters)  # the gradient with penalties and clipping

    def _part(self, samples: slice) -> Part:
        X, y = self.dataset.X[samples], self.dataset.y[samples]
        return Part(self.network, self.experiment, self.features, X, y)

    def _build_update(self) -> None:
        """Build the present experiment's optimiser, without memory, and the steps before it."""
        e = self.experiment
        self.optimizer = get_optimizer(e.optimizer)(self.network.parameters, e.learning_rate)
        self._schedule = get_schedule(e.schedule)
        self._penalties = Penalties(self.network, e.l1, e.l2) if e.l1 or e.l2 else None
        self._plain = not (self._penalties or e.clip_norm) and self._schedule.is_constant

    def _start(self) -> None:
        """Begin a run: initial weights, and an empty history."""
        self.step_count = 0
        self._batches.count_from(Passes())
        self.layer_ids = tuple(range(1, len(self.experiment.layers) + 1))
        self._next_layer_id = len(self.layer_ids) + 1
        self.history = History(history_columns(self.layer_ids))
        self.marks = ()
        self.diverged = None
        self._ever_dead = [np.zeros(layer.units, bool) for layer in self.experiment.layers]
        # Weights that are too large overflow here, and again in the first frame, which reports it in words.
        with np.errstate(over="ignore", invalid="ignore"):
            self.network.reset(self._train.X[:-1].T)
        self._parameters_set()

    def _take_on(self, experiment: Experiment, anew: bool = False) -> None:
        """Build what an experiment needs beyond the present one; with ``anew`` the network in any case."""
        before, self.experiment = self.experiment, experiment
        if experiment == before and not anew:
            return
        if anew or replace(experiment, **{name: getattr(before, name) for name in UPDATE_SETTINGS}) != before:
            self._build_network()
        self._build_update()

    def _carry_over(self, carry: CarryOver, source: Network) -> None:
        """Layers that stay keep their weights, flags and ids; everything else is new."""
        with np.errstate(over="ignore", invalid="ignore"):
            self.network.reset(self._train.X[:-1].T, lambda index: carry.write(index, source, self.network))
        self._ever_dead = carry.masks(self._ever_dead)
        known, identities = self.layer_ids, []
        for origin in carry.origins:
            identities.append(self._next_layer_id if origin is None else known[origin])
            self._next_layer_id += origin is None
        self.layer_ids = tuple(identities)
        self.history.use(history_columns(self.layer_ids))
        self._parameters_set()

    def _remember(self, optimizer: Optimizer) -> None:
        """Take over the memory of another optimiser with the same rule."""
        with np.errstate(over="ignore"):
            self.optimizer.state[...] = optimizer.state
        self.optimizer.steps = optimizer.steps

    def _parameters_set(self) -> None:
        """Note that the parameters were not reached by an update, so there is no previous state to compare with."""
        self._previous[...] = self.network.parameters
        self._set_at = self.step_count

    def _mark(self, text: str, dialled: str | None = None) -> None:
        """Note a change. The same number set repeatedly at one step (the text begins with ``dialled``) counts once."""
        latest = self.marks[-1] if self.marks else None
        if dialled and latest and latest.step == self.step_count and latest.text.startswith(dialled):
            self.marks = self.marks[:-1]
        self.marks = (*self.marks, Mark(self.step_count, text))[-MAX_MARKS:]

    def _update(self) -> bool:
        """Make one update. If the run has diverged, change nothing and return False."""
        X, y, trace, grads = self._batches.at(self.step_count)
        network, parameters = self.network, self.network.parameters
        trace.columns[0][...] = X
        network.propagate(trace)
        network.backward(trace, y, grads, loss=False)
        if network.loss_is_finite(trace, y) and is_finite(grads.flat):
            self._previous[...] = parameters
            if self._plain:
                self.optimizer.step(grads.flat)
            else:
                self._adjusted_step(grads.flat)
            if is_finite(parameters):
                self.diverged = None
                self.step_count += 1
                return True
            self._diverge(trace, y, grads)
            self._go_back()
        else:
            self._diverge(trace, y, grads)
        return False

    def _diverge(self, trace: Trace, y: Array, grads: Gradients) -> None:
        """Note where the finite numbers ended."""
        grads.loss = self.network.loss_value(trace, y)  # which training does not compute
        self.diverged = locate_divergence(self.network, trace, grads, self.step_count)

    def _adjusted_step(self, gradient: Array) -> None:
        """An update with penalties, clipping and the schedule's rate."""
        if self._penalties:
            gradient = self._penalties.add(gradient, out=self._total)
        if self.experiment.clip_norm:
            gradient = clip_norm(gradient, self.experiment.clip_norm, out=self._total)
        self.optimizer.learning_rate = self.learning_rate
        self.optimizer.step(gradient)

    @property
    def _before_update(self) -> Array | None:
        """The parameters before the latest update; None if they were set by anything else since."""
        return self._previous if self.step_count > self._set_at else None

    def _go_back(self) -> None:
        """Take the last update back."""
        self.network.parameters[...] = self._previous
        self.optimizer.reset()  # its memory may contain what made the run overflow

    def _measure(self) -> Frame:
        network = self.network
        train = network.propagate(self._train.trace)
        grads = network.backward(train, self._train.y.T, self.gradients)
        layers = measure(network, train, grads, self._before_update, self._ever_dead)
        test_loss, test_accuracy = self._test_scores()
        return Frame(
            step=self.step_count,
            epoch=self.epoch,
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

    def _accuracy(self, part: Part) -> float | None:
        e = self.experiment
        return accuracy(e.kind, part.trace.a[-1], part.labels, e.output, e.loss)


def _check_index(what: str, index: int, count: int, where: str) -> None:
    if isinstance(index, bool) or not isinstance(index, int) or not 0 <= index < count:
        number = index + 1 if isinstance(index, int) else repr(index)
        raise SpecError(what, f"there is no {what} {number} in {where}; it has {count}")
