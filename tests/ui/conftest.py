"""Settings of the tests of what the pages share."""

from __future__ import annotations

import pytest

from ui.live import playback, turns


@pytest.fixture(autouse=True)
def _bursts_end_by_their_frames(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bursts and frames also end by the clock: on a busy machine a test would get fewer than it asked for."""
    monkeypatch.setattr(turns, "TURN_SECONDS", 60.0)
    monkeypatch.setattr(turns, "ROUND_SECONDS", 60.0)
    monkeypatch.setattr(playback, "FRAME_SECONDS", 60.0)
