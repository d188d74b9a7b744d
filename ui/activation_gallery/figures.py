"""The charts of the Activations page, from plain data."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.subplots import make_subplots

from backprop import curves
from backprop.agreement import Agreement
from ui.activation_gallery.choice import Pair, backward_label
from ui.activation_gallery.real_layer import RealLayer
from ui.activation_gallery.words import number
from ui.palette import Palette

Array = NDArray[Any]

_BINS = 70


def pair_figure(pair: Pair, layer: RealLayer, tau: float, colors: Palette) -> go.Figure:
    """f, the slope in use with the true one beneath it, and the histogram of z, all over the same z."""
    z = curves.grid()
    figure = make_subplots(rows=3, cols=1, shared_xaxes=True, vertical_spacing=0.05, row_heights=[0.38, 0.36, 0.26])
    figure.add_trace(_line(z, curves.output(pair.f, z), "forward f", colors.blue), 1, 1)
    if pair.backward is not None:
        figure.add_trace(_line(z, curves.slope(pair.f, z), "its own slope f′", colors.blue, dash="dot"), 2, 1)
    figure.add_trace(_line(z, curves.slope(pair.g, z), "slope in use", colors.orange), 2, 1)
    _add_histogram(figure, layer.z, colors)
    for zone in curves.flat_zones(pair.g, tau):
        _shade(figure, zone, colors.saturated, 0.16)
    for zone in curves.zero_zones(pair.g):
        _shade(figure, zone, colors.dead, 0.10)
    figure.update_xaxes(range=[curves.LOW, curves.HIGH])
    figure.update_xaxes(title="pre-activation z", row=3, col=1)
    figure.update_yaxes(title="a = f(z)", row=1, col=1)
    figure.update_yaxes(title="slope", row=2, col=1)
    figure.update_yaxes(title="% of z", rangemode="tozero", row=3, col=1)
    return _styled(figure, colors, height=470, legend=True)


def agreement_figure(layers: Sequence[Agreement], colors: Palette) -> go.Figure:
    """Per layer the cosine between the gradient with the backward function and the true one."""
    names = [f"layer {j}" for j in range(1, len(layers))] + ["output"]
    values = [layer.cosine for layer in layers]
    bars = go.Bar(
        x=names,
        y=[0.0 if math.isnan(value) else value for value in values],
        text=["no true gradient" if math.isnan(value) else number(value) for value in values],
        customdata=[number(layer.norm_ratio) for layer in layers],
        hovertemplate="%{x}: cosine %{text}, %{customdata} times as long<extra></extra>",
        textposition="outside",
        cliponaxis=False,
        marker_color=[colors.blue if value > 0 else colors.dead for value in values],
    )
    figure = go.Figure(bars)
    figure.update_yaxes(title="cosine", range=[min(0.0, *(v for v in [*values, 0.0] if v == v)) * 1.25, 1.2])
    return _styled(figure, colors, height=230)


def results_figure(
    rows: Sequence[Pair],
    results: Sequence[Sequence[float]],
    references: Sequence[tuple[float, float] | None],
    colors: Palette,
) -> go.Figure:
    """Test accuracies of every pair: a point a seed, a line at the mean, a band of one standard deviation.

    Args:
        rows: The pairs, top to bottom.
        results: Per pair the accuracies so far, in %.
        references: Per pair mean and standard deviation to compare with, or None.
        colors: Of the theme.
    """
    figure = go.Figure()
    for place, (pair, values, reference) in enumerate(zip(rows, results, references, strict=True)):
        if values:
            _add_row(figure, place, values, _row_color(pair, colors), colors)
        if reference:
            figure.add_trace(_diamond(place, reference, colors))
    lowest = min((value for values in results for value in values), default=50.0)
    figure.update_xaxes(title="test accuracy, %", range=[min(lowest, 80.0) - 2, 101])
    figure.update_yaxes(
        tickvals=list(range(len(rows))),
        ticktext=[row_label(pair) for pair in rows],
        range=[len(rows) - 0.5, -0.5],
        zeroline=False,
    )
    return _styled(figure, colors, height=110 + 46 * len(rows))


def row_label(pair: Pair) -> str:
    """``"step ← sigmoid′"``, short enough for an axis."""
    return f"{pair.f.label} ← {backward_label(pair.backward).replace('slope of ', '').replace('own slope', 'own')}"


def _row_color(pair: Pair, colors: Palette) -> str:
    return {None: colors.blue, "zero": colors.muted}.get(pair.backward, colors.orange)


def _add_row(figure: go.Figure, place: int, values: Sequence[float], color: str, colors: Palette) -> None:
    mean, deviation = float(np.mean(values)), float(np.std(values))
    band = {"type": "rect", "y0": place - 0.3, "y1": place + 0.3, "line_width": 0, "fillcolor": color, "opacity": 0.18}
    figure.add_shape(x0=mean - deviation, x1=mean + deviation, **band)
    figure.add_shape(type="line", x0=mean, x1=mean, y0=place - 0.3, y1=place + 0.3, line={"color": color, "width": 3})
    spread = [place + 0.24 * ((7 * seed % 10) / 4.5 - 1) for seed in range(len(values))]
    figure.add_trace(
        go.Scatter(
            x=list(values),
            y=spread,
            mode="markers",
            marker={"color": color, "size": 8, "line": {"color": colors.neutral, "width": 1}},
            customdata=list(range(len(values))),
            hovertemplate="seed %{customdata}: %{x:.1f} %<extra></extra>",
            showlegend=False,
        )
    )


def _diamond(place: int, reference: tuple[float, float], colors: Palette) -> go.Scatter:
    mean, deviation = reference
    return go.Scatter(
        x=[mean],
        y=[place],
        mode="markers",
        marker={"symbol": "diamond-open", "size": 13, "color": colors.text, "line_width": 1.5},
        hovertemplate=f"reference {mean} ± {deviation} %<extra></extra>",
        showlegend=False,
    )


def _add_histogram(figure: go.Figure, z: Array, colors: Palette) -> None:
    counts, edges = np.histogram(z, bins=_BINS, range=(curves.LOW, curves.HIGH))
    figure.add_trace(
        go.Bar(
            x=(edges[:-1] + edges[1:]) / 2,
            y=100 * counts / max(z.size, 1),
            width=float(edges[1] - edges[0]),
            marker={"color": colors.muted, "line_width": 0},
            name="z of the layer",
            hovertemplate="z ≈ %{x:.1f}: %{y:.1f} %<extra></extra>",
            showlegend=False,
        ),
        3,
        1,
    )


def _line(z: Array, values: Array, name: str, color: str, dash: str = "solid") -> go.Scatter:
    line = {"color": color, "width": 2.5, "dash": dash}
    return go.Scatter(x=z, y=values, mode="lines", name=name, line=line, hovertemplate="z = %{x:.2f}: %{y:.3g}")


def _shade(figure: go.Figure, zone: curves.Zone, color: str, opacity: float) -> None:
    figure.add_vrect(x0=zone[0], x1=zone[1], fillcolor=color, opacity=opacity, line_width=0, layer="below")


def _styled(figure: go.Figure, colors: Palette, height: int, legend: bool = False) -> go.Figure:
    figure.update_layout(
        height=height,
        margin={"l": 8, "r": 12, "t": 34 if legend else 16, "b": 8},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"color": colors.text, "size": 13, "family": "'Source Sans', sans-serif"},
        showlegend=legend,
        legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
        hoverlabel={"bgcolor": colors.neutral, "font": {"color": colors.text}},
        bargap=0.35,
    )
    grid = {"gridcolor": colors.line, "zerolinecolor": colors.line, "linecolor": colors.line, "automargin": True}
    figure.update_xaxes(**grid)
    figure.update_yaxes(**grid)
    return figure
