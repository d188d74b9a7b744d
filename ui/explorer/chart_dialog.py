"""One chart of the run in a dialog, to zoom, to read off and to save."""

from __future__ import annotations

import streamlit as st

from ui.charts import CHARTS
from ui.explorer.chart_figures import Run, figure
from ui.palette import palette
from ui.workspace.workspace import Workspace

FORMATS = {"PNG": "png", "SVG": "svg"}
_FORMAT_KEY = "chart_format"


def chart_dialog(space: Workspace, name: str) -> None:
    """Open the chart of this name as it is now. Closing it is noted in the workspace."""

    def close() -> None:
        space.opened = None

    @st.dialog(CHARTS[name].long_title, width="large", on_dismiss=close)
    def show() -> None:
        kind = st.segmented_control("Save as", FORMATS, default="PNG", required=True, key=_FORMAT_KEY)
        run = Run(space.player.trainer, space.player.frame, palette(), space.player.distributed)
        drawn = figure(name, run)
        st.plotly_chart(drawn, theme=None, config=_config(f"{name}-step-{run.frame.step}", FORMATS[kind]), key="chart")
        st.caption("Drag to zoom, double-click to go back. The camera above the chart saves it in the chosen format.")

    show()


def _config(filename: str, kind: str) -> dict[str, object]:
    """Settings of Plotly's toolbar."""
    return {
        "displayModeBar": True,
        "displaylogo": False,
        "modeBarButtonsToRemove": ["select2d", "lasso2d"],
        "toImageButtonOptions": {"format": kind, "filename": filename, "scale": 2},
    }
