"""The causes for which a run fails: a rule for each, with its definition, threshold, source and remedy.

They are asked in the order of ``CAUSES``: what is wrong with the network as it is written down, then what its first
weights show, then what its settings do to the updates, then what its depth does to the error signal, and at last what
is left. An earlier cause explains the later ones: weights that are all equal have no useful gradient, and units that
the first updates killed block the error signal afterwards. In a network that has learnt its task only learning by
heart is looked for: what works is left alone.
"""

from __future__ import annotations

from backprop.diagnosis.cause import Cause, Rule
from backprop.diagnosis.causes.as_written import linear, no_slope, output_range
from backprop.diagnosis.causes.error_signal import EXPLODING, VANISHING, exploding, vanishing
from backprop.diagnosis.causes.first_weights import born_dead, initial_scale, output_slope, symmetric
from backprop.diagnosis.causes.fit import overfitting, plateau, too_small
from backprop.diagnosis.causes.units import HALF, dead, saturated
from backprop.diagnosis.causes.updates import clipping, diverged, penalty, rate_high, rate_low
from backprop.diagnosis.evidence import Evidence

CAUSES: tuple[Rule, ...] = (
    no_slope,
    symmetric,
    output_range,
    linear,
    initial_scale,
    born_dead,
    output_slope,
    penalty,
    clipping,
    rate_low,
    rate_high,
    diverged,
    vanishing,
    exploding,
    too_small,
    dead,
    saturated,
    overfitting,
    plateau,
)
CAUSES_OF_A_GOOD_RUN: tuple[Rule, ...] = (overfitting,)

__all__ = ["CAUSES", "EXPLODING", "HALF", "VANISHING", "find_cause"]


def find_cause(e: Evidence) -> Cause | None:
    """The first cause that the evidence shows; None for a run that has learnt its task or is on its way."""
    rules = CAUSES_OF_A_GOOD_RUN if e.has_learnt and not e.frame.diverged else CAUSES
    return next((cause for rule in rules if (cause := rule(e))), None)
