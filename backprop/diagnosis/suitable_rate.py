"""A learning rate for a network, found by trying: it is never proposed to a network on which it was not tried.

The update ratio of the first updates says by which factor a rate misses the usual one, since the two are proportional
while updates are small. A few rates around it then train the network for a while, as in the range test of Smith (2017).
The smallest that learns is taken: a rate at the edge of what works in a trial may fail later.
"""

from __future__ import annotations

import math
from dataclasses import replace

from backprop.diagnosis.evidence import FIRST_UPDATES, Evidence
from backprop.diagnosis.start import Start
from backprop.experiment import Experiment

USUAL_UPDATE = 3e-3  # an update ratio that is right for most networks; 10⁻³ is the rule for large ones
SMALLEST_SAFE, LARGEST_SAFE = 1e-4, 5e-2  # between them the typical first update is in order
LARGEST_SINGLE = 0.3  # no single first update may change a layer by more
USUAL_UPDATES = (1e-3, 1e-2)
FACTORS = (0.3, 1.0, 3.0, 10.0)
LEARNS, MOVES = 0.3, 0.9  # the loss after a trial, over the loss before it: at most the first, at most the second
TRIES = 6
LARGEST_GUESS = 1.0  # far above it units saturate, and the updates no longer say by how much a rate is too high


def with_suitable_rate(e: Evidence, experiment: Experiment, keep: bool = True) -> Experiment:
    """The experiment with a learning rate that was tried on it.

    Args:
        e: The evidence, whose ``replay`` and ``trial`` try a rate out.
        experiment: The treated experiment.
        keep: Whether its present rate stays if it learns anything, at least about as much as the run without the
            treatment, or if no other does better.
    """
    present = _loss_left(e, experiment) if keep else math.inf
    if (present <= MOVES and not e.does_harm(experiment)) or (
        math.isnan(present) and is_safe(e.replay(experiment, FIRST_UPDATES))
    ):
        return experiment
    fitting = _fitting_rate(e, experiment)
    rates = sorted({rounded(fitting * factor) for factor in FACTORS})
    left = {rate: _loss_left(e, replace(experiment, learning_rate=rate)) for rate in rates}
    left = {rate: share for rate, share in left.items() if math.isfinite(share)}
    learning = [rate for rate, share in left.items() if share <= LEARNS]
    best = min(left, key=left.__getitem__, default=fitting)
    if learning:
        best = min(learning)
    elif left and left[best] > MOVES:
        best = max(left)  # nothing moves the loss yet: the longest steps that are safe get on soonest
    does_better = not left or left[best] < present
    return replace(experiment, learning_rate=best) if does_better else experiment


def _loss_left(e: Evidence, experiment: Experiment) -> float:
    """The loss after a trial over the loss before it; infinite if the first updates are not safe, NaN without trial."""
    loss = e.trial(experiment)
    if math.isnan(loss):
        return math.nan
    start = e.replay(experiment, FIRST_UPDATES)
    return loss / max(start.first.train_loss, 1e-12) if is_safe(start) else math.inf


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
    rate = min(experiment.learning_rate, LARGEST_GUESS)
    for _ in range(TRIES):
        start = e.replay(replace(experiment, learning_rate=rate), FIRST_UPDATES)
        # Where the first update flattens all slopes, the next ones are small: then the largest says more.
        typical = max(start.typical_update(), start.largest_update()[0] / 10)
        if start.frames[-1].diverged is not None or not math.isfinite(typical):
            rate = rounded(rate / 10)
        elif typical <= 0 or USUAL_UPDATES[0] <= typical <= USUAL_UPDATES[1]:
            break
        else:
            rate = rounded(rate * USUAL_UPDATE / typical)
    return rate
