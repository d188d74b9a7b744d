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
    SATURATION_DIFFERENCE,
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
    assert more.text == "Layer 1 receives 40 times as much signal in B as in A: rms φ 0.01 against 0.00025."
    assert (more.stacks, more.values) == ((1,), pytest.approx((math.log10(40),)))
    less = only("signal", USUAL, weak)
    assert less.text == "Layer 1 receives 40 times as much signal in A as in B: rms φ 0.01 against 0.00025."
    assert less.values == pytest.approx((-math.log10(40),))


@pytest.mark.parametrize(("factor", "said"), [(3 * 0.99, False), (3 * 1.01, True)])
def test_the_threshold_of_the_signal(factor: float, said: bool) -> None:
    strong = frame(layer(1e-2 * factor), layer(), OUTPUT)
    assert ("signal" in kinds(USUAL, strong)) is said
    assert ("signal" in kinds(strong, USUAL)) is said


def test_a_stack_with_little_left_to_learn_is_not_blamed_for_a_weak_signal() -> None:
    learned = frame(layer(1e-4, 1e-4), layer(1e-4, 1e-4), replace(OUTPUT, signal_rms=1e-4))
    text = only("signal", USUAL, learned).text
    assert text.endswith(" (the output of B sends less to begin with: 0.0001 against 0.01 in A).")
    assert "flow" not in kinds(USUAL, learned)  # on the way nothing differs


def test_no_signal_at_all() -> None:
    dead = frame(layer(0.0, 1e-2), layer(), OUTPUT)
    one = only("signal", dead, USUAL)
    assert one.text == "No error signal reaches layer 1 in A; in B it receives 0.01 (rms φ)."
    assert one.values == (math.inf,)
    other = only("signal", USUAL, dead)
    assert other.text == "No error signal reaches layer 1 in B; in A it receives 0.01 (rms φ)."
    assert other.values == (-math.inf,)
    assert "signal" not in kinds(dead, dead)


def test_how_the_signal_changes_on_its_way_and_what_did_it() -> None:
    # From the output's 1e-2: the weights add nothing, two slopes take 1.5 decades each.
    by_slopes = frame(layer(1e-5, 10**-3.5), layer(10**-3.5, 1e-2), OUTPUT)
    one = only("flow", by_slopes, USUAL)
    assert one.text == (
        "From output to layer 1 the signal in A loses 3.0 decades (slopes −3.0, weights 0) and in B keeps its "
        "size (slopes 0, weights 0): the slopes make the difference."
    )
    assert one.values == pytest.approx((3.0,))
    by_weights = frame(layer(1.0, 1.0), layer(1e-1, 1e-1), OUTPUT)
    text = only("flow", USUAL, by_weights).text
    assert "in B gains 2.0 decades (slopes 0, weights +2.0): the weights make the difference." in text
    by_both = frame(layer(1e-4, 1e-3), layer(1e-3, 1e-3), OUTPUT)
    assert "slopes and weights both make the difference" in only("flow", USUAL, by_both).text


@pytest.mark.parametrize(("decades", "said"), [(0.49, False), (0.51, True)])
def test_the_threshold_of_the_flow(decades: float, said: bool) -> None:
    weaker = frame(layer(10 ** (-2 - decades)), layer(), OUTPUT)
    assert ("flow" in kinds(USUAL, weaker)) is said


def test_one_layer_has_no_way() -> None:
    one = frame(replace(OUTPUT, signal_rms=1.0))
    assert found(USUAL, one, experiments=[BASE, replace(BASE, layers=BASE.layers[-1:])]) == []


@pytest.mark.parametrize(("factor", "said"), [(1.49, False), (1.51, True)])
def test_loss(factor: float, said: bool) -> None:
    higher = replace(USUAL, train_loss=0.5 * factor)
    assert ("loss" in kinds(USUAL, higher)) is said
    assert ("loss" in kinds(higher, USUAL)) is said


def test_loss_in_words() -> None:
    low, high = replace(USUAL, train_loss=0.12), replace(USUAL, train_loss=0.69)
    assert only("loss", high, low).text == "Training loss: 0.12 in B against 0.69 in A."
    assert only("loss", low, high).text == "Training loss: 0.69 in B against 0.12 in A."


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
    assert only("accuracy", USUAL, better).text == "Test accuracy: 94 % in B against 80 % in A."
    assert only("accuracy", better, USUAL).text == "Test accuracy: 80 % in B against 94 % in A."
    untested = [frame(test=None, train=share) for share in (0.5, 0.75)]
    assert only("accuracy", *untested).text == "Training accuracy: 75 % in B against 50 % in A."
    assert kinds(frame(test=None, train=None), frame(test=None, train=None)) == []  # regression


def test_dead_units() -> None:
    dying = frame(layer(dead=3), layer(dead=1), OUTPUT)
    assert dead_units(dying) == 4
    assert only("dead", USUAL, dying).text == "Dead units: 4 of 21 in B against none in A."
    assert only("dead", dying, USUAL).text == "Dead units: none in B against 4 of 21 in A."
    one = frame(layer(dead=1), layer(), OUTPUT)
    assert only("dead", one, dying).text == "Dead units: 4 of 21 in B against 1 of 21 in A."
    assert "dead" not in kinds(USUAL, one)  # 1 of 21 is below the threshold


def test_saturation_is_of_hidden_layers_that_can_saturate() -> None:
    saturated = frame(layer(flat=0.9), layer(flat=0.5, two=False), replace(OUTPUT, flat_share=1.0))
    assert mean_saturation(saturated) == pytest.approx(0.9)
    assert mean_saturation(frame(layer(two=False), OUTPUT)) is None
    one = only("saturated", USUAL, saturated)
    assert one.text.startswith("Saturated on average in the hidden layers: 90 % in B against 0 % in A (sigmoid")
    assert one.values == pytest.approx((0.9,))
    for by, said in ((-0.01, False), (0.01, True)):
        flat = SATURATION_DIFFERENCE + by
        assert ("saturated" in kinds(USUAL, frame(layer(flat=flat), layer(flat=flat), OUTPUT))) is said
    assert "saturated" not in kinds(USUAL, frame(layer(two=False), layer(two=False), OUTPUT))


def test_stacks_that_diverged_come_first() -> None:
    stopped = replace(USUAL, train_loss=9.0, diverged=Divergence(12, 1, "loss"), step=12)
    later = replace(stopped, step=30)
    first, *_ = found(USUAL, stopped)
    assert first.text == "B diverged and stays at step 12, the last finite state; A goes on."
    assert first.stacks == (1,)
    assert found(USUAL, stopped, USUAL)[0].text.endswith("; A and C go on.")
    both = found(USUAL, stopped, later)[0]
    assert both.text == "B and C diverged and stay at steps 12 and 30, the last finite states; A goes on."
    assert both.stacks == (1, 2)
    (all_,) = found(stopped, stopped)
    assert all_.text == "A and B diverged and stay at step 12, the last finite states."


# --- several stacks --------------------------------------------------------------------------------------------------


def test_what_holds_of_several_stacks_is_said_once_with_the_range_of_their_numbers() -> None:
    weak = frame(layer(1e-4, 1e-4), layer(), OUTPUT, loss=0.69, test=0.5)
    others = [
        frame(layer(size, size, flat, dead), layer(flat=flat), OUTPUT, loss=loss, test=test)
        for size, flat, dead, loss, test in (
            (3e-2, 0.3, 2, 0.01, 1.0),
            (1.2e-2, 0.5, 4, 0.2, 0.94),
            (2e-2, 0.4, 3, 0.1, 0.97),
        )
    ]
    said = {one.kind: one for one in found(weak, *others)}
    assert {one.stacks for one in said.values()} == {(1, 2, 3)}
    assert {kind: one.text for kind, one in said.items()} == {
        "signal": "Layer 1 receives 120 to 300 times as much signal in B, C and D as in A: rms φ 0.012 to 0.03 against "
        "0.0001.",
        "accuracy": "Test accuracy: 94 to 100 % in B, C and D against 50 % in A.",
        "flow": "From output to layer 1 the signal in A loses 2.0 decades (slopes 0, weights −2.0) and in B, C and D "
        "gains 0.1 to 0.5 decades (slopes 0, weights +0.1 to +0.5): the weights make the difference.",
        "dead": "Dead units: 2 to 4 of 21 in B, C and D against none in A.",
        "loss": "Training loss: 0.01 to 0.2 in B, C and D against 0.69 in A.",
        "saturated": "Saturated on average in the hidden layers: 30 to 50 % in B, C and D against 0 % in A (sigmoid, "
        "tanh and their like only).",
    }
    assert said["accuracy"].values == pytest.approx((0.5, 0.44, 0.47))
    assert said["dead"].values == pytest.approx((2 / 21, 4 / 21, 3 / 21))


def test_numbers_that_are_written_alike_are_written_once() -> None:
    better = [replace(USUAL, test_accuracy=share) for share in (0.942, 0.938)]
    assert only("accuracy", USUAL, *better).text == "Test accuracy: 94 % in B and C against 80 % in A."


def test_a_stack_that_does_not_differ_is_not_named() -> None:
    better = replace(USUAL, test_accuracy=1.0)
    (one,) = found(USUAL, USUAL, better, better)
    assert (one.stacks, one.text) == ((2, 3), "Test accuracy: 100 % in C and D against 80 % in A.")


def test_more_and_less_than_the_first_are_two_sentences() -> None:
    frames = [replace(USUAL, test_accuracy=share) for share in (0.8, 0.5, 1.0, 0.6)]
    assert [(one.stacks, one.text) for one in found(*frames)] == [
        ((1, 3), "Test accuracy: 50 to 60 % in B and D against 80 % in A."),
        ((2,), "Test accuracy: 100 % in C against 80 % in A."),
    ]


def test_stacks_share_a_sentence_about_the_way_only_where_the_same_made_the_difference() -> None:
    by_slopes = frame(layer(1e-4, 1e-2), layer(), OUTPUT)
    by_weights = frame(layer(1e-5, 1e-5), layer(), OUTPUT)
    flows = [one for one in found(USUAL, by_slopes, by_weights, by_slopes) if one.kind == "flow"]
    assert [(one.stacks, one.text.split(": ")[1]) for one in flows] == [
        ((1, 3), "the slopes make the difference."),
        ((2,), "the weights make the difference."),
    ]


def test_a_change_that_is_a_loss_in_one_and_a_gain_in_another_is_written_with_signs() -> None:
    weak = frame(layer(1e-5, 1e-5), layer(), OUTPUT)
    others = [frame(layer(size, size), layer(), OUTPUT) for size in (10**-2.3, 10**-1.6)]
    text = only("flow", weak, *others).text
    assert "and in B and C changes by −0.3 to +0.4 decades (slopes 0, weights −0.3 to +0.4)" in text


def test_which_outputs_send_less_is_said_of_those_only() -> None:
    learned = frame(layer(1e-4, 1e-4), layer(1e-4, 1e-4), replace(OUTPUT, signal_rms=1e-4))
    blocked = frame(layer(2e-4, 2e-4), layer(), OUTPUT)
    assert only("signal", USUAL, learned, blocked).text == (
        "Layer 1 receives 50 to 100 times as much signal in A as in B and C: rms φ 0.01 against 0.0001 to 0.0002 (the "
        "output of B sends less to begin with: 0.0001 against 0.01 in A)."
    )
    assert only("signal", learned, USUAL, blocked, replace(USUAL)).text.endswith(
        " (the output of A sends less to begin with: 0.0001 against 0.01 in B and D)."
    )


def test_stacks_of_another_size_have_a_sentence_of_their_own_about_dead_units() -> None:
    large = replace(BASE, layers=(Layer(20, "tanh"), *BASE.layers[1:]))
    dying = frame(layer(dead=4), layer(), OUTPUT)
    said = found(
        USUAL, dying, frame(layer(dead=6, units=20), layer(), OUTPUT), dying, experiments=[BASE, BASE, large, BASE]
    )
    assert [one.text for one in said] == [
        "Dead units: 4 of 21 in B and D against none in A.",
        "Dead units: 6 of 31 in C against none in A.",
    ]


def test_the_most_important_comes_first() -> None:
    weak = frame(layer(1e-4, 1e-4), layer(), OUTPUT, loss=0.69, test=0.5)
    other = frame(layer(flat=0.9, dead=4), layer(), OUTPUT, loss=0.1, test=1.0)
    assert kinds(weak, other) == ["signal", "accuracy", "flow", "dead", "loss", "saturated"]


def test_what_has_been_said_stands_until_it_is_clearly_over() -> None:
    """A number that wavers about its threshold must not switch its sentence on and off."""

    def at(difference: float) -> Frame:
        return replace(USUAL, test_accuracy=0.8 + difference)

    assert found(USUAL, at(0.04)) == []
    said = found(USUAL, at(0.06))
    wavering = differences([USUAL, at(0.04)], [BASE] * 2, said)
    assert [one.text for one in wavering] == ["Test accuracy: 84 % in B against 80 % in A."]  # the number of now
    assert differences([USUAL, at(0.02)], [BASE] * 2, wavering) == []
    # Of one stack only: another one has to cross the whole threshold.
    assert [one.stacks for one in differences([USUAL, at(0.04), at(0.04)], [BASE] * 3, said)] == [(1,)]


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
    assert said["signal"].values == pytest.approx((math.log10(ratio),))
    assert f"Layer 1 receives {ratio:,.0f} times as much signal in B as in A" in said["signal"].text
    lost = [math.log10(one.layers[0].signal_rms / one.layers[-1].signal_rms) for one in frames]
    assert said["flow"].values == pytest.approx((lost[1] - lost[0],), abs=1e-6)
    assert f"in A loses {-lost[0]:.1f} decades" in said["flow"].text
    assert a.test_accuracy is not None
    assert f"{100 * a.test_accuracy:.0f} % in A" in said["accuracy"].text
