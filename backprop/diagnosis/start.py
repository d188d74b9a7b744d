"""What the first updates of a run did, step by step: where units die or saturate, and how large the updates were."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from backprop.diagnosis.frame import Frame
from backprop.diagnosis.layer_diagnostics import signal_ratio

FEWEST_WEIGHTS = 5
SAME = 1e-6  # units whose weights differ by at most this share of their size count as equal


@dataclass(frozen=True)
class Start:
    """The beginning of a run, or of its latest part: since a setting or a weight was last changed by hand.

    Attributes:
        frames: The moments after 0, 1, 2, … updates; fewer if the run diverges.
        z_spread: For each layer, how much z varies from sample to sample before the first update: the root mean square
            of its deviation from the mean over the samples.
        weight_counts: For each layer, the number of its weights.
        weight_rms: For each layer, the root mean square of its weights before the first update.
        symmetric: Indices of the hidden layers, counted from 0, whose units all start with the same incoming and the
            same outgoing weights.
    """

    frames: tuple[Frame, ...]
    z_spread: tuple[float, ...]
    weight_counts: tuple[int, ...]
    weight_rms: tuple[float, ...]
    symmetric: tuple[int, ...]

    @property
    def first(self) -> Frame:
        """The moment before the first update."""
        return self.frames[0]

    @property
    def signal_ratio(self) -> float:
        """rms φ¹/rms φᴶ before the first update."""
        return signal_ratio(self.first.layers)

    @property
    def gradient_norm(self) -> float:
        """Norm of the gradient of all weights before the first update."""
        return math.sqrt(sum(layer.gradient_norm**2 for layer in self.first.layers))

    def until(self, updates: int) -> Start:
        """The first ``updates`` updates alone."""
        return replace(self, frames=self.frames[: updates + 1])

    def update_ratios(self, step: int) -> list[float]:
        """The update ratio of each layer after ``step`` updates, counted from the first frame; NaN becomes 0."""
        return [0.0 if math.isnan(layer.update_ratio) else layer.update_ratio for layer in self.frames[step].layers]

    def typical_update(self) -> float:
        """The largest over the layers of the median over the updates of the update ratio; 0 without updates."""
        rows = [self.update_ratios(step) for step in range(1, len(self.frames))]
        if not rows:
            return 0.0
        return max(sorted(column)[len(column) // 2] for column in zip(*rows, strict=True))

    def largest_update(self) -> tuple[float, int, int]:
        """The largest update ratio, its layer counted from 0, and the update, counted from 1.

        Layers of a few weights are left out: their norm may be small for a moment while a weight changes its sign.
        """
        layers = [j for j, count in enumerate(self.weight_counts) if count >= FEWEST_WEIGHTS]
        rows = [(self.update_ratios(step)[j], j, step) for step in range(1, len(self.frames)) for j in layers]
        return max(rows, default=(0.0, 0, 0), key=lambda row: row[0])
