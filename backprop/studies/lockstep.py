"""Several stacks on the same data and the same batches, trained together step by step.

Each stack makes exactly the run that a ``Trainer`` makes of its experiment. The experiments make the stacks comparable:
they have the same samples in the same order. And since every layer draws from its own stream of random numbers, layers
that agree in place, shape, initialiser, gain and initial bias start from the same weights.

    lockstep = Lockstep([Experiment(layers=sigmoids), Experiment(layers=mixed)])
    lockstep.step(100)
    a, b = lockstep.frame()
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from backprop.diagnosis import Frame
from backprop.errors import SpecError
from backprop.experiment import Experiment
from backprop.training import Snapshot, Trainer

# These settings determine the samples and their order. All others may differ between stacks.
COMMON_SETTINGS = ("dataset", "noise", "samples", "test_share", "data_seed", "batch_size", "seed")


class Lockstep:
    """Trains several experiments together.

    A stack that diverges stays at its last finite state while the others continue.

    Args:
        experiments: At least one, with the same data, batches and seed.

    Attributes:
        trainers: A trainer for each experiment, in their order.
        same_start: For each stack the layers, 1 for the first, that start from the same weights and biases as the first
            stack's layer at that place.

    Raises:
        SpecError: There is nothing to train, or a setting that must agree does not.
    """

    def __init__(self, experiments: Sequence[Experiment]) -> None:
        if not experiments:
            raise SpecError("experiments", "a comparison needs at least one stack")
        for name in COMMON_SETTINGS:
            values = {getattr(experiment, name) for experiment in experiments}
            if len(values) > 1:
                raise SpecError(name, f"{name} must be the same for all stacks that are compared, not {sorted(values)}")
        self.trainers = [Trainer(experiment) for experiment in experiments]
        first, *_ = networks = [trainer.network for trainer in self.trainers]
        self.same_start = tuple(
            tuple(
                j
                for j, (block, own) in enumerate(zip(first.blocks, network.blocks, strict=False), start=1)
                if np.array_equal(block, own)
            )
            for network in networks
        )

    @property
    def experiments(self) -> tuple[Experiment, ...]:
        """The experiments that run."""
        return tuple(trainer.experiment for trainer in self.trainers)

    @property
    def step_count(self) -> int:
        """The updates made so far by every stack that has not diverged."""
        return max(trainer.step_count for trainer in self.trainers)

    @property
    def epoch(self) -> float:
        """Passes over the training set so far, as a fraction."""
        return max(trainer.epoch for trainer in self.trainers)

    @property
    def steps_per_epoch(self) -> int:
        """Updates in one pass over the training set."""
        return self.trainers[0].steps_per_epoch

    @property
    def diverged(self) -> bool:
        """Whether no stack can continue."""
        return not self._going_on()

    def step(self, n: int = 1) -> None:
        """Make ``n`` updates of every stack; fewer of one that diverges."""
        for trainer in self._going_on():
            trainer.step(n)

    def run_epoch(self) -> None:
        """Update until the next full pass over the training set is complete."""
        for trainer in self._going_on():
            trainer.run_epoch()

    def frame(self) -> tuple[Frame, ...]:
        """This moment of every stack. One that has diverged shows the state at which it stays."""
        return tuple(trainer.frame() for trainer in self.trainers)

    def rewind(self) -> None:
        """Go back to step 0 and the very same initial weights."""
        for trainer in self.trainers:
            trainer.rewind()

    def snapshot(self) -> tuple[Snapshot, ...]:
        """This state, for ``restore``."""
        return tuple(trainer.snapshot() for trainer in self.trainers)

    def restore(self, snapshots: Sequence[Snapshot]) -> None:
        """Go to a state of this run. What follows is what followed then, bit for bit."""
        for trainer, snapshot in zip(self.trainers, snapshots, strict=True):
            trainer.restore(snapshot)

    def _going_on(self) -> list[Trainer]:
        return [trainer for trainer in self.trainers if not trainer.diverged]
