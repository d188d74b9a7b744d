"""What a page shows around the frames: menus, settings, notices. Only what the view does not have yet is sent."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ui.live.commands import whole


class Parts:
    """Named values for the view, and which of them it has.

    The version number grows with every change. Each command of the view names the version that it has, and each message
    contains the parts that have changed since. A view that gets a message for a later version than its own has missed
    something and asks for everything.
    """

    def __init__(self) -> None:
        self._version = 0
        self._known = 0
        self._changed: dict[str, tuple[int, str]] = {}  # the version that brought each part, and the part as JSON

    def set(self, values: Mapping[str, Any]) -> None:
        """Note what the page shows now."""
        for name, value in values.items():
            text = json.dumps(value, allow_nan=False)
            if name not in self._changed or self._changed[name][1] != text:
                self._version += 1
                self._changed[name] = self._version, text

    def confirm(self, command: Mapping[str, Any]) -> None:
        """Note which version the view had when it sent this command."""
        self._known = max(0, min(whole(command, "version", self._known), self._version))

    def forget_view(self) -> None:
        """The page is drawn anew: send everything."""
        self._known = 0

    def message(self) -> dict[str, Any]:
        """The parts that the view does not have, with the version before and the one after them."""
        parts = {name: json.loads(text) for name, (version, text) in self._changed.items() if version > self._known}
        return {"since": self._known, "version": self._version, "parts": parts}
