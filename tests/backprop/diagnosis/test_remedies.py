"""Remedies: valid, named in their own words, tried before they are proposed, and true about what the trial showed."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from backprop import Experiment, Layer, Remedy, Trainer, Verdict, get_activation
from backprop.diagnosis import judge
from backprop.diagnosis.evidence import CLEARLY_LOWER, with_usual_weights
from backprop.diagnosis.suitable_rate import is_safe, rounded, with_suitable_rate
from backprop.diagnosis.verdicts import NOTHING_HELPS
from backprop.functions import LOSSES
from backprop.training.examination import evidence
from benchmarks.diagnosis_cases import Case, sick_cases
from tests.helpers import experiments

CASES = {case.name: case for case in sick_cases()}
ONE_OF_EACH = list({case.causes[0]: case for case in CASES.values()}.values())


def _remedy(case: Case) -> Remedy:
    trainer = Trainer(case.experiment)
    for _ in range(20):
        trainer.step(case.steps // 20)
        trainer.frame()
    [verdict] = trainer.verdicts()
    assert verdict.remedy
    return verdict.remedy


def check_remedy(remedy: Remedy, experiment: Experiment) -> None:
    """Assert that the remedy gives another, valid experiment and that its words name every change."""
    changed = remedy.applied_to(experiment)  # raises SpecError if the experiment is not valid
    assert changed != experiment
    assert remedy.text.endswith(".")
    assert 0 < len(remedy.label) <= 48
    assert remedy.expect == "" or remedy.expect.endswith(".")
    words = f"{remedy.text} {remedy.label}".lower().replace("−", "-")
    numbers = [float(number) for number in re.findall(r"\d+(?:\.\d+)?(?:e[+-]?\d+)?", words)]
    for name, value in remedy.settings.items():
        assert _word_for(name, value) in words, (name, remedy)
        assert not isinstance(value, float | int) or value in numbers, (name, remedy)
    old = (*experiment.hidden, *changed.hidden[len(experiment.hidden) :], experiment.output)
    for before, after in zip(old, changed.layers, strict=True):
        for word in _words_for(before, after):
            assert word in words, (word, before, after, remedy)
    for layer in changed.hidden[len(experiment.hidden) :]:
        assert {get_activation(layer.activation).label.lower(), str(layer.units)} <= set(words.split())
    if not remedy.rewind:
        assert len(changed.layers) == len(experiment.layers)
        assert "Start" not in remedy.text
    assert json.dumps(dict(remedy.settings), allow_nan=False)


def _word_for(name: str, value: object) -> str:
    """How a remedy's words call a setting, or its new value where that is a word."""
    if name == "loss":
        return LOSSES[str(value)].label.lower()
    if name == "optimizer":
        return "adam" if value == "adam" else f"weight decay {str(value).removeprefix('adamw(').removesuffix(')')}"
    return {"learning_rate": "rate", "clip_norm": "clip"}.get(name, name)


def _words_for(before: Layer, after: Layer) -> Iterator[str]:
    """What a remedy's words have to contain about a layer: each field that changes, by name or new value."""
    if after.activation != before.activation:
        yield get_activation(after.activation).label.lower()
    if after.units != before.units:
        yield str(after.units)
    if after.backward != before.backward:
        yield "backward"
    if (after.initializer, after.gain) != (before.initializer, before.gain):
        yield "auto initialiser with gain 1"
    if after.bias != before.bias:
        yield "bias"


@pytest.mark.parametrize("case", ONE_OF_EACH, ids=lambda case: case.causes[0])
def test_the_remedy_says_what_it_changes_and_what_a_trial_showed(case: Case) -> None:
    remedy = _remedy(case)
    check_remedy(remedy, case.experiment)
    if not remedy.expect:
        return
    trial = Trainer(remedy.applied_to(case.experiment))
    trial.step(380)
    losses = []
    for _ in range(5):
        trial.step(4)
        losses.append(trial.frame().train_loss)
    reached = f"{sum(losses) / 5:.2g}".replace("e-0", "e-").replace("-", "−")
    assert re.search(rf"the training loss (reached|was) {re.escape(reached)}[;.]", remedy.expect)


@pytest.mark.parametrize(
    ("hidden", "output", "words"),
    [
        (
            Layer(8, "sigmoid", "fast_sigmoid", "lecun_normal"),
            Layer(1, "sigmoid"),
            "tanh in all 10 hidden layers with its own slope backward, the auto initialiser with gain 1",
        ),
        (
            Layer(8, "tanh"),
            Layer(1, "tanh", initializer="lecun_normal", gain=1.5, bias=20.0),
            "Use a sigmoid output with binary cross-entropy, the auto initialiser with gain 1",
        ),
    ],
)
def test_a_layer_with_another_function_starts_anew_and_that_is_said(hidden: Layer, output: Layer, words: str) -> None:
    loss = "bce" if output.activation == "sigmoid" else "mse"
    experiment = Experiment(dataset="circle", layers=(*[hidden] * 10, output), loss=loss)
    [found] = Trainer(experiment).verdicts()
    assert found.remedy
    check_remedy(found.remedy, experiment)
    assert words in found.remedy.text
    assert ("a bias of 0" in found.remedy.text) == (output.bias != 0)


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(experiments())
def test_the_remedy_of_every_finding_can_be_applied(experiment: Experiment) -> None:
    layers = tuple(replace(layer, units=min(layer.units, 12)) for layer in experiment.hidden)
    trainer = Trainer(replace(experiment, samples=min(experiment.samples, 60), layers=(*layers, experiment.output)))
    for updates in (0, 1, 5, 40):
        for _ in range(10):
            trainer.step(updates)
            trainer.frame()
        for verdict in trainer.verdicts():
            if verdict.remedy:
                check_remedy(verdict.remedy, trainer.experiment)
                check_trial(verdict.remedy, trainer)


def check_trial(remedy: Remedy, trainer: Trainer) -> None:
    """Assert that a trial of the remedy, where its loss can be compared, ends no worse than one without it."""
    if remedy.expect and "loss" not in remedy.settings:
        e = evidence(trainer)
        with_it, without = e.trial(remedy.applied_to(trainer.experiment)), e.untreated_loss
        assert math.isnan(without) or with_it <= without / CLEARLY_LOWER


# --- trials ----------------------------------------------------------------------------------------------------------


LARGE = Experiment(
    dataset="gauss",
    layers=(*[Layer(24, "relu", initializer="normal")] * 8, Layer(1, "sigmoid", initializer="normal")),
    optimizer="sgd",
    learning_rate=1e-4,
    seed=1,
)


def test_what_makes_a_trial_end_worse_is_not_proposed() -> None:
    """These weights are far too large, and yet no other start learns the task as fast at such a low rate."""
    trainer = Trainer(LARGE)
    e = evidence(trainer)
    usual = with_suitable_rate(e, with_usual_weights(LARGE))
    assert e.trial(usual) > 100 * e.trial(LARGE)
    [found] = trainer.verdicts()
    assert (found.kind, found.severity, found.remedy) == ("initial_scale", "warning", None)
    assert found.details[-1] == NOTHING_HELPS


def test_a_rate_that_learns_too_slowly_to_help_is_replaced() -> None:
    """Units like steps learn something at this rate; the usual sigmoids need a higher one to do better."""
    layers = (*[Layer(10, "sigmoid", gain=200.0)] * 2, Layer(1, "sigmoid"))
    experiment = Experiment(
        dataset="moons", layers=layers, optimizer="sgd", learning_rate=0.05, seed=205, data_seed=200
    )
    trainer = Trainer(experiment)
    e = evidence(trainer)
    usual = with_usual_weights(experiment)
    assert e.trial(experiment) / CLEARLY_LOWER < e.trial(usual) < 0.9 * e.replay(usual, 0).first.train_loss
    [found] = trainer.verdicts()
    assert found.remedy
    assert found.remedy.layers == usual.layers
    assert found.remedy.settings["learning_rate"] > 0.05
    assert e.trial(found.remedy.applied_to(experiment)) < e.trial(experiment)


@pytest.mark.parametrize(
    ("step", "loss", "expected"),
    [
        (399, 3.0, None),
        (400, 0.65, None),
        (400, 0.75, "Be patient: in a short trial the training loss was 1; without it the run has come to 0.75."),
        (400, 3.0, "In a trial from the start the training loss reached 1; without it the run has come to 3."),
    ],
)
def test_a_remedy_is_compared_with_what_the_run_has_come_to(step: int, loss: float, expected: str | None) -> None:
    """A run may have been better in its first few hundred updates, of which a trial consists, than it is now."""
    e = evidence(Trainer(LARGE))
    frame = replace(e.frame, step=step, train_loss=loss)
    history = {"step": np.arange(0, step, 10), "train_loss": np.full(len(range(0, step, 10)), loss)}
    later = replace(e, frame=frame, history=history, memory={}, trial=lambda tried: 0.1 if tried == LARGE else 1.0)
    [found] = judge(later)
    assert found.kind == "initial_scale"
    assert (found.remedy.expect if found.remedy else None) == expected


def test_where_nothing_helped_it_is_sought_again_in_a_run_twice_as_long() -> None:
    e = replace(evidence(Trainer(LARGE)), memory={}, score=0.5)
    sought = []

    def verdict(step: int, loss: float, cure: bool = True) -> Verdict:
        def trial(experiment: Experiment) -> float:
            sought.append(step)
            return 0.1 if experiment == LARGE else 1.0

        history = {"step": np.arange(0, step + 1, 10), "train_loss": np.full(len(range(0, step + 1, 10)), loss)}
        frame = replace(e.frame, step=step, train_loss=loss)
        [found] = judge(replace(e, frame=frame, history=history, trial=trial), cure)
        return found

    assert [verdict(step, 3.0).remedy for step in (0, 50, 390)] == [None] * 3
    assert set(sought) == {0}
    assert verdict(600, 3.0, cure=False).details[1:] == ()
    remedy = verdict(600, 3.0).remedy
    assert remedy
    assert set(sought) == {0, 600}
    assert verdict(1300, 0.1).remedy is remedy
    assert verdict(390, 3.0, cure=False).remedy is remedy
    assert set(sought) == {0, 600}


def test_that_nothing_helps_is_said_only_where_it_was_tried() -> None:
    sick = next(case for case in ONE_OF_EACH if case.causes[0] == "initial_scale").experiment
    for found in (*Trainer(sick).verdicts(), *Trainer(sick).verdicts(cure=False)):
        assert found.kind == "initial_scale"
        assert NOTHING_HELPS not in found.details


# --- learning rates that were tried ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("optimizer", "rate"),
    [
        ("sgd", 20.0),
        ("sgd", 1e-6),
        ("momentum", 5.0),
        ("adam", 3.0),
        ("adam", 1e-7),
        ("momentum", 1.5e16),
        ("rmsprop", 1.0),
    ],
)
def test_the_proposed_rate_makes_updates_of_the_usual_size(optimizer: str, rate: float) -> None:
    e = evidence(Trainer(Experiment(dataset="circle", layers=(Layer(8), Layer(8), Layer(1, "sigmoid")))))
    experiment = replace(e.experiment, optimizer=optimizer, learning_rate=rate)
    found = with_suitable_rate(e, experiment)
    assert replace(found, learning_rate=rate) == experiment
    assert not is_safe(e.replay(experiment, 48))
    assert is_safe(e.replay(found, 48))
    assert e.trial(found) < 0.9 * e.replay(found, 0).first.train_loss


def test_a_rate_that_learns_is_kept() -> None:
    e = evidence(Trainer(Experiment(dataset="circle", layers=(Layer(8), Layer(8), Layer(1, "sigmoid")))))
    assert with_suitable_rate(e, e.experiment) == e.experiment


def test_a_wide_network_gets_a_rate_that_was_tried_on_it() -> None:
    """Four layers of 300 sigmoids: whatever is proposed does not diverge, and no single update is large."""
    experiment = Experiment(
        dataset="circle", samples=60, layers=(*[Layer(300, "sigmoid")] * 4, Layer(1, "sigmoid")), learning_rate=0.1
    )
    for _ in range(3):
        trainer = Trainer(experiment)
        for _ in range(5):
            trainer.step(2)
            trainer.frame()
        assert trainer.diverged is None
        [verdict] = trainer.verdicts()
        if verdict.remedy is None:
            break
        experiment = verdict.remedy.applied_to(experiment)
    again = Trainer(experiment)
    for _ in range(20):
        again.step()
        assert all(layer.update_ratio < 0.3 for layer in again.frame().layers)


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0.0123, 0.012), (0.0467, 0.05), (1.66, 1.7), (3.2e-5, 3e-5), (0.0, 1e-300), (float("inf"), 1e300)],
)
def test_rates_are_rounded_to_what_one_would_enter(value: float, expected: float) -> None:
    assert rounded(value) == expected
