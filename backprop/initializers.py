"""Initial weights: what keeps (or does not keep) the signal's size from layer to layer.

An initialiser draws a matrix of shape (n_out, n_in). Biases start at zero.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Draw = Callable[[np.random.Generator, int, int], Array]


@dataclass(frozen=True)
class Initializer:
    """A scheme for initial weights.

    Attributes:
        name: Key in ``INITIALIZERS``.
        label: Name in words.
        draw: ``draw(rng, n_out, n_in)``, an array of shape (n_out, n_in), float64.
        formula: The distribution as LaTeX.
        source: Where the scheme comes from.
    """

    name: str
    label: str
    draw: Draw
    formula: str
    source: str


def _zeros(rng: np.random.Generator, n_out: int, n_in: int) -> Array:
    return np.zeros((n_out, n_in))


def _normal(rng: np.random.Generator, n_out: int, n_in: int) -> Array:
    return rng.standard_normal((n_out, n_in))


def _xavier_normal(rng: np.random.Generator, n_out: int, n_in: int) -> Array:
    return rng.normal(0.0, np.sqrt(2.0 / (n_in + n_out)), (n_out, n_in))


def _xavier_uniform(rng: np.random.Generator, n_out: int, n_in: int) -> Array:
    limit = np.sqrt(6.0 / (n_in + n_out))
    return rng.uniform(-limit, limit, (n_out, n_in))


def _he_normal(rng: np.random.Generator, n_out: int, n_in: int) -> Array:
    return rng.normal(0.0, np.sqrt(2.0 / n_in), (n_out, n_in))


def _he_uniform(rng: np.random.Generator, n_out: int, n_in: int) -> Array:
    limit = np.sqrt(6.0 / n_in)
    return rng.uniform(-limit, limit, (n_out, n_in))


_GLOROT = "Glorot & Bengio 2010"
_HE = "He et al. 2015"

INITIALIZERS: dict[str, Initializer] = {
    entry.name: entry
    for entry in (
        Initializer(
            "xavier_uniform",
            "Xavier uniform",
            _xavier_uniform,
            r"U\left(\pm\sqrt{6/(n_\mathrm{in}+n_\mathrm{out})}\right)",
            _GLOROT,
        ),
        Initializer(
            "xavier_normal",
            "Xavier normal",
            _xavier_normal,
            r"N\left(0,\ 2/(n_\mathrm{in}+n_\mathrm{out})\right)",
            _GLOROT,
        ),
        Initializer("he_uniform", "He uniform", _he_uniform, r"U\left(\pm\sqrt{6/n_\mathrm{in}}\right)", _HE),
        Initializer("he_normal", "He normal", _he_normal, r"N\left(0,\ 2/n_\mathrm{in}\right)", _HE),
        Initializer("normal", "standard normal", _normal, r"N(0, 1)", "no scaling: too large for wide layers"),
        Initializer(
            "zeros", "all zeros", _zeros, r"0", "every unit of a layer stays the same: shows why symmetry must break"
        ),
    )
}

AUTO = "auto"


def resolve_initializer(name: str, activation: str) -> Initializer:
    """The initialiser that ``name`` means for a layer: ``"auto"`` is He for the ReLU family, else Xavier.

    Args:
        name: A key of ``INITIALIZERS`` or ``"auto"``.
        activation: The layer's activation, as a spec such as ``"leaky_relu(0.2)"``.
    """
    if name != AUTO:
        return INITIALIZERS[name]
    family = activation.split("(")[0]
    return INITIALIZERS["he_normal" if family in ("relu", "leaky_relu", "elu", "softplus") else "xavier_uniform"]
