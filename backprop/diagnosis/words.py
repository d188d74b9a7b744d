"""How findings name layers, functions, numbers and scores."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from backprop.data import REGRESSION
from backprop.diagnosis.numbers_in_words import factor, listed, percent
from backprop.experiment import Experiment
from backprop.functions import get_activation, get_backward
from backprop.layer import Layer


def places(experiment: Experiment, indices: Sequence[int]) -> str:
    """``"layer 2"``, ``"layers 1 and 3"``, ``"all 5 hidden layers"``, ``"the output layer"``; counted from 0."""
    hidden = [i for i in indices if i < len(experiment.hidden)]
    words = []
    if len(hidden) > 2 and len(hidden) == len(experiment.hidden):
        words.append(f"all {len(hidden)} hidden layers")
    elif hidden:
        words.append(f"layer{'s' if len(hidden) > 1 else ''} {listed([str(i + 1) for i in hidden])}")
    if len(hidden) < len(indices):
        words.append("the output layer")
    return " and ".join(words)


def place(experiment: Experiment, index: int) -> str:
    """``"layer 2"`` or ``"the output layer"``; counted from 0."""
    return places(experiment, [index])


def label(layer: Layer) -> str:
    """The name of a layer's activation."""
    return get_activation(layer.activation).label


def backward_note(layer: Layer) -> str:
    """`` (backward: straight-through)``, or nothing for a layer with its own slope."""
    return "" if layer.backward is None else f" (backward: {get_backward(layer.backward).label})"


def numbers(indices: Iterable[int]) -> tuple[int, ...]:
    """Layers counted from 1."""
    return tuple(i + 1 for i in indices)


def number(value: float) -> str:
    """A number with two significant digits, or as a whole from 100 on, with a true minus sign: ``"3.2e−5"``."""
    shown = f"{value:.2g}" if abs(value) < 100 else f"{value:,.0f}" if abs(value) < 1e9 else f"{value:.1e}"
    return shown.replace("e-0", "e-").replace("e+", "e").replace("-", "−")


def setting(value: float) -> str:
    """A value as it is entered, such as ``"0.05"`` or ``"1e−5"``."""
    return f"{value:g}".replace("e-0", "e-").replace("e+0", "e").replace("-", "−")


def size(ratio: float) -> str:
    """``"30 times"`` or ``"3.3 % of"``."""
    return f"{factor(ratio)} times" if ratio >= 1 else f"{percent(ratio)} of"


def scored(experiment: Experiment, score: float) -> str:
    """What a score says, as a verb phrase: ``"classifies 58 % of the samples correctly"``."""
    if experiment.kind.task == REGRESSION:
        return f"explains {percent(max(score, 0.0))} of the variance"
    return f"classifies {percent(score)} of the samples correctly"


def points(share: float) -> str:
    """A difference of scores, such as ``"5 points"`` of a hundred."""
    return f"{100 * share:g} points"
