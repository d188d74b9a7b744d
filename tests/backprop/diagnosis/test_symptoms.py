"""What a moment shows, in words, on networks that really show it."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from backprop.diagnosis import Frame, Verdict, budgets, diagnose
from backprop.diagnosis.causes import EXPLODING, HALF, VANISHING
from backprop.diagnosis.numbers_in_words import amount, factor, percent
from backprop.experiment import Experiment
from backprop.layer import Layer
from backprop.training.trainer import Trainer
from tests.helpers import PlainResult, rms

OUTPUT = Layer(1, "sigmoid")


def _trainer(*hidden: Layer, change: Callable[[Trainer], object] = lambda trainer: None, steps: int = 0) -> Trainer:
    trainer = Trainer(Experiment(dataset="moons", samples=100, layers=(*hidden, OUTPUT), dtype="float64", seed=1))
    change(trainer)
    trainer.step(steps)
    return trainer


def _findings(trainer: Trainer, frame: Frame | None = None) -> dict[str, Verdict]:
    """What a moment shows by heading."""
    verdicts = diagnose(trainer.frame() if frame is None else frame, trainer.experiment, trainer.n_train)
    assert all(verdict.text.endswith(".") and "nan" not in verdict.text for verdict in verdicts)
    assert all(verdict.remedy is None for verdict in verdicts)
    return {verdict.heading: verdict for verdict in verdicts}


def _plain(trainer: Trainer) -> PlainResult:
    n = trainer.n_train
    X, y = trainer.features(trainer.dataset.X[:n]), trainer.dataset.y[:n, None].astype(float)
    return PlainResult(trainer.network, X, y)


def test_the_signal_vanishes_in_a_deep_sigmoid_network() -> None:
    trainer = _trainer(*[Layer(8, "sigmoid")] * 9)
    found, plain = _findings(trainer)["Vanishing gradient"], _plain(trainer)
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
        f"Layer 1 receives {amount(found.value)} the output's error signal. "
        f"The slopes together pass {percent(math.prod(passed))} of it, and the weights multiply it by "
        f"{factor(math.prod(weights))}. The sigmoid in layer {worst + 1} passes the least: {percent(passed[worst])}."
    )


def test_small_weights_that_make_the_signal_vanish_are_named() -> None:
    def shrink(trainer: Trainer) -> None:
        trainer.network.weights[2][...] *= 1e-5

    trainer = _trainer(*[Layer(8, "identity")] * 3, change=shrink)
    found = _findings(trainer)["Vanishing gradient"]
    passed = 10 ** budgets(trainer.frame().layers)[1].weights
    assert found.layer == 2
    assert f"The weights between layers 2 and 3 pass the least: they multiply it by {passed:.2g}." in found.text
    assert passed < 1e-4


def test_the_signal_explodes_through_large_weights() -> None:
    def quieten(trainer: Trainer) -> None:
        trainer.network.weights[0][...] *= (
            1e-5  # keeps the output in range; the error signal does not pass these weights
        )

    trainer = _trainer(*[Layer(64, "identity", initializer="normal")] * 6, change=quieten)
    found, plain = _findings(trainer)["Exploding gradient"], _plain(trainer)
    assert found.value == pytest.approx(rms(plain.phi[0]) / rms(plain.phi[-1]), rel=1e-9)
    assert found.value > EXPLODING == found.threshold
    grown = [rms(phi @ W) / rms(phi) for phi, W in zip(plain.phi[1:], trainer.network.weights[1:], strict=True)]
    worst = int(np.argmax(grown))
    assert found.layer == worst + 1
    assert grown[worst] == pytest.approx(8, rel=0.5)  # √64 for standard normal weights
    assert found.text == (
        f"Layer 1 receives {amount(found.value)} the output's error signal. "
        f"The slopes together pass 100 % of it, and the weights multiply it by {factor(math.prod(grown))}. "
        f"The weights between layers {worst + 1} and {worst + 2} amplify it the most: they multiply it by "
        f"{grown[worst]:.2g}."
    )


@pytest.mark.parametrize("dead", [1, 3, 8])
def test_dead_relus_are_counted(dead: int) -> None:
    def kill(trainer: Trainer) -> None:
        trainer.network.biases[1][:dead] = -100.0

    trainer = _trainer(Layer(8, "relu"), Layer(8, "relu"), change=kill)
    found = _findings(trainer)["Dead units"]
    assert (found.layers, found.value, found.threshold) == ((2,), dead, 1)
    assert found.units == tuple((2, unit + 1) for unit in range(dead))
    assert found.severity == ("fault" if dead == 8 else "warning")
    are, their = ("is", "its") if dead == 1 else ("are", "their")
    assert found.text == f"{dead} of 8 ReLU units in layer 2 {are} dead: {their} slope is 0 on all 70 training samples."


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
    found = _findings(trainer)["Dead units"]
    assert (found.layers, found.value) == ((1, 2, 3)[: 2 + third], 5 + third)
    assert found.text == f"{units} are dead: their slope is 0 on all 70 training samples."


def test_a_single_dead_unit_and_a_single_sample_are_named_in_the_singular() -> None:
    trainer = Trainer(Experiment(dataset="moons", samples=40, layers=(Layer(4), Layer(1, "step")), loss="mse"))
    verdicts = {verdict.heading: verdict for verdict in diagnose(trainer.frame(), trainer.experiment, n_train=1)}
    text = "1 of 1 step unit in the output layer is dead: its slope is 0 on the only training sample."
    assert verdicts["Dead units"].text == text


def test_an_output_whose_slope_cancels_is_never_dead_or_saturated() -> None:
    def convince(trainer: Trainer) -> None:
        trainer.network.biases[-1][...] = -1000.0

    trainer = _trainer(Layer(8, "tanh"), change=convince)
    output = trainer.frame().layers[-1]
    # About 1/√2 divided by the 70 samples of the mean: half of the answers are wrong, and their error signal is 1.
    assert output.signal_rms > 0.005
    assert not output.slope_used
    assert (output.flat_share, output.dead.any(), output.frozen.any()) == (0.0, False, False)
    assert set(_findings(trainer)) == {"Signal reaches every layer"}


def test_frozen_and_saturated_sigmoids() -> None:
    def freeze(trainer: Trainer) -> None:
        trainer.network.biases[0][2:7] = 12.0

    found = _findings(_trainer(Layer(8, "sigmoid"), change=freeze))
    frozen = found["Frozen units"]
    assert (frozen.layer, frozen.value, frozen.severity) == (1, 5, "warning")
    assert frozen.text == (
        "5 of 8 sigmoid units in layer 1 are frozen: "
        "their slope is below 5.0 % of its maximum on all 70 training samples."
    )
    saturated = found["Saturated units"]
    assert (saturated.layer, saturated.threshold) == (1, HALF)
    assert saturated.value >= 5 / 8
    assert saturated.text == (
        f"{percent(saturated.value)} of the slopes in layer 1 (sigmoid) are flat: below 5.0 % of their maximum."
    )


def test_saturated_layers_make_one_sentence() -> None:
    def saturate(trainer: Trainer) -> None:
        trainer.network.biases[0][...] = 12.0
        trainer.network.biases[1][:3] = 12.0

    found = _findings(_trainer(Layer(8, "sigmoid"), Layer(4, "tanh"), change=saturate))["Saturated units"]
    assert found.layer == 1
    assert re.match(r"100 % of the slopes in layer 1 \(sigmoid\) and \d\d % in layer 2 \(tanh\) are flat: ", found.text)


def test_a_flat_softplus_unit_is_off_rather_than_frozen() -> None:
    def push(trainer: Trainer) -> None:
        trainer.network.biases[0][...] = -30.0

    found = _findings(_trainer(Layer(8, "softplus"), change=push))
    assert "Frozen units" not in found
    assert "Saturated units" not in found


def test_a_confident_and_correct_output_is_no_fault() -> None:
    trainer = Trainer(Experiment(dataset="gauss", noise=0.0, layers=(Layer(8, "tanh"), OUTPUT), loss="mse"))
    trainer.step(600)
    frame = trainer.frame()
    assert frame.train_accuracy == 1.0
    assert frame.layers[-1].flat_share > HALF
    assert not {"Frozen units", "No error signal"} & set(_findings(trainer, frame))


def test_a_step_stops_the_signal_unless_it_has_a_surrogate() -> None:
    trainer = _trainer(Layer(8, "tanh"), Layer(6, "step"))
    found = _findings(trainer)
    vanishing = found["Vanishing gradient"]
    assert (vanishing.layer, vanishing.value) == (2, 0.0)
    assert vanishing.text.startswith("Layer 1 receives 0 % of the output's error signal. ")
    assert "The step in layer 2 passes the least: 0 %." in vanishing.text
    dead = found["Dead units"]
    assert dead.text == "6 of 6 step units in layer 2 are dead: their slope is 0 on all 70 training samples."
    helped = _findings(_trainer(Layer(8, "tanh"), Layer(6, "step", "sigmoid")))
    assert not {"Vanishing gradient", "Dead units"} & set(helped)
    assert "The step in layer 2 (backward: sigmoid) passes the least: " in helped["Signal reaches every layer"].text


def test_the_zero_backward_function_stops_the_signal() -> None:
    """The backward function zero, used as a control, is judged like a step without a surrogate."""
    found = _findings(_trainer(Layer(8, "tanh"), Layer(6, "relu", "zero")))
    vanishing, dead = found["Vanishing gradient"], found["Dead units"]
    assert (vanishing.layer, vanishing.value) == (2, 0.0)
    assert "The ReLU in layer 2 (backward: zero) passes the least: 0 %." in vanishing.text
    assert dead.text.startswith("6 of 6 ReLU units in layer 2 (backward: zero) are dead: their slope is 0 on all")
    assert "Saturated units" not in found


def test_units_outside_a_narrow_surrogate_are_dead() -> None:
    def push(trainer: Trainer) -> None:
        trainer.network.biases[1][:2] = 50.0

    found = _findings(_trainer(Layer(8, "tanh"), Layer(6, "step", "triangle"), change=push))
    assert found["Dead units"].text.startswith("2 of 6 step units in layer 2 (backward: triangle) are dead")


def test_a_healthy_network_has_no_findings_but_the_flow() -> None:
    trainer = _trainer(Layer(8, "tanh"), Layer(8, "leaky_relu"), steps=5)
    found, plain = _findings(trainer), _plain(trainer)
    assert set(found) == {"Signal reaches every layer"}
    flow = found["Signal reaches every layer"]
    ratio = rms(plain.phi[0]) / rms(plain.phi[-1])
    assert flow.value == pytest.approx(ratio, rel=1e-9)
    assert flow.severity == "good"
    assert flow.text.startswith(f"Layer 1 receives {amount(ratio)} the output's error signal: the slopes together ")
    assert re.search(r"The (tanh|leaky ReLU) in layer \d passes the least: \d", flow.text)


def test_the_signal_of_a_single_layer_cannot_vanish() -> None:
    assert _findings(_trainer())["Signal reaches every layer"].text == (
        "The network has only one layer: the error signal has no layers to cross, so it cannot vanish."
    )


def test_an_output_without_a_slope_sends_no_signal() -> None:
    trainer = Trainer(Experiment(dataset="moons", samples=40, layers=(Layer(4), Layer(1, "step")), loss="mse"))
    flow = _findings(trainer)["No error signal"]
    assert flow.severity == "fault"
    assert flow.text == (
        f"The output sends no error signal, although the training loss is {trainer.frame().train_loss:.2g}: "
        "the slope of its step is 0 on every sample."
    )


def test_a_loss_of_zero_leaves_nothing_to_learn() -> None:
    trainer = _trainer(Layer(4))
    frame = trainer.frame()
    silent = replace(frame.layers[-1], signal_rms=0.0)
    flow = _findings(trainer, replace(frame, train_loss=0.0, layers=(*frame.layers[:-1], silent)))[
        "Nothing left to learn"
    ]
    assert flow.severity == "good"
    assert flow.text == "The output sends no error signal: the training loss is 0, so nothing is left to learn."


def test_an_output_that_cancels_and_rounds_to_the_target_has_nothing_left_to_learn() -> None:
    """In float32 a confident sigmoid is exactly 1: the error signal is 0 while the loss, computed from z, is not."""
    experiment = Experiment(dataset="gauss", noise=0.0, layers=(Layer(1, "sigmoid"),))
    trainer = Trainer(replace(experiment, layers=(Layer(2, "identity"), *experiment.layers)))
    frame = trainer.frame()
    silent = replace(frame.layers[-1], signal_rms=0.0)
    flow = _findings(trainer, replace(frame, train_loss=1e-9, layers=(*frame.layers[:-1], silent)))[
        "Nothing left to learn"
    ]
    assert (flow.severity, flow.remedy) == ("good", None)
    assert "the training loss is 1e-09, so nothing is left to learn." in flow.text


def test_weights_of_zero_stop_the_signal() -> None:
    found = _findings(_trainer(Layer(8, "tanh"), Layer(8, "tanh"), change=lambda t: t.network.weights[1].fill(0.0)))
    assert found["Vanishing gradient"].layer == 1
    assert (
        "The weights between layers 1 and 2 pass the least: they multiply it by 0." in found["Vanishing gradient"].text
    )


def test_every_finding_has_a_finite_value_and_names_a_number() -> None:
    for verdict in _findings(_trainer(*[Layer(8, "sigmoid")] * 9, steps=2)).values():
        assert re.search(r"\d", verdict.text)
        assert math.isfinite(verdict.value)
