"""Causes that make updates too large or too small: learning rate, clipping, penalties."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from backprop.diagnosis import remedies
from backprop.diagnosis.cause import Cause
from backprop.diagnosis.causes.units import QUARTER, what_the_first_updates_did
from backprop.diagnosis.evidence import STANDING, Evidence
from backprop.diagnosis.numbers_in_words import listed, percent
from backprop.diagnosis.verdict import FAULT, Verdict
from backprop.diagnosis.words import number, place, setting, size

USUAL = "0.1 % to 1 % is usual"
LARGE_UPDATE = 0.3  # of a layer's weights in one update
SMALL_UPDATE = 1e-4  # a tenth of the usual
PENALTY_PULL = 0.2  # of the penalty on the initial weights, as a share of the gradient of the loss
CLIPPED = 10.0  # how many times larger the first updates are without clipping


def penalty(e: Evidence) -> Cause | None:
    """A penalty that pulls hard on the weights compared with the data.

    Measured on the initial weights: the norm of l1 sign(w) + l2 w over that of the gradient of the loss; for AdamW, its
    decay λw over Adam's largest step, 1 an entry (Loshchilov & Hutter 2019). From a fifth on, both pulls balance well
    before the data are fitted. Remedy: a pull of a hundredth.
    """
    pull = _pull(e)
    if pull < PENALTY_PULL:
        return None
    names = {"l1": "an L1 penalty", "l2": "an L2 penalty", "weight decay": "a weight decay"}
    words = listed([f"{names[name]} of {setting(value)}" for name, value in e.experiment.penalties.items()])
    strength = f"{size(pull)} the strength" if pull >= 1 else f"{percent(pull)} of the strength"
    text = (
        f"At the start {words} pulls on the weights with {strength} of the loss's gradient: the weights "
        "shrink instead of fitting the data."
    )
    rule = f"The rule: a pull of at least {percent(PENALTY_PULL)} of the gradient's strength before the first update."
    verdict = Verdict(FAULT, "penalty", "Penalty too strong", text, value=pull, threshold=PENALTY_PULL, details=(rule,))
    return Cause(verdict, lambda: remedies.weaker_penalty(e, pull), foretold=True)


def _pull(e: Evidence) -> float:
    counts, penalties = e.start.weight_counts, e.experiment.penalties
    norm = math.sqrt(sum(count * rms**2 for count, rms in zip(counts, e.start.weight_rms, strict=True)))
    of_ones = math.sqrt(sum(counts))
    pull = (penalties.get("l1", 0.0) * of_ones + penalties.get("l2", 0.0) * norm) / max(e.start.gradient_norm, 1e-12)
    return max(pull, penalties.get("weight decay", 0.0) * norm / of_ones)


def clipping(e: Evidence) -> Cause | None:
    """A gradient clipped so short that the weights hardly move.

    Asked of the run itself: without clipping its first updates would be at least ten times as large (Pascanu, Mikolov &
    Bengio 2013 clip outliers, not every gradient). Remedy: a limit above the norm of this network's gradient.
    """
    limit, norm, updates = e.experiment.clip_norm, e.start.gradient_norm, len(e.start.frames) - 1
    own = e.start.typical_update()
    if not 0 < CLIPPED * limit < norm or not updates or own > CLIPPED * SMALL_UPDATE:
        return None
    free = e.remembered(
        ("without clipping", updates), lambda: e.replay(replace(e.experiment, clip_norm=0.0), updates).typical_update()
    )
    if free < CLIPPED * own:
        return None
    text = (
        f"The gradient has a norm of {number(norm)} and is clipped at {setting(limit)}: an update changes the weights "
        f"by {percent(own)} of their size instead of {percent(free)}."
    )
    rule = (
        f"The rule: updates that change the weights by at most {percent(CLIPPED * SMALL_UPDATE)}, and by at least "
        f"{number(CLIPPED)} times as much without clipping."
    )
    heading = "Gradient clipped too short"
    verdict = Verdict(FAULT, "clipping", heading, text, value=norm / limit, threshold=CLIPPED, details=(rule,))
    return Cause(verdict, lambda: remedies.looser_clipping(e, norm))


def rate_low(e: Evidence) -> Cause | None:
    """Updates so small that the weights stay where they started.

    The update ratio ‖ΔW‖/‖W‖, as the median over the first updates in the layer where it is largest, is below a tenth
    of the usual 10⁻³ (Karpathy, CS231n). Remedy: the rate times the factor that is missing.
    """
    typical, (largest, _, _) = e.start.typical_update(), e.start.largest_update()
    if not 0 < typical < SMALL_UPDATE or largest >= 10 * SMALL_UPDATE:
        return None
    text = f"An update changes no layer's weights by more than {percent(typical)} of their size; {USUAL}."
    rule = (
        f"The rule: the median of the first updates is below {percent(SMALL_UPDATE)} in every layer, and none reaches "
        f"{percent(10 * SMALL_UPDATE)}."
    )
    heading = "Learning rate too low"
    verdict = Verdict(FAULT, "rate_low", heading, text, value=typical, threshold=SMALL_UPDATE, details=(rule,))
    return Cause(verdict, lambda: remedies.suitable_rate(e))


def rate_high(e: Evidence) -> Cause | None:
    """Updates so large that they throw the weights to where the gradient said nothing about.

    An update ratio of 30 % or more, with one of three consequences: the first updates killed or flattened a quarter of
    a layer, the loss stands still, or the run diverged. Remedy: a rate with updates of usual size.
    """
    largest, layer, update = e.start.largest_update()
    ruin = _ruin(e)
    if ruin and largest >= LARGE_UPDATE:
        since = e.changed_at + update
        text = (
            f"Update {since:,} changed the weights of {place(e.experiment, layer)} by {percent(largest)} of their size "
            f"({USUAL}), and {ruin}."
        )
        layers: tuple[int, ...] = (layer + 1,)
    elif e.stands_still and (largest := _recent_update(e)) >= LARGE_UPDATE:
        text = (
            f"Updates still change the weights by {percent(largest)} of their size ({USUAL}), and the loss stands at "
            f"{number(e.frame.train_loss)}."
        )
        layers, since = (), e.still_since
    else:
        return None
    rule = (
        f"The rule: an update of at least {percent(LARGE_UPDATE)}, and the first updates cost a layer at least "
        f"{percent(QUARTER)} of its units or slopes, or the loss falls by less than {percent(STANDING)} over the last "
        "eighth of the run, or the run diverged."
    )
    heading = "Learning rate too high"
    verdict = Verdict(FAULT, "rate_high", heading, text, layers, (), largest, LARGE_UPDATE, since, details=(rule,))
    return Cause(verdict, lambda: remedies.suitable_rate(e) or remedies.smaller_rate(e))


def _ruin(e: Evidence) -> str | None:
    """What the first updates led to, in words; None if to nothing bad."""
    if e.frame.diverged:
        return f"after step {e.frame.diverged.step:,} {e.frame.diverged.where} became infinite or undefined"
    losses = what_the_first_updates_did(e)
    return losses or (f"the loss stands at {number(e.frame.train_loss)}" if e.stands_still else None)


def diverged(e: Evidence) -> Cause | None:
    """A quantity became infinite or undefined, though the first updates were in order.

    Then the updates grew later, step by step. Remedy: a lower learning rate, tried on the first updates, else a third.
    """
    if not e.frame.diverged:
        return None
    at = e.frame.diverged
    layers = (at.layer,) if at.layer else ()
    rule = f"The rule: a number is infinite or undefined, and no first update reached {percent(LARGE_UPDATE)}."
    heading = "The run diverged"
    verdict = Verdict(FAULT, "diverged", heading, at.sentence, layers, (), math.inf, math.inf, at.step, (rule,))
    return Cause(verdict, lambda: remedies.suitable_rate(e) or remedies.smaller_rate(e))


def _recent_update(e: Evidence) -> float:
    """The update ratio, as the median over the last quarter of the run, in the layer where it is largest."""
    rows = max(len(e.history["step"]) // 4, 1)
    recent = [values[-rows:] for name, values in e.history.items() if name.startswith("update_ratio_")]
    return max((float(np.nanmedian(values)) for values in recent if not np.isnan(values).all()), default=0.0)
