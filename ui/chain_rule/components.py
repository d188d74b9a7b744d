"""The two components of the page: the strip of steps, and the stage with the diagram and the tables."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from ui.component import component_of, hears

_FOLDER = Path(__file__).parent / "browser"
STRIP, STAGE = "chain_rule_strip", "chain_rule_stage"
_STRIP = component_of(STRIP, _FOLDER / "strip")
_STAGE = component_of(STAGE, _FOLDER / "stage")


def strip(data: dict[str, Any], obey: Callable[[Any], None]) -> None:
    """Show Back, Next and the steps; ``obey`` gets what the visitor asks for."""
    _STRIP(key=STRIP, data=data, on_command_change=hears(obey, STRIP, "command"))


def stage(data: dict[str, Any], obey: Callable[[Any], None]) -> None:
    """Show the diagram and the tables; ``obey`` gets the weight or the entry that is clicked."""
    _STAGE(key=STAGE, data=data, on_command_change=hears(obey, STAGE, "command"))
