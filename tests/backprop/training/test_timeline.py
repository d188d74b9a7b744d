"""The timeline of a run: bounded in number and in bytes, and always with the first and the latest moment."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backprop.experiment import Experiment
from backprop.layer import Layer
from backprop.training.snapshot import Snapshot
from backprop.training.timeline import Timeline
from backprop.training.trainer import Trainer

TRAINER = Trainer(Experiment(samples=20, layers=(Layer(2), Layer(1, "sigmoid"))))
MOMENT = TRAINER.snapshot()
SIZE = MOMENT.size


def _at(step: int, times: int = 1) -> Snapshot:
    """A snapshot at ``step``, with parameters ``times`` as large as usual."""
    return replace(MOMENT, step=step, parameters=np.zeros(9 * times, "float32"))


def _timeline(steps: int, max_moments: int = 8, max_bytes: int = 10**6) -> Timeline:
    timeline = Timeline(max_moments, max_bytes)
    for step in range(steps):
        timeline.note(_at(step))
    return timeline


def test_the_size_of_a_snapshot_is_that_of_its_arrays() -> None:
    # Four float32 arrays of 9 parameters (present, previous, Adam's two moments) and one byte for each of 3 units.
    assert SIZE == 9 * 4 * 4 + 3


def test_keeps_every_moment_until_it_is_full_and_then_every_second() -> None:
    assert _timeline(8).steps == (0, 1, 2, 3, 4, 5, 6, 7)
    assert _timeline(10).steps == (0, 2, 4, 5, 6, 7, 8, 9)
    assert _timeline(15).steps == (0, 2, 4, 6, 8, 10, 12, 14)
    assert _timeline(16).steps == (0, 2, 4, 6, 8, 10, 12, 15)
    assert _timeline(29).steps == (0, 4, 8, 12, 18, 21, 26, 28)  # about every fourth


@given(st.integers(1, 400), st.sampled_from([2, 3, 8, 64]))
@settings(max_examples=30)
def test_moments_are_bounded_ordered_and_about_evenly_spaced(count: int, max_moments: int) -> None:
    steps = _timeline(count, max_moments).steps
    assert len(steps) == min(count, max_moments)
    assert (steps[0], steps[-1]) == (0, count - 1)
    gaps = np.diff(steps)
    assert (gaps > 0).all()
    # Deleting any other moment would leave a gap at least as large as the largest.
    assert gaps.max(initial=1) <= (gaps[1:] + gaps[:-1]).min(initial=count)


def test_moments_are_bounded_in_bytes() -> None:
    timeline = _timeline(100, max_moments=64, max_bytes=10 * SIZE)
    assert len(timeline) == 10
    assert (timeline.steps[0], timeline.steps[-1]) == (0, 99)
    for step in range(100, 104):  # larger snapshots, as of a network that has grown
        timeline.note(_at(step, times=30))
        assert sum(timeline.nearest(kept).size for kept in timeline.steps) <= 10 * SIZE or len(timeline) == 2
    timeline.note(_at(104, times=1000))  # larger than the limit
    assert timeline.steps == (0, 104)
    for step in range(51, 60):
        timeline.note(_at(step))
    assert timeline.steps == (0, *range(51, 60))  # deleted snapshots take up no room


def test_nearest_finds_the_moment_with_the_closest_step() -> None:
    timeline = _timeline(16, max_moments=5)
    assert timeline.steps == (0, 4, 9, 13, 15)
    nearest = {-5: 0, 0: 0, 1: 0, 2: 0, 3: 4, 6: 4, 7: 9, 12: 13, 14: 13, 15: 15, 1000: 15}
    assert {step: timeline.nearest(step).step for step in nearest} == nearest
    with pytest.raises(LookupError, match="this timeline is empty: add a snapshot with 'note' first"):
        Timeline().nearest(0)


def test_a_moment_at_or_before_the_latest_replaces_all_later_ones() -> None:
    timeline = _timeline(8)
    changed = _at(5)
    timeline.note(changed)
    assert timeline.steps == (0, 1, 2, 3, 4, 5)
    assert timeline.nearest(5) is changed
    timeline.note(_at(0))
    assert timeline.steps == (0,)


@given(st.lists(st.tuples(st.integers(1, 40), st.integers(0, 150)), max_size=8))
def test_truncating_any_number_of_times(moves: list[tuple[int, int]]) -> None:
    timeline, step = Timeline(max_moments=8), 0
    for run, back in moves:
        for _ in range(run):
            timeline.note(_at(step))
            step += 1
        before = timeline.steps
        timeline.truncate(back)
        assert timeline.steps == tuple(kept for kept in before if kept <= back)
        step = min(step, back + 1)
    timeline.note(_at(step))
    assert timeline.steps[-1] == step
    assert timeline.steps[0] == 0
    assert len(timeline) <= 8
    assert list(timeline.steps) == sorted(set(timeline.steps))


def test_a_cleared_timeline_is_empty() -> None:
    timeline = _timeline(100)
    timeline.clear()
    assert (len(timeline), timeline.steps) == (0, ())
    for step in range(3):
        timeline.note(_at(step))
    assert timeline.steps == (0, 1, 2)


def test_a_run_can_return_to_every_kept_moment() -> None:
    trainer, timeline = Trainer(TRAINER.experiment), Timeline(max_moments=4)
    parameters = {}
    for frame in trainer.frames(20):
        timeline.note(trainer.snapshot())
        parameters[frame.step] = trainer.network.parameters.copy()
    for step in timeline.steps:
        trainer.restore(timeline.nearest(step), keep_history=True)
        np.testing.assert_array_equal(trainer.network.parameters, parameters[step])
    assert len(trainer.history) == 20
