"""Back-propagation one can look into: networks whose layers choose their activation and backward function one by one.

The names below are the surface to script against; README.md shows it in ten lines.
"""

from backprop.activations import ACTIVATIONS, Activation, get_activation
from backprop.backward import SURROGATES, get_backward
from backprop.changes import Mark, describe_change
from backprop.datasets import DATASETS, Dataset, make_dataset
from backprop.diagnostics import LayerDiagnostics, budgets, signal_ratio
from backprop.divergence import Divergence
from backprop.errors import SpecError
from backprop.experiment import Experiment
from backprop.frame import Frame
from backprop.gradcheck import GradientCheck, directional_check, gradcheck
from backprop.initializers import INITIALIZERS
from backprop.layer import Layer
from backprop.links import from_query, to_query
from backprop.losses import LOSSES
from backprop.network import Gradients, Network, Trace
from backprop.optimizers import OPTIMIZERS
from backprop.schedules import SCHEDULES
from backprop.slopes import Slope
from backprop.snapshot import Snapshot
from backprop.timeline import Timeline
from backprop.trainer import Trainer
from backprop.verdicts import Verdict, diagnose

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
