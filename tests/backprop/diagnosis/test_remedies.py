"""Remedies: the sentence names the change, and the change is valid and differs from the present setting."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings

from backprop import ACTIVATIONS, LOSSES, SURROGATES, Experiment, Layer, Trainer, diagnose, get_activation
from backprop.diagnosis.remedies import (
    Remedy,
    dead,
    diverged,
    exploding,
    flat_output,
    higher_rate,
    lower_rate,
    saturated,
    vanishing,
)
from backprop.functions.initializers import AUTO
from tests.helpers import allowed_heads, experiments

STACK = Experiment(layers=(Layer(4, "tanh"), Layer(4, "relu"), Layer(1, "sigmoid")))


def check_remedy(remedy: Remedy, experiment: Experiment) -> None:
    """Assert that the remedy gives another, valid experiment and that its words name the change."""
    changed = remedy.applied_to(experiment)  # raises SpecError if the experiment is not valid
    assert changed != experiment
    assert remedy.text.startswith("Try ")
    assert remedy.text.endswith(".")
    assert 0 < len(remedy.label) < 50
    words = remedy.text.lower()
    for name, value in {**remedy.layer_settings, **remedy.settings}.items():
        assert all(part in words for part in _expected_words(name, value, experiment, remedy.layer)), (
            name,
            value,
            remedy,
        )
    if remedy.layer is None:
        assert not remedy.layer_settings
        assert changed.layers == experiment.layers
    else:
        last = len(experiment.layers) - 1
        assert ("output" if remedy.layer == last else f"layer {remedy.layer + 1}") in words
        others = [i for i in range(last + 1) if i != remedy.layer]
        assert [changed.layers[i] for i in others] == [experiment.layers[i] for i in others]
    assert remedy.rewind == ("from the start" in remedy.text) == ("from the start" in remedy.label)
    assert json.dumps([dict(remedy.layer_settings), dict(remedy.settings)], allow_nan=False)


def _expected_words(name: str, value: object, experiment: Experiment, layer: int | None) -> list[str]:
    """Words, in lower case, that a sentence must contain if its remedy sets this field to this value."""
    if name == "activation":
        return [get_activation(str(value)).label.lower()]
    if name == "backward":
        if value == "sigmoid":
            return ["slope of sigmoid as the backward function"]
        if value == "straight_through":
            return ["straight-through as the backward function"]
        own = "" if layer is None else get_activation(experiment.layers[layer].activation).label.lower()
        return (
            ["output"] if layer == len(experiment.layers) - 1 else [f"slope of {own} itself as the backward function"]
        )
    if name == "loss":
        return [LOSSES[str(value)].label]
    words = {"initializer": "auto initialiser", "learning_rate": "learning rate", "clip_norm": "clipping the gradient"}
    number = f"{value:g}" if isinstance(value, float) else ""
    return [words.get(name, name.replace("bias", "biases")), number]


BACKWARDS = [None, "sigmoid", "relu", "zero", *SURROGATES]
INITIALS = [Layer(4), Layer(4, "tanh", None, "normal"), Layer(4, gain=2.0), Layer(4, gain=0.0), Layer(4, bias=-3.0)]


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_remedy_for_a_hidden_layer_is_valid_and_says_what_it_changes(activation: str) -> None:
    elementwise = get_activation(activation).elementwise
    for backward in BACKWARDS if elementwise else [None]:
        for initial in INITIALS:
            layer = replace(initial, activation=activation, backward=backward)
            experiment = replace(STACK, layers=(Layer(3), layer, layer, Layer(1, "sigmoid")))
            for at_start in (True, False):
                found = [saturated(experiment, 1, at_start)]
                if backward != "straight_through" and (
                    backward or activation != "leaky_relu"
                ):  # slopes that are never 0
                    found.append(dead(experiment, 1, at_start))
                found += [vanishing(experiment, 1, "weights"), diverged(experiment, at_start)]
                if layer.gain:  # weights of 0 cannot amplify
                    found.append(exploding(experiment, 1, "weights", at_start))
                if backward != "straight_through":  # a slope of 1 loses nothing
                    found.append(vanishing(experiment, 1, "slope"))
                if (experiment.layers[1].backward or activation) in ("selu", "approx_sign", "swish_sign"):
                    found.append(exploding(experiment, 1, "slope", at_start))
                for remedy in found:
                    assert remedy
                    check_remedy(remedy, experiment)


@pytest.mark.parametrize("experiment", [STACK, STACK.for_dataset("iris"), STACK.for_dataset("sine")])
def test_every_remedy_for_an_output_is_valid_and_says_what_it_changes(experiment: Experiment) -> None:
    kind, seen = experiment.kind, 0
    for head, loss in allowed_heads():
        units = experiment.output.units if head.activation != "softmax" else max(len(kind.classes), 1)
        try:
            tried = replace(experiment, layers=(*experiment.hidden, replace(head, units=units)), loss=loss)
        except ValueError:
            continue
        seen += 1
        last = len(tried.layers) - 1
        if not (tried.output.backward is None and Trainer(replace(tried, samples=4)).network.head_cancels):
            if tried.output.activation != "identity":
                check_remedy(flat_output(tried), tried)
            if get_activation(tried.output.activation).flat_tails != "none":
                for at_start in (True, False):
                    remedy = dead(tried, last, at_start)
                    if remedy and tried.output.activation != "leaky_relu":
                        check_remedy(remedy, tried)
        remedy = vanishing(tried, last - 1, "weights")
        assert remedy
        check_remedy(remedy, tried)
    assert seen > 10


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(experiments())
def test_the_remedy_of_every_finding_can_be_applied(experiment: Experiment) -> None:
    layers = tuple(replace(layer, units=min(layer.units, 12)) for layer in experiment.hidden)
    trainer = Trainer(replace(experiment, samples=min(experiment.samples, 60), layers=(*layers, experiment.output)))
    for updates in (0, 1, 5):
        trainer.step(updates)
        for verdict in diagnose(trainer.frame(), trainer.experiment, trainer.n_train):
            if verdict.remedy:
                check_remedy(verdict.remedy, trainer.experiment)


@pytest.mark.parametrize(
    ("rate", "lower", "higher"),
    [
        (0.02, 0.0067, 0.06),
        (0.3, 0.1, 0.9),
        (3.0, 1.0, 9.0),
        (100.0, 1.0, 300.0),
        (1e300, 1.0, 3e300),
        (1.7e308, 1.0, None),
        (5e-324, None, 1.5e-323),
    ],
)
def test_lower_and_higher_rates_are_a_third_and_three_times(
    rate: float, lower: float | None, higher: float | None
) -> None:
    experiment = replace(STACK, learning_rate=rate)
    for remedy, value in ((lower_rate(experiment), lower), (higher_rate(experiment), higher)):
        assert (remedy.settings["learning_rate"] if remedy else None) == value
        if remedy:
            check_remedy(remedy, experiment)


def test_a_gain_at_its_upper_limit_is_not_raised() -> None:
    layer = Layer(4, gain=1000.0)
    experiment = replace(STACK, layers=(layer, layer, Layer(1, "sigmoid", gain=1000.0)))
    assert vanishing(experiment, 0, "weights") is None


@pytest.mark.parametrize("optimizer", ["sgd", "momentum(0.5)", "adam"])
def test_clipping_is_proposed_once_and_only_if_the_step_grows_with_the_gradient(optimizer: str) -> None:
    experiment = replace(STACK, optimizer=optimizer)
    remedy = exploding(experiment, 0, "weights", at_start=False)
    assert remedy
    check_remedy(remedy, experiment)
    assert ("clip_norm" in remedy.settings) == (optimizer != "adam")
    again = exploding(remedy.applied_to(experiment), 0, "weights", at_start=False)
    assert again
    assert "learning_rate" in again.settings


def test_auto_is_not_proposed_in_place_of_the_initialiser_it_resolves_to() -> None:
    layers = [replace(layer, initializer="he_normal") for layer in STACK.hidden]
    experiment = replace(STACK, layers=(*layers, STACK.output))
    remedy = vanishing(experiment, 0, "weights")  # layer 2 is a ReLU, for which auto is He
    assert remedy
    assert remedy.layer_settings == {"gain": 2.0}
    remedy = saturated(experiment, 0, at_start=True)  # layer 1 is a tanh, for which auto is not He
    assert remedy
    assert remedy.layer_settings == {"initializer": AUTO, "gain": 1.0}
