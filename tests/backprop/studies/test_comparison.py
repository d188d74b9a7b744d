"""What stacks do differently: every sentence against the numbers it tells, on both sides of its threshold."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from backprop import Experiment, Frame, Layer, LayerDiagnostics
from backprop.diagnosis.divergence import Divergence
from backprop.studies.comparison import (
    ACCURACY_DIFFERENCE,
    DECADES,
    LOSS_FACTOR,
    SATURATION_DIFFERENCE,
    SIGNAL_FACTOR,
    Difference,
    dead_units,
    differences,
    mean_saturation,
)
from backprop.studies.lockstep import Lockstep

BASE = Experiment(layers=(Layer(10, "tanh"), Layer(10, "tanh"), Layer(1, "sigmoid")))


def layer(
    signal: float = 1e-2, upstream: float = 1e-2, flat: float = 0.0, dead: int = 0, units: int = 10, two: bool = True
) -> LayerDiagnostics:
    """A layer with these numbers."""
    mask = np.arange(units) < dead
    none = np.zeros(units, bool)
    return LayerDiagnostics(1.0, signal, upstream, flat, np.zeros(units), 0.0, True, two, mask, none, mask, 1e-3)


def frame(*layers: LayerDiagnostics, loss: float = 0.5, test: float | None = 0.8, train: float | None = 0.8) -> Frame:
    """A moment with these numbers."""
    return Frame(40, 2.0, loss, None if test is None else loss, train, test, layers or (layer(), layer(), OUTPUT))


OUTPUT = layer(units=1, upstream=math.nan)
USUAL = frame()


def found(*frames: Frame, experiments: Sequence[Experiment] = ()) -> list[Difference]:
    return differences(frames, experiments or [BASE] * len(frames))


def only(kind: str, *frames: Frame) -> Difference:
    """The one difference of this kind."""
    (one,) = (difference for difference in found(*frames) if difference.kind == kind)
    return one


def kinds(*frames: Frame) -> list[str]:
    return [difference.kind for difference in found(*frames)]


def test_nothing_is_said_where_nothing_differs() -> None:
    assert found(USUAL, USUAL, USUAL) == []


def test_what_reaches_layer_1() -> None:
    weak = frame(layer(1e-2 / 40, 1e-2 / 40), layer(), OUTPUT)
    more = only("signal", weak, USUAL)
    assert more.text == "B's layer 1 receives 40 times A's signal: rms φ 0.01 against 0.00025."
    assert (more.stack, more.value, more.threshold) == (1, pytest.approx(40), SIGNAL_FACTOR)
    less = only("signal", USUAL, weak)
    assert less.text.startswith("A's layer 1 receives 40 times B's signal")
    assert less.value == pytest.approx(1 / 40)


@pytest.mark.parametrize(("factor", "said"), [(SIGNAL_FACTOR * 0.99, False), (SIGNAL_FACTOR * 1.01, True)])
def test_the_threshold_of_the_signal(factor: float, said: bool) -> None:
    strong = frame(layer(1e-2 * factor), layer(), OUTPUT)
    assert ("signal" in kinds(USUAL, strong)) is said
    assert ("signal" in kinds(strong, USUAL)) is said


def test_a_stack_with_little_left_to_learn_is_not_blamed_for_a_weak_signal() -> None:
    learned = frame(layer(1e-4, 1e-4), layer(1e-4, 1e-4), replace(OUTPUT, signal_rms=1e-4))
    text = only("signal", USUAL, learned).text
    assert "B's output sends less to begin with: 0.0001 against 0.01" in text
    assert "flow" not in kinds(USUAL, learned)  # on the way nothing differs


def test_no_signal_at_all() -> None:
    dead = frame(layer(0.0, 1e-2), layer(), OUTPUT)
    one = only("signal", dead, USUAL)
    assert one.text == "No error signal reaches A's layer 1; B's receives 0.01 (rms φ, step 40)."
    assert one.value == math.inf
    assert only("signal", USUAL, dead).text.startswith("No error signal reaches B's layer 1")
    assert "signal" not in kinds(dead, dead)


def test_how_the_signal_changes_on_its_way_and_what_did_it() -> None:
    # From the output's 1e-2: the weights add nothing, two slopes take 1.5 decades each.
    by_slopes = frame(layer(1e-5, 10**-3.5), layer(10**-3.5, 1e-2), OUTPUT)
    one = only("flow", by_slopes, USUAL)
    assert one.text == (
        "From output to layer 1 the signal in A loses 3.0 decades (slopes −3.0, weights 0) and in B keeps its "
        "size (slopes 0, weights 0): the slopes make the difference."
    )
    assert one.value == pytest.approx(3.0)
    by_weights = frame(layer(1.0, 1.0), layer(1e-1, 1e-1), OUTPUT)
    text = only("flow", USUAL, by_weights).text
    assert "in B gains 2.0 decades (slopes 0, weights +2.0): the weights make the difference." in text
    by_both = frame(layer(1e-4, 1e-3), layer(1e-3, 1e-3), OUTPUT)
    assert "slopes and weights both make the difference" in only("flow", USUAL, by_both).text


@pytest.mark.parametrize(("decades", "said"), [(DECADES * 0.98, False), (DECADES * 1.02, True)])
def test_the_threshold_of_the_flow(decades: float, said: bool) -> None:
    weaker = frame(layer(10 ** (-2 - decades)), layer(), OUTPUT)
    assert ("flow" in kinds(USUAL, weaker)) is said


def test_one_layer_has_no_way() -> None:
    one = frame(replace(OUTPUT, signal_rms=1.0))
    assert found(USUAL, one, experiments=[BASE, replace(BASE, layers=BASE.layers[-1:])]) == []


@pytest.mark.parametrize(("factor", "said"), [(LOSS_FACTOR * 0.99, False), (LOSS_FACTOR * 1.01, True)])
def test_loss(factor: float, said: bool) -> None:
    higher = replace(USUAL, train_loss=0.5 * factor)
    assert ("loss" in kinds(USUAL, higher)) is said
    assert ("loss" in kinds(higher, USUAL)) is said


def test_the_loss_that_is_lower_comes_first() -> None:
    low, high = replace(USUAL, train_loss=0.12), replace(USUAL, train_loss=0.69)
    assert only("loss", high, low).text == "B's training loss is 0.12, A's 0.69."
    assert only("loss", low, high).text == "A's training loss is 0.12, B's 0.69."


def test_losses_that_are_both_tiny_or_not_the_same_measure_are_not_compared() -> None:
    assert "loss" not in kinds(replace(USUAL, train_loss=1e-4), replace(USUAL, train_loss=1e-6))
    other = replace(BASE, loss="mse")
    frames = [replace(USUAL, train_loss=0.1), replace(USUAL, train_loss=0.9)]
    assert found(*frames, experiments=[BASE, other]) == []


@pytest.mark.parametrize(("by", "said"), [(ACCURACY_DIFFERENCE - 0.01, False), (ACCURACY_DIFFERENCE + 0.01, True)])
def test_accuracy(by: float, said: bool) -> None:
    assert ("accuracy" in kinds(USUAL, replace(USUAL, test_accuracy=0.8 + by))) is said
    assert ("accuracy" in kinds(USUAL, replace(USUAL, test_accuracy=0.8 - by))) is said


def test_accuracy_in_words() -> None:
    better = replace(USUAL, test_accuracy=0.94)
    assert only("accuracy", USUAL, better).text == "B answers 94 % of the test samples right, A 80 %."
    assert only("accuracy", better, USUAL).text == "A answers 94 % of the test samples right, B 80 %."
    untested = [frame(test=None, train=share) for share in (0.5, 0.75)]
    assert only("accuracy", *untested).text == "B answers 75 % of the training samples right, A 50 %."
    assert kinds(frame(test=None, train=None), frame(test=None, train=None)) == []  # regression


def test_dead_units() -> None:
    dying = frame(layer(dead=3), layer(dead=1), OUTPUT)
    assert dead_units(dying) == 4
    assert only("dead", USUAL, dying).text == "B has 4 of 21 units dead, A none."
    assert only("dead", dying, USUAL).text == "A has 4 of 21 units dead, B none."
    one = frame(layer(dead=1), layer(), OUTPUT)
    assert only("dead", one, dying).text == "B has 4 of 21 units dead, A 1 of 21."
    assert "dead" not in kinds(USUAL, one)  # 1 of 21 is below the threshold


def test_saturation_is_of_hidden_layers_that_can_saturate() -> None:
    saturated = frame(layer(flat=0.9), layer(flat=0.5, two=False), replace(OUTPUT, flat_share=1.0))
    assert mean_saturation(saturated) == pytest.approx(0.9)
    assert mean_saturation(frame(layer(two=False), OUTPUT)) is None
    one = only("saturated", USUAL, saturated)
    assert one.text.startswith("B's hidden layers are saturated for 90 % of their entries on average, A's for 0 %")
    assert one.value == pytest.approx(0.9)
    for by, said in ((-0.01, False), (0.01, True)):
        flat = SATURATION_DIFFERENCE + by
        assert ("saturated" in kinds(USUAL, frame(layer(flat=flat), layer(flat=flat), OUTPUT))) is said
    assert "saturated" not in kinds(USUAL, frame(layer(two=False), layer(two=False), OUTPUT))


def test_a_stack_that_diverged_comes_first() -> None:
    stopped = replace(USUAL, train_loss=9.0, diverged=Divergence(12, 1, "loss"), step=12)
    first, *_ = found(USUAL, stopped)
    assert first.text == "B diverged and stays at step 12, its last finite state; the other goes on."
    assert found(USUAL, stopped, USUAL)[0].text.endswith("the others go on.")
    assert [one.text for one in found(stopped, stopped)] == [
        f"{name} diverged and stays at step 12, its last finite state." for name in "AB"
    ]


def test_every_stack_is_set_against_the_first() -> None:
    better = replace(USUAL, test_accuracy=1.0)
    assert [(one.stack, one.text[0]) for one in found(USUAL, USUAL, better, better)] == [(2, "C"), (3, "D")]


def test_the_words_of_a_real_run_are_its_numbers() -> None:
    base = Experiment(dataset="circle", learning_rate=0.01, seed=3)
    named = [["sigmoid"] * 5, ["tanh", "relu", "sigmoid", "tanh", "relu"]]
    experiments = [
        replace(base, layers=(*[Layer(8, a, None, "xavier_uniform") for a in names], Layer(1, "sigmoid")))
        for names in named
    ]
    lockstep = Lockstep(experiments)
    lockstep.step(50)
    frames = lockstep.frame()
    said = {one.kind: one for one in differences(frames, experiments)}
    a, b = frames
    ratio = b.layers[0].signal_rms / a.layers[0].signal_rms
    assert said["signal"].value == pytest.approx(ratio)
    assert f"B's layer 1 receives {ratio:,.0f} times A's signal" in said["signal"].text
    lost = [math.log10(one.layers[0].signal_rms / one.layers[-1].signal_rms) for one in frames]
    assert said["flow"].value == pytest.approx(lost[1] - lost[0], abs=1e-6)
    assert f"in A loses {-lost[0]:.1f} decades" in said["flow"].text
    assert a.test_accuracy is not None
    assert f"A {100 * a.test_accuracy:.0f} %" in said["accuracy"].text
