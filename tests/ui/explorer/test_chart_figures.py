"""Figures: the numbers in them are the run's own, zeros are shown, and changes are marked."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from backprop import Experiment, Layer, Trainer, signal_ratio
from backprop.diagnosis import DISTRIBUTED_QUANTITIES, LAYER_QUANTITIES, factor, percent
from ui.charts import CHARTS, DistributionChart, LayerChart
from ui.explorer.chart_figures import MOST_NOTES, Run, figure
from ui.palette import DARK, LIGHT, Palette
from ui.workspace.presets import PRESETS

STACK = Experiment(
    dataset="moons", samples=60, layers=(Layer(5, "tanh"), Layer(4, "sigmoid"), Layer(3, "relu"), Layer(1, "sigmoid"))
)


def run(experiment: Experiment = STACK, frames: int = 6, colors: Palette = LIGHT) -> Run:
    """A run with a few frames of five updates."""
    trainer = Trainer(experiment)
    *_, frame = trainer.frame(), *trainer.frames(frames, 5)
    return Run(trainer, frame, colors)


def lines(name: str, shown: Run) -> dict[str, Any]:
    """The traces of a figure by their names in the legend."""
    return {trace.name: trace for trace in figure(name, shown).data}


def said_below(drawn: Any, axis: str = "xaxis") -> str:
    """The writing under a figure, without its line breaks."""
    return str(drawn.layout[axis].title.text).replace("<br>", " ")


def test_every_chart_of_one_quantity_names_one_that_the_history_keeps() -> None:
    charts = [chart for chart in CHARTS.values() if isinstance(chart, LayerChart)]
    assert len(charts) >= 4
    for chart in charts:
        assert {chart.quantity, *(chart.dashed or [])[:1]} <= set(LAYER_QUANTITIES)


@pytest.mark.parametrize("name", CHARTS)
@pytest.mark.parametrize("preset", PRESETS)
def test_every_chart_of_every_preset_can_be_drawn(preset: str, name: str) -> None:
    drawn = figure(name, run(PRESETS[preset].experiment, frames=3))
    assert json.loads(drawn.to_json())["data"]
    said = said_below(drawn, "xaxis2" if "xaxis2" in drawn.layout else "xaxis")
    assert ("Attenuation at step 15" if name == "attenuation" else CHARTS[name].long_title) in said
    assert PRESETS[preset].experiment.kind.label in said
    assert drawn.layout.paper_bgcolor == LIGHT.background


@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_can_be_drawn_before_the_first_update_and_of_one_layer(name: str) -> None:
    for experiment in (STACK, replace(STACK, layers=(Layer(1, "sigmoid"),)), STACK.for_dataset("sine")):
        assert figure(name, run(experiment, frames=0, colors=DARK)).to_json()


def test_loss_and_accuracy() -> None:
    shown = run()
    found, history = lines("loss", shown), shown.trainer.history
    for part in ("train", "test"):
        for quantity in ("loss", "accuracy"):
            trace = found[f"{part} {quantity}"]
            np.testing.assert_array_equal(trace.y, history.column(f"{part}_{quantity}"))
            np.testing.assert_array_equal(trace.x, [0, 5, 10, 15, 20, 25, 30])
    drawn = figure("loss", shown)
    assert (drawn.layout.yaxis.title.text, drawn.layout.yaxis2.title.text) == ("binary cross-entropy", "accuracy")
    assert said_below(drawn, "xaxis2").startswith("step (updates made) ")


def test_a_regression_has_no_accuracy() -> None:
    assert set(lines("loss", run(STACK.for_dataset("sine")))) == {"train loss", "test loss"}


NAMES = ["layer 1 (tanh)", "layer 2 (sigmoid)", "layer 3 (ReLU)", "output (sigmoid)"]


@pytest.mark.parametrize(
    ("name", "quantity"),
    [("gradient", "gradient_norm"), ("update", "update_ratio"), ("flat", "flat_share"), ("dead", "dead")],
)
def test_one_line_a_layer_in_its_colour(name: str, quantity: str) -> None:
    shown = run()
    found = lines(name, shown)
    for index, layer in enumerate(NAMES):
        values = shown.trainer.history.column(f"{quantity}_{index + 1}")
        expected = np.log10(values) if name in ("gradient", "update") else values
        np.testing.assert_allclose(np.array(found[layer].y, float), expected, rtol=1e-12)
        assert found[layer].line.color == LIGHT.depth(index, 4)
    if name == "dead":
        frozen = shown.trainer.history.column("frozen_2")
        np.testing.assert_array_equal(found["layer 2 (sigmoid), frozen"].y, frozen)


def test_a_gradient_of_zero_stands_at_the_bottom_and_is_called_zero() -> None:
    shown = run(replace(STACK, layers=(Layer(4, "tanh"), Layer(4, "step"), Layer(1, "sigmoid"))))
    drawn = figure("gradient", shown)
    axis, (first, second, output) = drawn.layout.yaxis, drawn.data
    assert axis.ticktext[0] == "0"
    for trace in (first, second):  # nothing passes the step
        assert set(trace.y) == {axis.tickvals[0]}
        assert set(trace.customdata) == {0.0}
    assert min(output.y) > axis.tickvals[0]
    cells, zeros = figure("heatmap", shown).data
    assert np.isnan(np.array(cells.z, float)[:2]).all()
    assert (np.array(zeros.z, float)[:2] == 0).all()
    assert zeros.colorscale[0][1] == LIGHT.dead


def test_the_heatmap_has_a_row_a_layer_the_first_on_top() -> None:
    shown = run()
    drawn = figure("heatmap", shown)
    (cells,) = drawn.data
    assert list(cells.y) == ["layer 1", "layer 2", "layer 3", "output"]
    assert drawn.layout.yaxis.autorange == "reversed"
    for index, row in enumerate(np.array(cells.z)):
        np.testing.assert_allclose(row, np.log10(shown.trainer.history.column(f"gradient_norm_{index + 1}")))


def test_the_usual_update_ratio_is_marked() -> None:
    (shape,) = figure("update", run()).layout.shapes
    assert (shape.y0, shape.y1) == (-3, -3)


@pytest.mark.parametrize("experiment", [STACK, PRESETS["Vanishing: eight sigmoids"].experiment])
def test_the_attenuation_adds_up_from_the_output_to_layer_1(experiment: Experiment) -> None:
    shown = run(experiment)
    bars = [trace for trace in figure("attenuation", shown).data if trace.type == "bar"]
    layers = shown.frame.layers
    assert len(bars) == 1 + 2 * (len(layers) - 1)
    level = math.log10(layers[-1].signal_rms)
    assert bars[0].base == pytest.approx(level)
    for bar in bars[1:]:
        top, falls = bar.base + bar.y[0], float(bar.text.removeprefix("×")) < 1
        assert level == pytest.approx(top if falls else bar.base, abs=1e-9)
        level = bar.base if falls else top
        assert bar.text == f"×{factor(10 ** (bar.y[0] * (-1 if falls else 1)))}"
    assert 10 ** (level - math.log10(layers[-1].signal_rms)) == pytest.approx(signal_ratio(layers), rel=1e-6)
    opacities = [bar.marker.opacity for bar in bars[1:]]
    assert opacities == [opacities[0], 1.0] * (len(layers) - 1)  # weights pale, slope full
    assert opacities[0] < 0.6
    colors = [LIGHT.depth(index, len(layers)) for index in reversed(range(len(layers) - 1)) for _ in range(2)]
    assert [bar.marker.color for bar in bars[1:]] == colors


def test_behind_the_end_of_the_signal_there_is_nothing_to_draw() -> None:
    shown = run(replace(STACK, layers=(Layer(4, "tanh"), Layer(4, "step"), Layer(1, "sigmoid"))))
    drawn = figure("attenuation", shown)
    assert [trace.text for trace in drawn.data if trace.type == "bar"][-1] == "×0"
    assert len([trace for trace in drawn.data if trace.type == "bar"]) == 3
    assert "receives 0 % of the output's error signal" in said_below(drawn)


def test_changes_are_marked_numbered_and_told() -> None:
    shown = run()
    trainer = shown.trainer
    trainer.change(replace(trainer.experiment, learning_rate=0.1))
    trainer.change(replace(trainer.experiment, noise=0.5))
    trainer.step(5)
    trainer.change(replace(trainer.experiment, layers=(*STACK.hidden[1:], STACK.output)), [1, 2, 3])
    *_, frame = trainer.frames(2, 5)
    drawn = figure("gradient", Run(trainer, frame, LIGHT))
    assert [shape.x0 for shape in drawn.layout.shapes] == [30, 35]
    assert [number.text for number in drawn.layout.annotations] == ["1", "2"]
    notes = f"1: step 30, {trainer.marks[0].text}; {trainer.marks[1].text} 2: step 35, {trainer.marks[2].text}"
    assert notes in said_below(drawn)
    # The first layer is the second of old: its line begins where it began.
    assert drawn.data[0].name == "layer 1 (sigmoid)"
    np.testing.assert_array_equal(drawn.data[0].customdata, trainer.history.column("gradient_norm_2"))
    assert [trace.name for trace in drawn.data] == ["layer 1 (sigmoid)", "layer 2 (ReLU)", "output (sigmoid)"]


def test_a_layer_that_came_later_has_no_line_before() -> None:
    shown = run()
    trainer = shown.trainer
    trainer.change(replace(trainer.experiment, layers=(*STACK.hidden, Layer(2), STACK.output)), [0, 1, 2, None, 3])
    *_, frame = trainer.frames(2, 5)
    y = np.array(figure("flat", Run(trainer, frame, LIGHT)).data[3].y, float)
    assert np.isnan(y[:7]).all()
    assert not np.isnan(y[7:]).any()


def test_of_many_changes_the_latest_are_told_in_words() -> None:
    shown = run(frames=1)
    for number in range(12):
        shown.trainer.step(1)
        shown.trainer.change(replace(shown.trainer.experiment, learning_rate=0.1 + number))
    drawn = figure("loss", shown)
    assert len(drawn.layout.annotations) == len(drawn.layout.shapes) == 12
    assert said_below(drawn, "xaxis2").count(": step ") == MOST_NOTES
    assert "5: step 10, " in said_below(drawn, "xaxis2")
    assert drawn.layout.xaxis.title.text is None


QUANTITIES = list(DISTRIBUTED_QUANTITIES)


def test_the_chart_of_distributions_offers_what_the_core_measures() -> None:
    chart = CHARTS["distributions"]
    assert isinstance(chart, DistributionChart)
    assert [one.key for one in chart.distributed] == QUANTITIES
    for one in chart.distributed:
        assert one.logarithmic == DISTRIBUTED_QUANTITIES[one.key].logarithmic


@pytest.mark.parametrize("of", QUANTITIES)
def test_a_ridge_a_layer_with_the_cores_counts(of: str) -> None:
    shown = replace(run(), distributed=of)
    drawn, logarithmic = figure("distributions", shown), DISTRIBUTED_QUANTITIES[of].logarithmic
    assert f"at step {shown.frame.step}" in said_below(drawn)
    found = shown.trainer.distributions(of)
    assert [ridge.name for ridge in drawn.data] == NAMES
    for index, (ridge, one) in enumerate(zip(drawn.data, found, strict=True)):
        assert ridge.base == 3 - index
        assert ridge.marker.color == LIGHT.depth(index, 4)
        np.testing.assert_allclose(np.array(ridge.y) / max(ridge.y), one.counts / one.counts.max())
        begin, end, share = np.array(ridge.customdata).T
        np.testing.assert_allclose(share, one.counts / one.entries)
        ends = [10.0**one.low, 10.0**one.high] if logarithmic else [one.low, one.high]
        assert [begin[0], end[-1]] == pytest.approx(ends)
        row = drawn.layout.yaxis.ticktext[index]
        assert row.startswith(NAMES[index].split(" (")[0])
        assert (f"{percent(one.zeros / one.entries)} zero" in row) == bool(one.zeros)
        assert ("flat" in row) == (of in ("z", "a") and index < 3)  # the output's slope cancels
    low, high = drawn.layout.xaxis.range
    filled = [np.flatnonzero(one.counts) for one in found]
    for one, bins in zip(found, filled, strict=True):
        width = (one.high - one.low) / len(one.counts)
        assert low <= one.low + bins[0] * width + 1e-9
        assert one.low + (bins[-1] + 1) * width <= high + 1e-9


def test_flat_zones_of_z_are_shaded_and_exact_zeros_are_a_bar() -> None:
    (tanh_left, tanh_right, *_, relu) = figure("distributions", run()).layout.shapes
    assert [shape.y0 for shape in (tanh_left, tanh_right, relu)] == [3, 3, 1]
    assert (tanh_left.x0, tanh_right.x1, relu.x0, relu.x1) == (-5, 5, -5, 0)
    assert tanh_right.x0 == -tanh_left.x1 == pytest.approx(2.178, abs=1e-3)
    (zeros,) = figure("distributions", replace(run(), distributed="a")).layout.shapes
    assert (zeros.x0, zeros.x1, zeros.y0) == (0, 0, 1)


def test_a_flat_zone_beyond_the_axis_is_not_drawn() -> None:
    shown = run(replace(STACK, layers=(Layer(4, "swish(0.3)"), Layer(1, "sigmoid"))))
    zones = shown.trainer.distributions("z")[0].flat_zones
    drawn = figure("distributions", shown)
    assert zones[0][1] < drawn.layout.xaxis.range[0]
    assert len(drawn.layout.shapes) == len(zones) - 1
    assert all(shape.x0 < shape.x1 for shape in drawn.layout.shapes)


def test_where_no_signal_arrives_there_is_no_ridge() -> None:
    stack = (Layer(4, "tanh"), Layer(4, "step"), Layer(1, "sigmoid"))
    drawn = figure("distributions", replace(run(replace(STACK, layers=stack)), distributed="phi"))
    assert not any(drawn.data[0].y)
    assert "100 % zero" in drawn.layout.yaxis.ticktext[0]
