"""Activation functions and their slopes, in one registry.

An activation *is* the pair (f, f′): what a unit puts out, and what the chain rule multiplies by on the way back.
A layer may name one activation for the forward pass and another one's slope for the backward pass, so both halves
are functions of the pre-activation ``z`` alone. Where the slope is cheaper to get from the output (tanh′ = 1 − a²)
an entry may say so; the network uses that form only when a layer runs on its own slope.

To add an activation, add one entry to ``ACTIVATIONS``. Menus, gradient checks and tables pick it up from there.

Kinks follow PyTorch: relu′(0) = 0, elu′(0) = α, leaky_relu′(0) = α.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Kernel = Callable[..., Array]

_SPELLING = {"relu": "ReLU", "elu": "ELU"}
BOTH, LEFT, RIGHT, NONE = "both", "left", "right", "none"


@dataclass(frozen=True)
class Activation:
    """One activation function f with its slope f′.

    Attributes:
        name: Key in ``ACTIVATIONS``, or the full spec where parameters differ from their defaults.
        kernel: ``kernel(z, out, **parameters)`` writes f(z) into ``out`` and returns it.
        slope: ``slope(z, out, **parameters)`` writes f′(z) into ``out``. For softmax: the diagonal of its Jacobian.
        formula: f as LaTeX.
        slope_formula: f′ as LaTeX.
        range: Smallest and largest output (open or closed, possibly infinite).
        max_slope: Largest |f′|, the scale of the saturation rule.
        flat_tails: Where the slope fades: ``"both"`` sides (saturation), ``"left"`` or ``"right"`` (off), ``"none"``.
        source: Where the formula comes from.
        kinks: Points at which f is not differentiable.
        parameters: Names and values of the shape parameters.
        bounds: Allowed interval of each parameter.
        slope_from_output: ``slope_from_output(a, out, **parameters)``, the same slope from a = f(z).
        vjp: For activations that mix units (softmax): ``vjp(a, grad_a, out)`` writes Jᵀ grad_a, units on the last axis.
    """

    name: str
    kernel: Kernel
    slope: Kernel
    formula: str
    slope_formula: str
    range: tuple[float, float]
    max_slope: float
    flat_tails: str
    source: str
    kinks: tuple[float, ...] = ()
    parameters: Mapping[str, float] = field(default_factory=dict)
    bounds: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    slope_from_output: Kernel | None = None
    vjp: Kernel | None = None

    @property
    def label(self) -> str:
        """The name as people write it: ``"leaky_relu(0.2)"`` → ``"leaky ReLU(0.2)"``."""
        return re.sub(r"relu|elu", lambda match: _SPELLING[match[0]], self.name).replace("_", " ")

    @property
    def elementwise(self) -> bool:
        """True where every output depends on its own z only."""
        return self.vjp is None

    @property
    def two_tailed(self) -> bool:
        """True for activations that saturate on both sides; one-sided ones are "off" instead."""
        return self.flat_tails == BOTH

    def f(self, z: Array, out: Array | None = None) -> Array:
        """The output f(z), in the shape of ``z``; softmax runs over the last axis."""
        z, out = _buffers(z, out)
        return self.kernel(z, out, **self.parameters)

    def df(self, z: Array, out: Array | None = None) -> Array:
        """The slope f′(z), in the shape of ``z``."""
        z, out = _buffers(z, out)
        return self.slope(z, out, **self.parameters)

    def with_parameters(self, **values: float) -> Activation:
        """The same function with other shape parameters; ValueError for unknown names or values out of bounds."""
        for name, value in values.items():
            if name not in self.parameters:
                raise ValueError(f"{self.name} has no parameter {name!r}; it has {sorted(self.parameters) or 'none'}")
            low, high = self.bounds[name]
            if not low <= value <= high:
                raise ValueError(f"{name} of {self.name} must lie between {low:g} and {high:g}, not {value:g}")
        merged = {**self.parameters, **values}
        spec = f"{self.name.split('(')[0]}({', '.join(f'{v:g}' for v in merged.values())})"
        return replace(self, name=spec, parameters=merged)


def _buffers(z: Any, out: Array | None) -> tuple[Array, Array]:
    """``z`` as float32 or float64, and where to write: kernels read ``z`` after their first write into ``out``."""
    z = np.asarray(z)
    z = z if z.dtype in _LARGEST_EXPONENT else z.astype(np.float64)
    if out is None:
        return z, np.empty_like(z)
    return (z.copy() if np.may_share_memory(z, out) else z), out


# --- kernels: write into `out`, allocate little, never overflow ------------------------------------------------------

# Numbers as 0-d arrays, by dtype: converting a Python float at every call costs as much as the work on a small array.
_F4, _F8 = np.dtype(np.float32), np.dtype(np.float64)
_ZERO: dict[Any, Array] = {dtype: np.array(0.0, dtype) for dtype in (_F4, _F8)}
_ONE: dict[Any, Array] = {dtype: np.array(1.0, dtype) for dtype in (_F4, _F8)}
_LARGEST_EXPONENT: dict[Any, Array] = {_F4: np.array(88.0, _F4), _F8: np.array(709.0, _F8)}


def _identity(z: Array, out: Array) -> Array:
    np.copyto(out, z)
    return out


def _one(z: Array, out: Array) -> Array:
    out.fill(1.0)
    return out


def _zero(z: Array, out: Array) -> Array:
    out.fill(0.0)
    return out


def sigmoid(z: Array, out: Array) -> Array:
    """1/(1 + e⁻ᶻ); the exponent is capped where e⁻ᶻ would overflow, which leaves full relative accuracy elsewhere."""
    np.negative(z, out=out)
    np.minimum(out, _LARGEST_EXPONENT[z.dtype], out=out)
    np.exp(out, out=out)
    np.add(out, _ONE[z.dtype], out=out)
    return np.reciprocal(out, out=out)


def _sigmoid_slope(z: Array, out: Array) -> Array:
    # e/(1 + e)² with e = exp(−|z|): symmetric, and accurate in both tails, where σ(1 − σ) rounds to 0.
    np.abs(z, out=out)
    np.negative(out, out=out)
    np.exp(out, out=out)
    return np.divide(out, (1.0 + out) ** 2, out=out)


def _sigmoid_slope_from_output(a: Array, out: Array) -> Array:
    np.subtract(_ONE[a.dtype], a, out=out)
    return np.multiply(out, a, out=out)


def _tanh_slope(z: Array, out: Array) -> Array:
    # sech²(z) = 4 σ′(2z)
    np.multiply(z, 2.0, out=out)
    _sigmoid_slope(out, out)
    return np.multiply(out, 4.0, out=out)


def _tanh_slope_from_output(a: Array, out: Array) -> Array:
    np.multiply(a, a, out=out)
    return np.subtract(_ONE[a.dtype], out, out=out)


def _relu(z: Array, out: Array) -> Array:
    return np.maximum(z, _ZERO[z.dtype], out=out)


def _step(z: Array, out: Array) -> Array:
    return np.greater(z, 0.0, out=out)


def _relu_slope_from_output(a: Array, out: Array) -> Array:
    out[...] = a > _ZERO[a.dtype]  # on wide layers in half the time of np.sign
    return out


def _leaky_relu(z: Array, out: Array, alpha: float) -> Array:
    np.multiply(z, alpha, out=out)
    return np.maximum(out, z, out=out)  # right for 0 ≤ α ≤ 1


def _leaky_relu_slope(z: Array, out: Array, alpha: float) -> Array:
    np.greater(z, 0.0, out=out)
    return np.maximum(out, alpha, out=out)


def _elu(z: Array, out: Array, alpha: float) -> Array:
    np.minimum(z, 0.0, out=out)
    np.expm1(out, out=out)
    np.multiply(out, alpha, out=out)
    return np.add(out, np.maximum(z, 0.0), out=out)


def _elu_slope(z: Array, out: Array, alpha: float) -> Array:
    np.minimum(z, 0.0, out=out)
    np.exp(out, out=out)
    np.multiply(out, alpha, out=out)
    np.copyto(out, 1.0, where=z > 0)
    return out


def _softplus(z: Array, out: Array) -> Array:
    # max(z, 0) + ln(1 + e^−|z|)
    np.abs(z, out=out)
    np.negative(out, out=out)
    np.exp(out, out=out)
    np.log1p(out, out=out)
    return np.add(out, np.maximum(z, 0.0), out=out)


def _softmax(z: Array, out: Array) -> Array:
    np.subtract(z, z.max(axis=-1, keepdims=True), out=out)
    np.exp(out, out=out)
    return np.divide(out, out.sum(axis=-1, keepdims=True), out=out)


def _softmax_slope(z: Array, out: Array) -> Array:
    _softmax(z, out)
    return _sigmoid_slope_from_output(out.copy(), out)


def _softmax_vjp(a: Array, grad_a: Array, out: Array) -> Array:
    # Jᵀg with J_ik = a_i(δ_ik − a_k): a ∘ (g − Σ a g)
    np.subtract(grad_a, (a * grad_a).sum(axis=-1, keepdims=True), out=out)
    return np.multiply(out, a, out=out)


# --- the registry ----------------------------------------------------------------------------------------------------

_INF = math.inf

ACTIVATIONS: dict[str, Activation] = {
    entry.name: entry
    for entry in (
        Activation(
            name="identity",
            kernel=_identity,
            slope=_one,
            formula=r"f(z) = z",
            slope_formula=r"f'(z) = 1",
            range=(-_INF, _INF),
            max_slope=1.0,
            flat_tails=NONE,
            source="linear unit; the usual output of a regression",
        ),
        Activation(
            name="sigmoid",
            kernel=sigmoid,
            slope=_sigmoid_slope,
            slope_from_output=_sigmoid_slope_from_output,
            formula=r"\sigma(z) = \frac{1}{1 + e^{-z}}",
            slope_formula=r"\sigma'(z) = \sigma(z)\,(1 - \sigma(z))",
            range=(0.0, 1.0),
            max_slope=0.25,
            flat_tails=BOTH,
            source="Rumelhart, Hinton & Williams 1986",
        ),
        Activation(
            name="tanh",
            kernel=np.tanh,
            slope=_tanh_slope,
            slope_from_output=_tanh_slope_from_output,
            formula=r"\tanh(z)",
            slope_formula=r"1 - \tanh^2(z)",
            range=(-1.0, 1.0),
            max_slope=1.0,
            flat_tails=BOTH,
            source="LeCun, Bottou, Orr & Müller 1998, Efficient BackProp",
        ),
        Activation(
            name="relu",
            kernel=_relu,
            slope=_step,
            slope_from_output=_relu_slope_from_output,
            formula=r"\max(0, z)",
            slope_formula=r"1 \text{ if } z > 0 \text{, else } 0",
            range=(0.0, _INF),
            max_slope=1.0,
            flat_tails=LEFT,
            kinks=(0.0,),
            source="Nair & Hinton 2010",
        ),
        Activation(
            name="leaky_relu",
            kernel=_leaky_relu,
            slope=_leaky_relu_slope,
            formula=r"\max(\alpha z, z)",
            slope_formula=r"1 \text{ if } z > 0 \text{, else } \alpha",
            range=(-_INF, _INF),
            max_slope=1.0,
            flat_tails=LEFT,
            kinks=(0.0,),
            parameters={"alpha": 0.01},
            bounds={"alpha": (0.0, 1.0)},
            source="Maas, Hannun & Ng 2013",
        ),
        Activation(
            name="elu",
            kernel=_elu,
            slope=_elu_slope,
            formula=r"z \text{ if } z > 0 \text{, else } \alpha\,(e^z - 1)",
            slope_formula=r"1 \text{ if } z > 0 \text{, else } \alpha\,e^z",
            range=(-1.0, _INF),
            max_slope=1.0,
            flat_tails=LEFT,
            parameters={"alpha": 1.0},
            bounds={"alpha": (0.0, 1.0)},
            kinks=(0.0,),
            source="Clevert, Unterthiner & Hochreiter 2015",
        ),
        Activation(
            name="softplus",
            kernel=_softplus,
            slope=sigmoid,
            formula=r"\ln(1 + e^z)",
            slope_formula=r"\sigma(z)",
            range=(0.0, _INF),
            max_slope=1.0,
            flat_tails=LEFT,
            source="Dugas et al. 2001",
        ),
        Activation(
            name="softmax",
            kernel=_softmax,
            slope=_softmax_slope,
            vjp=_softmax_vjp,
            formula=r"p_i = \frac{e^{z_i}}{\sum_k e^{z_k}}",
            slope_formula=r"\frac{\partial p_i}{\partial z_j} = p_i(\delta_{ij} - p_j)",
            range=(0.0, 1.0),
            max_slope=0.25,
            flat_tails=BOTH,
            source="Bridle 1990",
        ),
        Activation(
            name="step",
            kernel=_step,
            slope=_zero,
            formula=r"1 \text{ if } z > 0 \text{, else } 0",
            slope_formula=r"0",
            range=(0.0, 1.0),
            max_slope=0.0,
            flat_tails=BOTH,
            kinks=(0.0,),
            source="McCulloch & Pitts 1943; needs another backward function to learn (Bengio et al. 2013)",
        ),
    )
}

_SPEC = re.compile(r"^([a-z0-9_]+)(?:\(([^()]*)\))?$")


def get_activation(spec: str) -> Activation:
    """The activation that a spec names: ``"tanh"``, or with parameters ``"leaky_relu(0.2)"``.

    Raises:
        ValueError: No such activation, or parameters that it does not have.
    """
    match = _SPEC.match(spec.strip()) if isinstance(spec, str) else None
    if match is None or match[1] not in ACTIVATIONS:
        raise ValueError(f"there is no activation {spec!r}; choose one of {', '.join(ACTIVATIONS)}")
    activation = ACTIVATIONS[match[1]]
    if match[2] is None:
        return activation
    try:
        values = [float(part) for part in match[2].split(",")]
    except ValueError:
        raise ValueError(f"the parameters in {spec!r} must be numbers, as in leaky_relu(0.2)") from None
    if len(values) != len(activation.parameters):
        raise ValueError(f"{match[1]} takes {len(activation.parameters)} parameter(s), {spec!r} gives {len(values)}")
    return activation.with_parameters(**dict(zip(activation.parameters, values, strict=True)))


def surrogate_names() -> list[str]:
    """Names whose slope may stand in as a layer's backward function: every elementwise activation."""
    return [name for name, activation in ACTIVATIONS.items() if activation.elementwise]
