"""Histograms of each layer: worked by hand, and against plain counting for any network."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backprop.diagnosis.distributions import (
    BINS,
    DECADES,
    DISTRIBUTED_QUANTITIES,
    REACH,
    LayerDistribution,
    flat_zones,
    layer_flat_zones,
    measure_distributions,
)
from backprop.diagnosis.layer_diagnostics import FLAT_THRESHOLD, measure
from backprop.experiment import Experiment
from backprop.functions.activations import ACTIVATIONS
from backprop.functions.surrogates import get_backward
from backprop.layer import Layer
from backprop.network import Gradients, Network, Trace
from backprop.training.trainer import Trainer
from tests.helpers import BACKWARDS, Array, hidden_layers

Pass = tuple[Network, Trace, Gradients]


def passed(layers: list[Layer], loss: str = "mse", n: int = 40, seed: int = 0, **settings: Any) -> Pass:
    """A network with one forward and one backward pass of random samples."""
    rng = np.random.default_rng(seed)
    network = Network(2, layers, loss, seed=seed, **settings)
    trace = network.forward(rng.standard_normal((n, 2)))
    return network, trace, network.backward(trace, rng.integers(0, 2, (n, layers[-1].units)).astype(float))


def entries(found: Pass, of: str, j: int) -> Array:
    """The numbers that a distribution is of, by the notation of the equations."""
    network, trace, grads = found
    of_layer: dict[str, Array] = {
        "z": trace.z[j],
        "a": trace.a[j + 1],
        "phi": grads.phi[j],
        "gradients": grads.weights[j],
        "weights": network.weights[j],
    }
    return of_layer[of].ravel().astype(np.float64)


def bins_of(one: LayerDistribution) -> dict[int, int]:
    """The bins that hold anything."""
    return {int(k): int(one.counts[k]) for k in np.flatnonzero(one.counts)}


# --- by hand ---------------------------------------------------------------------------------------------------------


def by_hand() -> Pass:
    """One layer without weights, so that each unit's z is its bias: −3, 0 and 0.15 for each of two samples."""
    network = Network(1, [Layer(3, "relu")], "mse", dtype="float64")
    network.weights[0][...] = [[0.0], [0.5], [-0.04]]
    network.biases[0][...] = [-3.0, 0.0, 0.15]
    trace = network.forward(np.array([[0.0], [0.0]]))
    return network, trace, network.backward(trace, np.array([[1.0, 1.0, 1.0], [0.0, 0.0, 0.0]]))


def test_a_histogram_by_hand() -> None:
    (z,) = measure_distributions(*by_hand(), of="z")
    assert (z.low, z.high, BINS) == (-5.0, 5.0, 60)  # so there are six bins a unit, and bin 30 begins at 0
    assert bins_of(z) == {12: 2, 30: 2}  # −3 begins a bin; 0.15 is in the first one above 0
    assert (z.zeros, z.not_finite, z.entries, z.zero_share) == (2, 0, 6, 2 / 6)
    assert z.mean == pytest.approx(-0.95)
    assert z.std == pytest.approx(math.sqrt((2.05**2 + 0.95**2 + 1.1**2) / 3))
    assert z.rms == pytest.approx(math.sqrt((9 + 0.15**2) / 3))
    assert z.flat_zones == ((-math.inf, 0.0),)


def test_an_activation_and_weights_by_hand() -> None:
    (a,) = measure_distributions(*by_hand(), of="a")
    assert (a.low, a.high) == (0.0, 1.0)  # a ReLU is never negative
    assert bins_of(a) == {9: 2}
    assert (a.zeros, a.flat_zones) == (4, ())
    (weights,) = measure_distributions(*by_hand(), of="weights")
    assert (weights.low, weights.high) == (-0.5, 0.5)
    assert bins_of(weights) == {27: 1, 59: 1}  # −0.04; and 0.5, which is the end of the range
    assert weights.zeros == 1


def test_an_error_signal_by_hand() -> None:
    """φ = 2 (a − y)/3/2, where the slope is not 0: −0.28333 and 0.05 for the third unit."""
    (phi,) = measure_distributions(*by_hand(), of="phi")
    assert (phi.low, phi.high, DECADES) == (-10, 0, 10)  # so there are six bins a decade
    assert bins_of(phi) == {60 - 4: 1, 60 - 8: 1}  # 6 log₁₀ 0.28 = −3.3, 6 log₁₀ 0.05 = −7.8
    assert (phi.zeros, phi.entries) == (4, 6)
    assert phi.rms == pytest.approx(math.sqrt((0.85 / 3) ** 2 + 0.05**2) / math.sqrt(6))


@pytest.mark.parametrize(
    ("largest", "limit"),
    [(0.0, 1), (0.9, 1), (1.1, 2), (4.9, 5), (5.1, 10), (10.0, 10), (11.0, 20), (99.0, 100), (1e6, 1e6)],
)
def test_ranges_end_on_a_coarse_scale(largest: float, limit: float) -> None:
    network, trace, grads = by_hand()
    trace.z[0][...] = [[largest, -largest / 2, 0.0], [0.0, 0.0, 0.0]]
    (z,) = measure_distributions(network, trace, grads, "z")
    assert (z.low, z.high) == pytest.approx((-limit, limit))
    assert z.entries == 6


def test_a_few_far_entries_do_not_widen_the_range() -> None:
    network, trace, grads = passed([Layer(10, "tanh"), Layer(1, "sigmoid")], n=100)
    trace.z[0][...] = 1.0
    trace.z[0][:2, 0] = 1000.0, -1000.0
    z = measure_distributions(network, trace, grads, "z")[0]
    assert z.high == 200.0  # three times the root mean square is 134
    assert (z.counts[-1], z.counts[0], z.counts.sum()) == (1, 1, 1000)


def test_the_zones_of_well_known_slopes() -> None:
    tanh = math.acosh(1 / math.sqrt(FLAT_THRESHOLD))  # where tanh′ = 1/cosh² is τ; σ′ = 1/(4 cosh²(z/2))
    for spec, edge in (("tanh", tanh), ("sigmoid", 2 * tanh)):
        assert flat_zones(spec) == ((-math.inf, pytest.approx(-edge)), (pytest.approx(edge), math.inf))
    assert flat_zones("relu") == ((-math.inf, 0.0),)
    assert flat_zones("hard_tanh") == ((-math.inf, -1.0), (1.0, math.inf))
    assert flat_zones("step") == ((-math.inf, math.inf),)
    assert flat_zones("identity") == flat_zones("leaky_relu(0.2)") == ()
    assert len(flat_zones("gaussian")) == 3  # its slope is 0 in the middle as well


def test_no_zone_where_the_slope_is_not_used_or_is_not_of_one_unit() -> None:
    network = Network(2, [Layer(3, "softmax"), Layer(2, "tanh", "relu"), Layer(1, "sigmoid")], "bce")
    assert [layer_flat_zones(network, j) for j in range(3)] == [(), flat_zones("relu"), ()]
    assert layer_flat_zones(Network(2, [Layer(1, "sigmoid")], "mse"), 0) == flat_zones("sigmoid")


def test_numbers_that_are_not_finite_are_left_out_and_counted() -> None:
    network, trace, grads = passed([Layer(4, "tanh"), Layer(1, "sigmoid")])
    usual = measure_distributions(network, trace, grads, "phi")[0]
    grads.phi[0][0, :3] = math.nan, math.inf, -math.inf
    spoilt = measure_distributions(network, trace, grads, "phi")[0]
    assert (spoilt.not_finite, spoilt.entries) == (3, usual.entries - 3)
    assert math.isfinite(spoilt.rms)
    grads.phi[0][...] = math.nan
    nothing = measure_distributions(network, trace, grads, "phi")[0]
    assert (nothing.entries, nothing.not_finite) == (0, 160)
    assert all(map(math.isnan, (nothing.mean, nothing.std, nothing.rms, nothing.zero_share)))
    for of in ("z", "weights"):
        for values in (*trace.z, *network.weights):
            values[...] = math.inf
        assert [one.entries for one in measure_distributions(network, trace, grads, of)] == [0, 0]


@pytest.mark.parametrize("of", DISTRIBUTED_QUANTITIES)
def test_a_run_that_diverges_can_be_measured_to_its_last_frame(of: str) -> None:
    layers = (*[Layer(6, "identity", None, "normal")] * 3, Layer(1, "sigmoid"))
    for dtype in ("float32", "float64"):
        trainer = Trainer(Experiment(samples=50, layers=layers, optimizer="sgd", learning_rate=1e20, dtype=dtype))
        for _ in trainer.frames(60):
            for one in trainer.distributions(of):
                assert one.low < one.high
                assert one.entries + one.not_finite > 0
        assert trainer.diverged


@pytest.mark.parametrize("of", ["z", "weights"])
def test_numbers_near_the_end_of_the_format(of: str) -> None:
    network, trace, grads = passed([Layer(4, "tanh"), Layer(1, "sigmoid")], dtype="float64")
    for values in (trace.z[0], network.weights[0]):
        values[0, :2] = 1.7e308, -1.7e308
    one = measure_distributions(network, trace, grads, of)[0]
    assert math.isfinite(one.high - one.low)
    assert one.counts[0] > 0
    assert one.counts[-1] > 0


# --- any network -----------------------------------------------------------------------------------------------------


@given(
    st.lists(hidden_layers(max_units=12), max_size=4),
    st.sampled_from(sorted(DISTRIBUTED_QUANTITIES)),
    st.integers(0, 99),
    st.sampled_from(["float32", "float64"]),
)
def test_every_finite_number_is_in_the_bin_that_its_value_says(
    hidden: list[Layer], of: str, seed: int, dtype: str
) -> None:
    found = passed([*hidden, Layer(1, "sigmoid")], "bce", seed=seed, dtype=dtype)
    quantity = DISTRIBUTED_QUANTITIES[of]
    for j, one in enumerate(measure_distributions(*found, of=of)):
        values = entries(found, of, j)
        finite = values[np.isfinite(values)]
        assert one.counts.shape == (BINS,)
        assert one.counts.min() >= 0
        assert one.counts.sum() + one.zeros == finite.size == one.entries
        assert one.zeros == np.count_nonzero(finite == 0)
        assert one.not_finite == values.size - finite.size
        if finite.size:
            np.testing.assert_allclose([one.mean, one.std], [finite.mean(), finite.std()], rtol=1e-6, atol=1e-9)
            assert one.rms == pytest.approx(math.sqrt(np.mean(finite**2)), rel=1e-6, abs=1e-12)
        present = finite[finite != 0]
        present = np.log10(np.abs(present)) if quantity.logarithmic else present
        edges = np.linspace(one.low, one.high, BINS + 1)
        slack = 1e-9 * (one.high - one.low)  # of entries on an edge, which rounding may move
        surely = np.histogram(np.clip(present, one.low, one.high), edges)[0]
        on_edges = np.abs(present[:, None] - edges).min(axis=1, initial=math.inf) < slack
        assert np.abs(surely - one.counts).sum() <= 2 * np.count_nonzero(on_edges)
        if quantity.logarithmic:
            assert present.max(initial=-math.inf) <= one.high
        else:
            assert (
                np.abs(present[np.abs(present) <= REACH * one.rms]).max(initial=0.0) <= max(-one.low, one.high) + slack
            )


@given(st.lists(hidden_layers(max_units=12), min_size=1, max_size=3), st.integers(0, 99), st.booleans())
def test_the_zones_of_z_hold_the_share_that_the_diagnostics_call_flat(
    hidden: list[Layer], seed: int, cancels: bool
) -> None:
    network, trace, grads = passed(
        [*hidden, Layer(1, "sigmoid")], "bce" if cancels else "mse", seed=seed, dtype="float64"
    )
    layers = measure(network, trace, grads)
    for j, one in enumerate(measure_distributions(network, trace, grads, "z")):
        if not network.backwards[j].elementwise:
            assert one.flat_zones == ()
            continue
        z = trace.z[j]
        inside = sum(((z > low) & (z < high) for low, high in one.flat_zones), np.zeros(z.shape, bool))
        ends = [end for zone in one.flat_zones for end in zone if math.isfinite(end)]
        unsure = sum((np.abs(z - end) < 1e-6 for end in ends), np.zeros(z.shape, bool))
        narrow = network.backwards[j].name == "sine" and np.abs(z).max() > 32  # zones so far out are not looked for
        if not narrow:
            assert abs(inside.mean() - layers[j].flat_share) <= unsure.mean() + 1e-12


@pytest.mark.parametrize("spec", BACKWARDS)
def test_zones_are_where_the_slope_is_flat(spec: str) -> None:
    g, zones = get_backward(spec), flat_zones(spec)
    z = np.random.default_rng(0).uniform(-31, 31, 4000)
    expected = np.abs(g.df(z)) < FLAT_THRESHOLD * g.max_slope if g.max_slope else np.ones(z.shape, bool)
    inside = sum(((z > low) & (z < high) for low, high in zones), np.zeros(z.shape, bool))
    np.testing.assert_array_equal(inside, expected)
    ends = [end for zone in zones for end in zone]
    assert ends == sorted(ends)


@pytest.mark.parametrize("name", [name for name, entry in ACTIVATIONS.items() if entry.flat_tails in ("left", "both")])
def test_a_tail_goes_on_for_ever(name: str) -> None:
    if not ACTIVATIONS[name].elementwise:
        pytest.skip("softmax has no tails of one unit")
    assert flat_zones(name)[0][0] == -math.inf


def test_a_bounded_activation_has_a_fixed_range() -> None:
    trainer = Trainer(replace(Experiment(), layers=(Layer(5, "tanh"), Layer(5, "elu"), Layer(1, "sigmoid"))))
    trainer.frame()
    ranges = [(one.low, one.high) for one in trainer.distributions("a")]
    assert (ranges[0], ranges[2]) == ((-1, 1), (0, 1))
    assert ranges[1][0] == -1


def test_a_trainer_tells_of_its_latest_frame() -> None:
    trainer = Trainer(Experiment())
    trainer.step(5)
    frame = trainer.frame()
    for layer, one in zip(frame.layers, trainer.distributions("phi"), strict=True):
        assert one.rms == pytest.approx(layer.signal_rms, rel=1e-5)
    units = [layer.units for layer in trainer.experiment.layers]
    assert [one.entries for one in trainer.distributions("z")] == [trainer.n_train * n for n in units]
