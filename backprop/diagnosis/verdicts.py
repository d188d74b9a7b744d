"""The findings about a run: its cause first, with the symptoms that follow from it; or that nothing is wrong."""

from __future__ import annotations

import math
from dataclasses import replace

from backprop.diagnosis.cause import Cause
from backprop.diagnosis.causes import find_cause
from backprop.diagnosis.evidence import TRIAL_UPDATES, Evidence
from backprop.diagnosis.numbers_in_words import percent
from backprop.diagnosis.remedy import Remedy
from backprop.diagnosis.symptoms import diagnose
from backprop.diagnosis.verdict import GOOD, WARNING, Verdict
from backprop.diagnosis.words import scored

NOTHING_HELPS = "No remedy is proposed: in a trial on this network, none that is known for this does better."


def judge(e: Evidence, cure: bool = True) -> list[Verdict]:
    """All findings, the root cause first. A run without a fault has one, of the kind ``"healthy"``.

    Args:
        e: What is known of the run.
        cure: Whether to work out the remedy, which takes trial runs, if it is not known yet.
    """
    seen = diagnose(e.frame, e.experiment, e.n_train)
    cause = find_cause(e)
    if cause is None:
        return [_healthy(e, tuple(verdict.text for verdict in seen))]
    verdict = replace(cause.verdict, severity=_severity(e, cause))
    sought, remedy = _remedy(e, cause, cure)
    details = (*verdict.details, NOTHING_HELPS) if sought and remedy is None else verdict.details
    symptoms = tuple(symptom for symptom in seen if symptom.severity != GOOD and symptom.kind != verdict.kind)
    since = max(verdict.since, e.changed_at)
    return [replace(verdict, remedy=remedy, symptoms=symptoms, since=since, details=details)]


def _remedy(e: Evidence, cause: Cause, cure: bool) -> tuple[bool, Remedy | None]:
    """Whether a remedy has been sought, and the remedy, which stands once it is found.

    Where none was found, it is sought again when the run is twice as long: it may have come to a higher loss, compared
    with which a remedy helps.
    """
    key = (cause.verdict.kind, cause.verdict.layers)
    if e.knows(key):
        return True, e.remembered(key, cause.cure)
    doublings = max(e.frame.step - e.changed_at, TRIAL_UPDATES).bit_length()
    if not cure and not e.knows((key, doublings)):
        return False, None
    remedy = e.remembered((key, doublings), cause.cure)
    if remedy:
        e.remembered(key, lambda: remedy)
    return True, remedy


def _severity(e: Evidence, cause: Cause) -> str:
    """How bad a cause is: a warning while the loss falls convincingly, and for a forecast while it falls at all."""
    falls = e.is_falling or (cause.foretold and not e.stands_still)
    return WARNING if falls and not e.frame.diverged else cause.verdict.severity


def _healthy(e: Evidence, details: tuple[str, ...]) -> Verdict:
    best = e.yardsticks.reachable
    if e.has_learnt:
        test = "" if e.test_score is None else f", and {percent(max(e.test_score, 0.0))} on the test set"
        heading, text = "It has learnt its task", f"The network {scored(e.experiment, e.score)}{test}."
    elif math.isnan(e.progress):
        heading = "Ready to learn" if e.frame.step == e.changed_at else "Learning"
        text, details = details[0], details[1:]
    else:
        heading = "Learning"
        text = (
            f"The training loss fell by {percent(e.progress)} over the last eighth of the run; the network "
            f"{scored(e.experiment, e.score)} so far."
        )
    return Verdict(GOOD, "healthy", heading, text, value=e.score, threshold=best, details=details)
