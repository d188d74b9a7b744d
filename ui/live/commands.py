"""What the browser sends: numbers that may be anything, and bursts that nobody would see any more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from backprop import SpecError


def whole(command: Mapping[str, Any], name: str, default: int | None = None) -> int:
    """A whole number of a command; ``default`` where it is not given. What comes from a browser may be anything."""
    value = command.get(name)
    if value is None and default is not None:
        return default
    if isinstance(value, bool) or not isinstance(value, int):
        raise SpecError("command", f"the live view sent {name} = {value!r}, which is not a whole number")
    return value


def without_wasted_bursts(commands: list[Any]) -> list[Any]:
    """The same commands; a request for frames that a later command drops, or makes again, asks for none."""
    kept: list[Any] = []
    wasted = False
    for command in reversed(commands):
        kind = command.get("type") if isinstance(command, dict) else None
        kept.append({**command, "frames": 0} if kind == "more" and wasted else command)
        wasted = wasted or (isinstance(kind, str) and kind != "open")
    return kept[::-1]
