"""How stacks are called, and how numbers of several are written: "B, C and D", "59 to 145"."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from backprop.diagnosis import factor, listed

STACK_NAMES = ("A", "B", "C", "D")


def names_of(stacks: Iterable[int]) -> str:
    """What these stacks, counted from 0, are called: ``"B, C and D"``."""
    return listed([STACK_NAMES[index] for index in stacks])


def number(value: float) -> str:
    """Two significant digits; all figures of what lies between a hundred and a million."""
    return factor(value).replace("e-0", "e−").replace("e-", "e−").replace("e+0", "e").replace("e+", "e")


def span(values: Iterable[float], write: Callable[[float], str] = number) -> str:
    """From the lowest to the highest: ``"94 to 100 %"``; one number where both are written alike."""
    values = sorted(values)
    low, high = write(values[0]), write(values[-1])
    return high if low == high else f"{low.removesuffix(' %')} to {high}"
