"""The numbers of a slope in words."""

from __future__ import annotations

import math
from collections.abc import Sequence

from backprop.explain.curves import DEPTH, HIGH, LOW, Zone

_LARGE = ((1e9, "billion"), (1e6, "million"))


def number(value: float) -> str:
    """Three significant digits, with a real minus sign and ∞: ``"−0.278"``."""
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    return f"{value:.3g}".replace("-", "−")


def span(low: float, high: float) -> str:
    """A range of outputs: ``"−1 to 1"``."""
    return f"{number(low)} to {number(high)}"


def share(value: float) -> str:
    """A share as a percentage. Only exactly 0 and 1 are written as 0 % and 100 %."""
    if 0 < value < 0.005:
        return "< 1 %"
    return "> 99 %" if 0.995 < value < 1 else f"{value:.0%}".replace("%", " %")


def factor(value: float) -> str:
    """A factor: ``"× 9.5e-7"`` as ``"× 9.5 · 10⁻⁷"``, and one of ordinary size in plain digits."""
    if value == 0 or 1e-3 <= value < 1e5:
        return f"× {value:.3g}"
    exponent = math.floor(math.log10(value))
    digits = str(exponent).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"× {value / 10**exponent:.2g} · 10{digits}"


def ten_layers(gain: float) -> str:
    """What ``DEPTH`` such layers do to a gradient at best, in a sentence."""
    if gain == 0:
        return "Nothing passes: the layers before such a layer keep their initial weights."
    if gain == 1:
        return "All of it can pass: with this slope, depth costs nothing as long as units are not flat."
    if gain > 1:
        return f"It can grow {_count(gain)}-fold: the slopes alone can make it explode."
    return f"At most one part in {_count(1 / gain)} of the gradient is left after {DEPTH} layers."


def zones(found: Sequence[Zone]) -> str:
    """Where a slope is flat: ``"below −2.18 and above 2.18"``."""
    if not found:
        return "nowhere"
    if found == [(LOW, HIGH)]:
        return "everywhere"
    return " and ".join(_zone(*zone) for zone in found)


def places(kinks: Sequence[float]) -> str:
    """Kinks: ``"at −3 and 3"``."""
    return f"at {' and '.join(number(place) for place in kinks)}" if kinks else "none"


def _zone(low: float, high: float) -> str:
    if low == LOW:
        return f"below {_place(high)}"
    if high == HIGH:
        return f"above {_place(low)}"
    return f"{_place(low)} to {_place(high)}"


def _place(value: float) -> str:
    return number(round(value, 2) + 0.0)


def _count(value: float) -> str:
    for size, name in _LARGE:
        if value >= size:
            return f"{value / size:.2g} {name}"
    if value >= 1000:
        return f"{float(f'{value:.2g}'):,.0f}"
    return f"{value:.0f}" if value >= 10 else f"{value:.2g}"
