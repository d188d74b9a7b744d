"""Experiments worth starting from, each with what to look for."""

from __future__ import annotations

from dataclasses import dataclass

from backprop import Experiment, Layer


@dataclass(frozen=True)
class Preset:
    """A named experiment with one line on what it shows."""

    name: str
    watch: str
    experiment: Experiment


def _stack(*hidden: Layer) -> tuple[Layer, ...]:
    return (*hidden, Layer(1, "sigmoid"))


PRESETS: dict[str, Preset] = {
    preset.name: preset
    for preset in (
        Preset(
            "Three activations: tanh, sigmoid, ReLU",
            "Each layer multiplies the error signal by its own slope. Which layer passes the least?",
            Experiment(),
        ),
        Preset(
            "Vanishing: eight sigmoids",
            "A sigmoid passes a quarter of the signal at best. Compare the bars of layer 1 and of the output.",
            Experiment(dataset="circle", layers=_stack(*[Layer(8, "sigmoid")] * 8), seed=1),
        ),
        Preset(
            "Cured: eight tanh layers",
            "The same depth with slopes up to 1: the bars are level, and the network learns.",
            Experiment(dataset="circle", layers=_stack(*[Layer(8, "tanh")] * 8), seed=1),
        ),
        Preset(
            "Dying ReLUs: learning rate too high",
            "Large steps push units below zero for every sample: no slope, no gradient, no way back.",
            Experiment(dataset="moons", layers=_stack(*[Layer(8, "relu")] * 3), learning_rate=0.3, seed=2),
        ),
        Preset(
            "Saturated from the start: weights too large",
            "Standard normal weights on wide layers drive tanh into its tails before training begins.",
            Experiment(dataset="xor", layers=_stack(*[Layer(24, "tanh", None, "normal")] * 4), seed=0),
        ),
        Preset(
            "Exploding: deep ReLUs, weights too large",
            "Layer by layer the signal grows on its way back, and the first bar towers over the last. At a learning "
            "rate of 0.01 the run ends after a few updates.",
            Experiment(
                dataset="gauss",
                layers=(*[Layer(24, "relu", None, "normal")] * 8, Layer(1, "sigmoid", None, "normal")),
                optimizer="sgd",
                learning_rate=0.0001,
                seed=1,
            ),
        ),
        Preset(
            "Forward ReLU, backward tanh",
            "The backward pass uses the slope of another function. The network learns, but less well.",
            Experiment(dataset="moons", layers=_stack(*[Layer(8, "relu", "tanh")] * 2), seed=0),
        ),
        Preset(
            "A step function that learns",
            "A step function has no slope at all. With the slope of sigmoid in its place, the network learns.",
            Experiment(dataset="xor", layers=_stack(*[Layer(12, "step", "sigmoid")] * 2), seed=0),
        ),
        Preset(
            "Nothing to learn: all weights zero",
            "All units of a layer are the same and stay the same: the initial weights must break this symmetry.",
            Experiment(
                dataset="circle",
                layers=(*[Layer(6, "tanh", None, "zeros")] * 2, Layer(1, "sigmoid", None, "zeros")),
                seed=0,
            ),
        ),
        Preset(
            "Iris: three classes, softmax",
            "Four measurements, shown in the plane of their two principal axes.",
            Experiment(
                dataset="iris",
                samples=150,
                layers=(Layer(8, "tanh"), Layer(6, "relu"), Layer(3, "softmax")),
                loss="cce",
            ),
        ),
        Preset(
            "A curve: one input, one output",
            "Regression: an identity output over tanh units bends to the data.",
            Experiment(dataset="sine", layers=(Layer(12, "tanh"), Layer(12, "tanh"), Layer(1, "identity")), loss="mse"),
        ),
    )
}
