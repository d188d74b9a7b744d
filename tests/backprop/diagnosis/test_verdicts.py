"""Findings in words, on networks that really have the fault they name."""

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


def _remedy(verdict: Verdict) -> Remedy:
    assert verdict.remedy
    return verdict.remedy


def _plain(trainer: Trainer) -> PlainResult:
    n = trainer.n_train
    X, y = trainer.features(trainer.dataset.X[:n]), trainer.dataset.y[:n, None].astype(float)
    return PlainResult(trainer.network, X, y)


def test_the_signal_vanishes_in_a_deep_sigmoid_network() -> None:
    trainer = _trainer(*[Layer(8, "sigmoid")] * 9)
    found, plain = _findings(trainer)["vanishing"], _plain(trainer)
    assert found.value == pytest.approx(rms(plain.phi[0]) / rms(plain.phi[-1]), rel=1e-9)
    assert found.value < VANISHING == found.threshold
    assert found.severity == "fault"
    # The layer whose slope passes the least, and the effect of all layers together.
    upstream = [phi @ W for phi, W in zip(plain.phi[1:], trainer.network.weights[1:], strict=True)]
    passed = [rms(phi) / rms(arrived) for phi, arrived in zip(plain.phi, upstream, strict=False)]
    worst = int(np.argmin(passed))
    assert found.layer == worst + 1
    assert 0.1 < passed[worst] < 0.25  # never more than a quarter
    weights = [rms(arrived) / rms(phi) for arrived, phi in zip(upstream, plain.phi[1:], strict=True)]
    assert math.prod(passed) * math.prod(weights) == pytest.approx(found.value, rel=1e-9)
    assert found.text == (
        f"Layer 1 receives {amount(found.value)} the output's error signal: the signal vanishes (threshold 0.10 %). "
        f"The slopes together pass {percent(math.prod(passed))} of it, and the weights multiply it by "
        f"{factor(math.prod(weights))}. The sigmoid in layer {worst + 1} passes the least: {percent(passed[worst])}."
    )
    assert _remedy(found) == Remedy(
        f"Try tanh in layer {worst + 1}: near 0 its slope is close to 1.",
        f"Try tanh in layer {worst + 1}",
        worst,
        {"activation": "tanh"},
    )


def test_small_weights_that_make_the_signal_vanish_are_named() -> None:
    def shrink(trainer: Trainer) -> None:
        trainer.network.weights[2][...] *= 1e-5

    trainer = _trainer(*[Layer(8, "identity")] * 3, change=shrink)
    found = _findings(trainer)["vanishing"]
    passed = 10 ** budgets(trainer.frame().layers)[1].weights
    assert found.layer == 2
    assert f"The weights between layers 2 and 3 pass the least: they multiply it by {passed:.2g}." in found.text
    assert passed < 1e-4
    assert _remedy(found).layer_settings == {"gain": 2.0}  # the initialiser is auto already
    assert _remedy(found).text == "Try a gain of 2 in layer 3, for larger initial weights."


def test_auto_weights_are_proposed_for_a_layer_with_another_gain() -> None:
    found = _findings(_trainer(*[Layer(8, "identity", gain=0.01)] * 3))["vanishing"]
    place = "the output layer" if found.layer == 3 else f"layer {found.layer + 1}"
    assert _remedy(found).text.startswith(f"Try the auto initialiser with gain 1 in {place}: ")
    assert _remedy(found).layer_settings == {"initializer": "auto", "gain": 1.0}


def test_the_signal_explodes_through_large_weights() -> None:
    def quieten(trainer: Trainer) -> None:
        trainer.network.weights[0][...] *= (
            1e-5  # keeps the output in range; the error signal does not pass these weights
        )

    trainer = _trainer(*[Layer(64, "identity", initializer="normal")] * 6, change=quieten)
    found, plain = _findings(trainer)["exploding"], _plain(trainer)
    assert found.value == pytest.approx(rms(plain.phi[0]) / rms(plain.phi[-1]), rel=1e-9)
    assert found.value > EXPLODING == found.threshold
    grown = [rms(phi @ W) / rms(phi) for phi, W in zip(plain.phi[1:], trainer.network.weights[1:], strict=True)]
    worst = int(np.argmax(grown))
    assert found.layer == worst + 1
    assert grown[worst] == pytest.approx(8, rel=0.5)  # √64 for standard normal weights
    assert found.text == (
        f"Layer 1 receives {amount(found.value)} the output's error signal: the signal explodes "
        "(threshold 1,000 times). "
        f"The slopes together pass 100 % of it, and the weights multiply it by {factor(math.prod(grown))}. "
        f"The weights between layers {worst + 1} and {worst + 2} amplify it the most: they multiply it by "
        f"{grown[worst]:.2g}."
    )
    assert (_remedy(found).layer, _remedy(found).layer_settings) == (worst + 1, {"initializer": "auto", "gain": 1.0})


@pytest.mark.parametrize("dead", [1, 3, 8])
def test_dead_relus_are_counted(dead: int) -> None:
    def kill(trainer: Trainer) -> None:
        trainer.network.biases[1][:dead] = -100.0

    trainer = _trainer(Layer(8, "relu"), Layer(8, "relu"), change=kill)
    found = _findings(trainer)["dead"]
    assert (found.layer, found.value, found.threshold) == (2, dead, 1)
    assert found.severity == ("fault" if dead == 8 else "warning")
    are, their = ("is", "its") if dead == 1 else ("are", "their")
    assert found.text == f"{dead} of 8 ReLU units in layer 2 {are} dead: {their} slope is 0 on all 70 training samples."
    assert _remedy(found).text == "Try leaky ReLU in layer 2: its slope is never 0."


@pytest.mark.parametrize(
    ("third", "units"),
    [
        (0, "2 of 8 ReLU units in layer 1 and 3 of 8 ReLU units in layer 2"),
        (1, "2 of 8 ReLU units in layer 1, 3 of 8 ReLU units in layer 2 and 1 of 8 ReLU units in layer 3"),
    ],
)
def test_dead_units_of_several_layers_make_one_sentence(third: int, units: str) -> None:
    def kill(trainer: Trainer) -> None:
        trainer.network.biases[0][:2] = -100.0
        trainer.network.biases[1][:3] = -100.0
        trainer.network.biases[2][...] = 10.0  # keeps the other units of layer 3 alive
        trainer.network.biases[2][:third] = -100.0

    trainer = _trainer(*[Layer(8, "relu")] * 3, change=kill, steps=1)
    found = _findings(trainer)["dead"]
    assert (found.layer, found.value) == (2, 3)
    assert found.text == f"{units} are dead: their slope is 0 on all 70 training samples."
    assert _remedy(found).label == "Try leaky ReLU in layer 2"


def test_a_single_dead_unit_and_a_single_sample_are_named_in_the_singular() -> None:
    trainer = Trainer(Experiment(dataset="moons", samples=40, layers=(Layer(4), Layer(1, "step")), loss="mse"))
    verdicts = {verdict.kind: verdict for verdict in diagnose(trainer.frame(), trainer.experiment, n_train=1)}
    text = "1 of 1 step unit in the output layer is dead: its slope is 0 on the only training sample."
    assert verdicts["dead"].text == text


def test_an_output_whose_slope_cancels_is_never_dead_or_saturated() -> None:
    def convince(trainer: Trainer) -> None:
        trainer.network.biases[-1][...] = -1000.0

    trainer = _trainer(Layer(8, "tanh"), change=convince)
    output = trainer.frame().layers[-1]
    # About 1/√2 divided by the 70 samples of the mean: half of the answers are wrong, and their error signal is 1.
    assert output.signal_rms > 0.005
    assert not output.slope_used
    assert (output.flat_share, output.dead.any(), output.frozen.any()) == (0.0, False, False)
    assert set(_findings(trainer)) == {"flow"}


def test_a_confident_and_wrong_output_is_a_fault_if_its_slope_does_not_cancel() -> None:
    trainer = Trainer(Experiment(dataset="moons", samples=100, layers=(Layer(8, "tanh"), OUTPUT), loss="mse"))
    trainer.network.biases[-1][...] = 12.0
    found = _findings(trainer)["output"]
    assert (found.layer, found.value, found.threshold, found.severity) == (2, 1.0, SATURATED_SHARE, "fault")
    accuracy = trainer.frame().train_accuracy
    assert accuracy is not None
    assert found.text == (
        "100 % of the activations in the output layer (sigmoid) are saturated (threshold 50 %), although only "
        f"{percent(accuracy)} of the training samples are classified correctly: with this loss the output's slope does "
        "not cancel, so confident wrong answers send hardly any error signal."
    )
    assert _remedy(found).text == (
        "Try a sigmoid output with binary cross-entropy: with this pair the output's slope cancels out."
    )
    assert _remedy(found).label == "Sigmoid output, binary cross-entropy"
    changed = _remedy(found).applied_to(trainer.experiment)
    assert Trainer(changed).network.head_cancels


def test_frozen_and_saturated_sigmoids() -> None:
    def freeze(trainer: Trainer) -> None:
        trainer.network.biases[0][2:7] = 12.0

    found = _findings(_trainer(Layer(8, "sigmoid"), change=freeze))
    frozen = found["frozen"]
    assert (frozen.layer, frozen.value, frozen.severity) == (1, 5, "warning")
    assert frozen.text == (
        "5 of 8 sigmoid units in layer 1 are frozen: "
        "their slope is below 5.0 % of its maximum on all 70 training samples."
    )
    saturated = found["saturated"]
    assert (saturated.layer, saturated.threshold) == (1, SATURATED_SHARE)
    assert saturated.value >= 5 / 8
    assert saturated.text == (
        f"{percent(saturated.value)} of the activations in layer 1 (sigmoid) are saturated (threshold 50 %): "
        "their slope is below 5.0 % of its maximum."
    )


def test_saturated_layers_make_one_sentence() -> None:
    def saturate(trainer: Trainer) -> None:
        trainer.network.biases[0][...] = 12.0
        trainer.network.biases[1][:3] = 12.0

    found = _findings(_trainer(Layer(8, "sigmoid"), Layer(4, "tanh"), change=saturate))["saturated"]
    assert found.layer == 1
    assert re.match(
        r"100 % of the activations in layer 1 \(sigmoid\) and \d\d % in layer 2 \(tanh\) are saturated ", found.text
    )


def test_a_flat_softplus_unit_is_off_rather_than_frozen() -> None:
    def push(trainer: Trainer) -> None:
        trainer.network.biases[0][...] = -30.0

    found = _findings(_trainer(Layer(8, "softplus"), change=push))
    assert "frozen" not in found
    assert "saturated" not in found


def test_a_confident_and_correct_output_is_no_fault() -> None:
    trainer = Trainer(Experiment(dataset="gauss", noise=0.0, layers=(Layer(8, "tanh"), OUTPUT), loss="mse"))
    trainer.step(600)
    frame = trainer.frame()
    assert frame.train_accuracy == 1.0
    assert frame.layers[-1].flat_share > SATURATED_SHARE
    assert not {"frozen", "output"} & set(_findings(trainer, frame))


def test_a_step_stops_the_signal_unless_it_has_a_surrogate() -> None:
    trainer = _trainer(Layer(8, "tanh"), Layer(6, "step"))
    found = _findings(trainer)
    vanishing = found["vanishing"]
    assert (vanishing.layer, vanishing.value) == (2, 0.0)
    assert vanishing.text.startswith("Layer 1 receives 0 % of the output's error signal: the signal vanishes (")
    assert "The step in layer 2 passes the least: 0 %." in vanishing.text
    slope_of_sigmoid = "Try the slope of sigmoid as the backward function of layer 2: it is never 0 and at most ¼."
    assert _remedy(vanishing).text == slope_of_sigmoid
    dead = found["dead"]
    assert dead.text == "6 of 6 step units in layer 2 are dead: their slope is 0 on all 70 training samples."
    assert _remedy(dead).text == slope_of_sigmoid
    assert _remedy(dead).applied_to(trainer.experiment).layers[1] == Layer(6, "step", "sigmoid")
    helped = _findings(_trainer(Layer(8, "tanh"), Layer(6, "step", "sigmoid")))
    assert not {"vanishing", "dead"} & set(helped)
    assert "The step in layer 2 (backward: sigmoid) passes the least: " in helped["flow"].text


def test_the_zero_backward_function_stops_the_signal() -> None:
    """The backward function zero, used as a control, is judged like a step without a surrogate."""
    found = _findings(_trainer(Layer(8, "tanh"), Layer(6, "relu", "zero")))
    vanishing, dead = found["vanishing"], found["dead"]
    assert (vanishing.layer, vanishing.value) == (2, 0.0)
    assert "The ReLU in layer 2 (backward: zero) passes the least: 0 %." in vanishing.text
    assert _remedy(vanishing).text == "Try the slope of ReLU itself as the backward function of layer 2."
    assert dead.text.startswith("6 of 6 ReLU units in layer 2 (backward: zero) are dead: their slope is 0 on all")
    assert (_remedy(dead).layer, _remedy(dead).layer_settings) == (1, {"backward": None})
    assert "saturated" not in found


def test_units_outside_a_narrow_surrogate_are_dead() -> None:
    def push(trainer: Trainer) -> None:
        trainer.network.biases[1][:2] = 50.0

    found = _findings(_trainer(Layer(8, "tanh"), Layer(6, "step", "triangle"), change=push))
    assert found["dead"].text.startswith("2 of 6 step units in layer 2 (backward: triangle) are dead")
    assert _remedy(found["dead"]).label == "Slope of sigmoid in layer 2"


def test_a_healthy_network_has_no_findings_but_the_flow() -> None:
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
    assert re.search(r"The (tanh|leaky ReLU) in layer \d passes the least: \d", flow.text)


def test_a_signal_that_grows_is_compared_with_the_threshold_of_exploding() -> None:
    trainer = _trainer(*[Layer(16, "leaky_relu", gain=2.0)] * 3)
    flow = _findings(trainer)["flow"]
    assert flow.value > 1
    assert flow.threshold == EXPLODING
    assert "(exploding above 1,000 times)" in flow.text


def test_the_signal_of_a_single_layer_cannot_vanish() -> None:
    assert _findings(_trainer())["flow"].text == (
        "The network has only one layer: the error signal has no layers to cross, so it cannot vanish."
    )


def test_an_output_without_a_slope_sends_no_signal() -> None:
    trainer = Trainer(Experiment(dataset="moons", samples=40, layers=(Layer(4), Layer(1, "step")), loss="mse"))
    flow = _findings(trainer)["flow"]
    assert flow.severity == "fault"
    assert flow.text == (
        f"The output sends no error signal, although the training loss is {trainer.frame().train_loss:.2g}: "
        "the slope of its step is 0 on every sample."
    )


def test_a_loss_of_zero_leaves_nothing_to_learn() -> None:
    trainer = _trainer(Layer(4))
    frame = trainer.frame()
    silent = replace(frame.layers[-1], signal_rms=0.0)
    flow = _findings(trainer, replace(frame, train_loss=0.0, layers=(*frame.layers[:-1], silent)))["flow"]
    assert flow.severity == "good"
    assert flow.text == "The output sends no error signal: the training loss is 0, so nothing is left to learn."


def test_an_output_that_cancels_and_rounds_to_the_target_has_nothing_left_to_learn() -> None:
    """In float32 a confident sigmoid is exactly 1: the error signal is 0 while the loss, computed from z, is not."""
    experiment = Experiment(dataset="gauss", noise=0.0, layers=(Layer(1, "sigmoid"),))
    trainer = Trainer(replace(experiment, layers=(Layer(2, "identity"), *experiment.layers)))
    frame = trainer.frame()
    silent = replace(frame.layers[-1], signal_rms=0.0)
    flow = _findings(trainer, replace(frame, train_loss=1e-9, layers=(*frame.layers[:-1], silent)))["flow"]
    assert (flow.severity, flow.remedy) == ("good", None)
    assert "the training loss is 1e-09, so nothing is left to learn." in flow.text


def test_weights_of_zero_stop_the_signal() -> None:
    found = _findings(_trainer(Layer(8, "tanh"), Layer(8, "tanh"), change=lambda t: t.network.weights[1].fill(0.0)))
    assert found["vanishing"].layer == 1
    assert "The weights between layers 1 and 2 pass the least: they multiply it by 0." in found["vanishing"].text


@pytest.mark.parametrize(
    ("rate", "threshold", "size"),
    [
        (30.0, UPDATE_RATIO_RANGE[1], "{} of their norm (above {}; about 0.1 % is usual)."),
        (
            1e-9,
            UPDATE_RATIO_RANGE[0],
            "only {} of their norm (below {}; about 0.1 % is usual): the layer hardly learns.",
        ),
    ],
)
def test_updates_outside_the_usual_range(rate: float, threshold: float, size: str) -> None:
    trainer = _trainer(Layer(8, "tanh"), change=lambda t: t.change(replace(t.experiment, learning_rate=rate)), steps=1)
    frame = trainer.frame()
    found = _findings(trainer, frame)["update"]
    ratios = [layer.update_ratio for layer in frame.layers]
    expected = max(ratios) if rate > 1 else min(ratios)
    assert (found.value, found.layer, found.threshold) == (expected, ratios.index(expected) + 1, threshold)
    change = size.format(percent(expected), percent(threshold))
    assert found.text == f"The last update changed the weights of layer {found.layer} by {change}"


def test_divergence_comes_first() -> None:
    trainer = _trainer(*[Layer(8, "sigmoid")] * 9)
    frame = replace(trainer.frame(), diverged=Divergence(step=3, layer=2, quantity="pre-activation z"))
    verdicts = diagnose(frame, trainer.experiment, trainer.n_train)
    assert verdicts[0].kind == "diverged"
    assert (verdicts[0].layer, verdicts[0].severity) == (2, "fault")
    assert verdicts[0].text == frame.diverged.sentence if frame.diverged else False
    assert verdicts[1].kind == "vanishing"  # the flow is always reported


def test_every_finding_has_a_finite_value_and_names_a_number() -> None:
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
        (1e-6, "0.00010 %"),
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
