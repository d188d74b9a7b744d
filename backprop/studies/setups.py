"""What differs between the stacks themselves, in words: "B and C differ from A: layers 1 to 5: sigmoid → tanh"."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from backprop.experiment import Experiment
from backprop.studies.words import names_of
from backprop.training import describe_change, layer_numbers


@dataclass(frozen=True)
class SetupDifference:
    """What one or more stacks are, set against the first.

    Attributes:
        stacks: Indices of the stacks of which it holds.
        text: The difference in words, stacks called A, B, C, D.
    """

    stacks: tuple[int, ...]
    text: str


def setup_differences(
    experiments: Sequence[Experiment], same_start: Sequence[Sequence[int]]
) -> Iterator[SetupDifference]:
    """How the stacks differ from the first, and which of their layers start from its weights.

    Args:
        experiments: What runs.
        same_start: For each the layers that start from the first one's weights, as ``Lockstep`` has them.
    """
    first, *others = experiments
    changes = {index: describe_change(first, other) for index, other in enumerate(others, start=1)}
    for change, stacks in _alike(changes):
        one = len(stacks) == 1
        if change:
            text = f"{names_of(stacks)} {'differs' if one else 'differ'} from A: {change}."
        else:
            text = f"{names_of(stacks)} {'is' if one else 'are'} the same as A: change something in {_it(one)}."
        yield SetupDifference(stacks, text)
    starts = {index: _start(same_start[index], experiments[index]) for index, change in changes.items() if change}
    for start, stacks in _alike(starts):
        yield SetupDifference(stacks, f"In {names_of(stacks)} {start} from A's weights.")


def _alike(texts: dict[int, str]) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Each text once, with the stacks that have it."""
    for text in dict.fromkeys(texts.values()):
        yield text, tuple(index for index, own in texts.items() if own == text)


def _start(same: Sequence[int], experiment: Experiment) -> str:
    """``"layers 1, 2 and 6 start"``."""
    if len(same) == len(experiment.layers):
        return "all layers start"
    if not same:
        return "no layer starts"
    return f"{layer_numbers(same)} {'starts' if len(same) == 1 else 'start'}"


def _it(one: bool) -> str:
    return "it" if one else "them"
