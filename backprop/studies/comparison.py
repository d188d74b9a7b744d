"""What several stacks do differently, in words: each against the first, and only what matters.

A sentence is made where a number crosses its threshold, it tells that number, and it names all the stacks of which it
holds: "Layer 1 receives 59 to 145 times as much signal in B, C and D as in A". What differs between the stacks
themselves, ``setups.py`` says.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from backprop.diagnosis import Frame, budgets, listed, percent, signal_ratio
from backprop.experiment import Experiment
from backprop.studies.words import names_of, number, span

SIGNAL_DECADES = math.log10(3)  # between the error signals that reach two layers 1
FLOW_DECADES = 0.5  # lost or won between output and layer 1
LOSS_DECADES = math.log10(1.5)
LEAST_LOSS = 1e-3  # losses below it are all called small
ACCURACY_DIFFERENCE = 0.05
DEAD_SHARE = 0.05  # of all units
SATURATION_DIFFERENCE = 0.2
# What has been said is said until it falls below this share of its threshold, or noise would switch it on and off.
KEPT_SHARE = 0.5


@dataclass(frozen=True)
class Difference:
    """One way in which one or more stacks do otherwise than the first.

    Attributes:
        kind: ``"diverged"``, ``"signal"``, ``"accuracy"``, ``"flow"``, ``"dead"``, ``"loss"`` or ``"saturated"``.
        stacks: Indices of the stacks of which it holds.
        values: For each of them the number that was compared: a difference, or the decimal logarithm of a ratio.
        text: The difference in words, stacks called A, B, C, D.
    """

    kind: str
    stacks: tuple[int, ...]
    values: tuple[float, ...]
    text: str


@dataclass(frozen=True)
class _Stack:
    index: int
    experiment: Experiment
    frame: Frame


def differences(
    frames: Sequence[Frame], experiments: Sequence[Experiment], before: Sequence[Difference] = ()
) -> list[Difference]:
    """All differences between the first stack and the others at one moment, the most important ones first.

    Args:
        frames: The moment, a frame a stack.
        experiments: What runs, in the same order.
        before: The differences of the moment before, if there was one: these stand a little longer.
    """
    stacks = [_Stack(*parts) for parts in zip(range(len(frames)), experiments, frames, strict=True)]
    stood = {(one.kind, stack) for one in before for stack in one.stacks}
    return [*_diverged(stacks), *(one for kind in _KINDS for one in kind.find(stacks[0], stacks[1:], stood))]


def mean_saturation(frame: Frame) -> float | None:
    """Mean share of saturated entries over the hidden layers that can saturate (sigmoid, tanh); None without any."""
    shares = [layer.flat_share for layer in frame.layers[:-1] if layer.two_tailed]
    return sum(shares) / len(shares) if shares else None


def dead_units(frame: Frame) -> int:
    """Units, in all layers, whose slope is zero for every training sample."""
    return sum(int(np.count_nonzero(layer.dead)) for layer in frame.layers)


@dataclass(frozen=True)
class _Kind:
    """One thing to compare.

    Attributes:
        name: What ``Difference.kind`` says.
        threshold: How large a difference must be.
        compare: (first, other) → how far apart they are, NaN where they cannot be compared.
        write: (first, others) → the sentence.
        form: (first, other) → stacks share a sentence where this is the same.
    """

    name: str
    threshold: float
    compare: Callable[[_Stack, _Stack], float]
    write: Callable[[_Stack, Sequence[_Stack]], str]
    form: Callable[[_Stack, _Stack], Hashable] = lambda *_: None

    def find(self, first: _Stack, others: Sequence[_Stack], stood: set[tuple[str, int]]) -> Iterator[Difference]:
        """The differences of this kind: as few sentences as can tell them."""
        alike: dict[Hashable, list[tuple[_Stack, float]]] = {}
        for other in others:
            value = self.compare(first, other)
            if abs(value) >= self.threshold * (KEPT_SHARE if (self.name, other.index) in stood else 1):
                alike.setdefault((value > 0, self.form(first, other)), []).append((other, value))
        for found in alike.values():
            stacks, values = zip(*found, strict=True)
            yield Difference(self.name, tuple(stack.index for stack in stacks), values, self.write(first, stacks))


def _diverged(stacks: Sequence[_Stack]) -> Iterator[Difference]:
    stopped = [stack for stack in stacks if stack.frame.diverged is not None]
    going = [stack for stack in stacks if stack.frame.diverged is None]
    if not stopped:
        return
    stay, state = ("stays", "state") if len(stopped) == 1 else ("stay", "states")
    steps = [str(stack.frame.step) for stack in stopped]
    where = f"step {steps[0]}" if len(set(steps)) == 1 else f"steps {listed(steps)}"
    rest = f"; {_names(going)} {'goes' if len(going) == 1 else 'go'} on" if going else ""
    text = f"{_names(stopped)} diverged and {stay} at {where}, the last finite {state}{rest}."
    yield Difference("diverged", tuple(stack.index for stack in stopped), (math.inf,) * len(stopped), text)


# --- what reaches layer 1 --------------------------------------------------------------------------------------------


def _compare_signal(a: _Stack, b: _Stack) -> float:
    return _decades(_arriving(a), _arriving(b)) if _are_deep(a, b) else math.nan


def _write_signal(a: _Stack, others: Sequence[_Stack]) -> str:
    mine, theirs = _arriving(a), [_arriving(stack) for stack in others]
    if mine == 0:
        return f"No error signal reaches layer 1 in A; in {_names(others)} it receives {span(theirs)} (rms φ)."
    if theirs[0] == 0:
        return f"No error signal reaches layer 1 in {_names(others)}; in A it receives {number(mine)} (rms φ)."
    more = theirs[0] > mine
    times = span(other / mine if more else mine / other for other in theirs)
    (rich, most), (poor, least) = _two_sides(a, others, _arriving, more)
    text = f"Layer 1 receives {times} times as much signal in {rich} as in {poor}: rms φ {most} against {least}"
    gaps = [(_decades(_sent(a), _sent(stack)) * (1 if more else -1), stack) for stack in others]
    sent = [stack for gap, stack in gaps if gap >= SIGNAL_DECADES]
    if sent:
        (rich, most), (poor, least) = _two_sides(a, sent, _sent, more)
        text += f" (the output of {poor} sends less to begin with: {least} against {most} in {rich})"
    return f"{text}."


def _nothing_arrives(_: _Stack, b: _Stack) -> bool:
    return _arriving(b) == 0


def _arriving(stack: _Stack) -> float:
    return stack.frame.layers[0].signal_rms


def _sent(stack: _Stack) -> float:
    return stack.frame.layers[-1].signal_rms


def _are_deep(*stacks: _Stack) -> bool:
    """Whether all of them have a way from the output to layer 1."""
    return all(len(stack.frame.layers) > 1 for stack in stacks)


def _two_sides(
    a: _Stack, others: Sequence[_Stack], read: Callable[[_Stack], float], more: bool
) -> list[tuple[str, str]]:
    """Names and numbers of those with more and of those with less; ``more`` says whether that is the others."""
    sides = [(_names(others), span(map(read, others))), ("A", number(read(a)))]
    return sides if more else sides[::-1]


# --- what slopes and weights do to the signal on its way from the output to layer 1 ----------------------------------


def _compare_flow(a: _Stack, b: _Stack) -> float:
    return sum(_way(b)) - sum(_way(a)) if _are_deep(a, b) else math.nan


def _write_flow(a: _Stack, others: Sequence[_Stack]) -> str:
    told = [f"{_names(stacks)} {_change([_way(stack) for stack in stacks])}" for stacks in ([a], others)]
    return f"From output to layer 1 the signal in {' and in '.join(told)}: {_cause(a, others[0])}."


def _cause(a: _Stack, b: _Stack) -> str:
    """What makes the difference between their ways."""
    by_slopes, by_weights = (other - own for own, other in zip(_way(a), _way(b), strict=True))
    if by_slopes * by_weights > 0 and 0.5 < by_slopes / by_weights < 2:
        return "slopes and weights both make the difference"
    return f"the {'slopes' if abs(by_slopes) >= abs(by_weights) else 'weights'} make the difference"


def _way(stack: _Stack) -> tuple[float, float]:
    """Decades that the slopes add, and the weights; NaN where a signal ends on its way."""
    parts = budgets(stack.frame.layers)
    way = sum(part.slope for part in parts), sum(part.weights for part in parts)
    return way if signal_ratio(stack.frame.layers) > 0 and all(map(math.isfinite, way)) else (math.nan, math.nan)


def _change(ways: Sequence[tuple[float, float]]) -> str:
    """``"loses 0.6 to 1.3 decades (slopes −0.9 to −0.2, weights −0.4)"``."""
    slopes, weights = (span(part, _signed) for part in zip(*ways, strict=True))
    together = [sum(way) for way in ways]
    if all(_signed(decades) == "0" for decades in together):
        change = "keeps its size"
    elif max(together) < 0:
        change = f"loses {span((-decades for decades in together), _tenths)} decades"
    elif min(together) > 0:
        change = f"gains {span(together, _tenths)} decades"
    else:
        change = f"changes by {span(together, _signed)} decades"
    return f"{change} (slopes {slopes}, weights {weights})"


# --- how well they do, and what has died or saturated ----------------------------------------------------------------


def _compare_accuracy(a: _Stack, b: _Stack) -> float:
    return _accuracy(b) - _accuracy(a)


def _write_accuracy(a: _Stack, others: Sequence[_Stack]) -> str:
    part = "Training" if a.frame.test_accuracy is None else "Test"
    return f"{part} accuracy: {_against(a, others, _accuracy, _whole_percent)}."


def _accuracy(stack: _Stack) -> float:
    """Of the test samples, or without any of the training samples; NaN for regression."""
    frame = stack.frame
    share = frame.train_accuracy if frame.test_accuracy is None else frame.test_accuracy
    return math.nan if share is None else share


def _compare_loss(a: _Stack, b: _Stack) -> float:
    if a.experiment.loss != b.experiment.loss or not (math.isfinite(_loss(a)) and math.isfinite(_loss(b))):
        return math.nan  # two measures, not one
    return _decades(max(_loss(a), LEAST_LOSS), max(_loss(b), LEAST_LOSS))


def _write_loss(a: _Stack, others: Sequence[_Stack]) -> str:
    return f"Training loss: {_against(a, others, _loss, number)}."


def _loss(stack: _Stack) -> float:
    return stack.frame.train_loss


def _compare_dead(a: _Stack, b: _Stack) -> float:
    return dead_units(b.frame) / _units(b) - dead_units(a.frame) / _units(a)


def _write_dead(a: _Stack, others: Sequence[_Stack]) -> str:
    return f"Dead units: {_dead(others)} in {_names(others)} against {_dead([a])} in A."


def _dead(stacks: Sequence[_Stack]) -> str:
    """``"2 to 4 of 41"``; the stacks have as many units."""
    counts = [dead_units(stack.frame) for stack in stacks]
    return f"{span(counts)} of {_units(stacks[0])}" if any(counts) else "none"


def _units(stack: _Stack) -> int:
    return sum(layer.units for layer in stack.experiment.layers)


def _same_units(_: _Stack, b: _Stack) -> int:
    return _units(b)


def _compare_saturation(a: _Stack, b: _Stack) -> float:
    return _saturation(b) - _saturation(a)


def _write_saturation(a: _Stack, others: Sequence[_Stack]) -> str:
    shares = _against(a, others, _saturation, percent)
    return f"Saturated on average in the hidden layers: {shares} (sigmoid, tanh and their like only)."


def _saturation(stack: _Stack) -> float:
    share = mean_saturation(stack.frame)
    return math.nan if share is None else share


# The most important first.
_KINDS = (
    _Kind("signal", SIGNAL_DECADES, _compare_signal, _write_signal, _nothing_arrives),
    _Kind("accuracy", ACCURACY_DIFFERENCE, _compare_accuracy, _write_accuracy),
    _Kind("flow", FLOW_DECADES, _compare_flow, _write_flow, _cause),
    _Kind("dead", DEAD_SHARE, _compare_dead, _write_dead, _same_units),
    _Kind("loss", LOSS_DECADES, _compare_loss, _write_loss),
    _Kind("saturated", SATURATION_DIFFERENCE, _compare_saturation, _write_saturation),
)


# --- words -----------------------------------------------------------------------------------------------------------


def _names(stacks: Sequence[_Stack]) -> str:
    return names_of(stack.index for stack in stacks)


def _against(
    a: _Stack, others: Sequence[_Stack], read: Callable[[_Stack], float], write: Callable[[float], str]
) -> str:
    """``"94 to 100 % in B, C and D against 67 % in A"``."""
    return f"{span(map(read, others), write)} in {_names(others)} against {write(read(a))} in A"


def _decades(mine: float, other: float) -> float:
    """How many decades the other is larger; infinite where one of the two is zero."""
    if mine == other:
        return 0.0
    if mine == 0 or other == 0:
        return math.copysign(math.inf, other - mine)
    return math.log10(other / mine)


def _signed(decades: float) -> str:
    return f"{decades:+.1f}".replace("-", "−") if abs(decades) >= 0.05 else "0"


def _tenths(value: float) -> str:
    return f"{value:.1f}"


def _whole_percent(share: float) -> str:
    return f"{share:.0%}".replace("%", " %")
