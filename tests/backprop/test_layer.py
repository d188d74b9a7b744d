"""Layers: what is accepted, and the sentence for what is not."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from backprop.errors import SpecError
from backprop.functions.activations import ACTIVATIONS
from backprop.functions.initializers import INITIALIZERS
from backprop.layer import MAX_UNITS, Layer
from tests.helpers import BACKWARDS, ELEMENTWISE


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation_and_initialiser_makes_a_layer(activation: str) -> None:
    for initializer in ("auto", *INITIALIZERS, "normal(0.5)", "constant(-2)"):
        layer = Layer(3, activation, initializer=initializer)
        assert dataclasses.astuple(layer) == (3, activation, None, initializer, 1.0, 0.0)


@pytest.mark.parametrize("activation", ELEMENTWISE)
def test_every_slope_may_stand_behind_every_function(activation: str) -> None:
    for backward in (*BACKWARDS, "leaky_relu(0.2)", "fast_sigmoid(1)"):
        assert Layer(1, activation, backward).backward == backward


@pytest.mark.parametrize(
    ("settings", "field", "reason"),
    [
        ({"units": 0}, "units", "whole number from 1"),
        ({"units": MAX_UNITS + 1}, "units", f"to {MAX_UNITS}, not {MAX_UNITS + 1}"),
        ({"units": 2.0}, "units", "not 2.0"),
        ({"units": True}, "units", "not True"),
        ({"units": "8"}, "units", "not '8'"),
        ({"units": None}, "units", "not None"),
        ({"activation": "nope"}, "activation", "no activation 'nope'; choose one of identity, "),
        ({"activation": None}, "activation", "no activation None"),
        ({"activation": {}}, "activation", "no activation"),
        ({"activation": "leaky_relu(7)"}, "activation", "between 0 and 1"),
        ({"backward": "nope"}, "backward", "no backward function 'nope'; choose one of straight_through, "),
        ({"backward": ""}, "backward", "no backward function ''"),
        ({"backward": "fast_sigmoid(0)"}, "backward", "k of fast_sigmoid must lie between"),
        ({"activation": "straight_through"}, "activation", "no activation 'straight_through'"),
        ({"activation": "softmax", "backward": "zero"}, "backward", "leave it unset"),
        ({"backward": "softmax"}, "backward", "no slope per unit"),
        ({"activation": "softmax", "backward": "tanh"}, "backward", "leave it unset"),
        ({"initializer": "nope"}, "initializer", "no initializer 'nope'; choose one of auto, "),
        ({"initializer": None}, "initializer", "no initializer None"),
        ({"initializer": "normal(-1)"}, "initializer", "sigma of normal must lie between 0 and 1000, not -1"),
        ({"initializer": "he_normal(2)"}, "initializer", "he_normal takes no parameters"),
        ({"initializer": "auto(2)"}, "initializer", "no initializer 'auto\\(2\\)'"),
        ({"gain": -0.1}, "gain", "gain must be a number from 0 to 1000, not -0.1"),
        ({"gain": float("nan")}, "gain", "not nan"),
        ({"gain": True}, "gain", "not True"),
        ({"gain": "2"}, "gain", "not '2'"),
        ({"gain": None}, "gain", "not None"),
        ({"bias": -1001}, "bias", "bias must be a number from -1000 to 1000, not -1001"),
        ({"bias": float("inf")}, "bias", "not inf"),
        ({"initializer": ["zeros"]}, "initializer", "zeros"),
    ],
)
def test_what_makes_no_sense_is_refused(settings: dict[str, Any], field: str, reason: str) -> None:
    with pytest.raises(SpecError, match=reason) as caught:
        Layer(**{"units": 4, **settings})
    assert caught.value.field == field
    assert isinstance(caught.value, ValueError)


def test_spaces_around_a_name_do_not_make_another_function() -> None:
    assert Layer(2, " softmax ", None) == Layer(2, "softmax")
    assert Layer(2, "relu", "\ttanh ") == Layer(2, "relu", "tanh")
    assert Layer(2, initializer=" normal(2) ") == Layer(2, initializer="normal(2)")


def test_layers_are_frozen_and_comparable() -> None:
    assert Layer(4, "tanh") == Layer(4) != Layer(4, "relu")
    assert len({Layer(4), Layer(4), Layer(5)}) == 2
    with pytest.raises(dataclasses.FrozenInstanceError):
        Layer(4).units = 5  # type: ignore[misc]
