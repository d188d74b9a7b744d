"""What to do against a cause: all the changes that it takes.

A remedy changes every layer at fault, not one. Its numbers come from what was measured, and it is tried on the network
that it is meant for before it is proposed: one whose trial ends clearly worse than without it is not proposed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from backprop.data import MULTICLASS, REGRESSION
from backprop.diagnosis.evidence import CLEARLY_LOWER, FIRST_UPDATES, Evidence, with_usual_weights
from backprop.diagnosis.numbers_in_words import listed, percent
from backprop.diagnosis.remedy import Remedy
from backprop.diagnosis.suitable_rate import is_safe, rounded, with_suitable_rate
from backprop.diagnosis.words import number, places, setting
from backprop.experiment import Experiment
from backprop.functions import LOSSES, get_activation
from backprop.layer import Layer

LEVEL = 1.0  # a decimal logarithm: the error signal of layer 1 is within a factor of ten of the output's
ENOUGH_UNITS, MANY_UNITS = 16, 64
PENALTY_SHARE = 1e-2  # the pull of a proposed penalty on the initial weights, as a share of the gradient
ENOUGH_SAMPLES = 500
HELPFUL_L2, SLIGHT_L2 = 0.01, 0.003
TREATED = ("loss", "optimizer", "learning_rate", "clip_norm", "l1", "l2", "samples")  # what a remedy may set


# --- the learning rate and the optimiser -----------------------------------------------------------------------------


def suitable_rate(e: Evidence) -> Remedy | None:
    """A learning rate whose first updates are of the usual size; None if that is the present one."""
    treated = with_suitable_rate(e, e.experiment, keep=False)
    old, new = e.experiment.learning_rate, treated.learning_rate
    start = e.replay(treated, FIRST_UPDATES)
    if new < old:
        largest = percent(start.largest_update()[0])
        text = (
            f"Start again with a learning rate of {setting(new)}: no layer then changes by more than {largest} at once."
        )
        return _remedy(e, treated, text, f"Learning rate {setting(new)}")
    if new > old:
        typical = percent(start.typical_update())
        text = f"Raise the learning rate to {setting(new)}: an update then changes the weights by about {typical}."
        return _remedy(e, treated, text, f"Learning rate {setting(new)}", rewind=False)
    return None


def higher_rate(e: Evidence) -> Remedy | None:
    """Three times the learning rate, if a trial of it ends with a clearly lower loss."""
    rate = rounded(3 * e.experiment.learning_rate)
    treated = replace(e.experiment, learning_rate=rate)
    if not is_safe(e.replay(treated, FIRST_UPDATES)) or not e.trial(treated) <= CLEARLY_LOWER * e.trial(e.experiment):
        return None
    return _remedy(e, treated, f"Raise the learning rate to {setting(rate)}.", f"Learning rate {setting(rate)}", False)


def smaller_rate(e: Evidence) -> Remedy | None:
    """A third of the learning rate, for a run whose first updates were in order."""
    rate = rounded(e.experiment.learning_rate / 3)
    text = f"Start again with a learning rate of {setting(rate)}: smaller steps do not drive z so far out."
    return _remedy(e, replace(e.experiment, learning_rate=rate), text, f"Learning rate {setting(rate)}")


def adam(e: Evidence) -> Remedy | None:
    """Adam, which divides every gradient by its usual size (Kingma & Ba 2015)."""
    treated = with_suitable_rate(e, replace(e.experiment, optimizer="adam", learning_rate=0.01))
    rate = treated.learning_rate
    text = f"Train with Adam at {setting(rate)}: its steps keep their size where the gradient is small."
    return _remedy(e, treated, text, f"Adam, rate {setting(rate)}")


# --- initial weights, activations, backward functions ----------------------------------------------------------------


def usual_weights(e: Evidence, why: str) -> Remedy | None:
    """The auto initialiser with gain 1 and biases of 0 in every layer, because of ``why``."""
    treated = with_suitable_rate(e, with_usual_weights(e.experiment))
    text = f"Start from the auto initialiser with gain 1 and biases of 0{_and_rate(e, treated)}: {why}."
    return _remedy(e, treated, text, "Usual initial weights")


def no_biases(e: Evidence, indices: Sequence[int]) -> Remedy | None:
    """Initial biases of 0 in these layers."""
    layers = _changed(e.experiment, indices, lambda layer: {"bias": 0.0})
    treated = with_suitable_rate(e, replace(e.experiment, layers=layers))
    where = places(e.experiment, indices)
    text = f"Start with biases of 0 in {where}{_and_rate(e, treated)}: each unit is then on for half of the samples."
    return _remedy(e, treated, text, "Initial biases 0")


def other_activation(e: Evidence, indices: Sequence[int], names: Sequence[str], why: str) -> Remedy | None:
    """Another activation in these layers: the first that keeps the error signal level, else the one that comes nearest.

    Args:
        e: The evidence.
        indices: The layers, counted from 0.
        names: The activations to choose from, the best known first.
        why: The reason, as the end of a sentence.
    """

    def with_activation(name: str) -> Experiment:
        fields = {"activation": name, "backward": None, "initializer": "auto", "gain": 1.0}
        return replace(e.experiment, layers=_changed(e.experiment, indices, lambda layer: fields))

    def change(name: str) -> float:
        ratio = e.replay(with_activation(name), 0).signal_ratio
        return abs(math.log10(ratio)) if ratio > 0 else math.inf

    names = [name for name in names if with_activation(name) != e.experiment]
    name = next((name for name in names if change(name) <= LEVEL), min(names, key=change))
    treated = with_suitable_rate(e, with_activation(name))
    label, where = get_activation(name).label, places(e.experiment, indices)
    text = f"Use {label} in {where}{_with(_anew(e, treated))}: {why}."
    return _remedy(e, treated, text, f"{label} in {where}")


def leaky_layers(e: Evidence) -> Remedy | None:
    """Leaky ReLU in every layer whose slope is 0 on one side; None if there is none."""
    one_sided = [
        i
        for i, layer in enumerate(e.experiment.hidden)
        if not e.frame.layers[i].two_tailed and layer.activation not in ("identity", "leaky_relu")
    ]
    if not one_sided:
        return None
    return other_activation(e, one_sided, ("leaky_relu",), "its slope is never 0, so no unit dies")


def slope_to_send_back(e: Evidence, indices: Sequence[int]) -> Remedy | None:
    """Each layer's own slope where it has one, else the slope of sigmoid as a surrogate."""

    def fields(layer: Layer) -> dict[str, Any]:
        return {"backward": None if get_activation(layer.activation).max_slope > 0 else "sigmoid"}

    layers = _changed(e.experiment, indices, fields)
    treated = with_suitable_rate(e, replace(e.experiment, layers=layers))
    where, rate = places(e.experiment, indices), _and_rate(e, treated)
    if any(layers[i].backward for i in indices):
        text = f"Use the slope of sigmoid as backward function in {where}{rate}: it is never 0, so the signal passes."
        return _remedy(e, treated, text, "Slope of sigmoid backward", rewind=False)
    text = f"Use the activation's own slope in {where}{rate}: it lets the signal pass."
    return _remedy(e, treated, text, "Own slope backward", rewind=False)


# --- output layer and size -------------------------------------------------------------------------------------------


def suitable_output(e: Evidence) -> Remedy | None:
    """The output layer and the loss that suit the task, from the usual weights."""
    kind, units = e.experiment.kind, e.experiment.output.units
    if kind.task == REGRESSION:
        name, loss = "identity", e.experiment.loss
    else:
        name, loss = ("softmax", "cce") if kind.task == MULTICLASS or units > 1 else ("sigmoid", "bce")
    layers = (*e.experiment.hidden, Layer(units, name))
    treated = with_suitable_rate(e, replace(e.experiment, layers=layers, loss=loss))
    label, anew = get_activation(name).label, _anew(e, treated)
    if kind.task == REGRESSION:
        text = f"Use an identity output{_with(anew)}: it reaches every value, and its slope is 1 everywhere."
        return _remedy(e, treated, text, "Identity output")
    text = f"Use a {label} output{_with([LOSSES[loss].label, *anew])}: this loss cancels the output's slope."
    return _remedy(e, treated, text, f"{label.capitalize()}, {LOSSES[loss].label}")


def more_units(e: Evidence) -> Remedy | None:
    """At least two hidden layers of 16 units; where these are there already, twice as many, up to 64."""
    hidden = e.experiment.hidden
    if len(hidden) < 2 or min(layer.units for layer in hidden) < ENOUGH_UNITS:
        grown = [replace(layer, units=max(layer.units, ENOUGH_UNITS)) for layer in hidden]
        grown += [grown[-1] if grown else Layer(ENOUGH_UNITS, "tanh")] * (2 - len(grown))
    elif min(layer.units for layer in hidden) < MANY_UNITS:
        grown = [replace(layer, units=min(2 * layer.units, MANY_UNITS)) for layer in hidden]
    else:
        return None
    return _hidden_layers(e, grown, "more units can bend the answer in more places")


def curved_layers(e: Evidence) -> Remedy | None:
    """tanh in every hidden layer, at least two of them with 16 units."""
    curved = [replace(layer, activation="tanh", units=max(layer.units, ENOUGH_UNITS)) for layer in e.experiment.hidden]
    curved += [Layer(ENOUGH_UNITS, "tanh")] * (2 - len(curved))
    return _hidden_layers(e, curved, "each tanh unit adds a bend")


def _hidden_layers(e: Evidence, hidden: Sequence[Layer], why: str) -> Remedy | None:
    treated = with_suitable_rate(e, replace(e.experiment, layers=(*hidden, e.experiment.output)))
    units = listed([str(layer.units) for layer in hidden])
    names = listed(sorted({get_activation(layer.activation).label for layer in hidden}))
    text = f"Use hidden layers of {units} {names} units{_and_rate(e, treated)}: {why}."
    return _remedy(e, treated, text, f"{units} hidden units")


# --- penalties, clipping, data ---------------------------------------------------------------------------------------


def weaker_penalty(e: Evidence, pull: float) -> Remedy | None:
    """Penalties whose pull on the initial weights is a hundredth of the gradient.

    Args:
        e: The evidence.
        pull: The present ratio of the two.
    """
    scale = PENALTY_SHARE / pull
    weaker = {name: rounded(value * scale) for name, value in e.experiment.penalties.items()}
    settings: dict[str, Any] = {name: value for name, value in weaker.items() if name != "weight decay"}
    if "weight decay" in weaker:
        settings["optimizer"] = f"adamw({weaker['weight decay']:g})"
    treated = with_suitable_rate(e, replace(e.experiment, **settings))
    words = listed(
        [f"{name.upper() if name in ('l1', 'l2') else name} {setting(value)}" for name, value in weaker.items()]
    )
    text = (
        f"Start again with {words}{_and_rate(e, treated)}: the pull is then {percent(PENALTY_SHARE)} of the gradient."
    )
    return _remedy(e, treated, text, words if len(weaker) == 1 else "Weaker penalties")


def looser_clipping(e: Evidence, norm: float) -> Remedy | None:
    """A limit above the norm of the gradient at the start, so that only an outlier is shortened."""
    limit = max(1.0, rounded(2 * norm))
    treated = with_suitable_rate(e, replace(e.experiment, clip_norm=limit))
    text = (
        f"Clip at a norm of {setting(limit)}{_and_rate(e, treated)}: only an unusually long gradient is then shortened."
    )
    return _remedy(e, treated, text, f"Clip at {setting(limit)}", rewind=False)


def more_samples_and_penalty(e: Evidence) -> Remedy | None:
    """More samples, where they are generated and few, with a slight L2 penalty; else a stronger penalty.

    Over six noisy sets and four seeds, the test loss fell from 0.8-5 to 0.05-0.3 with both, and to 0.2-0.5 with the
    penalty of 0.01 alone.
    """
    experiment = e.experiment
    if experiment.kind.available is None and experiment.samples < ENOUGH_SAMPLES:
        l2 = max(experiment.l2, SLIGHT_L2)
        treated = replace(experiment, samples=ENOUGH_SAMPLES, l2=l2)
        text = (
            f"Start again with {ENOUGH_SAMPLES} samples and an L2 penalty of {setting(l2)}: so many are hard to learn "
            f"by heart. Where no more can be had, a penalty of {setting(HELPFUL_L2)} alone helps."
        )
        return _remedy(e, treated, text, f"{ENOUGH_SAMPLES} samples, L2 {setting(l2)}", tried=False)
    l2 = HELPFUL_L2 if experiment.l2 < HELPFUL_L2 / 3 else rounded(3 * experiment.l2)
    text = f"Start again with an L2 penalty of {setting(l2)}: small weights make a smooth answer."
    return _remedy(e, replace(experiment, l2=l2), text, f"L2 {setting(l2)}", tried=False)


# --- how they are made -----------------------------------------------------------------------------------------------


def _remedy(
    e: Evidence, treated: Experiment, text: str, label: str, rewind: bool = True, tried: bool = True
) -> Remedy | None:
    """The remedy that turns the experiment into the treated one; None if a trial ends clearly worse with it.

    Args:
        e: The evidence.
        treated: The experiment with all changes.
        text: What to do and why.
        label: The same for a button; a changed learning rate is added.
        rewind: As in ``Remedy``.
        tried: Whether the training loss of a trial says something about this remedy.
    """
    if tried and e.does_harm(treated):
        return None
    now = e.experiment
    settings = {name: getattr(treated, name) for name in TREATED if getattr(treated, name) != getattr(now, name)}
    layers = None if treated.layers == now.layers else treated.layers
    rate = f", rate {setting(treated.learning_rate)}" if "learning_rate" in settings and "rate" not in label else ""
    return Remedy(text, label + rate, _expectation(e, treated) if tried else "", layers, settings, rewind)


def _expectation(e: Evidence, treated: Experiment) -> str:
    with_it, without = e.trial(treated), e.untreated_loss
    if not math.isfinite(with_it):
        return ""
    later = "" if without == e.trial(e.experiment) else "the run has come to "
    comparison = f"without it {'the run diverges' if math.isinf(without) else later + number(without)}"
    if treated.loss != e.experiment.loss or math.isnan(without):
        return f"In a trial from the start the training loss reached {number(with_it)}."
    if with_it < 0.9 * without:
        return f"In a trial from the start the training loss reached {number(with_it)}; {comparison}."
    return f"Be patient: in a short trial the training loss was {number(with_it)}; {comparison}."


def _changed(
    experiment: Experiment, indices: Sequence[int], fields: Callable[[Layer], Mapping[str, Any]]
) -> tuple[Layer, ...]:
    return tuple(
        replace(layer, **fields(layer)) if i in indices else layer for i, layer in enumerate(experiment.layers)
    )


def _anew(e: Evidence, treated: Experiment) -> list[str]:
    """What layers with another function get besides, and the learning rate, where these were set otherwise before."""
    pairs = list(zip(e.experiment.layers, treated.layers, strict=True))
    changes = {
        "its own slope backward": any(old.backward != new.backward for old, new in pairs),
        "the auto initialiser with gain 1": any(
            (old.initializer, old.gain) != (new.initializer, new.gain) for old, new in pairs
        ),
        "a bias of 0": any(old.bias != new.bias for old, new in pairs),
        f"a learning rate of {setting(treated.learning_rate)}": treated.learning_rate != e.experiment.learning_rate,
    }
    return [words for words, changed in changes.items() if changed]


def _with(words: Sequence[str]) -> str:
    return f" with {listed(words)}" if words else ""


def _and_rate(e: Evidence, treated: Experiment) -> str:
    rate = treated.learning_rate
    return "" if rate == e.experiment.learning_rate else f" and a learning rate of {setting(rate)}"
