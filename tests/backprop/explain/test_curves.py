"""Flat zones against the formulas' own inverses, and what ten layers pass against ten layers that pass it."""

from __future__ import annotations

import math

import numpy as np
import pytest

from backprop import ACTIVATIONS, SURROGATES, Layer, Network, Slope, get_activation, get_backward
from backprop.explain import curves

EVERY: dict[str, Slope] = {**ACTIVATIONS, **SURROGATES}


def assert_zones(found: list[curves.Zone], expected: list[curves.Zone]) -> None:
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-8)


def test_flat_zones_end_where_the_formulas_say() -> None:
    # tanh′ = 1 − tanh² = τ at artanh √(1 − τ); σ′ = τ/4 at ln((1 + √(1 − τ))/(1 − √(1 − τ)))
    for tau in (0.05, 0.2):
        end = math.atanh(math.sqrt(1 - tau))
        assert_zones(curves.flat_zones(ACTIVATIONS["tanh"], tau), [(-7, -end), (end, 7)])
        assert_zones(curves.flat_zones(ACTIVATIONS["sigmoid"], tau), [(-7, -2 * end), (2 * end, 7)])
        assert_zones(curves.flat_zones(ACTIVATIONS["elu"], tau), [(-7, math.log(tau))])
    assert_zones(curves.flat_zones(ACTIVATIONS["relu"]), [(-7, 0)])
    assert_zones(curves.flat_zones(ACTIVATIONS["relu6"]), [(-7, 0), (6, 7)])
    quarter = math.asin(0.05)
    zones = curves.flat_zones(ACTIVATIONS["sine"], low=0.0, high=3.0)
    assert_zones(zones, [(math.pi / 2 - quarter, math.pi / 2 + quarter)])


def test_flatness_depends_on_the_threshold_and_on_the_parameters() -> None:
    assert_zones(curves.flat_zones(ACTIVATIONS["leaky_relu"], 0.05), [(-7, 0)])
    assert curves.flat_zones(ACTIVATIONS["leaky_relu"], 0.005) == []
    assert curves.flat_zones(get_activation("leaky_relu(0.2)")) == []
    assert curves.flat_zones(ACTIVATIONS["identity"], 0.999) == []
    # A peak much narrower than the grid is even: 1/(1 + k|z|)² = τ at |z| = (1/√τ − 1)/k
    end = (1 / math.sqrt(0.05) - 1) / 1000
    zones = curves.flat_zones(get_backward("fast_sigmoid(1000)"))
    assert_zones(zones, [(-7, -end), (end, 7)])


def test_zero_zones_are_those_where_units_die() -> None:
    assert_zones(curves.zero_zones(ACTIVATIONS["relu"]), [(-7, 0)])
    assert_zones(curves.zero_zones(SURROGATES["triangle"]), [(-7, -1), (1, 7)])
    assert curves.zero_zones(ACTIVATIONS["step"]) == curves.flat_zones(ACTIVATIONS["step"]) == [(-7, 7)]
    for name in ("sigmoid", "tanh", "leaky_relu", "gaussian", "sine"):
        assert curves.zero_zones(ACTIVATIONS[name]) == []


@pytest.mark.parametrize("name", EVERY)
def test_zones_hold_what_they_say(name: str) -> None:
    g, rng = EVERY[name], np.random.default_rng(3)
    z = rng.uniform(curves.LOW, curves.HIGH, 4000)
    slopes = curves.slope(g, z)
    for zones, expected in (
        (curves.flat_zones(g, 0.1), curves.is_flat(g, slopes, 0.1)),
        (curves.zero_zones(g), slopes == 0),
    ):
        inside = np.zeros(z.shape, bool)
        for low, high in zones:
            inside |= (low < z) & (z < high)
        np.testing.assert_array_equal(inside, expected)


def test_the_grid_is_sorted_and_holds_zero() -> None:
    z = curves.grid()
    assert (np.diff(z) > 0).all()
    assert z[0] == curves.LOW
    assert z[-1] == curves.HIGH
    assert 0.0 in z
    for entry in ACTIVATIONS.values():
        assert all(curves.LOW < kink < curves.HIGH for kink in entry.kinks)


def test_softmax_is_drawn_as_one_of_two_units() -> None:
    z, softmax, sigmoid = curves.grid(), ACTIVATIONS["softmax"], ACTIVATIONS["sigmoid"]
    np.testing.assert_allclose(curves.output(softmax, z), sigmoid.f(z), rtol=1e-12)
    np.testing.assert_allclose(curves.slope(softmax, z), sigmoid.df(z), rtol=1e-12, atol=1e-15)


# --- ten layers ------------------------------------------------------------------------------------------------------


def test_the_best_that_ten_layers_pass() -> None:
    assert curves.best_gain(ACTIVATIONS["sigmoid"]) == 4.0**-10
    assert curves.best_gain(ACTIVATIONS["sigmoid"], layers=3) == 4.0**-3
    assert curves.best_gain(ACTIVATIONS["tanh"]) == 1
    assert curves.best_gain(ACTIVATIONS["step"]) == 0
    assert curves.best_gain(SURROGATES["approx_sign"]) == 2.0**10


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_no_ten_layers_pass_more(name: str) -> None:
    """Ten layers of two units, orthogonal weights: they lengthen nothing, so the ratio is the slopes' alone."""
    layers = [Layer(2, name, initializer="orthogonal")] * 10
    for seed in range(20):
        network = Network(2, [*layers, Layer(2, "identity", initializer="orthogonal")], seed=seed, dtype="float64")
        rng = np.random.default_rng(seed)
        for biases in network.biases:
            biases[...] = rng.normal(size=biases.shape)
        grads = network.backward(network.forward(rng.normal(size=(1, 2))), rng.normal(size=(1, 2)))
        passed = np.linalg.norm(grads.phi[0]) / np.linalg.norm(grads.phi[-1])
        assert passed <= curves.best_gain(ACTIVATIONS[name]) * (1 + 1e-9)


@pytest.mark.parametrize("name", [name for name, entry in ACTIVATIONS.items() if not entry.elementwise])
def test_the_gain_of_an_activation_that_mixes_units_is_reached_and_not_exceeded(name: str) -> None:
    entry, rng = ACTIVATIONS[name], np.random.default_rng(0)
    assert entry.vjp is not None

    def norm(z: np.ndarray) -> float:
        a = entry.f(np.broadcast_to(z, (z.size, z.size)))
        return float(np.linalg.norm(entry.vjp(a, np.eye(z.size), np.empty_like(a)), 2))  # type: ignore[misc]

    assert max(norm(rng.normal(size=n) * 3) for n in (2, 3, 8) for _ in range(200)) <= entry.largest_gain + 1e-12
    assert norm(np.zeros(2)) == pytest.approx(entry.largest_gain, rel=1e-12)
