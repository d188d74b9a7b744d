"""What a layer or an experiment may name: activations, surrogates of their slopes, losses, initialisers, optimisers and
learning-rate schedules.

Each kind is a registry, a plain dict, to which one entry adds a function. This room knows nothing of networks and uses
no other room.
"""

from backprop.functions.activations import ACTIVATIONS, Activation, get_activation
from backprop.functions.initializers import AUTO, INITIALIZERS, get_initializer, resolve_initializer
from backprop.functions.losses import LOSSES, Loss, get_loss
from backprop.functions.optimizers import OPTIMIZERS, Optimizer, get_optimizer, weight_decay
from backprop.functions.schedules import SCHEDULES, get_schedule
from backprop.functions.slopes import BOTH, LEFT, NONE, RIGHT, Slope
from backprop.functions.specs import parameters_of, read_spec, spec_label
from backprop.functions.surrogates import SURROGATES, get_backward

__all__ = [
    "ACTIVATIONS",
    "AUTO",
    "BOTH",
    "INITIALIZERS",
    "LEFT",
    "LOSSES",
    "NONE",
    "OPTIMIZERS",
    "RIGHT",
    "SCHEDULES",
    "SURROGATES",
    "Activation",
    "Loss",
    "Optimizer",
    "Slope",
    "get_activation",
    "get_backward",
    "get_initializer",
    "get_loss",
    "get_optimizer",
    "get_schedule",
    "parameters_of",
    "read_spec",
    "resolve_initializer",
    "spec_label",
    "weight_decay",
]
