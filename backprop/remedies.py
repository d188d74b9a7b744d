"""What to try against a finding, in one sentence that fits the layer: never what it has already."""

from __future__ import annotations

from collections.abc import Sequence

from backprop.activations import get_activation
from backprop.backward import get_backward
from backprop.initializers import AUTO
from backprop.layer import Layer

CANCELLING_LOSS = "Try binary cross-entropy with a sigmoid output, or categorical cross-entropy with softmax."
OUTPUT_WITHOUT_SLOPE = "Try a sigmoid output, or give the output another backward function."


def vanishing(layers: Sequence[Layer], index: int, part: str) -> str:
    """Against a signal that is lost on the way.

    Args:
        layers: The stack.
        index: The hidden layer whose slope, or whose weights towards the output, pass least; from 0.
        part: ``"slope"`` or ``"weights"``.
    """
    if part == "weights":
        return _larger_weights(layers[index + 1], index + 2)
    layer, j = layers[index], index + 1
    if has_no_slope(layer):
        name = _slope_label(layer)
        return f"{name[:1].upper()}{name[1:]} has no slope: {_other_backward(j)}"
    if layer.backward is not None:
        return f"Try the layer's own slope as backward function in layer {j}, or a wider one."
    return f"Try {_wider_activation(layer)} in layer {j}."


def exploding(layers: Sequence[Layer], index: int) -> str:
    """Against a signal that grows on the way; most of all by the weights from layer ``index`` + 1 on."""
    layer, j = layers[index + 1], index + 2
    if layer.initializer != AUTO or layer.gain > 1:
        return f"Try the auto initialiser with gain 1 in layer {j} and its like."
    return "Try a lower learning rate from the start, or clip the gradient."


def dead(layers: Sequence[Layer], index: int, at_start: bool) -> str:
    """Against units without any slope in layer ``index`` + 1."""
    layer, j = layers[index], index + 1
    if has_no_slope(layer):
        return _other_backward(j).capitalize()
    if layer.backward is not None:
        return f"Try a backward function with wider tails in layer {j}, such as sigmoid."
    if get_activation(layer.activation).two_tailed:
        return saturated(at_start)
    if layer.bias < 0:
        return f"Try a bias of 0 at the start of layer {j}, or leaky ReLU there."
    return f"Try leaky ReLU in layer {j}, or {'another seed' if at_start else 'rewind with a lower learning rate'}."


def saturated(at_start: bool) -> str:
    """Against units that are stuck in their tails."""
    if at_start:
        return "Try smaller initial weights, such as the auto initialiser draws."
    return "Try a lower learning rate from the start, smaller initial weights, or another activation."


def has_no_slope(layer: Layer) -> bool:
    """Whether the backward pass multiplies by 0 everywhere: behind a step or a sign, or because it was told to."""
    slope = get_activation(layer.activation) if layer.backward is None else get_backward(layer.backward)
    return slope.max_slope == 0


def _other_backward(j: int) -> str:
    return f"give layer {j} another backward function, such as sigmoid."


def _slope_label(layer: Layer) -> str:
    return get_activation(layer.activation).label if layer.backward is None else get_backward(layer.backward).label


def _wider_activation(layer: Layer) -> str:
    """What passes more than the present activation does."""
    activation = get_activation(layer.activation)
    if not activation.two_tailed:
        return "leaky ReLU" if activation.name.split("(")[0] != "leaky_relu" else "tanh"
    return "ReLU" if activation.max_slope >= 1 else "tanh or ReLU"


def _larger_weights(layer: Layer, j: int) -> str:
    if layer.initializer != AUTO or layer.gain < 1:
        return f"Try the auto initialiser with gain 1 in layer {j}."
    return f"Try the orthogonal initialiser or a gain above 1 in layer {j} and its like, or fewer layers."
