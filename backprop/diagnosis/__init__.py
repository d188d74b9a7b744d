"""What is measured while a network trains, per layer and per unit; what the numbers mean, in words; and what to do.

``layer_diagnostics.py`` decides which units are saturated, dead or frozen. This package may import networks,
experiments and everything they are made of, but nothing that trains them.
"""

from backprop.diagnosis.distributions import (
    DISTRIBUTED_QUANTITIES,
    LayerDistribution,
    flat_zones,
    measure_distributions,
)
from backprop.diagnosis.divergence import Divergence, is_finite, locate_divergence
from backprop.diagnosis.frame import LAYER_QUANTITIES, Frame, history_columns, history_row
from backprop.diagnosis.layer_diagnostics import FLAT_THRESHOLD, LayerDiagnostics, budgets, measure, rms, signal_ratio
from backprop.diagnosis.remedies import Remedy
from backprop.diagnosis.unit_diagnostics import UnitDiagnostics, measure_unit
from backprop.diagnosis.verdicts import Verdict, amount, diagnose, factor, listed, percent

__all__ = [
    "DISTRIBUTED_QUANTITIES",
    "FLAT_THRESHOLD",
    "LAYER_QUANTITIES",
    "Divergence",
    "Frame",
    "LayerDiagnostics",
    "LayerDistribution",
    "Remedy",
    "UnitDiagnostics",
    "Verdict",
    "amount",
    "budgets",
    "diagnose",
    "factor",
    "flat_zones",
    "history_columns",
    "history_row",
    "is_finite",
    "listed",
    "locate_divergence",
    "measure",
    "measure_distributions",
    "measure_unit",
    "percent",
    "rms",
    "signal_ratio",
]
