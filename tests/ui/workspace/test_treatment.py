"""Whether a remedy has helped, in one sentence."""

from __future__ import annotations

from dataclasses import replace

import pytest

from backprop import Experiment, Layer, Trainer
from ui.workspace.treatment import Treatment

SICK = Experiment(
    dataset="circle", layers=(Layer(8), Layer(8), Layer(1, "sigmoid")), optimizer="sgd", learning_rate=20.0
)


def _watched(experiment: Experiment, steps: int) -> Trainer:
    trainer = Trainer(experiment)
    trainer.frame()
    for _ in range(steps // 10):
        trainer.step(10)
        trainer.frame()
    return trainer


def test_a_remedy_from_the_start_is_compared_at_the_same_step() -> None:
    sick = _watched(SICK, 300)
    treatment = Treatment.of(sick, "Learning rate 0.5", rewind=True)
    healed = _watched(replace(SICK, learning_rate=0.5), 200)
    row = list(sick.history.column("step")).index(200)
    before, now = sick.history.column("train_accuracy")[row], healed.frame().train_accuracy
    assert now is not None
    assert treatment.outcome(healed.frame()) == (
        f"Learning rate 0.5 helps: {100 * now:.0f} % right at step 200, {100 * before:.0f} % before it."
    )


def test_beyond_the_end_of_the_run_before_its_end_counts() -> None:
    treatment = Treatment.of(_watched(SICK, 100), "Learning rate 0.5", rewind=True)
    text = treatment.outcome(_watched(replace(SICK, learning_rate=0.5), 400).frame())
    assert text.startswith("Learning rate 0.5 helps: ")
    assert text.endswith(" before it at step 100.")


def test_too_early_to_tell() -> None:
    treatment = Treatment.of(_watched(SICK, 100), "Learning rate 0.5", rewind=True)
    assert treatment.outcome(_watched(SICK, 10).frame()) == "Tried: Learning rate 0.5. Train to see whether it helps."


@pytest.mark.parametrize(("steps", "words"), [(50, " so far: "), (100, " has not helped: ")])
def test_failure_is_stated_only_after_as_many_updates(steps: int, words: str) -> None:
    treatment = Treatment.of(_watched(SICK, 100), "Nothing", rewind=True)
    assert words in treatment.outcome(_watched(SICK, steps).frame())


def test_a_remedy_from_here_is_compared_with_the_moment_of_the_change() -> None:
    trainer = _watched(replace(SICK, learning_rate=1e-6), 100)
    treatment = Treatment.of(trainer, "Learning rate 0.5", rewind=False)
    assert treatment.since == 100
    trainer.change(replace(trainer.experiment, learning_rate=0.5))
    trainer.step(10)
    assert treatment.outcome(trainer.frame()).startswith("Tried: ")
    trainer.step(400)
    assert treatment.outcome(trainer.frame()).endswith(" before it at step 100.")


def test_regression_is_compared_by_its_loss() -> None:
    plane = Experiment(dataset="plane", loss="mse", layers=(Layer(4), Layer(1, "identity")), learning_rate=1e-6)
    treatment = Treatment.of(_watched(plane, 100), "Learning rate 0.05", rewind=True)
    healed = _watched(replace(plane, learning_rate=0.05), 100)
    text = treatment.outcome(healed.frame())
    assert text.startswith(f"Learning rate 0.05 helps: loss {healed.frame().train_loss:.2g} at step 100, ")


def test_the_run_before_is_kept_as_it_was() -> None:
    trainer = _watched(SICK, 100)
    treatment = Treatment.of(trainer, "Nothing", rewind=True)
    trainer.rewind()
    assert treatment.steps[-1] == 100
