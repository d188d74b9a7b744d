"""Twins: a network trained with the true gradient, and its twin with a mistake in the backward pass, in lockstep.

Both start from the same weights and see the same batches in the same order, so that only the mistake can make them
differ. At every moment the mistaken gradient is compared, layer by layer, with the true one at the weights of the
mistaken twin. A gradient check tells what it would have found before the first step.

    twins = Twins(Experiment(dataset="moons"), "prime_forgotten")
    for moment in twins.train(400):
        moment.right_loss, moment.wrong_loss, moment.agreement[0].cosine

The right twin makes exactly the run that a ``Trainer`` makes of the same experiment in float64.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backprop.data import FeatureMap, make_dataset, make_targets
from backprop.diagnosis import is_finite
from backprop.errors import SpecError
from backprop.experiment import Experiment
from backprop.explain.agreement import Agreement, compare
from backprop.explain.bugs import applicable_bugs, buggy_backward, check_bug
from backprop.explain.gradcheck import GradientCheck
from backprop.functions import get_optimizer, get_schedule
from backprop.network import Gradients, Network, Trace
from backprop.streams import BATCHES, SURPRISE
from backprop.training import History, Penalties, clip_norm

Array = NDArray[Any]
Backward = Callable[[Network, Trace, Array], Gradients]

CHECK_SAMPLES = 32  # parameters for a gradient check, which runs the network twice for each
ROUNDING = 1e-10  # relative to the loss; central differences cannot check a gradient below this
EXACT = 1e-9  # relative; two gradients this close differ only by rounding


@dataclass(frozen=True)
class Moment:
    """The twins after one step.

    Attributes:
        step: Updates made so far.
        right_loss, wrong_loss: The mean loss of each twin over the whole training set.
        agreement: For each layer, from first to last, the mistaken gradient against the true one, both at the weights
            of the mistaken twin, on the measured batch.
    """

    step: int
    right_loss: float
    wrong_loss: float
    agreement: tuple[Agreement, ...]


class Twins:
    """Trains both networks.

    Args:
        experiment: Data, network and training of both; computed in float64.
        bug: Key of ``BUGS``.

    Attributes:
        bug: The mistake.
        X, y: The training set as the network reads it, shapes (N, n_0) and (N, n_J).
        measured: The number of samples in the measured batch: the first of the training set, as many as in a batch.
        right, wrong: The two networks.
        step_count: Updates made so far.
        history: A row for each moment: ``step``, ``right_loss``, ``wrong_loss``, and ``cosine_1``, ``norm_ratio_1``, …
            for each layer.
        check_errors: For each layer, the gradient check of the mistaken pass at the initial weights: ‖analytic −
            numeric‖ over the sum of both norms; 0 if both are too small for central differences, NaN if one is not
            finite.
        stopped_at: The last step after which the weights of the mistaken twin are finite, or None. It then keeps
            those weights, while the right one continues.

    Raises:
        SpecError: The mistake cannot occur in this network, or a layer has a backward function other than its own
            slope, so that its gradient is not the true one to begin with.
    """

    def __init__(self, experiment: Experiment, bug: str) -> None:
        self.experiment, self.bug = replace(experiment, dtype="float64"), bug
        self.X, self.y = _training_set(self.experiment)
        self.measured = min(experiment.batch_size, len(self.X))
        own = _Twin(self.experiment, self.X, Network.backward)
        other = _Twin(self.experiment, self.X, self._mistaken)
        self._twins = own, other
        self.right, self.wrong = own.network, other.network
        self.step_count = 0
        names = (f"{name}_{j + 1}" for j in range(len(experiment.layers)) for name in ("cosine", "norm_ratio"))
        self.history = History(("step", "right_loss", "wrong_loss", *names))
        with _overflow_is_told():
            self.check_errors = self._check_errors()
        self._note(self.moment())

    @property
    def stopped_at(self) -> int | None:
        return self._twins[1].stopped_at

    def moment(self) -> Moment:
        """Measure both networks as they are now."""
        with _overflow_is_told():
            right, wrong = (network.loss_value(network.forward(self.X), self.y) for network in (self.right, self.wrong))
            return Moment(self.step_count, right, wrong, self._agreement())

    def train(self, steps: int, every: int = 4) -> Iterator[Moment]:
        """Make ``steps`` updates of both, and yield a moment after each ``every`` of them. The history keeps the
        moments too.
        """
        for _ in range(steps):
            rows = self._batch()
            with _overflow_is_told():
                for twin in self._twins:
                    twin.update(self.X[rows], self.y[rows], self.step_count)
            self.step_count += 1
            if self.step_count % every == 0:
                moment = self.moment()
                self._note(moment)
                yield moment

    def _mistaken(self, network: Network, trace: Trace, y: Array) -> Gradients:
        return buggy_backward(network, trace, y, self.bug)

    def _agreement(self) -> tuple[Agreement, ...]:
        y = self.y[: self.measured]
        trace = self.wrong.forward(self.X[: self.measured])
        return compare(self.wrong.backward(trace, y), self._mistaken(self.wrong, trace, y))

    def _check_errors(self) -> tuple[float, ...]:
        n = min(self.measured, CHECK_SAMPLES)
        X, y = self.X[:n], self.y[:n]
        check = check_bug(self.wrong, X, y, self.bug)
        ends = np.cumsum([block.size for block in self.wrong.blocks])[:-1]
        pairs = zip(np.split(check.analytic, ends), np.split(check.numeric, ends), strict=True)
        rounding = ROUNDING * abs(self.wrong.loss_value(self.wrong.forward(X), y))
        checks = [GradientCheck(analytic, numeric) for analytic, numeric in pairs]
        return tuple(0.0 if _largest(part) <= rounding else part.error for part in checks)

    def _batch(self) -> Array:
        """The rows of the next batch: the same that a ``Trainer`` takes."""
        e, n = self.experiment, len(self.X)
        size = min(e.batch_size, n)
        epoch, index = divmod(self.step_count, math.ceil(n / size))
        order = np.random.default_rng([e.seed, epoch, BATCHES]).permutation(n)
        return order[index * size : (index + 1) * size]

    def _note(self, moment: Moment) -> None:
        row: list[float] = [moment.step, moment.right_loss, moment.wrong_loss]
        for layer in moment.agreement:
            row += [layer.cosine, layer.norm_ratio]
        self.history.append(row)


class _Twin:
    """One network with its own optimiser and its own backward pass."""

    def __init__(self, experiment: Experiment, X: Array, backward: Backward) -> None:
        e = self._experiment = experiment
        self.network = _network(e, X)
        self.stopped_at: int | None = None
        self._backward = backward
        self._optimizer = get_optimizer(e.optimizer)(self.network.parameters, e.learning_rate)
        self._schedule = get_schedule(e.schedule)
        self._penalties = Penalties(self.network, e.l1, e.l2)
        self._total = np.empty_like(self.network.parameters)
        self._traces: dict[int, Trace] = {}  # buffers of the forward pass, by batch size

    def update(self, X: Array, y: Array, step: int) -> None:
        """Make one update. If its weights would not be finite, undo it and make none from now on."""
        if self.stopped_at is not None:
            return
        e, parameters = self._experiment, self.network.parameters
        before = parameters.copy()
        if len(X) not in self._traces:
            self._traces[len(X)] = Trace(self.network, len(X))
        grads = self._backward(self.network, self.network.forward(X, self._traces[len(X)]), y)
        gradient = self._penalties.add(grads.flat, out=self._total)
        if e.clip_norm and is_finite(gradient):
            gradient = clip_norm(gradient, e.clip_norm, out=self._total)
        self._optimizer.learning_rate = e.learning_rate * self._schedule.factor(step)
        self._optimizer.step(gradient)
        if not (math.isfinite(grads.loss) and is_finite(parameters)):
            parameters[...] = before
            self.stopped_at = step


def visible_bugs(experiment: Experiment) -> list[str]:
    """The bugs that can occur in this experiment's network and that make its gradient wrong at the initial weights.

    A batch of one hides the forgotten mean, and weights that are all zero hide everything before them.

    Raises:
        SpecError: A layer has a backward function other than its own slope.
    """
    experiment = replace(experiment, dtype="float64")
    X, y = _training_set(experiment)
    network = _network(experiment, X)
    n = min(experiment.batch_size, len(X))
    with _overflow_is_told():
        trace = network.forward(X[:n])
        true = network.backward(trace, y[:n]).flat
        rounding = EXACT * float(np.abs(true).max())
        wrong = {name: buggy_backward(network, trace, y[:n], name).flat for name in applicable_bugs(network)}
        # Written so that NaN counts as visible.
        return [name for name, flat in wrong.items() if not np.abs(flat - true).max() <= rounding]


def surprise(experiment: Experiment) -> str:
    """One of the experiment's visible bugs, drawn by its seed: the same experiment always has the same surprise.

    Raises:
        SpecError: No bug is visible in this network, or its gradient is not the true one to begin with.
    """
    names = visible_bugs(experiment)
    if not names:
        raise SpecError("bug", "no mistake shows in this network at its first weights: choose another network")
    rng = np.random.default_rng([experiment.seed, 0, SURPRISE])
    return names[rng.integers(len(names))]


def exact(agreement: Agreement) -> bool:
    """Whether a layer's two gradients are the same up to rounding."""
    return agreement.cosine > 1 - EXACT and abs(agreement.norm_ratio - 1) < EXACT


def _largest(check: GradientCheck) -> float:
    """The largest entry of either gradient."""
    return float(np.maximum(np.abs(check.analytic), np.abs(check.numeric)).max())


def _overflow_is_told() -> np.errstate:
    """Suppress NumPy's warnings: a twin that overflows reports it in ``stopped_at``."""
    return np.errstate(over="ignore", invalid="ignore")


def _training_set(e: Experiment) -> tuple[Array, Array]:
    """Inputs and targets as the network reads them."""
    data = make_dataset(e.dataset, e.samples, e.noise, e.test_share, e.data_seed)
    n = data.n_train
    targets = make_targets(e.kind, data.y[:n], e.output, e.loss)
    return FeatureMap(data, e.features)(data.X[:n]), targets.astype(float)


def _network(e: Experiment, X: Array) -> Network:
    """The network with its initial weights; SpecError if its gradient is not the true one."""
    for number, layer in enumerate(e.layers, start=1):
        if layer.backward is not None:
            raise SpecError(
                "layers",
                f"layer {number} runs backward on another slope than its own, so its gradient is not the true one even "
                "without a mistake: give it its own slope",
            )
    network = Network(len(e.features), e.layers, e.loss, seed=e.seed, dtype=e.dtype)
    with _overflow_is_told():
        network.reset(X)
    return network
