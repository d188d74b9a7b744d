"""The charts of a run as Plotly figures, to zoom, to read off and to save: from a trainer's history to a figure."""

from __future__ import annotations

import itertools
import math
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.subplots import make_subplots

from backprop import Frame, LayerDiagnostics, Trainer, budgets, get_activation
from backprop.diagnosis import DISTRIBUTED_QUANTITIES, LayerDistribution, amount, factor, percent
from backprop.functions import OPTIMIZERS, get_loss, spec_label
from ui.charts import CHARTS, Distributed, DistributionChart, LayerChart
from ui.palette import Palette

Array = NDArray[Any]

ATTENUATION, DISTRIBUTIONS = "attenuation", "distributions"
OF_A_MOMENT = (ATTENUATION, DISTRIBUTIONS)  # the other charts are over the steps of the run
MOST_NOTES = 8  # changes that are listed below a chart
HEIGHT = 480
MANY = 10  # layers, with which there is a single line of writing beside each ridge
# Magma without its dark end (Smith & van der Walt 2015); not the colours of the layers.
_RAMP = ["rgb(20,14,54)", "rgb(81,18,124)", "rgb(183,55,121)", "rgb(252,137,97)", "rgb(252,253,191)"]
_PALE = 0.45
_RIDGE = 0.9  # height of a ridge, where two are 1 apart
_PITCH = 24  # pixels between two ridges, if there are many
_LYING_ABOVE = {
    "orientation": "h",
    "x": 0,
    "xanchor": "left",
    "y": 1.05,
    "yanchor": "bottom",
    "len": 0.7,
    "thickness": 12,
}
_LINE = 56  # letters per line below a chart, which fit on a narrow screen


@dataclass(frozen=True)
class Run:
    """What a figure is drawn from.

    Attributes:
        trainer: The run.
        frame: The moment that is shown.
        colors: The palette of the theme.
        distributed: The quantity whose distributions are shown; by default the first that there is to choose.
    """

    trainer: Trainer
    frame: Frame
    colors: Palette
    distributed: str | None = None

    @property
    def steps(self) -> Array:
        """The step of each row of the history."""
        return self.trainer.history.column("step")

    def column(self, name: str) -> Array:
        """One column of the history."""
        return self.trainer.history.column(name)

    def layers(self, name: str) -> Array:
        """One quantity of every layer, shape (layers, rows); NaN while a layer did not exist."""
        return np.array([self.column(f"{name}_{identity}") for identity in self.trainer.layer_ids])

    @property
    def names(self) -> list[str]:
        """The names of the layers in the legend."""
        hidden = [f"layer {j} ({get_activation(x.activation).label})" for j, x in enumerate(self.hidden, start=1)]
        return [*hidden, f"output ({get_activation(self.trainer.experiment.output.activation).label})"]

    @property
    def hidden(self) -> Sequence[Any]:
        """The hidden layers."""
        return self.trainer.experiment.hidden

    def color(self, index: int) -> str:
        """The colour of a layer, counted from 0."""
        return self.colors.depth(index, len(self.trainer.experiment.layers))


def figure(name: str, run: Run) -> go.Figure:
    """The figure of the chart with this name; KeyError if there is no such chart."""
    chart = CHARTS[name]
    drawn = _quantity(run, chart) if isinstance(chart, LayerChart) else _OWN[name](run)
    title = {ATTENUATION: _received, DISTRIBUTIONS: _distributed_title}.get(name, lambda _: chart.long_title)(run)
    _style(drawn, run, title, over_steps=name not in OF_A_MOMENT)
    return drawn


# --- one function a chart --------------------------------------------------------------------------------------------


def _loss(run: Run) -> go.Figure:
    loss = get_loss(run.trainer.experiment.loss).label
    classification = run.frame.train_accuracy is not None
    rows = 2 if classification else 1
    drawn = make_subplots(rows=rows, cols=1, shared_xaxes=True, vertical_spacing=0.06)
    parts = (("train", run.colors.text, "solid"), ("test", run.colors.muted, "dash"))
    for part, color, dash in parts:
        line = {"color": color, "dash": dash, "width": 2}
        row = go.Scatter(x=run.steps, y=run.column(f"{part}_loss"), name=f"{part} loss", line=line)
        drawn.add_trace(row, row=1, col=1)
        if classification:
            line = {"color": run.colors.good, "dash": dash, "width": 2}
            share = go.Scatter(x=run.steps, y=run.column(f"{part}_accuracy"), name=f"{part} accuracy", line=line)
            drawn.add_trace(share, row=2, col=1)
    drawn.update_yaxes(title_text=loss, rangemode="tozero", row=1, col=1)
    if classification:
        drawn.update_yaxes(title_text="accuracy", tickformat=".0%", row=2, col=1)
    drawn.update_xaxes(title_text="step (updates made)", row=rows, col=1)
    return drawn


def _quantity(run: Run, chart: LayerChart) -> go.Figure:
    """One quantity of every layer, and if the chart has a second one, that in dashes."""
    logarithmic = chart.scale == "log"
    shape = "hv" if chart.scale == "count" else "linear"
    drawn = _logarithmic(run, chart.quantity) if logarithmic else _lines(run, run.layers(chart.quantity), shape)
    drawn.update_yaxes(title_text=chart.axis)
    if chart.scale == "share":
        drawn.update_yaxes(tickformat=".0%", range=[-0.02, 1.02])
    elif chart.scale == "count":
        drawn.update_yaxes(rangemode="tozero", tickformat="d")
    if chart.dashed:
        quantity, label = chart.dashed
        for index, values in enumerate(run.layers(quantity)):
            line = {"color": run.color(index), "width": 2, "dash": "dot", "shape": shape}
            drawn.add_trace(go.Scatter(x=run.steps, y=values, name=f"{run.names[index]}, {label}", line=line))
    if chart.usual:
        drawn.add_hline(
            y=math.log10(chart.usual) if logarithmic else chart.usual,
            line={"color": run.colors.good, "dash": "dash", "width": 2},
            annotation={"text": f"{_number(chart.usual)} is usual", "font": {"color": run.colors.good}},
            annotation_position="bottom right",
        )
    return drawn


def _heatmap(run: Run) -> go.Figure:
    values = run.layers("gradient_norm")
    logs = np.log10(np.where(values > 0, values, np.nan))
    names = [name.split(" (")[0] for name in run.names]
    ramp = [[i / (len(_RAMP) - 1), color] for i, color in enumerate(_RAMP)]
    ticks = _decades(logs)
    drawn = go.Figure(
        go.Heatmap(
            x=run.steps,
            y=names,
            z=logs,
            colorscale=ramp,
            colorbar={
                "title": {"text": "gradient norm ‖∂L/∂W‖ (Frobenius)", "side": "top"},
                "tickvals": ticks,
                "ticktext": [_power(t) for t in ticks],
                **_LYING_ABOVE,
            },
            customdata=values,
            hovertemplate="step %{x}<br>%{y}: %{customdata:.3g}<extra></extra>",
        )
    )
    if (values == 0).any():
        dead = run.colors.dead
        drawn.add_trace(
            go.Heatmap(
                x=run.steps,
                y=names,
                z=np.where(values == 0, 0.0, np.nan),
                colorscale=[[0, dead], [1, dead]],
                showscale=False,
                showlegend=True,
                name="zero",
                hovertemplate="step %{x}<br>%{y}: 0<extra></extra>",
            )
        )
    drawn.update_yaxes(autorange="reversed", title_text="layer, the first on top")
    drawn.update_xaxes(title_text="step (updates made)")
    return drawn


def _attenuation(run: Run) -> go.Figure:
    """The error signal from the output, on the left, to layer 1: what the weights and the slope of each layer did to
    it.
    """
    parts, last = budgets(run.frame.layers), len(run.frame.layers) - 1
    drawn, level = go.Figure(), _log(run.frame.layers[-1].signal_rms)
    bars = [(0.0, "output", last, level, level, 1.0, "the output's error signal")]
    for column, index in enumerate(reversed(range(last)), start=1):
        for offset, part, opacity in ((-0.2, "weights", _PALE), (0.2, "slope", 1.0)):
            change = getattr(parts[index], part)
            subject = (
                f"the weights from layer {index + 1} on" if part == "weights" else f"the slope of {run.names[index]}"
            )
            bars.append((column + offset, part, index, level, level + change, opacity, subject))
            level += change
    for (x, *_, end, _, _), (after, *_) in itertools.pairwise(bars):
        if math.isfinite(end):  # connects the end of one bar with the start of the next
            drawn.add_shape(type="line", x0=x, x1=after, y0=end, y1=end, line={"color": run.colors.muted, "width": 1})
    ends = [end for *_, end, _, _ in bars if math.isfinite(end)]
    floor = math.floor(min(ends, default=-1.0) - 0.05)
    for x, part, index, begin, end, opacity, subject in bars:
        if not math.isfinite(begin) and part != "output":
            continue  # no signal arrives here
        bottom, top = sorted((begin if math.isfinite(begin) else floor, end if math.isfinite(end) else floor))
        color = run.color(index)
        times = "" if part == "output" else f"×{factor(10 ** (end - begin))}"
        drawn.add_trace(
            go.Bar(
                x=[x],
                y=[top - bottom],
                base=bottom,
                width=0.36 if part != "output" else 0.76,
                marker={"color": color, "opacity": opacity, "line": {"color": color, "width": 2}},
                text=times,
                textposition="outside",
                showlegend=False,
                hovertemplate=f"{subject}{': ' + times if times else ''}<extra></extra>",
            )
        )
    _attenuation_axes(drawn, run, [floor, math.ceil(max(ends, default=0.0) + 0.15)])
    return drawn


def _attenuation_axes(drawn: go.Figure, run: Run, limits: list[int]) -> None:
    for text, opacity in (("weights (pale)", _PALE), ("slope (full)", 1.0)):
        color = {"color": run.colors.muted, "opacity": opacity, "symbol": "square", "size": 12}
        drawn.add_trace(go.Scatter(x=[None], y=[None], mode="markers", marker=color, name=text))
    ticks = _every(limits[0], limits[1], 8)
    drawn.update_yaxes(
        title_text="rms of the error signal φ", range=limits, tickvals=ticks, ticktext=[_power(t) for t in ticks]
    )
    names = ["output", *(f"layer {j}" for j in range(len(run.hidden), 0, -1))]
    drawn.update_xaxes(
        title_text="on the way back",
        range=[-0.6, len(names) - 0.4],
        tickvals=list(range(len(names))),
        ticktext=names,
        showgrid=False,
    )
    drawn.update_layout(barmode="overlay")


def _distributions(run: Run) -> go.Figure:
    """A ridge for each layer, the first on top, each scaled to its fullest bin."""
    quantity, drawn = _quantity_of(run), go.Figure()
    found = run.trainer.distributions(quantity.key)
    low, high = _limits(found, quantity)
    for index, one in enumerate(found):
        base = len(found) - 1 - index
        for begin, end in one.flat_zones:
            if begin < high and end > low:
                x = {"x0": max(begin, low), "x1": min(end, high)}
                fill = {"fillcolor": run.colors.saturated, "opacity": 0.16, "line": {"width": 0}}
                drawn.add_shape(type="rect", **x, y0=base, y1=base + _RIDGE, layer="below", **fill)
        drawn.add_trace(_ridge(one, quantity, base, run.names[index], run.color(index)))
        if one.zeros and not quantity.logarithmic:
            up = _RIDGE * min(1.0, one.zeros / max(one.counts.max(), 1))
            line = {"color": run.color(index), "width": 4}
            drawn.add_shape(type="line", x0=0, x1=0, y0=base, y1=base + up, line=line)
    between = "<br>" if len(found) < MANY else "  "
    rows = [
        f"{name.split(' (')[0]}{between}<sup>{_beside(one, quantity, layer)}</sup>"
        for name, one, layer in zip(run.names, found, run.frame.layers, strict=True)
    ]
    drawn.update_layout(barmode="overlay", showlegend=False, height=max(HEIGHT, 140 + _PITCH * len(found)))
    drawn.update_yaxes(range=[-0.05, len(found)], tickvals=list(range(len(found)))[::-1], ticktext=rows)
    drawn.update_xaxes(title_text=quantity.axis, range=[low, high])
    if quantity.logarithmic:
        ticks = _every(math.floor(low), math.ceil(high), 8)
        drawn.update_xaxes(tickvals=ticks, ticktext=[_power(tick) for tick in ticks])
    return drawn


def _ridge(one: LayerDistribution, quantity: Distributed, base: int, name: str, color: str) -> go.Bar:
    edges = _edges(one)
    ends = 10.0**edges if quantity.logarithmic else edges
    return go.Bar(
        x=(edges[:-1] + edges[1:]) / 2,
        y=_RIDGE * one.counts / max(one.counts.max(), 1),
        base=base,
        width=np.diff(edges),
        marker={"color": color, "opacity": 0.75, "line": {"width": 0}},
        name=name,
        customdata=np.column_stack([ends[:-1], ends[1:], one.counts / max(one.entries, 1)]),
        hovertemplate="%{customdata[0]:.3g} … %{customdata[1]:.3g}: %{customdata[2]:.1%}",
    )


def _limits(found: Sequence[LayerDistribution], quantity: Distributed) -> tuple[float, float]:
    """The ends of the axis that the ridges share. Decades without an entry need no place."""
    high = max(one.high for one in found)
    if quantity.logarithmic:
        filled = [math.floor(_edges(one)[np.argmax(one.counts > 0)] + 1e-9) for one in found if one.counts.any()]
        return min(filled, default=high - 3), high
    low = min(one.low for one in found)
    return (min(low, -quantity.least), max(high, quantity.least)) if quantity.least else (low, high)


def _quantity_of(run: Run) -> Distributed:
    chart = CHARTS[DISTRIBUTIONS]
    assert isinstance(chart, DistributionChart)
    return next((one for one in chart.distributed if one.key == run.distributed), chart.distributed[0])


def _distributed_title(run: Run) -> str:
    return f"{CHARTS[DISTRIBUTIONS].long_title}: {_quantity_of(run).name} at step {run.frame.step}"


def _edges(one: LayerDistribution) -> Array:
    return np.linspace(one.low, one.high, len(one.counts) + 1)


def _beside(one: LayerDistribution, quantity: Distributed, layer: LayerDiagnostics) -> str:
    """What stands beside a ridge."""
    said = [f"rms {one.rms:.2g}" if quantity.logarithmic else f"{one.mean:.2g} ± {one.std:.2g}"]
    if DISTRIBUTED_QUANTITIES[quantity.key].one_per_slope and layer.slope_used:
        said.append(f"{percent(layer.flat_share)} flat")
    if one.zeros:
        said.append(f"{percent(one.zero_share)} zero")
    return ", ".join(said).replace("-", "−")


# --- what they share -------------------------------------------------------------------------------------------------


def _lines(run: Run, values: Array, shape: str = "linear", hover: str = "%{y}", numbers: Array | None = None) -> Any:
    """A line for each layer, in its colour."""
    drawn = go.Figure()
    for index, name in enumerate(run.names):
        drawn.add_trace(
            go.Scatter(
                x=run.steps,
                y=values[index],
                name=name,
                line={"color": run.color(index), "width": 2, "shape": shape},
                customdata=None if numbers is None else numbers[index],
                hovertemplate=hover,
            )
        )
    drawn.update_xaxes(title_text="step (updates made)")
    return drawn


def _logarithmic(run: Run, quantity: str) -> go.Figure:
    """Decimal logarithms. A zero is drawn at the bottom and labelled 0."""
    values = run.layers(quantity)
    logs = np.log10(np.where(values > 0, values, np.nan))
    ticks = _decades(logs)
    texts = [_power(tick) for tick in ticks]
    if (values == 0).any():
        floor = (ticks[0] if ticks else 0) - 1
        logs[values == 0] = floor
        ticks, texts = [floor, *ticks], ["0", *texts]
    drawn = _lines(run, logs, hover="%{customdata:.3g}", numbers=values)
    drawn.update_yaxes(tickvals=ticks, ticktext=texts)
    return drawn


def _decades(logs: Array) -> list[int]:
    """Whole exponents that enclose all values."""
    finite = logs[np.isfinite(logs)]
    return _every(math.floor(finite.min()), math.ceil(finite.max()), 8) if finite.size else []


def _every(low: int, high: int, most: int) -> list[int]:
    """Evenly spaced whole numbers from low to high, about ``most`` of them."""
    return list(range(low, high + 1, max(1, math.ceil((high - low) / most))))


def _power(exponent: int) -> str:
    return f"10<sup>{str(exponent).replace('-', '−')}</sup>"


def _number(value: float) -> str:
    """A power of ten in that form, any other number in digits."""
    exponent = math.log10(value)
    return _power(round(exponent)) if exponent.is_integer() else f"{value:g}"


def _log(value: float) -> float:
    return math.log10(value) if value > 0 else -math.inf


def _style(drawn: go.Figure, run: Run, title: str, over_steps: bool) -> None:
    """Set the theme's colours, draw the marks, and note beneath the chart what it shows, for a saved figure."""
    colors = run.colors
    drawn.update_layout(
        paper_bgcolor=colors.background,
        plot_bgcolor=colors.background,
        font={"color": colors.text, "size": 14},
        hovermode="x unified" if over_steps else "closest",
        hoverlabel={"bgcolor": colors.background, "bordercolor": colors.line, "font": {"color": colors.text}},
        legend={"orientation": "h", "yanchor": "bottom", "y": 1.05, "xanchor": "left", "x": 0},
        modebar={"orientation": "v"},
        margin={"t": 64, "l": 20, "r": 48, "b": 20},
    )
    axis = {"gridcolor": colors.line, "zeroline": False, "linecolor": colors.line, "automargin": True}
    drawn.update_xaxes(**axis, tickangle=0)
    drawn.update_yaxes(**axis, title_standoff=14)
    notes = _marks(drawn, run) if over_steps else []
    lines = [line for note in (*notes, f"{title}. {_what_runs(run)}") for line in _wrapped(note)]
    for one in drawn.select_xaxes():
        if one.title.text:
            one.title.text += f"<br><sup>{'<br>'.join(lines)}</sup>"
    drawn.update_layout(height=(drawn.layout.height or HEIGHT) + 16 * len(lines))


def _marks(drawn: go.Figure, run: Run) -> list[str]:
    """Draw a numbered line at each change of a setting. Returns what was changed, the latest changes only if there are
    many.
    """
    texts: dict[int, list[str]] = {}
    for mark in run.trainer.marks:
        texts.setdefault(mark.step, []).append(mark.text)
    notes = [f"{n}: step {step}, {'; '.join(changes)}" for n, (step, changes) in enumerate(texts.items(), start=1)]
    line = {"color": run.colors.muted, "dash": "dash", "width": 1.5}
    for number, (step, note) in enumerate(zip(texts, notes, strict=True), start=1):
        drawn.add_shape(type="line", xref="x", x0=step, x1=step, yref="paper", y0=0, y1=1, line=line)
        drawn.add_annotation(
            x=step, yref="paper", y=1, yanchor="bottom", text=str(number), hovertext=note, showarrow=False
        )
    return notes[-MOST_NOTES:]


def _what_runs(run: Run) -> str:
    e = run.trainer.experiment
    layers = [f"{x.units} {get_activation(x.activation).label}" for x in e.layers]
    runs = [(name, len(list(same))) for name, same in itertools.groupby(layers)]
    stack = " → ".join(name if count == 1 else f"{count} × ({name})" for name, count in runs)
    rule = f"{spec_label(e.optimizer, OPTIMIZERS)}, learning rate {e.learning_rate:g}"
    return f"{e.kind.label}: {len(e.features)} inputs → {stack}; {get_loss(e.loss).label}; {rule}; seed {e.seed}"


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, _LINE)


def _received(run: Run) -> str:
    layers = run.frame.layers
    if len(layers) == 1 or not layers[-1].signal_rms > 0:
        return "Attenuation of the error signal"
    share = amount(layers[0].signal_rms / layers[-1].signal_rms)
    return f"Attenuation at step {run.frame.step}: layer 1 receives {share} the output's error signal"


_OWN: dict[str, Callable[[Run], go.Figure]] = {
    "loss": _loss,
    "heatmap": _heatmap,
    ATTENUATION: _attenuation,
    DISTRIBUTIONS: _distributions,
}
