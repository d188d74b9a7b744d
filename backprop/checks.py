"""Checks of single settings. Each refuses in a sentence that names the field, what it takes, and what it was given."""

from __future__ import annotations

import reprlib
from collections.abc import Callable, Collection
from typing import Any

from backprop.errors import SpecError

MAX_QUOTED = 60  # characters of what was given; a link or a browser may give any number of them
_REPR = reprlib.Repr()
_REPR.maxstring = _REPR.maxother = _REPR.maxlong = MAX_QUOTED


def in_short(value: Any) -> str:
    """The value as a sentence quotes it: as Python writes it, and cut if it is long."""
    return cut(_REPR.repr(value))


def cut(text: str) -> str:
    """The text, or its beginning if it is long."""
    return text if len(text) <= MAX_QUOTED else f"{text[: MAX_QUOTED - 1]}…"


def check_choice(field: str, value: Any, options: Collection[str]) -> None:
    """Refuse a value that is not one of the names in ``options``."""
    if not isinstance(value, str) or value not in options:
        raise SpecError(field, f"{field}: there is no {in_short(value)}; choose one of {', '.join(options)}")


def check_whole(field: str, value: Any, low: int, high: int) -> None:
    """Refuse a value that is not a whole number from ``low`` to ``high``."""
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise SpecError(field, f"{field} must be a whole number from {low} to {high}, not {in_short(value)}")


def check_number(field: str, value: Any, low: float, high: float) -> None:
    """Refuse a value that is not a number from ``low`` to ``high``; infinity and NaN only if the bounds allow them."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
        raise SpecError(field, f"{field} must be a number from {low:g} to {high:g}, not {in_short(value)}")


def checked_spec(field: str, spec: Any, get: Callable[[Any], Any]) -> str:
    """The spec without surrounding spaces; refuse it if ``get`` does not understand it."""
    try:
        get(spec)
    except ValueError as error:
        raise SpecError(field, f"{field}: {error}") from None
    return str(spec).strip()
