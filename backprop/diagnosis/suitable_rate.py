"""A learning rate for a network, found by trying: it is never proposed to a network on which it was not tried.

The update ratio of the first updates says by which factor a rate misses the usual one, since the two are proportional
while updates are small. A few rates around it then train the network for a while, and the one with the lowest loss is
taken, as in the range test of Smith (2017).
"""

from __future__ import annotations

import math
from dataclasses import replace

from backprop.diagnosis.evidence import FIRST_UPDATES, Evidence
from backprop.diagnosis.start import Start
from backprop.experiment import Experiment

USUAL_UPDATE = 5e-3  # the update ratio of a small network that learns well; 10⁻³ is usual for large ones
SMALLEST_SAFE, LARGEST_SAFE = 1e-4, 5e-2  # between them the typical first update is in order
LARGEST_SINGLE = 0.3  # no single first update may change a layer by more
FACTORS = (0.3, 1.0, 3.0, 10.0)
CLEARLY_BETTER = 0.7  # a loss of this share or less of another
TRIES = 6


def with_suitable_rate(e: Evidence, experiment: Experiment, keep: bool = True) -> Experiment:
    """The experiment with a learning rate that was tried on it.

    Args:
        e: The evidence, whose ``replay`` and ``trial`` try a rate out.
        experiment: The treated experiment.
        keep: Whether its present rate stays unless another is clearly better.
    """
    fitting = _fitting_rate(e, experiment)
    losses = {}
    for rate in sorted({rounded(fitting * factor) for factor in FACTORS}):
        tried = replace(experiment, learning_rate=rate)
        if is_safe(e.replay(tried, FIRST_UPDATES)) and math.isfinite(loss := e.trial(tried)):
            losses[rate] = loss
    best = min(losses, key=losses.__getitem__, default=fitting)
    if keep and is_safe(e.replay(experiment, FIRST_UPDATES)):
        present = e.trial(experiment)
        if math.isnan(present) or not losses or present <= losses[best] / CLEARLY_BETTER:
            return experiment
    return replace(experiment, learning_rate=best)


def is_safe(start: Start) -> bool:
    """Whether the first updates are neither so large that they destroy nor so small that they do nothing."""
    if start.frames[-1].diverged is not None or len(start.frames) < 2:
        return False
    typical, (largest, _, _) = start.typical_update(), start.largest_update()
    return SMALLEST_SAFE <= typical <= LARGEST_SAFE and largest <= LARGEST_SINGLE


def rounded(value: float) -> float:
    """A positive number with one significant digit, or two if the first is 1; never 0 or infinite."""
    value = min(max(value, 1e-300), 1e300)
    return float(f"{value:.1g}") if f"{value:e}"[0] != "1" else float(f"{value:.2g}")


def _fitting_rate(e: Evidence, experiment: Experiment) -> float:
    """The learning rate at which the first updates are of the usual size."""
    for _ in range(TRIES):
        start = e.replay(experiment, FIRST_UPDATES)
        typical = start.typical_update()
        if start.frames[-1].diverged is not None or not math.isfinite(typical):
            factor = 0.1
        elif typical <= 0 or (typical >= 10 * SMALLEST_SAFE and is_safe(start)):
            break
        else:
            # Updates that are mostly in order may still begin with one that is far too large.
            factor = 0.3 if 10 * SMALLEST_SAFE <= typical <= LARGEST_SAFE else USUAL_UPDATE / typical
        experiment = replace(experiment, learning_rate=rounded(experiment.learning_rate * factor))
    return experiment.learning_rate
