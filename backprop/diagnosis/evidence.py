"""All that a diagnosis may look at: the present moment, the run so far, its first updates, what could be reached."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from backprop.data import REGRESSION, Yardsticks
from backprop.diagnosis.frame import Frame
from backprop.diagnosis.start import Start
from backprop.experiment import Experiment

Array = NDArray[Any]
T = TypeVar("T")

FIRST_UPDATES = 48  # where a learning rate kills or flattens units, it does so in the first few dozen updates
TRIAL_UPDATES = 400  # of a trial; fewer for a wide network
NEAR_ENOUGH = 0.05  # a score this close below the yardstick counts as learnt
STANDING = 0.01  # a loss that fell by less than this share over an eighth of the run stands still
HARDLY = 0.08  # a loss that fell by less than this share over an eighth of the run hardly falls
EIGHTHS = 8
CLEARLY_LOWER = 0.7  # of another loss
FEWEST_UPDATES = 200  # of a run; fewer say nothing about progress
FEWEST_ROWS = 2  # of the history, in each part that is compared


@dataclass(frozen=True)
class Evidence:
    """What is known of a run.

    Attributes:
        experiment: The experiment that runs.
        frame: The moment to judge.
        history: The run so far by column: ``"step"``, ``"train_loss"``, ``"test_loss"``, and for layer 2
            ``"flat_share_2"``, ``"dead_2"`` and so on; NaN where nothing was measured.
        score, test_score: Share of right answers, or R², on the training and the test set; None without test samples.
        yardsticks: What can be reached on the training set, by a linear model and at all.
        targets: The smallest and the largest target.
        n_train: Number of training samples.
        changed_at: The step at which a setting or a weight was last changed by hand; 0 if never.
        replay: ``replay(experiment, updates)``, the first updates of a run of any experiment.
        trial: The training loss that an experiment reaches after a few hundred updates; infinite if it diverges, NaN if
            the network is too large to be tried.
        began: ``began(updates)``, the first updates of this run since ``changed_at``.
        memory: What earlier examinations of this run have found out and later ones need not work out again.
    """

    experiment: Experiment
    frame: Frame
    history: Mapping[str, Array]
    score: float
    test_score: float | None
    yardsticks: Yardsticks
    targets: tuple[float, float]
    n_train: int
    changed_at: int
    replay: Callable[[Experiment, int], Start]
    trial: Callable[[Experiment], float]
    began: Callable[[int], Start]
    memory: MutableMapping[Any, Any]

    @cached_property
    def start(self) -> Start:
        """The first updates, as far as the run has come."""
        made = self.frame.step - self.changed_at
        if made == 0:
            return self.remembered("weights before the first update", lambda: self.began(0))
        return self.remembered("first updates", lambda: self.began(FIRST_UPDATES)).until(made)

    @property
    def has_learnt(self) -> bool:
        """Whether the network answers about as well as the data allow."""
        return self.score >= self.yardsticks.reachable - NEAR_ENOUGH

    @cached_property
    def progress(self) -> float:
        """By which share the training loss fell from the last eighth but one of the run to its last eighth.

        Medians, so that single batches do not matter; NaN for a run that is too short to tell.
        """
        *_, before, after = self._eighths
        if self.frame.step - self.changed_at < FEWEST_UPDATES or min(len(before), len(after)) < FEWEST_ROWS:
            return math.nan
        return 1.0 - float(np.median(after)) / float(np.median(before)) if np.median(before) > 0 else math.nan

    @property
    def is_falling(self) -> bool:
        """Whether the training loss falls convincingly: not hardly, and below all that it has been in this run."""
        medians = [float(np.median(eighth)) for eighth in self._eighths if len(eighth)]
        return self.progress >= HARDLY and medians[-1] == min(medians)

    @property
    def stands_still(self) -> bool:
        """Whether the training loss has stopped falling."""
        return self.progress < STANDING

    @property
    def still_since(self) -> int:
        """The step from which on the training loss was within 2 % of where it is now, or below."""
        loss, steps = self._since_change("train_loss"), self._since_change("step")
        above = np.flatnonzero(loss > (1 + 2 * STANDING) * self.frame.train_loss)
        index = min(int(above[-1]) + 1, len(steps) - 1) if len(above) else 0
        return int(steps[index]) if len(steps) else self.frame.step

    def since(self, column: str, least: float) -> int:
        """The first step since which a column has never been below ``least``."""
        values, steps = self._since_change(column), self._since_change("step")
        below = np.flatnonzero(~(values >= least))
        index = int(below[-1]) + 1 if len(below) else 0
        return int(steps[index]) if index < len(steps) else self.frame.step

    @cached_property
    def usual_start(self) -> Start:
        """The beginning of the same run from the usual weights: the auto initialiser with gain 1, biases of 0."""
        return self.remembered("usual weights", lambda: self.replay(with_usual_weights(self.experiment), 0))

    @cached_property
    def untreated_loss(self) -> float:
        """The training loss that the run reaches as it is: in a trial, or later where it has come to a higher one."""
        if self.frame.diverged:
            return math.inf
        trial, latest = self.trial(self.experiment), self._eighths[-1]
        is_later = self.frame.step - self.changed_at >= TRIAL_UPDATES and len(latest) > 0
        return max(trial, float(np.median(latest))) if is_later else trial

    def does_harm(self, treated: Experiment) -> bool:
        """Whether a trial of the treated experiment ends with a clearly higher loss than the run reaches as it is.

        Values of different loss functions are not compared.
        """
        same_loss = treated.loss == self.experiment.loss
        return same_loss and self.trial(treated) > self.untreated_loss / CLEARLY_LOWER

    @property
    def is_regression(self) -> bool:
        """Whether the task is regression."""
        return self.experiment.kind.task == REGRESSION

    def remembered(self, key: Any, find_out: Callable[[], T]) -> T:
        """What ``find_out`` returns, from memory if it was asked before since the run was last changed."""
        key = (self.changed_at, key)
        if key not in self.memory:
            self.memory[key] = find_out()
        found: T = self.memory[key]
        return found

    def knows(self, key: Any) -> bool:
        """Whether something was remembered under this key since the run was last changed."""
        return (self.changed_at, key) in self.memory

    @cached_property
    def _eighths(self) -> list[Array]:
        """The training losses of each eighth of the run since it was last changed by hand."""
        loss, since = self._since_change("train_loss"), self._since_change("step") - self.changed_at
        made = max(self.frame.step - self.changed_at, 1)
        eighth = np.minimum(EIGHTHS * since // made, EIGHTHS - 1)
        return [loss[eighth == i] for i in range(EIGHTHS)]

    def _since_change(self, column: str) -> Array:
        values: Array = self.history[column][self.history["step"] >= self.changed_at]
        return values


def with_usual_weights(experiment: Experiment) -> Experiment:
    """The experiment with the auto initialiser, gain 1 and biases of 0 in every layer."""
    layers = tuple(replace(layer, initializer="auto", gain=1.0, bias=0.0) for layer in experiment.layers)
    return replace(experiment, layers=layers)
