"""Small networks worth walking through, each with a line on what to try."""

from __future__ import annotations

from dataclasses import dataclass

from backprop import Experiment, Layer


@dataclass(frozen=True)
class Example:
    """A named network; ``watch`` says what to try with it."""

    name: str
    watch: str
    experiment: Experiment


_BINARY_HEAD = Layer(1, "sigmoid")
_TANHS = Layer(3, "tanh")


def _xor(*layers: Layer, loss: str, seed: int) -> Experiment:
    return Experiment(dataset="xor", noise=0.0, layers=layers, loss=loss, seed=seed)


def _arms(loss: str) -> Experiment:
    return Experiment(dataset="three_arms", noise=0.0, layers=(_TANHS, Layer(3, "softmax")), loss=loss, seed=1)


# Keys are the names that a link uses.
EXAMPLES: dict[str, Example] = {
    "mixed": Example(
        "2-2-2-1: tanh, sigmoid, ReLU",
        "Three activations in one network: press → and see each layer multiply by its own slope, at its own place.",
        _xor(Layer(2, "tanh"), Layer(2, "sigmoid"), Layer(1, "relu"), loss="mse", seed=2),
    ),
    "sigmoid-bce": Example(
        "Sigmoid output, binary cross-entropy",
        "Walk to equation 1: the sigmoid's slope is multiplied in, and cancels.",
        _xor(_TANHS, _BINARY_HEAD, loss="bce", seed=1),
    ),
    "softmax-cce": Example(
        "Softmax output, categorical cross-entropy",
        "Three outputs move together: equation 1 needs softmax's whole Jacobian, and it cancels to a − y.",
        _arms("cce"),
    ),
    "softmax-mse": Example(
        "Softmax output, squared error",
        "The same network with a loss that does not cancel: every entry of the Jacobian counts.",
        _arms("mse"),
    ),
    "saturated": Example(
        "A saturated layer: tanh in its tails",
        "Click a weight of layer 1: one of its three factors is almost nothing. Which?",
        _xor(Layer(3, "tanh", gain=6.0), Layer(2, "tanh"), _BINARY_HEAD, loss="bce", seed=0),
    ),
    "dead": Example(
        "Dead ReLUs: no way back",
        "Click a weight of layer 1: the factor that is 0 sits in another layer.",
        _xor(_TANHS, Layer(2, "relu", bias=-4.0), _BINARY_HEAD, loss="bce", seed=0),
    ),
    "surrogate": Example(
        "A step function with sigmoid's slope",
        "The step has no slope, so equation 2 takes g = σ′ instead. Then look at the finite differences below.",
        _xor(Layer(3, "step", backward="sigmoid"), _BINARY_HEAD, loss="bce", seed=3),
    ),
}
DEFAULT = "mixed"
