"""What the page opens with: five sigmoid layers, which learn nothing at first, against a mix that soon does."""

from __future__ import annotations

from dataclasses import replace

from backprop import Experiment, Layer

_COMMON = Experiment(dataset="circle", learning_rate=0.01, seed=3)


def _stack(*activations: str) -> Experiment:
    # One initialiser for all: with the usual one of each activation the stacks would start from different weights.
    hidden = [Layer(8, activation, initializer="xavier_uniform") for activation in activations]
    return replace(_COMMON, layers=(*hidden, Layer(1, "sigmoid", initializer="xavier_uniform")))


OPENING = (
    _stack("sigmoid", "sigmoid", "sigmoid", "sigmoid", "sigmoid"),
    _stack("tanh", "relu", "sigmoid", "tanh", "relu"),
)
