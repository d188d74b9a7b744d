"""Batches of commands: frames that nobody would see are not requested."""

from __future__ import annotations

from typing import Any

import pytest

from ui.live.commands import without_wasted_bursts


def more(**extra: Any) -> dict[str, Any]:
    """A request for a burst."""
    return {"type": "more", "frames": 9, **extra}


@pytest.mark.parametrize(
    "later", ["pause", "play", "step", "rewind", "look", "set", "inspect", "speed", "edit", "hello"]
)
def test_frames_that_a_later_command_drops_are_not_made(later: str) -> None:
    first, second = more(id=1, shown=3), {"type": later, "id": 2}
    assert without_wasted_bursts([first, second]) == [{**first, "frames": 0}, second]
    assert without_wasted_bursts([second, first]) == [second, first]
    assert first["frames"] == 9


def test_of_several_requests_only_the_last_brings_frames() -> None:
    """Or a pause that came meanwhile would wait for as many bursts."""
    first, second, opening = more(id=1), more(id=2), {"type": "open", "id": 3}
    assert without_wasted_bursts([first, second, opening]) == [{**first, "frames": 0}, second, opening]


@pytest.mark.parametrize("junk", [None, 3, "play", [], {}, {"type": ["pause"]}])
def test_what_is_no_command_drops_nothing(junk: Any) -> None:
    assert without_wasted_bursts([more(), junk]) == [more(), junk]
