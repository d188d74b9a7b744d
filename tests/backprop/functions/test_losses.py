"""Loss values and gradients, and the heads whose output derivative cancels."""

from __future__ import annotations

import math

import numpy as np
import pytest

from backprop.functions.activations import ACTIVATIONS
from backprop.functions.losses import LOSSES, get_loss
from backprop.layer import Layer
from backprop.network import Network
from tests.helpers import LOSS_SPECS, Array, derivative, loss_gap, plain_loss, random_targets

HEADS = [(loss, activation) for loss, entry in LOSSES.items() for activation in entry.heads]


def _outputs(loss: str, rng: np.random.Generator, shape: tuple[int, int] = (6, 4)) -> tuple[Array, Array]:
    """Outputs and targets on which a loss is defined."""
    entry = get_loss(loss)
    if entry.needs in ("any", "signs"):
        return rng.standard_normal(shape), random_targets(entry, shape, rng)
    head = "softmax" if entry.needs == "distribution" else "sigmoid"
    return ACTIVATIONS[head].f(rng.normal(0, 2, shape)), random_targets(entry, shape, rng)


@pytest.mark.parametrize("loss", LOSS_SPECS)
def test_value_and_gradient_agree_with_the_plain_formulas(loss: str) -> None:
    a, y = _outputs(loss, np.random.default_rng(0))
    value, gradient = plain_loss(loss, a, y)
    out = np.empty_like(a)
    assert get_loss(loss).value(a, y) == pytest.approx(value, rel=1e-13)
    assert get_loss(loss).gradient(a, y, out) is out
    np.testing.assert_allclose(out, gradient, rtol=1e-12)


@pytest.mark.parametrize("loss", LOSS_SPECS)
def test_gradient_is_the_derivative_of_the_value(loss: str) -> None:
    a, y = _outputs(loss, np.random.default_rng(1))
    gradient = get_loss(loss).gradient(a, y, np.empty_like(a))
    assert loss_gap(loss, a, y) > 0.005  # no difference across a kink
    for index in np.ndindex(a.shape):
        unit = np.zeros_like(a)
        unit[index] = 1.0

        def along(t: Array, unit: Array = unit) -> Array:
            return np.array([get_loss(loss).value(a + step * unit, y) for step in t])

        # Near 0 and 1 a logarithm's fifth derivative is large: with h = 1e-3 of the distance the error stays at 1e-11.
        h = 1e-3 * float(min(abs(a[index]), abs(1 - a[index])))
        assert gradient[index] == pytest.approx(derivative(along, np.zeros(1), h)[0], rel=1e-9, abs=1e-11)


@pytest.mark.parametrize("loss", LOSS_SPECS)
def test_a_loss_is_the_mean_over_the_batch(loss: str) -> None:
    a, y = _outputs(loss, np.random.default_rng(2))
    entry = get_loss(loss)
    assert entry.value(np.tile(a, (3, 1)), np.tile(y, (3, 1))) == pytest.approx(entry.value(a, y), rel=1e-13)
    one, three = (entry.gradient(np.tile(a, (k, 1)), np.tile(y, (k, 1)), np.empty((6 * k, 4))) for k in (1, 3))
    np.testing.assert_allclose(three[:6], one / 3, rtol=1e-13)


def test_cross_entropy_pulls_both_ways() -> None:
    # With the sign of (1 − y)/(1 − a) wrong, every output would be driven to 1.
    gradient = LOSSES["bce"].gradient(np.array([[0.5], [0.5]]), np.array([[0.0], [1.0]]), np.empty((2, 1)))
    np.testing.assert_allclose(gradient, [[1.0], [-1.0]])  # ∓1/a over N = 2


def test_kinks_follow_pytorch() -> None:
    # mae as L1Loss, hinge as relu(1 − ya) and multi_margin_loss: the slope at the kink itself is 0.
    y = np.array([[1.0, -1.0, 1.0]])
    np.testing.assert_array_equal(LOSSES["mae"].gradient(y.copy(), y, np.empty((1, 3))), [[0, 0, 0]])
    np.testing.assert_array_equal(LOSSES["hinge"].gradient(y.copy(), y, np.empty((1, 3))), [[0, 0, 0]])
    np.testing.assert_allclose(LOSSES["hinge"].gradient(0.999 * y, y, np.empty((1, 3))), -y / 3)
    np.testing.assert_array_equal(LOSSES["hinge"].gradient(1.001 * y, y, np.empty((1, 3))), [[0, 0, 0]])
    at, beyond = (LOSSES["huber"].gradient(y + d, y, np.empty((1, 3))) for d in (1.0, 1.5))
    np.testing.assert_allclose(at, [[1 / 3] * 3])
    np.testing.assert_array_equal(beyond, at)


def test_relations_between_the_regression_losses() -> None:
    rng = np.random.default_rng(8)
    a, y = rng.standard_normal((2, 7, 3))
    values = {name: LOSSES[name].value(a, y) for name in ("mse", "half_sse", "mae")}
    assert values["half_sse"] == pytest.approx(3 / 2 * values["mse"], rel=1e-14)  # a factor n/2 apart
    assert get_loss("huber(1000)").value(a, y) == pytest.approx(values["mse"] / 2, rel=1e-14)  # all of it inside δ
    assert get_loss("huber(0.001)").value(a, y) == pytest.approx(0.001 * values["mae"], rel=1e-2)  # hardly any


@pytest.mark.parametrize("name", ["mse", "half_sse", "mae", "huber", "huber(0.5)", "hinge"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_losses_stay_in_their_precision_and_finite_for_large_outputs(name: str, dtype: str) -> None:
    a, y = np.array([[1e4, -1e4, 0.0]], dtype), np.array([[1.0, 1.0, -1.0]], dtype)
    out = get_loss(name).gradient(a, y, np.empty_like(a))
    assert out.dtype == dtype
    assert np.isfinite(out).all()
    value, gradient = plain_loss(name, a.astype(float), y.astype(float))
    assert get_loss(name).value(a, y) == pytest.approx(value, rel=1e-6)
    np.testing.assert_allclose(out, gradient, rtol=1e-6)


@pytest.mark.parametrize(
    ("spec", "reason"),
    [
        ("nope", "no loss 'nope'; choose one of bce, cce, mse"),
        (None, "no loss None"),
        ("huber(", "no loss"),
        ("mse(1)", r"mse takes no parameters; mse\(1\) gives 1"),
        ("huber(1,2)", r"huber takes 1 parameter\(s\), delta; huber\(1,2\) gives 2"),
        ("huber()", "must be numbers, as in huber"),
        ("huber(x)", r"must be numbers, as in huber\(1\)"),
        ("huber(0)", "delta of huber must lie between 0.001 and 1000, not 0"),
        ("huber(nan)", "not nan"),
        ("huber(inf)", "not inf"),
    ],
)
def test_specs_that_name_no_loss(spec: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        get_loss(spec)


def test_a_spec_with_parameters() -> None:
    entry = get_loss(" huber(0.50) ")
    assert (entry.name, entry.label, entry.parameters) == ("huber(0.50)", "Huber loss (0.5)", {"delta": 0.5})
    assert get_loss("huber") is LOSSES["huber"]


def test_the_cancelling_heads_are_known() -> None:
    assert {("bce", "sigmoid"), ("cce", "softmax")} <= set(HEADS)


def _head(loss: str, activation: str, dtype: str, cancel: bool) -> Network:
    return Network(4, [Layer(4, activation)], loss, dtype=dtype, cancel_head=cancel)


@pytest.mark.parametrize(("loss", "activation"), HEADS)
@pytest.mark.parametrize("soft", [True, False])
def test_cancelled_head_equals_the_general_path(loss: str, activation: str, soft: bool) -> None:
    rng = np.random.default_rng(3)
    X = rng.standard_normal((9, 4))
    y = random_targets(get_loss(loss), (9, 4), rng)
    if not soft:
        y = (y == y.max(axis=1, keepdims=True)).astype(float)
    short, general = (_head(loss, activation, "float64", cancel) for cancel in (True, False))
    assert np.array_equal(short.parameters, general.parameters)
    one, two = (network.backward(network.forward(X), y) for network in (short, general))
    assert one.loss == pytest.approx(two.loss, rel=1e-13)
    np.testing.assert_allclose(one.phi[-1], two.phi[-1], rtol=1e-12, atol=1e-16)
    np.testing.assert_allclose(one.flat, two.flat, rtol=1e-11, atol=1e-15)
    np.testing.assert_allclose(one.phi[-1], (short.predict(X) - y) / 9, rtol=1e-15)


def test_softmax_cancels_only_for_targets_that_sum_to_one() -> None:
    # Multi-hot targets give a·Σy − y: the general path is right there, the short one is not.
    rng = np.random.default_rng(4)
    X, y = rng.standard_normal((5, 4)), np.array([[1.0, 1.0, 0.0, 0.0]] * 5)
    general = _head("cce", "softmax", "float64", cancel=False)
    trace = general.forward(X)
    np.testing.assert_allclose(general.backward(trace, y).phi[0], (trace.a[-1] * 2 - y) / 5, rtol=1e-12, atol=1e-16)


@pytest.mark.parametrize(("loss", "activation"), HEADS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("size", [1.0, 90.0, 750.0, 1e4])
def test_cancelled_head_is_exact_for_large_z(loss: str, activation: str, dtype: str, size: float) -> None:
    # The identity as weights makes z = X. A warning (overflow, log of 0) would fail the test.
    network = _head(loss, activation, dtype, cancel=True)
    network.weights[0][...] = np.eye(4)
    # The last row lies far below the others: each sample needs a shift of its own.
    X = size * np.array([[1.0, -1.0, 0.5, 0.0], [-1.0, 1.0, 0.25, -0.5], [-2.0, -2.0, -1.5, -2.0]])
    right = np.equal(X, X.max(axis=1, keepdims=True)).astype(float)
    grads = network.backward(network.forward(X), right)
    assert np.isfinite(grads.flat).all()
    wrong = network.loss_value(network.forward(X), np.roll(right, 1, axis=1))
    z = X.astype(np.longdouble)
    if activation == "softmax":
        log_p = z - z.max(axis=1, keepdims=True)
        log_p -= np.log(np.exp(log_p).sum(axis=1, keepdims=True))
        expected = [-(y * log_p).sum(axis=1).mean() for y in (right, np.roll(right, 1, axis=1))]
    else:
        log_one = np.log1p(np.exp(-np.abs(z)))
        per_entry = [np.maximum(z, 0) - y * z + log_one for y in (right, np.roll(right, 1, axis=1))]
        expected = [values.sum(axis=1).mean() for values in per_entry]
    rel = 1e-6 if dtype == "float32" else 1e-14
    assert grads.loss == pytest.approx(float(expected[0]), rel=rel, abs=rel * 1e-2)
    assert wrong == pytest.approx(float(expected[1]), rel=rel)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("loss", "activation"), HEADS)
def test_general_path_stays_finite_where_outputs_have_rounded(loss: str, activation: str, dtype: str) -> None:
    network = _head(loss, activation, dtype, cancel=False)
    network.weights[0][...] = 1e4 * np.eye(4)
    X = np.array([[1.0, -1.0, 0.5, 0.0]])
    grads = network.backward(network.forward(X), np.array([[0.0, 1.0, 0.0, 0.0]]))
    assert math.isfinite(grads.loss)
    assert np.isfinite(grads.flat).all()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_cross_entropy_of_outputs_that_are_exactly_0_or_1(dtype: str) -> None:
    # A hard sigmoid or a step says so plainly. Right costs nothing; wrong costs the logarithm of the smallest number.
    a, right = np.array([[0.0], [1.0]], dtype), np.array([[0.0], [1.0]], dtype)
    for loss in (LOSSES["bce"], LOSSES["cce"]):
        assert loss.value(a, right) == 0.0
    for target in (0.0, 1.0):
        y = np.full((1, 1), target, dtype)
        assert LOSSES["bce"].value(1 - y, y) == pytest.approx(-math.log(np.finfo(dtype).tiny), rel=1e-6)
        gradient = LOSSES["bce"].gradient(1 - y, y, np.empty_like(y))
        assert np.isfinite(gradient).all()
        assert np.sign(gradient) == 1 - 2 * target
    assert LOSSES["cce"].value(a[:1], right[1:]) == pytest.approx(-math.log(np.finfo(dtype).tiny), rel=1e-6)


def test_sure_and_right_costs_nothing_sure_and_wrong_costs_z() -> None:
    head = LOSSES["bce"].heads["sigmoid"]
    z = np.array([[1e4]])
    assert head(z, np.ones((1, 1))) == 0.0
    assert head(z, np.zeros((1, 1))) == 1e4
    assert head(np.array([[40.0]]), np.ones((1, 1))) == pytest.approx(math.exp(-40), rel=1e-12, abs=0)


@pytest.mark.parametrize("name", LOSS_SPECS)
def test_entries_are_complete(name: str) -> None:
    entry = get_loss(name)
    assert entry.name == name
    assert entry.label
    assert entry.formula
    assert entry.source
    assert set(entry.heads) <= set(ACTIVATIONS)
