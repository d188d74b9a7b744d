"""Initial weights: mean, variance and bounds of each scheme, and what "auto" means."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from backprop.functions.activations import ACTIVATIONS
from backprop.functions.initializers import AUTO, INITIALIZERS, get_initializer, resolve_initializer
from backprop.layer import Layer
from backprop.network import Network
from tests.helpers import Array, rms

SPECS = [*INITIALIZERS, "normal(0.25)", "constant(-3)"]

N_OUT, N_IN = 300, 200
# name → (variance, bound); a uniform distribution on ±b has the variance b²/3
EXPECTED = {
    "xavier_uniform": (2 / (N_IN + N_OUT), math.sqrt(6 / (N_IN + N_OUT))),
    "xavier_normal": (2 / (N_IN + N_OUT), math.inf),
    "he_uniform": (2 / N_IN, math.sqrt(6 / N_IN)),
    "he_normal": (2 / N_IN, math.inf),
    "normal": (1.0, math.inf),
    "normal(0.25)": (0.0625, math.inf),
    "lecun_normal": (1 / N_IN, math.inf),
    "uniform": (1 / (3 * N_IN), 1 / math.sqrt(N_IN)),
    "orthogonal": (1 / max(N_IN, N_OUT), math.inf),
    "lsuv": (1 / max(N_IN, N_OUT), math.inf),
    "zeros": (0.0, 0.0),
}


@pytest.mark.parametrize("name", EXPECTED)
def test_moments_and_bounds(name: str) -> None:
    variance, bound = EXPECTED[name]
    W = get_initializer(name).draw(np.random.default_rng(0), N_OUT, N_IN)
    # 60 000 draws: five standard errors are 0.02 standard deviations of the mean and 3 % of a normal variance.
    assert abs(W.mean()) <= 0.021 * math.sqrt(variance)
    assert W.var() == pytest.approx(variance, rel=0.03)
    assert np.abs(W).max() <= bound
    if 0 < bound < math.inf:
        assert np.abs(W).max() > 0.99 * bound
    elif bound == math.inf:
        kurtosis = np.mean(W**4) / np.mean(W**2) ** 2
        assert kurtosis == pytest.approx(3.0, abs=0.15)  # normal; 1.8 for a uniform


def test_constants_are_constant() -> None:
    rng = np.random.default_rng(0)
    for spec, value in (("zeros", 0.0), ("constant", 0.1), ("constant(-3)", -3.0), ("normal(0)", 0.0)):
        np.testing.assert_array_equal(get_initializer(spec).draw(rng, 2, 3), np.full((2, 3), value))


@pytest.mark.parametrize("shape", [(7, 7), (9, 4), (4, 9), (1, 5), (5, 1), (1, 1)])
def test_orthogonal_weights_keep_lengths(shape: tuple[int, int]) -> None:
    W = INITIALIZERS["orthogonal"].draw(np.random.default_rng(0), *shape)
    product = W.T @ W if shape[0] >= shape[1] else W @ W.T
    np.testing.assert_allclose(product, np.eye(min(shape)), atol=1e-14)


def test_orthogonal_weights_have_no_favourite_sign() -> None:
    # QR without the sign fix makes the first entry always negative; over all orthogonal matrices its mean is 0.
    draw, rng = INITIALIZERS["orthogonal"].draw, np.random.default_rng(0)
    first = [draw(rng, 3, 3)[0, 0] for _ in range(2000)]
    assert abs(np.mean(first)) < 4 * math.sqrt(1 / 3 / 2000)  # four standard errors; the variance is 1/n
    assert np.var(first) == pytest.approx(1 / 3, rel=0.1)


@pytest.mark.parametrize("name", SPECS)
def test_every_scheme_gives_the_shape_asked_for(name: str) -> None:
    for shape in ((1, 1), (4, 7), (7, 4)):
        one, two = (get_initializer(name).draw(np.random.default_rng(3), *shape) for _ in range(2))
        assert one.shape == shape
        assert one.dtype == np.float64
        np.testing.assert_array_equal(one, two)
    entry = get_initializer(name)
    assert entry.name == name
    assert entry.label
    assert entry.formula
    assert entry.source


@pytest.mark.parametrize(
    ("activation", "expected"),
    [
        ("relu", "he_normal"),
        ("leaky_relu(0.2)", "he_normal"),
        ("elu", "he_normal"),
        ("softplus", "he_normal"),
        ("tanh", "xavier_uniform"),
        ("sigmoid", "xavier_uniform"),
        ("relu6", "he_normal"),
        ("gelu", "he_normal"),
        ("swish(2)", "he_normal"),
        ("hard_swish", "he_normal"),
        ("celu(0.5)", "he_normal"),
        ("softsign", "xavier_uniform"),
        ("sine", "xavier_uniform"),
        ("selu", "lecun_normal"),
        ("softmax", "xavier_uniform"),
        ("identity", "xavier_uniform"),
    ],
)
def test_auto_suits_the_activation(activation: str, expected: str) -> None:
    assert resolve_initializer(AUTO, activation) is INITIALIZERS[expected]
    assert resolve_initializer("zeros", activation) is INITIALIZERS["zeros"]


# --- gain and bias ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SPECS)
def test_gain_multiplies_the_weights_and_bias_fills_the_biases(name: str) -> None:
    layer = Layer(5, "tanh", initializer=name)
    plain = Network(4, [layer], dtype="float64", seed=2)
    scaled = Network(4, [Layer(5, "tanh", None, name, gain=2.5, bias=-0.5)], dtype="float64", seed=2)
    np.testing.assert_array_equal(scaled.weights[0], 2.5 * plain.weights[0])
    np.testing.assert_array_equal(scaled.biases[0], [-0.5] * 5)
    np.testing.assert_array_equal(plain.biases[0], [0.0] * 5)


def test_karpathys_gain_for_tanh() -> None:
    # makemore, part 3: five tanh layers with gain 5/3 over 1/√n settle at a standard deviation near 0.65.
    layers = [Layer(200, "tanh", initializer="lecun_normal", gain=5 / 3)] * 5
    trace = Network(200, layers, seed=0).forward(np.random.default_rng(0).standard_normal((1000, 200)))
    assert [float(a.std()) for a in trace.a[1:]] == pytest.approx([0.75, 0.69, 0.67, 0.66, 0.66], abs=0.02)


def test_units_born_dead_stay_dead() -> None:
    # ReLU with a bias far below zero: no sample reaches the slope, so no gradient ever moves weights or biases.
    network = Network(3, [Layer(6, "relu", bias=-50.0), Layer(1, "sigmoid")], "bce", seed=0, dtype="float64")
    rng = np.random.default_rng(1)
    X, y = rng.standard_normal((20, 3)), rng.integers(0, 2, (20, 1)).astype(float)
    trace = network.forward(X)
    grads = network.backward(trace, y)
    assert not trace.a[1].any()
    assert not grads.weights[0].any()
    assert not grads.biases[0].any()
    assert grads.biases[1].any()  # all that is left to learn is the output's own bias


# --- depth -----------------------------------------------------------------------------------------------------------


def test_a_deep_linear_orthogonal_network_keeps_every_length() -> None:
    """Saxe, McClelland & Ganguli 2013: through a hundred layers, forward and back, whatever the sample."""
    layers = [Layer(32, "identity", initializer="orthogonal")] * 100
    network = Network(32, layers, "half_sse", seed=0, dtype="float64")
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((2, 7, 32))
    trace = network.forward(X)
    grads = network.backward(trace, y)
    for a in trace.a:
        np.testing.assert_allclose(np.linalg.norm(a, axis=1), np.linalg.norm(X, axis=1), rtol=1e-12)
    for phi in grads.phi:
        np.testing.assert_allclose(np.linalg.norm(phi, axis=1), np.linalg.norm(grads.phi[-1], axis=1), rtol=1e-12)


def _lsuv(dtype: str = "float64", **settings: Any) -> tuple[Network, Array]:
    layers = [
        Layer(20, name, initializer="lsuv", **settings) for name in ("relu", "tanh", "sigmoid", "relu", "identity")
    ]
    X = 3.0 + 2.0 * np.random.default_rng(5).standard_normal((300, 6))
    return Network(6, layers, dtype=dtype, seed=4), X


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_lsuv_gives_every_layer_unit_variance(dtype: str) -> None:
    """Mishkin & Matas 2016, whose own tolerance is 0.1; here one division is exact up to rounding."""
    network, X = _lsuv(dtype)
    assert any(abs(z.var() - 1) > 0.5 for z in network.forward(X).z)
    network.reset(X)
    for z in network.forward(X).z:
        assert z.var(dtype=np.float64) == pytest.approx(1.0, rel=1e-5 if dtype == "float32" else 1e-12)
    for W in network.weights[1:]:  # still orthogonal, but for one factor
        np.testing.assert_allclose(W @ W.T, rms(W) ** 2 * 20 * np.eye(20), atol=1e-5 * rms(W) ** 2 * 20)


def test_lsuv_depends_on_seed_and_data_alone() -> None:
    network, X = _lsuv()
    network.reset(X)
    first = network.parameters.copy()
    network.parameters.fill(7.0)
    network.reset(X)
    np.testing.assert_array_equal(network.parameters, first)
    network.reset(2 * X)
    assert not np.array_equal(network.parameters, first)
    network.reset()
    np.testing.assert_array_equal(network.parameters, _lsuv()[0].parameters)


def test_lsuv_with_gain_and_bias() -> None:
    network, X = _lsuv(gain=1.5, bias=-0.75)
    network.reset(X)
    for z, biases in zip(network.forward(X).z, network.biases, strict=True):
        assert z.std() == pytest.approx(1.5, rel=1e-12)
        np.testing.assert_array_equal(biases, -0.75)


def test_lsuv_leaves_other_layers_and_what_does_not_vary() -> None:
    layers = [Layer(5, "relu", initializer="he_normal", bias=-99), Layer(1, "tanh", initializer="lsuv"), Layer(2)]
    network, X = Network(3, layers, dtype="float64"), np.random.default_rng(0).standard_normal((9, 3))
    before = network.parameters.copy()
    network.reset(X)  # the first layer is dead: nothing varies behind it
    np.testing.assert_array_equal(network.parameters, before)
    one = Network(2, [Layer(1, "tanh", initializer="lsuv", bias=0.1)], dtype="float64", seed=1)
    before = one.parameters.copy()
    for n in range(1, 50):
        one.reset(np.full((n, 2), 0.3))  # one sample n times over: what is left of a variance is rounding
        np.testing.assert_array_equal(one.parameters, before)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_lsuv_works_with_every_activation(activation: str) -> None:
    layers = [Layer(8, activation, initializer="lsuv"), Layer(8, "identity", initializer="lsuv")]
    network, X = Network(3, layers, dtype="float64"), np.random.default_rng(0).standard_normal((40, 3))
    network.reset(X)
    assert [float(z.var()) for z in network.forward(X).z] == pytest.approx([1.0, 1.0], rel=1e-10)
