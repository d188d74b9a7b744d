r"""What theory expects of wide random networks, by quadrature and closed formulas: the numbers to measure against.

In a wide layer with weights N(0, σ_w²/n) and biases N(0, σ_b²) a pre-activation is a sum of many independent terms, so
it is normal; only its variance q travels (Poole et al. 2016):

    q ← σ_w² E[f(√q ξ)²] + σ_b²,  ξ ~ N(0, 1),  with the fixed point q*.

On the way back, the squared error signal changes per layer by the factor (Poole et al. 2016, Schoenholz et al. 2017)

    χ₁ = σ_w² E[f′(√q* ξ)²]:

below 1 gradients vanish (order), above 1 they explode (chaos), and χ₁ = 1 is the edge of chaos.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Function = Callable[[Array], Array]

# E over ξ ~ N(0, 1) as a weighted sum: exact for polynomials of degree 199, and to 1e-12 for tanh at the q used here.
_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(100)
_WEIGHTS = _WEIGHTS / _WEIGHTS.sum()


def gaussian_mean(function: Function, q: float = 1.0) -> float:
    """E[function(√q ξ)] for ξ ~ N(0, 1), by Gauss-Hermite quadrature."""
    return float(_WEIGHTS @ function(math.sqrt(q) * _NODES))


def fixed_point(f: Function, weight_variance: float, bias_variance: float) -> float:
    """q*, the variance of the pre-activations that depth does not change, by iteration from 1."""
    q = 1.0
    for _ in range(100_000):
        following = weight_variance * gaussian_mean(lambda z: f(z) ** 2, q) + bias_variance
        if abs(following - q) <= 1e-14 * q:
            return following
        q = following
    return q


def chi(f: Function, df: Function, weight_variance: float, bias_variance: float) -> float:
    """χ₁ at the fixed point: the factor per layer on the mean square of the error signal."""
    q = fixed_point(f, weight_variance, bias_variance)
    return weight_variance * gaussian_mean(lambda z: df(z) ** 2, q)


def critical_weight_variance(
    f: Function, df: Function, bias_variance: float, low: float = 0.5, high: float = 5.0
) -> float:
    """σ_w² with χ₁ = 1 for a given σ_b², by bisection; for tanh χ₁ grows with σ_w²."""
    for _ in range(60):
        middle = (low + high) / 2
        if chi(f, df, middle, bias_variance) < 1.0:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def log_length_moments(n: int) -> tuple[Array, Array]:
    """Means and variances of what an n × n matrix with entries N(0, 1/n) does to n directions in turn, as logarithms.

    Gram-Schmidt turns the matrix into independent lengths: of a normal vector in n dimensions, of what is left of the
    next one in n − 1 dimensions, and so on (Bartlett 1933; for products of such matrices Newman 1986). Their squares
    are χ² variables with n, n − 1 … 1 degrees of freedom, over n; for k degrees E ln χ²_k = ψ(k/2) + ln 2 and
    Var ln χ²_k = ψ′(k/2). The lengths' product is |det|, so the mean of the means is that of ln of the singular values.

    Returns:
        Means and variances, each of shape (n,), the first direction first.
    """
    degrees = range(n, 0, -1)
    means = [(_digamma_half(k) + math.log(2.0) - math.log(n)) / 2 for k in degrees]
    variances = [_trigamma_half(k) / 4 for k in degrees]
    return np.array(means), np.array(variances)


def _digamma_half(k: int) -> float:
    """ψ(k/2) for whole k: ψ(1/2) = −γ − 2 ln 2, ψ(1) = −γ, and ψ(x + 1) = ψ(x) + 1/x."""
    start = -float(np.euler_gamma) - (2 * math.log(2.0) if k % 2 else 0.0)
    return start + sum(1 / x for x in _steps_up_to_half(k))


def _trigamma_half(k: int) -> float:
    """ψ′(k/2) for whole k: ψ′(1/2) = π²/2, ψ′(1) = π²/6, and ψ′(x + 1) = ψ′(x) − 1/x²."""
    start = math.pi**2 / (2 if k % 2 else 6)
    return start - sum(1 / x**2 for x in _steps_up_to_half(k))


def _steps_up_to_half(k: int) -> list[float]:
    """1/2, 3/2 … or 1, 2 …, whichever ends at k/2 − 1."""
    first = 0.5 if k % 2 else 1.0
    return [first + i for i in range((k - 1) // 2)]
