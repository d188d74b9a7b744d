"""Numbers as a sentence shows them: shares, ratios and factors with two significant digits, and lists of words."""

from __future__ import annotations

import math
from collections.abc import Sequence


def percent(share: float) -> str:
    """A share as a percentage with two significant digits; without an exponent down to a millionth."""
    value = 100.0 * share
    if value == 0:
        return "0 %"
    if not math.isfinite(value):
        return "—"
    if value >= 1e6 or share < 1e-6:
        return f"{value:.1e} %".replace("e-0", "e-").replace("e+", "e").replace("-", "−")
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


def counted(count: int, noun: str) -> str:
    """``"1 update"``, ``"2 updates"``."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
