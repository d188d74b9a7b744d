"""How the numbers of each layer are distributed at one moment: a histogram a layer, as courses draw them.

Glorot & Bengio 2010 show activations and back-propagated gradients in this way (figures 6 and 7). Error signals and
gradients may differ by many orders of magnitude from layer to layer, so their histograms are over log₁₀ of the size.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backprop.diagnosis.layer_diagnostics import FLAT_THRESHOLD
from backprop.functions import get_backward
from backprop.network import Gradients, Network, Trace

Array = NDArray[Any]

BINS = 60  # an even number, so that 0 stands between two bins of −limit … limit
REACH = 3.0  # times the root mean square: entries farther out do not widen a linear scale
DECADES = 10  # of a logarithmic scale, which ends just above the largest entry
_STEPS = (1.0, 2.0, 5.0, 10.0)  # a range ends at one of these times a power of ten
_LARGEST = 1e300  # numbers beyond it count in the outermost bin, as the width of a range must be finite
_ROUNDING = 1e-14  # a smaller share of the mean square is no variance
_UNBOUNDED = (-math.inf, math.inf)
# Where the edges of flat zones are looked for: at points this close to each other, and then at once very far out.
_GRID = np.concatenate([[-1e6], np.linspace(-32.0, 32.0, 64 * 128 + 1), [1e6]])
_HALVINGS = 60

Zone = tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class DistributedQuantity:
    """A quantity of which a layer has many numbers.

    Attributes:
        entries: ``entries(network, trace, grads, index)`` → the numbers of layer ``index`` + 1, of any shape.
        logarithmic: Whether log₁₀ of the size is binned, and not the number itself.
        least: The smallest limit of the range −limit … limit. Unused for logarithms.
        one_per_slope: Whether there is a number for each slope, so that the share of flat slopes is one of the numbers.
        bounds: ``bounds(network, index)`` → the smallest and the largest possible number.
    """

    entries: Callable[[Network, Trace, Gradients, int], Array]
    logarithmic: bool = False
    least: float = 1.0
    one_per_slope: bool = False
    bounds: Callable[[Network, int], tuple[float, float]] = field(default=lambda network, index: _UNBOUNDED)


DISTRIBUTED_QUANTITIES: dict[str, DistributedQuantity] = {
    "z": DistributedQuantity(entries=lambda network, trace, grads, j: trace.z[j].T, one_per_slope=True),
    "a": DistributedQuantity(
        entries=lambda network, trace, grads, j: trace.a[j + 1].T,
        bounds=lambda network, j: network.activations[j].range,
        one_per_slope=True,
    ),
    "phi": DistributedQuantity(entries=lambda network, trace, grads, j: grads.columns[j], logarithmic=True),
    "gradients": DistributedQuantity(entries=lambda network, trace, grads, j: grads.weights[j], logarithmic=True),
    "weights": DistributedQuantity(entries=lambda network, trace, grads, j: network.weights[j], least=0.1),
}


@dataclass(frozen=True)
class LayerDistribution:
    """One quantity of one layer at one moment.

    Bin k of the ``BINS`` bins holds the entries from ``low + k w`` up to ``low + (k + 1) w``, where
    ``w = (high − low) / BINS``. Entries beyond an end count in the outermost bin there. Exact zeros are counted apart:
    a ReLU has so many of them that their bin would dwarf all others, and on a logarithmic scale they have no place.

    Attributes:
        low, high: The ends of the range; exponents of 10 if the quantity is logarithmic.
        counts: The number of finite entries other than 0 in each bin, shape (BINS,), int.
        zeros: The number of entries that are exactly 0.
        not_finite: The number of NaN and infinite entries, which may occur just before a run diverges.
        mean, std, rms: Mean, standard deviation and root mean square of the finite entries, zeros included and without
            logarithm; NaN if there are none.
        flat_zones: For z, the intervals in which the slope that the backward pass uses is flat; see ``flat_zones``.
    """

    low: float
    high: float
    counts: Array
    zeros: int
    not_finite: int
    mean: float
    std: float
    rms: float
    flat_zones: tuple[Zone, ...] = ()

    @property
    def entries(self) -> int:
        """The number of finite entries."""
        return int(self.counts.sum()) + self.zeros

    @property
    def zero_share(self) -> float:
        """The share of the finite entries that are exactly 0; NaN if there are none."""
        return self.zeros / self.entries if self.entries else math.nan


def measure_distributions(network: Network, trace: Trace, grads: Gradients, of: str) -> tuple[LayerDistribution, ...]:
    """The distribution of a quantity in every layer, from first to last.

    The range of a bounded activation is fixed. Any other ends on a coarse scale (1, 2, 5, 10, …), so that it seldom
    changes from one moment to the next, and holds all entries up to ``REACH`` times their root mean square. A
    logarithmic range always spans ``DECADES`` powers of ten.

    Args:
        network: The network.
        trace: A forward pass of the training set.
        grads: The backward pass of that trace.
        of: A key of ``DISTRIBUTED_QUANTITIES``.
    """
    quantity = DISTRIBUTED_QUANTITIES[of]
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        return tuple(
            _distribution(
                quantity.entries(network, trace, grads, j),
                quantity,
                quantity.bounds(network, j),
                layer_flat_zones(network, j) if of == "z" else (),
            )
            for j in range(len(network.layers))
        )


def layer_flat_zones(network: Network, index: int) -> tuple[Zone, ...]:
    """The flat zones of layer ``index`` + 1.

    There are none for an output whose slope cancels against the loss, nor for softmax, whose slope depends on the z of
    all units.
    """
    layer, last = network.layers[index], index == len(network.layers) - 1
    if (last and network.head_cancels) or not network.backwards[index].elementwise:
        return ()
    return flat_zones(layer.backward or layer.activation)


@cache
def flat_zones(spec: str, tau: float = FLAT_THRESHOLD) -> tuple[Zone, ...]:
    """The intervals of z in which a slope is flat, \\|g(z)\\| < τ · max\\|g\\|, in ascending order.

    Their ends may be infinite. Zones narrower than 1/128 may be missed.

    Args:
        spec: A backward function, which may be the slope of an elementwise activation, such as ``"relu"``.
        tau: Threshold τ, as a share of the largest slope.
    """
    g = get_backward(spec)
    if g.max_slope == 0:
        return (_UNBOUNDED,)

    def is_flat(z: Array) -> Array:
        return np.abs(g.df(z)) < tau * g.max_slope

    with np.errstate(all="ignore"):
        flat = is_flat(_GRID)
        before = np.flatnonzero(flat[1:] != flat[:-1])
        low, high, after = _GRID[before], _GRID[before + 1], flat[before + 1]
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            beyond = is_flat(middle) == after
            low, high = np.where(beyond, low, middle), np.where(beyond, middle, high)
    edges = [-math.inf] * bool(flat[0]) + high.round(9).tolist() + [math.inf] * bool(flat[-1])
    return tuple(zip(edges[::2], edges[1::2], strict=True))


def _distribution(
    values: Array, quantity: DistributedQuantity, bounds: tuple[float, float], zones: tuple[Zone, ...]
) -> LayerDistribution:
    # In float64, because the square of a small float32 error signal would underflow to zero.
    values = values.astype(np.float64).ravel()
    size, squares = values.size, float(values.dot(values))
    if not math.isfinite(squares):  # not all are finite, or the square of a large one overflows
        values = values[np.isfinite(values)]
        squares = float(values.dot(values))
    n, zeros = values.size, values.size - int(np.count_nonzero(values))
    mean, std, rms = _moments(values, squares)
    if quantity.logarithmic:
        logarithms = np.abs(values)
        np.log10(logarithms, out=logarithms)
        low, high = _decades(logarithms)
        np.maximum(logarithms, low, out=logarithms)
        counts = _counts(logarithms, low, high, fits=True)
        counts[0] -= zeros  # as −∞ they lie beyond that end
    else:
        low, high, fits = _range(values, rms, quantity.least, bounds)
        counts = _counts(values, low, high, fits)
        if zeros:
            counts -= zeros * _counts(np.zeros(1), low, high)
    return LayerDistribution(low, high, counts, zeros, size - n, mean, std, rms, zones)


def _moments(values: Array, squares: float) -> tuple[float, float, float]:
    """Mean, standard deviation and root mean square; NaN for no values. NumPy's own functions take far longer."""
    if not values.size:
        return math.nan, math.nan, math.nan
    mean, square = float(np.add.reduce(values)) / values.size, squares / values.size
    variance = square - mean * mean
    # What is left of equal values is rounding.
    return mean, 0.0 if variance <= _ROUNDING * square else math.sqrt(variance), math.sqrt(square)


def _counts(values: Array, low: float, high: float, fits: bool = False) -> Array:
    """Values per bin; ``fits`` says that none lies beyond the ends."""
    place = values - low
    place *= BINS / (high - low)
    if not fits:
        np.maximum(place, 0, out=place)
        np.minimum(place, BINS, out=place)
    counts = np.bincount(place.astype(np.uint8), minlength=BINS + 1)
    counts[BINS - 1] += counts[BINS]  # exactly at the end, or beyond it
    return counts[:BINS]


def _range(values: Array, rms: float, least: float, bounds: tuple[float, float]) -> tuple[float, float, bool]:
    """The ends of a linear scale, and whether all values lie between them."""
    low, high = bounds
    if math.isfinite(low) and math.isfinite(high):
        return low, high, True
    largest = max(float(np.maximum.reduce(values)), -float(np.minimum.reduce(values))) if values.size else 0.0
    limit = _step_above(min(largest, REACH * rms, _LARGEST), least)
    return max(low, -limit), min(high, limit), largest <= limit


def _step_above(value: float, least: float) -> float:
    """The smallest step of the coarse scale that is not below ``value``, and at least ``least``."""
    if not value > least:
        return least
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in _STEPS if value <= step * power * (1 + 1e-9))


def _decades(logarithms: Array) -> tuple[float, float]:
    """The ends of a logarithmic scale, whole exponents."""
    largest = float(np.maximum.reduce(logarithms)) if logarithms.size else -math.inf
    high = float(math.ceil(largest)) if math.isfinite(largest) else 0.0
    return high - DECADES, high
