"""The history of a run: bounded, ordered, evenly thinned, and truncated when a run returns to an earlier state."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from backprop.training.history import History


def _history(rows: int, capacity: int = 8, start: int = 0) -> History:
    history = History(("step", "loss"), capacity)
    for step in range(start, start + rows):
        history.append([step, -step])
    return history


def test_keeps_every_row_until_it_is_full() -> None:
    history = _history(8)
    assert len(history) == 8
    np.testing.assert_array_equal(history.column("step"), np.arange(8))
    np.testing.assert_array_equal(history.column("loss"), -np.arange(8))
    np.testing.assert_array_equal(history.rows[3], [3, -3])


def test_every_second_row_is_dropped_when_it_is_full() -> None:
    np.testing.assert_array_equal(_history(9).column("step"), [0, 2, 4, 6, 8])
    np.testing.assert_array_equal(_history(15).column("step"), [0, 2, 4, 6, 8, 10, 12, 14])
    np.testing.assert_array_equal(_history(17).column("step"), [0, 4, 8, 12, 16])


@given(st.integers(0, 3000), st.sampled_from([2, 8, 64]))
def test_rows_are_bounded_ordered_and_evenly_spaced(rows: int, capacity: int) -> None:
    history = _history(rows, capacity)
    steps = history.column("step")
    assert len(history) == len(history.rows) <= capacity
    if rows:
        assert steps[0] == 0  # the first row is never dropped
        assert len(np.unique(np.diff(steps))) <= 1
        assert len(history) > min(rows, capacity) // 2 - 1
        assert rows - 1 - steps[-1] < max(1.0, float(np.diff(steps).max(initial=1)))  # the last row is recent


@given(st.lists(st.tuples(st.integers(1, 60), st.integers(0, 200)), max_size=8))
def test_truncating_any_number_of_times(moves: list[tuple[int, int]]) -> None:
    history, step = History(("step", "loss"), 8), 0
    for run, back in moves:
        for _ in range(run):
            history.append([step, -step])
            step += 1
        before = history.rows.copy()
        step = min(step, back)
        history.truncate(step - 1)
        np.testing.assert_array_equal(history.rows, before[before[:, 0] < step])
        assert len(history) <= 8
        assert (np.diff(history.column("step")) > 0).all()
    for later in range(step, step + 300):
        history.append([later, -later])
    steps = history.column("step")
    assert len(history) <= 8
    assert (np.diff(steps) > 0).all()
    assert step + 300 - steps[-1] <= 128  # the largest spacing that another 300 rows can lead to


def test_rows_stay_evenly_spaced_after_truncating_at_one_of_them() -> None:
    history = _history(17)
    history.truncate(12)
    for step in range(13, 101):
        history.append([step, 0])
    np.testing.assert_array_equal(history.column("step"), [0, 16, 32, 48, 64, 80, 96])


def test_a_history_truncated_to_nothing_keeps_every_row_again() -> None:
    history = _history(100, start=10)
    history.truncate(5)
    assert len(history) == 0
    for step in range(3):
        history.append([step, 0])
    np.testing.assert_array_equal(history.column("step"), [0, 1, 2])


def test_a_cleared_history_keeps_every_row_again() -> None:
    history = _history(100)
    history.clear()
    assert len(history) == 0
    history.append([7, 0])
    history.append([8, 0])
    np.testing.assert_array_equal(history.column("step"), [7, 8])


# --- columns that are added and removed ------------------------------------------------------------------------------


def test_rows_are_nan_in_columns_that_were_not_in_use() -> None:
    history = History(("step", "a", "b"), 8)
    history.append([0, 1, 2])
    history.use(("step", "c", "a"))
    history.append([1, 3, 4])
    history.use(("step", "b"))
    history.append([2, 5])
    assert history.columns == ("step", "a", "b", "c")
    np.testing.assert_array_equal(history.column("step"), [0, 1, 2])
    np.testing.assert_array_equal(history.column("a"), [1, 4, np.nan])
    np.testing.assert_array_equal(history.column("b"), [2, np.nan, 5])
    np.testing.assert_array_equal(history.column("c"), [np.nan, 3, np.nan])


def test_a_row_written_over_an_old_one_keeps_none_of_its_values() -> None:
    history = History(("step", "a"), 8)
    for step in range(4):
        history.append([step, 7])
    history.truncate(1)
    history.use(("step", "b"))
    history.append([2, 8])
    np.testing.assert_array_equal(history.rows[-1], [2, np.nan, 8])


def test_the_columns_longest_out_of_use_are_deleted() -> None:
    history = History(("step", "a", "b"), 8, max_columns=4)
    history.append([0, 1, 2])
    for number in range(6):
        history.use(("step", f"c{number}"))
        history.append([number + 1, 10 + number])
    assert history.columns == ("step", "c3", "c4", "c5")
    np.testing.assert_array_equal(history.column("c4")[-3:], [np.nan, 14, np.nan])
    wide = ("step", "c5", *(f"d{number}" for number in range(9)))  # columns in use are never deleted
    history.use(wide)
    assert history.columns == wide
    history.append(list(range(7, 18)))
    np.testing.assert_array_equal(history.rows[-1], range(7, 18))
    np.testing.assert_array_equal(history.column("c5")[-2:], [15, 8])


def test_truncating_may_delete_columns() -> None:
    history = History(("step", "a"), 8)
    history.append([0, 1])
    columns = history.columns
    history.use(("step", "b", "a"))
    history.append([1, 2, 3])
    history.use(("step", "a"))
    history.truncate(0, columns)
    assert history.columns == ("step", "a")
    history.append([1, 4])
    np.testing.assert_array_equal(history.rows, [[0, 1], [1, 4]])
