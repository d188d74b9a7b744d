"""Encodes a moment of several stacks as one message, with their differences in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from backprop import Frame, Verdict
from backprop.studies.comparison import Difference, differences
from backprop.studies.lockstep import Lockstep
from backprop.studies.setups import SetupDifference, setup_differences
from ui.live.encode import Encoder


class ComparisonEncoder:
    """Turns the moments of several stacks in lockstep into messages.

    Args:
        lockstep: The run. Its buffers are read, never written.
    """

    fits = True  # a lockstep never changes its networks

    def __init__(self, lockstep: Lockstep) -> None:
        self.lockstep = lockstep
        units = sum(layer.units for experiment in lockstep.experiments for layer in experiment.layers)
        self._encoders = [Encoder(trainer, units) for trainer in lockstep.trainers]
        self._said: list[Difference] = []

    def scene(self) -> dict[str, Any]:
        """What does not change during a run."""
        return {
            "stacks": [encoder.scene() for encoder in self._encoders],
            "steps_per_epoch": self.lockstep.steps_per_epoch,
            "setups": [
                _sentence(one) for one in setup_differences(self.lockstep.experiments, self.lockstep.same_start)
            ],
        }

    def frame(
        self,
        index: int,
        frame: Sequence[Frame],
        inspected: tuple[int, int] | None = None,
        fine: bool = False,
        distributed: str | None = None,
    ) -> dict[str, Any]:
        """Encode the moment that was just measured; ``index`` is the number by which the view knows it. No unit is
        inspected here, and no distributions are shown.
        """
        self._said = differences(frame, self.lockstep.experiments, self._said)
        return {
            "index": index,
            "step": self.lockstep.step_count,
            "epoch": self.lockstep.epoch,
            "stacks": [
                encoder.frame(index, one, fine=fine) for encoder, one in zip(self._encoders, frame, strict=True)
            ],
            "differences": [_sentence(one) for one in self._said],
        }

    def still(self, inspected: tuple[int, int] | None = None) -> dict[str, Any]:
        """The surfaces at many points, for pictures that stay on the screen."""
        return {"stacks": [encoder.still() for encoder in self._encoders]}

    def findings(self, cure: bool) -> list[list[Verdict]]:
        """What a diagnosis finds in each stack. Remedies are not shown here."""
        return [trainer.verdicts(cure=False) for trainer in self.lockstep.trainers]

    def history(self) -> dict[str, Any]:
        """All rows kept so far, for each stack."""
        return {"stacks": [encoder.history() for encoder in self._encoders]}


def _sentence(one: Difference | SetupDifference) -> dict[str, Any]:
    return {"stacks": list(one.stacks), "text": one.text}
