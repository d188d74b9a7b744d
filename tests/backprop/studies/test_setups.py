"""What differs between the stacks themselves: said once of all of which it holds, and nothing left out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from backprop import Experiment, Layer
from backprop.studies.lockstep import Lockstep
from backprop.studies.setups import setup_differences

A = Experiment(layers=(*[Layer(4, "sigmoid", initializer="xavier_uniform")] * 3, Layer(1, "sigmoid")))


def stack(*activations: str, units: int = 4) -> Experiment:
    """A's, with other hidden layers."""
    hidden = [Layer(units, activation, initializer="xavier_uniform") for activation in activations]
    return replace(A, layers=(*hidden, A.output))


TANHS = stack("tanh", "tanh", "tanh")


@pytest.mark.parametrize(
    ("others", "said"),
    [
        (
            [stack("tanh", "sigmoid", "tanh")],
            [
                ((1,), "B differs from A: layers 1 and 3: sigmoid → tanh."),
                ((1,), "In B all layers start from A's weights."),
            ],
        ),
        (
            [TANHS, stack("relu", "relu", "sigmoid"), TANHS],
            [
                ((1, 3), "B and D differ from A: layers 1 to 3: sigmoid → tanh."),
                ((2,), "C differs from A: layers 1 and 2: sigmoid → ReLU."),
                ((1, 2, 3), "In B, C and D all layers start from A's weights."),
            ],
        ),
        (
            [stack("sigmoid", "sigmoid", "sigmoid", units=5), TANHS],
            [
                ((1,), "B differs from A: layers 1 to 3: 4 → 5 units."),
                ((2,), "C differs from A: layers 1 to 3: sigmoid → tanh."),
                ((1,), "In B no layer starts from A's weights."),
                ((2,), "In C all layers start from A's weights."),
            ],
        ),
        (
            [stack("sigmoid")],
            [
                ((1,), "B differs from A: − layer 2; − layer 3."),
                ((1,), "In B layer 1 starts from A's weights."),
            ],
        ),
        (
            [stack("sigmoid", "sigmoid", "sigmoid", "sigmoid")],
            [((1,), "B differs from A: + layer 4."), ((1,), "In B layers 1 to 3 start from A's weights.")],
        ),
        ([A], [((1,), "B is the same as A: change something in it.")]),
        ([A, A], [((1, 2), "B and C are the same as A: change something in them.")]),
    ],
)
def test_what_differs_in_words(others: list[Experiment], said: list[tuple[tuple[int, ...], str]]) -> None:
    experiments = [A, *others]
    found = setup_differences(experiments, Lockstep(experiments).same_start)
    assert [(one.stacks, one.text) for one in found] == said
