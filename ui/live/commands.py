"""Reading what the browser sends: checked numbers, and requests for frames that are no longer needed."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from backprop import SpecError
from backprop.checks import in_short

MAX_COMMANDS = 100  # carried out of one message; the view repeats the others
MAX_SIZE = 1000  # characters of a command
MAX_DEPTH = 5  # levels of lists and dicts in a command
MAX_NUMBER = 2**53  # beyond it a browser's whole numbers have gaps


def check_size(command: Mapping[str, Any]) -> None:
    """Refuse a command that is longer or nested deeper than any that the view sends, or has numbers that JSON has not.

    What a command enters is kept, quoted, and sent back to the view.
    """
    size, values = 0, [command]
    for _ in range(MAX_DEPTH):
        if any(isinstance(value, float) and not math.isfinite(value) for value in values):
            raise SpecError("command", "the live view sent a number that is not finite")
        size += sum(map(_length, values))
        if size > MAX_SIZE:
            break
        values = [inner for value in values if isinstance(value, (dict, list)) for inner in _contents(value)]
    if values:
        raise SpecError("command", f"this is too long: a setting has at most {MAX_SIZE:,} characters")


def _contents(value: dict[str, Any] | list[Any]) -> list[Any]:
    return [*value, *value.values()] if isinstance(value, dict) else value


def _length(value: Any) -> int:
    """About as many characters as JSON writes of the value itself, without what it contains."""
    if isinstance(value, (str, list, dict)):
        return len(value)
    return value.bit_length() // 3 if isinstance(value, int) else 1


def whole(command: Mapping[str, Any], name: str, default: int | None = None) -> int:
    """A whole number from a command, or ``default`` where the command does not give it. A browser may send anything."""
    value = command.get(name)
    if value is None and default is not None:
        return default
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > MAX_NUMBER:
        raise SpecError("command", f"the live view sent {name} = {in_short(value)}, which is not a whole number")
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
