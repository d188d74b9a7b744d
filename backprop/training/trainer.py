"""Training: steps, epochs, frames for a view, changes in mid-run, returning to earlier states, and divergence."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backprop.checks import check_number, in_short
from backprop.data import FeatureMap, accuracy, make_dataset, score
from backprop.diagnosis import (
    Divergence,
    Frame,
    LayerDistribution,
    UnitDiagnostics,
    Verdict,
    history_columns,
    history_row,
    is_finite,
    locate_divergence,
    measure,
    measure_distributions,
    measure_unit,
)
from backprop.errors import SpecError
from backprop.experiment import Experiment
from backprop.functions import Optimizer, get_optimizer, get_schedule
from backprop.network import Gradients, Network, Trace
from backprop.training.batches import Batches, EpochStart, SampleSet
from backprop.training.carry_over import CarryOver, default_origins
from backprop.training.changes import Mark, describe_change, parameter_name
from backprop.training.clipping import clip_norm
from backprop.training.history import History
from backprop.training.penalties import Penalties
from backprop.training.snapshot import Snapshot

Array = NDArray[Any]

# Settings that concern neither the network nor the data.
UPDATE_SETTINGS = ("optimizer", "learning_rate", "schedule", "clip_norm", "l1", "l2")
# Settings that change the training set or its batches.
BATCH_SETTINGS = ("noise", "samples", "test_share", "data_seed", "batch_size", "seed")
MAX_VALUE = 1e6  # the largest parameter value that can be set by hand
MAX_MARKS = 200


class Trainer:
    """Runs an experiment.

    Args:
        experiment: The experiment to run.

    Attributes:
        experiment: The running experiment; ``change`` replaces it at any time.
        dataset: The samples.
        features: Maps raw coordinates to network inputs.
        network: The network being trained; a new object after any change that goes beyond the update rule.
        optimizer: The update rule with its state. Its ``learning_rate`` is that of the latest step.
        step_count: Number of updates made so far.
        gradients: Gradients over the whole training set, as measured by the latest frame.
        history: The numbers of the frames so far, thinned to a bounded number of rows; see ``history_columns``.
        layer_ids: For each layer, an identity that it keeps when others are added, removed or moved; 1, 2, … at first.
        marks: The latest 200 changes made in this run, oldest first.
        diverged: Where the run diverged, or None.
        origin: The state where something other than an update last changed the run; None if nothing has.
        memory: What examinations of this run since ``origin`` have found out, for the next one.
    """

    origin: Snapshot | None
    memory: dict[Any, Any]
    step_count: int
    history: History
    layer_ids: tuple[int, ...]
    marks: tuple[Mark, ...]
    diverged: Divergence | None
    _next_layer_id: int
    _parameters_set_at: int  # step at which something other than an update last set the parameters

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
        """The training set as network inputs and targets, views of shape (N, n_0) and (N, n_J)."""
        return self._train.X[:-1].T, self._train.y.T

    @property
    def training_trace(self) -> Trace:
        """The forward pass of the latest frame over the training set."""
        return self._train.trace

    @property
    def steps_per_epoch(self) -> int:
        """Number of updates in one pass over the training set."""
        return len(self._batches)

    @property
    def epoch(self) -> float:
        """Number of epochs so far, fractions included."""
        return self._batches.epoch(self.step_count)

    @property
    def learning_rate(self) -> float:
        """The learning rate of the next step: the experiment's, times the schedule's factor."""
        return self.experiment.learning_rate * self._schedule.factor(self.step_count)

    def rewind(self) -> None:
        """Start a new run of the present experiment, from step 0 and from exactly the same initial weights."""
        self._build_update()
        self._start()

    def change(self, experiment: Experiment, origins: Sequence[int | None] | None = None) -> None:
        """Continue with another experiment from the present weights; step, epoch and history continue as well.

        ``CarryOver`` decides what each layer keeps. The optimiser keeps its memory if its spec and all parameters stay
        the same. If data, batches or seed change, a new epoch begins.

        Args:
            experiment: The new experiment, on the same dataset; everything else may differ.
            origins: For each of its layers, the index (counted from 0) of the present layer that it continues; None for
                a new layer. By default, ``default_origins`` matches the layers by position.

        Raises:
            ValueError: The dataset differs, which is another problem and needs a new trainer, or the origins do not
                match the layers.
        """
        before, network, optimizer = self.experiment, self.network, self.optimizer
        if experiment.dataset != before.dataset:
            raise ValueError(
                f"a run cannot change its dataset from {before.dataset} to {experiment.dataset}; make a new Trainer"
            )
        default = default_origins(len(before.layers), len(experiment.layers))
        carry = CarryOver(before, experiment, default if origins is None else tuple(origins))
        text = describe_change(before, experiment, carry.origins)
        if not text:
            return
        epoch_start = self._batches.epoch_start
        if any(getattr(experiment, name) != getattr(before, name) for name in BATCH_SETTINGS):
            epoch_start = self._batches.new_start(self.step_count)
        self._switch_to(experiment, rebuild=not carry.is_complete)
        if self.network is not network:
            self._batches.count_from(epoch_start)
            self._carry_over(carry, network)
        if carry.is_complete and experiment.optimizer == before.optimizer:
            self._copy_optimizer_memory(optimizer)
        self.diverged = None
        self._add_mark(text)
        self._set_origin()

    def set_parameter(self, layer: int, unit: int, source: int | None, value: float) -> None:
        """Set one weight or bias by hand.

        Args:
            layer: Index of the layer, counted from 0.
            unit: Index of the unit in the layer, counted from 0.
            source: Index of the unit or input that the weight comes from, counted from 0; None for the bias.
            value: Any number from −1e6 to 1e6.

        Raises:
            SpecError: There is no such parameter, or the value is not allowed.
        """
        _check_index("layer", layer, len(self.network.layers), "the network")
        _check_index("unit", unit, self.network.layers[layer].units, f"layer {layer + 1}")
        if source is not None:
            _check_index("input", source, self.network.weights[layer].shape[1], f"layer {layer + 1}")
        name = parameter_name(layer, unit, source)
        check_number(name, value, -MAX_VALUE, MAX_VALUE)
        self.network.blocks[layer][unit, -1 if source is None else source] = value
        self._note_parameters_set()
        self.diverged = None
        self._add_mark(f"{name} set to {value:.4g}", replaces=f"{name} set to ")
        self._set_origin()

    def step(self, n: int = 1) -> int:
        """Make up to ``n`` updates and return how many were made: fewer than ``n`` only if the run diverges."""
        # A run that diverges overflows. Every step checks for this and reports it in `diverged`, so NumPy's own
        # warnings would only repeat it.
        with np.errstate(over="ignore", invalid="ignore"):
            for made in range(n):
                if not self._update():
                    return made
        return n

    def run_epoch(self) -> int:
        """Make updates until the present epoch is complete; return their number."""
        return self.step(self._batches.updates_left(self.step_count))

    def frames(self, n: int, steps_per_frame: int = 1) -> Iterator[Frame]:
        """Up to ``n`` frames with ``steps_per_frame`` updates before each; ends early if the run diverges."""
        for _ in range(n):
            self.step(steps_per_frame)
            yield self.frame()
            if self.diverged:
                return

    def frame(self) -> Frame:
        """Measure the present moment over the whole training set and add it to the history."""
        with np.errstate(over="ignore", invalid="ignore"):
            frame = self._measure()
            if not math.isfinite(frame.train_loss):
                # The loss was finite on every batch but is not on the whole training set: the last update went too far.
                self.step_count = max(self.step_count - 1, self._parameters_set_at)
                self.diverged = locate_divergence(self.network, self._train.trace, self.gradients, self.step_count)
                self._undo_update()
                frame = self._measure()
        if not len(self.history) or self.history.column("step")[-1] < frame.step:
            self.history.append(history_row(frame))
        return frame

    def verdicts(self, cure: bool = True) -> list[Verdict]:
        """What is wrong at the present moment: the cause first, with its symptoms; or that nothing is.

        Args:
            cure: Whether to work out the remedy of a cause that is new. Its trial runs take a tenth of a second.
        """
        from backprop.training.examination import examine  # imported late: it runs trainers of its own

        return examine(self, cure)

    def scores(self) -> tuple[float, float | None]:
        """Share of right answers, or R², on training and test set as of the latest frame; None without test samples."""
        return self._score(self._train), None if self._test is None else self._score(self._test)

    def unit(self, layer: int, unit: int) -> UnitDiagnostics:
        """The diagnostics of one unit as of the latest frame; layer and unit are counted from 0."""
        return measure_unit(self.network, self._train.trace, self.gradients, self._before_update, layer, unit)

    def distributions(self, of: str) -> tuple[LayerDistribution, ...]:
        """The distribution of a quantity in each layer as of the latest frame.

        Args:
            of: A key of ``DISTRIBUTED_QUANTITIES``: ``"z"``, ``"a"``, ``"phi"``, ``"gradients"`` or ``"weights"``.
        """
        return measure_distributions(self.network, self._train.trace, self.gradients, of)

    def snapshot(self) -> Snapshot:
        """The present state, for ``restore``."""
        return Snapshot(
            experiment=self.experiment,
            step=self.step_count,
            epoch_start=self._batches.epoch_start,
            parameters=self.network.parameters.copy(),
            previous=self._previous.copy(),
            parameters_set_at=self._parameters_set_at,
            optimizer_state=self.optimizer.state.copy(),
            optimizer_steps=self.optimizer.steps,
            ever_dead=tuple(mask.copy() for mask in self._ever_dead),
            diverged=self.diverged,
            layer_ids=self.layer_ids,
            next_layer_id=self._next_layer_id,
            columns=self.history.columns,
            marks=self.marks,
            origin=self.origin,
        )

    def restore(self, snapshot: Snapshot, keep_history: bool = False) -> None:
        """Return to a state of this run, from which training repeats bit for bit.

        Args:
            snapshot: The state, with the experiment of that moment.
            keep_history: Whether to keep all of history and marks, in order to look at a moment and come back. By
                default they are cut off at the snapshot.
        """
        self._switch_to(snapshot.experiment)
        self.step_count = snapshot.step
        self.network.parameters[...] = snapshot.parameters
        self._previous[...] = snapshot.previous
        self._parameters_set_at = snapshot.parameters_set_at
        self.optimizer.state[...] = snapshot.optimizer_state
        self.optimizer.steps = snapshot.optimizer_steps
        self._ever_dead = [mask.copy() for mask in snapshot.ever_dead]
        self.diverged = snapshot.diverged
        if self.origin is not snapshot.origin:
            self.origin, self.memory = snapshot.origin, {}
        self._batches.count_from(snapshot.epoch_start)
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
        """Build the data and the network of the present experiment, with all buffers."""
        e = self.experiment
        self.dataset = make_dataset(e.dataset, e.samples, e.noise, e.test_share, e.data_seed)
        self.features = FeatureMap(self.dataset, e.features)
        self.network = Network(len(e.features), e.layers, e.loss, seed=e.seed, dtype=e.dtype)
        n = self.dataset.n_train
        self._train = self._sample_set(slice(n))
        self._test = self._sample_set(slice(n, None)) if n < len(self.dataset.X) else None
        self.gradients = Gradients(self.network, n)
        self._batches = Batches(self.network, self._train, e.batch_size, e.seed)
        self._previous = np.empty_like(self.network.parameters)
        self._adjusted_gradient = np.empty_like(self.network.parameters)  # with penalties and clipping

    def _sample_set(self, samples: slice) -> SampleSet:
        X, y = self.dataset.X[samples], self.dataset.y[samples]
        return SampleSet(self.network, self.experiment, self.features, X, y)

    def _build_update(self) -> None:
        """Build the update rule of the present experiment: optimiser without memory, schedule and penalties."""
        e = self.experiment
        self.optimizer = get_optimizer(e.optimizer)(self.network.parameters, e.learning_rate)
        self._schedule = get_schedule(e.schedule)
        self._penalties = Penalties(self.network, e.l1, e.l2) if e.l1 or e.l2 else None
        self._update_is_plain = not (self._penalties or e.clip_norm) and self._schedule.is_constant

    def _start(self) -> None:
        """Begin a run: initial weights, and an empty history."""
        self.step_count = 0
        self._batches.count_from(EpochStart())
        self.layer_ids = tuple(range(1, len(self.experiment.layers) + 1))
        self._next_layer_id = len(self.layer_ids) + 1
        self.history = History(history_columns(self.layer_ids))
        self.marks = ()
        self.diverged = None
        self.origin = None
        self.memory = {}
        self._ever_dead = [np.zeros(layer.units, bool) for layer in self.experiment.layers]
        # Weights too large for the number format may overflow here; the first frame then reports the divergence.
        with np.errstate(over="ignore", invalid="ignore"):
            self.network.reset(self._train.X[:-1].T)
        self._note_parameters_set()

    def _switch_to(self, experiment: Experiment, rebuild: bool = False) -> None:
        """Make ``experiment`` the present one and build what differs for it; with ``rebuild``, always a new network."""
        before, self.experiment = self.experiment, experiment
        if experiment == before and not rebuild:
            return
        if rebuild or replace(experiment, **{name: getattr(before, name) for name in UPDATE_SETTINGS}) != before:
            self._build_network()
        self._build_update()

    def _carry_over(self, carry: CarryOver, source: Network) -> None:
        """Copy weights, flags and identities of the kept layers from ``source``; everything else is new."""
        with np.errstate(over="ignore", invalid="ignore"):
            self.network.reset(self._train.X[:-1].T, lambda index: carry.write(index, source, self.network))
        self._ever_dead = carry.unit_flags(self._ever_dead)
        identities = []
        for origin in carry.origins:
            identities.append(self._next_layer_id if origin is None else self.layer_ids[origin])
            self._next_layer_id += origin is None
        self.layer_ids = tuple(identities)
        self.history.use(history_columns(self.layer_ids))
        self._note_parameters_set()

    def _set_origin(self) -> None:
        """Note that something other than an update has led to the present state."""
        self.memory = {}
        self.origin = None
        self.origin = self.snapshot()

    def _copy_optimizer_memory(self, optimizer: Optimizer) -> None:
        """Copy the memory of another optimiser with the same update rule."""
        with np.errstate(over="ignore"):
            self.optimizer.state[...] = optimizer.state
        self.optimizer.steps = optimizer.steps

    def _note_parameters_set(self) -> None:
        """Note that no update led to the present parameters, so none can be undone or compared with."""
        self._previous[...] = self.network.parameters
        self._parameters_set_at = self.step_count

    def _add_mark(self, text: str, replaces: str | None = None) -> None:
        """Add a mark, in place of the latest one if that has the same step and begins with ``replaces``.

        So a number that is set again and again at one step leaves a single mark.
        """
        latest = self.marks[-1] if self.marks else None
        if replaces and latest and latest.step == self.step_count and latest.text.startswith(replaces):
            self.marks = self.marks[:-1]
        self.marks = (*self.marks, Mark(self.step_count, text))[-MAX_MARKS:]

    def _update(self) -> bool:
        """Make one update and return True; if the run diverges, change nothing and return False."""
        X, y, trace, grads = self._batches.at(self.step_count)
        network, parameters = self.network, self.network.parameters
        trace.columns[0][...] = X
        network.propagate(trace)
        network.backward(trace, y, grads, loss=False)
        if network.loss_is_finite(trace, y) and is_finite(grads.flat):
            self._previous[...] = parameters
            if self._update_is_plain:
                self.optimizer.step(grads.flat)
            else:
                self._adjusted_step(grads.flat)
            if is_finite(parameters):
                self.diverged = None
                self.step_count += 1
                return True
            self._record_divergence(trace, y, grads)
            self._undo_update()
        else:
            self._record_divergence(trace, y, grads)
        return False

    def _record_divergence(self, trace: Trace, y: Array, grads: Gradients) -> None:
        """Find the first quantity that is not finite and store it in ``diverged``."""
        grads.loss = self.network.loss_value(trace, y)  # training itself does not compute the loss
        self.diverged = locate_divergence(self.network, trace, grads, self.step_count)

    def _adjusted_step(self, gradient: Array) -> None:
        """Update the parameters with penalties, then clipping, at the schedule's learning rate."""
        if self._penalties:
            gradient = self._penalties.add(gradient, out=self._adjusted_gradient)
        if self.experiment.clip_norm:
            gradient = clip_norm(gradient, self.experiment.clip_norm, out=self._adjusted_gradient)
        self.optimizer.learning_rate = self.learning_rate
        self.optimizer.step(gradient)

    @property
    def _before_update(self) -> Array | None:
        """The parameters before the latest update; None if something other than an update has set them since."""
        return self._previous if self.step_count > self._parameters_set_at else None

    def _undo_update(self) -> None:
        """Restore the parameters from before the last update."""
        self.network.parameters[...] = self._previous
        self.optimizer.reset()  # its memory may hold the numbers that overflowed

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

    def _score(self, samples: SampleSet) -> float:
        right = self._accuracy(samples)
        return score(self.experiment.kind, samples.trace.a[-1], samples.labels) if right is None else right

    def _accuracy(self, samples: SampleSet) -> float | None:
        e = self.experiment
        return accuracy(e.kind, samples.trace.a[-1], samples.labels, e.output, e.loss)


def _check_index(what: str, index: int, count: int, where: str) -> None:
    if isinstance(index, bool) or not isinstance(index, int) or not 0 <= index < count:
        number = in_short(index + 1 if isinstance(index, int) else index)
        raise SpecError(what, f"there is no {what} {number} in {where}; choose one from 1 to {count}")
