"""How many updates go before each frame: a number that was chosen, or as many as the time between two frames allows."""

from __future__ import annotations

MAX_UPDATES_PER_FRAME = 1000
TOP_FRAME_SECONDS = 0.033  # three frames in a burst; with what lies between bursts 20 to 25 frames a second
MAX_TOP_UPDATES = 100_000
FASTEST_GROWTH = 4.0  # from frame to frame, since a short time is measured badly


class Pace:
    """The speed that the view asked for.

    Attributes:
        updates: Updates before the next frame.
        top: Whether the number follows from how long the updates take.
    """

    def __init__(self, updates: int = 5) -> None:
        self.updates = updates
        self.top = False

    @property
    def name(self) -> int | str:
        """The speed as it was asked for: a number of updates per frame, or ``"top"``."""
        return "top" if self.top else self.updates

    def set(self, updates: int) -> None:
        """A fixed number of updates per frame, kept within 1 and 1000."""
        self.updates, self.top = max(1, min(updates, MAX_UPDATES_PER_FRAME)), False

    def set_top(self) -> None:
        """From now on as many updates as the time between two frames allows."""
        self.top = True

    def took(self, updating: float, whole: float) -> None:
        """Learn from one frame: the seconds of its ``updates`` and those of all its work, the picture included."""
        if not self.top:
            return
        room = max(TOP_FRAME_SECONDS - (whole - updating), TOP_FRAME_SECONDS / 4)
        growth = min(room / max(updating, 1e-9), FASTEST_GROWTH)
        self.updates = max(1, min(round(self.updates * growth), MAX_TOP_UPDATES))
