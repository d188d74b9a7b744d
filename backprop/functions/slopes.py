"""What activations and surrogates have in common: a slope, by which the backward pass multiplies.

Equation 2 of back-propagation, φʲ = (φʲ⁺¹ Wʲ⁺¹) ∘ g(zʲ), needs only a function g of the pre-activation. In the true
gradient, g is the derivative of the layer's activation. A surrogate is some other g.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Kernel = Callable[..., Array]

BOTH, LEFT, RIGHT, NONE = "both", "left", "right", "none"

_FLOATS = (np.dtype(np.float32), np.dtype(np.float64))


@dataclass(frozen=True, kw_only=True)
class Slope:
    """A function g of the pre-activation z, by which the backward pass multiplies.

    Attributes:
        name: Key in its registry, or the full spec where parameters are set.
        label: The name as people write it, in the middle of a sentence.
        slope: ``slope(z, out)`` writes g(z) into ``out`` and returns it; shape parameters are keywords with defaults.
        slope_formula: g as LaTeX.
        max_slope: Largest |g|, the scale of the saturation rule.
        flat_tails: Where g fades: on ``"both"`` sides (saturation), ``"left"`` or ``"right"`` (off), or ``"none"``.
        source: Where the formula comes from.
        parameters: Names and values of the shape parameters.
        bounds: Allowed interval of each parameter.
        derived: ``derived(**parameters)`` → the attributes that follow the parameters, such as ``max_slope``; None
            where none does.
    """

    functions: ClassVar[tuple[str, ...]] = ("slope",)

    name: str
    label: str
    slope: Kernel
    slope_formula: str
    max_slope: float
    flat_tails: str
    source: str
    parameters: Mapping[str, float] = field(default_factory=dict)
    bounds: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    derived: Callable[..., Mapping[str, Any]] | None = None

    @property
    def elementwise(self) -> bool:
        """Whether g is one number per unit that depends only on that unit's z."""
        return True

    @property
    def largest_gain(self) -> float:
        """The most by which a layer with this slope can lengthen the gradient."""
        return self.max_slope

    @property
    def two_tailed(self) -> bool:
        """Whether the slope fades on both sides, so that units saturate; with one flat side they are "off" instead."""
        return self.flat_tails == BOTH

    def df(self, z: Array, out: Array | None = None) -> Array:
        """The slope g(z), in the shape of ``z``."""
        z, out = buffers(z, out)
        return self.slope(z, out)


def buffers(z: Any, out: Array | None) -> tuple[Array, Array]:
    """``z`` as float32 or float64, and an array to write to. Kernels read ``z`` again after their first write."""
    z = np.asarray(z)
    z = z if z.dtype in _FLOATS else z.astype(np.float64)
    if out is None:
        return z, np.empty_like(z)
    return (z.copy() if np.may_share_memory(z, out) else z), out
