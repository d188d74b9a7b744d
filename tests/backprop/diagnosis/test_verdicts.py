"""Findings in words, on networks that really have the fault."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from backprop.diagnosis.divergence import Divergence
from backprop.diagnosis.frame import Frame
from backprop.diagnosis.layer_diagnostics import budgets
from backprop.diagnosis.remedies import Remedy
from backprop.diagnosis.verdicts import (
    EXPLODING,
    SATURATED_SHARE,
    UPDATE_RATIO_RANGE,
    VANISHING,
    Verdict,
    amount,
    diagnose,
    factor,
    percent,
)
from backprop.experiment import Experiment
from backprop.layer import Layer
from backprop.training.trainer import Trainer
from tests.backprop.diagnosis.test_remedies import check_remedy
from tests.helpers import PlainResult, rms

RANKS = ["fault", "warning", "good"]
OUTPUT = Layer(1, "sigmoid")


def _trainer(*hidden: Layer, change: Callable[[Trainer], object] = lambda trainer: None, steps: int = 0) -> Trainer:
    trainer = Trainer(Experiment(dataset="moons", samples=100, layers=(*hidden, OUTPUT), dtype="float64", seed=1))
    change(trainer)
    trainer.step(steps)
    return trainer


def _findings(trainer: Trainer, frame: Frame | None = None) -> dict[str, Verdict]:
    frame = trainer.frame() if frame is None else frame
    verdicts = diagnose(frame, trainer.experiment, trainer.n_train)
    assert [verdict.kind in ("flow", "vanishing", "exploding") for verdict in verdicts].index(True) <= 1
    ranks = [RANKS.index(verdict.severity) for verdict in verdicts[2 if frame.diverged else 1 :]]
    assert ranks == sorted(ranks)
    assert all(verdict.text.endswith(".") and "nan" not in verdict.text for verdict in verdicts)
    for verdict in verdicts:
        assert (verdict.remedy is None) == (verdict.severity == "good")
        if verdict.remedy:
            check_remedy(verdict.remedy, trainer.experiment)
    return {verdict.kind: verdict for verdict in reversed(verdicts)}


def _tries(verdict: Verdict) -> Remedy:
    assert verdict.remedy
    return verdict.remedy


def _plain(trainer: Trainer) -> PlainResult:
    n = trainer.n_train
    X, y = trainer.features(trainer.dataset.X[:n]), trainer.dataset.y[:n, None].astype(float)
    return PlainResult(trainer.network, X, y)


def test_deep_sigmoid_vanishes() -> None:
    trainer = _trainer(*[Layer(8, "sigmoid")] * 9)
    found, plain = _findings(trainer)["vanishing"], _plain(trainer)
    assert found.value == pytest.approx(rms(plain.phi[0]) / rms(plain.phi[-1]), rel=1e-9)
    assert found.value < VANISHING == found.threshold
    assert found.severity == "fault"
    # The layer whose slope passes least, and what all of them do together.
    upstream = [phi @ W for phi, W in zip(plain.phi[1:], trainer.network.weights[1:], strict=True)]
    passed = [rms(phi) / rms(arrived) for phi, arrived in zip(plain.phi, upstream, strict=False)]
    worst = int(np.argmin(passed))
    assert found.layer == worst + 1
    assert 0.1 < passed[worst] < 0.25  # never more than a quarter
    weights = [rms(arrived) / rms(phi) for arrived, phi in zip(upstream, plain.phi[1:], strict=True)]
    assert math.prod(passed) * math.prod(weights) == pytest.approx(found.value, rel=1e-9)
    assert found.text == (
        f"Layer 1 receives {amount(found.value)} the output's error signal: vanishing (below 0.10 %). "
        f"The slopes together pass {percent(math.prod(passed))}, the weights multiply it by "
        f"{factor(math.prod(weights))}. The sigmoid in layer {worst + 1} passes least: {percent(passed[worst])}."
    )
    assert _tries(found) == Remedy(
        f"Try tanh in layer {worst + 1}: near 0 its slope is close to 1.",
        f"Try tanh in layer {worst + 1}",
        worst,
        {"activation": "tanh"},
    )


def test_small_weights_vanish_too_and_are_named() -> None:
    def shrink(trainer: Trainer) -> None:
        trainer.network.weights[2][...] *= 1e-5

    trainer = _trainer(*[Layer(8, "identity")] * 3, change=shrink)
    found = _findings(trainer)["vanishing"]
    passed = 10 ** budgets(trainer.frame().layers)[1].weights
    assert found.layer == 2
    assert f"The weights between layers 2 and 3 pass least: by {passed:.2g}." in found.text
    assert passed < 1e-4
    assert _tries(found).layer_settings == {"gain": 2.0}  # the initialiser is auto already
    assert _tries(found).text == "Try a gain of 2 in layer 3, larger initial weights."


def test_a_layer_that_has_another_initialiser_is_advised_to_take_auto() -> None:
    found = _findings(_trainer(*[Layer(8, "identity", gain=0.01)] * 3))["vanishing"]
    place = "the output" if found.layer == 3 else f"layer {found.layer + 1}"
    assert _tries(found).text.startswith(f"Try the auto initialiser with gain 1 in {place}: ")
    assert _tries(found).layer_settings == {"initializer": "auto", "gain": 1.0}


def test_large_weights_explode() -> None:
    def quieten(trainer: Trainer) -> None:
        trainer.network.weights[0][...] *= 1e-5  # keeps the output in range; the way back ends before these weights

    trainer = _trainer(*[Layer(64, "identity", initializer="normal")] * 6, change=quieten)
    found, plain = _findings(trainer)["exploding"], _plain(trainer)
    assert found.value == pytest.approx(rms(plain.phi[0]) / rms(plain.phi[-1]), rel=1e-9)
    assert found.value > EXPLODING == found.threshold
    grown = [rms(phi @ W) / rms(phi) for phi, W in zip(plain.phi[1:], trainer.network.weights[1:], strict=True)]
    worst = int(np.argmax(grown))
    assert found.layer == worst + 1
    assert grown[worst] == pytest.approx(8, rel=0.5)  # √64 for standard normal weights
    assert found.text == (
        f"Layer 1 receives {amount(found.value)} the output's error signal: exploding (above 1,000 times). "
        f"The slopes together pass 100 %, the weights multiply it by {factor(math.prod(grown))}. "
        f"The weights between layers {worst + 1} and {worst + 2} multiply it most: by {grown[worst]:.2g}."
    )
    assert (_tries(found).layer, _tries(found).layer_settings) == (worst + 1, {"initializer": "auto", "gain": 1.0})


@pytest.mark.parametrize("dead", [1, 3, 8])
def test_dead_relus(dead: int) -> None:
    def kill(trainer: Trainer) -> None:
        trainer.network.biases[1][:dead] = -100.0

    trainer = _trainer(Layer(8, "relu"), Layer(8, "relu"), change=kill)
    found = _findings(trainer)["dead"]
    assert (found.layer, found.value, found.threshold) == (2, dead, 1)
    assert found.severity == ("fault" if dead == 8 else "warning")
    are, their = ("is", "its") if dead == 1 else ("are", "their")
    assert found.text == f"{dead} of 8 ReLU units in layer 2 {are} dead: {their} slope is 0 on all 70 training samples."
    assert _tries(found).text == "Try leaky ReLU in layer 2: its slope is never 0."


def test_dead_units_of_several_layers_make_one_sentence() -> None:
    def kill(trainer: Trainer) -> None:
        trainer.network.biases[0][:2] = -100.0
        trainer.network.biases[1][:3] = -100.0

    trainer = _trainer(Layer(8, "relu"), Layer(8, "relu"), change=kill, steps=1)
    found = _findings(trainer)["dead"]
    assert (found.layer, found.value) == (2, 3)
    assert found.text.startswith("2 of 8 ReLU units in layer 1, 3 of 8 ReLU units in layer 2 are dead: their slope")
    assert _tries(found).label == "Try leaky ReLU in layer 2"


def test_an_output_whose_slope_cancels_is_never_dead_or_saturated() -> None:
    def convince(trainer: Trainer) -> None:
        trainer.network.biases[-1][...] = -1000.0

    trainer = _trainer(Layer(8, "tanh"), change=convince)
    output = trainer.frame().layers[-1]
    assert (
        output.signal_rms > 0.005
    )  # about ½/√2 over the 70 samples of the mean: half of the answers are wrong, and say so
    assert not output.slope_used
    assert (output.flat_share, output.dead.any(), output.frozen.any()) == (0.0, False, False)
    assert set(_findings(trainer)) == {"flow"}


def test_a_sure_and_wrong_output_is_told_where_its_slope_does_not_cancel() -> None:
    trainer = Trainer(Experiment(dataset="moons", samples=100, layers=(Layer(8, "tanh"), OUTPUT), loss="mse"))
    trainer.network.biases[-1][...] = 12.0
    found = _findings(trainer)["output"]
    assert (found.layer, found.value, found.threshold, found.severity) == (2, 1.0, SATURATED_SHARE, "fault")
    right = trainer.frame().train_accuracy
    assert right is not None
    assert f"only {percent(right)} of the training samples are right" in found.text
    assert _tries(found).label == "Sigmoid output, binary cross-entropy"
    changed = _tries(found).applied_to(trainer.experiment)
    assert Trainer(changed).network.head_cancels


def test_frozen_sigmoids() -> None:
    def freeze(trainer: Trainer) -> None:
        trainer.network.biases[0][2:7] = 12.0

    found = _findings(_trainer(Layer(8, "sigmoid"), change=freeze))
    frozen = found["frozen"]
    assert (frozen.layer, frozen.value, frozen.severity) == (1, 5, "warning")
    assert frozen.text == (
        "5 of 8 sigmoid units in layer 1 are frozen: "
        "on all 70 training samples their slope is below 5.0 % of its maximum."
    )
    saturated = found["saturated"]
    assert (saturated.layer, saturated.threshold) == (1, SATURATED_SHARE)
    assert saturated.value >= 5 / 8
    assert saturated.text.startswith(f"Saturated: layer 1 (sigmoid) for {percent(saturated.value)} of its entries")
    assert "(threshold 50 %)" in saturated.text


def test_a_frozen_one_sided_unit_is_off_not_frozen() -> None:
    def push(trainer: Trainer) -> None:
        trainer.network.biases[0][...] = -30.0

    found = _findings(_trainer(Layer(8, "softplus"), change=push))
    assert "frozen" not in found
    assert "saturated" not in found


def test_a_sure_and_right_output_is_no_fault() -> None:
    trainer = Trainer(Experiment(dataset="gauss", noise=0.0, layers=(Layer(8, "tanh"), OUTPUT), loss="mse"))
    trainer.step(600)
    frame = trainer.frame()
    assert frame.train_accuracy == 1.0
    assert frame.layers[-1].flat_share > SATURATED_SHARE
    assert not {"frozen", "output"} & set(_findings(trainer, frame))


def test_a_step_without_a_surrogate() -> None:
    trainer = _trainer(Layer(8, "tanh"), Layer(6, "step"))
    found = _findings(trainer)
    vanishing = found["vanishing"]
    assert (vanishing.layer, vanishing.value) == (2, 0.0)
    assert vanishing.text.startswith("Layer 1 receives 0 % of the output's error signal: vanishing")
    assert "The step in layer 2 passes least: 0 %." in vanishing.text
    slope_of_sigmoid = "Try the slope of sigmoid as backward function of layer 2: between 0 and ¼ everywhere."
    assert _tries(vanishing).text == slope_of_sigmoid
    dead = found["dead"]
    assert dead.text == "6 of 6 step units in layer 2 are dead: their slope is 0 on all 70 training samples."
    assert _tries(dead).text == slope_of_sigmoid
    assert _tries(dead).applied_to(trainer.experiment).layers[1] == Layer(6, "step", "sigmoid")
    helped = _findings(_trainer(Layer(8, "tanh"), Layer(6, "step", "sigmoid")))
    assert not {"vanishing", "dead"} & set(helped)
    assert "The sigmoid slope behind step in layer 2 passes least: " in helped["flow"].text


def test_a_backward_function_that_is_zero() -> None:
    """The control of every experiment with surrogates is judged like a step that has none."""
    found = _findings(_trainer(Layer(8, "tanh"), Layer(6, "relu", "zero")))
    vanishing, dead = found["vanishing"], found["dead"]
    assert (vanishing.layer, vanishing.value) == (2, 0.0)
    assert "The zero slope behind ReLU in layer 2 passes least: 0 %." in vanishing.text
    assert _tries(vanishing).text == "Try the slope of ReLU itself as backward function of layer 2."
    assert dead.text.startswith("6 of 6 ReLU units in layer 2 (backward: zero) are dead: their slope is 0 on all")
    assert (_tries(dead).layer, _tries(dead).layer_settings) == (1, {"backward": None})
    assert "saturated" not in found


def test_units_out_of_reach_of_a_narrow_surrogate() -> None:
    def push(trainer: Trainer) -> None:
        trainer.network.biases[1][:2] = 50.0

    found = _findings(_trainer(Layer(8, "tanh"), Layer(6, "step", "triangle"), change=push))
    assert found["dead"].text.startswith("2 of 6 step units in layer 2 (backward: triangle) are dead")
    assert _tries(found["dead"]).label == "Slope of sigmoid in layer 2"


def test_a_healthy_network_flows() -> None:
    trainer = _trainer(Layer(8, "tanh"), Layer(8, "leaky_relu"), steps=5)
    found, plain = _findings(trainer), _plain(trainer)
    assert not {"vanishing", "exploding", "dead", "frozen", "saturated", "update", "diverged"} & set(found)
    flow = found["flow"]
    ratio = rms(plain.phi[0]) / rms(plain.phi[-1])
    assert flow.value == pytest.approx(ratio, rel=1e-9)
    assert flow.severity == "good"
    assert flow.text.startswith(
        f"Layer 1 receives {amount(ratio)} the output's error signal (vanishing below 0.10 %): the slopes together "
    )
    assert re.search(r"The (tanh|leaky ReLU) in layer \d passes least: \d", flow.text)


def test_a_growing_signal_quotes_the_threshold_of_exploding() -> None:
    trainer = _trainer(*[Layer(16, "leaky_relu", gain=2.0)] * 3)
    flow = _findings(trainer)["flow"]
    assert flow.value > 1
    assert flow.threshold == EXPLODING
    assert "(exploding above 1,000 times)" in flow.text


def test_one_layer_has_nothing_to_lose() -> None:
    assert _findings(_trainer())["flow"].text.startswith("There is only one layer")


def test_no_signal_at_the_output() -> None:
    trainer = Trainer(Experiment(dataset="moons", samples=40, layers=(Layer(4), Layer(1, "step")), loss="mse"))
    flow = _findings(trainer)["flow"]
    assert flow.severity == "fault"
    assert "sends no error signal although the training loss is " in flow.text
    assert "the slope of its step is 0 on every sample" in flow.text


def test_a_loss_of_zero_leaves_nothing_to_learn() -> None:
    trainer = _trainer(Layer(4))
    frame = trainer.frame()
    silent = replace(frame.layers[-1], signal_rms=0.0)
    flow = _findings(trainer, replace(frame, train_loss=0.0, layers=(*frame.layers[:-1], silent)))["flow"]
    assert flow.severity == "good"
    assert "nothing is left to learn" in flow.text


def test_an_output_that_cancels_and_is_right_to_the_last_digit_has_nothing_left_to_learn() -> None:
    """In float32 a sure sigmoid is exactly 1: the error signal is 0 while the loss, computed from z, is not."""
    experiment = Experiment(dataset="gauss", noise=0.0, layers=(Layer(1, "sigmoid"),))
    trainer = Trainer(replace(experiment, layers=(Layer(2, "identity"), *experiment.layers)))
    frame = trainer.frame()
    silent = replace(frame.layers[-1], signal_rms=0.0)
    flow = _findings(trainer, replace(frame, train_loss=1e-9, layers=(*frame.layers[:-1], silent)))["flow"]
    assert (flow.severity, flow.remedy) == ("good", None)
    assert "the training loss is 1e-09, nothing is left to learn" in flow.text


def test_weights_of_zero_stop_the_signal() -> None:
    found = _findings(_trainer(Layer(8, "tanh"), Layer(8, "tanh"), change=lambda t: t.network.weights[1].fill(0.0)))
    assert found["vanishing"].layer == 1
    assert "The weights between layers 1 and 2 pass least: by 0." in found["vanishing"].text


@pytest.mark.parametrize(
    ("rate", "threshold", "word"), [(30.0, UPDATE_RATIO_RANGE[1], "above 10 %"), (1e-9, UPDATE_RATIO_RANGE[0], "below")]
)
def test_updates_out_of_range(rate: float, threshold: float, word: str) -> None:
    trainer = _trainer(Layer(8, "tanh"), change=lambda t: t.change(replace(t.experiment, learning_rate=rate)), steps=1)
    frame = trainer.frame()
    found = _findings(trainer, frame)["update"]
    ratios = [layer.update_ratio for layer in frame.layers]
    expected = max(ratios) if rate > 1 else min(ratios)
    assert (found.value, found.layer, found.threshold) == (expected, ratios.index(expected) + 1, threshold)
    assert f"weights of layer {found.layer} by " in found.text
    assert percent(expected) in found.text
    assert word in found.text


def test_divergence_comes_first() -> None:
    trainer = _trainer(*[Layer(8, "sigmoid")] * 9)
    frame = replace(trainer.frame(), diverged=Divergence(step=3, layer=2, quantity="pre-activation z"))
    verdicts = diagnose(frame, trainer.experiment, trainer.n_train)
    assert verdicts[0].kind == "diverged"
    assert (verdicts[0].layer, verdicts[0].severity) == (2, "fault")
    assert verdicts[0].text == frame.diverged.sentence if frame.diverged else False
    assert verdicts[1].kind == "vanishing"  # the flow is always told, whatever else there is


def test_every_number_in_a_sentence_is_a_number() -> None:
    for verdict in _findings(_trainer(*[Layer(8, "sigmoid")] * 9, steps=2)).values():
        assert re.search(r"\d", verdict.text)
        assert math.isfinite(verdict.value)


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.0, "0 %"),
        (1.0, "100 %"),
        (0.5, "50 %"),
        (0.0375, "3.8 %"),
        (0.00123, "0.12 %"),
        (1e-3, "0.10 %"),
        (2.54e-6, "0.00025 %"),
        (9.5e-7, "9.5e-05 %"),
        (1e3, "100000 %"),
        (1e9, "1.0e+11 %"),
        (math.nan, "—"),
        (math.inf, "—"),
    ],
)
def test_percent(share: float, text: str) -> None:
    assert percent(share) == text


@pytest.mark.parametrize(
    ("ratio", "text"),
    [
        (0.0, "0 % of"),
        (0.23, "23 % of"),
        (1.5, "150 % of"),
        (4.123, "4.1 times"),
        (1234.5, "1,234 times"),
        (3e7, "3.0e+07 times"),
    ],
)
def test_amount(ratio: float, text: str) -> None:
    assert amount(ratio) == text
