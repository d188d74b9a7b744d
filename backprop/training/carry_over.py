"""Which weights, biases and units a network keeps when its experiment changes in the middle of a run.

A kept layer keeps the weights between kept units; all others are drawn from the layer's own random stream, as at the
start of a run. A layer whose initialiser, gain or initial bias changes is redrawn: that is what these settings mean in
the middle of a run.
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
    """The origins of layers matched by position: hidden layers from the first on, and output layer to output layer.

    Args:
        before: Number of layers before the change.
        after: Number of layers after the change.

    Returns:
        For each layer after the change, its index (counted from 0) before the change; None for a new layer.
    """
    return (*(i if i < before - 1 else None for i in range(after - 1)), before - 1)


@dataclass(frozen=True)
class CarryOver:
    """The layers, units and inputs that a network keeps when one experiment replaces another.

    Attributes:
        before: The experiment before the change.
        after: The experiment after the change.
        origins: For each layer of ``after``, its index (counted from 0) in ``before``; None for a new layer.

    Raises:
        ValueError: The origins do not match the layers of the two experiments.
    """

    before: Experiment
    after: Experiment
    origins: Origins

    def __post_init__(self) -> None:
        if len(self.origins) != len(self.after.layers):
            raise ValueError(
                f"origins must have one entry per layer, {len(self.after.layers)}, not {len(self.origins)}"
            )
        kept = [origin for origin in self.origins if origin is not None]
        if len(set(kept)) != len(kept) or not all(0 <= origin < len(self.before.layers) for origin in kept):
            raise ValueError(
                f"origins must be None or distinct layer indices from 0 to {len(self.before.layers) - 1}, "
                f"not {self.origins}"
            )

    def kept_units(self, index: int) -> int:
        """The number of units that layer ``index`` keeps with their weights: the first ones; 0 for a redrawn layer."""
        origin, layer = self.origins[index], self.after.layers[index]
        if origin is None:
            return 0
        was = self.before.layers[origin]
        redrawn = (layer.initializer, layer.gain, layer.bias) != (was.initializer, was.gain, was.bias)
        return 0 if redrawn else min(layer.units, was.units)

    def kept_inputs(self, index: int) -> tuple[list[int], list[int]]:
        """The inputs that layer ``index`` keeps: their indices after the change, and their indices before it."""
        origin = self.origins[index]
        if origin is None:
            return [], []
        if index == origin == 0:
            was = self.before.features
            common = [name for name in self.after.features if name in was]
            return [self.after.features.index(name) for name in common], [was.index(name) for name in common]
        width, old_width = _widths(self.after)[index], _widths(self.before)[origin]
        same_source = index > 0 and origin > 0 and self.origins[index - 1] == origin - 1
        shared = list(range(min(width, old_width))) if same_source or width == old_width else []
        return shared, shared

    def write(self, index: int, source: Network, target: Network) -> None:
        """Copy the kept weights and biases of layer ``index`` from ``source`` over the fresh draw in ``target``."""
        origin, units = self.origins[index], self.kept_units(index)
        if origin is None or not units:
            return
        inputs, old_inputs = self.kept_inputs(index)
        target.weights[index][:units, inputs] = source.weights[origin][:units, old_inputs]
        target.biases[index][:units] = source.biases[origin][:units]

    def unit_flags(self, flags: Sequence[Array]) -> list[Array]:
        """One flag per unit, copied from ``flags`` for kept units and False for all others."""
        carried = [np.zeros(layer.units, bool) for layer in self.after.layers]
        for index, origin in enumerate(self.origins):
            if origin is not None:
                units = self.kept_units(index)
                carried[index][:units] = flags[origin][:units]
        return carried

    @property
    def is_complete(self) -> bool:
        """Whether every parameter is kept at its place: only then does the memory of an optimiser still fit."""
        return (
            self.origins == tuple(range(len(self.before.layers)))
            and _widths(self.after) == _widths(self.before)
            and self.after.features == self.before.features
            and all(self.kept_units(index) for index in range(len(self.origins)))
        )


def _widths(experiment: Experiment) -> list[int]:
    """The number of inputs, then the number of units of each layer: entry j counts the inputs of layer j (from 0)."""
    return [len(experiment.features), *(layer.units for layer in experiment.layers)]
