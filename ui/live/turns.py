"""Who computes next, where many visitors share one process.

Their threads share Python's interpreter lock. If all of them computed at the same time, they would spend it on handing
the lock around: thirty visitors got a fifth of the frames that they get by turns. So one computes at a time. A visitor
who has clicked goes before everyone's frames, and the frames come by turns, each as short as the number of visitors who
wait demands.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

TURN_SECONDS = 0.1  # the longest turn: a burst ends after it, so that a command is answered quickly
ROUND_SECONDS = 6.0  # in which everyone who waits has a turn
SHORTEST_SECONDS = 0.012  # below this, what a turn costs besides its frames would dominate
LOOK_SECONDS = 0.008  # between two looks at who waits
CLICKS_IN_A_ROW = 4  # after so many clicks a burst has its turn, whoever clicks


class Turn:
    """A visitor's place in the queue, and then the time in which his thread may compute.

    Attributes:
        seconds: How long the turn may last.
        urgent: Whether the visitor waits for the answer to a click.
    """

    def __init__(self, turns: Turns, urgent: bool, clicked: Callable[[], bool]) -> None:
        self.seconds = 0.0
        self.urgent = urgent
        self.clicked = clicked
        self._turns = turns
        self._called = threading.Event()
        self._begun = 0.0
        self._looked = 0.0

    @property
    def left(self) -> float:
        """Seconds that are left of the turn; negative when it is over."""
        return self._begun + self.seconds - time.perf_counter()

    @property
    def hurries(self) -> bool:
        """Whether the visitor waits for an answer: to a click, or to one that came since."""
        return self.urgent or self.clicked()

    @property
    def should_end(self) -> bool:
        """Whether frames should wait, because somebody has clicked: this visitor, or another one for some time."""
        if self.clicked():
            return True
        now = time.perf_counter()
        if self.urgent or now - self._begun < SHORTEST_SECONDS or now - self._looked < LOOK_SECONDS:
            return False
        self._looked = now
        return self._turns.somebody_hurries

    def give_way(self) -> None:
        """If the turn is over, let others go first, and wait for the next one."""
        if self.left <= 0:
            self._turns.leave(self)
            self.urgent = False
            self._turns.enter(self)

    def wait(self) -> None:
        """Wait until it is this visitor's turn."""
        self._called.wait()
        self._called.clear()
        self._begun = time.perf_counter()

    def call(self, seconds: float) -> None:
        """Begin the turn: from now on its thread may compute."""
        self.seconds = seconds
        self._called.set()


class Turns:
    """The queue of all visitors of this process.

    Attributes:
        click_watch: Called in a visitor's thread; returns a function that any thread may ask whether this visitor has
            clicked since.
    """

    def __init__(self) -> None:
        self.click_watch: Callable[[], Callable[[], bool]] = lambda: lambda: False
        self._lock = threading.Lock()
        self._waiting: deque[Turn] = deque()
        self._now: Turn | None = None
        self._clicks = 0  # answered in a row

    @contextmanager
    def turn(self, urgent: bool) -> Iterator[Turn]:
        """Wait for a turn, and have it inside.

        Args:
            urgent: Whether the visitor waits for the answer to a click.
        """
        turn = Turn(self, urgent, self.click_watch())
        self.enter(turn)
        try:
            yield turn
        finally:
            self.leave(turn)

    @property
    def somebody_hurries(self) -> bool:
        """Whether anyone who waits has clicked."""
        with self._lock:
            return any(turn.hurries for turn in self._waiting)

    def enter(self, turn: Turn) -> None:
        """Queue up, and wait."""
        with self._lock:
            self._waiting.append(turn)
            if self._now is None:
                self._call_next()
        turn.wait()

    def leave(self, turn: Turn) -> None:
        """End a turn and call the next one."""
        with self._lock:
            assert self._now is turn
            self._now = None
            if self._waiting:
                self._call_next()

    def _call_next(self) -> None:
        """Call the first who hurries, or else the first."""
        hurried = [turn for turn in self._waiting if turn.hurries]
        patient = [turn for turn in self._waiting if turn not in hurried]
        click = bool(hurried) and (self._clicks < CLICKS_IN_A_ROW or not patient)
        self._clicks = self._clicks + 1 if click else 0
        turn = (hurried if click else patient)[0]
        self._waiting.remove(turn)
        self._now = turn
        share = ROUND_SECONDS / (len(self._waiting) + 1)
        turn.call(max(SHORTEST_SECONDS, min(TURN_SECONDS, share)))


TURNS = Turns()
