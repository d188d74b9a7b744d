"""Changes in words: every difference is named, and nothing else."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given, settings

from backprop.experiment import Experiment
from backprop.layer import Layer
from backprop.training.changes import describe_change, layer_numbers, parameter_name
from tests.helpers import experiments

LAYERS = (Layer(8, "tanh"), Layer(8, "sigmoid"), Layer(8, "relu"), Layer(1, "sigmoid"))
START = Experiment(layers=LAYERS)


def _layers(*layers: Layer) -> Experiment:
    return replace(START, layers=layers)


def _second(**fields: Any) -> Experiment:
    return _layers(LAYERS[0], replace(LAYERS[1], **fields), *LAYERS[2:])


@pytest.mark.parametrize(
    ("after", "origins", "words"),
    [
        (START, None, ""),
        (_second(activation="tanh"), None, "layer 2: sigmoid → tanh"),
        (_second(activation="leaky_relu(0.2)"), None, "layer 2: sigmoid → leaky ReLU (0.2)"),
        (_second(units=9), None, "layer 2: 8 → 9 units"),
        (_second(units=1), None, "layer 2: 8 → 1 unit"),
        (_second(backward="straight_through"), None, "layer 2: backward own slope → straight-through"),
        (_second(initializer="he_normal"), None, "layer 2: initialiser auto → He normal"),
        (_second(gain=0.5, bias=-2), None, "layer 2: gain 1 → 0.5, initial bias 0 → -2"),
        (_second(units=9, activation="elu"), None, "layer 2: sigmoid → ELU, 8 → 9 units"),
        (_layers(Layer(8, "elu"), LAYERS[1], LAYERS[2], LAYERS[3]), None, "layer 1: tanh → ELU"),
        (_layers(*[replace(layer, units=9) for layer in LAYERS[:3]], LAYERS[3]), None, "layers 1 to 3: 8 → 9 units"),
        (
            _layers(replace(LAYERS[0], gain=2.0), Layer(8, "elu"), replace(LAYERS[2], gain=2.0), LAYERS[3]),
            None,
            "layers 1 and 3: gain 1 → 2; layer 2: sigmoid → ELU",
        ),
        (_layers(*LAYERS[:3], Layer(4), LAYERS[3]), None, "+ layer 4"),
        (_layers(LAYERS[0], Layer(4), *LAYERS[1:]), (0, None, 1, 2, 3), "+ layer 2"),
        (_layers(LAYERS[0], *LAYERS[2:]), (0, 2, 3), "− layer 2"),
        (_layers(LAYERS[0], Layer(8, "elu"), *LAYERS[2:]), (0, None, 2, 3), "− layer 2; + layer 2"),
        (_layers(LAYERS[1], LAYERS[2], LAYERS[0], LAYERS[3]), (1, 2, 0, 3), "layer 1 moved to position 3"),
        (_layers(LAYERS[2], LAYERS[0], LAYERS[1], LAYERS[3]), (2, 0, 1, 3), "layer 3 moved to position 1"),
        (START, (0, 2, 1, 3), "layer 2 moved to position 3; layer 2: ReLU → sigmoid; layer 3: sigmoid → ReLU"),
        (replace(START, dataset="moons"), None, "dataset Spiral → Moons"),
        (replace(START, features=("x1", "x2", "x1^2")), None, "+ input x₁²"),
        (replace(START, features=("x2", "x1*x2")), None, "− input x₁; + input x₁ x₂"),
        (replace(START, features=("x2", "x1")), None, "inputs in the order x₂, x₁"),
        (replace(START, learning_rate=0.1), None, "learning rate 0.02 → 0.1"),
        (replace(START, learning_rate=1e-7), None, "learning rate 0.02 → 1e-07"),
        (replace(START, loss="mse"), None, "loss binary cross-entropy → mean squared error"),
        (replace(START, optimizer="momentum(0.5)"), None, "optimiser Adam → SGD with momentum (0.5)"),
        (replace(START, schedule="warmup"), None, "schedule constant → warm-up"),
        (replace(START, clip_norm=1.0, l2=0.01), None, "gradient clipping off → 1; L2 penalty off → 0.01"),
        (replace(START, batch_size=8, seed=1234567), None, "batch size 32 → 8; seed 9 → 1234567"),
        (replace(_second(units=2), noise=0.5), None, "layer 2: 8 → 2 units; noise 0.1 → 0.5"),
    ],
)
def test_a_change_in_words(after: Experiment, origins: tuple[int | None, ...] | None, words: str) -> None:
    assert describe_change(START, after, origins) == words


@given(experiments(), experiments())
@settings(max_examples=25)
def test_every_difference_between_experiments_is_named(one: Experiment, two: Experiment) -> None:
    assert describe_change(one, one) == ""
    for field in fields(Experiment):
        if field.name in ("dataset", "features", "layers", "loss"):  # they depend on each other
            continue
        changed = replace(one, **{field.name: getattr(two, field.name)})
        assert bool(describe_change(one, changed)) == (changed != one)
    assert bool(describe_change(one, two)) == (one != two)


def test_every_difference_between_layers_is_named() -> None:
    other = Layer(3, "elu", "zero", "lsuv", 2.0, 1.0)
    for field in fields(Layer):
        changed = replace(LAYERS[1], **{field.name: getattr(other, field.name)})
        assert describe_change(START, _layers(LAYERS[0], changed, *LAYERS[2:])).startswith("layer 2: ")


def test_parameter_names_count_from_one() -> None:
    assert parameter_name(0, 1, 2) == "weight 3 → unit 2 of layer 1"
    assert parameter_name(2, 0, None) == "bias of unit 1 of layer 3"


@pytest.mark.parametrize(
    ("layers", "words"),
    [
        ([2], "layer 2"),
        ([1, 4], "layers 1 and 4"),
        ([2, 3], "layers 2 and 3"),
        ([1, 2, 4], "layers 1, 2 and 4"),
        ([1, 2, 3], "layers 1 to 3"),
        ([1, 2, 3, 6, 8, 9, 10], "layers 1 to 3, 6 and 8 to 10"),
    ],
)
def test_layer_numbers_in_words(layers: list[int], words: str) -> None:
    assert layer_numbers(layers) == words
