"""A row of published against measured, and the intervals in which a measured value may lie.

Every interval says where its width comes from: rounding, the digits that were published, or a number of standard
errors (s.e.) that follow from a known or measured standard deviation (s.d.). Where a published spread is so wide that a
number would hardly bind, a row compares the order only, and says so.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

STANDARD_ERRORS = 3.0  # a right row is off about once in 370 draws


@dataclass(frozen=True)
class Row:
    """One result.

    Attributes:
        what: Configuration and quantity.
        published: The published or derived value in words.
        measured: What this package gives.
        low, high: The interval in which it has to lie, ends included.
        allowed: That interval in words, with the reason for its width, or "order only".
    """

    what: str
    published: str
    measured: float
    low: float
    high: float
    allowed: str

    @property
    def ok(self) -> bool:
        """Whether the measured value lies in the interval; never for NaN."""
        return self.low <= self.measured <= self.high


@dataclass(frozen=True)
class Reproduction:
    """A group of rows with one source.

    Attributes:
        name: Key in ``REPRODUCTIONS``.
        title: What is reproduced.
        source: Where it is published.
        rows: ``rows(seeds)`` → the rows; ``seeds`` is the number of networks where several are averaged.
        seeds: That number by default.
        slow: Whether it takes more than about two seconds.
    """

    name: str
    title: str
    source: str
    rows: Callable[[int], list[Row]]
    seeds: int = 1
    slow: bool = False


def near(what: str, expected: float, measured: float, tolerance: float, why: str, published: str = "") -> Row:
    """A row that allows ``tolerance`` either way."""
    low, high = expected - tolerance, expected + tolerance
    return Row(what, published or f"{expected:.7g}", measured, low, high, f"± {tolerance:.2g} ({why})")


def exactly(what: str, expected: float, measured: float, published: str = "") -> Row:
    """A row that allows nothing else."""
    return Row(what, published or f"{expected:.7g}", measured, expected, expected, "exactly")


def at_most(what: str, published: str, measured: float, high: float, why: str) -> Row:
    """A row for an error, which is known to be small, not which digits it has."""
    return Row(what, published, measured, 0.0, high, f"≤ {high:.2g} ({why})")


def more_than(what: str, published: str, measured: float, low: float, why: str) -> Row:
    """A row that compares the order only: whether ``measured`` exceeds ``low``."""
    return Row(what, published, measured, math.nextafter(low, math.inf), math.inf, f"> {low:.3g} (order only: {why})")


def no_more_than(what: str, published: str, measured: float, high: float, why: str) -> Row:
    """The same the other way: whether ``measured`` stays below ``high``."""
    return Row(what, published, measured, -math.inf, high, f"≤ {high:.3g} (order only: {why})")


def within_factor(what: str, expected: float, measured: float, factor: float, why: str, published: str = "") -> Row:
    """A row that allows a factor either way: for sizes that spread on a logarithmic scale."""
    low, high = expected / factor, expected * factor
    words = f"± {100 * (factor - 1):.2g} %" if factor < 1.5 else f"within a factor of {factor:.3g}"
    return Row(what, published or f"{expected:.4g}", measured, low, high, f"{words} ({why})")


def mean_near(what: str, expected: float, values: Array, deviation: float, published: str = "") -> Row:
    """The mean over networks, within three standard errors.

    Args:
        what: Configuration and quantity.
        expected: The theory's value.
        values: One per network.
        deviation: The standard deviation from network to network, known beforehand. One estimated from the same
            ``values`` would widen the interval just when something is wrong with them.
        published: The expected value in words; empty for the number.
    """
    tolerance = STANDARD_ERRORS * deviation / math.sqrt(len(values))
    return near(what, expected, float(np.mean(values)), tolerance, f"3 s.e., s.d. {deviation:g}", published)


def geometric_mean_near(what: str, expected: float, logs: Array, deviation: float, published: str = "") -> Row:
    """The same for the geometric mean, given logarithms and their standard deviation."""
    factor = math.exp(STANDARD_ERRORS * deviation / math.sqrt(len(logs)))
    why = f"3 s.e., s.d. {deviation:g} of ln"
    return within_factor(what, expected, math.exp(float(np.mean(logs))), factor, why, published)


def extremes(values: Array) -> list[tuple[str, float]]:
    """The smallest and the largest value, with these words."""
    return [("smallest", float(np.min(values))), ("largest", float(np.max(values)))]
