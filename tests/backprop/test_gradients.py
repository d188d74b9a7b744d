"""The gradient: against central differences, against a second back-propagation, and against a calculation by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from backprop.explain.gradcheck import GradientCheck, directional_check, errors_by_step, gradcheck
from backprop.functions.activations import ACTIVATIONS
from backprop.layer import Layer
from backprop.network import Network
from tests.helpers import BACKWARDS, ELEMENTWISE, PlainResult, allowed_heads, smooth_case

# With h = 1e-5 in float64 the truncation error is about 1e-11 and rounding about ε/h = 2e-11, of gradients near 0.1:
# 1e-8 leaves room for large third derivatives and is far below what any mistake in a formula would cause.
TOLERANCE = 1e-8

HEADS = allowed_heads()
PLAIN_HEADS = [(layer, loss) for layer, loss in HEADS if (layer.activation, loss) != ("step", "bce")]  # plainly ln 0

# All pairs of a hidden activation and a head would be thousands: every activation meets the four usual heads, every
# head meets tanh and two activations more, which change from head to head.
_USUAL_HEADS = {("identity", "mse"), ("tanh", "mse"), ("sigmoid", "bce"), ("softmax", "cce")}
HIDDEN_AND_HEADS = [
    (hidden, output, loss)
    for i, (output, loss) in enumerate(HEADS)
    for k, hidden in enumerate(ACTIVATIONS)
    if (output.activation, loss) in _USUAL_HEADS or hidden == "tanh" or (k - i) % (len(ACTIVATIONS) // 2) == 0
]
WITH_SLOPE = [name for name, entry in ACTIVATIONS.items() if entry.max_slope > 0]


def _has_gradient(check: GradientCheck) -> bool:
    return float(np.linalg.norm(check.analytic)) > 1e-6


@pytest.mark.parametrize(
    ("hidden", "output", "loss"),
    HIDDEN_AND_HEADS,
    ids=[f"{hidden}-{layer.activation}{layer.units}-{loss}" for hidden, layer, loss in HIDDEN_AND_HEADS],
)
def test_every_activation_and_every_head(hidden: str, output: Layer, loss: str) -> None:
    network, X, y = smooth_case([Layer(4, hidden), output], loss)
    check = gradcheck(network, X, y)
    assert check.error < TOLERANCE
    # No single parameter may hide behind the large ones either.
    np.testing.assert_allclose(check.analytic, check.numeric, rtol=1e-6, atol=1e-9 * max(1.0, abs(check.numeric).max()))
    assert _has_gradient(check) or output.activation not in WITH_SLOPE


@pytest.mark.parametrize(
    ("output", "loss"),
    [(Layer(3, "sigmoid"), "bce"), (Layer(3, "softmax"), "cce")],
    ids=["sigmoid-bce", "softmax-cce"],
)
def test_the_general_path_of_the_cancelling_heads(output: Layer, loss: str) -> None:
    network, X, y = smooth_case([Layer(4, "tanh"), output], loss, cancel_head=False)
    check = gradcheck(network, X, y)
    assert check.error < TOLERANCE
    assert _has_gradient(check)


DEEP = {
    "all in turn": [Layer(5, name) for name in WITH_SLOPE],
    "backwards": [Layer(4, name) for name in reversed(WITH_SLOPE)],
    "ten tanh": [Layer(6, "tanh")] * 10,
    "wide and narrow": [Layer(16, "relu"), Layer(2, "softmax"), Layer(16, "elu"), Layer(3, "leaky_relu(0.2)")],
}


@pytest.mark.parametrize("stack", DEEP)
@pytest.mark.parametrize(("output", "loss"), [(Layer(3, "softmax"), "cce"), (Layer(2, "tanh"), "mse")])
def test_deep_mixed_stacks_along_random_directions(stack: str, output: Layer, loss: str) -> None:
    network, X, y = smooth_case([*DEEP[stack], output], loss)
    check = directional_check(network, X, y, np.random.default_rng(0), h=1e-5, directions=8)
    assert check.error < 1e-7  # eight numbers near 1e-2 instead of a whole gradient: rounding weighs more
    assert _has_gradient(check)


@pytest.mark.parametrize("backward", [*BACKWARDS, "fast_sigmoid(1)", "leaky_relu(0.2)"])
@pytest.mark.parametrize("forward", ELEMENTWISE)
@pytest.mark.parametrize("output", [Layer(2, "tanh", backward="sigmoid")])
def test_surrogates_against_a_second_backpropagation(forward: str, backward: str, output: Layer) -> None:
    layers = [Layer(4, "tanh"), Layer(5, forward, backward), Layer(4, forward), Layer(3, forward, backward), output]
    network, X, y = smooth_case(layers, "mse")
    _assert_same(network, PlainResult(network, X, y), X, y)


@pytest.mark.parametrize(("output", "loss"), PLAIN_HEADS)
@pytest.mark.parametrize("backward", [None, "tanh", "step"])
def test_heads_against_a_second_backpropagation(output: Layer, loss: str, backward: str | None) -> None:
    surrogate = None if output.activation == "softmax" else backward  # also on the output: then nothing cancels
    layers = [Layer(6, "softmax"), Layer(5, "elu", "tanh"), Layer(output.units, output.activation, surrogate)]
    network, X, y = smooth_case(layers, loss)
    _assert_same(network, PlainResult(network, X, y), X, y)


def _assert_same(network: Network, plain: PlainResult, X: np.ndarray, y: np.ndarray) -> None:
    grads = network.backward(network.forward(X), y)
    assert grads.loss == pytest.approx(plain.loss, rel=1e-12)
    ours = [*grads.phi, *grads.weights, *grads.biases]
    for one, two in zip(ours, [*plain.phi, *plain.weights, *plain.biases], strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-9, atol=1e-13)


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_naming_the_own_slope_changes_nothing(name: str) -> None:
    own, X, y = smooth_case([Layer(4, "tanh"), Layer(5, name), Layer(1, "sigmoid")], "bce")
    layers = [Layer(4, "tanh", "tanh"), Layer(5, name, name), Layer(1, "sigmoid", "sigmoid")]
    named = Network(3, layers, "bce", dtype="float64")
    named.parameters[...] = own.parameters
    one, two = (network.backward(network.forward(X), y).flat for network in (own, named))
    np.testing.assert_allclose(one, two, rtol=1e-10, atol=1e-14)


def test_a_surrogate_is_a_difference_that_the_check_shows() -> None:
    network, X, y = smooth_case([Layer(4, "relu", "tanh"), Layer(1, "sigmoid")], "bce")
    check = gradcheck(network, X, y)
    output_layer = np.zeros(network.parameters.size, bool)
    output_layer[-5:] = True  # its gradient does not pass through the surrogate
    assert check.relative_error[output_layer].max() < 1e-7
    assert check.relative_error[~output_layer].max() > 0.1
    assert check.error > 0.01


def test_one_gradient_by_hand() -> None:
    """A 2-2-1 network of sigmoid units, one sample; every number below follows with pencil and paper.

    z¹ = (2·1 − 1·2, 0·1 + ½ ln 3·2) = (0, ln 3), and σ(0) = 1/2, σ(ln 3) = 1/(1 + 1/3) = 3/4.
    z² = 4·1/2 − 4·3/4 + (1 + ln 3) = ln 3, so the output is 3/4. Slopes σ′ = a(1 − a): 1/4, 3/16, and 3/16.
    """
    network = Network(2, [Layer(2, "sigmoid"), Layer(1, "sigmoid")], "bce", dtype="float64")
    network.weights[0][...] = [[2.0, -1.0], [0.0, math.log(3) / 2]]
    network.weights[1][...] = [[4.0, -4.0]]
    network.biases[1][...] = 1 + math.log(3)
    X = np.array([[1.0, 2.0]])

    trace = network.forward(X)
    np.testing.assert_allclose(trace.z[0], [[0.0, math.log(3)]], atol=1e-15)
    np.testing.assert_allclose(trace.a[1], [[1 / 2, 3 / 4]], rtol=1e-15)
    np.testing.assert_allclose(trace.a[2], [[3 / 4]], rtol=1e-15)

    # Target 1: L = −ln 3/4 and φ² = a − y = −1/4. Back through (4, −4): (−1, 1), times the slopes: φ¹ = (−1/4, 3/16).
    grads = network.backward(trace, np.array([[1.0]]))
    assert grads.loss == pytest.approx(math.log(4 / 3), rel=1e-14)
    np.testing.assert_allclose(grads.phi[1], [[-1 / 4]], rtol=1e-14)
    np.testing.assert_allclose(grads.weights[1], [[-1 / 8, -3 / 16]], rtol=1e-14)
    np.testing.assert_allclose(grads.biases[1], [-1 / 4], rtol=1e-14)
    np.testing.assert_allclose(grads.phi[0], [[-1 / 4, 3 / 16]], rtol=1e-14)
    np.testing.assert_allclose(grads.weights[0], [[-1 / 4, -1 / 2], [3 / 16, 3 / 8]], rtol=1e-14)
    np.testing.assert_allclose(grads.biases[0], [-1 / 4, 3 / 16], rtol=1e-14)
    # The flat vector, unit by unit: incoming weights, then the bias.
    np.testing.assert_allclose(
        grads.flat, [-1 / 4, -1 / 2, -1 / 4, 3 / 16, 3 / 8, 3 / 16, -1 / 8, -3 / 16, -1 / 4], rtol=1e-14
    )

    # The same sample twice, with targets 1 and 0: half of each. φ² = (−1/8, 3/8), their sum 1/4; L = (ln 4/3 + ln 4)/2.
    grads = network.backward(network.forward(np.vstack([X, X])), np.array([[1.0], [0.0]]))
    assert grads.loss == pytest.approx((math.log(4 / 3) + math.log(4)) / 2, rel=1e-14)
    np.testing.assert_allclose(grads.weights[1], [[1 / 8, 3 / 16]], rtol=1e-14)
    np.testing.assert_allclose(grads.biases[0], [1 / 4, -3 / 16], rtol=1e-14)

    # Squared error on one output keeps the output slope: φ² = 2(3/4 − 1) · 3/16 = −3/32.
    squared = Network(2, network.layers, "mse", dtype="float64")
    squared.parameters[...] = network.parameters
    grads = squared.backward(squared.forward(X), np.array([[1.0]]))
    assert grads.loss == pytest.approx(1 / 16, rel=1e-14)
    np.testing.assert_allclose(grads.phi[1], [[-3 / 32]], rtol=1e-14)

    # tanh′ instead of σ′ in the hidden layer: at z = 0 it is 1, at ln 3 it is 1 − (4/5)² = 9/25.
    layers = [Layer(2, "sigmoid", backward="tanh"), Layer(1, "sigmoid")]
    surrogate = Network(2, layers, "bce", dtype="float64")
    surrogate.parameters[...] = network.parameters
    grads = surrogate.backward(surrogate.forward(X), np.array([[1.0]]))
    np.testing.assert_allclose(grads.phi[0], [[-1.0, 9 / 25]], rtol=1e-14)


def test_step_size_trades_truncation_for_rounding() -> None:
    # Relative error of tanh′(0.7): 3e-8 at h = 1e-3, 9e-13 at 1e-5, 7e-9 at 1e-8. The last is rounding: its
    # size is known, its digits are not.
    f, z = ACTIVATIONS["tanh"].f, np.array([0.7])
    slope = ACTIVATIONS["tanh"].df(z)[0]

    def error(h: float) -> float:
        return abs(float(((f(z + h) - f(z - h)) / (2 * h))[0] / slope - 1))

    truncation = abs(2 * (3 * math.tanh(0.7) ** 2 - 1)) / 6  # of the size of tanh‴/6, per slope and h²
    assert error(1e-3) == pytest.approx(1e-6 * truncation, rel=1e-3)
    assert error(1e-3) == pytest.approx(3.2e-8, rel=0.01)
    assert error(1e-5) < 1e-11
    assert 1e-10 < error(1e-8) < 5e-8


def test_gradcheck_measures_what_it_says() -> None:
    check = GradientCheck(analytic=np.array([3.0, 0.0, 1.0]), numeric=np.array([3.0, 0.0, -1.0]))
    np.testing.assert_array_equal(check.relative_error, [0.0, 0.0, 2.0])
    assert check.error == pytest.approx(2 / (2 * math.sqrt(10)))
    assert GradientCheck(np.zeros(2), np.zeros(2)).error == 0.0
    for broken in (math.nan, math.inf):  # must not pass for agreement
        check = GradientCheck(np.array([broken, 1.0]), np.ones(2))
        assert not check.error < 1.0
        assert not check.relative_error.max() < 1.0


def test_directions_have_length_1() -> None:
    # Over all unit vectors v in P dimensions, (gᵀv)² has the mean ‖g‖²/P.
    network, X, y = smooth_case([Layer(4, "tanh"), Layer(1, "identity")], "mse")
    g = network.backward(network.forward(X), y).flat
    along = directional_check(network, X, y, np.random.default_rng(0), directions=200).analytic
    assert np.mean(along**2) == pytest.approx(g @ g / g.size, rel=0.4)  # four standard errors, √(2/200) each


def test_gradcheck_leaves_the_network_as_it_was() -> None:
    network, X, y = smooth_case([Layer(4, "tanh"), Layer(1, "identity")], "mse")
    before = network.parameters.copy()
    gradcheck(network, X, y)
    directional_check(network, X, y, np.random.default_rng(0), directions=3)
    np.testing.assert_array_equal(network.parameters, before)


def test_gradcheck_needs_float64() -> None:
    network = Network(2, [Layer(1, "tanh")])
    with pytest.raises(ValueError, match="float64"):
        gradcheck(network, np.zeros((1, 2)), np.zeros((1, 1)))
    with pytest.raises(ValueError, match="float64"):
        directional_check(network, np.zeros((1, 2)), np.zeros((1, 1)), np.random.default_rng(0))


def test_the_error_falls_with_the_square_of_the_step_until_rounding_takes_over() -> None:
    rng = np.random.default_rng(0)
    network = Network(2, [Layer(3, "tanh"), Layer(1, "sigmoid")], "bce", seed=0, dtype="float64")
    X, y = rng.standard_normal((4, 2)), rng.integers(2, size=(4, 1)).astype(float)
    before = network.parameters.copy()
    coarse, medium, best, fine = errors_by_step(network, X, y, [1e-2, 1e-3, 1e-5, 1e-11])
    assert coarse / medium == pytest.approx(100, rel=0.05)
    assert best < 1e-3 * medium
    assert fine > 100 * best
    np.testing.assert_array_equal(network.parameters, before)
