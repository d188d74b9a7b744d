"""Timing on a machine that others use too: competitors take turns, and only times of the same round are compared."""

from __future__ import annotations

import gc
import os
import platform
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks import THREAD_VARIABLES

Step = Callable[[], object]

CHUNK_SECONDS = 0.03
MOST_STEPS = 300  # few enough that no run converges: vanishing gradients become denormal numbers, which are slow


@dataclass(frozen=True)
class Times:
    """Seconds per call of one competitor, one entry a round."""

    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        """The middle round."""
        return statistics.median(self.seconds)

    def over(self, other: Times) -> float:
        """How many times longer than ``other`` this took: the median of the ratios within each round."""
        return statistics.median(a / b for a, b in zip(self.seconds, other.seconds, strict=True))

    def __str__(self) -> str:
        return f"{self.median * 1e6:.0f} µs ({min(self.seconds) * 1e6:.0f}–{max(self.seconds) * 1e6:.0f})"


def take_turns(makers: Mapping[str, Callable[[], Step]], rounds: int) -> dict[str, Times]:
    """Time every competitor once a round, A B C A B C …; each starts each round from its initial weights."""
    steps = {name: _steps_for(make()) for name, make in makers.items()}
    seconds: dict[str, list[float]] = {name: [] for name in makers}
    for _ in range(rounds):
        for name, make in makers.items():
            seconds[name].append(_time(make(), steps[name]))
    return {name: Times(tuple(values)) for name, values in seconds.items()}


def _time(step: Step, n: int) -> float:
    """Mean seconds of ``n`` calls, after a few that warm the caches."""
    for _ in range(3):
        step()
    gc.collect()
    gc.disable()
    start = time.perf_counter()
    for _ in range(n):
        step()
    elapsed = time.perf_counter() - start
    gc.enable()
    return elapsed / n


def _steps_for(step: Step) -> int:
    """How many calls fill a chunk of time."""
    return max(3, min(MOST_STEPS, round(CHUNK_SECONDS / _time(step, 3))))


def seconds(function: Callable[[], object]) -> float:
    """How long one call takes."""
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def rounds_of(measured: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, Times]:
    """The same turns for functions that time themselves and return seconds."""
    results: dict[str, list[float]] = {name: [] for name in measured}
    for _ in range(rounds):
        for name, function in measured.items():
            results[name].append(function())
    return {name: Times(tuple(values)) for name, values in results.items()}


def machine() -> str:
    """The processor in words."""
    return f"CPU: {cpu_name()}, {os.cpu_count()} logical cores"


def versions() -> list[str]:
    """What every benchmark runs on."""
    return [f"Python {platform.python_version()}", f"NumPy {np.__version__}"]


def threads() -> str:
    """The settings that keep every library to one thread."""
    return ", ".join(f"{name}={os.environ[name]}" for name in THREAD_VARIABLES)


def cpu_name() -> str:
    """The processor's name where the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or "unknown"
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "unknown")
