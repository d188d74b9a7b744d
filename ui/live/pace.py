"""How many updates are made before each frame: a chosen number, or as many as fit between two frames."""

from __future__ import annotations

MAX_UPDATES_PER_FRAME = 1000
TOP_FRAMES = 3  # in a burst; with the pauses between bursts 20 to 25 a second
MAX_TOP_UPDATES = 100_000
FASTEST_GROWTH = 4.0  # from frame to frame: short times are measured imprecisely


class Pace:
    """The speed that the visitor chose.

    Attributes:
        updates: Updates before the next frame.
        top: Whether this number is adapted to how long the updates take.
    """

    def __init__(self, updates: int = 5) -> None:
        self.updates = updates
        self.top = False

    @property
    def name(self) -> int | str:
        """The chosen speed: a number of updates per frame, or ``"top"``."""
        return "top" if self.top else self.updates

    def set(self, updates: int) -> None:
        """Choose a fixed number of updates per frame, limited to 1 … 1000."""
        self.updates, self.top = max(1, min(updates, MAX_UPDATES_PER_FRAME)), False

    def set_top(self) -> None:
        """Choose top speed: as many updates as fit between two frames."""
        self.top = True

    def took(self, made: int, updating: float, whole: float, burst: float) -> None:
        """Adapt to the time that one frame took.

        Args:
            made: Its updates.
            updating: Seconds of these alone.
            whole: Seconds of all its work.
            burst: Seconds that a burst may last.
        """
        if not self.top:
            return
        frame = burst / TOP_FRAMES
        room = max(frame - (whole - updating), frame / 4)
        growth = min(room / max(updating, 1e-9), FASTEST_GROWTH)
        self.updates = max(1, min(round(made * growth), MAX_TOP_UPDATES))
