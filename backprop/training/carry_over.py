"""What a network keeps when its experiment is changed in mid-run: which weights, biases and units.

A layer that stays keeps the weights between units that stay. Everything else is drawn from the layer's own stream, as
at the start of a run. A layer whose initialiser, gain or initial bias is changed is drawn again: that is what these
settings mean in mid-run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backprop.experiment import Experiment
from backprop.network import Network

Array = NDArray[Any]
Origins = tuple[int | None, ...]


def default_origins(before: int, after: int) -> Origins:
    """Match layers from the front, and the output layer with the output layer.

    Args:
        before: The former number of layers.
        after: The new number of layers.

    Returns:
        For each layer its former index, from 0; None for a new layer.
    """
    return (*(i if i < before - 1 else None for i in range(after - 1)), before - 1)


@dataclass(frozen=True)
class CarryOver:
    """Which layers and units of one experiment's network stay in another's.

    Attributes:
        before: The experiment that has run so far.
        after: The experiment that runs from now on.
        origins: For each layer of ``after`` its index in ``before``; None for a new layer.

    Raises:
        ValueError: The origins do not fit the two stacks.
    """

    before: Experiment
    after: Experiment
    origins: Origins

    def __post_init__(self) -> None:
        if len(self.origins) != len(self.after.layers):
            raise ValueError(f"origins must name {len(self.after.layers)} layers, not {len(self.origins)}")
        kept = [origin for origin in self.origins if origin is not None]
        if len(set(kept)) != len(kept) or not all(0 <= origin < len(self.before.layers) for origin in kept):
            raise ValueError(
                f"origins must be None or different numbers from 0 to {len(self.before.layers) - 1}, not {self.origins}"
            )

    def units(self, index: int) -> int:
        """How many units of this layer, counted from the first, keep their weights."""
        origin, layer = self.origins[index], self.after.layers[index]
        if origin is None:
            return 0
        was = self.before.layers[origin]
        redrawn = (layer.initializer, layer.gain, layer.bias) != (was.initializer, was.gain, was.bias)
        return 0 if redrawn else min(layer.units, was.units)

    def inputs(self, index: int) -> tuple[list[int], list[int]]:
        """For the inputs of a layer that stay, their new and their former places: two lists of the same length."""
        origin = self.origins[index]
        if origin is None:
            return [], []
        if index == origin == 0:
            was = self.before.features
            common = [name for name in self.after.features if name in was]
            return [self.after.features.index(name) for name in common], [was.index(name) for name in common]
        now, then = _widths(self.after)[index], _widths(self.before)[origin]
        same_source = index > 0 and origin > 0 and self.origins[index - 1] == origin - 1
        shared = list(range(min(now, then))) if same_source or now == then else []
        return shared, shared

    def write(self, index: int, source: Network, target: Network) -> None:
        """Write what stays of a layer over its new draw in ``target``."""
        origin, units = self.origins[index], self.units(index)
        if origin is None or not units:
            return
        to, of = self.inputs(index)
        target.weights[index][:units, to] = source.weights[origin][:units, of]
        target.biases[index][:units] = source.biases[origin][:units]

    def masks(self, masks: Sequence[Array]) -> list[Array]:
        """One flag per unit, kept for the units that stay and False for the others."""
        carried = [np.zeros(layer.units, bool) for layer in self.after.layers]
        for index, origin in enumerate(self.origins):
            if origin is not None:
                units = self.units(index)
                carried[index][:units] = masks[origin][:units]
        return carried

    @property
    def is_complete(self) -> bool:
        """Whether every parameter stays in its place. Only then does the memory of an optimiser still fit."""
        return (
            self.origins == tuple(range(len(self.before.layers)))
            and _widths(self.after) == _widths(self.before)
            and self.after.features == self.before.features
            and all(self.units(index) for index in range(len(self.origins)))
        )


def _widths(experiment: Experiment) -> list[int]:
    """The number of inputs, then of units per layer, so that the width before layer j has index j."""
    return [len(experiment.features), *(layer.units for layer in experiment.layers)]
