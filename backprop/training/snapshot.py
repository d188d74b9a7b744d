"""The complete state of a run: what runs, where it is, and everything that the next step depends on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from backprop.diagnosis import Divergence
from backprop.experiment import Experiment
from backprop.training.batches import Passes
from backprop.training.changes import Mark

Array = NDArray[Any]


@dataclass(frozen=True)
class Snapshot:
    """A state to which a run can be taken back, bit for bit, even if the experiment has changed since.

    Attributes:
        experiment: The experiment that ran.
        step: Updates made.
        passes: Where counting passes over the training set began.
        parameters: Weights and biases, shape (P,).
        previous: The parameters before the latest update.
        set_at: The step at which the parameters were last set by anything but an update.
        optimizer_state: The optimiser's memory, shape (rows, P).
        optimizer_steps: The updates that it remembers.
        ever_dead: For each layer, the units found dead so far.
        diverged: Where the run left the finite numbers, or None.
        layer_ids: The ids of the layers.
        next_layer_id: The id of the next new layer.
        columns: The columns of the history.
        marks: What has been changed so far.
    """

    experiment: Experiment
    step: int
    passes: Passes
    parameters: Array
    previous: Array
    set_at: int
    optimizer_state: Array
    optimizer_steps: int
    ever_dead: tuple[Array, ...]
    diverged: Divergence | None
    layer_ids: tuple[int, ...]
    next_layer_id: int
    columns: tuple[str, ...]
    marks: tuple[Mark, ...]

    @property
    def size(self) -> int:
        """The bytes of its arrays."""
        return sum(a.nbytes for a in (self.parameters, self.previous, self.optimizer_state, *self.ever_dead))
