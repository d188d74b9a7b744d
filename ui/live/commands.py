"""Reading what the browser sends: checked numbers, and requests for frames that are no longer needed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from backprop import SpecError


def whole(command: Mapping[str, Any], name: str, default: int | None = None) -> int:
    """A whole number from a command, or ``default`` where the command does not give it. A browser may send anything."""
    value = command.get(name)
    if value is None and default is not None:
        return default
    if isinstance(value, bool) or not isinstance(value, int):
        raise SpecError("command", f"the live view sent {name} = {value!r}, which is not a whole number")
    return value


# What the view asks for by itself; nobody has clicked.
UNHURRIED = ("more", "remedy")


def hurries(command: Any) -> bool:
    """Whether the visitor, and not just the view, has sent this command and waits for the answer."""
    return not isinstance(command, dict) or command.get("type") not in UNHURRIED


def without_wasted_bursts(commands: list[Any]) -> list[Any]:
    """The same commands, but a request for frames asks for none if a later command makes it pointless.

    A later command either discards the frames or asks for frames again.
    """
    kept: list[Any] = []
    wasted = False
    for command in reversed(commands):
        kind = command.get("type") if isinstance(command, dict) else None
        kept.append({**command, "frames": 0} if kind == "more" and wasted else command)
        wasted = wasted or (isinstance(kind, str) and kind not in ("open", "remedy"))
    return kept[::-1]
