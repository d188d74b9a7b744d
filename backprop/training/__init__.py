"""Running an experiment: batches, updates, changes in mid-run, the history, and returning to an earlier state.

``Trainer`` ties these together. This package may import all of ``backprop`` except ``backprop.explain`` and
``backprop.studies``.
"""

from backprop.training.changes import Mark, describe_change, layer_numbers
from backprop.training.clipping import clip_norm
from backprop.training.history import History
from backprop.training.penalties import Penalties
from backprop.training.snapshot import Snapshot
from backprop.training.timeline import Timeline
from backprop.training.trainer import Trainer

__all__ = [
    "History",
    "Mark",
    "Penalties",
    "Snapshot",
    "Timeline",
    "Trainer",
    "clip_norm",
    "describe_change",
    "layer_numbers",
]
