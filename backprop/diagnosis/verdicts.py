"""What the numbers mean: a list of findings in words, each with its layer, its number and the threshold that it
crossed.
"""

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
GOOD_ACCURACY = 0.9  # above this, a saturated output counts as confident and right

FAULT, WARNING, GOOD = "fault", "warning", "good"
_RANK = {FAULT: 0, WARNING: 1, GOOD: 2}


@dataclass(frozen=True)
class Verdict:
    """One finding.

    Attributes:
        severity: ``"fault"``, ``"warning"`` or ``"good"``.
        kind: ``"diverged"``, ``"vanishing"``, ``"exploding"``, ``"dead"``, ``"frozen"``, ``"saturated"``, ``"output"``,
            ``"update"`` or ``"flow"``.
        layer: The layer concerned, 1 for the first; 0 for the network.
        value: The number that was compared.
        threshold: The number it was compared with.
        text: The finding in words.
        remedy: What to try; None if nothing is wrong, or if no single change is worth trying.
    """

    severity: str
    kind: str
    layer: int
    value: float
    threshold: float
    text: str
    remedy: Remedy | None = None


def diagnose(frame: Frame, experiment: Experiment, n_train: int) -> list[Verdict]:
    """All findings of a frame: a divergence first, then the flow of the error signal, then the rest, the worst first.

    Args:
        frame: The moment.
        experiment: The experiment that runs.
        n_train: The number of training samples, which the sentences name.
    """
    flow = _flow(frame, experiment)
    rest = [*_dead(frame, experiment, n_train), *_frozen(frame, experiment, n_train), *_saturated(frame, experiment)]
    rest += _wrong_and_flat_output(frame, experiment)
    stuck = flow.severity == FAULT or any(verdict.layer == len(experiment.layers) for verdict in rest)
    rest += _updates(frame, experiment, stuck)
    return [*_diverged(frame, experiment), flow, *sorted(rest, key=lambda verdict: _RANK[verdict.severity])]


def percent(share: float) -> str:
    """A share as a percentage with two significant digits, in plain digits down to a millionth."""
    value = 100.0 * share
    if value == 0:
        return "0 %"
    if not math.isfinite(value):
        return "—"
    if value >= 1e6 or value < 1e-4:
        return f"{value:.1e} %"
    digits = max(0, 1 - math.floor(math.log10(value)))
    return f"{value:.{digits}f} %"


def amount(ratio: float) -> str:
    """A ratio in words: ``"23 % of"``, ``"4.1 times"``."""
    if ratio < 2:
        return f"{percent(ratio)} of"
    return f"{ratio:.2g} times" if ratio < 100 else f"{ratio:,.0f} times" if ratio < 1e6 else f"{ratio:.1e} times"


def factor(value: float) -> str:
    """A factor with two significant digits."""
    return f"{value:.2g}" if value < 100 or value >= 1e6 else f"{value:,.0f}"


def _diverged(frame: Frame, experiment: Experiment) -> Iterator[Verdict]:
    if frame.diverged is not None:
        text, remedy = frame.diverged.sentence, remedies.diverged(experiment, at_start=frame.step == 0)
        yield Verdict(FAULT, "diverged", frame.diverged.layer, math.inf, math.inf, text, remedy)


# --- the flow of the error signal ------------------------------------------------------------------------------------


def _flow(frame: Frame, experiment: Experiment) -> Verdict:
    """How much of the output's error signal reaches layer 1, and what slopes and weights did to it."""
    layers, ratio = experiment.layers, signal_ratio(frame.layers)
    if len(layers) == 1:
        text = "There is only one layer, so the error signal cannot vanish on its way."
        return Verdict(GOOD, "flow", 1, 1.0, VANISHING, text)
    if math.isnan(ratio):
        return _no_signal(frame, experiment)
    parts = budgets(frame.layers)
    slopes, weights = _product(part.slope for part in parts), _product(part.weights for part in parts)
    arrival = f"Layer 1 receives {amount(ratio)} the output's error signal"
    together = f"the slopes together pass {percent(slopes)}, the weights multiply it by {factor(weights)}"
    if ratio < VANISHING:
        part = "slope" if slopes <= weights else "weights"
        index = _extreme(parts, part, min)
        text = f"{arrival}: vanishing (below {percent(VANISHING)}). {together.capitalize()}. "
        text += f"{_share(layers, parts, index, part)}."
        remedy = remedies.vanishing(experiment, index, part)
        return Verdict(FAULT, "vanishing", index + 1, ratio, VANISHING, text, remedy)
    if ratio > EXPLODING:
        part = "slope" if slopes >= weights else "weights"
        index = _extreme(parts, part, max)
        text = f"{arrival}: exploding (above {EXPLODING:,.0f} times). {together.capitalize()}. "
        text += f"{_share(layers, parts, index, part, most=True)}."
        remedy = remedies.exploding(experiment, index, part, at_start=frame.step == 0)
        return Verdict(FAULT, "exploding", index + 1, ratio, EXPLODING, text, remedy)
    index = _extreme(parts, "slope", min)
    limit = f"vanishing below {percent(VANISHING)}" if ratio <= 1 else f"exploding above {EXPLODING:,.0f} times"
    text = f"{arrival} ({limit}): {together}. {_share(layers, parts, index, 'slope')}."
    return Verdict(GOOD, "flow", index + 1, ratio, VANISHING if ratio <= 1 else EXPLODING, text)


def _no_signal(frame: Frame, experiment: Experiment) -> Verdict:
    """The output's error signal is zero, because nothing is wrong any more or because its slope is zero."""
    layers = experiment.layers
    last = len(layers)
    if frame.train_loss == 0 or not frame.layers[-1].slope_used:
        text = (
            f"The output sends no error signal: the training loss is {frame.train_loss:.2g}, nothing is left to learn."
        )
        return Verdict(GOOD, "flow", last, 0.0, VANISHING, text)
    text = (
        f"The output sends no error signal although the training loss is {frame.train_loss:.2g}: the slope of its "
        f"{_slope_name(layers[-1])} is 0 on every sample."
    )
    return Verdict(FAULT, "flow", last, 0.0, VANISHING, text, remedies.useless_output(experiment))


def _product(logarithms: Iterator[float]) -> float:
    """The product of factors given as decimal logarithms. NaN, beyond the end of the signal, is left out."""
    total = sum(value for value in logarithms if not math.isnan(value))
    return 10.0 ** min(total, 300.0)


def _extreme(parts: Sequence[Budget], part: str, choose: Callable[..., Any]) -> int:
    """The hidden layer, from 0, whose slope (or whose weights towards the output) did least or most."""
    values = {i: getattr(budget, part) for i, budget in enumerate(parts) if not math.isnan(getattr(budget, part))}
    index: int = choose(values, key=values.__getitem__) if values else 0
    return index


def _share(layers: Sequence[Layer], parts: Sequence[Budget], index: int, part: str, most: bool = False) -> str:
    """What one layer's slope, or the weights between two layers, did; as a sentence without its full stop."""
    value = 10.0 ** getattr(parts[index], part)
    if part == "slope":
        subject = f"The {_slope_name(layers[index])} in layer {index + 1}"
        return f"{subject} passes {'most' if most else 'least'}: {percent(value)}"
    subject = f"The weights between layers {index + 1} and {index + 2}"
    return f"{subject} {'multiply it most' if most else 'pass least'}: by {factor(value)}"


def _slope_name(layer: Layer) -> str:
    own = get_activation(layer.activation).label
    return own if layer.backward is None else f"{get_backward(layer.backward).label} slope behind {own}"


# --- units -----------------------------------------------------------------------------------------------------------


def _dead(frame: Frame, experiment: Experiment, n_train: int) -> Iterator[Verdict]:
    layers = experiment.layers
    counts = [int(np.count_nonzero(numbers.dead)) for numbers in frame.layers]
    index = _worst(counts)
    if index is None:
        return
    whole = any(count == layer.units for count, layer in zip(counts, layers, strict=True))
    text = f"{_count(counts, layers)} dead: {_its(counts)} slope is 0 on all {n_train} training samples."
    remedy = remedies.dead(experiment, index, at_start=frame.step == 0)
    yield Verdict(FAULT if whole else WARNING, "dead", index + 1, counts[index], 1, text, remedy)


def _frozen(frame: Frame, experiment: Experiment, n_train: int) -> Iterator[Verdict]:
    layers = experiment.layers
    # One-sided activations are off, not frozen. And a confident and right output is flat, as it should be.
    counts = [int(np.count_nonzero(numbers.frozen)) if numbers.two_tailed else 0 for numbers in frame.layers]
    counts[-1] = 0
    index = _worst(counts)
    if index is None:
        return
    whole = any(count == layer.units for count, layer in zip(counts, layers, strict=True))
    text = (
        f"{_count(counts, layers)} frozen: on all {n_train} training samples {_its(counts)} slope is below "
        f"{percent(FLAT_THRESHOLD)} of its maximum."
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
    named = [f"layer {i + 1} ({_own(layers[i])}) for {percent(shares[i])} of its entries" for i in crossed]
    text = (
        f"Saturated: {', '.join(named)} (threshold {percent(SATURATED_SHARE)}), where the slope is below "
        f"{percent(FLAT_THRESHOLD)} of its maximum."
    )
    remedy = remedies.saturated(experiment, index, at_start=frame.step == 0)
    yield Verdict(WARNING, "saturated", index + 1, shares[index], SATURATED_SHARE, text, remedy)


def _wrong_and_flat_output(frame: Frame, experiment: Experiment) -> Iterator[Verdict]:
    """An output that is confident and wrong gets no gradient, unless its slope cancels against the loss."""
    numbers, right = frame.layers[-1], frame.train_accuracy
    if not numbers.slope_used or not numbers.two_tailed or right is None or right >= GOOD_ACCURACY:
        return
    if numbers.flat_share > SATURATED_SHARE:
        text = (
            f"The output ({_own(experiment.output)}) is saturated for {percent(numbers.flat_share)} of its entries "
            f"(threshold {percent(SATURATED_SHARE)}) although only {percent(right)} of the training samples are right: "
            "with this loss its slope does not cancel, so confident wrong answers send hardly any error signal."
        )
        layer, remedy = len(experiment.layers), remedies.useless_output(experiment)
        yield Verdict(FAULT, "output", layer, numbers.flat_share, SATURATED_SHARE, text, remedy)


def _worst(counts: Sequence[int]) -> int | None:
    """The layer, from 0, with the largest count; None if all are zero."""
    return max(range(len(counts)), key=counts.__getitem__) if any(counts) else None


def _count(counts: Sequence[int], layers: Sequence[Layer]) -> str:
    """``"3 of 8 ReLU units in layer 2 are"``, and the like for several layers."""
    named = [
        f"{count} of {layer.units} {_own(layer)} units in {_place(i, layers)}{_backward(layer)}"
        for i, (count, layer) in enumerate(zip(counts, layers, strict=True))
        if count
    ]
    return f"{', '.join(named)} {'is' if sum(counts) == 1 else 'are'}"


def _its(counts: Sequence[int]) -> str:
    return "its" if sum(counts) == 1 else "their"


def _own(layer: Layer) -> str:
    return get_activation(layer.activation).label


def _backward(layer: Layer) -> str:
    return "" if layer.backward is None else f" (backward: {get_backward(layer.backward).label})"


def _place(index: int, layers: Sequence[Layer]) -> str:
    return "the output" if index == len(layers) - 1 else f"layer {index + 1}"


# --- updates ---------------------------------------------------------------------------------------------------------


def _updates(frame: Frame, experiment: Experiment, stuck: bool) -> Iterator[Verdict]:
    """The layer whose update ratio is farthest outside the usual range; a small ratio counts only if nothing explains
    it.
    """
    low, high = UPDATE_RATIO_RANGE
    ratios = {j: layer.update_ratio for j, layer in enumerate(frame.layers, start=1) if layer.update_ratio > 0}
    if not ratios:
        return
    j = max(ratios, key=ratios.__getitem__)
    if ratios[j] > high:
        text = (
            f"The last update changed the weights of layer {j} by {percent(ratios[j])} of their size (above "
            f"{percent(high)}; 0.1 % is usual)."
        )
        yield Verdict(WARNING, "update", j, ratios[j], high, text, remedies.lower_rate(experiment))
    j = min(ratios, key=ratios.__getitem__)
    if ratios[j] < low and not stuck:
        text = (
            f"The last update changed the weights of layer {j} by only {percent(ratios[j])} of their size (below "
            f"{percent(low)}; 0.1 % is usual): it hardly moves."
        )
        yield Verdict(WARNING, "update", j, ratios[j], low, text, remedies.higher_rate(experiment))
