"""What several stacks do differently, in words: each against the first, and only what matters.

A sentence is made where a number crosses its threshold, and it tells both numbers: "B's layer 1 receives 40 times A's
signal". What differs between the experiments themselves, ``describe_change`` says.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from backprop.diagnosis import Frame, budgets, percent, signal_ratio
from backprop.experiment import Experiment

STACK_NAMES = ("A", "B", "C", "D")

SIGNAL_FACTOR = 3.0  # between the error signals that reach two layers 1
DECADES = 0.5  # lost or won between output and layer 1
LOSS_FACTOR = 1.5
LEAST_LOSS = 1e-3  # losses below it are all called small
ACCURACY_DIFFERENCE = 0.05
DEAD_SHARE = 0.05  # of all units
SATURATION_DIFFERENCE = 0.2


@dataclass(frozen=True)
class Difference:
    """One way in which a stack does otherwise than the first.

    Attributes:
        kind: ``"diverged"``, ``"signal"``, ``"flow"``, ``"loss"``, ``"accuracy"``, ``"dead"`` or ``"saturated"``.
        stack: Index of the stack that is set against the first.
        value: The number that was compared: a ratio, or a difference.
        threshold: What it was compared with.
        text: The difference in words, stacks called A, B, C, D.
    """

    kind: str
    stack: int
    value: float
    threshold: float
    text: str


@dataclass(frozen=True)
class _Stack:
    name: str
    experiment: Experiment
    frame: Frame


def differences(frames: Sequence[Frame], experiments: Sequence[Experiment]) -> list[Difference]:
    """All differences between the first stack and each of the others at one moment.

    Args:
        frames: The moment, a frame a stack.
        experiments: What runs, in the same order.
    """
    stacks = [_Stack(*parts) for parts in zip(STACK_NAMES, experiments, frames, strict=False)]
    found = [
        difference
        for index in range(1, len(stacks))
        for find in (_signal, _flow, _loss, _accuracy, _dead, _saturated)
        for difference in find(stacks[0], stacks[index], index)
    ]
    return [*_diverged(stacks), *found]


def mean_saturation(frame: Frame) -> float | None:
    """Mean share of saturated entries over the hidden layers that can saturate (sigmoid, tanh); None without any."""
    shares = [layer.flat_share for layer in frame.layers[:-1] if layer.two_tailed]
    return sum(shares) / len(shares) if shares else None


def dead_units(frame: Frame) -> int:
    """Units, in all layers, whose slope is zero for every training sample."""
    return sum(int(np.count_nonzero(layer.dead)) for layer in frame.layers)


def _diverged(stacks: Sequence[_Stack]) -> Iterator[Difference]:
    stopped = [stack.frame.diverged is not None for stack in stacks]
    for index, stack in enumerate(stacks):
        if stopped[index]:
            rest = "" if all(stopped) else "; the others go on" if len(stacks) > 2 else "; the other goes on"
            text = f"{stack.name} diverged and stays at step {stack.frame.step}, its last finite state{rest}."
            yield Difference("diverged", index, math.inf, math.inf, text)


def _signal(a: _Stack, b: _Stack, index: int) -> Iterator[Difference]:
    """What reaches layer 1 of each."""
    if len(a.frame.layers) == 1 or len(b.frame.layers) == 1:
        return
    mine, other = (stack.frame.layers[0].signal_rms for stack in (a, b))
    for none, some, size in ((a, b, other), (b, a, mine)):
        if none.frame.layers[0].signal_rms == 0 and size > 0:
            text = (
                f"No error signal reaches {none.name}'s layer 1; {some.name}'s receives {_number(size)} (rms φ, step "
                f"{some.frame.step})."
            )
            yield Difference("signal", index, math.inf if none is a else 0.0, SIGNAL_FACTOR, text)
            return
    if not (mine > 0 and other > 0):
        return
    ratio = other / mine
    if max(ratio, 1 / ratio) >= SIGNAL_FACTOR:
        more, less, factor = (b, a, ratio) if ratio > 1 else (a, b, 1 / ratio)
        sizes = [_number(stack.frame.layers[0].signal_rms) for stack in (more, less)]
        text = (
            f"{more.name}'s layer 1 receives {_times(factor)} {less.name}'s signal: rms φ {sizes[0]} against {sizes[1]}"
        )
        sent = [stack.frame.layers[-1].signal_rms for stack in (more, less)]
        if sent[0] >= SIGNAL_FACTOR * sent[1]:
            text += f" ({less.name}'s output sends less to begin with: {_number(sent[1])} against {_number(sent[0])})"
        text += "."
        yield Difference("signal", index, ratio, SIGNAL_FACTOR, text)


def _flow(a: _Stack, b: _Stack, index: int) -> Iterator[Difference]:
    """What slopes and weights do to the signal on its way from the output to layer 1."""
    if len(a.frame.layers) == 1 or len(b.frame.layers) == 1:
        return
    ways = [_way(stack) for stack in (a, b)]
    if not all(math.isfinite(part) for way in ways for part in way):
        return
    (slopes, weights), (other_slopes, other_weights) = ways
    by_slopes, by_weights = other_slopes - slopes, other_weights - weights
    if abs(by_slopes + by_weights) < DECADES:
        return
    told = [
        f"{stack.name} {_change(sum(way))} (slopes {_signed(way[0])}, weights {_signed(way[1])})"
        for stack, way in zip((a, b), ways, strict=True)
    ]
    text = f"From output to layer 1 the signal in {' and in '.join(told)}: {_cause(by_slopes, by_weights)}."
    yield Difference("flow", index, by_slopes + by_weights, DECADES, text)


def _cause(by_slopes: float, by_weights: float) -> str:
    """What makes a difference of so many decades by slopes and by weights."""
    if by_slopes * by_weights > 0 and 0.5 < by_slopes / by_weights < 2:
        return "slopes and weights both make the difference"
    return f"the {'slopes' if abs(by_slopes) >= abs(by_weights) else 'weights'} make the difference"


def _way(stack: _Stack) -> tuple[float, float]:
    """Decades that the slopes add, and the weights; not finite where a signal ends on its way."""
    parts = budgets(stack.frame.layers)
    if not signal_ratio(stack.frame.layers) > 0:
        return math.nan, math.nan
    return sum(part.slope for part in parts), sum(part.weights for part in parts)


def _loss(a: _Stack, b: _Stack, index: int) -> Iterator[Difference]:
    if a.experiment.loss != b.experiment.loss:
        return  # two measures, not one
    mine, other = (stack.frame.train_loss for stack in (a, b))
    if not (math.isfinite(mine) and math.isfinite(other)) or max(mine, other) < LEAST_LOSS:
        return
    ratio = max(other, LEAST_LOSS) / max(mine, LEAST_LOSS)
    if max(ratio, 1 / ratio) >= LOSS_FACTOR:
        low, high = (a, b) if ratio > 1 else (b, a)
        text = (
            f"{low.name}'s training loss is {_number(low.frame.train_loss)}, {high.name}'s "
            f"{_number(high.frame.train_loss)}."
        )
        yield Difference("loss", index, ratio, LOSS_FACTOR, text)


def _accuracy(a: _Stack, b: _Stack, index: int) -> Iterator[Difference]:
    part = "training" if a.frame.test_accuracy is None else "test"
    mine, other = (
        stack.frame.train_accuracy if stack.frame.test_accuracy is None else stack.frame.test_accuracy
        for stack in (a, b)
    )
    if mine is None or other is None or abs(other - mine) < ACCURACY_DIFFERENCE:
        return
    better, worse, high, low = (b, a, other, mine) if other > mine else (a, b, mine, other)
    text = f"{better.name} answers {high:.0%} of the {part} samples right, {worse.name} {low:.0%}.".replace("%", " %")
    yield Difference("accuracy", index, other - mine, ACCURACY_DIFFERENCE, text)


def _dead(a: _Stack, b: _Stack, index: int) -> Iterator[Difference]:
    counts = [dead_units(stack.frame) for stack in (a, b)]
    units = [sum(layer.units for layer in stack.experiment.layers) for stack in (a, b)]
    difference = counts[1] / units[1] - counts[0] / units[0]
    if abs(difference) < DEAD_SHARE:
        return
    order = (1, 0) if difference > 0 else (0, 1)
    told = [f"{counts[k]} of {units[k]}" if counts[k] else "none" for k in order]
    names = [(a, b)[k].name for k in order]
    text = f"{names[0]} has {told[0]} units dead, {names[1]} {told[1]}."
    yield Difference("dead", index, difference, DEAD_SHARE, text)


def _saturated(a: _Stack, b: _Stack, index: int) -> Iterator[Difference]:
    mine, other = (mean_saturation(stack.frame) for stack in (a, b))
    if mine is None or other is None or abs(other - mine) < SATURATION_DIFFERENCE:
        return
    more, less, high, low = (b, a, other, mine) if other > mine else (a, b, mine, other)
    text = (
        f"{more.name}'s hidden layers are saturated for {percent(high)} of their entries on average, {less.name}'s for "
        f"{percent(low)} (sigmoid, tanh and their like only)."
    )
    yield Difference("saturated", index, other - mine, SATURATION_DIFFERENCE, text)


def _change(decades: float) -> str:
    if abs(decades) < 0.05:
        return "keeps its size"
    return f"loses {-decades:.1f} decades" if decades < 0 else f"gains {decades:.1f} decades"


def _signed(decades: float) -> str:
    return f"{decades:+.1f}".replace("-", "−") if abs(decades) >= 0.05 else "0"


def _times(factor: float) -> str:
    return f"{factor:.2g} times" if factor < 100 else f"{factor:,.0f} times" if factor < 1e6 else f"{factor:.1e} times"


def _number(value: float) -> str:
    return f"{value:.2g}".replace("e-0", "e−").replace("e-", "e−")
