"""Numbers for people: three significant digits, a true minus sign, and powers of ten where needed."""

from __future__ import annotations

import math

_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def superscript(value: int | str) -> str:
    """``3`` → ``"³"``."""
    return str(value).translate(_SUPERSCRIPTS)


def subscript(value: int | str) -> str:
    """``3`` → ``"₃"``."""
    return str(value).translate(_SUBSCRIPTS)


def plain(value: float) -> str:
    """``-0.48234`` → ``"−0.482"``, ``1.2e-5`` → ``"1.20·10⁻⁵"``."""
    mantissa, exponent = _split(value)
    text = mantissa.replace("-", "−")
    return text if exponent is None else f"{text}·10{superscript(exponent)}"


def latex(value: float) -> str:
    """The same as LaTeX."""
    mantissa, exponent = _split(value)
    return mantissa if exponent is None else rf"{mantissa}\cdot 10^{{{exponent}}}"


def factor(value: float) -> str:
    """As LaTeX inside a product: a negative number in brackets."""
    return f"({latex(value)})" if value < 0 else latex(value)


def _split(value: float) -> tuple[str, int | None]:
    """The digits, and the power of ten if there is one."""
    if not math.isfinite(value):
        return {math.inf: "∞", -math.inf: "-∞"}.get(value, "?"), None
    if value == int(value) and abs(value) < 100:
        return str(int(value)), None
    digits = f"{value:.2e}"
    mantissa, exponent = digits.split("e")
    power = int(exponent)
    if -3 <= power < 3:
        return f"{value:.{max(0, 2 - power)}f}", None
    return (f"{value:.0f}", None) if 3 <= power < 5 else (mantissa, power)
