"""Speed: the number that was asked for, or as many updates as leave room for the frames."""

from __future__ import annotations

import pytest

from ui.live.pace import FASTEST_GROWTH, MAX_TOP_UPDATES, TOP_FRAMES, Pace

BURST = 0.1
FRAME = BURST / TOP_FRAMES


def settled(update_seconds: float, picture_seconds: float, frames: int = 30) -> Pace:
    """The pace after some frames on a machine on which everything takes the same time again and again."""
    pace = Pace()
    pace.set_top()
    for _ in range(frames):
        updating = pace.updates * update_seconds
        pace.took(pace.updates, updating, updating + picture_seconds, BURST)
    return pace


@pytest.mark.parametrize(("update_seconds", "picture_seconds"), [(40e-6, 1e-3), (1e-3, 2e-3), (170e-6, 0.02)])
def test_top_speed_fills_the_time_between_two_frames(update_seconds: float, picture_seconds: float) -> None:
    pace = settled(update_seconds, picture_seconds)
    assert pace.updates * update_seconds + picture_seconds == pytest.approx(FRAME, abs=update_seconds)
    assert pace.name == "top"


def test_a_slow_picture_leaves_a_quarter_of_the_time_to_training() -> None:
    assert settled(1e-3, 0.5).updates == pytest.approx(FRAME / 4 / 1e-3, abs=1)


def test_an_update_that_takes_longer_than_a_frame_is_still_made() -> None:
    assert settled(0.5, 0.01).updates == 1


def test_top_speed_grows_step_by_step_and_not_beyond_its_bound() -> None:
    pace = Pace(10)
    pace.set_top()
    pace.took(10, 1e-9, 1e-9, BURST)
    assert pace.updates == 10 * FASTEST_GROWTH
    for _ in range(40):
        pace.took(pace.updates, 0.0, 0.0, BURST)  # a coarse clock
    assert pace.updates == MAX_TOP_UPDATES


def test_a_number_that_was_asked_for_stays() -> None:
    pace = settled(1e-3, 1e-3)
    pace.set(7)
    pace.took(7, 1.0, 2.0, BURST)
    assert (pace.updates, pace.name) == (7, 7)


def test_a_frame_that_was_cut_short_counts_the_updates_that_it_made() -> None:
    """After a change to a far larger network, thousands of updates would take minutes."""
    pace = Pace(100_000)
    pace.set_top()
    pace.took(10, FRAME, FRAME, BURST)
    assert pace.updates == 10
