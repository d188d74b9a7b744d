"""The charts beneath the network, in the order in which they appear.

A chart of one quantity per layer is only an entry here: the live view (``live_view/js/charts/``) and the figures to
zoom and save (``explorer/chart_figures.py``) draw it from this data. The other charts also have code of their own in
both places.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Chart:
    """The names of a chart.

    Attributes:
        title: The heading of the live chart.
        long_title: The heading of its figure.
        subtitle: A line beneath the title that says what is drawn.
    """

    title: str
    long_title: str
    subtitle: str = ""


@dataclass(frozen=True, kw_only=True)
class LayerChart(Chart):
    """A chart of one quantity over the steps of the run, with a line for each layer.

    Attributes:
        quantity: A key of ``LAYER_QUANTITIES``.
        axis: Title of the figure's vertical axis.
        scale: ``"log"`` for decimal logarithms, ``"share"`` for 0 to 100 %, ``"count"`` for whole numbers.
        dashed: A second quantity that is drawn in dashes, and what the legend calls it; or None.
        usual: The value of a healthy run, drawn as a line across the chart; or None.
    """

    quantity: str
    axis: str
    scale: Literal["log", "share", "count"]
    dashed: tuple[str, str] | None = None
    usual: float | None = None


CHARTS: dict[str, Chart] = {
    "loss": Chart("Loss and accuracy", "Loss and accuracy", "mean loss, left; share of right answers, right"),
    "gradient": LayerChart(
        "Gradient norm",
        "Gradient norm per layer",
        "‖∂L/∂W‖ per layer, log scale",
        quantity="gradient_norm",
        axis="gradient norm ‖∂L/∂W‖ (Frobenius)",
        scale="log",
    ),
    "flat": LayerChart(
        "Saturated / off",
        "Saturated or off, per layer",
        "share of flat slopes, per layer",
        quantity="flat_share",
        axis="share of flat slopes (below 5 % of the largest)",
        scale="share",
    ),
    "attenuation": Chart("Attenuation", "Attenuation of the error signal"),
    "heatmap": Chart("Gradient, layer × time", "Gradient norm, layer × step", "log₁₀ ‖∂L/∂W‖ as colour"),
    "dead": LayerChart(
        "Dead and frozen units",
        "Dead and frozen units per layer",
        "flat on all training samples; dashed: frozen",
        quantity="dead",
        axis="units without slope on all training samples",
        scale="count",
        dashed=("frozen", "frozen"),
    ),
    "update": LayerChart(
        "Update ratio",
        "Update ratio per layer",
        "‖ΔW‖/‖W‖ per layer, log scale; 10⁻³ is usual",
        quantity="update_ratio",
        axis="update ratio ‖ΔW‖ / ‖W‖ of the last update",
        scale="log",
        usual=1e-3,
    ),
}
