"""The mistakes: each differs from the true gradient in just the way that its description claims, and a check finds it.

The true gradient is ``Network.backward``, which is tested against central differences elsewhere; the pass under test
here shares no line with it.
"""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pytest

import backprop
from backprop import experiment, layer, network
from backprop.errors import SpecError
from backprop.explain.agreement import compare
from backprop.explain.bugs import BUGS, Bug, applicable_bugs, buggy_backward, check_bug
from backprop.explain.gradcheck import gradcheck
from backprop.functions.activations import get_activation
from backprop.layer import Layer
from backprop.network import Gradients, Network
from backprop.training import trainer
from tests.helpers import ELEMENTWISE, Array, allowed_heads, smooth_case

HEADS = [head for head in allowed_heads() if get_activation(head[0].activation).max_slope > 0]

# One network for each bug in which it can be made.
PLACES: dict[str, tuple[list[Layer], str]] = {
    "sigmoid_slope_everywhere": ([Layer(4, "tanh"), Layer(3, "relu"), Layer(1, "sigmoid")], "bce"),
    "prime_forgotten": ([Layer(4, "tanh"), Layer(3, "sigmoid"), Layer(1, "sigmoid")], "bce"),
    "bce_sign": ([Layer(4, "tanh"), Layer(2, "sigmoid")], "bce"),
    "softmax_diagonal": ([Layer(4, "tanh"), Layer(3, "softmax")], "mse"),
    "transpose_forgotten": ([Layer(4, "tanh"), Layer(4, "sigmoid"), Layer(3, "identity")], "mse"),
    "mean_forgotten": ([Layer(4, "tanh"), Layer(3, "identity")], "mse"),
}


def _case(layers: list[Layer], loss: str, bug: str | None) -> tuple[Network, Array, Gradients, Gradients]:
    """A network, its trace's outputs, the true gradient and the wrong one."""
    net, X, y = smooth_case(layers, loss)
    trace = net.forward(X)
    return net, trace.a[-1], net.backward(trace, y), buggy_backward(net, trace, y, bug)


def _arrays(grads: Gradients) -> list[Array]:
    return [*grads.phi, *grads.weights, *grads.biases]


# --- the plain pass --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("output", "loss"), HEADS, ids=[f"{h.activation}{h.units}-{loss}" for h, loss in HEADS])
def test_without_a_bug_it_is_the_true_gradient(output: Layer, loss: str) -> None:
    net, X, y = smooth_case([Layer(4, "softmax"), Layer(5, "relu", "tanh"), output], loss)
    trace = net.forward(X)
    true, plain = net.backward(trace, y), buggy_backward(net, trace, y, None)
    assert plain.loss == true.loss
    for one, two in zip(_arrays(plain), _arrays(true), strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-12, atol=1e-15 * max(1.0, float(np.abs(two).max())))


@pytest.mark.parametrize("loss", ["bce", "mse"])
def test_without_a_bug_a_surrogate_on_the_output_cancels_nothing(loss: str) -> None:
    _, _, true, plain = _case([Layer(4, "tanh"), Layer(2, "sigmoid", backward="tanh")], loss, None)
    for one, two in zip(_arrays(plain), _arrays(true), strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-12, atol=1e-15)


def test_a_network_told_not_to_cancel_has_a_place_for_the_diagonal() -> None:
    layers = [Layer(4, "tanh"), Layer(3, "softmax")]
    assert "softmax_diagonal" not in applicable_bugs(Network(3, layers, "cce"))
    assert "softmax_diagonal" in applicable_bugs(Network(3, layers, "cce", cancel_head=False))


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_without_a_bug_every_activation_is_right(name: str) -> None:
    _, _, true, plain = _case([Layer(4, name), Layer(4, name), Layer(2, "identity")], "mse", None)
    for one, two in zip(_arrays(plain), _arrays(true), strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-12, atol=1e-15)


# --- each bug does what it says --------------------------------------------------------------------------------------


def test_the_sigmoids_slope_everywhere() -> None:
    net, X, y = smooth_case([Layer(5, "sigmoid"), Layer(4, "tanh"), Layer(3, "sigmoid"), Layer(2, "sigmoid")], "bce")
    trace = net.forward(X)
    true, wrong = net.backward(trace, y), buggy_backward(net, trace, y, "sigmoid_slope_everywhere")
    for j in (3, 2):  # sigmoids, and nothing else behind them
        np.testing.assert_allclose(wrong.phi[j], true.phi[j], rtol=1e-12)
    sigmoid = 1 / (1 + np.exp(-trace.z[1]))
    factor = sigmoid * (1 - sigmoid) / (1 - np.tanh(trace.z[1]) ** 2)
    np.testing.assert_allclose(wrong.phi[1], true.phi[1] * factor, rtol=1e-11)
    # The output's own slope is needed where nothing cancels: squared error on a linear output.
    _, _, true, wrong = _case([Layer(3, "sigmoid"), Layer(2, "identity")], "mse", "sigmoid_slope_everywhere")
    ratio = wrong.phi[-1] / true.phi[-1]
    assert (ratio > 0).all()
    assert (ratio <= 0.25).all()


def test_the_sigmoids_slope_everywhere_takes_a_quarter_a_layer() -> None:
    # Ten identity units at z = 0 need slope 1, and get σ′(0) = 1/4.
    net = Network(1, [Layer(1, "identity")] * 11, "mse", dtype="float64")
    for weights in net.weights:
        weights.fill(1.0)
    trace = net.forward(np.zeros((1, 1)))
    wrong = buggy_backward(net, trace, np.array([[-0.5]]), "sigmoid_slope_everywhere")
    np.testing.assert_array_equal([phi.item() for phi in wrong.phi], [4.0 ** (j - 11) for j in range(11)])


def test_a_forgotten_prime_makes_sigmoids_too_large() -> None:
    # One unit a layer: every sigmoid behind a weight multiplies by a instead of a(1 − a), so by 1/(1 − a) too much.
    net, X, y = smooth_case([Layer(1, "sigmoid")] * 4, "bce")
    trace = net.forward(X)
    true, wrong = net.backward(trace, y), buggy_backward(net, trace, y, "prime_forgotten")
    np.testing.assert_allclose(wrong.phi[3], true.phi[3], rtol=1e-12)
    too_large = np.ones((len(X), 1))
    for j in (2, 1, 0):
        too_large /= 1 - trace.a[j + 1]
        np.testing.assert_allclose(wrong.phi[j], true.phi[j] * too_large, rtol=1e-11)
    assert (too_large > 2).all()


def test_a_forgotten_prime_turns_tanh_around() -> None:
    net, X, y = smooth_case([Layer(4, "tanh"), Layer(2, "identity")], "mse")
    X = X / 10
    net.biases[0][...] = -1.0  # all outputs are negative, so all of the signal is turned around
    trace = net.forward(X)
    true, wrong = net.backward(trace, y), buggy_backward(net, trace, y, "prime_forgotten")
    a = trace.a[1]
    np.testing.assert_allclose(wrong.phi[0], true.phi[0] * a / (1 - a**2), rtol=1e-11)
    assert np.array_equal(np.sign(wrong.phi[0]), np.sign(true.phi[0] * trace.z[0]))
    hidden, output = compare(true, wrong)
    assert hidden.cosine < -0.9
    assert output.cosine == pytest.approx(1.0)


def test_a_forgotten_prime_weighs_relus_by_z() -> None:
    net, X, y = smooth_case([Layer(6, "relu"), Layer(2, "identity")], "mse")
    trace = net.forward(X)
    true, wrong = net.backward(trace, y), buggy_backward(net, trace, y, "prime_forgotten")
    np.testing.assert_allclose(wrong.phi[0], true.phi[0] * trace.z[0], rtol=1e-12)


def test_the_printed_sign_drives_every_output_up() -> None:
    net, X, _ = smooth_case([Layer(4, "tanh"), Layer(2, "sigmoid")], "bce")
    y = np.array([[0.0, 1.0], [1.0, 0.0], [0.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
    trace = net.forward(X)
    a = trace.a[-1].copy()
    true, wrong = net.backward(trace, y), buggy_backward(net, trace, y, "bce_sign")
    assert (wrong.phi[-1] <= 0).all()
    assert (true.phi[-1][y == 0] > 0).all()
    # With the sigmoid's slope: −y(1 − a) is right for targets 1, −(1 − y)a the very opposite of right for targets 0.
    np.testing.assert_allclose(wrong.phi[-1], np.where(y == 1, true.phi[-1], -true.phi[-1]), rtol=1e-12)
    for _ in range(200):
        net.parameters -= 5.0 * buggy_backward(net, net.forward(X), y, "bce_sign").flat
    assert (net.predict(X) > np.maximum(a, 0.95)).all()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_printed_sign_survives_an_output_that_rounded_to_one(dtype: str) -> None:
    net = Network(1, [Layer(1, "sigmoid")], "bce", dtype=dtype)
    net.weights[0].fill(1.0)
    trace = net.forward(np.array([[-1e4], [1e4]]))
    for y in (np.zeros((2, 1)), np.ones((2, 1))):
        assert np.isfinite(buggy_backward(net, trace, y.astype(dtype), "bce_sign").flat).all()


def test_the_diagonal_of_softmax_is_far_off() -> None:
    net, X, y = smooth_case([Layer(4, "tanh"), Layer(3, "softmax")], "mse")
    trace = net.forward(X)
    true, wrong = net.backward(trace, y), buggy_backward(net, trace, y, "softmax_diagonal")
    p, g = trace.a[-1], 2 * (trace.a[-1] - y) / 3 / len(X)
    np.testing.assert_allclose(wrong.phi[-1], g * p * (1 - p), rtol=1e-12)
    # What is missing are the terms between the units, −p_i p_k g_k for k ≠ i.
    missing = -p * ((p * g).sum(axis=1, keepdims=True) - p * g)
    np.testing.assert_allclose(wrong.phi[-1] + missing, true.phi[-1], rtol=1e-11, atol=1e-16)
    np.testing.assert_allclose(true.phi[-1].sum(axis=1), 0.0, atol=1e-16)
    assert np.abs(wrong.phi[-1].sum(axis=1)).min() > 1e-4


@pytest.mark.parametrize(("classes", "low", "high"), [(2, 0.5 - 1e-12, 0.5 + 1e-12), (3, 0.3, 0.5), (10, 0.15, 0.4)])
def test_the_diagonal_of_softmax_costs_tens_of_percent(classes: int, low: float, high: float) -> None:
    # Two classes: g = ±(p₁ − y₁), so both terms of φ₁ = p₁p₂(g₁ − g₂) are equal, and the diagonal is one of them.
    rng = np.random.default_rng(0)
    net = Network(3, [Layer(8, "tanh"), Layer(classes, "softmax")], "mse", dtype="float64")
    X, y = rng.standard_normal((64, 3)), np.eye(classes)[rng.integers(0, classes, 64)]
    trace = net.forward(X)
    true, wrong = net.backward(trace, y), buggy_backward(net, trace, y, "softmax_diagonal")
    assert low < np.linalg.norm(wrong.flat - true.flat) / np.linalg.norm(true.flat) < high


def test_the_diagonal_of_a_hidden_softmax() -> None:
    net, X, y = smooth_case([Layer(4, "tanh"), Layer(3, "softmax"), Layer(2, "sigmoid")], "bce")
    trace = net.forward(X)
    true, wrong = net.backward(trace, y), buggy_backward(net, trace, y, "softmax_diagonal")
    p = trace.a[2]
    np.testing.assert_allclose(wrong.phi[1], (true.phi[2] @ net.weights[2]) * p * (1 - p), rtol=1e-12)


def test_a_forgotten_transpose_where_shapes_allow() -> None:
    layers = [Layer(3, "tanh"), Layer(3, "sigmoid"), Layer(5, "tanh"), Layer(5, "tanh"), Layer(2, "identity")]
    net, X, y = smooth_case(layers, "mse")
    trace = net.forward(X)
    true, wrong = net.backward(trace, y), buggy_backward(net, trace, y, "transpose_forgotten")
    W, slope = net.weights, [net.slope(j, trace) for j in range(5)]
    for j in (4, 3):  # the output, and the layer before it: its weights are 2 × 5 and must be transposed
        np.testing.assert_allclose(wrong.phi[j], true.phi[j], rtol=1e-12)
    np.testing.assert_allclose(wrong.phi[2], (true.phi[3] @ W[3].T) * slope[2], rtol=1e-12)
    np.testing.assert_allclose(wrong.phi[1], (wrong.phi[2] @ W[2]) * slope[1], rtol=1e-12)  # 5 × 3: the right product
    np.testing.assert_allclose(wrong.phi[0], (wrong.phi[1] @ W[1].T) * slope[0], rtol=1e-12)
    agreements = compare(true, wrong)
    assert all(agreement.cosine < 0.9 for agreement in agreements[:3])
    assert all(agreement.cosine == pytest.approx(1.0) for agreement in agreements[3:])
    # A symmetric matrix is its own transpose: there the mistake changes nothing.
    for j in (1, 3):
        W[j][...] = W[j] + W[j].T
    trace = net.forward(X)
    same = buggy_backward(net, trace, y, "transpose_forgotten").flat
    np.testing.assert_allclose(same, net.backward(trace, y).flat, rtol=1e-11, atol=1e-15)


@pytest.mark.parametrize("loss", ["mse", "bce"])
def test_a_forgotten_mean_is_n_times_the_gradient(loss: str) -> None:
    net, X, y = smooth_case([Layer(4, "tanh"), Layer(2, "sigmoid")], loss)
    trace = net.forward(X)
    true, wrong = net.backward(trace, y), buggy_backward(net, trace, y, "mean_forgotten")
    np.testing.assert_allclose(wrong.flat, len(X) * true.flat, rtol=1e-12)
    for agreement in compare(true, wrong):
        assert agreement.cosine == pytest.approx(1.0, abs=1e-14)
        assert agreement.norm_ratio == pytest.approx(len(X), rel=1e-12)
    one = net.forward(X[:1])
    alone = buggy_backward(net, one, y[:1], "mean_forgotten")
    np.testing.assert_allclose(alone.flat, net.backward(one, y[:1]).flat, rtol=1e-12)


# --- the gradient check ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("bug", BUGS)
def test_a_gradient_check_finds_it(bug: str) -> None:
    net, X, y = smooth_case(*PLACES[bug])
    assert check_bug(net, X, y, None).error < 1e-8
    assert check_bug(net, X, y, bug).error > 0.05
    assert gradcheck(net, X, y).error < 1e-8  # it leaves the network's own pass alone


# --- the registry ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("bug", BUGS.values(), ids=BUGS)
def test_every_bug_is_documented(bug: Bug) -> None:
    assert BUGS[bug.name] is bug
    for sentence in (bug.wrong, bug.notice):
        assert sentence.endswith(".")
    assert bug.title
    assert bug.wrong_formula != bug.right_formula
    assert bug.wrong_code != bug.right_code
    for formula in (bug.wrong_formula, bug.right_formula):
        assert formula.count("{") == formula.count("}")
    assert bug.printed is None or bug.printed.startswith("Menon 2021, §")


@pytest.mark.parametrize("bug", BUGS)
def test_the_lines_of_code_are_what_is_computed(bug: str) -> None:
    """Both lines are run, in a layer that the mistake touches, and give the wrong φ and the true one."""
    layers, loss = PLACES[bug]
    net, X, y = smooth_case(layers, loss)
    trace = net.forward(X)
    at_output = bug in ("bce_sign", "softmax_diagonal", "mean_forgotten")
    j = len(layers) - 1 if at_output else 0
    f = net.activations[j]
    names: dict[str, Any] = {"f": f, "sigmoid": get_activation("sigmoid"), "z": trace.z[j], "y": y, "n": len(X)}
    for grads, line in (
        (net.backward(trace, y), BUGS[bug].right_code),
        (buggy_backward(net, trace, y, bug), BUGS[bug].wrong_code),
    ):
        a = trace.a[j + 1].copy()
        scope = {**names, "a": a, "p": a, "grad_a": net.loss.gradient(a, y, np.empty_like(a)) if at_output else None}
        if not at_output:
            scope |= {"phi": grads.phi[j + 1], "W": net.weights[j + 1]}
        exec(line, scope)
        phi = scope["grad_a"] * f.df(trace.z[j]) if line.startswith("grad_a") else scope["phi"]
        if bug == "mean_forgotten":
            phi = phi * 2 / y.shape[1]  # the line is that of a head that cancels; here it is mean squared error
        np.testing.assert_allclose(phi, grads.phi[j], rtol=1e-10)


def test_those_in_print_say_where() -> None:
    printed = {name for name, bug in BUGS.items() if bug.printed}
    assert printed == {"prime_forgotten", "bce_sign", "softmax_diagonal"}


@pytest.mark.parametrize(
    ("bug", "layers", "loss", "reason"),
    [
        ("sigmoid_slope_everywhere", [Layer(4, "sigmoid"), Layer(1, "sigmoid")], "bce", "sigmoid's own"),
        ("prime_forgotten", [Layer(1, "sigmoid")], "bce", "only hidden layers"),
        ("bce_sign", [Layer(4), Layer(1, "sigmoid")], "mse", "binary cross-entropy.*mean squared error"),
        ("softmax_diagonal", [Layer(4), Layer(1, "sigmoid")], "mse", "no layer .* is a softmax"),
        ("softmax_diagonal", [Layer(4), Layer(3, "softmax")], "cce", "cancel .* choose mean squared error"),
        ("transpose_forgotten", [Layer(3), Layer(4), Layer(1), Layer(1)], "mse", "same number of units"),
        ("no_such_bug", [Layer(1)], "mse", "no bug 'no_such_bug'; choose one of sigmoid_slope_everywhere, "),
    ],
)
def test_a_bug_without_a_place_says_so(bug: str, layers: list[Layer], loss: str, reason: str) -> None:
    net = Network(3, layers, loss, dtype="float64")
    X, y = np.zeros((2, 3)), np.zeros((2, layers[-1].units))
    assert bug not in applicable_bugs(net)
    with pytest.raises(SpecError, match=reason) as caught:
        buggy_backward(net, net.forward(X), y, bug)
    assert caught.value.field == "bug"
    assert not str(caught.value).endswith(".")
    assert ". " not in str(caught.value)  # one sentence, as all refusals


def test_each_has_a_place_where_it_can_be_made() -> None:
    assert PLACES.keys() == BUGS.keys()
    for name, (layers, loss) in PLACES.items():
        assert name in applicable_bugs(Network(3, layers, loss))


def test_targets_of_the_wrong_shape_are_refused() -> None:
    net = Network(3, [Layer(4), Layer(2, "sigmoid")], "bce", dtype="float64")
    with pytest.raises(ValueError, match=r"output's shape \(5, 2\), not \(5, 1\)"):
        buggy_backward(net, net.forward(np.zeros((5, 3))), np.zeros((5, 1)), "bce_sign")


def test_no_bug_can_be_reached_by_accident() -> None:
    # Nothing on the way of a real run imports them, and no object of a real run has a setting for them.
    for module in (network, layer, experiment, trainer):
        assert "bugs" not in inspect.getsource(module)
    assert not hasattr(backprop, "BUGS")
    for kind in (network.Network, layer.Layer, experiment.Experiment, trainer.Trainer):
        assert not [name for name in inspect.signature(kind).parameters if "bug" in name]
