"""Reading what the browser sends: checked numbers, and requests for frames that are no longer needed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from backprop import SpecError
from backprop.checks import in_short


def whole(command: Mapping[str, Any], name: str, default: int | None = None) -> int:
    """A whole number from a command, or ``default`` where the command does not give it. A browser may send anything."""
    value = command.get(name)
    if value is None and default is not None:
        return default
    if isinstance(value, bool) or not isinstance(value, int):
        raise SpecError("command", f"the live view sent {name} = {in_short(value)}, which is not a whole number")
    return value


def without_wasted_bursts(commands: list[Any]) -> list[Any]:
    """The same commands, but a request for frames asks for none if a later command makes it pointless.

    A later command either discards the frames or asks for frames again.
    """
    kept: list[Any] = []
    wasted = False
    for command in reversed(commands):
        kind = command.get("type") if isinstance(command, dict) else None
        kept.append({**command, "frames": 0} if kind == "more" and wasted else command)
        wasted = wasted or (isinstance(kind, str) and kind != "open")
    return kept[::-1]
