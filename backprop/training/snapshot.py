"""The complete state of a run: the experiment, its progress, and everything that the next step depends on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from backprop.diagnosis import Divergence
from backprop.experiment import Experiment
from backprop.training.batches import EpochStart
from backprop.training.changes import Mark

Array = NDArray[Any]


@dataclass(frozen=True)
class Snapshot:
    """A state that a run can return to, bit for bit, even if the experiment has changed since.

    Attributes:
        experiment: The experiment at that moment.
        step: Number of updates made.
        epoch_start: Where the sequence of epochs began.
        parameters: Weights and biases, shape (P,).
        previous: Weights and biases before the latest update, shape (P,).
        parameters_set_at: Step at which something other than an update last set the parameters.
        optimizer_state: The optimiser's memory, shape (rows, P).
        optimizer_steps: Number of updates that the memory covers.
        ever_dead: For each layer, the units found dead so far.
        diverged: Where the run diverged, or None.
        layer_ids: Identities of the layers.
        next_layer_id: Identity of the next new layer.
        columns: Names of the history's columns.
        marks: The changes made so far.
        origin: The state where something other than an update last changed the run; None if nothing has.
    """

    experiment: Experiment
    step: int
    epoch_start: EpochStart
    parameters: Array
    previous: Array
    parameters_set_at: int
    optimizer_state: Array
    optimizer_steps: int
    ever_dead: tuple[Array, ...]
    diverged: Divergence | None
    layer_ids: tuple[int, ...]
    next_layer_id: int
    columns: tuple[str, ...]
    marks: tuple[Mark, ...]
    origin: Snapshot | None = None

    @property
    def size(self) -> int:
        """Size of the arrays in bytes."""
        return sum(a.nbytes for a in (self.parameters, self.previous, self.optimizer_state, *self.ever_dead))
