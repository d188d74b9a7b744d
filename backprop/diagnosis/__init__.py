"""What is measured while a network trains, per layer and per unit; what the numbers mean, in words; and what to do.

``layer_diagnostics.py`` decides which units are saturated, dead or frozen. This package may import networks,
experiments and everything they are made of, but nothing that trains them.
"""

from backprop.diagnosis.causes import CAUSES
from backprop.diagnosis.distributions import (
    DISTRIBUTED_QUANTITIES,
    LayerDistribution,
    flat_zones,
    measure_distributions,
)
from backprop.diagnosis.divergence import Divergence, is_finite, locate_divergence
from backprop.diagnosis.evidence import TRIAL_UPDATES, Evidence
from backprop.diagnosis.frame import LAYER_QUANTITIES, Frame, history_columns, history_row
from backprop.diagnosis.layer_diagnostics import FLAT_THRESHOLD, LayerDiagnostics, budgets, measure, rms, signal_ratio
from backprop.diagnosis.numbers_in_words import amount, factor, listed, percent
from backprop.diagnosis.remedy import Remedy
from backprop.diagnosis.start import SAME, Start
from backprop.diagnosis.symptoms import diagnose
from backprop.diagnosis.unit_diagnostics import UnitDiagnostics, measure_unit
from backprop.diagnosis.verdict import FAULT, GOOD, WARNING, Verdict
from backprop.diagnosis.verdicts import judge

__all__ = [
    "CAUSES",
    "DISTRIBUTED_QUANTITIES",
    "FAULT",
    "FLAT_THRESHOLD",
    "GOOD",
    "LAYER_QUANTITIES",
    "SAME",
    "TRIAL_UPDATES",
    "WARNING",
    "Divergence",
    "Evidence",
    "Frame",
    "LayerDiagnostics",
    "LayerDistribution",
    "Remedy",
    "Start",
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
    "judge",
    "listed",
    "locate_divergence",
    "measure",
    "measure_distributions",
    "measure_unit",
    "percent",
    "rms",
    "signal_ratio",
]
