"""What the numbers mean: a ranked list of sentences, each with its layer, its number and the threshold it crossed."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from backprop.activations import get_activation
from backprop.backward import get_backward
from backprop.diagnostics import FLAT_THRESHOLD, Budget, LayerDiagnostics, budgets, signal_ratio
from backprop.layer import Layer
from backprop.trainer import Frame

VANISHING = 1e-3
EXPLODING = 1e3
SATURATED_SHARE = 0.5
UPDATE_RATIO_RANGE = (1e-6, 1e-1)

FAULT, WARNING, GOOD = "fault", "warning", "good"
_RANK = {FAULT: 0, WARNING: 1, GOOD: 2}


@dataclass(frozen=True)
class Verdict:
    """One finding.

    Attributes:
        severity: ``"fault"``, ``"warning"`` or ``"good"``.
        kind: What it is about: ``"diverged"``, ``"vanishing"``, ``"exploding"``, ``"dead"``, ``"frozen"``,
            ``"saturated"``, ``"update"``, ``"no slope"`` or ``"flow"``.
        layer: The layer concerned, 1 for the first; 0 for the network.
        value: The number that was compared.
        threshold: What it was compared with.
        text: The finding in words.
        remedy: What to try, in words; empty where nothing is wrong.
    """

    severity: str
    kind: str
    layer: int
    value: float
    threshold: float
    text: str
    remedy: str = ""


def diagnose(frame: Frame, layers: Sequence[Layer], n_train: int) -> list[Verdict]:
    """All findings of a frame, worst first, the flow of the signal always among them.

    Args:
        frame: The moment.
        layers: The network's layers, first to last.
        n_train: Number of training samples, which the sentences name.
    """
    found = [*_diverged(frame), _flow(frame, layers), *_units(frame, layers, n_train)]
    found += [*_saturation(frame, layers), *_updates(frame)]
    return sorted(found, key=lambda verdict: _RANK[verdict.severity])


def percent(share: float) -> str:
    """A share as a percentage with two significant digits, in plain figures down to a millionth."""
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
    """A ratio in front of what it is a part or a multiple of: ``"23 % of"``, ``"4.1 times"``."""
    if ratio < 2:
        return f"{percent(ratio)} of"
    return f"{ratio:.2g} times" if ratio < 100 else f"{ratio:,.0f} times" if ratio < 1e6 else f"{ratio:.1e} times"


def _diverged(frame: Frame) -> Iterator[Verdict]:
    if frame.diverged is not None:
        yield Verdict(FAULT, "diverged", frame.diverged.layer, math.inf, math.inf, frame.diverged.sentence)


def _flow(frame: Frame, layers: Sequence[Layer]) -> Verdict:
    """How much of the output's error signal reaches layer 1, and where most of it is lost or gained."""
    last = len(layers)
    ratio = signal_ratio(frame.layers)
    if last == 1:
        return Verdict(
            GOOD, "flow", 1, 1.0, VANISHING, "One layer only: the error signal has no way to go, so nothing can vanish."
        )
    if math.isnan(ratio):
        return Verdict(
            WARNING, "flow", last, 0.0, VANISHING, "The output layer sends no error signal: nothing to learn."
        )
    arrival = f"Layer 1 receives {amount(ratio)} layer {last}'s error signal"
    if ratio < VANISHING:
        index, part = _culprit(budgets(frame.layers), worst=min)
        return Verdict(
            FAULT,
            "vanishing",
            index + 1,
            ratio,
            VANISHING,
            f"{arrival}: vanishing (below {percent(VANISHING)}). {_cause(frame, layers, index, part)}",
            _vanishing_remedy(layers, index, part),
        )
    if ratio > EXPLODING:
        index, part = _culprit(budgets(frame.layers), worst=max)
        return Verdict(
            FAULT,
            "exploding",
            index + 1,
            ratio,
            EXPLODING,
            f"{arrival}: exploding (above {amount(EXPLODING)} it). {_cause(frame, layers, index, part)}",
            "Try smaller initial weights (auto) or a lower learning rate.",
        )
    weakest = _weakest_slope(frame.layers)
    detail = f"; {_passes(layers, weakest, frame.layers[weakest])}" if weakest is not None else ""
    text = f"{arrival} (vanishing below {percent(VANISHING)}){detail}."
    return Verdict(GOOD, "flow", (weakest or 0) + 1, ratio, VANISHING, text)


def _culprit(parts: Sequence[Budget], worst: Any) -> tuple[int, str]:
    """The layer and the part of its budget, "weights" or "slope", that changed the signal most."""
    entries = {(i, name): getattr(part, name) for i, part in enumerate(parts) for name in ("slope", "weights")}
    entries = {key: value for key, value in entries.items() if not math.isnan(value)}
    culprit: tuple[int, str] = worst(entries, key=entries.__getitem__)
    return culprit


def _cause(frame: Frame, layers: Sequence[Layer], index: int, part: str) -> str:
    if part == "slope":
        return f"{_passes(layers, index, frame.layers[index], capital=True)}: most of the loss."
    factor = 10 ** budgets(frame.layers)[index].weights
    return f"The weights between layers {index + 1} and {index + 2} do most: they multiply it by {factor:.2g}."


def _passes(layers: Sequence[Layer], index: int, layer: LayerDiagnostics, capital: bool = False) -> str:
    share = layer.signal_rms / layer.upstream_rms
    the = "The" if capital else "the"
    return f"{the} {_slope_name(layers[index])} in layer {index + 1} passes {percent(share)} of what reaches it"


def _slope_name(layer: Layer) -> str:
    own = get_activation(layer.activation).label
    return own if layer.backward is None else f"{get_backward(layer.backward).label} slope behind {own}"


def _weakest_slope(layers: Sequence[LayerDiagnostics]) -> int | None:
    passed = {i: part.slope for i, part in enumerate(budgets(layers)) if not math.isnan(part.slope)}
    return min(passed, key=passed.__getitem__) if passed else None


def _vanishing_remedy(layers: Sequence[Layer], index: int, part: str) -> str:
    layer = layers[index]
    if _has_no_slope(layer):
        own, other = get_activation(layer.activation).label, _other_backward(index + 1)
        if layer.backward is None:
            return f"A {own} has no slope: {other}"
        return f"The {get_backward(layer.backward).label} slope lets nothing through: {other}"
    if part == "slope":
        return f"Try tanh or ReLU in layer {index + 1}."
    return f"Try the auto initialiser in layer {index + 2}."


def _units(frame: Frame, layers: Sequence[Layer], n_train: int) -> Iterator[Verdict]:
    for j, (layer, numbers) in enumerate(zip(layers, frame.layers, strict=True), start=1):
        name = f"{_slope_name(layer)} units in layer {j}"
        dead, frozen = int(np.count_nonzero(numbers.dead)), int(np.count_nonzero(numbers.frozen))
        if dead:
            yield Verdict(
                FAULT if dead == layer.units else WARNING,
                "dead",
                j,
                dead,
                1,
                f"{dead} of {layer.units} {name} are dead: their slope is 0 on all {n_train} training samples.",
                _dead_remedy(layer, j),
            )
        if frozen and numbers.two_tailed and j < len(layers):  # a sure and right output is flat, and should be
            yield Verdict(
                FAULT if frozen == layer.units else WARNING,
                "frozen",
                j,
                frozen,
                1,
                f"{frozen} of {layer.units} {name} are frozen: on all {n_train} training samples their slope is below "
                f"{percent(FLAT_THRESHOLD)} of its maximum.",
                "Try a lower learning rate or smaller initial weights.",
            )


def _has_no_slope(layer: Layer) -> bool:
    """Whether the backward pass multiplies by 0 everywhere: behind a step or a sign, or because it was told to."""
    slope = get_activation(layer.activation) if layer.backward is None else get_backward(layer.backward)
    return slope.max_slope == 0


def _other_backward(j: int) -> str:
    return f"give layer {j} another backward function, such as sigmoid."


def _dead_remedy(layer: Layer, j: int) -> str:
    if _has_no_slope(layer):
        return _other_backward(j).capitalize()
    if layer.backward is not None:
        return f"Try a backward function with wider tails in layer {j}, such as sigmoid, or a lower learning rate."
    return f"Try leaky ReLU in layer {j}, or a lower learning rate."


def _saturation(frame: Frame, layers: Sequence[Layer]) -> Iterator[Verdict]:
    # Not the output layer: a sure and right answer saturates it, and that is what training is for.
    for j, (layer, numbers) in enumerate(zip(layers[:-1], frame.layers[:-1], strict=True), start=1):
        label = get_activation(layer.activation).label
        if numbers.two_tailed and numbers.flat_share > SATURATED_SHARE and not numbers.dead.all():
            yield Verdict(
                WARNING,
                "saturated",
                j,
                numbers.flat_share,
                SATURATED_SHARE,
                f"Layer {j} ({label}) is saturated for {percent(numbers.flat_share)} of its entries "
                f"(threshold {percent(SATURATED_SHARE)}): there its slope is below {percent(FLAT_THRESHOLD)} of the "
                "maximum.",
                "Try a lower learning rate, smaller initial weights, or another activation.",
            )


def _updates(frame: Frame) -> Iterator[Verdict]:
    """The layer whose relative step is furthest outside the usual range."""
    low, high = UPDATE_RATIO_RANGE
    ratios = {j: layer.update_ratio for j, layer in enumerate(frame.layers, start=1) if layer.update_ratio > 0}
    if not ratios:
        return
    j = max(ratios, key=ratios.__getitem__)
    if ratios[j] > high:
        yield Verdict(
            WARNING,
            "update",
            j,
            ratios[j],
            high,
            f"The last update changed the weights of layer {j} by {percent(ratios[j])} of their size (above "
            f"{percent(high)}; 0.1 % is usual).",
            "Try a lower learning rate.",
        )
    j = min(ratios, key=ratios.__getitem__)
    if ratios[j] < low:
        yield Verdict(
            WARNING,
            "update",
            j,
            ratios[j],
            low,
            f"The last update changed the weights of layer {j} by only {percent(ratios[j])} of their size (below "
            f"{percent(low)}; 0.1 % is usual): it stands still.",
            "Try a higher learning rate, or help the signal through.",
        )
