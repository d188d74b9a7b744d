"""Schedules: how the learning rate changes over a run, as a factor that depends only on the number of the step.

A schedule has no memory and does not see the loss. So a run that is taken back to an earlier step continues as it did
then. The rate of step t = 0, 1, … is factor(t) times the experiment's learning rate, which may change at any time.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from backprop.functions.specs import resolve

_STEPS = (1.0, 1e9)


@dataclass(frozen=True)
class Schedule:
    """One schedule.

    Attributes:
        name: Key in ``SCHEDULES``, or the full spec where parameters are set.
        label: Name in words.
        factor: ``factor(t)``, what the learning rate is multiplied by in step t = 0, 1, 2, …; 0 to 1.
        formula: The factor as LaTeX.
        source: Where the formula comes from.
        parameters: Names and values of its parameters.
        bounds: Allowed interval of each parameter.
    """

    functions: ClassVar = ("factor",)

    name: str
    label: str
    factor: Callable[[int], float]
    formula: str
    source: str
    parameters: Mapping[str, float] = field(default_factory=dict)
    bounds: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    @property
    def is_constant(self) -> bool:
        """Whether the learning rate never changes."""
        return self.name == "constant"


def _constant(t: int) -> float:
    return 1.0


def _step(t: int, every: float = 1000.0, gamma: float = 0.5) -> float:
    return gamma ** (t // every)


def _cosine(t: int, steps: float = 5000.0) -> float:
    return 0.5 * (1.0 + math.cos(math.pi * min(t / steps, 1.0)))


def _warmup(t: int, steps: float = 200.0) -> float:
    return min((t + 1) / steps, 1.0)


SCHEDULES: dict[str, Schedule] = {
    entry.name: entry
    for entry in (
        Schedule("constant", "constant", _constant, r"1", "the plain choice"),
        Schedule(
            "step",
            "in steps",
            _step,
            r"\gamma^{\lfloor t / k \rfloor}",
            "PyTorch's StepLR; every k steps the rate is multiplied by γ",
            parameters={"every": 1000.0, "gamma": 0.5},
            bounds={"every": _STEPS, "gamma": (0.0, 1.0)},
        ),
        Schedule(
            "cosine",
            "cosine to zero",
            _cosine,
            r"\frac{1}{2}\left(1 + \cos\frac{\pi \min(t, T)}{T}\right)",
            "Loshchilov & Hutter 2017, without restarts; after T steps nothing moves any more",
            parameters={"steps": 5000.0},
            bounds={"steps": _STEPS},
        ),
        Schedule(
            "warmup",
            "warm-up",
            _warmup,
            r"\min\left(1, \frac{t + 1}{T}\right)",
            "Goyal et al. 2017; from 1/T in the first step to the whole rate in step T",
            parameters={"steps": 200.0},
            bounds={"steps": _STEPS},
        ),
    )
}


def get_schedule(spec: str) -> Schedule:
    """The schedule that a spec names: ``"constant"``, or with parameters ``"step(1000,0.5)"``.

    Raises:
        ValueError: There is no such schedule, or it has no such parameters.
    """
    return resolve("schedule", spec, SCHEDULES)
