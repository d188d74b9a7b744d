"""A state of a run, whole: what runs, where it stands, and all that the next step depends on."""

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
    """A state that a run can be taken back to, bit for bit, also where the experiment has been changed since.

    Attributes:
        experiment: What ran.
        step: Updates made.
        passes: Where counting passes over the training set began.
        parameters: Weights and biases, shape (P,).
        previous: The same before the latest update.
        set_at: Step at which the parameters were last set by anything but an update.
        optimizer_state: The optimiser's memory, shape (rows, P).
        optimizer_steps: Updates that it remembers.
        ever_dead: Per layer, the units that were found dead so far.
        diverged: Where the run left the finite numbers, or None.
        layer_ids: Identities of the layers.
        next_layer_id: Identity of the next new layer.
        columns: Columns of the history.
        marks: What was changed so far.
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
        """Bytes of its arrays."""
        return sum(a.nbytes for a in (self.parameters, self.previous, self.optimizer_state, *self.ever_dead))
