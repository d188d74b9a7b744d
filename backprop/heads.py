"""The output layer and its loss: which pairs make sense, and which one is usual for a task."""

from __future__ import annotations

from backprop.data import BINARY, MULTICLASS, REGRESSION, DatasetKind
from backprop.errors import SpecError
from backprop.functions import LOSSES, Loss, get_activation, get_loss
from backprop.layer import Layer


def natural_head(kind: DatasetKind) -> tuple[Layer, str]:
    """The usual output layer and loss of a task."""
    if kind.task == REGRESSION:
        return Layer(1, "identity"), "mse"
    if kind.task == BINARY:
        return Layer(1, "sigmoid"), "bce"
    return Layer(len(kind.classes), "softmax"), "cce"


def check_head(output: Layer, loss: str) -> None:
    """Refuse an output layer on which the loss is not defined. SpecError says why and what to do."""
    entry = get_loss(loss)
    name = output.activation
    label = get_activation(name).label
    low, high = get_activation(name).range
    if entry.needs == "distribution" and name != "softmax":
        raise SpecError(
            "loss",
            f"{entry.label} needs outputs that sum to 1: make the output layer softmax (it is {label}) or choose mean "
            "squared error",
        )
    if entry.needs == "probabilities" and name == "softmax":
        raise SpecError(
            "loss",
            f"{entry.label} takes each output as a separate yes or no: with a softmax output choose categorical "
            "cross-entropy, or make the output layer sigmoid",
        )
    if entry.needs == "probabilities" and not (low >= 0.0 and high <= 1.0):
        raise SpecError(
            "loss",
            f"{entry.label} needs an output between 0 and 1, such as sigmoid; this output layer is {label}",
        )
    if entry.needs == "signs" and not (low <= -1.0 and high >= 1.0):
        raise SpecError(
            "loss",
            f"{entry.label} compares with −1 and +1, and {label} lies between {_shown(low)} and {_shown(high)}: make "
            "the output layer identity or tanh, or choose mean squared error",
        )
    if name == "softmax" and output.units < 2:
        raise SpecError("layers", "a softmax of one unit is always 1: give it one unit per class, or use sigmoid")


def check_outputs(kind: DatasetKind, output: Layer, loss: str) -> None:
    """Refuse an output layer or a loss that does not fit the task of the data. SpecError says why and what to do."""
    wanted = len(kind.classes) if kind.task == MULTICLASS else 1
    pair = output.activation == "softmax" and kind.task == BINARY and output.units == 2
    if output.units != wanted and not pair:
        raise SpecError("layers", _wrong_units(kind, wanted, output.units, output.activation))
    entry = get_loss(loss)
    if kind.task == REGRESSION and not compares_values(entry):
        options = [other.label for other in LOSSES.values() if compares_values(other)]
        raise SpecError(
            "loss",
            f"{entry.label} compares classes; {kind.label} has values, so choose {', '.join(options[:-1])} or "
            f"{options[-1]}",
        )


def compares_values(loss: Loss) -> bool:
    """Whether the loss accepts any outputs and targets, as regression needs."""
    return loss.needs == "any"


def _shown(value: float) -> str:
    return f"{value:.2g}".replace("-", "−").replace("inf", "∞")


def _wrong_units(kind: DatasetKind, wanted: int, units: int, activation: str) -> str:
    if kind.task == MULTICLASS:
        return f"{kind.label} has {wanted} classes, so the output layer needs {wanted} units, not {units}"
    if kind.task == BINARY:
        also = ", or a softmax output two" if activation == "softmax" else ""
        return f"{kind.label} has two classes, so the output layer needs 1 unit{also}, not {units}"
    return f"{kind.label} has one value to predict, so the output layer needs 1 unit, not {units}"
