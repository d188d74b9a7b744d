"""Settings of the tests of what the pages share."""

from __future__ import annotations

import pytest

from ui.live import playback


@pytest.fixture(autouse=True)
def _bursts_end_by_their_frames(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bursts and frames also end by the clock: on a busy machine a test would get fewer than it asked for."""
    monkeypatch.setattr(playback, "BURST_SECONDS", 60.0)
    monkeypatch.setattr(playback, "FRAME_SECONDS", 60.0)
