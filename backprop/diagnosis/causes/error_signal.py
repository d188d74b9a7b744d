"""Causes that lie in the depth of the stack: the error signal vanishes or explodes on its way to layer 1."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from backprop.diagnosis import remedies
from backprop.diagnosis.cause import Cause
from backprop.diagnosis.evidence import Evidence
from backprop.diagnosis.frame import Frame
from backprop.diagnosis.layer_diagnostics import budgets, signal_ratio
from backprop.diagnosis.numbers_in_words import amount, factor, listed, percent
from backprop.diagnosis.verdict import FAULT, Verdict
from backprop.diagnosis.words import label, numbers
from backprop.functions import get_activation

VANISHING, EXPLODING = 1e-3, 1e3  # rms φ¹ over rms φᴶ
SHRINKS = 0.5  # the share of the signal that the slopes of a layer pass


def vanishing(e: Evidence) -> Cause | None:
    """Less than a thousandth of the error signal reaches layer 1, before the first update or while the loss stands.

    If nothing at all reaches it, a dead layer is to blame and not the depth. The initial weights were judged before, so
    it is the slopes (Hochreiter 1991; Glorot & Bengio 2010). During the run only functions count whose slope is below 1
    everywhere, as sigmoid's: a tanh that shrinks the signal then is saturated. Remedy: an activation whose slope is
    near 1, in every layer that halves the signal.
    """
    found = _moment(e, lambda ratio: 0 < ratio < VANISHING)
    if found is None:
        return None
    frame, when, since = found
    ratio, slopes = signal_ratio(frame.layers), [part.slope for part in budgets(frame.layers)]
    weak = [i for i, slope in enumerate(slopes) if slope < math.log10(SHRINKS)]
    foretold = frame is e.start.first
    if not foretold:
        weak = [i for i in weak if get_activation(e.experiment.layers[i].activation).max_slope < 1]
    if not weak:
        return None
    least = min(weak, key=slopes.__getitem__)
    names = listed(sorted({label(e.experiment.layers[i]) for i in weak}))
    one = len(weak) == 1
    text = (
        f"Layer 1 receives {amount(ratio)} the output's error signal{when}: the {names} slopes shrink it "
        f"{f'in layer {least + 1}' if one else f'in {len(weak)} layers'}, "
        f"{'to' if one else f'most in layer {least + 1}, to'} {percent(10 ** slopes[least])}."
    )
    why = "its slope is near 1 where the signal is, so each layer passes most of it"
    rule = (
        f"The rule: layer 1 receives less than {percent(VANISHING)} of the output's error signal; the layers named are "
        f"those whose slopes pass less than {percent(SHRINKS)}."
    )
    heading = "Vanishing gradient"
    verdict = Verdict(FAULT, "vanishing", heading, text, numbers(weak), (), ratio, VANISHING, since, (rule,))
    return Cause(verdict, lambda: remedies.other_activation(e, weak, ("tanh", "elu", "leaky_relu"), why), foretold)


def exploding(e: Evidence) -> Cause | None:
    """Layer 1 receives more than a thousand times the error signal, before the first update or while the loss stands.

    Remedy: tanh, whose slope is never above 1, in all hidden layers (Pascanu, Mikolov & Bengio 2013).
    """
    found = _moment(e, lambda ratio: ratio > EXPLODING)
    if found is None:
        return None
    frame, when, since = found
    ratio, steps = signal_ratio(frame.layers), [part.total for part in budgets(frame.layers)]
    most = int(np.nanargmax(steps))
    text = (
        f"Layer 1 receives {amount(ratio)} the output's error signal{when}: from layer {most + 2} to layer "
        f"{most + 1} alone it grows {factor(10 ** steps[most])} times."
    )
    rule = f"The rule: layer 1 receives more than {amount(EXPLODING)} the output's error signal."
    hidden, heading = list(range(len(e.experiment.hidden))), "Exploding gradient"
    verdict = Verdict(FAULT, "exploding", heading, text, numbers(hidden), (), ratio, EXPLODING, since, (rule,))
    foretold, why = frame is e.start.first, "its slope is never above 1"
    return Cause(verdict, lambda: remedies.other_activation(e, hidden, ("tanh",), why), foretold)


def _moment(e: Evidence, is_extreme: Callable[[float], bool]) -> tuple[Frame, str, int] | None:
    """The start, or a standstill now, if its signal ratio is extreme: frame, words for when it was, and since when."""
    if is_extreme(e.start.signal_ratio):
        return e.start.first, " before the first update", e.changed_at
    if e.stands_still and is_extreme(signal_ratio(e.frame.layers)):
        return e.frame, "", e.still_since
    return None
