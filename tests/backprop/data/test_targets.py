"""Targets for every kind of output layer, and the share of right answers."""

from __future__ import annotations

import numpy as np
import pytest

from backprop.data.datasets import DATASETS
from backprop.data.targets import accuracy, make_targets, target_levels
from backprop.layer import Layer

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
    assert target_levels(Layer(1, activation), "mse") == levels


@pytest.mark.parametrize("activation", ["identity", "tanh", "leaky_relu"])
def test_hinge_compares_with_signs_whatever_the_range(activation: str) -> None:
    output = Layer(1, activation)
    assert target_levels(output, "hinge") == (-1, 1)
    y = np.array([0, 1, 1, 0])
    np.testing.assert_array_equal(make_targets(BINARY, y, output, "hinge")[:, 0], [-1, 1, 1, -1])
    outputs = np.array([[-0.1], [0.2], [-0.3], [0.4]])
    assert accuracy(BINARY, outputs, y, output, "hinge") == 0.5  # the border is 0, not 1/2
    np.testing.assert_array_equal(
        make_targets(MULTI, np.array([2, 0]), Layer(3, activation), "hinge"), [[-1, -1, 1], [1, -1, -1]]
    )


def test_targets() -> None:
    y = np.array([0, 1, 1])
    np.testing.assert_array_equal(make_targets(BINARY, y, Layer(1, "sigmoid"), "mse"), [[0], [1], [1]])
    np.testing.assert_array_equal(make_targets(BINARY, y, Layer(1, "tanh"), "mse"), [[-1], [1], [1]])
    np.testing.assert_array_equal(make_targets(BINARY, y, Layer(2, "softmax"), "mse"), [[1, 0], [0, 1], [0, 1]])
    y = np.array([2, 0])
    np.testing.assert_array_equal(make_targets(MULTI, y, Layer(3, "softmax"), "mse"), [[0, 0, 1], [1, 0, 0]])
    np.testing.assert_array_equal(make_targets(MULTI, y, Layer(3, "tanh"), "mse"), [[-1, -1, 1], [1, -1, -1]])
    targets = make_targets(VALUES, np.array([0.5, -2.0]), Layer(1, "tanh"), "mse")
    np.testing.assert_array_equal(targets, [[0.5], [-2.0]])
    assert targets.dtype == np.float64


def test_accuracy() -> None:
    y = np.array([0, 1, 1, 0])
    outputs = np.array([[0.2], [0.6], [0.4], [0.49]])
    assert accuracy(BINARY, outputs, y, Layer(1, "sigmoid"), "mse") == 0.75
    assert accuracy(BINARY, outputs - 0.5, y, Layer(1, "tanh"), "mse") == 0.75  # the border of tanh is 0
    pair = np.hstack([1 - outputs, outputs])
    assert accuracy(BINARY, pair, y, Layer(2, "softmax"), "mse") == 0.75
    three = np.array([[0.1, 0.2, 0.7], [0.5, 0.4, 0.1]])
    assert accuracy(MULTI, three, np.array([2, 1]), Layer(3, "softmax"), "mse") == 0.5
    assert accuracy(MULTI, make_targets(MULTI, y, Layer(3, "tanh"), "mse"), y, Layer(3, "tanh"), "mse") == 1.0


def test_no_accuracy_without_classes_or_samples() -> None:
    assert accuracy(VALUES, np.zeros((3, 1)), np.zeros(3), Layer(1, "identity"), "mse") is None
    assert accuracy(BINARY, np.zeros((0, 1)), np.zeros(0, int), Layer(1, "sigmoid"), "mse") is None
