"""What the numbers mean: findings in words, each with its layer, its number and the threshold it crossed."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from backprop.diagnosis import remedies
from backprop.diagnosis.frame import Frame
from backprop.diagnosis.layer_diagnostics import FLAT_THRESHOLD, Budget, budgets, signal_ratio
from backprop.diagnosis.remedies import Remedy
from backprop.experiment import Experiment
from backprop.functions import get_activation, get_backward
from backprop.layer import Layer

VANISHING = 1e-3
EXPLODING = 1e3
SATURATED_SHARE = 0.5
UPDATE_RATIO_RANGE = (1e-6, 1e-1)
GOOD_ACCURACY = 0.9  # from this accuracy on, a saturated output counts as confident and correct: no fault

FAULT, WARNING, GOOD = "fault", "warning", "good"
_RANK = {FAULT: 0, WARNING: 1, GOOD: 2}


@dataclass(frozen=True)
class Verdict:
    """One finding.

    Attributes:
        severity: ``"fault"``, ``"warning"`` or ``"good"``.
        kind: Its subject: ``"diverged"``, ``"vanishing"``, ``"exploding"``, ``"dead"``, ``"frozen"``,
            ``"saturated"``, ``"output"``, ``"update"`` or ``"flow"``.
        layer: The layer concerned, counted from 1; 0 for the network as a whole.
        value: The measured number.
        threshold: The number that it was compared with.
        text: The finding in words.
        remedy: What to try; None if nothing is wrong or no single change is worth trying.
    """

    severity: str
    kind: str
    layer: int
    value: float
    threshold: float
    text: str
    remedy: Remedy | None = None


def diagnose(frame: Frame, experiment: Experiment, n_train: int) -> list[Verdict]:
    """All findings in a frame: a divergence, then the flow of the error signal, then the others, worst first.

    Args:
        frame: The moment to judge.
        experiment: The experiment that the frame belongs to.
        n_train: Number of training samples, which the sentences mention.
    """
    flow = _flow(frame, experiment)
    others = [*_dead(frame, experiment, n_train), *_frozen(frame, experiment, n_train), *_saturated(frame, experiment)]
    others += _saturated_and_wrong_output(frame, experiment)
    explained = flow.severity == FAULT or any(verdict.layer == len(experiment.layers) for verdict in others)
    others += _updates(frame, experiment, explained)
    return [*_diverged(frame, experiment), flow, *sorted(others, key=lambda verdict: _RANK[verdict.severity])]


def percent(share: float) -> str:
    """A share as a percentage with two significant digits; without an exponent down to a millionth."""
    value = 100.0 * share
    if value == 0:
        return "0 %"
    if not math.isfinite(value):
        return "—"
    if value >= 1e6 or share < 1e-6:
        return f"{value:.1e} %"
    digits = max(0, -1 - math.floor(math.log10(share)))
    return f"{value:.{digits}f} %"


def amount(ratio: float) -> str:
    """A ratio in words that a noun can follow: ``"23 % of"``, ``"4.1 times"``."""
    if ratio < 2:
        return f"{percent(ratio)} of"
    return f"{ratio:.2g} times" if ratio < 100 else f"{ratio:,.0f} times" if ratio < 1e6 else f"{ratio:.1e} times"


def factor(value: float) -> str:
    """A factor with two significant digits."""
    return f"{value:.2g}" if value < 100 or value >= 1e6 else f"{value:,.0f}"


def listed(words: Sequence[str]) -> str:
    """``"B"``, ``"B and C"``, ``"B, C and D"``."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _diverged(frame: Frame, experiment: Experiment) -> Iterator[Verdict]:
    if frame.diverged is not None:
        text, remedy = frame.diverged.sentence, remedies.diverged(experiment, at_start=frame.step == 0)
        yield Verdict(FAULT, "diverged", frame.diverged.layer, math.inf, math.inf, text, remedy)


# --- the flow of the error signal ------------------------------------------------------------------------------------


def _flow(frame: Frame, experiment: Experiment) -> Verdict:
    """How much of the output's error signal reaches layer 1, what slopes and weights do to it, and where the most."""
    layers, ratio = experiment.layers, signal_ratio(frame.layers)
    if len(layers) == 1:
        text = "The network has only one layer: the error signal has no layers to cross, so it cannot vanish."
        return Verdict(GOOD, "flow", 1, 1.0, VANISHING, text)
    if math.isnan(ratio):
        return _silent_output(frame, experiment)
    parts = budgets(frame.layers)
    slopes, weights = _product(part.slope for part in parts), _product(part.weights for part in parts)
    arrival = f"Layer 1 receives {amount(ratio)} the output's error signal"
    together = f"the slopes together pass {percent(slopes)} of it, and the weights multiply it by {factor(weights)}"
    if ratio < VANISHING:
        part = "slope" if slopes <= weights else "weights"
        index = _extreme_layer(parts, part, min)
        text = f"{arrival}: the signal vanishes (threshold {percent(VANISHING)}). {together.capitalize()}. "
        text += f"{_contribution(layers, parts, index, part)}."
        remedy = remedies.vanishing(experiment, index, part)
        return Verdict(FAULT, "vanishing", index + 1, ratio, VANISHING, text, remedy)
    if ratio > EXPLODING:
        part = "slope" if slopes >= weights else "weights"
        index = _extreme_layer(parts, part, max)
        text = f"{arrival}: the signal explodes (threshold {EXPLODING:,.0f} times). {together.capitalize()}. "
        text += f"{_contribution(layers, parts, index, part, most=True)}."
        remedy = remedies.exploding(experiment, index, part, at_start=frame.step == 0)
        return Verdict(FAULT, "exploding", index + 1, ratio, EXPLODING, text, remedy)
    index = _extreme_layer(parts, "slope", min)
    limit = f"vanishing below {percent(VANISHING)}" if ratio <= 1 else f"exploding above {EXPLODING:,.0f} times"
    text = f"{arrival} ({limit}): {together}. {_contribution(layers, parts, index, 'slope')}."
    return Verdict(GOOD, "flow", index + 1, ratio, VANISHING if ratio <= 1 else EXPLODING, text)


def _silent_output(frame: Frame, experiment: Experiment) -> Verdict:
    """The finding for an output whose error signal is zero: no error is left, or its slope is zero."""
    layers = experiment.layers
    last = len(layers)
    if frame.train_loss == 0 or not frame.layers[-1].slope_used:
        text = (
            f"The output sends no error signal: the training loss is {frame.train_loss:.2g}, so nothing is left to "
            "learn."
        )
        return Verdict(GOOD, "flow", last, 0.0, VANISHING, text)
    text = (
        f"The output sends no error signal, although the training loss is {frame.train_loss:.2g}: the slope of its "
        f"{_label(layers[-1])}{_backward_note(layers[-1])} is 0 on every sample."
    )
    return Verdict(FAULT, "flow", last, 0.0, VANISHING, text, remedies.flat_output(experiment))


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
        subject = f"The {_label(layers[index])} in layer {index + 1}{_backward_note(layers[index])}"
        return f"{subject} passes the {'most' if most else 'least'}: {percent(value)}"
    subject = f"The weights between layers {index + 1} and {index + 2}"
    return f"{subject} {'amplify it the most' if most else 'pass the least'}: they multiply it by {factor(value)}"


# --- units -----------------------------------------------------------------------------------------------------------


def _dead(frame: Frame, experiment: Experiment, n_train: int) -> Iterator[Verdict]:
    layers = experiment.layers
    counts = [int(np.count_nonzero(numbers.dead)) for numbers in frame.layers]
    index = _layer_with_most(counts)
    if index is None:
        return
    whole = any(count == layer.units for count, layer in zip(counts, layers, strict=True))
    text = f"{_units_are(counts, layers)} dead: {_their(counts)} slope is 0 on {_every_sample(n_train)}."
    remedy = remedies.dead(experiment, index, at_start=frame.step == 0)
    yield Verdict(FAULT if whole else WARNING, "dead", index + 1, counts[index], 1, text, remedy)


def _frozen(frame: Frame, experiment: Experiment, n_train: int) -> Iterator[Verdict]:
    layers = experiment.layers
    # A flat unit of the ReLU family is off, not frozen. A confident, correct output is flat, as it should be.
    counts = [int(np.count_nonzero(numbers.frozen)) if numbers.two_tailed else 0 for numbers in frame.layers]
    counts[-1] = 0
    index = _layer_with_most(counts)
    if index is None:
        return
    whole = any(count == layer.units for count, layer in zip(counts, layers, strict=True))
    text = (
        f"{_units_are(counts, layers)} frozen: {_their(counts)} slope is below {percent(FLAT_THRESHOLD)} of its "
        f"maximum on {_every_sample(n_train)}."
    )
    remedy = remedies.saturated(experiment, index, at_start=frame.step == 0)
    yield Verdict(FAULT if whole else WARNING, "frozen", index + 1, counts[index], 1, text, remedy)


def _saturated(frame: Frame, experiment: Experiment) -> Iterator[Verdict]:
    layers = experiment.layers
    shares = [
        numbers.flat_share if numbers.two_tailed and not numbers.dead.all() else 0.0 for numbers in frame.layers[:-1]
    ]
    crossed = [i for i, share in enumerate(shares) if share > SATURATED_SHARE]
    if not crossed:
        return
    index = max(crossed, key=shares.__getitem__)
    first, *more = [(percent(shares[i]), f"in layer {i + 1} ({_label(layers[i])})") for i in crossed]
    places = [f"{first[0]} of the activations {first[1]}", *(f"{share} {place}" for share, place in more)]
    text = (
        f"{listed(places)} are saturated (threshold {percent(SATURATED_SHARE)}): their slope is below "
        f"{percent(FLAT_THRESHOLD)} of its maximum."
    )
    remedy = remedies.saturated(experiment, index, at_start=frame.step == 0)
    yield Verdict(WARNING, "saturated", index + 1, shares[index], SATURATED_SHARE, text, remedy)


def _saturated_and_wrong_output(frame: Frame, experiment: Experiment) -> Iterator[Verdict]:
    """A confident but wrong output gets hardly any gradient, unless its slope cancels against the loss."""
    numbers, accuracy = frame.layers[-1], frame.train_accuracy
    if not numbers.slope_used or not numbers.two_tailed or accuracy is None or accuracy >= GOOD_ACCURACY:
        return
    if numbers.flat_share > SATURATED_SHARE:
        text = (
            f"{percent(numbers.flat_share)} of the activations in the output layer ({_label(experiment.output)}) are "
            f"saturated (threshold {percent(SATURATED_SHARE)}), although only {percent(accuracy)} of the training "
            "samples are classified correctly: with this loss the output's slope does not cancel, so confident wrong "
            "answers send hardly any error signal."
        )
        layer, remedy = len(experiment.layers), remedies.flat_output(experiment)
        yield Verdict(FAULT, "output", layer, numbers.flat_share, SATURATED_SHARE, text, remedy)


def _layer_with_most(counts: Sequence[int]) -> int | None:
    """The layer (counted from 0) with the largest count; None if all counts are zero."""
    return max(range(len(counts)), key=counts.__getitem__) if any(counts) else None


def _units_are(counts: Sequence[int], layers: Sequence[Layer]) -> str:
    """Subject and verb, such as ``"3 of 8 ReLU units in layer 2 are"``; a list where several layers have such units."""
    places = [
        f"{count} of {layer.units} {_label(layer)} {'unit' if layer.units == 1 else 'units'} in {_place(i, layers)}"
        f"{_backward_note(layer)}"
        for i, (count, layer) in enumerate(zip(counts, layers, strict=True))
        if count
    ]
    return f"{listed(places)} {'is' if sum(counts) == 1 else 'are'}"


def _their(counts: Sequence[int]) -> str:
    return "its" if sum(counts) == 1 else "their"


def _every_sample(n_train: int) -> str:
    return "the only training sample" if n_train == 1 else f"all {n_train} training samples"


def _label(layer: Layer) -> str:
    return get_activation(layer.activation).label


def _backward_note(layer: Layer) -> str:
    return "" if layer.backward is None else f" (backward: {get_backward(layer.backward).label})"


def _place(index: int, layers: Sequence[Layer]) -> str:
    return "the output layer" if index == len(layers) - 1 else f"layer {index + 1}"


# --- updates ---------------------------------------------------------------------------------------------------------


def _updates(frame: Frame, experiment: Experiment, explained: bool) -> Iterator[Verdict]:
    """The layers with the largest and the smallest relative update, if those lie outside the usual range.

    Args:
        frame: The moment to judge.
        experiment: The experiment that the frame belongs to.
        explained: Whether another finding already explains small updates, so that they are not reported again.
    """
    low, high = UPDATE_RATIO_RANGE
    ratios = {j: layer.update_ratio for j, layer in enumerate(frame.layers, start=1) if layer.update_ratio > 0}
    if not ratios:
        return
    j = max(ratios, key=ratios.__getitem__)
    if ratios[j] > high:
        text = (
            f"The last update changed the weights of layer {j} by {percent(ratios[j])} of their norm (above "
            f"{percent(high)}; about 0.1 % is usual)."
        )
        yield Verdict(WARNING, "update", j, ratios[j], high, text, remedies.lower_rate(experiment))
    j = min(ratios, key=ratios.__getitem__)
    if ratios[j] < low and not explained:
        text = (
            f"The last update changed the weights of layer {j} by only {percent(ratios[j])} of their norm (below "
            f"{percent(low)}; about 0.1 % is usual): the layer hardly learns."
        )
        yield Verdict(WARNING, "update", j, ratios[j], low, text, remedies.higher_rate(experiment))
