"""Who computes next: one at a time, whoever has clicked first, everyone in turn."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from ui.live import turns
from ui.live.turns import CLICKS_IN_A_ROW, SHORTEST_SECONDS, TURN_SECONDS, Turn, Turns

LONG = 5.0  # seconds until a test gives up


@pytest.fixture(autouse=True)
def _turns_of_the_app(monkeypatch: pytest.MonkeyPatch) -> None:
    """The other tests of this folder make turns endless."""
    monkeypatch.setattr(turns, "TURN_SECONDS", TURN_SECONDS)
    monkeypatch.setattr(turns, "ROUND_SECONDS", 3.0)


class Visitors:
    """Visitors who queue up one after the other while somebody else has a turn."""

    def __init__(self) -> None:
        self.turns = Turns()
        self.order: list[str] = []
        self._threads: list[threading.Thread] = []

    def queue(self, name: str, urgent: bool = False, clicked: Callable[[], bool] = lambda: False) -> None:
        waiting = len(self.turns._waiting)
        self.turns.click_watch = lambda: clicked

        def visit() -> None:
            with self.turns.turn(urgent):
                self.order.append(name)

        thread = threading.Thread(target=visit, daemon=True)
        self._threads.append(thread)
        thread.start()
        end = time.monotonic() + LONG
        while len(self.turns._waiting) == waiting and time.monotonic() < end:
            time.sleep(0.001)

    def finish(self) -> list[str]:
        for thread in self._threads:
            thread.join(LONG)
            assert not thread.is_alive()
        return self.order


def test_one_computes_at_a_time_and_everyone_in_the_order_of_coming() -> None:
    visitors = Visitors()
    with visitors.turns.turn(urgent=False):
        for name in "abc":
            visitors.queue(name)
        assert visitors.order == []
    assert visitors.finish() == ["a", "b", "c"]


def test_who_has_clicked_goes_before_everyones_frames() -> None:
    visitors, clicked = Visitors(), threading.Event()
    with visitors.turns.turn(urgent=False):
        visitors.queue("frames")
        visitors.queue("frames, then a click", clicked=clicked.is_set)
        visitors.queue("click", urgent=True)
        clicked.set()
    assert visitors.finish() == ["frames, then a click", "click", "frames"]


def test_frames_are_not_kept_waiting_by_clicks_for_ever() -> None:
    visitors = Visitors()
    with visitors.turns.turn(urgent=False):
        visitors.queue("frames")
        for _ in range(CLICKS_IN_A_ROW + 3):
            visitors.queue("click", urgent=True)
    assert visitors.finish().index("frames") == CLICKS_IN_A_ROW


def test_a_turn_is_shorter_where_many_wait() -> None:
    visitors = Visitors()
    with visitors.turns.turn(urgent=False) as alone:
        assert alone.seconds == TURN_SECONDS
        lengths: list[float] = []
        for number in range(60):
            visitors.queue(str(number))
        visitors.turns.click_watch = lambda: lambda: False

        def last() -> None:
            with visitors.turns.turn(urgent=True) as turn:
                lengths.append(turn.seconds)

        thread = threading.Thread(target=last)
        thread.start()
        while len(visitors.turns._waiting) < 61:
            time.sleep(0.001)
    thread.join(LONG)
    visitors.finish()
    assert SHORTEST_SECONDS < lengths[0] < TURN_SECONDS


def test_who_has_used_up_the_time_lets_the_others_go_first(monkeypatch: pytest.MonkeyPatch) -> None:
    visitors = Visitors()
    with visitors.turns.turn(urgent=True) as turn:
        visitors.queue("other")
        turn.give_way()
        assert visitors.order == []  # there is time left
        monkeypatch.setattr(turn, "seconds", 0.0)
        turn.give_way()
        assert visitors.order == ["other"]
        assert turn.left > 0
        assert not turn.urgent
    visitors.finish()


def test_a_turn_ends_with_an_error_too() -> None:
    queue: Any = Turns()
    with pytest.raises(RuntimeError), queue.turn(urgent=False):
        raise RuntimeError
    with queue.turn(urgent=False) as turn:
        assert turn.left > 0


def ends(turn: Turn) -> bool:
    """Asked anew each time; a type checker takes a property for constant."""
    return turn.should_end


def test_frames_end_soon_after_anybody_has_clicked(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [100.0]
    monkeypatch.setattr(turns.time, "perf_counter", lambda: clock[0])
    visitors = Visitors()
    with visitors.turns.turn(urgent=False) as turn:
        visitors.queue("frames")
        clock[0] += SHORTEST_SECONDS + 0.001
        assert not ends(turn)
        visitors.queue("click", urgent=True)
        assert not ends(turn)  # the others have been looked at a moment ago
        clock[0] += turns.LOOK_SECONDS + 0.001
        assert ends(turn)
        assert turn.left > 0
    visitors.finish()
    with visitors.turns.turn(urgent=False) as turn:
        assert not ends(turn)
        monkeypatch.setattr(turn, "clicked", lambda: True)
        assert ends(turn)  # at once: it is the same visitor, whose click discards these frames


def test_an_answer_to_a_click_is_completed_whoever_clicks() -> None:
    visitors = Visitors()
    with visitors.turns.turn(urgent=True) as turn:
        visitors.queue("click", urgent=True)
        time.sleep(SHORTEST_SECONDS)
        assert not ends(turn)
    visitors.finish()
