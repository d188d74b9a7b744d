"""Backward functions: what the backward pass multiplies by in place of the activation's own slope.

A step function has no slope, and yet networks of step functions learn if the backward pass pretends that they have one.
Such a substitute is called a surrogate gradient, or a straight-through estimator if it is constant. It may be the slope
of any elementwise activation, or one of the ``SURROGATES`` below, which need not be the derivative of any activation.

With a surrogate, the backward pass no longer computes the gradient of the loss. Whether it still leads downhill is a
question for an experiment. ``zero`` is the control in such an experiment: all earlier layers keep their initial
weights, and the later ones learn from random features.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backprop.functions.activation_kernels import one, sigmoid_slope, zero
from backprop.functions.activations import ACTIVATIONS
from backprop.functions.slopes import BOTH, NONE, Slope
from backprop.functions.specs import resolve

Array = NDArray[Any]


def _clipped(z: Array, out: Array) -> Array:
    return np.less_equal(np.abs(z), 1.0, out=out)


def _fast_sigmoid(z: Array, out: Array, k: float = 25.0) -> Array:
    np.abs(z, out=out)
    np.multiply(out, k, out=out)
    np.add(out, 1.0, out=out)
    np.reciprocal(out, out=out)  # before the square, which could overflow
    return np.multiply(out, out, out=out)


def _arctan(z: Array, out: Array, alpha: float = 2.0) -> Array:
    np.multiply(z, math.pi * alpha / 2.0, out=out)
    np.multiply(out, out, out=out)
    np.add(out, 1.0, out=out)
    return np.divide(alpha / 2.0, out, out=out)


def _triangle(z: Array, out: Array) -> Array:
    np.abs(z, out=out)
    np.subtract(1.0, out, out=out)
    return np.maximum(out, 0.0, out=out)


def _approx_sign(z: Array, out: Array) -> Array:
    _triangle(z, out)
    return np.multiply(out, 2.0, out=out)


def _swish_sign(z: Array, out: Array, beta: float = 5.0) -> Array:
    # 1/(1 + cosh u) = 2σ′(u), u = βz. The exponential form overflows; this one keeps its digits in the tails.
    u = z * beta
    sigmoid_slope(u, out)
    np.multiply(out, 2.0 - u * np.tanh(0.5 * u), out=out)
    return np.multiply(out, 2.0 * beta, out=out)


def _swish_sign_maximum(beta: float) -> Mapping[str, Any]:
    return {"max_slope": beta}


def _arctan_maximum(alpha: float) -> Mapping[str, Any]:
    return {"max_slope": alpha / 2.0}


SURROGATES: dict[str, Slope] = {
    entry.name: entry
    for entry in (
        Slope(
            name="straight_through",
            label="straight-through",
            slope=one,
            slope_formula=r"1",
            max_slope=1.0,
            flat_tails=NONE,
            source="Bengio, Léonard & Courville 2013, who name lecture 15b of Hinton 2012 as its origin",
        ),
        Slope(
            name="clipped_straight_through",
            label="clipped straight-through",
            slope=_clipped,
            slope_formula=r"1 \text{ if } |z| \le 1 \text{, else } 0",
            max_slope=1.0,
            flat_tails=BOTH,
            source="Courbariaux et al. 2016, Binarized Neural Networks; ste_sign in Larq",
        ),
        Slope(
            name="fast_sigmoid",
            label="fast sigmoid",
            slope=_fast_sigmoid,
            slope_formula=r"\frac{1}{(1 + k\,|z|)^2}",
            max_slope=1.0,
            flat_tails=BOTH,
            parameters={"k": 25.0},
            bounds={"k": (0.01, 1000.0)},
            source="Zenke & Ganguli 2018 (SuperSpike), here with k = 1 softsign′; k = 25 as in snnTorch",
        ),
        Slope(
            name="arctan_surrogate",
            label="arctan surrogate",
            slope=_arctan,
            slope_formula=r"\frac{\alpha}{2} \cdot \frac{1}{1 + (\pi \alpha z / 2)^2}",
            max_slope=1.0,
            flat_tails=BOTH,
            parameters={"alpha": 2.0},
            bounds={"alpha": (0.01, 100.0)},
            derived=_arctan_maximum,
            source="Fang et al. 2021: the derivative of arctan(παz/2)/π; α = 2 as in snnTorch, whose documentation "
            "prints 1/π for the factor α/2 of its code",
        ),
        Slope(
            name="triangle",
            label="triangle",
            slope=_triangle,
            slope_formula=r"\max(0, 1 - |z|)",
            max_slope=1.0,
            flat_tails=BOTH,
            source="Esser et al. 2016; Bellec et al. 2018, where it is damped by 0.3",
        ),
        Slope(
            name="approx_sign",
            label="ApproxSign",
            slope=_approx_sign,
            slope_formula=r"2\,(1 - |z|) \text{ if } |z| \le 1 \text{, else } 0",
            max_slope=2.0,
            flat_tails=BOTH,
            source="Liu et al. 2018, Bi-Real Net; approx_sign in Larq",
        ),
        Slope(
            name="swish_sign",
            label="SwishSign",
            slope=_swish_sign,
            slope_formula=r"\frac{\beta\,(2 - \beta z \tanh(\beta z / 2))}{1 + \cosh(\beta z)}",
            max_slope=5.0,
            flat_tails=BOTH,
            parameters={"beta": 5.0},
            bounds={"beta": (0.01, 100.0)},
            derived=_swish_sign_maximum,
            source="Darabi et al. 2018, BNN+; swish_sign in Larq",
        ),
        Slope(
            name="zero",
            label="zero",
            slope=zero,
            slope_formula=r"0",
            max_slope=0.0,
            flat_tails=BOTH,
            source="the control: nothing before this layer learns",
        ),
    )
}

# No name is in both registries.
_BACKWARDS: dict[str, Slope] = {
    **SURROGATES,
    **{name: entry for name, entry in ACTIVATIONS.items() if entry.elementwise},
}


def get_backward(spec: str) -> Slope:
    """The backward function that a spec names: a surrogate, or any elementwise activation for its slope.

    Args:
        spec: For instance ``"straight_through"``, ``"fast_sigmoid(10)"``, ``"tanh"`` or ``"leaky_relu(0.2)"``.

    Raises:
        ValueError: There is no such function, it has no such parameters, or it is softmax, which has no slope per unit.
    """
    if isinstance(spec, str) and spec.strip() == "softmax":
        raise ValueError("softmax cannot be a backward function: it has no slope per unit")
    return resolve("backward function", spec, _BACKWARDS)
