"""Checks of single settings. Each refuses in a sentence that names the field, what it takes, and what it was given."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from backprop.errors import SpecError


def check_choice(field: str, value: Any, options: Collection[str]) -> None:
    """Refuse a value that is not one of the names in ``options``."""
    if not isinstance(value, str) or value not in options:
        raise SpecError(field, f"{field}: there is no {value!r}; choose one of {', '.join(options)}")


def check_whole(field: str, value: Any, low: int, high: int) -> None:
    """Refuse a value that is not a whole number from ``low`` to ``high``."""
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise SpecError(field, f"{field} must be a whole number from {low} to {high}, not {value!r}")


def check_number(field: str, value: Any, low: float, high: float) -> None:
    """Refuse a value that is not a number from ``low`` to ``high``; infinity and NaN only if the bounds allow them."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
        raise SpecError(field, f"{field} must be a number from {low:g} to {high:g}, not {value!r}")


def checked_spec(field: str, spec: Any, get: Callable[[Any], Any]) -> str:
    """The spec without surrounding spaces; refuse it if ``get`` does not understand it."""
    try:
        get(spec)
    except ValueError as error:
        raise SpecError(field, f"{field}: {error}") from None
    return str(spec).strip()
