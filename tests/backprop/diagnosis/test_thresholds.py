"""Each threshold by its number: evidence that just crosses it, next to evidence that nearly does.

The evidence is that of a real network, of which single measurements are replaced.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from backprop import Experiment, Layer, Trainer
from backprop.data import Yardsticks
from backprop.diagnosis import Divergence, Evidence, Frame, Start
from backprop.diagnosis.cause import Cause, Rule
from backprop.diagnosis.causes import as_written, error_signal, find_cause, first_weights, fit, units, updates
from backprop.training.examination import evidence
from backprop.training.first_updates import first_updates

OUTPUT = Layer(1, "sigmoid")
TANH = Experiment(dataset="circle", layers=(Layer(8), Layer(8), OUTPUT))
SIGMOID = replace(TANH, layers=(Layer(8, "sigmoid"), Layer(8, "sigmoid"), OUTPUT))
RELU = replace(TANH, layers=(Layer(8, "relu"), Layer(8, "relu"), OUTPUT))
FLAT_OUTPUT = replace(TANH, loss="mse")
SINE = Experiment(dataset="sine", layers=(Layer(8), Layer(1, "sigmoid")), loss="mse")

Per = Mapping[int, Mapping[str, Any]]  # fields of layers, by their position counted from 0


def at_birth(experiment: Experiment) -> Evidence:
    """The evidence before the first update, which has not been looked at by anyone."""
    return replace(evidence(Trainer(experiment)), memory={})


def with_layers(frame: Frame, layers: Per) -> Frame:
    """The frame with other measurements in some layers."""
    changed = [replace(layer, **layers.get(j, {})) for j, layer in enumerate(frame.layers)]
    return replace(frame, layers=tuple(changed))


def begun(e: Evidence, layers: Per | None = None, usual: Start | None = None, **fields: Any) -> Evidence:
    """The evidence with another first moment: other measurements in some layers, and other fields of ``Start``.

    Args:
        e: The evidence, at birth.
        layers: The measurements.
        usual: The start from the usual weights; as it is if None.
        fields: Fields of ``Start``; ``train_loss`` is one of its first frame.
    """
    first = with_layers(e.start.first, layers or {})
    if "train_loss" in fields:
        first = replace(first, train_loss=fields.pop("train_loss"))
    start = replace(e.start, frames=(first,), **fields)
    usual = usual or e.usual_start
    frame = with_layers(e.frame, layers or {})
    return replace(e, frame=frame, began=lambda updates: start, replay=lambda tried, updates: usual, memory={})


def updated(e: Evidence, ratios: Sequence[Sequence[float]], last: Per | None = None) -> Evidence:
    """The evidence after a few updates: the update ratio of each layer in each of them, and measurements at the end."""
    first = e.start.first
    frames = [first]
    for step, row in enumerate(ratios, 1):
        frame = with_layers(replace(first, step=step), {j: {"update_ratio": ratio} for j, ratio in enumerate(row)})
        frames.append(frame)
    frames[-1] = with_layers(frames[-1], last or {})
    start = replace(e.start, frames=tuple(frames))
    return replace(e, frame=frames[-1], began=lambda updates: start, memory={})


def trained(e: Evidence, fall: float = 0.0, layers: Per | None = None, step: int = 800, **history: Any) -> Evidence:
    """The evidence at a later step, with a loss that fell by this share over the last eighth of the run."""
    steps = np.arange(0.0, step + 1, step / 80)
    loss = np.where(steps >= 0.875 * step, 1 - fall, 1.0)
    frame = replace(with_layers(e.frame, layers or {}), step=step, train_loss=1 - fall)
    columns = {"step": steps, "train_loss": loss, **history}
    return replace(e, frame=frame, history=columns, score=0.5, memory={})


def found(rule: Rule, e: Evidence) -> bool:
    return rule(e) is not None


def cause(rule: Rule, e: Evidence) -> Cause:
    result = rule(e)
    assert result
    return result


# --- as written ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("targets", "blamed"),
    [((-0.04, 0.96), False), ((-0.06, 0.94), True), ((0.04, 1.04), False), ((0.06, 1.06), True), ((-0.6, 9.4), True)],
)
def test_targets_outside_by_a_twentieth_of_their_spread(targets: tuple[float, float], blamed: bool) -> None:
    assert found(as_written.output_range, replace(at_birth(SINE), targets=targets)) == blamed


@pytest.mark.parametrize(
    ("best", "hidden", "blamed"),
    [(0.94, (), True), (0.96, (), False), (0.94, (Layer(8, "identity"),), True), (0.94, (Layer(8),), False)],
)
def test_a_linear_model_that_falls_short_by_five_points(best: float, hidden: Sequence[Layer], blamed: bool) -> None:
    e = replace(at_birth(replace(TANH, layers=(*hidden, OUTPUT))), yardsticks=Yardsticks(best, 1.0))
    assert found(as_written.linear, e) == blamed


@pytest.mark.parametrize(("score", "learnt"), [(0.84, False), (0.86, True), (1.0, True)])
def test_five_points_below_what_can_be_reached_is_learnt(score: float, learnt: bool) -> None:
    e = replace(
        at_birth(replace(TANH, layers=(Layer(8, "step"), OUTPUT))), yardsticks=Yardsticks(0.5, 0.9), score=score
    )
    assert e.has_learnt == learnt
    assert (find_cause(e) is None) == learnt
    diverged = replace(e.frame, diverged=Divergence(step=5, layer=1, quantity="loss"))
    assert find_cause(replace(e, frame=diverged))


# --- the first weights -----------------------------------------------------------------------------------------------


def scaled(e: Evidence, ratios: Sequence[float]) -> tuple[float, ...]:
    return tuple(ratio * usual for ratio, usual in zip(ratios, e.usual_start.weight_rms, strict=True))


@pytest.mark.parametrize(
    ("ratios", "blamed"),
    [((1, 1, 2.4), False), ((1, 1, 2.6), True), ((1, 2.6, 0.5), True), ((0.41, 1, 1), False), ((0.39, 1, 1), False)],
)
def test_weights_of_two_and_a_half_times_their_usual_size(ratios: Sequence[float], blamed: bool) -> None:
    e = at_birth(TANH)
    e = begun(e, weight_rms=scaled(e, ratios), train_loss=10 * e.usual_start.first.train_loss)
    assert found(first_weights.initial_scale, e) == blamed


@pytest.mark.parametrize(("ratios", "blamed"), [((0.41, 1, 1), False), ((0.39, 1, 1), True), ((2.6, 1, 1), False)])
def test_weights_of_less_than_two_fifths_of_their_usual_size(ratios: Sequence[float], blamed: bool) -> None:
    e = at_birth(TANH)
    assert found(first_weights.initial_scale, begun(e, weight_rms=scaled(e, ratios), z_spread=(0, 0, 0))) == blamed


LARGE = (4.0, 1.0, 1.0)


@pytest.mark.parametrize(("times", "blamed"), [(4.9, False), (5.1, True), (np.nan, True)])
def test_a_loss_of_five_times_that_from_the_usual_weights(times: float, blamed: bool) -> None:
    e = at_birth(TANH)
    e = begun(e, weight_rms=scaled(e, LARGE), train_loss=times * e.usual_start.first.train_loss)
    assert found(first_weights.initial_scale, e) == blamed


@pytest.mark.parametrize(
    ("own", "usual", "blamed"), [(0.49, 0.1, False), (0.51, 0.1, True), (0.51, 0.49, True), (0.51, 0.52, False)]
)
def test_most_slopes_flat_where_the_usual_weights_leave_them(own: float, usual: float, blamed: bool) -> None:
    e = at_birth(TANH)
    start = replace(e.usual_start, frames=(with_layers(e.usual_start.first, {1: {"flat_share": usual}}),))
    e = begun(e, {1: {"flat_share": own}}, start, weight_rms=scaled(e, LARGE))
    assert found(first_weights.initial_scale, e) == blamed


@pytest.mark.parametrize(("own", "usual", "blamed"), [(900, 1, False), (1100, 1, True), (1100, 1200, False)])
def test_a_signal_that_explodes_where_it_does_not_from_the_usual_weights(
    own: float, usual: float, blamed: bool
) -> None:
    e = at_birth(TANH)
    start = replace(e.usual_start, frames=(signals(e.usual_start.first, usual),))
    e = begun(e, {0: {"signal_rms": own}, 2: {"signal_rms": 1.0}}, start, weight_rms=scaled(e, LARGE))
    assert found(first_weights.initial_scale, e) == blamed


@pytest.mark.parametrize(("share", "blamed"), [(1 / 29, False), (1 / 31, True)])
def test_a_thirtieth_of_the_usual_differences_between_samples(share: float, blamed: bool) -> None:
    e = at_birth(TANH)
    spread = (1.0, 1.0, share * e.usual_start.z_spread[-1])
    assert found(first_weights.initial_scale, begun(e, weight_rms=scaled(e, (0.2, 1, 1)), z_spread=spread)) == blamed


def test_weights_are_named_together_where_their_sizes_are_alike() -> None:
    e = at_birth(TANH)
    for ratios, where in (((4, 5, 1), "layers 1 and 2"), ((4, 5.5, 1), "layer 2"), ((5, 0.3, 1), "layer 1")):
        other = begun(e, weight_rms=scaled(e, ratios), train_loss=10 * e.usual_start.first.train_loss)
        assert f"The weights of {where} start at 5" in cause(first_weights.initial_scale, other).verdict.text


def some_dead(count: int, units: int = 8) -> dict[str, Any]:
    return {"dead": np.arange(units) < count}


@pytest.mark.parametrize(
    ("bias", "count", "usually", "severity"),
    [(-1.0, 3, 0, None), (-1.0, 4, 0, "warning"), (-1.0, 7, 3, "warning"), (-1.0, 7, 4, None), (-1.0, 8, 0, "fault"),
     (0.0, 7, 0, None), (1.0, 7, 0, None), (0.0, 8, 0, "fault")],
)  # fmt: skip
def test_half_of_a_layer_killed_by_its_biases(bias: float, count: int, usually: int, severity: str | None) -> None:
    e = at_birth(replace(RELU, layers=(Layer(8, "relu", bias=bias), *RELU.layers[1:])))
    start = replace(e.usual_start, frames=(with_layers(e.usual_start.first, {0: some_dead(usually)}),))
    result = first_weights.born_dead(begun(e, {0: some_dead(count)}, start))
    assert (result.verdict.severity if result else None) == severity
    if result:
        assert result.verdict.heading == ("Bias kills units at birth" if bias else "Units born dead")
        assert (result.verdict.value, result.verdict.threshold) == (count / 8, 0.5 if bias else 1.0)


@pytest.mark.parametrize(("count", "blamed"), [(3, False), (4, True)])
def test_a_layer_of_less_than_four_units_is_not_called_born_dead(count: int, blamed: bool) -> None:
    e = at_birth(replace(RELU, layers=(Layer(count, "relu"), *RELU.layers[1:])))
    assert found(first_weights.born_dead, begun(e, {0: some_dead(count, count)})) == blamed


@pytest.mark.parametrize(
    ("experiment", "share", "used", "blamed"),
    [
        (FLAT_OUTPUT, 0.49, True, False),
        (FLAT_OUTPUT, 0.51, True, True),
        (FLAT_OUTPUT, 0.9, False, False),
        (replace(SINE, layers=(Layer(8), Layer(1, "identity"))), 0.9, True, False),
    ],
)
def test_an_output_flat_on_half_of_the_samples(experiment: Experiment, share: float, used: bool, blamed: bool) -> None:
    e = at_birth(experiment)
    last = len(experiment.layers) - 1
    assert found(first_weights.output_slope, begun(e, {last: {"flat_share": share, "slope_used": used}})) == blamed


@pytest.mark.parametrize(("before", "blamed"), [(0.49, False), (0.51, True)])
def test_an_output_that_the_first_updates_flattened(before: float, blamed: bool) -> None:
    """Then these updates are to blame, unless most of the output was flat already."""
    e = updated(begun(at_birth(FLAT_OUTPUT), {2: {"flat_share": before}}), [(0.1, 0.1, 0.1)], {2: {"flat_share": 0.99}})
    assert found(first_weights.output_slope, e) == blamed


def test_an_output_that_became_flat_later() -> None:
    """Before the first update it was not flat, and the first updates left it so."""
    e = updated(begun(at_birth(FLAT_OUTPUT), {2: {"flat_share": 0.1}}), [(0.1, 0.1, 0.1)])
    later = replace(e, frame=with_layers(e.frame, {2: {"flat_share": 0.9}}))
    assert found(first_weights.output_slope, later)
    assert not found(first_weights.output_slope, e)


@pytest.mark.parametrize(("bias", "told"), [(2.9, False), (3.1, True), (-3.1, True)])
def test_a_bias_of_three_is_told(bias: float, told: bool) -> None:
    e = at_birth(replace(FLAT_OUTPUT, layers=(Layer(8), Layer(8), replace(OUTPUT, bias=bias))))
    text = cause(first_weights.output_slope, begun(e, {2: {"flat_share": 0.9}})).verdict.text
    assert (" (its bias started at " in text) == told


# --- updates ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("pull", "blamed"), [(0.19, False), (0.21, True)])
def test_a_penalty_that_pulls_with_a_fifth_of_the_gradient(pull: float, blamed: bool) -> None:
    e = at_birth(TANH)
    weights = np.sqrt(np.dot(e.start.weight_counts, np.square(e.start.weight_rms)))
    ones = np.sqrt(sum(e.start.weight_counts))
    for settings in (
        {"l2": pull * e.start.gradient_norm / weights},
        {"l1": pull * e.start.gradient_norm / ones},
        {"optimizer": f"adamw({pull * ones / weights:.6f})"},
    ):
        assert found(updates.penalty, at_birth(replace(TANH, **settings))) == blamed


@pytest.mark.parametrize(
    ("pull", "words"),
    [(0.5, "with 50 % of the strength"), (1.01, "with 1 times the strength"), (3.0, "with 3 times the")],
)
def test_the_strength_of_a_penalty_in_words(pull: float, words: str) -> None:
    e = at_birth(TANH)
    weights = np.sqrt(np.dot(e.start.weight_counts, np.square(e.start.weight_rms)))
    e = at_birth(replace(TANH, l2=pull * e.start.gradient_norm / weights))
    assert words in cause(updates.penalty, e).verdict.text


@pytest.mark.parametrize(
    ("times", "own", "free", "blamed"),
    [
        (9, 1e-4, 1e-3, False),
        (11, 1e-4, 1.1e-3, True),
        (11, 1e-4, 0.9e-3, False),
        (11, 0.9e-3, 2e-2, True),
        (11, 1.1e-3, 2e-2, False),
    ],
)
def test_a_gradient_clipped_to_a_tenth(times: float, own: float, free: float, blamed: bool) -> None:
    e = at_birth(replace(TANH, clip_norm=at_birth(TANH).start.gradient_norm / times))
    clipped, unclipped = updated(e, [(own, own, own)] * 3), updated(e, [(free, free, free)] * 3)
    assert found(updates.clipping, replace(clipped, replay=lambda tried, updates: unclipped.start)) == blamed
    assert not found(updates.clipping, replace(e, replay=lambda tried, updates: unclipped.start))  # no update as yet


@pytest.mark.parametrize(
    ("ratios", "blamed"),
    [
        ([0.9e-4] * 3, True),
        ([1.1e-4] * 3, False),
        ([0.5e-4, 0.9e-3, 0.5e-4], True),
        ([0.5e-4, 1.1e-3, 0.5e-4], False),
        ([0.0] * 3, False),
    ],
)
def test_updates_of_a_ten_thousandth(ratios: Sequence[float], blamed: bool) -> None:
    assert found(updates.rate_low, updated(at_birth(TANH), [(ratio, 0.0, ratio / 2) for ratio in ratios])) == blamed


@pytest.mark.parametrize(
    ("largest", "died", "blamed"), [(0.31, 1, False), (0.31, 2, True), (0.29, 2, False), (0.29, 8, False)]
)
def test_an_update_of_three_tenths_that_kills_a_quarter_of_a_layer(largest: float, died: int, blamed: bool) -> None:
    e = updated(at_birth(RELU), [(0.01, 0.01, 0.01), (0.01, largest, 0.01)], {0: some_dead(died)})
    assert found(updates.rate_high, e) == blamed
    if blamed:
        assert (cause(updates.rate_high, e).verdict.layers, cause(updates.rate_high, e).verdict.since) == ((2,), 2)


@pytest.mark.parametrize(("flat", "used", "blamed"), [(0.34, True, False), (0.36, True, True), (0.36, False, False)])
def test_an_update_that_flattens_a_quarter_of_a_layer(flat: float, used: bool, blamed: bool) -> None:
    e = begun(at_birth(TANH), {1: {"flat_share": 0.1}})
    e = updated(e, [(0.5, 0.01, 0.01)], {1: {"flat_share": flat, "slope_used": used}})
    assert found(updates.rate_high, e) == blamed
    relu = updated(begun(at_birth(RELU), {1: {"flat_share": 0.1}}), [(0.5, 0.01, 0.01)], {1: {"flat_share": 0.9}})
    assert not found(updates.rate_high, relu)  # units of the ReLU family are off and not flat


@pytest.mark.parametrize(("count", "blamed"), [(3, False), (4, True)])
def test_a_layer_of_less_than_four_units_says_nothing_about_the_rate(count: int, blamed: bool) -> None:
    experiment = replace(RELU, layers=(Layer(8, "relu"), Layer(count, "relu"), OUTPUT))
    e = updated(at_birth(experiment), [(0.5, 0.01, 0.01)], {1: some_dead(count, count)})
    assert found(updates.rate_high, e) == blamed


def test_a_unit_that_was_dead_before_is_not_killed_by_the_first_updates() -> None:
    e = begun(at_birth(RELU), {0: some_dead(4)})
    assert not found(updates.rate_high, updated(e, [(0.5, 0.01, 0.01)], {0: some_dead(5)}))
    assert found(updates.rate_high, updated(e, [(0.5, 0.01, 0.01)], {0: some_dead(6)}))


@pytest.mark.parametrize(
    ("first", "recent", "fall", "blamed"),
    [
        (0.31, 0.0, 0.009, True),
        (0.31, 0.0, 0.011, False),
        (0.29, 0.29, 0.0, False),
        (0.1, 0.31, 0.009, True),
        (0.1, 0.31, 0.011, False),
    ],
)
def test_large_updates_while_the_loss_stands_still(first: float, recent: float, fall: float, blamed: bool) -> None:
    """Recent updates are those of the last quarter of the run."""
    late = np.where((np.arange(81) > 60) & (np.arange(81) < 75), recent, 0.0)
    e = trained(updated(at_birth(TANH), [(first, 0.01, 0.01)]), fall, update_ratio_1=late, update_ratio_2=late * np.nan)
    assert found(updates.rate_high, e) == blamed


def test_large_updates_in_a_run_that_diverges() -> None:
    diverged = Divergence(step=40, layer=2, quantity="pre-activation z")
    for largest, kind in ((0.31, "rate_high"), (0.29, "diverged")):
        e = updated(at_birth(TANH), [(0.01, largest, 0.01)])
        result = find_cause(replace(e, frame=replace(e.frame, diverged=diverged)))
        assert result
        assert result.verdict.kind == kind
    assert not found(updates.diverged, at_birth(TANH))


# --- the error signal ------------------------------------------------------------------------------------------------


def signals(frame: Frame, ratio: float, slope: float = 1.0) -> Frame:
    """A frame whose layer 1 receives this share of the output's error signal, and whose slopes pass this share each."""
    layers = {
        0: {"signal_rms": ratio, "upstream_rms": ratio / slope},
        1: {"signal_rms": 1.0, "upstream_rms": 1.0 / slope},
        2: {"signal_rms": 1.0},
    }
    return with_layers(frame, layers)


def carrying(e: Evidence, ratio: float, slope: float) -> Evidence:
    start = replace(e.start, frames=(signals(e.start.first, ratio, slope),))
    return replace(e, frame=start.first, began=lambda updates: start, memory={})


@pytest.mark.parametrize(
    ("ratio", "slope", "blamed"),
    [(0.9e-3, 0.49, True), (1.1e-3, 0.49, False), (0.9e-3, 0.51, False), (0.0, 0.49, False), (np.nan, 0.49, False)],
)
def test_a_thousandth_of_the_signal_through_slopes_that_halve_it(ratio: float, slope: float, blamed: bool) -> None:
    assert found(error_signal.vanishing, carrying(at_birth(TANH), ratio, slope)) == blamed


@pytest.mark.parametrize(("ratio", "blamed"), [(900.0, False), (1100.0, True)])
def test_a_thousand_times_the_signal(ratio: float, blamed: bool) -> None:
    e = carrying(at_birth(TANH), ratio, 1.0)
    assert found(error_signal.exploding, e) == blamed
    if blamed:
        assert cause(error_signal.exploding, e).foretold


@pytest.mark.parametrize(
    ("experiment", "fall", "blamed"), [(SIGMOID, 0.009, True), (SIGMOID, 0.011, False), (TANH, 0.009, False)]
)
def test_a_signal_that_vanishes_during_the_run(experiment: Experiment, fall: float, blamed: bool) -> None:
    """Only where the loss stands still, and only through functions whose slope is below 1 everywhere."""
    e = trained(carrying(at_birth(experiment), 0.5, 0.8), fall)
    e = replace(e, frame=signals(e.frame, 0.9e-3, 0.4))
    assert found(error_signal.vanishing, e) == blamed
    if blamed:
        assert (cause(error_signal.vanishing, e).foretold, cause(error_signal.vanishing, e).verdict.since) == (False, 0)
    assert not found(error_signal.vanishing, replace(e, frame=signals(e.frame, 1.1e-3, 0.4)))


@pytest.mark.parametrize(("fall", "blamed"), [(0.009, True), (0.011, False)])
def test_a_signal_that_explodes_during_the_run(fall: float, blamed: bool) -> None:
    e = trained(carrying(at_birth(TANH), 2.0, 1.0), fall)
    e = replace(e, frame=signals(e.frame, 1100.0))
    assert found(error_signal.exploding, e) == blamed
    if blamed:
        assert not cause(error_signal.exploding, e).foretold
    assert not found(error_signal.exploding, replace(e, frame=signals(e.frame, 900.0)))


# --- units and fit ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("count", "fall", "severity"), [(3, 0.0, None), (4, 0.009, "warning"), (4, 0.011, None), (8, 0.0, "fault")]
)
def test_half_of_a_layer_dead_while_the_loss_stands_still(count: int, fall: float, severity: str | None) -> None:
    dead = np.where(np.arange(81) > 30, count, count - 1)
    result = units.dead(trained(at_birth(RELU), fall, {1: some_dead(count)}, dead_2=dead))
    assert (result.verdict.severity if result else None) == severity
    if result:
        assert (result.verdict.layers, result.verdict.since) == ((2,), 310)


@pytest.mark.parametrize(
    ("experiment", "share", "fall", "blamed"),
    [(TANH, 0.49, 0.0, False), (TANH, 0.51, 0.009, True), (TANH, 0.51, 0.011, False), (RELU, 0.9, 0.0, False)],
)
def test_most_slopes_flat_while_the_loss_stands_still(
    experiment: Experiment, share: float, fall: float, blamed: bool
) -> None:
    flat = np.where(np.arange(81) > 30, 0.5, 0.49)
    result = units.saturated(trained(at_birth(experiment), fall, {0: {"flat_share": share}}, flat_share_1=flat))
    assert (result is not None) == blamed
    assert result is None or result.verdict.since == 310


@pytest.mark.parametrize(
    ("hidden", "fall", "blamed"),
    [
        ((3, 9), 0.07, True),
        ((3, 9), 0.09, False),
        ((4, 4), 0.07, True),
        ((4, 5), 0.07, False),
        ((9,), 0.07, False),
        ((), 0.07, False),
    ],
)
def test_less_than_four_units_or_eight_in_all(hidden: Sequence[int], fall: float, blamed: bool) -> None:
    e = at_birth(replace(TANH, layers=(*(Layer(count) for count in hidden), OUTPUT)))
    result = fit.too_small(trained(e, fall))
    assert (result is not None) == blamed
    if result:
        assert result.verdict.layers == ((1,) if hidden == (3, 9) else (1, 2))  # the narrowest


@pytest.mark.parametrize(
    ("test_loss", "training_loss", "gap", "reachable", "blamed"),
    [
        (1.6, 0.7, 0.13, 0.9, True),
        (1.4, 0.6, 0.13, 0.9, False),  # the lowest test loss was 1
        (1.6, 0.85, 0.13, 0.9, False),
        (1.6, 0.7, 0.11, 0.9, False),
        (1.6, 0.7, 0.13, 0.84, False),  # not below what the data allow by 10 points, and less than the first loss
        (1.6, 0.7, 0.13, 0.86, True),
        (2.1, 0.7, 0.13, 0.84, True),  # more than the first loss
    ],
)
def test_a_test_loss_of_half_as_much_again(
    test_loss: float, training_loss: float, gap: float, reachable: float, blamed: bool
) -> None:
    e = at_birth(TANH)
    start = replace(e.start, frames=(replace(e.start.first, test_loss=2.0),))
    rise = np.where(np.arange(81) == 30, 1.0, np.maximum(test_loss, 1.0))
    e = trained(replace(e, began=lambda updates: start), test_loss=rise)
    frame = replace(e.frame, test_loss=test_loss, train_loss=training_loss)
    e = replace(e, frame=frame, score=0.755 + gap, test_score=0.755, yardsticks=Yardsticks(0.5, reachable))
    assert found(fit.overfitting, e) == blamed
    if blamed:
        assert cause(fit.overfitting, e).verdict.since == 300
    assert not found(fit.overfitting, replace(e, test_score=None))
    assert not found(fit.overfitting, replace(e, frame=replace(frame, test_loss=None)))


@pytest.mark.parametrize(
    ("fall", "heading"),
    [
        (0.009, "Stuck on a plateau"),
        (0.011, "Learning very slowly"),
        (0.079, "Learning very slowly"),
        (0.081, None),
    ],
)
def test_a_loss_that_falls_by_less_than_eight_per_cent(fall: float, heading: str | None) -> None:
    result = fit.plateau(trained(at_birth(TANH), fall))
    assert (result.verdict.heading if result else None) == heading


# --- what the rules ask of the evidence ------------------------------------------------------------------------------


@pytest.mark.parametrize(("step", "known"), [(199, False), (200, True)])
def test_a_run_of_less_than_two_hundred_updates_says_nothing_about_progress(step: int, known: bool) -> None:
    e = at_birth(TANH)
    assert np.isnan(trained(e, step=step).progress) != known
    later = replace(trained(e, step=step), changed_at=1)
    assert np.isnan(later.progress)


@pytest.mark.parametrize(("rows", "known"), [(1, False), (2, True)])
def test_two_rows_in_each_of_the_last_eighths_are_needed(rows: int, known: bool) -> None:
    e = trained(at_birth(TANH))
    for low, high in ((600, 700), (700, 801)):
        steps = e.history["step"]
        thin = (steps < low) | (steps >= high) | (steps < low + 10 * rows)
        thinned = replace(e, history={name: values[thin] for name, values in e.history.items()})
        assert np.isnan(thinned.progress) != known


@pytest.mark.parametrize(("above", "since"), [(1.019, 0), (1.021, 310)])
def test_a_loss_stands_since_it_came_within_two_per_cent(above: float, since: int) -> None:
    e = trained(at_birth(TANH), 0.0)
    losses = np.where(np.arange(81) > 30, 1.0, above)
    assert replace(e, history={**e.history, "train_loss": losses}).still_since == since


@pytest.mark.parametrize(("difference", "same"), [(0.9e-6, True), (1.1e-6, False)])
def test_units_are_the_same_up_to_a_millionth_of_their_weights(difference: float, same: bool) -> None:
    equal = replace(TANH, layers=(Layer(8, initializer="constant(0.5)"), OUTPUT), dtype="float64")
    trainer = Trainer(replace(equal, layers=(equal.layers[0], Layer(1, "sigmoid", initializer="constant(0.5)"))))
    trainer.network.weights[0][3] += 0.5 * difference
    assert first_updates(trainer, 0).symmetric == ((0,) if same else ())
