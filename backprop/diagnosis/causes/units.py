"""Causes that lie in units which died or saturated during the run, and what measures them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from backprop.diagnosis import remedies
from backprop.diagnosis.cause import Cause
from backprop.diagnosis.evidence import STANDING, Evidence
from backprop.diagnosis.frame import Frame
from backprop.diagnosis.layer_diagnostics import FLAT_THRESHOLD
from backprop.diagnosis.numbers_in_words import counted, percent
from backprop.diagnosis.verdict import FAULT, WARNING, Verdict
from backprop.diagnosis.words import label, number, numbers, place

HALF = 0.5  # of a layer's units or slopes: from here on most of the layer takes no part in learning
FEW_UNITS = 4  # a layer with fewer is too small, whether its units are alive or not
QUARTER = 0.25  # of a layer lost within the first updates
LOSS_STANDS = f"the loss falls by less than {percent(STANDING)} over the last eighth of the run"


def dead(e: Evidence) -> Cause | None:
    """At least half of a hidden layer's units died during the run, and the loss stands still.

    Dead: slope 0 on every training sample. Remedy: leaky ReLU, whose slope is never 0 (Maas, Hannun & Ng 2013).
    """
    layers = dead_layers(e.frame, HALF)
    if not layers or not e.stands_still:
        return None
    j = max(layers, key=lambda i: float(e.frame.layers[i].dead.mean()))
    layer, count = e.experiment.layers[j], int(np.count_nonzero(e.frame.layers[j].dead))
    text = (
        f"{count} of the {layer.units} {label(layer)} units in layer {j + 1} are dead, with a slope of 0 on every "
        f"training sample, and the loss stands at {number(e.frame.train_loss)}."
    )
    severity, since = FAULT if count == layer.units else WARNING, e.since(f"dead_{j + 1}", count)
    units = marked(e.frame, "dead", layers)
    rule = f"The rule: at least {percent(HALF)} of a layer's units are dead, and {LOSS_STANDS}."
    share, named = count / layer.units, numbers(layers)
    verdict = Verdict(severity, "dead", "Dead units", text, named, units, share, HALF, since, (rule,))
    return Cause(verdict, lambda: remedies.leaky_layers(e))


def saturated(e: Evidence) -> Cause | None:
    """Most slopes of a sigmoid-like hidden layer are flat, and the loss stands still.

    Flat: below 5 % of the largest slope (frozen units are flat on every sample). Remedy: smaller steps from the start,
    so that z stays small (Glorot & Bengio 2010).
    """
    layers = flat_layers(e.frame)
    if not layers or not e.stands_still:
        return None
    j = max(layers, key=lambda i: e.frame.layers[i].flat_share)
    share = e.frame.layers[j].flat_share
    text = (
        f"{percent(share)} of the {label(e.experiment.layers[j])} slopes in layer {j + 1} are flat, below "
        f"{percent(FLAT_THRESHOLD)} of the largest, and the loss stands at {number(e.frame.train_loss)}."
    )
    since, units = e.since(f"flat_share_{j + 1}", HALF), marked(e.frame, "frozen", layers)
    rule = f"The rule: more than {percent(HALF)} of a layer's slopes are flat, and {LOSS_STANDS}."
    named = numbers(layers)
    verdict = Verdict(WARNING, "saturated", "Saturated units", text, named, units, share, HALF, since, (rule,))
    return Cause(verdict, lambda: remedies.smaller_rate(e))


def dead_layers(frame: Frame, share: float) -> list[int]:
    """The hidden layers, counted from 0, of whose units at least this share is dead."""
    return [i for i, layer in enumerate(frame.layers[:-1]) if float(layer.dead.mean()) >= share]


def marked(frame: Frame, state: str, layers: Sequence[int]) -> tuple[tuple[int, int], ...]:
    """The units of these layers (counted from 0) in a state, as (layer, unit) counted from 1."""
    return tuple((j + 1, int(unit) + 1) for j in layers for unit in np.flatnonzero(getattr(frame.layers[j], state)))


def flat_layers(frame: Frame) -> list[int]:
    """The hidden layers, counted from 0, most of whose slopes are flat although their function has two flat tails."""
    return [i for i, layer in enumerate(frame.layers[:-1]) if layer.two_tailed and layer.flat_share > HALF]


def what_the_first_updates_did(e: Evidence) -> str | None:
    """Which layer lost most of its units or slopes within the first updates, in words; None if none lost a quarter."""
    first, last = e.start.first, e.start.frames[-1]
    after_updates = f"after {counted(len(e.start.frames) - 1, 'update')}"
    losses = [(0.0, "")]
    for j, (before, after) in enumerate(zip(first.layers, last.layers, strict=True)):
        if len(after.dead) < FEW_UNITS and j < len(e.experiment.hidden):
            continue
        died, units, where = int(np.count_nonzero(after.dead & ~before.dead)), len(after.dead), place(e.experiment, j)
        losses.append((died / units, f"{after_updates} {died} of {units} units in {where} had died"))
        if after.two_tailed and after.slope_used:
            words = f"{after_updates} {percent(after.flat_share)} of the slopes in {where} were flat"
            losses.append((after.flat_share - before.flat_share, words))
    share, words = max(losses)
    return words if share >= QUARTER else None
