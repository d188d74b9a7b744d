"""The chart of the twins: both losses, and for each layer how far the mistaken gradient is from the true one."""

from __future__ import annotations

import math

import numpy as np
import pandas  # noqa: F401  Plotly takes what pandas is so far, even while another visitor's page still imports it.
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from backprop.training import History
from ui.palette import Palette

HEIGHT = 640
_ROWS = ("loss (log)", "cosine with the true gradient", "length ÷ true length (log)")
_MOST_DECADES = 3.0  # above the first loss; an exploding curve leaves the chart


def twins_figure(history: History, labels: list[str], colours: Palette) -> go.Figure:
    """Three charts on a shared axis of steps.

    Args:
        history: The history of ``Twins``.
        labels: The names of the layers, from first to last.
        colours: The palette of the theme.
    """
    figure = make_subplots(rows=3, cols=1, shared_xaxes=True, vertical_spacing=0.13, row_heights=[0.36, 0.32, 0.32])
    steps = history.column("step")
    mode = "lines" if len(steps) > 1 else "markers"
    for name, label, colour, dash in (
        ("right_loss", "without the mistake", colours.muted, "dot"),
        ("wrong_loss", "with the mistake", colours.dead, "solid"),
    ):
        line = {"color": colour, "width": 2.5, "dash": dash}
        y = _drawable(history.column(name))
        figure.add_trace(
            go.Scatter(x=steps, y=y, name=label, mode=mode, line=line, marker={"color": colour, "size": 8}),
            row=1,
            col=1,
        )
    for j, label in enumerate(labels):
        colour = colours.depth(j, len(labels))
        for row, name in ((2, "cosine"), (3, "norm_ratio")):
            values = history.column(f"{name}_{j + 1}")
            figure.add_trace(
                go.Scatter(
                    x=steps,
                    y=_drawable(values) if row == 3 else values,
                    name=label,
                    legend="legend2",
                    legendgroup=label,
                    showlegend=row == 2,
                    mode=mode,
                    line={"color": colour, "width": 2},
                    marker={"color": colour, "size": 8},
                ),
                row=row,
                col=1,
            )
    for row, level in ((2, 1.0), (3, 1.0)):
        figure.add_hline(y=level, line={"color": colours.muted, "width": 1, "dash": "dot"}, row=row, col=1)
    _lay_out(figure, history, colours)
    return figure


def _lay_out(figure: go.Figure, history: History, colours: Palette) -> None:
    legend = {"orientation": "h", "x": 0, "xanchor": "left", "yanchor": "bottom", "font": {"color": colours.text}}
    tops = [figure.layout[axis].domain[1] for axis in ("yaxis", "yaxis2", "yaxis3")]
    figure.update_layout(
        height=HEIGHT,
        margin={"l": 8, "r": 8, "t": 44, "b": 8},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"color": colours.text, "size": 12},
        hovermode="x unified",
        legend={**legend, "y": tops[0] + 0.005},
        legend2={**legend, "y": tops[1] + 0.005},
    )
    grid = {
        "gridcolor": colours.line,
        "linecolor": colours.line,
        "zeroline": False,
        "tickfont": {"color": colours.muted},
    }
    last = float(history.column("step")[-1])
    figure.update_xaxes(**grid, range=[0, max(last, 10.0)])
    figure.update_yaxes(**grid, title_standoff=4)
    for row, title in enumerate(_ROWS, start=1):
        figure.update_yaxes(title={"text": title, "font": {"size": 11, "color": colours.muted}}, row=row, col=1)
    figure.update_xaxes(title={"text": "step", "font": {"color": colours.muted}}, row=3, col=1)
    for row, ends in ((1, _loss_range(history)), (3, _ratio_range(history))):
        figure.update_yaxes(type="log", range=ends, tickvals=_ticks(*ends), tickformat="~g", row=row, col=1)
    figure.update_yaxes(range=[-1.1, 1.1], dtick=0.5, row=2, col=1)


def _ticks(low: float, high: float) -> list[float]:
    """1, 2 and 5 of each decade if there are few decades, else whole decades. ``low`` and ``high`` are logarithms."""
    steps = (1, 2, 5) if high - low < 2 else (1,)
    values = [step * 10.0**power for power in range(math.floor(low), math.ceil(high)) for step in steps]
    return [value for value in values if low <= math.log10(value) <= high]


def _drawable(values: np.ndarray) -> np.ndarray:
    """The values, with a gap where a logarithm does not exist."""
    return np.where(np.isfinite(values) & (values > 0), values, np.nan)


def _loss_range(history: History) -> list[float]:
    losses = np.concatenate([history.column("right_loss"), history.column("wrong_loss")])
    logs = np.log10(losses[np.isfinite(losses) & (losses > 0)])
    if not len(logs):
        return [-1.0, 0.0]
    first = history.column("right_loss")[0]
    ceiling = np.log10(first) + _MOST_DECADES if np.isfinite(first) and first > 0 else float(logs.max())
    low = float(logs.min())
    return [low - 0.15, max(low, min(float(logs.max()), ceiling)) + 0.15]


def _ratio_range(history: History) -> list[float]:
    """At least a decade on each side of 1."""
    names = [name for name in history.columns if name.startswith("norm_ratio")]
    values = np.concatenate([history.column(name) for name in names])
    logs = np.log10(values[np.isfinite(values) & (values > 0)])
    low, high = (float(logs.min()), float(logs.max())) if len(logs) else (0.0, 0.0)
    return [max(min(low, -1.0), -6.0) - 0.15, min(max(high, 1.0), 6.0) + 0.15]
