"""Causes that lie between the size of the network, the data, and how far the loss fell."""

from __future__ import annotations

import numpy as np

from backprop.diagnosis import remedies
from backprop.diagnosis.cause import Cause
from backprop.diagnosis.causes.units import FEW_UNITS
from backprop.diagnosis.evidence import HARDLY, STANDING, Evidence
from backprop.diagnosis.numbers_in_words import listed, percent
from backprop.diagnosis.verdict import WARNING, Verdict
from backprop.diagnosis.words import number, numbers, points, scored

FEW_IN_ALL = 8
RISEN, TIMES_TRAINING, GAP, SHORT = 1.5, 2.0, 0.12, 0.1


def too_small(e: Evidence) -> Cause | None:
    """The loss hardly falls, well above what the data allow, and there are few hidden units.

    Few: a layer of less than 4, or 8 in all. A closed region in the plane takes three straight cuts, and each unit
    makes one. Remedy: two hidden layers of 16 units.
    """
    hidden = e.experiment.hidden
    units = [layer.units for layer in hidden]
    if not hidden or not e.progress < HARDLY or (min(units) >= FEW_UNITS and sum(units) > FEW_IN_ALL):
        return None
    counts = listed([str(count) for count in units])
    text = (
        f"With {counts} hidden {'unit' if sum(units) == 1 else 'units'} the network {scored(e.experiment, e.score)}, "
        f"and its loss hardly falls any more; {percent(e.yardsticks.reachable)} can be reached."
    )
    narrow = numbers(i for i, count in enumerate(units) if count == min(units))
    rule = (
        f"The rule: a layer has fewer than {FEW_UNITS} units, or all have no more than {FEW_IN_ALL} together, and the "
        f"loss falls by less than {percent(HARDLY)} over the last eighth of the run."
    )
    heading, since = "Too few hidden units", e.still_since
    verdict = Verdict(WARNING, "too_small", heading, text, narrow, (), min(units), FEW_UNITS, since, (rule,))
    return Cause(verdict, lambda: remedies.more_units(e))


def overfitting(e: Evidence) -> Cause | None:
    """The network learns its training samples by heart: the test loss rises while the training loss falls.

    The test loss is half as much again as it has been and twice the training loss, and the score on the test set is 12
    points lower (Prechelt 1998). And it does harm: the test loss is higher than before the first update, or the test
    score 10 points below what the data allow. Remedy: more samples and a slight penalty.
    """
    test, training = e.frame.test_loss, e.frame.train_loss
    if test is None or e.test_score is None or test < TIMES_TRAINING * training or e.score - e.test_score < GAP:
        return None
    early = [frame for frame in e.start.frames if frame.test_loss is not None]
    seen = np.array([*(frame.test_loss for frame in early), *e.history["test_loss"]], float)
    steps = [*(frame.step for frame in early), *e.history["step"]]
    best = int(np.nanargmin(seen))
    harmful = not test < seen[0] or e.test_score < e.yardsticks.reachable - SHORT
    if test < RISEN * seen[best] or not harmful:
        return None
    text = (
        f"The training loss fell to {number(training)}, but the test loss rose from {number(seen[best])} at step "
        f"{int(steps[best]):,} to {number(test)}: the network learns its {e.n_train} samples by heart."
    )
    rule = (
        f"The rule: the test loss is at least {number(RISEN)} times its lowest and {number(TIMES_TRAINING)} times the "
        f"training loss, and the test score at least {points(GAP)} below the training score; and either the test loss "
        f"is above the first or the test score more than {points(SHORT)} below what can be reached."
    )
    threshold, since = RISEN * float(seen[best]), int(steps[best])
    verdict = Verdict(WARNING, "overfitting", "Overfitting", text, (), (), test, threshold, since, (rule,))
    return Cause(verdict, lambda: remedies.more_samples_and_penalty(e))


def plateau(e: Evidence) -> Cause | None:
    """The loss stands still, or hardly falls, above what the data allow, and no earlier cause explains it.

    Still: it fell by less than 1 % over the last eighth of the run; hardly: by less than 8 %. Remedy: Adam, for an
    optimiser whose steps shrink with the gradient; else a higher rate, if one is clearly better; else more units.
    """
    if not e.progress < HARDLY:
        return None
    so_far = f"the network {scored(e.experiment, e.score)}, and {percent(e.yardsticks.reachable)} can be reached"
    if e.stands_still:
        heading, text = "Stuck on a plateau", f"The loss stands at {number(e.frame.train_loss)}; {so_far}."
    else:
        fell = f"The loss fell by only {percent(e.progress)} over the last eighth of the run"
        heading, text = "Learning very slowly", f"{fell}; {so_far}."
    rule = (
        f"The rule: the loss falls by less than {percent(HARDLY)} over the last eighth of the run; it stands still "
        f"with less than {percent(STANDING)}."
    )
    verdict = Verdict(
        WARNING, "plateau", heading, text, value=e.progress, threshold=HARDLY, since=e.still_since, details=(rule,)
    )
    return Cause(verdict, lambda: _out_of_the_plateau(e))


def _out_of_the_plateau(e: Evidence) -> remedies.Remedy | None:
    if e.experiment.optimizer.partition("(")[0] in ("sgd", "momentum", "nesterov"):
        return remedies.adam(e)
    return remedies.higher_rate(e) or remedies.more_units(e)
