"""Settings of the tests of what the pages share."""

from __future__ import annotations

import pytest

from ui.live import turns


@pytest.fixture(autouse=True)
def _bursts_end_by_their_frames(monkeypatch: pytest.MonkeyPatch) -> None:
    """A burst also ends by the clock: on a busy machine a test would get fewer frames than it asked for."""
    monkeypatch.setattr(turns, "TURN_SECONDS", 60.0)
    monkeypatch.setattr(turns, "ROUND_SECONDS", 60.0)
