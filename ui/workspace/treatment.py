"""Whether a remedy that was tried has helped: the run before it against the run since, in one line."""

from __future__ import annotations

import math
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

    Scores are those of the test set, where there is one: who has learnt the training samples by heart answers them all.

    Attributes:
        label: The remedy in a few words.
        since: The step from which the remedy applies: 0 if the run began again.
        steps: Steps of the run before.
        losses: The loss at these steps.
        accuracies: The share of right answers at these steps; NaN for regression.
    """

    label: str
    since: int
    steps: Array
    losses: Array
    accuracies: Array

    @classmethod
    def of(cls, trainer: Trainer, label: str, rewind: bool) -> Treatment:
        """The treatment that is about to begin on this run."""
        part = "train" if trainer.frame().test_loss is None else "test"
        columns = [trainer.history.column(name).copy() for name in ("step", f"{part}_loss", f"{part}_accuracy")]
        return cls(label, 0 if rewind else trainer.step_count, *columns)

    def outcome(self, frame: Frame) -> str:
        """Before and after: at the same step where the run before came that far, else at its end.

        That it has not helped is said only once it has had as many updates as the run before it.
        """
        if frame.step < self.since + FEWEST_UPDATES:
            return f"Tried: {self.label}. Train to see whether it helps."
        at = max(int(np.searchsorted(self.steps, frame.step, side="right")) - 1, 0)
        better, now, before = self._compared(frame, at)
        fair = frame.step >= self.since + self.steps[-1] - self.steps[0]
        when = "" if self.steps[at] > 0.9 * frame.step else f" at step {int(self.steps[at]):,}"
        verdict = "It helps" if better else "It has not helped" if fair else "So far"
        return f"{verdict}: {self.label}. {now} at step {frame.step:,}, {before} before it{when}."

    def _compared(self, frame: Frame, at: int) -> tuple[bool, str, str]:
        """Whether the moment is better than the run before at this row, and the two scores in words.

        The share of right answers is compared; for regression, or where it stays about the same, the loss.
        """
        loss = frame.train_loss if frame.test_loss is None else frame.test_loss
        accuracy = frame.train_accuracy if frame.test_accuracy is None else frame.test_accuracy
        earlier_loss, earlier_accuracy = float(self.losses[at]), float(self.accuracies[at])
        lower = loss <= BETTER_LOSS * earlier_loss
        if accuracy is None or math.isnan(earlier_accuracy) or (lower and abs(accuracy - earlier_accuracy) < BETTER_BY):
            return lower, f"{'Loss' if frame.test_loss is None else 'Test loss'} {loss:.2g}", f"{earlier_loss:.2g}"
        better = accuracy - earlier_accuracy >= BETTER_BY
        return better, f"{percent(accuracy)} right", percent(earlier_accuracy)
