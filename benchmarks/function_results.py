"""Published results on single functions: slopes, finite differences, minima, surrogates, one step of Adam.

Expected values are literals, worked out to 20 digits with mpmath from the formulas named beside them, or by hand. None
is computed with the functions that are measured.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backprop import ACTIVATIONS, OPTIMIZERS, Layer, Network
from backprop.functions import get_backward
from benchmarks.literature_rows import Row, at_most, exactly, extremes, near

Array = NDArray[Any]

ROUNDING = 1e-15


def slope_bounds(seeds: int) -> list[Row]:
    """The largest slopes, and what they do to ten layers in a row."""
    z = np.linspace(-6.0, 6.0, 12_001)  # 0 is one of them
    rows = [
        near("largest σ′", 0.25, float(ACTIVATIONS["sigmoid"].df(z).max()), ROUNDING, "rounding", "1/4"),
        near("largest tanh′", 1.0, float(ACTIVATIONS["tanh"].df(z).max()), ROUNDING, "rounding", "1"),
    ]
    for dtype in ("float32", "float64"):
        rows.append(exactly(f"ten sigmoids at z = 0, φ¹/φ¹¹, {dtype}", 4.0**-10, _ten_sigmoids(dtype), "4⁻¹⁰"))
    return rows


def _ten_sigmoids(dtype: str) -> float:
    """φ¹/φ¹¹ of ten sigmoid units in a row, with weights 1 and biases −1/2 that bring every z to 0 (σ(0) = 1/2)."""
    layers = [*[Layer(1, "sigmoid", initializer="constant(1)", bias=-0.5)] * 10, Layer(1, "identity")]
    network = Network(1, layers, "mse", dtype=dtype)
    network.weights[-1].fill(1.0)
    grads = network.backward(network.forward(np.array([[0.5]])), np.array([[-0.5]]))
    return float(grads.phi[0].item() / grads.phi[-1].item())


TANH_SLOPE = 0.63473958998245858737  # 1/cosh²(0.7)
TRUNCATION = 0.03192707668420807930  # f‴/(6 f′) = (6 tanh² − 2)/6 at 0.7, times h²: the relative error


def difference_quotients(seeds: int) -> list[Row]:
    """Central differences are best near h = 1e-5: truncation falls with h², rounding grows as ε/h.

    Rounding is a matter of luck: only its bound is known. z ± h is off by 2⁻⁵⁴ at most and f, between 1/2 and 1, by one
    unit of 2⁻⁵³, which makes (2⁻⁵³/f′ + 2⁻⁵⁴)/h = 2.3e-16/h relative to f′.
    """
    f = ACTIVATIONS["tanh"].f

    def error(h: float) -> float:
        values = f(np.array([0.7 + h, 0.7 - h]))
        return abs(float(values[0] - values[1]) / (2 * h) / TANH_SLOPE - 1)

    def bound(h: float) -> float:
        return (2.0**-53 / TANH_SLOPE + 2.0**-54) / h

    slope = float(ACTIVATIONS["tanh"].df(np.array(0.7)))
    complex_step = float(np.tanh(complex(0.7, 1e-20)).imag) / 1e-20
    steps = (1e-3, 1e-5, 1e-8)
    both = "truncation and rounding at most"
    return [
        near("tanh at 0.7, relative error at h = 1e-3", TRUNCATION * 1e-6, error(1e-3), 1e-11, "next term", "3e-8"),
        at_most("… at h = 1e-5", "9e-13", error(1e-5), TRUNCATION * 1e-10 + bound(1e-5), both),
        at_most("… at h = 1e-8", "7e-9", error(1e-8), TRUNCATION * 1e-16 + bound(1e-8), both),
        exactly("the best of the three h", 1e-5, min(steps, key=error), "1e-5"),
        at_most(
            "tanh′(0.7) of the package, relative error", "0", abs(slope / TANH_SLOPE - 1), 3.5e-16, "three roundings"
        ),
        at_most("… against a complex step", "2e-16", abs(slope / complex_step - 1), 7e-16, "the roundings of both"),
    ]


# Zeros of f′ and the values there: Φ + zφ = 0 for GELU; −1 − W(1/e) and −W(1/e) for SiLU, with Lambert's W.
MINIMA = {
    "gelu": (-0.75179152469356446, -0.16997120747990366, "-0.751792", "-0.169971"),
    "silu": (-1.27846454276107380, -0.27846454276107380, "-1.278465", "-0.278465"),
    "mish": (-1.19243121451549521, -0.30884341301725041, "-1.192431", "-0.308843"),
}


def minima(seeds: int) -> list[Row]:
    """Where the smooth relatives of ReLU turn round, by bisection on their slope; and GELU's tanh form."""
    rows = []
    for name, (at, value, published_at, published_value) in MINIMA.items():
        f, lowest = ACTIVATIONS[name].f, _zero_of(ACTIVATIONS[name].df, -2.0, -0.5)
        # A slope off by ε puts its zero off by ε/f″, and f″ is 0.5 … 0.8 there; f itself is flat.
        rows.append(near(f"{name}: minimum at z", at, lowest, 4e-15, "rounding", published_at))
        rows.append(near(f"{name}: its value", value, float(f(np.array(lowest))), 4e-16, "rounding", published_value))
    z = np.linspace(0.0, 6.0, 60_001)
    gap = np.abs(ACTIVATIONS["gelu"].f(z) - ACTIVATIONS["gelu_tanh"].f(z))
    rows.append(near("largest error of GELU's tanh form", 4.7323552e-4, float(gap.max()), 1e-11, "grid", "4.73e-4"))
    rows.append(near("… at z", 2.6989414, float(z[gap.argmax()]), 1e-4, "grid", "2.699"))
    return rows


def _zero_of(function: Callable[[Array], Array], low: float, high: float) -> float:
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if float(function(np.array(middle))) < 0 else (low, middle)
    return (low + high) / 2


# (what, backward function, z, value): from the formulas in the code of Larq and snnTorch.
SURROGATE_VALUES = (
    ("ste_sign of Larq at 1", "clipped_straight_through", 1.0, 1.0),
    ("… at 1.001", "clipped_straight_through", 1.001, 0.0),
    ("approx_sign of Larq, 2(1 − |z|), at −1/4", "approx_sign", -0.25, 1.5),
    ("swish_sign of Larq, β = 5, at 0.3", "swish_sign", 0.3, 1.5619758496353670),
    ("fast sigmoid of snnTorch, k = 25, at −1/5: 1/36", "fast_sigmoid", -0.2, 1 / 36),
    ("arctan of snnTorch, α/2 / (1 + (παz/2)²), at 1/2", "arctan_surrogate", 0.5, 0.28840043914200094),
    ("SuperSpike, 1/(1 + |z|)², at −3: 1/16", "fast_sigmoid(1)", -3.0, 1 / 16),
    ("σ(1 − σ) at −1000, where e^z in a quotient overflows", "sigmoid", -1000.0, 0.0),
)


def surrogate_formulas(seeds: int) -> list[Row]:
    """The slopes that others put in the place of a step function's, at a point each.

    snnTorch's documentation scales its arctan by 1/π, its code by α/2, as Fang et al. 2021 do; the row is of the code.
    """
    return [
        near(what, value, float(get_backward(spec).df(np.array(z))), 4e-16 * max(1.0, value), "rounding")
        for what, spec, z, value in SURROGATE_VALUES
    ]


def adams_first_step(seeds: int) -> list[Row]:
    """m̂ = g and v̂ = g² at the first step: −Δ = η g/(|g| + ε), the learning rate itself for any |g| far above ε."""
    size = np.logspace(-3, 3, 1000)
    signs = np.random.default_rng(0).choice([-1, 1], 1000)
    parameters = np.zeros(1000)
    OPTIMIZERS["adam"](parameters, learning_rate=0.02).step(signs * size)
    (_, least), (_, most) = extremes(-parameters / (0.02 * signs))
    why = "rounding; ε = 1e-8 takes 1e-8/|g|"
    return [
        near("−Δ / (learning rate · sign g), |g| = 1e-3", 1 / (1 + 1e-5), least, 1e-12, why, "1"),
        near("… |g| = 1e3", 1 / (1 + 1e-11), most, 1e-12, why, "1"),
    ]
