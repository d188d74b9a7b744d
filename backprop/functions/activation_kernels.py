"""The arithmetic of ``ACTIVATIONS``: a kernel for each function and a kernel for its slope.

A kernel reads z (or the output a, where it says so), writes into ``out`` and returns it. Kernels allocate little. Up to
|z| = 1e4, and mostly far beyond, they do not overflow, and they do not lose a small value by subtracting two large
ones.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backprop.functions.special import mills_ratio

Array = NDArray[Any]

# Numbers as 0-d arrays, by dtype. Converting a Python float at every call costs as much as the work on a small array.
_F4, _F8 = np.dtype(np.float32), np.dtype(np.float64)
_ZERO: dict[Any, Array] = {dtype: np.array(0.0, dtype) for dtype in (_F4, _F8)}
_ONE: dict[Any, Array] = {dtype: np.array(1.0, dtype) for dtype in (_F4, _F8)}
_LARGEST_EXPONENT: dict[Any, Array] = {_F4: np.array(88.0, _F4), _F8: np.array(709.0, _F8)}


# --- no bend, or nothing but steps -----------------------------------------------------------------------------------


def identity(z: Array, out: Array) -> Array:
    np.copyto(out, z)
    return out


def one(z: Array, out: Array) -> Array:
    out.fill(1.0)
    return out


def zero(z: Array, out: Array) -> Array:
    out.fill(0.0)
    return out


def step(z: Array, out: Array) -> Array:
    return np.greater(z, 0.0, out=out)


# --- sigmoids --------------------------------------------------------------------------------------------------------


def sigmoid(z: Array, out: Array) -> Array:
    """1/(1 + e⁻ᶻ). The exponent is capped where e⁻ᶻ would overflow; elsewhere the relative accuracy is full."""
    np.negative(z, out=out)
    np.minimum(out, _LARGEST_EXPONENT[z.dtype], out=out)
    np.exp(out, out=out)
    np.add(out, _ONE[z.dtype], out=out)
    return np.reciprocal(out, out=out)


def sigmoid_slope(z: Array, out: Array) -> Array:
    # e/(1 + e)² with e = exp(−|z|): symmetric, and accurate in both tails, where σ(1 − σ) rounds to 0.
    np.abs(z, out=out)
    np.negative(out, out=out)
    np.exp(out, out=out)
    return np.divide(out, (1.0 + out) ** 2, out=out)


def sigmoid_slope_from_output(a: Array, out: Array) -> Array:
    np.subtract(_ONE[a.dtype], a, out=out)
    return np.multiply(out, a, out=out)


def tanh_slope(z: Array, out: Array) -> Array:
    # sech²(z) = 4 σ′(2z)
    np.multiply(z, 2.0, out=out)
    sigmoid_slope(out, out)
    return np.multiply(out, 4.0, out=out)


def tanh_slope_from_output(a: Array, out: Array) -> Array:
    np.multiply(a, a, out=out)
    return np.subtract(_ONE[a.dtype], out, out=out)


LECUN_HEIGHT, LECUN_RATE = 1.7159, 2.0 / 3.0


def lecun_tanh(z: Array, out: Array) -> Array:
    np.multiply(z, LECUN_RATE, out=out)
    np.tanh(out, out=out)
    return np.multiply(out, LECUN_HEIGHT, out=out)


def lecun_tanh_slope(z: Array, out: Array) -> Array:
    np.multiply(z, LECUN_RATE, out=out)
    tanh_slope(out, out)
    return np.multiply(out, LECUN_HEIGHT * LECUN_RATE, out=out)


def lecun_tanh_slope_from_output(a: Array, out: Array) -> Array:
    np.divide(a, LECUN_HEIGHT, out=out)
    tanh_slope_from_output(out, out)
    return np.multiply(out, LECUN_HEIGHT * LECUN_RATE, out=out)


def softsign(z: Array, out: Array) -> Array:
    np.abs(z, out=out)
    np.add(out, _ONE[z.dtype], out=out)
    return np.divide(z, out, out=out)


def softsign_slope(z: Array, out: Array) -> Array:
    np.abs(z, out=out)
    np.add(out, _ONE[z.dtype], out=out)
    np.reciprocal(out, out=out)  # before the square, which could overflow
    return np.multiply(out, out, out=out)


def arctan_slope(z: Array, out: Array) -> Array:
    np.multiply(z, z, out=out)
    np.add(out, _ONE[z.dtype], out=out)
    return np.reciprocal(out, out=out)


def hard_tanh(z: Array, out: Array) -> Array:
    np.maximum(z, -1.0, out=out)
    return np.minimum(out, 1.0, out=out)


def hard_tanh_slope(z: Array, out: Array) -> Array:
    return np.less(np.abs(z), 1.0, out=out)


def hard_sigmoid(z: Array, out: Array) -> Array:
    np.add(z, 3.0, out=out)
    relu6(out, out)
    return np.divide(out, 6.0, out=out)


def hard_sigmoid_slope(z: Array, out: Array) -> Array:
    np.less(np.abs(z), 3.0, out=out)
    return np.divide(out, 6.0, out=out)


# --- the ReLU family -------------------------------------------------------------------------------------------------


def relu(z: Array, out: Array) -> Array:
    return np.maximum(z, _ZERO[z.dtype], out=out)


def relu_slope_from_output(a: Array, out: Array) -> Array:
    out[...] = a > _ZERO[a.dtype]  # on wide layers in half the time of np.sign
    return out


def relu6(z: Array, out: Array) -> Array:
    np.maximum(z, _ZERO[z.dtype], out=out)
    return np.minimum(out, 6.0, out=out)


def relu6_slope(z: Array, out: Array) -> Array:
    np.greater(z, 0.0, out=out)
    return np.multiply(out, z < 6.0, out=out)


def leaky_relu(z: Array, out: Array, alpha: float = 0.01) -> Array:
    np.multiply(z, alpha, out=out)
    return np.maximum(out, z, out=out)  # right for 0 ≤ α ≤ 1


def leaky_relu_slope(z: Array, out: Array, alpha: float = 0.01) -> Array:
    np.greater(z, 0.0, out=out)
    return np.maximum(out, alpha, out=out)


def elu(z: Array, out: Array, alpha: float = 1.0) -> Array:
    np.minimum(z, 0.0, out=out)
    np.expm1(out, out=out)
    np.multiply(out, alpha, out=out)
    return np.add(out, np.maximum(z, 0.0), out=out)


def elu_slope(z: Array, out: Array, alpha: float = 1.0) -> Array:
    np.minimum(z, 0.0, out=out)
    np.exp(out, out=out)
    np.multiply(out, alpha, out=out)
    np.copyto(out, 1.0, where=z > 0)
    return out


# Klambauer et al. 2017: the pair that keeps mean 0 and variance 1 of normal pre-activations.
SELU_ALPHA, SELU_SCALE = 1.6732632423543772, 1.0507009873554805


def selu(z: Array, out: Array) -> Array:
    elu(z, out, SELU_ALPHA)
    return np.multiply(out, SELU_SCALE, out=out)


def selu_slope(z: Array, out: Array) -> Array:
    elu_slope(z, out, SELU_ALPHA)
    return np.multiply(out, SELU_SCALE, out=out)


def celu(z: Array, out: Array, alpha: float = 1.0) -> Array:
    np.minimum(z, 0.0, out=out)
    np.divide(out, alpha, out=out)
    np.expm1(out, out=out)
    np.multiply(out, alpha, out=out)
    return np.add(out, np.maximum(z, 0.0), out=out)


def celu_slope(z: Array, out: Array, alpha: float = 1.0) -> Array:
    np.minimum(z, 0.0, out=out)
    np.divide(out, alpha, out=out)
    return np.exp(out, out=out)


def softplus(z: Array, out: Array) -> Array:
    # max(z, 0) + ln(1 + e^−|z|)
    np.abs(z, out=out)
    np.negative(out, out=out)
    np.exp(out, out=out)
    np.log1p(out, out=out)
    return np.add(out, np.maximum(z, 0.0), out=out)


# --- z times a gate that opens from 0 to 1 ---------------------------------------------------------------------------


def silu(z: Array, out: Array) -> Array:
    sigmoid(z, out)
    return np.multiply(out, z, out=out)


def silu_slope(z: Array, out: Array) -> Array:
    # σ + z σ′, with the σ′ that is accurate in both tails
    sigmoid_slope(z, out)
    np.multiply(out, z, out=out)
    return np.add(out, sigmoid(z, np.empty_like(out)), out=out)


def swish(z: Array, out: Array, beta: float = 1.0) -> Array:
    np.multiply(z, beta, out=out)
    sigmoid(out, out)
    return np.multiply(out, z, out=out)


def swish_slope(z: Array, out: Array, beta: float = 1.0) -> Array:
    return silu_slope(z * beta, out)  # z σ(βz) = silu(βz)/β


def hard_swish(z: Array, out: Array) -> Array:
    hard_sigmoid(z, out)
    return np.multiply(out, z, out=out)


def hard_swish_slope(z: Array, out: Array) -> Array:
    np.divide(z, 3.0, out=out)
    np.add(out, 0.5, out=out)
    np.copyto(out, 0.0, where=z <= -3.0)
    np.copyto(out, 1.0, where=z >= 3.0)
    return out


_ROOT_TAU = math.sqrt(2.0 * math.pi)
_NORMAL_END = 40.0  # there the normal density φ is 0 in float64, and no power in Mills' ratio overflows


def gelu(z: Array, out: Array) -> Array:
    # z Φ(z) = max(z, 0) − u Φ(−u) with u = |z|, since Φ(z) = 1 − Φ(−z): the digits of the left tail are kept.
    u, ratio = _mills(z)
    np.multiply(ratio, u, out=ratio)
    np.multiply(ratio, _normal_density(u), out=ratio)
    np.maximum(z, _ZERO[z.dtype], out=out)
    return np.subtract(out, ratio, out=out)


def gelu_slope(z: Array, out: Array) -> Array:
    # Φ(z) + z φ(z): on the left h = Φ(−u) − u φ(u) = φ(u) (m(u) − u), on the right 1 − h.
    u, ratio = _mills(z)
    np.subtract(ratio, u, out=ratio)
    np.multiply(ratio, _normal_density(u), out=ratio)
    np.greater(z, _ZERO[z.dtype], out=out)  # 1 on the right, where it turns h around
    np.subtract(_ONE[z.dtype], out + out, out=u)
    np.multiply(ratio, u, out=ratio)
    return np.add(out, ratio, out=out)


def _mills(z: Array) -> tuple[Array, Array]:
    """u = |z|, capped where it no longer matters, and Mills' ratio m(u) = Φ(−u)/φ(u)."""
    u = np.abs(z, out=np.empty_like(z))
    np.minimum(u, _NORMAL_END, out=u)
    return u, mills_ratio(u, np.empty_like(u))


def _normal_density(u: Array) -> Array:
    """φ(u), written over u."""
    np.multiply(u, u, out=u)
    np.multiply(u, -0.5, out=u)
    np.exp(u, out=u)
    return np.divide(u, _ROOT_TAU, out=u)


# ½ (1 + tanh u) is σ(2u), which does not round to 0 on the left; this is the 2u of GELU's tanh form, and its slope.
_GELU_RATE, _GELU_CUBIC = 2.0 * math.sqrt(2.0 / math.pi), 0.044715


def gelu_tanh(z: Array, out: Array) -> Array:
    _gelu_argument(z, out)
    sigmoid(out, out)
    return np.multiply(out, z, out=out)


def gelu_tanh_slope(z: Array, out: Array) -> Array:
    # σ(v) + z σ′(v) v′ with v = 2u
    v = _gelu_argument(z, np.empty_like(out))
    np.multiply(z, z, out=out)
    np.multiply(out, 3.0 * _GELU_CUBIC * _GELU_RATE, out=out)
    np.add(out, _GELU_RATE, out=out)
    np.multiply(out, z, out=out)
    np.multiply(out, sigmoid_slope(v, np.empty_like(out)), out=out)
    return np.add(out, sigmoid(v, v), out=out)


def _gelu_argument(z: Array, out: Array) -> Array:
    np.multiply(z, z, out=out)
    np.multiply(out, _GELU_CUBIC * _GELU_RATE, out=out)
    np.add(out, _GELU_RATE, out=out)
    return np.multiply(out, z, out=out)


# With e = eᶻ, tanh(ln(1 + e)) = w/(w + 2) for w = e(e + 2): no logarithm, and no digit lost where e is small. Beyond 20
# the quotient is 1 in float64, and w² still fits into float32.
_MISH_END = 20.0


def mish(z: Array, out: Array) -> Array:
    np.minimum(z, _MISH_END, out=out)
    np.exp(out, out=out)
    np.multiply(out, out + 2.0, out=out)
    np.divide(out, out + 2.0, out=out)
    return np.multiply(out, z, out=out)


def mish_slope(z: Array, out: Array) -> Array:
    # t + z (1 − t²) σ(z) = (w + 4 z e (1 + e)/(w + 2)) / (w + 2), since 1 − t² = 4 (1 + e)²/(w + 2)²
    capped, e = np.empty_like(out), np.empty_like(out)
    np.minimum(z, _MISH_END, out=capped)
    np.exp(capped, out=e)
    np.add(e, 2.0, out=out)
    np.multiply(out, e, out=out)  # w
    below = out + 2.0
    np.multiply(capped, 4.0, out=capped)
    np.multiply(capped, e, out=capped)
    np.add(e, 1.0, out=e)
    np.multiply(capped, e, out=capped)
    np.divide(capped, below, out=capped)
    np.add(out, capped, out=out)
    return np.divide(out, below, out=out)


# --- waves and bumps -------------------------------------------------------------------------------------------------


def gaussian(z: Array, out: Array) -> Array:
    np.multiply(z, z, out=out)
    np.negative(out, out=out)
    return np.exp(out, out=out)


def gaussian_slope(z: Array, out: Array) -> Array:
    gaussian(z, out)
    np.multiply(out, z, out=out)
    return np.multiply(out, -2.0, out=out)


# --- softmax, units on the last axis ---------------------------------------------------------------------------------


def softmax(z: Array, out: Array) -> Array:
    np.subtract(z, z.max(axis=-1, keepdims=True), out=out)
    np.exp(out, out=out)
    return np.divide(out, out.sum(axis=-1, keepdims=True), out=out)


def softmax_slope(z: Array, out: Array) -> Array:
    softmax(z, out)
    return sigmoid_slope_from_output(out.copy(), out)


def softmax_vjp(a: Array, grad_a: Array, out: Array) -> Array:
    # Jᵀg with J_ik = a_i(δ_ik − a_k): a ∘ (g − Σ a g)
    np.subtract(grad_a, (a * grad_a).sum(axis=-1, keepdims=True), out=out)
    return np.multiply(out, a, out=out)
