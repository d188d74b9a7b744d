"""The network: shapes and views, reproducible weights, reused buffers, and symmetries."""

from __future__ import annotations

import copy
import itertools
import pickle
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from backprop.functions.activations import ACTIVATIONS
from backprop.layer import Layer
from backprop.network import Network
from tests.helpers import Array, PlainResult, hidden_layers, random_targets, smooth_case

LAYERS = [Layer(4, "tanh"), Layer(3, "relu", backward="tanh"), Layer(5, "softmax"), Layer(2, "sigmoid")]
SMOOTH = [name for name, entry in ACTIVATIONS.items() if not entry.kinks]

stacks = st.lists(hidden_layers(max_units=8), max_size=5)


def _network(dtype: str = "float64", seed: int = 1) -> Network:
    return Network(3, LAYERS, "bce", seed=seed, dtype=dtype)


def _data(n: int = 6, outputs: int = 2) -> tuple[Array, Array]:
    rng = np.random.default_rng(7)
    return rng.standard_normal((n, 3)), rng.uniform(0.1, 0.9, (n, outputs))


def test_shapes_are_batch_first() -> None:
    network, (X, y) = _network(), _data()
    trace = network.forward(X)
    grads = network.backward(trace, y)
    widths = [3, 4, 3, 5, 2]
    assert [a.shape for a in trace.a] == [(6, n) for n in widths]
    assert [z.shape for z in trace.z] == [phi.shape for phi in grads.phi] == [(6, n) for n in widths[1:]]
    pairs = [(n_out, n_in) for n_in, n_out in itertools.pairwise(widths)]
    assert [W.shape for W in network.weights] == [W.shape for W in grads.weights] == pairs
    assert [b.shape for b in network.biases] == [b.shape for b in grads.biases] == [(n,) for n in widths[1:]]
    assert grads.flat.shape == network.parameters.shape == (sum(n_out * (n_in + 1) for n_out, n_in in pairs),)
    np.testing.assert_array_equal(trace.a[0], X)
    assert len(trace) == 6


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_one_precision_throughout(dtype: str) -> None:
    network, (X, y) = _network(dtype), _data()
    trace = network.forward(X)
    grads = network.backward(trace, y)
    arrays = [network.parameters, *trace.a, *trace.z, *grads.phi, grads.flat, network.slope(0, trace)]
    assert {array.dtype for array in arrays} == {np.dtype(dtype)}
    assert isinstance(grads.loss, float)


def test_weights_and_biases_are_views_writable_in_place() -> None:
    network, (X, _) = _network(), _data()
    network.parameters[...] = np.arange(network.parameters.size)
    np.testing.assert_array_equal(network.weights[0], [[0, 1, 2], [4, 5, 6], [8, 9, 10], [12, 13, 14]])
    np.testing.assert_array_equal(network.biases[0], [3, 7, 11, 15])
    network.weights[1][2, 3] = -5.0
    network.biases[1][0] = -6.0
    assert np.flatnonzero(network.parameters < 0).tolist() == [20, 16 + 2 * 5 + 3]
    network.parameters.fill(0.0)
    network.biases[-1][...] = [0.0, np.log(3)]
    np.testing.assert_allclose(network.predict(X), np.tile([0.5, 0.75], (6, 1)))


def test_the_seed_decides_the_weights() -> None:
    one, two, other = _network(), _network(), _network(seed=2)
    np.testing.assert_array_equal(one.parameters, two.parameters)
    assert all((a != b).any() for a, b in zip(one.weights, other.weights, strict=True))
    one.parameters.fill(9.0)
    one.reset()
    np.testing.assert_array_equal(one.parameters, two.parameters)
    assert not np.concatenate(one.biases).any()


def test_layers_draw_from_their_own_streams() -> None:
    # Changing one layer must not throw the dice again for the others: then a comparison would compare two things.
    one = Network(3, [Layer(4), Layer(4), Layer(4), Layer(1)], seed=3)
    two = Network(3, [Layer(4), Layer(4, initializer="normal"), Layer(4), Layer(1)], seed=3)
    same = [np.array_equal(a, b) for a, b in zip(one.weights, two.weights, strict=True)]
    assert same == [True, False, True, True]
    assert not np.array_equal(one.weights[1], one.weights[2])


def test_buffers_are_reused_and_agree_with_new_ones() -> None:
    network, (X, y) = _network(), _data()
    trace = network.forward(X[::-1])
    grads = network.backward(trace, y[::-1])
    kept = [grads.flat, *trace.a, *grads.phi]
    again = network.forward(X, out=trace)
    result = network.backward(again, y, out=grads)
    assert again is trace
    assert result is grads
    fresh_trace = network.forward(X)
    fresh = network.backward(fresh_trace, y)
    for reused, new in zip(kept, [fresh.flat, *fresh_trace.a, *fresh.phi], strict=True):
        np.testing.assert_array_equal(reused, new)
    assert not np.shares_memory(fresh.flat, grads.flat)
    np.testing.assert_array_equal(network.forward(X).a[-1], network.predict(X))


def test_backward_does_not_touch_trace_parameters_or_targets() -> None:
    network, (X, y) = _network(), _data()
    trace = network.forward(X)
    before = [values.copy() for values in (*trace.a, *trace.z, network.parameters, y, X)]
    network.backward(trace, y)
    for old, new in zip(before, (*trace.a, *trace.z, network.parameters, y, X), strict=True):
        np.testing.assert_array_equal(old, new)


def test_slope_and_upstream_are_the_factors_of_equation_2() -> None:
    network, X, y = smooth_case([Layer(4, "sigmoid"), Layer(3, "relu", "tanh"), Layer(2, "identity")], "mse")
    trace = network.forward(X)
    grads = network.backward(trace, y)
    plain = PlainResult(network, X, y)
    for j in range(2):
        np.testing.assert_allclose(network.slope(j, trace), plain.slope[j], rtol=1e-12)
        np.testing.assert_allclose(network.upstream(j, grads) * network.slope(j, trace), grads.phi[j], rtol=1e-12)
    out = np.empty((5, 4))
    assert network.slope(0, trace, out) is out


@pytest.mark.parametrize(
    ("build", "reason"),
    [
        (lambda: Network(0, [Layer(1)]), "at least one input"),
        (lambda: Network(2, []), "at least one layer"),
        (lambda: Network(2, [Layer(1)], "nope"), "no loss 'nope'"),
        (lambda: Network(2, [Layer(1)]).forward(np.zeros((4, 3))), r"shape \(N, 2\), not \(4, 3\)"),
        (lambda: Network(2, [Layer(1)]).forward(np.zeros(2)), r"shape \(N, 2\), not \(2,\)"),
    ],
)
def test_what_makes_no_sense_is_refused(build: object, reason: str) -> None:
    assert callable(build)
    with pytest.raises(ValueError, match=reason):
        build()


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda network: pickle.loads(pickle.dumps(network))])
def test_a_copy_is_a_network_of_its_own(copied: Callable[[Network], Network]) -> None:
    layers = [Layer(4, "leaky_relu(0.2)", "fast_sigmoid(3)"), Layer(3, "softmax"), Layer(2, "tanh")]
    network, (X, y) = Network(3, layers, "huber(0.5)", seed=4, dtype="float64", cancel_head=False), _data()
    network.parameters += 0.25
    other = copied(network)
    before = network.parameters.copy()
    expected, got = (n.backward(n.forward(X), y) for n in (network, other))
    np.testing.assert_array_equal(got.flat, expected.flat)
    assert (repr(other), other.layers, other.seed) == (repr(network), network.layers, network.seed)
    assert np.shares_memory(other.parameters, other.weights[1])
    other.parameters.fill(0.0)
    assert not other.predict(X).any()
    np.testing.assert_array_equal(network.parameters, before)


def test_a_copy_keeps_the_general_path_of_the_head() -> None:
    for cancel in (True, False):
        network = Network(2, [Layer(1, "sigmoid")], "bce", cancel_head=cancel)
        assert copy.deepcopy(network).head_cancels == cancel


def test_repr_tells_the_stack() -> None:
    assert repr(_network()).startswith("Network(3 → 4 tanh → 3 relu → 5 softmax → 2 sigmoid, bce, ")


# --- symmetries ------------------------------------------------------------------------------------------------------


@given(stacks, st.integers(0, 1000), st.data())
def test_hidden_units_may_change_places(hidden: list[Layer], seed: int, data: st.DataObject) -> None:
    assume(hidden)
    network = Network(3, [*hidden, Layer(2, "sigmoid")], "bce", seed=seed, dtype="float64")
    X, y = _data()
    # With zero biases, zeros from the layer before would put a z exactly on a kink, where rounding decides the side.
    network.parameters += np.random.default_rng(seed).normal(0, 0.1, network.parameters.size)
    before = network.forward(X)
    assume(_far_from_kinks(network, before.z, 1e-9))
    expected, loss = before.a[-1].copy(), network.backward(before, y).loss
    index = data.draw(st.integers(0, len(hidden) - 1))
    order = data.draw(st.permutations(range(hidden[index].units)))
    network.weights[index][...] = network.weights[index][order]
    network.biases[index][...] = network.biases[index][order]
    network.weights[index + 1][...] = network.weights[index + 1][:, order]
    after = network.forward(X)
    np.testing.assert_allclose(after.a[-1], expected, rtol=1e-9, atol=1e-12)
    assert network.backward(after, y).loss == pytest.approx(loss, rel=1e-9)


@given(stacks, st.integers(0, 1000), st.permutations(range(6)))
def test_the_order_within_a_batch_does_not_matter(hidden: list[Layer], seed: int, order: list[int]) -> None:
    network = Network(3, [*hidden, Layer(2, "softmax")], "cce", seed=seed, dtype="float64")
    rng = np.random.default_rng(seed)
    X, y = rng.standard_normal((6, 3)), random_targets(network.loss, (6, 2), rng)
    one = network.backward(network.forward(X), y)
    two = network.backward(network.forward(X[order]), y[order])
    assert two.loss == pytest.approx(one.loss, rel=1e-12)
    np.testing.assert_allclose(two.flat, one.flat, rtol=1e-9, atol=1e-12 * max(1.0, np.abs(one.flat).max()))
    # Equation 3 sums over samples: a batch is the mean of its halves.
    halves = [network.backward(network.forward(X[part]), y[part]).flat for part in (slice(0, 3), slice(3, 6))]
    np.testing.assert_allclose(sum(halves) / 2, one.flat, rtol=1e-9, atol=1e-12 * max(1.0, np.abs(one.flat).max()))


def _far_from_kinks(network: Network, z: list[Array], gap: float) -> bool:
    points = ((values, kink) for values, entry in zip(z, network.activations, strict=True) for kink in entry.kinks)
    return all(np.abs(values - kink).min() > gap for values, kink in points)


@given(st.lists(st.sampled_from(sorted(ACTIVATIONS)), max_size=5), st.integers(0, 1000))
def test_single_precision_agrees_with_double(names: list[str], seed: int) -> None:
    layers = [*(Layer(6, name) for name in names), Layer(2, "sigmoid")]
    X, y = _data()
    double = Network(3, layers, "bce", seed=seed, dtype="float64")
    single = Network(3, layers, "bce", seed=seed, dtype="float32")
    np.testing.assert_array_equal(single.parameters, double.parameters.astype("float32"))
    trace = double.forward(X)
    assume(_far_from_kinks(double, trace.z, 1e-4))  # on the two sides of a kink they rightly disagree
    expected, got = double.backward(trace, y), single.backward(single.forward(X), y)
    assert got.loss == pytest.approx(expected.loss, rel=1e-5)
    for one, two in zip([got.flat, *got.phi], [expected.flat, *expected.phi], strict=True):
        # ε = 6e-8 of float32, through at most six layers of six units.
        assert np.linalg.norm(one - two) <= 2e-5 * np.linalg.norm(two)


def test_the_same_weights_under_other_functions() -> None:
    network = Network(2, [Layer(3, "tanh"), Layer(1, "sigmoid")], "bce", seed=2, dtype="float64")
    network.parameters += 0.1
    other = network.with_layers([Layer(3, "relu", "tanh"), Layer(1, "sigmoid")])
    np.testing.assert_array_equal(other.parameters, network.parameters)
    assert other.loss == network.loss
    assert other.dtype == network.dtype
    other.parameters += 1  # a copy
    assert (other.parameters != network.parameters).all()
    X = np.array([[0.5, -1.0]])
    np.testing.assert_array_equal(other.forward(X).z[0] > network.forward(X).z[0], True)
    with pytest.raises(ValueError, match="same numbers of units"):
        network.with_layers([Layer(4, "tanh"), Layer(1, "sigmoid")])
