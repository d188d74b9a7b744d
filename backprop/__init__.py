"""Networks whose layers choose their activation and their backward function one by one, made to look into
back-propagation.

The names below are the public surface. README.md shows it in ten lines.
"""

from backprop.data import DATASETS, Dataset, make_dataset
from backprop.diagnosis import Divergence, Frame, LayerDiagnostics, Remedy, Verdict, budgets, diagnose, signal_ratio
from backprop.errors import SpecError
from backprop.experiment import Experiment
from backprop.explain.gradcheck import GradientCheck, directional_check, gradcheck
from backprop.functions import (
    ACTIVATIONS,
    INITIALIZERS,
    LOSSES,
    OPTIMIZERS,
    SCHEDULES,
    SURROGATES,
    Activation,
    Slope,
    get_activation,
    get_backward,
)
from backprop.layer import Layer
from backprop.links import from_query, to_query
from backprop.network import Gradients, Network, Trace
from backprop.training import Mark, Snapshot, Timeline, Trainer, describe_change

__all__ = [
    "ACTIVATIONS",
    "DATASETS",
    "INITIALIZERS",
    "LOSSES",
    "OPTIMIZERS",
    "SCHEDULES",
    "SURROGATES",
    "Activation",
    "Dataset",
    "Divergence",
    "Experiment",
    "Frame",
    "GradientCheck",
    "Gradients",
    "Layer",
    "LayerDiagnostics",
    "Mark",
    "Network",
    "Remedy",
    "Slope",
    "Snapshot",
    "SpecError",
    "Timeline",
    "Trace",
    "Trainer",
    "Verdict",
    "budgets",
    "describe_change",
    "diagnose",
    "directional_check",
    "from_query",
    "get_activation",
    "get_backward",
    "gradcheck",
    "make_dataset",
    "signal_ratio",
    "to_query",
]
