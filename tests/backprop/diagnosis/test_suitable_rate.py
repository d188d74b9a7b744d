"""Which learning rate is proposed, on trials whose outcome is given: what is tried, and what is chosen."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from backprop import Experiment, Layer, Trainer
from backprop.diagnosis import Divergence, Evidence, Start
from backprop.diagnosis.suitable_rate import is_safe, with_suitable_rate
from backprop.training.examination import evidence

EXPERIMENT = Experiment(dataset="circle", layers=(Layer(8), Layer(8), Layer(1, "sigmoid")), learning_rate=0.01)
FIRST_LOSS = 2.0


def begun(ratios: Sequence[float], diverged: bool = False) -> Start:
    """A beginning whose updates change every layer by these shares of its weights; the first loss is 2."""
    start = evidence(Trainer(EXPERIMENT)).start
    frames = [replace(start.first, train_loss=FIRST_LOSS)]
    for step, ratio in enumerate(ratios, 1):
        layers = tuple(replace(layer, update_ratio=ratio) for layer in start.first.layers)
        frames.append(replace(frames[0], step=step, layers=layers))
    if diverged:
        frames[-1] = replace(frames[-1], diverged=Divergence(step=len(ratios), layer=1, quantity="pre-activation z"))
    return replace(start, frames=tuple(frames))


def trying(
    losses: Callable[[float], float], ratio: float = 1.0, beginning: Callable[[float], Start] | None = None
) -> tuple[Evidence, list[float]]:
    """Evidence whose trials end with a loss that depends on the rate, and a list of the rates on trial.

    Args:
        losses: The loss after a trial, as a function of the learning rate.
        ratio: The update ratio of a learning rate of 1; the two are proportional.
        beginning: The first updates as a function of the learning rate, where they are not.
    """
    tried: list[float] = []

    def trial(experiment: Experiment) -> float:
        tried.append(experiment.learning_rate)
        return losses(experiment.learning_rate)

    def replay(experiment: Experiment, updates: int) -> Start:
        rate = experiment.learning_rate
        return beginning(rate) if beginning else begun([rate * ratio] * 3)

    return replace(evidence(Trainer(EXPERIMENT)), replay=replay, trial=trial), tried


@pytest.mark.parametrize(
    ("ratios", "safe"),
    [
        ([0.9e-4] * 3, False),
        ([1.1e-4] * 3, True),
        ([4.9e-2] * 3, True),
        ([5.1e-2] * 3, False),
        ([1e-2, 0.29, 1e-2], True),
        ([1e-2, 0.31, 1e-2], False),
        ([], False),
    ],
)
def test_first_updates_that_are_safe(ratios: Sequence[float], safe: bool) -> None:
    assert is_safe(begun(ratios)) == safe
    if ratios:
        assert not is_safe(begun(ratios, diverged=True))


def test_rates_around_the_fitting_one_are_tried() -> None:
    e, tried = trying(lambda rate: FIRST_LOSS, ratio=0.5)
    with_suitable_rate(e, EXPERIMENT, keep=False)
    assert set(tried) == {0.003, 0.01, 0.03, 0.1}  # 0.005, the update ratio of 0.01, is usual
    e, tried = trying(lambda rate: FIRST_LOSS, ratio=1.0)
    with_suitable_rate(e, replace(EXPERIMENT, learning_rate=0.03), keep=False)
    assert set(tried) == {0.0009, 0.003, 0.009, 0.03}  # updates of 0.003 are usual


@pytest.mark.parametrize(("ratio", "fitting"), [(0.09, 0.03), (0.11, 0.01), (0.9, 0.01), (1.1, 0.003)])
def test_a_rate_fits_whose_first_updates_are_a_thousandth_to_a_hundredth(ratio: float, fitting: float) -> None:
    e, tried = trying(lambda rate: FIRST_LOSS, ratio)
    with_suitable_rate(e, EXPERIMENT, keep=False)
    assert sorted(set(tried))[1] == fitting


def test_the_largest_update_counts_a_tenth_where_the_others_are_small() -> None:
    """The first update of a rate that is far too high flattens all slopes, and the next ones are small."""
    e, tried = trying(lambda rate: FIRST_LOSS, beginning=lambda rate: begun([3.0 * rate / 0.01, 1e-5, 1e-5]))
    with_suitable_rate(e, EXPERIMENT, keep=False)
    assert set(tried) <= {0.00003, 0.0001, 0.0003, 0.001}


def test_a_rate_that_diverges_is_divided_by_ten_and_none_above_one_is_a_guess() -> None:
    def beginning(rate: float) -> Start:
        begins.append(rate)
        return begun([rate] * 3, diverged=rate > 0.005)

    begins: list[float] = []
    e, _ = trying(lambda rate: FIRST_LOSS, beginning=beginning)
    with_suitable_rate(e, replace(EXPERIMENT, learning_rate=50.0), keep=False)
    assert begins[:4] == [1.0, 0.1, 0.01, 0.001]


def test_no_more_than_six_rates_are_begun_in_search_of_the_fitting_one() -> None:
    begins: list[float] = []

    def beginning(rate: float) -> Start:
        begins.append(rate)
        return begun([rate] * 3, diverged=True)

    e, tried = trying(lambda rate: FIRST_LOSS, beginning=beginning)
    found = with_suitable_rate(e, replace(EXPERIMENT, learning_rate=1.0), keep=False)
    assert len(begins) == 6 + len(tried)
    assert found.learning_rate == pytest.approx(1e-6)


# --- the choice, with updates of the usual size at 0.003: rates of 0.0009, 0.003, 0.009 and 0.03 are tried -----------

RATES = (0.0009, 0.003, 0.009, 0.03)


@pytest.mark.parametrize(
    ("left", "chosen"),
    [
        ((0.8, 0.29, 0.2, 0.1), 0.003),  # the smallest that learns
        ((0.8, 0.31, 0.2, 0.1), 0.009),
        ((0.8, 0.6, 0.4, 0.5), 0.009),  # none learns within the trial: the best
        ((0.91, 0.91, 0.89, 0.95), 0.009),
        ((0.91, 0.91, 0.91, 0.95), 0.03),  # none moves: the longest steps that are safe
        ((0.91, 0.8, math.inf, math.inf), 0.003),
        ((math.inf,) * 4, 0.003),  # all diverge: the fitting one
    ],
)
def test_which_rate_is_chosen(left: Sequence[float], chosen: float) -> None:
    shares = dict(zip(RATES, left, strict=True))
    e, tried = trying(lambda rate: FIRST_LOSS * shares[rate])
    assert with_suitable_rate(e, replace(EXPERIMENT, learning_rate=0.003), keep=False).learning_rate == chosen
    assert set(tried) == set(RATES)


@pytest.mark.parametrize(
    ("present", "other", "kept"), [(0.89, 0.1, True), (0.91, 0.1, False), (0.91, 0.92, True), (0.95, 0.92, False)]
)
def test_a_rate_that_moves_the_loss_is_kept(present: float, other: float, kept: bool) -> None:
    as_it_is = (0.004, EXPERIMENT.learning_rate)
    e, _ = trying(lambda rate: FIRST_LOSS * (present if rate in as_it_is else other))
    found = with_suitable_rate(e, replace(EXPERIMENT, learning_rate=0.004))
    assert (found.learning_rate == 0.004) == kept


@pytest.mark.parametrize(("ratio", "kept"), [(0.9e-4, False), (1.1e-4, True)])
def test_a_rate_that_cannot_be_tried_is_kept_where_its_first_updates_are_safe(ratio: float, kept: bool) -> None:
    e, _ = trying(lambda rate: math.nan, ratio / 0.01)
    assert (with_suitable_rate(e, EXPERIMENT) == EXPERIMENT) == kept


@pytest.mark.parametrize(("loss", "kept"), [(1.7, True), (1.75, False)])
def test_a_treatment_whose_rate_does_harm_gets_another(loss: float, kept: bool) -> None:
    """The run as it is ends at 1.2, which is clearly lower than 1.75 and not clearly lower than 1.7."""
    e, _ = trying(lambda rate: {0.004: loss, EXPERIMENT.learning_rate: 1.2}.get(rate, 0.1))
    treated = replace(EXPERIMENT, seed=5, learning_rate=0.004)
    assert (with_suitable_rate(e, treated) == treated) == kept
