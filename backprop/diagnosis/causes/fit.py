"""Causes that lie between the size of the network, the data, and how far the loss fell."""

from __future__ import annotations

import numpy as np

from backprop.diagnosis import remedies
from backprop.diagnosis.cause import Cause
from backprop.diagnosis.evidence import Evidence
from backprop.diagnosis.numbers_in_words import listed, percent
from backprop.diagnosis.verdict import WARNING, Verdict
from backprop.diagnosis.words import number, numbers, scored

FEW_UNITS, FEW_IN_ALL = 4, 8
HARDLY = 0.15  # a loss that falls by less over a quarter of the run hardly falls
RISEN, TIMES_TRAINING, GAP = 1.5, 2.0, 0.08


def too_small(e: Evidence) -> Cause | None:
    """The loss hardly falls, well above what the data allow, and there are few hidden units.

    Few: a layer of less than 4, or 8 in all. A closed region in the plane takes three straight cuts, and each unit makes
    one. Remedy: two hidden layers of 16 units.
    """
    hidden = e.experiment.hidden
    units = [layer.units for layer in hidden]
    if not hidden or not e.progress < HARDLY or (min(units) >= FEW_UNITS and sum(units) > FEW_IN_ALL):
        return None
    counts = listed([str(count) for count in units])
    text = (
        f"With {counts} hidden {'unit' if sum(units) == 1 else 'units'} the network {scored(e.experiment, e.score)}, and its "
        f"loss hardly falls any more; {percent(e.yardsticks.neighbours)} can be reached."
    )
    narrow = numbers(i for i, count in enumerate(units) if count == min(units))
    verdict = Verdict(
        WARNING, "too_small", "Too few hidden units", text, narrow, (), min(units), FEW_UNITS, e.still_since
    )
    return Cause(verdict, lambda: remedies.more_units(e))


def overfitting(e: Evidence) -> Cause | None:
    """The network learns its training samples by heart: the test loss rises while the training loss falls.

    The test loss is half as much again as it has been and twice the training loss, and the score on the test set is 8
    points lower (Prechelt 1998). Remedy: more samples, else a penalty.
    """
    test, training = e.frame.test_loss, e.frame.train_loss
    if test is None or e.test_score is None or test < TIMES_TRAINING * training or e.score - e.test_score < GAP:
        return None
    early = [frame for frame in e.start.frames if frame.test_loss is not None]
    seen = np.array([*(frame.test_loss for frame in early), *e.history["test_loss"]], float)
    steps = [*(frame.step for frame in early), *e.history["step"]]
    best = int(np.nanargmin(seen))
    if test < RISEN * seen[best]:
        return None
    text = (
        f"The training loss fell to {number(training)}, but the test loss rose from {number(seen[best])} at step "
        f"{int(steps[best]):,} to {number(test)}: the network learns its {e.n_train} samples by heart."
    )
    verdict = Verdict(
        WARNING, "overfitting", "Overfitting", text, (), (), test, RISEN * float(seen[best]), int(steps[best])
    )
    return Cause(verdict, lambda: remedies.more_samples_or_penalty(e))


def plateau(e: Evidence) -> Cause | None:
    """The loss stands still above what the data allow, and no earlier cause explains it.

    Still: it fell by less than 2 % over the last quarter of the run. Remedy: Adam, for an optimiser whose steps shrink
    with the gradient; else more units.
    """
    if not e.stands_still:
        return None
    text = (
        f"The loss has stood at {number(e.frame.train_loss)} since step {e.still_since:,}; the network "
        f"{scored(e.experiment, e.score)}, and {percent(e.yardsticks.neighbours)} can be reached."
    )
    verdict = Verdict(WARNING, "plateau", "Stuck on a plateau", text, since=e.still_since)
    shrinks = e.experiment.optimizer.partition("(")[0] in ("sgd", "momentum", "nesterov")
    return Cause(verdict, lambda: remedies.adam(e) if shrinks else remedies.more_units(e))
