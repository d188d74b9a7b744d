"""The charts of the Activations page, from plain data.

Each figure is assembled as plain dicts and given to Plotly in one piece. If traces and shapes are added one by one,
Plotly validates the whole figure each time, which takes twenty times as long.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from backprop.explain import curves
from backprop.explain.agreement import Agreement
from ui.activations.choice import Pair
from ui.activations.words import number
from ui.palette import Palette

Array = NDArray[Any]
Part = dict[str, Any]  # a trace, a shape or an axis

_BINS = 70
_PANELS = {"y": (0.66, 1.0), "y2": (0.29, 0.61), "y3": (0.0, 0.24)}  # share of the height: f, slope, histogram


def pair_figure(pair: Pair, z: Array, tau: float, colors: Palette) -> go.Figure:
    """The function f, the slope in use over the true one, and the histogram of a layer's ``z``, on one axis."""
    places = curves.grid(n=801)
    data = [_line(places, curves.output(pair.f, places), "forward f", colors.blue, "y")]
    if pair.backward is not None:
        data.append(_line(places, curves.slope(pair.f, places), "its own slope f′", colors.blue, "y2", dash="dot"))
    data += [
        _line(places, curves.slope(pair.g, places), "slope in use", colors.orange, "y2"),
        _histogram(z, colors.muted),
    ]
    shapes = [_shade(zone, colors.saturated, 0.16) for zone in curves.flat_zones(pair.g, tau)]
    shapes += [_shade(zone, colors.dead, 0.10) for zone in curves.zero_zones(pair.g)]
    titles = {"y": "a = f(z)", "y2": "slope", "y3": "% of z"}
    axes = {_axis(y): {"title": titles[y], "domain": domain, "anchor": "x"} for y, domain in _PANELS.items()}
    axes["yaxis3"]["rangemode"] = "tozero"
    x = {"title": "pre-activation z", "range": [curves.LOW, curves.HIGH], "anchor": "y3"}
    return _figure(data, colors, height=470, legend=True, shapes=shapes, xaxis=x, **axes)


def agreement_figure(layers: Sequence[Agreement], colors: Palette) -> go.Figure:
    """For each layer the cosine between the gradient with this backward function and the true gradient."""
    cosines = [layer.cosine for layer in layers]
    known = [cosine for cosine in cosines if not math.isnan(cosine)]
    bars = {
        "type": "bar",
        "x": [f"layer {j}" for j in range(1, len(layers))] + ["output"],
        "y": [0.0 if math.isnan(cosine) else cosine for cosine in cosines],
        "text": ["no true gradient" if math.isnan(cosine) else number(cosine) for cosine in cosines],
        "customdata": [number(layer.norm_ratio) for layer in layers],
        "hovertemplate": "%{x}: cosine %{text}, %{customdata} times as long<extra></extra>",
        "textposition": "outside",
        "cliponaxis": False,
        "marker": {"color": [colors.blue if cosine > 0 else colors.dead for cosine in cosines]},
    }
    y = {"title": "cosine", "range": [1.25 * min([0.0, *known]), 1.2]}
    return _figure([bars], colors, height=230, bargap=0.35, yaxis=y)


def _line(z: Array, values: Array, name: str, color: str, panel: str, dash: str = "solid") -> Part:
    line = {"color": color, "width": 2.5, "dash": dash}
    hover = "z = %{x:.2f}: %{y:.3g}"
    return {"x": z, "y": values, "mode": "lines", "name": name, "line": line, "yaxis": panel, "hovertemplate": hover}


def _histogram(z: Array, color: str) -> Part:
    counts, edges = np.histogram(z, bins=_BINS, range=(curves.LOW, curves.HIGH))
    return {
        "type": "bar",
        "x": (edges[:-1] + edges[1:]) / 2,
        "y": 100 * counts / max(z.size, 1),
        "width": float(edges[1] - edges[0]),
        "marker": {"color": color, "line": {"width": 0}},
        "name": "z of the layer",
        "hovertemplate": "z ≈ %{x:.1f}: %{y:.1f} %<extra></extra>",
        "showlegend": False,
        "yaxis": "y3",
    }


def _shade(zone: curves.Zone, color: str, opacity: float) -> Part:
    """A band across all panels."""
    look = {"fillcolor": color, "opacity": opacity, "line": {"width": 0}, "layer": "below"}
    return {"type": "rect", "x0": zone[0], "x1": zone[1], "yref": "paper", "y0": 0, "y1": 1, **look}


def _axis(name: str) -> str:
    """``"y2"`` under its name in the layout: ``"yaxis2"``."""
    return f"{name[0]}axis{name[1:]}"


def _figure(data: list[Part], colors: Palette, height: int, legend: bool = False, **layout: Any) -> go.Figure:
    """A figure in the theme's colours. Axes that ``layout`` does not name get the usual look."""
    plain = {"gridcolor": colors.line, "zerolinecolor": colors.line, "linecolor": colors.line, "automargin": True}
    axes = {"xaxis": {}, "yaxis": {}, **{name: part for name, part in layout.items() if "axis" in name}}
    rest = {name: part for name, part in layout.items() if "axis" not in name}
    look = {
        "template": "none",
        "height": height,
        "margin": {"l": 8, "r": 12, "t": 34 if legend else 16, "b": 8},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"color": colors.text, "size": 13, "family": "'Source Sans', sans-serif"},
        "showlegend": legend,
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
        "hoverlabel": {"bgcolor": colors.neutral, "font": {"color": colors.text}},
    }
    return go.Figure({"data": data, "layout": {**look, **rest, **{name: {**plain, **axes[name]} for name in axes}}})
