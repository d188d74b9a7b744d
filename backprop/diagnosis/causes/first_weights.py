"""Causes that the network shows before its first update."""

from __future__ import annotations

import math

import numpy as np

from backprop.diagnosis import remedies
from backprop.diagnosis.cause import Cause
from backprop.diagnosis.causes.error_signal import EXPLODING
from backprop.diagnosis.causes.units import (
    FEW_UNITS,
    HALF,
    dead_layers,
    flat_layers,
    marked,
    what_the_first_updates_did,
)
from backprop.diagnosis.evidence import Evidence
from backprop.diagnosis.layer_diagnostics import FLAT_THRESHOLD
from backprop.diagnosis.numbers_in_words import amount, percent
from backprop.diagnosis.start import SAME
from backprop.diagnosis.verdict import FAULT, WARNING, Verdict
from backprop.diagnosis.words import label, number, numbers, places, scored, size

USUAL_WEIGHTS = (0.4, 2.5)  # times the size that the auto initialiser gives; its own schemes differ by less
LARGE_LOSS = 5.0  # the loss before the first update, over that from the usual weights
SIGNAL_LOST = 1 / 30  # how much z of the output varies from sample to sample, over the same from the usual weights
NOTABLE_BIAS = 3.0  # from here on sigmoid and tanh are flat at z = b

KEEPS_THE_SIGNAL = "it keeps the size of the signal from layer to layer"


def symmetric(e: Evidence) -> Cause | None:
    """All units of a hidden layer start with the same weights, incoming and outgoing.

    Then they have the same z, the same φ and the same gradient in every step: the layer stays one unit many times over
    (Goodfellow, Bengio & Courville 2016, section 8.4). Equal means equal to a millionth. Remedy: random weights.
    """
    same = list(e.start.symmetric)
    if not same:
        return None
    zero = all(e.start.weight_rms[i] == 0 for i in same)
    weights = "weights of 0" if zero else "the same weights"
    works = "each layer works" if len(same) > 1 else "the layer works"
    text = (
        f"In {places(e.experiment, same)} all units start with {weights} and get the same gradient in every step: "
        f"{works} like a single unit."
    )
    heading = "All weights start at zero" if zero else "All units start the same"
    rule = f"The rule: the weights of all units in a layer differ by at most {number(SAME)} of their size."
    verdict = Verdict(FAULT, "symmetric", heading, text, numbers(same), details=(rule,))
    return Cause(verdict, lambda: remedies.usual_weights(e, "random weights make the units differ"))


def initial_scale(e: Evidence) -> Cause | None:
    """Initial weights far too large or too small for this stack, judged against the usual weights in the same stack.

    Too large: the loss before the first update is five times that from the usual weights, or most slopes of a layer are
    flat, or the error signal explodes, where the usual weights do none of it. Too small: z of the output varies thirty
    times less from sample to sample (Glorot & Bengio 2010; He et al. 2015). Remedy: the usual weights.
    """
    ratios = [
        own / usual if usual else math.inf
        for own, usual in zip(e.start.weight_rms, e.usual_start.weight_rms, strict=True)
    ]
    j = max(range(len(ratios)), key=lambda i: abs(math.log(ratios[i])) if ratios[i] else math.inf)
    if USUAL_WEIGHTS[0] <= ratios[j] <= USUAL_WEIGHTS[1]:
        return None
    found = _too_large(e) if ratios[j] > 1 else _too_small(e)
    if found is None:
        return None
    shows, rule, value, threshold = found
    unusual = [i for i, ratio in enumerate(ratios) if not USUAL_WEIGHTS[0] <= ratio <= USUAL_WEIGHTS[1]]
    alike = max(ratios[i] for i in unusual) <= 1.3 * min(ratios[i] for i in unusual)
    where = places(e.experiment, unusual if alike else [j])
    text = f"The weights of {where} start at {size(ratios[j])} their usual size: {shows}."
    heading = f"Initial weights too {'large' if ratios[j] > 1 else 'small'}"
    low, high = USUAL_WEIGHTS
    details = (
        f"The rule: weights of less than {number(low)} or more than {number(high)} times their usual size, and {rule}.",
    )
    verdict = Verdict(
        FAULT, "initial_scale", heading, text, numbers(unusual), value=value, threshold=threshold, details=details
    )
    return Cause(verdict, lambda: remedies.usual_weights(e, KEEPS_THE_SIGNAL), foretold=True)


def _too_large(e: Evidence) -> tuple[str, str, float, float] | None:
    """How weights that are too large show, by which rule, with the measured number and its threshold."""
    own, usual = e.start.first, e.usual_start.first
    if not own.train_loss <= LARGE_LOSS * usual.train_loss:
        losses = f"{number(own.train_loss)} instead of {number(usual.train_loss)}"
        rule = f"a loss of more than {number(LARGE_LOSS)} times that from the usual weights"
        return f"the loss begins at {losses}", rule, own.train_loss, LARGE_LOSS * usual.train_loss
    flat = [j for j in flat_layers(own) if j not in flat_layers(usual)]
    if flat:
        share = own.layers[flat[0]].flat_share
        shows = f"{percent(share)} of the slopes in layer {flat[0] + 1} are flat before the first update"
        return shows, f"more than {percent(HALF)} of a layer's slopes flat, where the usual weights do not", share, HALF
    ratio = e.start.signal_ratio
    if ratio > EXPLODING and not e.usual_start.signal_ratio > EXPLODING:
        rule = f"more than {amount(EXPLODING)} the output's error signal in layer 1, where the usual weights do not"
        return f"layer 1 receives {amount(ratio)} the output's error signal", rule, ratio, EXPLODING
    return None


def _too_small(e: Evidence) -> tuple[str, str, float, float] | None:
    """How weights that are too small show, by which rule, with the measured number and its threshold."""
    usual = e.usual_start.z_spread[-1]
    share = e.start.z_spread[-1] / usual if usual > 0 else 1.0
    if share < SIGNAL_LOST:
        shows = f"differences between samples reach the output with {percent(share)} of their size"
        rule = f"at the output less than {percent(SIGNAL_LOST)} of the differences that the usual weights give"
        return shows, rule, share, SIGNAL_LOST
    return None


def born_dead(e: Evidence) -> Cause | None:
    """All units of a hidden layer are dead before the first update, or at least half of them because of their biases.

    Dead: slope 0 on every training sample (Lu et al. 2020 call it born dead). If the usual weights with biases of 0
    have fewer of them, the biases did it. What is dead above a dead layer follows from it and is not named. Remedy:
    biases of 0; where they are 0 already, leaky ReLU.
    """
    first, biased = e.start.first, [i for i, layer in enumerate(e.experiment.hidden) if layer.bias < 0]
    usually_dead = dead_layers(e.usual_start.first, HALF) if biased else []
    killed = [i for i in dead_layers(first, HALF) if i in biased and i not in usually_dead]
    layers = killed or [i for i in dead_layers(first, 1.0) if e.experiment.layers[i].units >= FEW_UNITS][:1]
    if not layers:
        return None
    j, layer, blame = layers[0], e.experiment.layers[layers[0]], bool(killed)
    count = int(np.count_nonzero(first.layers[j].dead))
    text = (
        f"{count} of the {layer.units} {label(layer)} units in layer {j + 1} are dead before the first update"
        f"{f', because their biases start at {number(layer.bias)}' if blame else ''}: their slope is 0 on every "
        "training sample."
    )
    severity = FAULT if first.layers[j].dead.all() else WARNING
    heading = "Bias kills units at birth" if blame else "Units born dead"
    units, share = marked(first, "dead", layers), count / layer.units
    rule = (
        f"The rule: at least {percent(HALF)} of a layer's units are dead, and fewer with biases of 0."
        if blame
        else f"The rule: all units of a layer of at least {FEW_UNITS} are dead."
    )
    threshold = HALF if blame else 1.0
    verdict = Verdict(severity, "dead", heading, text, numbers(layers), units, share, threshold, details=(rule,))
    return Cause(verdict, lambda: remedies.no_biases(e, biased) if blame else remedies.leaky_layers(e))


def output_slope(e: Evidence) -> Cause | None:
    """A flat output that is wrong, on a loss that does not cancel its slope.

    φ of the output is (∂L/∂a) · f′(z). With squared error on a sigmoid, f′ is nearly 0 for every confident answer,
    right or wrong (Nielsen 2015, chapter 3). Flat: a slope below 5 % of its maximum, on most of the samples. If the
    first updates drove the output there, they are the cause. Remedy: the loss that cancels the slope.
    """
    output, experiment = e.frame.layers[-1], e.experiment
    if not output.slope_used or output.flat_share <= HALF or experiment.output.activation == "identity":
        return None
    if e.start.first.layers[-1].flat_share <= HALF and what_the_first_updates_did(e):
        return None
    bias = experiment.output.bias
    because = f" (its bias started at {number(bias)})" if abs(bias) >= NOTABLE_BIAS else ""
    text = (
        f"The {label(experiment.output)} output is flat on {percent(output.flat_share)} of the samples{because}: its "
        f"slope, below {percent(FLAT_THRESHOLD)} of the maximum, cuts the error signal off, though the network only "
        f"{scored(experiment, e.score)}."
    )
    rule = (
        f"The rule: more than {percent(HALF)} of the output's slopes are below {percent(FLAT_THRESHOLD)} of the "
        "maximum, on a loss that does not cancel them."
    )
    last, heading = len(experiment.layers), "Flat output blocks the gradient"
    since = e.since(f"flat_share_{last}", HALF)
    verdict = Verdict(
        FAULT, "output_slope", heading, text, (last,), (), output.flat_share, HALF, since, details=(rule,)
    )
    return Cause(verdict, lambda: remedies.suitable_output(e))
