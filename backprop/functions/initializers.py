"""Initial weights, which keep (or do not keep) the size of the signal from layer to layer.

An initialiser draws a matrix of shape (n_out, n_in), which the layer multiplies by its gain. Biases start at a
constant.

For zero-mean inputs, z = Σ w a has the variance n_in Var(w) E[a²]. Variance 1/n_in keeps it in a linear or SELU layer
(LeCun); 2/n_in keeps it in a ReLU layer, which passes half of it on (He); 2/(n_in + n_out) is the compromise with the
backward pass (Glorot). Uniform weights in ±1/√n_in, of variance 1/(3 n_in), lose two thirds of it in every layer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from backprop.functions.activations import get_activation
from backprop.functions.specs import resolve

Array = NDArray[Any]
Draw = Callable[[np.random.Generator, int, int], Array]


@dataclass(frozen=True)
class Initializer:
    """A scheme for initial weights.

    Attributes:
        name: Key in ``INITIALIZERS``, or the full spec where parameters are set.
        label: Name in words.
        draw: ``draw(rng, n_out, n_in)``, an array of shape (n_out, n_in), float64.
        formula: The distribution as LaTeX.
        source: Where the scheme comes from.
        parameters: Names and values of its parameters.
        bounds: Allowed interval of each parameter.
        unit_variance: Whether the network, given the training data, then scales what was drawn so that the layer's z
            has variance 1; see ``Network.reset``.
    """

    functions: ClassVar = ("draw",)

    name: str
    label: str
    draw: Draw
    formula: str
    source: str
    parameters: Mapping[str, float] = field(default_factory=dict)
    bounds: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    unit_variance: bool = False


def _zeros(rng: np.random.Generator, n_out: int, n_in: int) -> Array:
    return np.zeros((n_out, n_in))


def _constant(rng: np.random.Generator, n_out: int, n_in: int, c: float = 0.1) -> Array:
    return np.full((n_out, n_in), c)


def _normal(rng: np.random.Generator, n_out: int, n_in: int, sigma: float = 1.0) -> Array:
    return sigma * rng.standard_normal((n_out, n_in))


def _uniform(rng: np.random.Generator, n_out: int, n_in: int) -> Array:
    limit = 1.0 / np.sqrt(n_in)
    return rng.uniform(-limit, limit, (n_out, n_in))


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


def _lecun_normal(rng: np.random.Generator, n_out: int, n_in: int) -> Array:
    return rng.normal(0.0, np.sqrt(1.0 / n_in), (n_out, n_in))


def _orthogonal(rng: np.random.Generator, n_out: int, n_in: int) -> Array:
    # QR alone does not draw orthogonal matrices uniformly, since it fixes signs. Multiplying each column by the sign of
    # R's diagonal makes them uniform (Mezzadri 2007).
    tall = rng.standard_normal((max(n_out, n_in), min(n_out, n_in)))
    q, r = np.linalg.qr(tall)
    q *= np.where(np.diag(r) < 0, -1.0, 1.0)
    return q if n_out >= n_in else q.T


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
        Initializer(
            "lecun_normal",
            "LeCun normal",
            _lecun_normal,
            r"N\left(0,\ 1/n_\mathrm{in}\right)",
            "LeCun, Bottou, Orr & Müller 1998; what SELU needs (Klambauer et al. 2017)",
        ),
        Initializer(
            "uniform",
            "uniform ±1/√n",
            _uniform,
            r"U\left(\pm 1/\sqrt{n_\mathrm{in}}\right)",
            "the usual choice that Glorot & Bengio 2010, eq. 1, found too small for deep networks",
        ),
        Initializer(
            "orthogonal",
            "orthogonal",
            _orthogonal,
            r"W^\mathsf{T} W = I \text{ or } W W^\mathsf{T} = I",
            "Saxe, McClelland & Ganguli 2013: a linear layer that keeps every length",
        ),
        Initializer(
            "lsuv",
            "LSUV, by the data",
            _orthogonal,
            r"W / \sqrt{\operatorname{Var} z},\ W \text{ orthogonal}",
            "Mishkin & Matas 2016: layer after layer, z has variance 1 on the training set",
            unit_variance=True,
        ),
        Initializer(
            "normal",
            "normal",
            _normal,
            r"N(0, \sigma^2)",
            "no scaling with the width: with σ = 1 too large for wide layers",
            parameters={"sigma": 1.0},
            bounds={"sigma": (0.0, 1000.0)},
        ),
        Initializer(
            "constant",
            "constant",
            _constant,
            r"c",
            "every unit of a layer stays the same, as with zeros, though a signal passes",
            parameters={"c": 0.1},
            bounds={"c": (-1000.0, 1000.0)},
        ),
        Initializer(
            "zeros", "all zeros", _zeros, r"0", "every unit of a layer stays the same: shows why symmetry must break"
        ),
    )
}

AUTO = "auto"


def get_initializer(spec: str) -> Initializer:
    """The initialiser that a spec names: ``"he_normal"``, or with parameters ``"normal(0.5)"``.

    Raises:
        ValueError: There is no such initialiser, or it has no such parameters.
    """
    return resolve("initializer", spec, INITIALIZERS, also=[AUTO])


def resolve_initializer(spec: str, activation: str) -> Initializer:
    """The initialiser that ``spec`` means for a layer.

    ``"auto"`` is the one that the activation's entry names: He for the ReLU family, LeCun for SELU, otherwise Xavier.

    Args:
        spec: Names an entry of ``INITIALIZERS``, or is ``"auto"``.
        activation: The layer's activation, as a spec such as ``"leaky_relu(0.2)"``.
    """
    if spec != AUTO:
        return get_initializer(spec)
    return INITIALIZERS[get_activation(activation).initializer]
