"""The findings about a run as a whole: one cause with its symptoms, or one sentence that nothing is wrong."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from backprop import Experiment, Layer, Trainer, diagnose
from backprop.diagnosis import FAULT, GOOD, WARNING, Divergence, Evidence, judge
from backprop.training.examination import evidence
from tests.helpers import experiments

KINDS = {
    *(
        "diverged",
        "rate_high",
        "rate_low",
        "vanishing",
        "exploding",
        "dead",
        "saturated",
        "symmetric",
        "no_slope",
        "output_range",
    ),
    *(
        "output_slope",
        "linear",
        "too_small",
        "overfitting",
        "plateau",
        "initial_scale",
        "penalty",
        "clipping",
        "healthy",
    ),
}
OPENING = Experiment()


def _run(experiment: Experiment, steps: int) -> Trainer:
    trainer = Trainer(experiment)
    for _ in range(20):
        trainer.step(steps // 20)
        trainer.frame()
    return trainer


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(experiments())
def test_any_run_gets_one_finding_that_can_be_read(experiment: Experiment) -> None:
    layers = tuple(replace(layer, units=min(layer.units, 12)) for layer in experiment.hidden)
    trainer = Trainer(replace(experiment, samples=min(experiment.samples, 60), layers=(*layers, experiment.output)))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for updates in (0, 1, 20):
            for _ in range(10):
                trainer.step(updates)
                trainer.frame()
            [found] = trainer.verdicts()
            assert found.kind in KINDS
            assert found.severity in (FAULT, WARNING, GOOD)
            assert (found.severity == GOOD) == (found.kind == "healthy")
            assert len(found.heading.split()) <= 6
            assert 0 <= found.since <= trainer.step_count
            for one in (found, *found.symptoms):
                assert one.text.endswith(".")
                assert "nan" not in one.text
                assert all(1 <= layer <= len(trainer.experiment.layers) for layer in one.layers)
                assert all(1 <= unit <= trainer.experiment.layers[layer - 1].units for layer, unit in one.units)
            assert all(one.severity != GOOD and one.remedy is None for one in found.symptoms)


def test_symptoms_hang_on_their_cause() -> None:
    trainer = _run(
        replace(OPENING, dataset="circle", layers=(Layer(8, "relu"), Layer(8, "relu"), Layer(1, "sigmoid")),
                optimizer="sgd", learning_rate=5.0), 2000
    )  # fmt: skip
    [found] = trainer.verdicts()
    assert found.kind == "rate_high"
    seen = {one.text for one in diagnose(trainer.frame(), trainer.experiment, trainer.n_train) if one.severity != GOOD}
    assert {one.text for one in found.symptoms} == seen
    assert {one.kind for one in found.symptoms} == {"vanishing", "dead"}


def test_a_run_that_has_learnt_is_told_so_without_advice() -> None:
    trainer = _run(replace(OPENING, dataset="circle"), 1500)
    [found] = trainer.verdicts()
    train, test = trainer.scores()
    assert (found.heading, found.severity, found.remedy, found.symptoms) == ("It has learnt its task", GOOD, None, ())
    assert train == 1.0
    assert test is not None
    assert (
        found.text
        == f"The network classifies 100 % of the samples correctly, and {100 * test:.2g} % on the test set.".replace(
            "1e+02", "100"
        )
    )
    assert found.details[0] == diagnose(trainer.frame(), trainer.experiment, trainer.n_train)[0].text


def test_a_run_on_its_way_is_not_alarmed() -> None:
    trainer = _run(OPENING, 600)
    [found] = trainer.verdicts()
    assert (found.heading, found.severity, found.remedy) == ("Learning", GOOD, None)
    assert found.text.startswith("The training loss fell by ")


def test_before_the_first_update_only_what_is_certain_is_said() -> None:
    assert Trainer(OPENING).verdicts()[0].heading == "Ready to learn"
    hopeless = replace(OPENING, learning_rate=100.0)
    assert Trainer(hopeless).verdicts()[0].kind == "healthy"
    assert _run(hopeless, 40).verdicts()[0].kind == "rate_high"


# --- how bad it is ---------------------------------------------------------------------------------------------------

SIGMOIDS = replace(OPENING, dataset="circle", layers=(*[Layer(8, "sigmoid")] * 10, Layer(1, "sigmoid")), seed=1)
LARGE = replace(OPENING, layers=(*[Layer(8, gain=30.0)] * 2, Layer(1, "sigmoid")))
STUCK = replace(SIGMOIDS, optimizer="sgd", learning_rate=0.1)


@pytest.mark.parametrize(
    ("sick", "kind"),
    [
        (STUCK, "vanishing"),
        (LARGE, "initial_scale"),
        (replace(OPENING, l2=1.0), "penalty"),
    ],
)
def test_what_is_foretold_is_a_warning_until_the_run_bears_it_out(sick: Experiment, kind: str) -> None:
    [before], [after] = Trainer(sick).verdicts(cure=False), _run(sick, 1000).verdicts(cure=False)
    assert [(before.kind, before.severity), (after.kind, after.severity)] == [(kind, WARNING), (kind, FAULT)]


def test_what_follows_from_the_equations_is_a_fault_before_the_first_update() -> None:
    zeros = replace(OPENING, layers=(Layer(8, initializer="zeros"), Layer(1, "sigmoid", initializer="zeros")))
    assert [one.severity for one in Trainer(zeros).verdicts(cure=False)] == [FAULT]


def judged_with(e: Evidence, falls: Sequence[float]) -> tuple[str, str]:
    """What a run is judged to be if its loss falls by these shares from one eighth of it to the next."""
    eighths = np.cumprod(1 - np.array([0.0, *falls]))
    losses = eighths[np.minimum(8 * e.history["step"].astype(int) // e.frame.step, 7)]
    [found] = judge(replace(e, history={**e.history, "train_loss": losses}), cure=False)
    return found.kind, found.severity


@pytest.mark.parametrize(
    ("falls", "severity"), [([0.0] * 7, FAULT), ([0.007] * 7, FAULT), ([0.02] * 7, WARNING), ([0.2] * 7, WARNING)]
)
def test_a_forecast_is_borne_out_where_the_loss_stands_still(falls: list[float], severity: str) -> None:
    assert judged_with(evidence(_run(STUCK, 400)), falls) == ("vanishing", severity)


@pytest.mark.parametrize(
    ("falls", "severity"),
    [([0.0] * 7, FAULT), ([0.07] * 7, FAULT), ([0.09] * 7, WARNING), ([0.9, *[0.0] * 4, -8.0, 0.5], FAULT)],
)
def test_what_was_seen_is_a_warning_only_while_the_loss_falls_convincingly(falls: list[float], severity: str) -> None:
    """To convince, it has to fall to less than ever before."""
    relus = (Layer(8, "relu"), Layer(8, "relu"), Layer(1, "sigmoid"))
    e = evidence(_run(replace(OPENING, dataset="circle", layers=relus, optimizer="sgd", learning_rate=5.0), 400))
    assert judged_with(e, falls) == ("rate_high", severity)


def test_a_run_that_diverges_while_its_loss_falls_is_at_fault() -> None:
    e = evidence(_run(LARGE, 400))
    assert judged_with(e, [0.2] * 7) == ("initial_scale", WARNING)
    frame = replace(e.frame, diverged=Divergence(step=400, layer=2, quantity="pre-activation z"))
    assert judged_with(replace(e, frame=frame), [0.2] * 7) == ("initial_scale", FAULT)


# --- changes in mid-run and earlier moments -------------------------------------------------------------------------


def test_a_rate_that_is_raised_in_mid_run_is_found_where_it_was_raised() -> None:
    trainer = _run(
        replace(OPENING, dataset="circle", layers=(Layer(8, "relu"), Layer(8, "relu"), Layer(1, "sigmoid"))), 100
    )
    trainer.change(replace(trainer.experiment, optimizer="sgd", learning_rate=50.0))
    for _ in range(20):
        trainer.step(5)
        trainer.frame()
    [found] = trainer.verdicts()
    assert found.kind == "rate_high"
    assert 100 < found.since <= 148
    assert f"Update {found.since} changed" in found.text


def test_weights_that_are_set_by_hand_begin_a_new_judgement() -> None:
    """What was found out about the equal units that the run began with does not hold for unequal ones."""
    zeros = replace(OPENING, layers=(Layer(8, initializer="zeros"), Layer(1, "sigmoid", initializer="zeros")))
    trainer = _run(zeros, 200)
    [before] = trainer.verdicts()
    trainer.set_parameter(0, 0, 0, 1.0)
    [after] = trainer.verdicts()
    assert [(before.kind, before.since), (after.kind, after.since)] == [("symmetric", 0), ("initial_scale", 200)]


def test_an_earlier_moment_is_judged_by_what_had_happened_until_then() -> None:
    trainer = Trainer(replace(OPENING, dataset="circle"))
    early = None
    for step in range(0, 1000, 50):
        if step == 200:
            early, then = trainer.snapshot(), trainer.verdicts()
        trainer.step(50)
        trainer.frame()
    assert early
    latest = trainer.snapshot()
    now = trainer.verdicts()
    trainer.restore(early, keep_history=True)
    assert trainer.verdicts() == then
    trainer.restore(latest, keep_history=True)
    assert trainer.verdicts() == now


def test_looking_does_not_change_the_run() -> None:
    sick = replace(OPENING, optimizer="sgd", learning_rate=20.0, layers=(Layer(8), Layer(8), Layer(1, "sigmoid")))
    one, other = Trainer(sick), Trainer(sick)
    for _ in range(10):
        one.step(20)
        one.verdicts()
        other.step(20)
    assert (one.network.parameters == other.network.parameters).all()
    assert one.step_count == other.step_count


def test_the_same_remedy_stands_while_the_run_goes_on() -> None:
    trainer = _run(replace(OPENING, dataset="circle", optimizer="sgd", learning_rate=1e-6), 200)
    first = trainer.verdicts()[0].remedy
    trainer.step(100)
    assert first is not None
    assert trainer.verdicts()[0].remedy is first


def test_a_remedy_is_worked_out_only_on_demand_and_then_known() -> None:
    trainer = _run(replace(OPENING, dataset="circle", optimizer="sgd", learning_rate=1e-6), 200)
    assert trainer.verdicts(cure=False)[0].remedy is None
    remedy = trainer.verdicts()[0].remedy
    assert remedy is not None
    assert trainer.verdicts(cure=False)[0].remedy is remedy


@pytest.mark.parametrize("dataset", ["plane", "sine"])
def test_regression_is_judged_by_the_share_of_the_variance(dataset: str) -> None:
    experiment = Experiment(dataset=dataset, loss="mse", layers=(Layer(12), Layer(12), Layer(1, "identity")))
    [found] = _run(experiment, 2000).verdicts()
    assert found.heading == "It has learnt its task"
    assert "of the variance" in found.text
