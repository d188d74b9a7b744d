"""Causes that stand in the experiment itself: no run is needed to see them."""

from __future__ import annotations

from backprop.diagnosis import remedies
from backprop.diagnosis.cause import Cause
from backprop.diagnosis.evidence import NEAR_ENOUGH, Evidence
from backprop.diagnosis.numbers_in_words import listed, percent
from backprop.diagnosis.verdict import FAULT, Verdict
from backprop.diagnosis.words import label, number, numbers, places, points, scored
from backprop.functions import get_activation, get_backward
from backprop.layer import Layer

OUT_OF_RANGE = 0.05  # the share of their spread by which targets may lie outside of what the output reaches


def no_slope(e: Evidence) -> Cause | None:
    """A hidden layer whose backward slope is 0 everywhere: step, sign, or the backward function zero.

    No error signal passes it, so no layer up to it ever changes. This follows from the four equations and has no
    threshold. Remedy: its own slope, or a surrogate (Bengio, Léonard & Courville 2013; Neftci, Mostafa & Zenke 2019).
    """
    flat = [i for i, layer in enumerate(e.experiment.hidden) if has_no_slope(layer)]
    if not flat:
        return None
    names = listed(sorted({_slope_label(e.experiment.layers[i]) for i in flat}))
    text = f"In {places(e.experiment, flat)} the slope of {names} is 0 for every z: no error signal gets past it."
    rule = "The rule: the largest slope of the backward pass is 0, without any tolerance."
    verdict = Verdict(FAULT, "no_slope", "No slope to send back", text, numbers(flat), details=(rule,))
    return Cause(verdict, lambda: remedies.slope_to_send_back(e, flat))


def output_range(e: Evidence) -> Cause | None:
    """Targets outside of what the output layer can give, as with a sigmoid for values from −1.4 to 1.4.

    The range is the activation's; what lies outside is compared with the spread of the targets. Remedy: an output that
    reaches them, identity for regression (Bishop 2006, section 5.2).
    """
    if not e.is_regression:
        return None
    low, high = get_activation(e.experiment.output.activation).range
    least, most = e.targets
    outside = max(low - least, most - high) / max(most - least, 1e-12)
    if not outside > OUT_OF_RANGE:
        return None
    bound = f"below {number(low)}" if low - least >= most - high else f"above {number(high)}"
    text = (
        f"The targets go from {number(least)} to {number(most)}, but {label(e.experiment.output)}, the output's "
        f"activation, never goes {bound}."
    )
    rule = (
        f"The rule: the targets lie outside of what the output can give by more than {percent(OUT_OF_RANGE)} of their "
        "spread."
    )
    last, heading = (len(e.experiment.layers),), "Output cannot reach the targets"
    verdict = Verdict(
        FAULT, "output_range", heading, text, last, value=outside, threshold=OUT_OF_RANGE, details=(rule,)
    )
    return Cause(verdict, lambda: remedies.suitable_output(e))


def linear(e: Evidence) -> Cause | None:
    """No hidden layer, or none that is not linear, for data that a linear model does not fit.

    A product of matrices is a matrix: without a non-linear activation the network is a linear model, however deep. The
    yardstick is a linear model of the same inputs, fitted by least squares. Remedy: tanh in hidden layers.
    """
    best, possible = e.yardsticks.linear, e.yardsticks.reachable
    if any(layer.activation != "identity" for layer in e.experiment.hidden) or best >= possible - NEAR_ENOUGH:
        return None
    what = "All hidden layers are linear" if e.experiment.hidden else "There is no hidden layer"
    text = f"{what}, and the best linear model {scored(e.experiment, best)}; {percent(possible)} can be reached."
    rule = (
        f"The rule: no hidden layer is curved, and the best linear model stays more than {points(NEAR_ENOUGH)} below "
        "what can be reached."
    )
    layers, heading = numbers(range(len(e.experiment.hidden))), "Linear network, curved problem"
    verdict = Verdict(FAULT, "linear", heading, text, layers, value=best, threshold=possible, details=(rule,))
    return Cause(verdict, lambda: remedies.curved_layers(e))


def has_no_slope(layer: Layer) -> bool:
    """Whether the slope of the backward pass is 0 everywhere, as for step, sign and the backward function zero."""
    slope = get_activation(layer.activation) if layer.backward is None else get_backward(layer.backward)
    return slope.max_slope == 0


def _slope_label(layer: Layer) -> str:
    return label(layer) if layer.backward is None else f"the backward function {get_backward(layer.backward).label}"
