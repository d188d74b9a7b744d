"""Targets for every kind of output layer, and the share of right answers."""

from __future__ import annotations

import numpy as np
import pytest

from backprop.datasets import DATASETS
from backprop.layer import Layer
from backprop.targets import accuracy, make_targets, target_levels

BINARY, MULTI, VALUES = DATASETS["moons"], DATASETS["iris"], DATASETS["sine"]


@pytest.mark.parametrize(
    ("activation", "levels"),
    [
        ("sigmoid", (0, 1)),
        ("tanh", (-1, 1)),
        ("relu", (0, 1)),
        ("identity", (0, 1)),
        ("step", (0, 1)),
        ("softmax", (0, 1)),
        ("softplus", (0, 1)),
        ("elu", (0, 1)),  # bounded on the left only: 1 is no limit of it, and elu(0.5) never reaches −1
    ],
)
def test_levels_lie_in_the_range_of_the_output(activation: str, levels: tuple[float, float]) -> None:
    assert target_levels(Layer(1, activation)) == levels


def test_targets() -> None:
    y = np.array([0, 1, 1])
    np.testing.assert_array_equal(make_targets(BINARY, y, Layer(1, "sigmoid")), [[0], [1], [1]])
    np.testing.assert_array_equal(make_targets(BINARY, y, Layer(1, "tanh")), [[-1], [1], [1]])
    np.testing.assert_array_equal(make_targets(BINARY, y, Layer(2, "softmax")), [[1, 0], [0, 1], [0, 1]])
    y = np.array([2, 0])
    np.testing.assert_array_equal(make_targets(MULTI, y, Layer(3, "softmax")), [[0, 0, 1], [1, 0, 0]])
    np.testing.assert_array_equal(make_targets(MULTI, y, Layer(3, "tanh")), [[-1, -1, 1], [1, -1, -1]])
    targets = make_targets(VALUES, np.array([0.5, -2.0]), Layer(1, "tanh"))
    np.testing.assert_array_equal(targets, [[0.5], [-2.0]])
    assert targets.dtype == np.float64


def test_accuracy() -> None:
    y = np.array([0, 1, 1, 0])
    outputs = np.array([[0.2], [0.6], [0.4], [0.49]])
    assert accuracy(BINARY, outputs, y, Layer(1, "sigmoid")) == 0.75
    assert accuracy(BINARY, outputs - 0.5, y, Layer(1, "tanh")) == 0.75  # the border of tanh is 0
    pair = np.hstack([1 - outputs, outputs])
    assert accuracy(BINARY, pair, y, Layer(2, "softmax")) == 0.75
    three = np.array([[0.1, 0.2, 0.7], [0.5, 0.4, 0.1]])
    assert accuracy(MULTI, three, np.array([2, 1]), Layer(3, "softmax")) == 0.5
    assert accuracy(MULTI, make_targets(MULTI, y, Layer(3, "tanh")), y, Layer(3, "tanh")) == 1.0


def test_no_accuracy_without_classes_or_samples() -> None:
    assert accuracy(VALUES, np.zeros((3, 1)), np.zeros(3), Layer(1, "identity")) is None
    assert accuracy(BINARY, np.zeros((0, 1)), np.zeros(0, int), Layer(1, "sigmoid")) is None
