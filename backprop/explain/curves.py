"""What a slope tells before any training: its curve, where it is flat, and how much ten such layers pass.

Flat has the meaning of the diagnostics: |g(z)| < τ · max |g|. Where g is exactly 0, a unit learns nothing at all.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backprop.diagnosis import FLAT_THRESHOLD
from backprop.functions import Activation, Slope

Array = NDArray[Any]
Zone = tuple[float, float]

LOW, HIGH = -7.0, 7.0  # the part of the z axis that contains every kink in the registry
DEPTH = 10


def grid(low: float = LOW, high: float = HIGH, n: int = 2001) -> Array:
    """Places at which to evaluate a curve: evenly spaced, and denser towards 0, where narrow surrogates have their
    peak.

    Returns:
        Increasing values from ``low`` to ``high``, including 0 if it lies between. Shape (m,), m > n.
    """
    near = np.geomspace(1e-6, 1.0, 121)
    places = np.concatenate([np.linspace(low, high, n), near, -near, [0.0]])
    return np.unique(places[(places >= low) & (places <= high)])


def output(activation: Activation, z: Array) -> Array:
    """f(z), in the shape of ``z``. For softmax: the first of two units, while the other stays at z = 0."""
    return activation.f(z) if activation.elementwise else activation.f(np.stack([z, np.zeros_like(z)], axis=-1))[..., 0]


def slope(g: Slope, z: Array) -> Array:
    """g(z), in the shape of ``z``. For softmax: p(1 − p) of the same unit as in ``output``."""
    return g.df(z) if g.elementwise else g.df(np.stack([z, np.zeros_like(z)], axis=-1))[..., 0]


def flat_zones(g: Slope, tau: float = FLAT_THRESHOLD, low: float = LOW, high: float = HIGH) -> list[Zone]:
    """Where |g(z)| < τ · max |g|, from left to right; everywhere for a slope that is 0 everywhere.

    Args:
        g: An activation, for its own slope, or a surrogate.
        tau: The threshold τ, 0 to 1.
        low, high: The part of the z axis to search. A zone that reaches its end may continue beyond.

    Returns:
        Intervals with ends accurate to 1e-9. An interval narrower than the grid, (high − low)/2000, may be missed.
    """
    return _zones(lambda z: is_flat(g, slope(g, z), tau), low, high)


def zero_zones(g: Slope, low: float = LOW, high: float = HIGH) -> list[Zone]:
    """Where g(z) is exactly 0: a unit with all its samples there is dead. Otherwise as ``flat_zones``.

    A slope that is 0 at single points only, such as the Gaussian's at 0, has no such zone.
    """
    return _zones(lambda z: slope(g, z) == 0, low, high)


def is_flat(g: Slope, values: Array, tau: float = FLAT_THRESHOLD) -> Array:
    """Which of the slopes ``values`` of ``g`` are below τ · max |g|; all of them if that maximum is 0."""
    return np.abs(values) < tau * g.max_slope if g.max_slope > 0 else np.ones(np.shape(values), bool)


def best_gain(g: Slope, layers: int = DEPTH) -> float:
    """The most that ``layers`` layers with this slope pass of a gradient, apart from the weights in between.

    Every layer multiplies by its slope, which is at most ``g.largest_gain`` (Hochreiter 1991; 4⁻¹⁰ for ten sigmoids).
    """
    return float(g.largest_gain**layers)


def _zones(holds: Callable[[Array], Array], low: float, high: float) -> list[Zone]:
    z = grid(low, high)
    inside = holds(z)
    edges = np.flatnonzero(inside[1:] != inside[:-1])
    turns = [_edge(holds, float(z[i]), float(z[i + 1])) for i in edges]
    ends = [*([low] if inside[0] else []), *turns, *([high] if inside[-1] else [])]
    return [(a, b) for a, b in zip(ends[::2], ends[1::2], strict=True) if b - a > 1e-6]


def _edge(holds: Callable[[Array], Array], left: float, right: float) -> float:
    """Where ``holds`` changes between two places, found by bisection."""
    at_left = bool(holds(np.array([left]))[0])
    while right - left > 1e-10:
        middle = (left + right) / 2
        left, right = (middle, right) if bool(holds(np.array([middle]))[0]) == at_left else (left, middle)
    return (left + right) / 2
