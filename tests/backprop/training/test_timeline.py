"""The kept moments of a run: bounded in number and in bytes, the first and the latest always among them."""

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
    """A state of that step; ``times`` as large as others."""
    return replace(MOMENT, step=step, parameters=np.zeros(9 * times, "float32"))


def _timeline(steps: int, max_moments: int = 8, max_bytes: int = 10**6) -> Timeline:
    timeline = Timeline(max_moments, max_bytes)
    for step in range(steps):
        timeline.note(_at(step))
    return timeline


def test_the_size_of_a_snapshot_is_that_of_its_arrays() -> None:
    # 9 parameters as float32: as they are, as they were, Adam's two moments; and a byte for each of the 3 units.
    assert SIZE == 9 * 4 * 4 + 3


def test_keeps_every_moment_until_it_is_full_then_every_second() -> None:
    assert _timeline(8).steps == (0, 1, 2, 3, 4, 5, 6, 7)
    assert _timeline(10).steps == (0, 2, 4, 5, 6, 7, 8, 9)
    assert _timeline(15).steps == (0, 2, 4, 6, 8, 10, 12, 14)
    assert _timeline(16).steps == (0, 2, 4, 6, 8, 10, 12, 15)
    assert _timeline(29).steps == (0, 4, 8, 12, 18, 21, 26, 28)  # about every fourth


@given(st.integers(1, 400), st.sampled_from([2, 3, 8, 64]))
@settings(max_examples=30)
def test_bounded_ordered_and_about_evenly_spaced(count: int, max_moments: int) -> None:
    steps = _timeline(count, max_moments).steps
    assert len(steps) == min(count, max_moments)
    assert (steps[0], steps[-1]) == (0, count - 1)
    gaps = np.diff(steps)
    assert (gaps > 0).all()
    assert gaps.max(initial=1) <= (gaps[1:] + gaps[:-1]).min(initial=count)  # no two could have gone instead of one


def test_bounded_in_bytes() -> None:
    timeline = _timeline(100, max_moments=64, max_bytes=10 * SIZE)
    assert len(timeline) == 10
    assert (timeline.steps[0], timeline.steps[-1]) == (0, 99)
    for step in range(100, 104):  # larger ones: the network has grown
        timeline.note(_at(step, times=30))
        assert sum(timeline.nearest(kept).size for kept in timeline.steps) <= 10 * SIZE or len(timeline) == 2
    timeline.note(_at(104, times=1000))  # more than there is room for
    assert timeline.steps == (0, 104)
    for step in range(51, 60):
        timeline.note(_at(step))
    assert timeline.steps == (0, *range(51, 60))  # what was forgotten takes no room


def test_the_nearest_moment() -> None:
    timeline = _timeline(16, max_moments=5)
    assert timeline.steps == (0, 4, 9, 13, 15)
    asked = {-5: 0, 0: 0, 1: 0, 2: 0, 3: 4, 6: 4, 7: 9, 12: 13, 14: 13, 15: 15, 1000: 15}
    assert {step: timeline.nearest(step).step for step in asked} == asked
    with pytest.raises(LookupError):
        Timeline().nearest(0)


def test_a_moment_at_or_before_the_latest_begins_a_branch() -> None:
    timeline = _timeline(8)
    changed = _at(5)
    timeline.note(changed)
    assert timeline.steps == (0, 1, 2, 3, 4, 5)
    assert timeline.nearest(5) is changed
    timeline.note(_at(0))
    assert timeline.steps == (0,)


@given(st.lists(st.tuples(st.integers(1, 40), st.integers(0, 150)), max_size=8))
def test_going_back_any_number_of_times(moves: list[tuple[int, int]]) -> None:
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


def test_clear() -> None:
    timeline = _timeline(100)
    timeline.clear()
    assert (len(timeline), timeline.steps) == (0, ())
    for step in range(3):
        timeline.note(_at(step))
    assert timeline.steps == (0, 1, 2)


def test_moments_of_a_run_can_be_gone_back_to() -> None:
    trainer, timeline = Trainer(TRAINER.experiment), Timeline(max_moments=4)
    parameters = {}
    for frame in trainer.frames(20):
        timeline.note(trainer.snapshot())
        parameters[frame.step] = trainer.network.parameters.copy()
    for step in timeline.steps:
        trainer.restore(timeline.nearest(step), keep_history=True)
        np.testing.assert_array_equal(trainer.network.parameters, parameters[step])
    assert len(trainer.history) == 20
