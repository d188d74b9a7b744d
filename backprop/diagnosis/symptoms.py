"""What one moment shows: how far the error signal gets, and which units are dead, frozen or saturated.

These are observations. Whether one of them is the cause of a failure, follows from another cause, or does no harm in a
network that learns, is for ``causes/`` and ``verdicts.py`` to say.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from backprop.diagnosis.causes import EXPLODING, HALF, VANISHING
from backprop.diagnosis.frame import Frame
from backprop.diagnosis.layer_diagnostics import FLAT_THRESHOLD, Budget, budgets, signal_ratio
from backprop.diagnosis.numbers_in_words import amount, factor, listed, percent
from backprop.diagnosis.verdict import FAULT, GOOD, WARNING, Verdict
from backprop.diagnosis.words import backward_note, label, numbers, place
from backprop.experiment import Experiment
from backprop.layer import Layer


def diagnose(frame: Frame, experiment: Experiment, n_train: int) -> list[Verdict]:
    """Everything that a moment shows: a divergence, then the flow of the error signal, then the units.

    Args:
        frame: The moment.
        experiment: The experiment that it belongs to.
        n_train: Number of training samples, which the sentences mention.
    """
    return [
        *_diverged(frame),
        _flow(frame, experiment),
        *_dead(frame, experiment, n_train),
        *_frozen(frame, experiment, n_train),
        *_saturated(frame, experiment),
    ]


def _diverged(frame: Frame) -> Iterator[Verdict]:
    if frame.diverged:
        layers = (frame.diverged.layer,) if frame.diverged.layer else ()
        text = frame.diverged.sentence
        yield Verdict(FAULT, "diverged", "The run diverged", text, layers, value=math.inf, threshold=math.inf)


# --- the flow of the error signal ------------------------------------------------------------------------------------


def _flow(frame: Frame, experiment: Experiment) -> Verdict:
    """How much of the output's error signal reaches layer 1, what slopes and weights do to it, and where the most."""
    layers, ratio = experiment.layers, signal_ratio(frame.layers)
    if len(layers) == 1:
        text = "The network has only one layer: the error signal has no layers to cross, so it cannot vanish."
        return Verdict(GOOD, "healthy", "Signal reaches every layer", text, value=1.0, threshold=VANISHING)
    if math.isnan(ratio):
        return _silent_output(frame, experiment)
    parts = budgets(frame.layers)
    slopes, weights = _product(part.slope for part in parts), _product(part.weights for part in parts)
    arrival = f"Layer 1 receives {amount(ratio)} the output's error signal"
    together = f"the slopes together pass {percent(slopes)} of it, and the weights multiply it by {factor(weights)}"
    if VANISHING <= ratio <= EXPLODING:
        index = _extreme_layer(parts, "slope", min)
        text = f"{arrival}: {together}. {_contribution(layers, parts, index, 'slope')}."
        return Verdict(
            GOOD, "healthy", "Signal reaches every layer", text, (index + 1,), value=ratio, threshold=VANISHING
        )
    if ratio < VANISHING:
        kind, heading, choose, threshold = "vanishing", "Vanishing gradient", min, VANISHING
        part = "slope" if slopes <= weights else "weights"
    else:
        kind, heading, choose, threshold = "exploding", "Exploding gradient", max, EXPLODING
        part = "slope" if slopes >= weights else "weights"
    index = _extreme_layer(parts, part, choose)
    most = _contribution(layers, parts, index, part, kind == "exploding")
    text = f"{arrival}. {together[0].upper()}{together[1:]}. {most}."
    return Verdict(FAULT, kind, heading, text, (index + 1,), value=ratio, threshold=threshold)


def _silent_output(frame: Frame, experiment: Experiment) -> Verdict:
    """The finding for an output whose error signal is zero: no error is left, or its slope is zero."""
    layers = experiment.layers
    last = (len(layers),)
    if frame.train_loss == 0 or not frame.layers[-1].slope_used:
        left = f"the training loss is {frame.train_loss:.2g}, so nothing is left to learn"
        text = f"The output sends no error signal: {left}."
        return Verdict(GOOD, "healthy", "Nothing left to learn", text, last, threshold=VANISHING)
    text = (
        f"The output sends no error signal, although the training loss is {frame.train_loss:.2g}: the slope of its "
        f"{label(layers[-1])}{backward_note(layers[-1])} is 0 on every sample."
    )
    return Verdict(FAULT, "output_slope", "No error signal", text, last, threshold=VANISHING)


def _product(logarithms: Iterator[float]) -> float:
    """The product of factors given as decimal logarithms, without the NaN of layers that no signal reaches."""
    total = sum(value for value in logarithms if not math.isnan(value))
    return 10.0 ** min(total, 300.0)


def _extreme_layer(parts: Sequence[Budget], part: str, choose: Callable[..., Any]) -> int:
    """The hidden layer (counted from 0) whose slope, or whose weights to the next layer, have the extreme effect.

    Args:
        parts: The attenuation budget of each hidden layer.
        part: ``"slope"`` or ``"weights"``.
        choose: ``min`` or ``max``.
    """
    values = {i: getattr(budget, part) for i, budget in enumerate(parts) if not math.isnan(getattr(budget, part))}
    index: int = choose(values, key=values.__getitem__) if values else 0
    return index


def _contribution(layers: Sequence[Layer], parts: Sequence[Budget], index: int, part: str, most: bool = False) -> str:
    """The effect of one layer's slope, or of its weights to the next layer, as a sentence without its full stop."""
    value = 10.0 ** getattr(parts[index], part)
    if part == "slope":
        subject = f"The {label(layers[index])} in layer {index + 1}{backward_note(layers[index])}"
        return f"{subject} passes the {'most' if most else 'least'}: {percent(value)}"
    subject = f"The weights between layers {index + 1} and {index + 2}"
    return f"{subject} {'amplify it the most' if most else 'pass the least'}: they multiply it by {factor(value)}"


# --- units -----------------------------------------------------------------------------------------------------------


def _dead(frame: Frame, experiment: Experiment, n_train: int) -> Iterator[Verdict]:
    masks = [layer.dead for layer in frame.layers]
    if any(mask.any() for mask in masks):
        text = f"{_units_are(masks, experiment)} dead: {_their(masks)} slope is 0 on {_every_sample(n_train)}."
        yield _about_units("dead", "Dead units", text, masks)


def _frozen(frame: Frame, experiment: Experiment, n_train: int) -> Iterator[Verdict]:
    # A flat unit of the ReLU family is off, not frozen. A confident, correct output is flat, as it should be.
    masks = [layer.frozen if layer.two_tailed else np.zeros_like(layer.frozen) for layer in frame.layers]
    masks[-1] = np.zeros_like(masks[-1])
    if any(mask.any() for mask in masks):
        text = (
            f"{_units_are(masks, experiment)} frozen: {_their(masks)} slope is below {percent(FLAT_THRESHOLD)} "
            f"of its maximum on {_every_sample(n_train)}."
        )
        yield _about_units("saturated", "Frozen units", text, masks)


def _saturated(frame: Frame, experiment: Experiment) -> Iterator[Verdict]:
    layers = experiment.layers
    shares = [layer.flat_share if layer.two_tailed and not layer.dead.all() else 0.0 for layer in frame.layers[:-1]]
    crossed = [i for i, share in enumerate(shares) if share > HALF]
    if not crossed:
        return
    first, *more = [(percent(shares[i]), f"in layer {i + 1} ({label(layers[i])})") for i in crossed]
    shown = [f"{first[0]} of the slopes {first[1]}", *(f"{share} {where}" for share, where in more)]
    text = f"{listed(shown)} are flat: below {percent(FLAT_THRESHOLD)} of their maximum."
    yield Verdict(WARNING, "saturated", "Saturated units", text, numbers(crossed), value=max(shares), threshold=HALF)


def _about_units(kind: str, heading: str, text: str, masks: Sequence[Any]) -> Verdict:
    units = tuple((j + 1, int(unit) + 1) for j, mask in enumerate(masks) for unit in np.flatnonzero(mask))
    layers = tuple(sorted({layer for layer, _ in units}))
    severity = FAULT if any(mask.all() for mask in masks) else WARNING
    return Verdict(severity, kind, heading, text, layers, units, len(units), 1)


def _units_are(masks: Sequence[Any], experiment: Experiment) -> str:
    """Subject and verb, such as ``"3 of 8 ReLU units in layer 2 are"``; a list where several layers have such units."""
    counts = [int(np.count_nonzero(mask)) for mask in masks]
    places = [
        f"{count} of {layer.units} {label(layer)} {'unit' if layer.units == 1 else 'units'} in {place(experiment, i)}"
        f"{backward_note(layer)}"
        for i, (count, layer) in enumerate(zip(counts, experiment.layers, strict=True))
        if count
    ]
    return f"{listed(places)} {'is' if sum(counts) == 1 else 'are'}"


def _their(masks: Sequence[Any]) -> str:
    return "its" if sum(int(np.count_nonzero(mask)) for mask in masks) == 1 else "their"


def _every_sample(n_train: int) -> str:
    return "the only training sample" if n_train == 1 else f"all {n_train} training samples"
