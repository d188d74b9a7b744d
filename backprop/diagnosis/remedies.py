"""What to try against a finding: one change that suits the experiment, in words and as data.

A remedy never proposes a setting that the experiment already has.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from backprop.data import MULTICLASS, REGRESSION
from backprop.experiment import Experiment
from backprop.functions import AUTO, LOSSES, get_activation, get_backward, resolve_initializer
from backprop.layer import Layer

LARGEST_SENSIBLE_RATE = 1.0  # a learning rate far above this is lowered to it, because a third would not help
LARGEST_GAIN = 1000.0
# With these optimisers a longer gradient makes a longer step; the others divide by the size of the gradient.
_STEP_GROWS_WITH_GRADIENT = ("sgd", "momentum", "nesterov")


@dataclass(frozen=True)
class Remedy:
    """One change to try.

    Attributes:
        text: What to try and why, as a sentence.
        label: The same in a few words, for a button.
        layer: Index of the layer to change, counted from 0; None if no layer changes.
        layer_settings: Fields of ``Layer`` with their new values.
        settings: Fields of ``Experiment`` with their new values.
        rewind: Whether the run should start again from the initial weights with this change.
    """

    text: str
    label: str
    layer: int | None = None
    layer_settings: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    rewind: bool = False

    def applied_to(self, experiment: Experiment) -> Experiment:
        """The experiment with this change."""
        layers = [
            replace(layer, **self.layer_settings) if index == self.layer else layer
            for index, layer in enumerate(experiment.layers)
        ]
        return replace(experiment, layers=tuple(layers), **self.settings)


# --- remedies, named after the fault ---------------------------------------------------------------------------------


def vanishing(experiment: Experiment, index: int, part: str) -> Remedy | None:
    """The remedy for an error signal that vanishes on its way back.

    Args:
        experiment: The experiment at fault.
        index: Index of the hidden layer, counted from 0, whose slope or whose weights to the next layer pass the least.
        part: ``"slope"`` or ``"weights"``.
    """
    if part == "weights":
        layer = experiment.layers[index + 1]
        if has_auto_weights(layer) and layer.gain >= 1:
            return _gain(experiment, index + 1, 2 * layer.gain, "larger")
        return _auto_weights(experiment, index + 1)
    layer = experiment.layers[index]
    if has_no_slope(layer) or layer.backward is not None:
        return _other_slope(experiment, index)
    own = get_activation(layer.activation)
    if (own.two_tailed and own.max_slope < 1) or own.name.partition("(")[0] == "leaky_relu":
        return _activation(experiment, index, "tanh", "near 0 its slope is close to 1")
    if own.two_tailed:
        return _activation(experiment, index, "relu", "its slope is 1 for every positive input")
    return _activation(experiment, index, "leaky_relu", "its slope is never 0")


def exploding(experiment: Experiment, index: int, part: str, at_start: bool) -> Remedy | None:
    """The remedy for an error signal that explodes on its way back.

    Args:
        experiment: The experiment at fault.
        index: Index of the hidden layer, counted from 0, whose slope or whose weights to the next layer pass the most.
        part: ``"slope"`` or ``"weights"``.
        at_start: Whether the weights are still the initial ones.
    """
    if part == "slope":
        if experiment.layers[index].backward is not None:
            return _other_slope(experiment, index, steepest=1.0)
        return _activation(experiment, index, "tanh", "its slope is never above 1")
    layer = experiment.layers[index + 1]
    if not has_auto_weights(layer) or layer.gain > 1:
        return _auto_weights(experiment, index + 1)
    if at_start:
        return _gain(experiment, index + 1, layer.gain / 2, "smaller")
    clipped = 0 < experiment.clip_norm <= 1
    if clipped or experiment.optimizer.partition("(")[0] not in _STEP_GROWS_WITH_GRADIENT:
        return lower_rate(experiment, rewind=True)
    return Remedy(
        "Try clipping the gradient at norm 1 from the start: then no update uses a longer gradient.",
        "Clip the gradient at norm 1 from the start",
        settings={"clip_norm": 1.0},
        rewind=True,
    )


def dead(experiment: Experiment, index: int, at_start: bool) -> Remedy | None:
    """The remedy for dead units in layer ``index`` + 1; ``at_start`` as for ``exploding``."""
    layer = experiment.layers[index]
    if has_no_slope(layer) or layer.backward is not None:
        return _other_slope(experiment, index)
    if get_activation(layer.activation).two_tailed:
        return saturated(experiment, index, at_start)
    if layer.bias < 0:
        return _no_bias(experiment, index)
    return _activation(experiment, index, "leaky_relu", "its slope is never 0")


def saturated(experiment: Experiment, index: int, at_start: bool) -> Remedy | None:
    """The remedy for saturated or frozen units in layer ``index`` + 1; ``at_start`` as for ``exploding``."""
    layer = experiment.layers[index]
    if not has_auto_weights(layer) or layer.gain > 1 or layer.gain == 0:
        return _auto_weights(experiment, index)
    if layer.bias:
        return _no_bias(experiment, index)
    if at_start:
        return _gain(experiment, index, layer.gain / 2, "smaller")
    return lower_rate(experiment, rewind=True)


def diverged(experiment: Experiment, at_start: bool) -> Remedy | None:
    """The remedy for a run that diverged; ``at_start`` as for ``exploding``."""
    suspects = [i for i, layer in enumerate(experiment.layers) if not has_auto_weights(layer) or layer.gain > 1]
    if at_start and suspects:
        return _auto_weights(experiment, suspects[0])
    return lower_rate(experiment, rewind=True)


def flat_output(experiment: Experiment) -> Remedy:
    """The remedy for an output whose flat slope stops the error signal: an output layer and loss that suit the task."""
    last, kind = len(experiment.layers) - 1, experiment.kind
    if kind.task == REGRESSION:
        return Remedy(
            "Try an identity output: its slope is 1 everywhere.",
            "Identity output",
            last,
            {"activation": "identity", "backward": None},
        )
    softmax = kind.task == MULTICLASS or experiment.output.units > 1
    activation, loss = ("softmax", "cce") if softmax else ("sigmoid", "bce")
    return Remedy(
        f"Try a {activation} output with {LOSSES[loss].label}: with this pair the output's slope cancels out.",
        f"{activation.capitalize()} output, {LOSSES[loss].label}",
        last,
        {"activation": activation, "backward": None},
        {"loss": loss},
    )


def lower_rate(experiment: Experiment, rewind: bool = False) -> Remedy | None:
    """A third of the learning rate, at most 1."""
    return _learning_rate(min(experiment.learning_rate / 3, LARGEST_SENSIBLE_RATE), "smaller", rewind)


def higher_rate(experiment: Experiment) -> Remedy | None:
    """Three times the learning rate."""
    return _learning_rate(3 * experiment.learning_rate, "larger", rewind=False)


def has_no_slope(layer: Layer) -> bool:
    """Whether the slope of the backward pass is 0 everywhere, as for step, sign and the backward function zero."""
    slope = get_activation(layer.activation) if layer.backward is None else get_backward(layer.backward)
    return slope.max_slope == 0


def has_auto_weights(layer: Layer) -> bool:
    """Whether the initial weights, apart from the gain, are those that the auto initialiser draws."""
    auto = resolve_initializer(AUTO, layer.activation)
    return resolve_initializer(layer.initializer, layer.activation).name == auto.name


# --- the changes that remedies are made of ---------------------------------------------------------------------------


def _activation(experiment: Experiment, index: int, name: str, why: str) -> Remedy:
    proposal = f"Try {get_activation(name).label} in {_place(experiment, index)}"
    return Remedy(f"{proposal}: {why}.", proposal, index, {"activation": name})


def _other_slope(experiment: Experiment, index: int, steepest: float = math.inf) -> Remedy:
    """The layer's own slope, or a surrogate that is never 0 if the own one is in use, too steep or 0 everywhere."""
    layer, place = experiment.layers[index], _place(experiment, index)
    own = get_activation(layer.activation)
    if layer.backward is not None and 0 < own.max_slope <= steepest:
        text = f"Try the slope of {own.label} itself as the backward function of {place}."
        return Remedy(text, f"Own slope in {place}", index, {"backward": None})
    if layer.backward == "sigmoid":
        text = f"Try straight-through as the backward function of {place}: its slope is 1 everywhere."
        return Remedy(text, f"Straight-through in {place}", index, {"backward": "straight_through"})
    text = f"Try the slope of sigmoid as the backward function of {place}: it is never 0 and at most ¼."
    return Remedy(text, f"Slope of sigmoid in {place}", index, {"backward": "sigmoid"})


def _auto_weights(experiment: Experiment, index: int) -> Remedy:
    place = _place(experiment, index)
    return Remedy(
        f"Try the auto initialiser with gain 1 in {place}: it preserves the size of the signal.",
        f"Auto weights, gain 1 in {place}",
        index,
        {"initializer": AUTO, "gain": 1.0},
    )


def _gain(experiment: Experiment, index: int, gain: float, size: str) -> Remedy | None:
    gain, place = float(f"{min(gain, LARGEST_GAIN):.2g}"), _place(experiment, index)
    if gain == experiment.layers[index].gain:
        return None
    text = f"Try a gain of {gain:g} in {place}, for {size} initial weights."
    return Remedy(text, f"Gain {gain:g} in {place}", index, {"gain": gain})


def _no_bias(experiment: Experiment, index: int) -> Remedy:
    place = _place(experiment, index)
    return Remedy(f"Try initial biases of 0 in {place}.", f"Initial biases 0 in {place}", index, {"bias": 0.0})


def _learning_rate(rate: float, size: str, rewind: bool) -> Remedy | None:
    rate = float(f"{rate:.2g}")
    if not 0 < rate < math.inf:
        return None
    text = f"Try a {size} learning rate of {rate:g}{' from the start' if rewind else ''}."
    label = f"Learning rate {rate:g}{' from the start' if rewind else ''}"
    return Remedy(text, label, settings={"learning_rate": rate}, rewind=rewind)


def _place(experiment: Experiment, index: int) -> str:
    return "the output layer" if index == len(experiment.layers) - 1 else f"layer {index + 1}"
