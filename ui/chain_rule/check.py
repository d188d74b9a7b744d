"""Finite differences of the network that is shown: for each parameter, and the error against the step size."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from backprop import GradientCheck, Network, gradcheck
from backprop.explain.gradcheck import errors_by_step
from ui.chain_rule.factor_card import weight_name
from ui.chain_rule.state import study
from ui.chain_rule.study import Study
from ui.palette import palette

STEPS = np.logspace(-1, -12, 23)
BEST = 1e-5


def check() -> None:
    """Draw the table and the chart."""
    shown = study()
    y = shown.walkthrough.y
    st.header("Is it right? Back-propagation against finite differences")
    result = gradcheck(shown.network, shown.walkthrough.trace.a[0], y, BEST)
    st.markdown(_verdict(shown.network, result))
    left, right = st.columns(2)
    left.markdown("**Each parameter, both ways**")
    right.markdown("**Relative error of the whole gradient against the step size h**")
    left.dataframe(
        _rows(shown, result),
        hide_index=True,
        height=380,
        column_config={
            name: st.column_config.NumberColumn(name, format=form)
            for name, form in (("analytic", "%.8g"), ("numeric", "%.8g"), ("relative error", "%.1e"))
        },
    )
    left.caption("numeric: (L(w + h) − L(w − h)) / 2h with h = 10⁻⁵, in float64, on the samples shown.")
    right.plotly_chart(_chart(shown), key="chain_step_sizes", config={"displayModeBar": False})


def _verdict(network: Network, result: GradientCheck) -> str:
    error = f"{result.error:.1e}".replace("-", "−")
    if any(layer.backward is not None for layer in network.layers):
        return (
            f"They differ by **{error}**, as they should: a layer here takes another function's slope on the way back, "
            "so what is computed is not the gradient of this loss."
        )
    if result.error < 1e-6:
        return f"The two gradients agree: **{error}** relative error over all {result.analytic.size} parameters."
    return (
        f"They differ by **{error}**: within h of a kink, such as ReLU's at 0, a difference quotient is the slope "
        "on neither side."
    )


def _rows(shown: Study, result: GradientCheck) -> dict[str, list[Any]]:
    return {
        "parameter": [weight_name(weight) for weight in shown.parameters()],
        "analytic": result.analytic.tolist(),
        "numeric": result.numeric.tolist(),
        "relative error": result.relative_error.tolist(),
    }


@st.cache_data(max_entries=50, show_spinner=False)
def _errors(experiment: str, samples: list[int], _shown: Study) -> np.ndarray:
    """The error for every step size. It depends on the experiment and the samples only."""
    return errors_by_step(_shown.network, _shown.walkthrough.trace.a[0], _shown.walkthrough.y, STEPS.tolist())


def _chart(shown: Study) -> go.Figure:
    """The error against h on two log axes: truncation falls with h², rounding rises with ε/h."""
    errors = _errors(shown.experiment.to_json(), shown.indices, shown)
    look = palette()
    figure = go.Figure()
    shows = errors > 0
    figure.add_scatter(
        x=STEPS[shows],
        y=errors[shows],
        mode="lines+markers",
        line={"color": look.blue, "width": 2.5},
        marker={"size": 6},
        hovertemplate="h = %{x:.1e}<br>error %{y:.1e}<extra></extra>",
    )
    for x, text, side in ((1e-2, "truncation ∝ h²", "right"), (1e-10, "rounding ∝ ε/h", "left")):
        near = int(np.abs(np.log10(STEPS) - np.log10(x)).argmin())
        if errors[near] > 0:
            place = {"x": float(np.log10(x)), "y": float(np.log10(errors[near])), "xanchor": side}
            figure.add_annotation(**place, text=text, showarrow=False, xshift=-14 if side == "right" else 14)
    figure.add_vline(x=BEST, line={"color": look.muted, "dash": "dot"})
    font = {"color": look.muted}  # Streamlit's theme would make it paler
    axis = {"type": "log", "exponentformat": "power", "gridcolor": look.line, "dtick": 2, "tickfont": font}
    figure.update_layout(
        xaxis={**axis, "title": {"text": "step size h", "font": font}},
        yaxis={**axis, "title": {"text": "relative error", "font": font}},
        height=380,
        margin={"l": 70, "r": 10, "t": 10, "b": 50},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"color": look.text},
        showlegend=False,
    )
    return figure
