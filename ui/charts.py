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


@dataclass(frozen=True)
class Distributed:
    """A quantity whose distributions can be shown.

    Attributes:
        key: A key of ``DISTRIBUTED_QUANTITIES``.
        symbol: The writing on its button.
        name: The quantity in the middle of a sentence.
        axis: Title of the axis.
        logarithmic: Whether the axis shows powers of ten.
        least: Where the axis ends at the least, to the left and to the right.
    """

    key: str
    symbol: str
    name: str
    axis: str
    logarithmic: bool = False
    least: float = 0.0


@dataclass(frozen=True, kw_only=True)
class DistributionChart(Chart):
    """Histograms of one quantity, a ridge for each layer, at the moment that is shown.

    Attributes:
        distributed: The quantities to choose from, the usual one first.
    """

    distributed: tuple[Distributed, ...]


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
    "distributions": DistributionChart(
        "Distributions",
        "Distributions per layer",
        distributed=(
            Distributed("z", "z", "pre-activation z", "pre-activation z", least=5.0),  # with the flat tails of sigmoid
            Distributed("a", "a", "activation a", "activation a"),
            Distributed("phi", "φ", "error signal φ = ∂L/∂z", "size of the error signal |φ|", logarithmic=True),
            Distributed("gradients", "∂L/∂W", "gradient ∂L/∂W", "size of the gradient |∂L/∂W|", logarithmic=True),
            Distributed("weights", "W", "weights W", "weight w"),
        ),
    ),
}
