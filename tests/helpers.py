"""What several test modules share: a second back-propagation, numeric derivatives, and random experiments.

Nothing in the reference part uses the package: the formulas are written out again, plainly and slowly, so that the
same mistake would have to be made twice. Only for an activation or a loss that is not listed here (a new entry of a
registry) does it fall back to the registry's own functions, which test_activations and test_losses check against
numeric derivatives.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from backprop.activations import ACTIVATIONS, get_activation
from backprop.datasets import DATASETS, MULTICLASS, REGRESSION
from backprop.errors import SpecError
from backprop.experiment import Experiment
from backprop.features import available_features
from backprop.heads import check_head, compares_values
from backprop.initializers import AUTO, INITIALIZERS
from backprop.layer import Layer
from backprop.losses import LOSSES, Loss, get_loss
from backprop.network import Gradients, Network
from backprop.optimizers import OPTIMIZERS
from backprop.schedules import SCHEDULES

Array = NDArray[Any]
Function = Callable[[Array], Array]

LOSS_SPECS = [*LOSSES, "huber(0.5)"]
ELEMENTWISE = [name for name, entry in ACTIVATIONS.items() if entry.elementwise]


# --- back-propagation once more, batch first -------------------------------------------------------------------------


def _logistic(z: Array) -> Array:
    return 1 / (1 + np.exp(-z))


PLAIN: dict[str, tuple[Function, Function]] = {
    "identity": (lambda z: z, np.ones_like),
    "sigmoid": (_logistic, lambda z: _logistic(z) * (1 - _logistic(z))),
    "tanh": (np.tanh, lambda z: 1 - np.tanh(z) ** 2),
    "relu": (lambda z: np.where(z > 0, z, 0.0), lambda z: np.where(z > 0, 1.0, 0.0)),
    "leaky_relu": (lambda z: np.where(z > 0, z, 0.01 * z), lambda z: np.where(z > 0, 1.0, 0.01)),
    "leaky_relu(0.2)": (lambda z: np.where(z > 0, z, 0.2 * z), lambda z: np.where(z > 0, 1.0, 0.2)),
    "elu": (lambda z: np.where(z > 0, z, np.exp(z) - 1), lambda z: np.where(z > 0, 1.0, np.exp(z))),
    "softplus": (lambda z: np.log(1 + np.exp(z)), _logistic),
    "step": (lambda z: np.where(z > 0, 1.0, 0.0), np.zeros_like),
}


def plain_f(spec: str) -> Function:
    """The function that a spec names; softmax over the last axis."""
    if spec == "softmax":
        return lambda z: np.exp(z) / np.exp(z).sum(axis=-1, keepdims=True)
    return PLAIN[spec][0] if spec in PLAIN else get_activation(spec).f


def plain_slope(spec: str) -> Function:
    """The slope that a spec names."""
    return PLAIN[spec][1] if spec in PLAIN else get_activation(spec).df


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
    """How far the outputs are from where a loss changes from one formula to another."""
    if name == "mae":
        return float(np.abs(a - y).min())
    if name == "hinge":
        return float(np.abs(1 - y * a).min())
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
    """Whether a signal reaches every layer from which only slopes other than 0 lie ahead; else a test would be idle."""
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
_INITIALIZERS = st.sampled_from([AUTO, *INITIALIZERS, "normal(0.5)", "constant(-0.25)"])
_GAINS = st.just(1.0) | st.floats(0.0, 3.0) | st.integers(0, 3)
_BIASES = st.just(0.0) | st.floats(-3.0, 3.0)


@st.composite
def hidden_layers(draw: st.DrawFn, max_units: int = 1024) -> Layer:
    """Any layer that may stand in the middle of a network."""
    units = draw(st.integers(1, max_units))
    if draw(st.integers(0, 9)) == 0:
        return Layer(units, "softmax", None, draw(_INITIALIZERS), draw(_GAINS), draw(_BIASES))
    backward = draw(st.none() | st.sampled_from(_SPECS))
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
    surrogate = None if activation == "softmax" else draw(st.none() | st.sampled_from(_SPECS))
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
