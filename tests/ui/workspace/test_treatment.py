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
    before, now = sick.history.column("test_accuracy")[row], healed.frame().test_accuracy
    assert now is not None
    assert treatment.outcome(healed.frame()) == (
        f"It helps: Learning rate 0.5. {100 * now:.0f} % right at step 200, {100 * before:.0f} % before it."
    )


def test_beyond_the_end_of_the_run_before_its_end_counts() -> None:
    treatment = Treatment.of(_watched(SICK, 100), "Learning rate 0.5", rewind=True)
    text = treatment.outcome(_watched(replace(SICK, learning_rate=0.5), 400).frame())
    assert text.startswith("It helps: Learning rate 0.5. ")
    assert text.endswith(" before it at step 100.")


def test_too_early_to_tell() -> None:
    treatment = Treatment.of(_watched(SICK, 100), "Learning rate 0.5", rewind=True)
    assert treatment.outcome(_watched(SICK, 10).frame()) == "Tried: Learning rate 0.5. Train to see whether it helps."


@pytest.mark.parametrize(("steps", "words"), [(50, "So far: "), (100, "It has not helped: ")])
def test_failure_is_stated_only_after_as_many_updates(steps: int, words: str) -> None:
    treatment = Treatment.of(_watched(SICK, 100), "Nothing", rewind=True)
    assert treatment.outcome(_watched(SICK, steps).frame()).startswith(words)


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
    assert text.startswith(f"It helps: Learning rate 0.05. Test loss {healed.frame().test_loss:.2g} at step 100, ")


def test_the_run_before_is_kept_as_it_was() -> None:
    trainer = _watched(SICK, 100)
    treatment = Treatment.of(trainer, "Nothing", rewind=True)
    trainer.rewind()
    assert treatment.steps[-1] == 100


def test_more_samples_help_against_learning_by_heart_though_fewer_of_them_are_right() -> None:
    """All 28 samples were right before, learnt by heart; what counts is the test set."""
    hidden = [Layer(32, "relu")] * 2
    sick = Experiment(dataset="moons", samples=40, noise=0.5, layers=(*hidden, Layer(1, "sigmoid")), learning_rate=0.01)
    before = _watched(sick, 3000)
    [finding] = before.verdicts()
    assert finding.kind == "overfitting"
    assert finding.remedy
    treatment = Treatment.of(before, finding.remedy.label, rewind=True)
    after = _watched(finding.remedy.applied_to(sick), 3000)
    assert after.frame().train_accuracy < before.frame().train_accuracy == 1.0  # type: ignore[operator]
    assert treatment.outcome(after.frame()).startswith("It helps: 500 samples, L2 0.003. ")


def test_without_a_test_set_the_training_set_counts() -> None:
    treatment = Treatment.of(_watched(replace(SICK, test_share=0.0), 100), "Learning rate 0.5", rewind=True)
    healed = _watched(replace(SICK, test_share=0.0, learning_rate=0.5), 200)
    assert treatment.outcome(healed.frame()).startswith("It helps: Learning rate 0.5. ")
