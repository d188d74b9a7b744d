"""What several test modules share: a second back-propagation, numeric derivatives, and random experiments.

Nothing in the reference part uses the package: the formulas are written out again, plainly and slowly, so that the
same mistake would have to be made twice. Only for an activation or a loss that is not listed here (a new entry of a
registry) does it fall back to the registry's own functions, which test_activations and test_losses check against
numeric derivatives.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from backprop.data.datasets import DATASETS, MULTICLASS, REGRESSION
from backprop.data.features import available_features
from backprop.errors import SpecError
from backprop.experiment import Experiment
from backprop.functions.activations import ACTIVATIONS, get_activation
from backprop.functions.initializers import AUTO, INITIALIZERS
from backprop.functions.losses import LOSSES, Loss, get_loss
from backprop.functions.optimizers import OPTIMIZERS
from backprop.functions.schedules import SCHEDULES
from backprop.functions.surrogates import SURROGATES, get_backward
from backprop.heads import check_head, compares_values
from backprop.layer import Layer
from backprop.network import Gradients, Network

Array = NDArray[Any]
Function = Callable[[Array], Array]

LOSS_SPECS = [*LOSSES, "huber(0.5)"]
ELEMENTWISE = [name for name, entry in ACTIVATIONS.items() if entry.elementwise]
BACKWARDS = [*SURROGATES, *ELEMENTWISE]


# --- back-propagation once more, batch first -------------------------------------------------------------------------


def _logistic(z: Array) -> Array:
    return 1 / (1 + np.exp(-z))


def _logistic_slope(z: Array) -> Array:
    return _logistic(z) * (1 - _logistic(z))


def _normal_share(z: Array) -> Array:
    """Φ, number by number."""
    return np.vectorize(lambda x: math.erfc(-x / math.sqrt(2)) / 2)(z)


def _gelu_argument(z: Array) -> Array:
    return np.sqrt(2 / np.pi) * (z + 0.044715 * z**3)


def _sech2(u: Array) -> Array:
    return 1 / np.cosh(u) ** 2


def _between(low: float, high: float, inside: float = 1.0) -> Function:
    return lambda z: np.where((z > low) & (z < high), inside, 0.0)


def _elu(scale: float, alpha: float, width: float = 1.0) -> tuple[Function, Function]:
    """Scaled, of any depth α and any width: f and its slope."""
    return (
        lambda z: scale * np.where(z > 0, z, alpha * (np.exp(z / width) - 1)),
        lambda z: scale * np.where(z > 0, 1.0, alpha / width * np.exp(z / width)),
    )


PLAIN: dict[str, tuple[Function, Function]] = {
    "identity": (lambda z: z, np.ones_like),
    "sigmoid": (_logistic, _logistic_slope),
    "tanh": (np.tanh, lambda z: 1 - np.tanh(z) ** 2),
    "relu": (lambda z: np.where(z > 0, z, 0.0), lambda z: np.where(z > 0, 1.0, 0.0)),
    "leaky_relu": (lambda z: np.where(z > 0, z, 0.01 * z), lambda z: np.where(z > 0, 1.0, 0.01)),
    "leaky_relu(0.2)": (lambda z: np.where(z > 0, z, 0.2 * z), lambda z: np.where(z > 0, 1.0, 0.2)),
    "elu": _elu(1.0, 1.0),
    "elu(0.5)": _elu(1.0, 0.5),
    "elu(2)": _elu(1.0, 2.0),
    "selu": _elu(1.0507009873554805, 1.6732632423543772),
    "celu": _elu(1.0, 1.0),
    "celu(0.5)": _elu(1.0, 0.5, 0.5),
    "celu(2)": _elu(1.0, 2.0, 2.0),
    "gelu": (
        lambda z: z * _normal_share(z),
        lambda z: _normal_share(z) + z * np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi),
    ),
    "gelu_tanh": (
        lambda z: z / 2 * (1 + np.tanh(_gelu_argument(z))),
        lambda z: (
            (1 + np.tanh(_gelu_argument(z))) / 2
            + z / 2 * _sech2(_gelu_argument(z)) * np.sqrt(2 / np.pi) * (1 + 0.134145 * z**2)
        ),
    ),
    "silu": (lambda z: z * _logistic(z), lambda z: _logistic(z) + z * _logistic_slope(z)),
    "swish": (lambda z: z * _logistic(z), lambda z: _logistic(z) + z * _logistic_slope(z)),
    "swish(2)": (lambda z: z * _logistic(2 * z), lambda z: _logistic(2 * z) + 2 * z * _logistic_slope(2 * z)),
    "mish": (
        lambda z: z * np.tanh(np.log1p(np.exp(z))),
        lambda z: np.tanh(np.log1p(np.exp(z))) + z * _sech2(np.log(1 + np.exp(z))) * _logistic(z),
    ),
    "softplus": (lambda z: np.log(1 + np.exp(z)), _logistic),
    "relu6": (lambda z: np.clip(z, 0, 6), _between(0, 6)),
    "hard_swish": (
        lambda z: z * np.clip(z + 3, 0, 6) / 6,
        lambda z: np.where(z >= 3, 1.0, np.where(z <= -3, 0.0, z / 3 + 0.5)),
    ),
    "hard_sigmoid": (lambda z: np.clip(z + 3, 0, 6) / 6, _between(-3, 3, 1 / 6)),
    "hard_tanh": (lambda z: np.clip(z, -1, 1), _between(-1, 1)),
    "softsign": (lambda z: z / (1 + np.abs(z)), lambda z: 1 / (1 + np.abs(z)) ** 2),
    "arctan": (np.arctan, lambda z: 1 / (1 + z**2)),
    "lecun_tanh": (lambda z: 1.7159 * np.tanh(2 * z / 3), lambda z: 1.7159 * 2 / 3 * _sech2(2 * z / 3)),
    "sine": (np.sin, np.cos),
    "gaussian": (lambda z: np.exp(-(z**2)), lambda z: -2 * z * np.exp(-(z**2))),
    "step": (lambda z: np.where(z > 0, 1.0, 0.0), np.zeros_like),
    "sign": (np.sign, np.zeros_like),
}

PLAIN_SURROGATES: dict[str, Function] = {
    "straight_through": np.ones_like,
    "clipped_straight_through": lambda z: np.where(np.abs(z) <= 1, 1.0, 0.0),
    "fast_sigmoid": lambda z: 1 / (1 + 25 * np.abs(z)) ** 2,
    "fast_sigmoid(1)": lambda z: 1 / (1 + np.abs(z)) ** 2,
    "arctan_surrogate": lambda z: 1 / (1 + (np.pi * z) ** 2),
    "arctan_surrogate(0.5)": lambda z: 0.25 / (1 + (np.pi * z / 4) ** 2),
    "triangle": lambda z: np.where(np.abs(z) < 1, 1 - np.abs(z), 0.0),
    "approx_sign": lambda z: np.where(np.abs(z) < 1, 2 - 2 * np.abs(z), 0.0),
    "swish_sign": lambda z: 5 * (2 - 5 * z * np.tanh(5 * z / 2)) / (1 + np.cosh(5 * z)),
    "swish_sign(2)": lambda z: 2 * (2 - 2 * z * np.tanh(z)) / (1 + np.cosh(2 * z)),
    "zero": np.zeros_like,
}


def plain_f(spec: str) -> Function:
    """The function that a spec names; softmax over the last axis."""
    if spec == "softmax":
        return lambda z: np.exp(z) / np.exp(z).sum(axis=-1, keepdims=True)
    return PLAIN[spec][0] if spec in PLAIN else get_activation(spec).f


def plain_slope(spec: str) -> Function:
    """The slope that a spec names."""
    if spec in PLAIN_SURROGATES:
        return PLAIN_SURROGATES[spec]
    if spec == "softmax":
        return get_activation(spec).df
    return PLAIN[spec][1] if spec in PLAIN else get_backward(spec).df


def plain_loss(name: str, a: Array, y: Array) -> tuple[float, Array]:
    """The mean loss of the batch, and ∂L/∂a with the 1/N of the mean."""
    N, n = a.shape
    if name == "mse":
        return float(np.mean((a - y) ** 2)), 2 * (a - y) / n / N
    if name == "bce":
        value = -np.mean(np.sum(y * np.log(a) + (1 - y) * np.log(1 - a), axis=1))
        return float(value), (-y / a + (1 - y) / (1 - a)) / N
    if name == "cce":
        return float(-np.mean(np.sum(y * np.log(a), axis=1))), -y / a / N
    if name == "half_sse":
        return float(0.5 * np.sum((a - y) ** 2) / N), (a - y) / N
    if name == "mae":
        return float(np.mean(np.abs(a - y))), np.sign(a - y) / n / N
    if name == "hinge":
        value = np.mean(np.where(y * a < 1, 1 - y * a, 0.0))
        return float(value), np.where(y * a < 1, -y, 0.0) / n / N
    if name.startswith("huber"):
        delta, d = (0.5 if name == "huber(0.5)" else 1.0), a - y
        value = np.mean(np.where(np.abs(d) <= delta, d**2 / 2, delta * (np.abs(d) - delta / 2)))
        return float(value), np.where(np.abs(d) <= delta, d, delta * np.sign(d)) / n / N
    return get_loss(name).value(a, y), get_loss(name).gradient(a, y, np.empty_like(a))


def loss_gap(name: str, a: Array, y: Array) -> float:
    """How far the outputs are from where a loss changes from one formula to another, or has a pole."""
    if name == "bce":  # the pole of ln(1 − a), at a = 1: a Gaussian meets it at z = 0
        return float((1 - a)[a < 1].min(initial=1.0)) / 10
    if name == "mae":
        return float(np.abs(a - y).min())
    if name == "hinge":  # what lies exactly on the kink is a sign or the flat end of a hard function, and stays there
        gaps = np.abs(1 - y * a)
        return float(gaps[gaps > 0].min(initial=1.0))
    if name.startswith("huber"):
        return float(np.abs(np.abs(a - y) - get_loss(name).parameters["delta"]).min())
    return 1.0


class PlainResult:
    """Loss, error signals and gradients of one batch."""

    def __init__(self, network: Network, X: Array, y: Array) -> None:
        layers, W = network.layers, network.weights
        self.z: list[Array] = []
        self.a: list[Array] = [X]
        for layer, weights, biases in zip(layers, W, network.biases, strict=True):
            self.z.append(self.a[-1] @ weights.T + biases)
            self.a.append(plain_f(layer.activation)(self.z[-1]))
        self.loss, upstream = plain_loss(network.loss.name, self.a[-1], y)
        self.slope = [
            plain_slope(layer.backward or layer.activation)(z) for layer, z in zip(layers, self.z, strict=True)
        ]
        self.phi: list[Array] = [np.empty(0)] * len(layers)
        for j in reversed(range(len(layers))):
            if layers[j].activation == "softmax":
                p = self.a[j + 1]
                jacobian = p[:, :, None] * (np.eye(p.shape[1]) - p[:, None, :])
                self.phi[j] = np.einsum("nik,ni->nk", jacobian, upstream)
            else:
                self.phi[j] = upstream * self.slope[j]
            upstream = self.phi[j] @ W[j]
        self.weights = [phi.T @ a for phi, a in zip(self.phi, self.a[:-1], strict=True)]
        self.biases = [phi.sum(axis=0) for phi in self.phi]


def rms(values: Array) -> float:
    """Root mean square."""
    return float(np.sqrt(np.mean(np.square(values, dtype=np.float64))))


def derivative(f: Function, z: Array, h: float = 1e-3) -> Array:
    """f′ from five points: the error falls with h⁴, so that h can be large enough to keep rounding at 1e-12."""
    return (f(z - 2 * h) - 8 * f(z - h) + 8 * f(z + h) - f(z + 2 * h)) / (12 * h)


# --- networks and data away from kinks -------------------------------------------------------------------------------


def random_targets(loss: Loss, shape: tuple[int, int], rng: np.random.Generator) -> Array:
    """Targets on which a loss is defined; soft ones, so that no factor is zero by chance."""
    if loss.needs == "distribution":
        return rng.dirichlet(np.ones(shape[1]), shape[0])
    if loss.needs == "signs":
        return rng.choice([-1.0, 1.0], shape)
    return rng.uniform(0.05, 0.95, shape) if loss.needs == "probabilities" else rng.standard_normal(shape)


def smooth_case(layers: Sequence[Layer], loss: str, **settings: Any) -> tuple[Network, Array, Array]:
    """A float64 network with random biases, inputs and targets, alive, and with no pre-activation close to a kink.

    A difference across a kink is no derivative; with every |z − kink| above 1e-3 a step of 1e-5 cannot cross one.
    """
    for seed in range(200):
        rng = np.random.default_rng(seed)
        network = Network(3, layers, loss, seed=seed, dtype="float64", **settings)
        for biases in network.biases:
            biases[...] = rng.normal(0.0, 0.3, biases.shape)
        X = rng.standard_normal((5, 3))
        trace = network.forward(X)
        kinks = [entry.kinks for entry in network.activations]
        gaps = [np.abs(z - k).min() for z, points in zip(trace.z, kinks, strict=True) for k in points]
        y = random_targets(network.loss, (5, layers[-1].units), rng)
        gaps.append(loss_gap(loss, trace.a[-1], y))
        if min(gaps) > 1e-3 and _alive(network, network.backward(trace, y)):
            return network, X, y
    raise AssertionError("no seed keeps this network away from its kinks")


def _alive(network: Network, grads: Gradients) -> bool:
    """Whether a signal reaches every layer above which no slope is 0, and leaves the output large enough to be checked.

    A gradient far below the loss drowns in the rounding of the differences.
    """
    if network.backwards[-1].max_slope > 0 and np.abs(grads.phi[-1]).max() < 1e-3:
        return False
    for phi, g in zip(reversed(grads.phi), reversed(network.backwards), strict=True):
        if g.max_slope == 0:
            break
        if not phi.any():
            return False
    return True


def allowed_heads() -> list[tuple[Layer, str]]:
    """Every pair of output layer (one unit and three) and loss that the package accepts."""
    found = []
    for loss in LOSS_SPECS:
        for activation in ACTIVATIONS:
            for units in (1, 3):
                layer = Layer(units, activation)
                try:
                    check_head(layer, loss)
                except ValueError:
                    continue
                found.append((layer, loss))
    return found


# --- random experiments ----------------------------------------------------------------------------------------------


def accepted(build: Callable[[], Experiment]) -> Experiment | None:
    """What ``build`` gives; None where it is refused in words. Any other error passes through and fails the test."""
    try:
        return build()
    except SpecError as error:
        if not (error.field and str(error)):
            raise AssertionError("a refusal without a sentence or a field") from error
        return None


_SPECS = [*ELEMENTWISE, "leaky_relu(0.2)", "leaky_relu(0.125)", "elu(0.5)"]
_BACKWARDS = [*_SPECS, *SURROGATES, "fast_sigmoid(1)"]
_INITIALIZERS = st.sampled_from([AUTO, *INITIALIZERS, "normal(0.5)", "constant(-0.25)"])
_GAINS = st.just(1.0) | st.floats(0.0, 3.0) | st.integers(0, 3)
_BIASES = st.just(0.0) | st.floats(-3.0, 3.0)


@st.composite
def hidden_layers(draw: st.DrawFn, max_units: int = 1024) -> Layer:
    """Any layer that may stand in the middle of a network."""
    units = draw(st.integers(1, max_units))
    if draw(st.integers(0, 9)) == 0:
        return Layer(units, "softmax", None, draw(_INITIALIZERS), draw(_GAINS), draw(_BIASES))
    backward = draw(st.none() | st.sampled_from(_BACKWARDS))
    activation = draw(st.sampled_from(_SPECS))
    return Layer(units, activation, backward, draw(_INITIALIZERS), draw(_GAINS), draw(_BIASES))


@st.composite
def experiments(draw: st.DrawFn) -> Experiment:
    """Any valid experiment."""
    kind = DATASETS[draw(st.sampled_from(sorted(DATASETS)))]
    features = draw(st.lists(st.sampled_from(available_features(kind)), unique=True))
    options = [(layer.activation, loss) for layer, loss in allowed_heads() if layer.units == 3]
    if kind.task == REGRESSION:
        options = [(a, loss) for a, loss in options if compares_values(get_loss(loss)) and a != "softmax"]
    activation, loss = draw(st.sampled_from(options))
    units = len(kind.classes) if kind.task == MULTICLASS else 2 if activation == "softmax" else 1
    surrogate = None if activation == "softmax" else draw(st.none() | st.sampled_from(_BACKWARDS))
    output = Layer(units, activation, surrogate, draw(_INITIALIZERS), draw(_GAINS), draw(_BIASES))
    return Experiment(
        dataset=kind.name,
        noise=draw(st.floats(0, 1)),
        samples=draw(st.integers(4, 5000)),
        test_share=draw(st.floats(0, 0.9)),
        data_seed=draw(st.integers(0, 2**31 - 1)),
        features=tuple(features),
        layers=(*draw(st.lists(hidden_layers(), max_size=5)), output),
        loss=loss,
        optimizer=draw(st.sampled_from([*sorted(OPTIMIZERS), "adamw(0.5)", "momentum(0)", "adam(0.5,0.75)"])),
        schedule=draw(st.sampled_from([*sorted(SCHEDULES), "step(3,0.25)", "cosine(4)", "warmup(2)"])),
        clip_norm=draw(st.just(0.0) | st.floats(0.0, 1000.0)),
        l1=draw(st.just(0.0) | st.floats(0.0, 1.0)),
        l2=draw(st.just(0.0) | st.floats(0.0, 1000.0) | st.integers(0, 9)),
        learning_rate=draw(st.floats(0, exclude_min=True, allow_nan=False, allow_infinity=False)),
        batch_size=draw(st.integers(1, 5000)),
        seed=draw(st.integers(0, 2**31 - 1)),
        dtype=draw(st.sampled_from(["float32", "float64"])),
    )
