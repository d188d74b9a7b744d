"""Whether a remedy that was tried has helped: the run before it against the run since, in one sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backprop import Frame, Trainer
from backprop.diagnosis import percent

Array = NDArray[Any]

BETTER_BY = 0.05  # a share of right answers
BETTER_LOSS = 0.8  # of the loss before
FEWEST_UPDATES = 20  # before that it is too early to tell


@dataclass(frozen=True)
class Treatment:
    """A remedy that was tried, and the run before it.

    Attributes:
        label: The remedy in a few words.
        since: The step from which the remedy applies: 0 if the run began again.
        steps: Steps of the run before.
        losses: Training loss at these steps.
        accuracies: Share of right answers on the training set at these steps; NaN for regression.
    """

    label: str
    since: int
    steps: Array
    losses: Array
    accuracies: Array

    @classmethod
    def of(cls, trainer: Trainer, label: str, rewind: bool) -> Treatment:
        """The treatment that is about to begin on this run."""
        columns = [trainer.history.column(name).copy() for name in ("step", "train_loss", "train_accuracy")]
        return cls(label, 0 if rewind else trainer.step_count, *columns)

    def outcome(self, frame: Frame) -> str:
        """Before and after, in one sentence: at the same step where the run before came that far, else at its end.

        That it has not helped is said only once it has had as many updates as the run before it.
        """
        if frame.step < self.since + FEWEST_UPDATES:
            return f"Tried: {self.label}. Train to see whether it helps."
        at = max(int(np.searchsorted(self.steps, frame.step, side="right")) - 1, 0)
        if frame.train_accuracy is not None:
            before, now = float(self.accuracies[at]), frame.train_accuracy
            better, words = now - before >= BETTER_BY, f"{percent(now)} right at step {frame.step:,}, {percent(before)}"
        else:
            before, now = float(self.losses[at]), frame.train_loss
            better, words = now <= BETTER_LOSS * before, f"loss {now:.2g} at step {frame.step:,}, {before:.2g}"
        when = "" if self.steps[at] > 0.9 * frame.step else f" at step {int(self.steps[at]):,}"
        fair = frame.step >= self.since + self.steps[-1] - self.steps[0]
        return f"{self.label} {'helps' if better else 'has not helped' if fair else 'so far'}: {words} before it{when}."
