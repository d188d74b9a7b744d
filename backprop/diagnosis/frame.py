"""One moment of a run as numbers, and as a row of the run's history."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from backprop.diagnosis.divergence import Divergence
from backprop.diagnosis.layer_diagnostics import LayerDiagnostics

RUN_COLUMNS = ("step", "train_loss", "test_loss", "train_accuracy", "test_accuracy")
# What the history keeps of each layer, for any chart to draw. To keep another quantity, add one entry here.
LAYER_QUANTITIES: dict[str, Callable[[LayerDiagnostics], float]] = {
    "gradient_norm": lambda layer: layer.gradient_norm,
    "signal_rms": lambda layer: layer.signal_rms,
    "flat_share": lambda layer: layer.flat_share,
    "dead": lambda layer: float(np.count_nonzero(layer.dead)),
    "frozen": lambda layer: float(np.count_nonzero(layer.frozen)),
    "update_ratio": lambda layer: layer.update_ratio,
}


@dataclass(frozen=True)
class Frame:
    """One moment of a run.

    Attributes:
        step: Number of updates made so far.
        epoch: Number of passes over the training set so far, fractions included.
        train_loss, test_loss: Mean loss over the training and the test set; None without test samples.
        train_accuracy, test_accuracy: Share of correct answers, 0 to 1; None for regression or without test samples.
        layers: Diagnostics of each layer, first to last.
        diverged: Where the run diverged, or None.
    """

    step: int
    epoch: float
    train_loss: float
    test_loss: float | None
    train_accuracy: float | None
    test_accuracy: float | None
    layers: tuple[LayerDiagnostics, ...]
    diverged: Divergence | None = None


def history_columns(layer_ids: Iterable[int]) -> tuple[str, ...]:
    """The names of the history's columns for these layers, such as ``"gradient_norm_2"`` for the layer with id 2."""
    return (*RUN_COLUMNS, *(f"{name}_{identity}" for identity in layer_ids for name in LAYER_QUANTITIES))


def history_row(frame: Frame) -> list[float]:
    """The frame's values in the order of ``history_columns``; NaN for a score that the frame does not have."""
    scores = (frame.train_loss, frame.test_loss, frame.train_accuracy, frame.test_accuracy)
    row = [float(frame.step), *(math.nan if value is None else float(value) for value in scores)]
    return row + [measured(layer) for layer in frame.layers for measured in LAYER_QUANTITIES.values()]
