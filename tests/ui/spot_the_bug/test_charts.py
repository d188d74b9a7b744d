"""The chart of the twins: every curve is the history's column, and what has no logarithm leaves a gap."""

from __future__ import annotations

import math

import numpy as np
import pytest

from backprop.training.history import History
from ui.palette import DARK, LIGHT, Palette
from ui.spot_the_bug.charts import twins_figure

COLUMNS = ("step", "right_loss", "wrong_loss", "cosine_1", "norm_ratio_1", "cosine_2", "norm_ratio_2")
NAN = math.nan


def _history(*rows: list[float]) -> History:
    history = History(COLUMNS)
    for row in rows:
        history.append(row)
    return history


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_every_curve_is_a_column_in_its_colour(colours: Palette) -> None:
    history = _history([0, 0.7, 0.7, 0.5, 2.0, 1.0, 1.0], [4, 0.6, 0.8, 0.4, 3.0, 1.0, 1.0])
    traces = twins_figure(history, ["one", "two"], colours).data
    names = ["right_loss", "wrong_loss", "cosine_1", "norm_ratio_1", "cosine_2", "norm_ratio_2"]
    for trace, name in zip(traces, names, strict=True):
        np.testing.assert_array_equal(trace.x, [0, 4])
        np.testing.assert_array_equal(trace.y, history.column(name))
    assert traces[0].line.color == colours.muted
    assert traces[1].line.color == colours.dead
    assert [trace.line.color for trace in traces[2:]] == [colours.depth(j, 2) for j in (0, 0, 1, 1)]
    assert [trace.name for trace in traces if trace.showlegend is not False][2:] == ["one", "two"]


def test_a_single_moment_is_drawn_as_points() -> None:
    assert {t.mode for t in twins_figure(_history([0, 0.7, 0.7, 0.5, 2.0, 1.0, 1.0]), ["a", "b"], LIGHT).data} == {
        "markers"
    }


def test_what_is_not_finite_leaves_a_gap_and_the_range_alone() -> None:
    history = _history(
        [0, 0.7, 0.7, 0.5, 2.0, 1.0, 1.0], [4, 0.6, math.inf, NAN, NAN, NAN, 0.0], [8, 0.5, 1e200, 0, 1, 1, 1]
    )
    figure = twins_figure(history, ["a", "b"], LIGHT)
    assert np.isnan(figure.data[1].y[1])
    assert np.isnan(figure.data[5].y[1])
    low, high = figure.layout.yaxis.range
    assert low < math.log10(0.5)
    assert high < math.log10(0.7) + 3.5
    assert figure.layout.yaxis3.range[0] < -1
    assert figure.layout.yaxis3.range[1] > 1
    nothing = twins_figure(_history([0, NAN, NAN, NAN, NAN, NAN, NAN]), ["a", "b"], LIGHT)
    assert all(math.isfinite(end) for axis in ("yaxis", "yaxis3") for end in nothing.layout[axis].range)


def test_a_logarithmic_axis_is_never_without_numbers() -> None:
    near = twins_figure(
        _history([0, 0.7, 0.7, 0.5, 2.0, 1.0, 1.0], [4, 0.3, 0.6, 0.4, 3.0, 1.0, 1.0]), ["a", "b"], LIGHT
    )
    assert list(near.layout.yaxis.tickvals) == [0.5]
    assert list(near.layout.yaxis3.tickvals) == pytest.approx([0.1, 1.0, 10.0])
    far = twins_figure(
        _history([0, 0.7, 0.7, 0.5, 2.0, 1.0, 1.0], [4, 0.003, 0.6, 0.4, 3.0, 1.0, 1.0]), ["a", "b"], LIGHT
    )
    assert list(far.layout.yaxis.tickvals) == pytest.approx([0.01, 0.1])
