"""A moment of several stacks as one message: each as the live view knows it, and what they do differently in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from backprop import Frame, describe_change
from backprop.studies.comparison import STACK_NAMES, Difference, differences
from backprop.studies.lockstep import Lockstep
from ui.live.encode import Encoder


class ComparisonEncoder:
    """Turns the moments of several stacks in lockstep into messages.

    Args:
        lockstep: The run; its buffers are read, never written.
    """

    fits = True  # another network takes another lockstep

    def __init__(self, lockstep: Lockstep) -> None:
        self.lockstep = lockstep
        units = sum(layer.units for experiment in lockstep.experiments for layer in experiment.layers)
        self._encoders = [Encoder(trainer, units) for trainer in lockstep.trainers]

    def scene(self) -> dict[str, Any]:
        """What stays the same during a run."""
        return {
            "stacks": [encoder.scene() for encoder in self._encoders],
            "steps_per_epoch": self.lockstep.steps_per_epoch,
            "told_apart": self._told_apart(),
        }

    def frame(
        self, index: int, frame: Sequence[Frame], inspected: tuple[int, int] | None = None, fine: bool = False
    ) -> dict[str, Any]:
        """One moment, just taken; ``index`` is what the view calls it by. No unit is looked at closely here."""
        return {
            "index": index,
            "step": self.lockstep.step_count,
            "epoch": self.lockstep.epoch,
            "stacks": [
                encoder.frame(index, one, fine=fine) for encoder, one in zip(self._encoders, frame, strict=True)
            ],
            "differences": [_message(one) for one in differences(frame, self.lockstep.experiments)],
        }

    def still(self, inspected: tuple[int, int] | None = None) -> dict[str, Any]:
        """The surfaces of the present moment from many points, for pictures that stand still."""
        return {"stacks": [encoder.still() for encoder in self._encoders]}

    def history(self) -> dict[str, Any]:
        """All rows kept so far, stack by stack."""
        return {"stacks": [encoder.history() for encoder in self._encoders]}

    def _told_apart(self) -> list[str]:
        """What is different in each stack but the first, and which layers start from the same weights."""
        first, *others = self.lockstep.experiments
        told = []
        for name, experiment, same in zip(STACK_NAMES[1:], others, self.lockstep.same_start[1:], strict=False):
            change = describe_change(first, experiment)
            if change:
                told.append(f"{name} differs from A: {change}. {_start(same, len(experiment.layers))}")
            else:
                told.append(f"{name} is the same as A: change something in it.")
        return told


def _start(same: Sequence[int], count: int) -> str:
    """``"Layers 1, 2 and 6 start from the same weights."``"""
    if len(same) == count:
        return "All layers start from the same weights."
    if not same:
        return "No layer starts from the same weights."
    if len(same) == 1:
        return f"Layer {same[0]} starts from the same weights."
    return f"Layers {', '.join(map(str, same[:-1]))} and {same[-1]} start from the same weights."


def _message(difference: Difference) -> dict[str, Any]:
    return {"kind": difference.kind, "stack": difference.stack, "text": difference.text}
