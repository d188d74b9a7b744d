"""Plays several stacks together: a ``Playback`` of a ``Lockstep``."""

from __future__ import annotations

from collections.abc import Sequence

from backprop import Experiment
from backprop.studies.lockstep import Lockstep
from ui.compare.encode import ComparisonEncoder
from ui.live.playback import Command, Playback


class ComparisonPlayback(Playback):
    """Several stacks, and whether they are being played."""

    view = "comparison"

    def __init__(self, experiments: Sequence[Experiment]) -> None:
        super().__init__(Lockstep(experiments), ComparisonEncoder)

    @property
    def lockstep(self) -> Lockstep:
        """The run."""
        lockstep: Lockstep = self.run
        return lockstep

    def begin(self, experiments: Sequence[Experiment]) -> None:
        """Run these experiments from their initial weights. Call it within ``at_shown``, or while paused."""
        self._begin(Lockstep(experiments))

    def _obey_rewind(self, command: Command) -> None:
        self.running = False
        self.begin(self.lockstep.experiments)
