"""The twins: the right one is a Trainer's run, the wrong one differs by its bug alone, and the surprise is kept."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from backprop import Experiment, Layer, Network, SpecError, Trainer, gradcheck
from backprop.explain.agreement import Agreement
from backprop.explain.bugs import BUGS, applicable_bugs, buggy_backward
from backprop.studies.twins import Twins, exact, surprise, visible_bugs

STACK = (Layer(6, "tanh"), Layer(6, "relu"), Layer(1, "sigmoid"))
PLAIN = Experiment(dataset="moons", layers=STACK, samples=100, batch_size=16, seed=4)
CLASSES = Experiment(dataset="three_arms", layers=(Layer(6, "tanh"), Layer(3, "softmax")), loss="mse", samples=100)
LOADED = replace(
    PLAIN, optimizer="momentum(0.5)", schedule="step(10,0.5)", clip_norm=0.3, l1=1e-3, l2=1e-2, learning_rate=0.2
)
EXPERIMENTS = {
    "plain": PLAIN,
    "loaded": LOADED,
    "lsuv": replace(PLAIN, layers=(Layer(6, "tanh", None, "lsuv"), *STACK[1:])),
}


def _last(twins: Twins, steps: int) -> None:
    for _ in twins.train(steps):
        pass


@pytest.mark.parametrize("experiment", EXPERIMENTS.values(), ids=EXPERIMENTS)
def test_the_right_twin_is_the_run_of_a_trainer(experiment: Experiment) -> None:
    twins, trainer = Twins(experiment, "prime_forgotten"), Trainer(replace(experiment, dtype="float64"))
    np.testing.assert_array_equal(twins.right.parameters, trainer.network.parameters)
    np.testing.assert_array_equal(twins.right.parameters, twins.wrong.parameters)
    _last(twins, 37)  # into the eighth epoch, whose last batches are smaller
    trainer.step(37)
    np.testing.assert_allclose(twins.right.parameters, trainer.network.parameters, rtol=1e-9, atol=1e-12)
    assert twins.moment().right_loss == pytest.approx(trainer.frame().train_loss, rel=1e-9)
    assert np.abs(twins.wrong.parameters - twins.right.parameters).max() > 1e-2


def test_a_step_of_the_wrong_twin_is_a_step_along_its_bug() -> None:
    whole = replace(PLAIN, optimizer="sgd", batch_size=500)  # one batch, so that its order plays no part
    twins = Twins(whole, "bce_sign")
    before = twins.wrong.parameters.copy()
    gradient = buggy_backward(twins.wrong, twins.wrong.forward(twins.X), twins.y, "bce_sign").flat
    _last(twins, 1)
    np.testing.assert_allclose(twins.wrong.parameters, before - whole.learning_rate * gradient, rtol=1e-12)


@pytest.mark.parametrize("bug", BUGS)
def test_moments_measure_at_the_weights_of_the_wrong_twin(bug: str) -> None:
    twins = Twins(CLASSES if bug == "softmax_diagonal" else PLAIN, bug)
    moments = list(twins.train(20, every=5))
    assert [moment.step for moment in moments] == [5, 10, 15, 20]
    moment, n = moments[-1], twins.measured
    X, y = twins.X[:n], twins.y[:n]
    true = twins.wrong.backward(twins.wrong.forward(X), y)
    wrong = buggy_backward(twins.wrong, twins.wrong.forward(X), y, bug)
    for agreement, g, h in zip(moment.agreement, true.blocks, wrong.blocks, strict=True):
        lengths = np.linalg.norm(g), np.linalg.norm(h)
        assert agreement.norm_ratio == pytest.approx(lengths[1] / lengths[0])
        assert agreement.cosine == pytest.approx((g * h).sum() / lengths[0] / lengths[1])
    assert moment.wrong_loss == pytest.approx(twins.wrong.loss_value(twins.wrong.forward(twins.X), twins.y))
    assert moment.right_loss == pytest.approx(twins.right.loss_value(twins.right.forward(twins.X), twins.y))
    history = twins.history
    np.testing.assert_array_equal(history.column("step"), [0, 5, 10, 15, 20])
    assert history.column("wrong_loss")[-1] == moment.wrong_loss
    assert history.column("right_loss")[-1] == moment.right_loss
    for number, layer in enumerate(moment.agreement, start=1):
        assert history.column(f"cosine_{number}")[-1] == layer.cosine
        assert history.column(f"norm_ratio_{number}")[-1] == layer.norm_ratio


def test_the_gradient_check_names_the_layers() -> None:
    twins = Twins(replace(PLAIN, batch_size=8), "prime_forgotten")
    first, second, output = twins.check_errors
    assert min(first, second) > 0.05
    assert output < 1e-8
    # By hand, for the first layer.
    X, y = twins.X[:8], twins.y[:8]
    analytic = buggy_backward(twins.wrong, twins.wrong.forward(X), y, "prime_forgotten").blocks[0].ravel()
    numeric = gradcheck(twins.wrong, X, y).numeric[: analytic.size]
    by_hand = np.linalg.norm(analytic - numeric) / (np.linalg.norm(analytic) + np.linalg.norm(numeric))
    assert first == pytest.approx(by_hand)


def test_a_twin_that_overflows_keeps_its_last_finite_weights() -> None:
    curve = Experiment(dataset="sine", layers=(Layer(12, "tanh"), Layer(1, "identity")), loss="mse", optimizer="sgd")
    twins = Twins(replace(curve, learning_rate=0.3), "mean_forgotten")
    _last(twins, 600)
    assert twins.stopped_at is not None
    assert 0 < twins.stopped_at < 600
    assert np.isfinite(twins.wrong.parameters).all()
    assert twins.moment().right_loss < 0.5  # the other one goes on
    assert twins.step_count == 600


def test_a_gradient_that_overflows_at_once_passes_no_check() -> None:
    huge = Layer(4, "identity", None, "normal", 1000)
    experiment = replace(PLAIN, layers=(*[huge] * 20, Layer(1, "sigmoid", None, "normal", 1000)))
    assert "prime_forgotten" in visible_bugs(experiment)
    twins = Twins(experiment, "prime_forgotten")
    assert math.isnan(twins.check_errors[0])
    _last(twins, 4)
    assert twins.stopped_at == 0
    np.testing.assert_array_equal(twins.wrong.parameters, Twins(experiment, "prime_forgotten").right.parameters)


def test_a_gradient_too_small_for_a_check_is_no_error() -> None:
    zeros = tuple(replace(layer, initializer="zeros") for layer in STACK)
    twins = Twins(replace(PLAIN, layers=zeros), "prime_forgotten")
    assert twins.check_errors[:2] == (0.0, 0.0)  # behind weights that are all zero no gradient arrives
    # As many of each class: the output's gradient is zero as well, but for rounding.
    half = replace(PLAIN, layers=zeros, dataset="circle", noise=0.0, batch_size=500, test_share=0.0, samples=32)
    assert Twins(half, "prime_forgotten").check_errors == (0.0, 0.0, 0.0)
    assert Twins(half, "bce_sign").check_errors[2] > 0.9


# --- what shows, and the surprise ------------------------------------------------------------------------------------


def test_all_that_can_be_made_shows_unless_one_sample_hides_it() -> None:
    bugs = applicable_bugs(Network(2, STACK, "bce"))
    assert len(bugs) == 5
    assert visible_bugs(PLAIN) == bugs
    # The mean of one is its sum; and the first sample is of class 1, for which the printed sign is right.
    one = replace(PLAIN, batch_size=1)
    assert Twins(one, "bce_sign").y[0] == 1
    assert visible_bugs(one) == [bug for bug in bugs if bug not in ("mean_forgotten", "bce_sign")]


def test_the_surprise_is_drawn_by_the_seed() -> None:
    drawn = [surprise(replace(PLAIN, seed=seed)) for seed in range(40)]
    assert drawn == [surprise(replace(PLAIN, seed=seed)) for seed in range(40)]
    assert set(drawn) == set(visible_bugs(PLAIN))


def test_no_surprise_where_nothing_shows() -> None:
    still = replace(PLAIN, layers=(Layer(1, "sigmoid"),), loss="mse", batch_size=1)
    assert visible_bugs(replace(still, batch_size=2)) == ["mean_forgotten"]
    with pytest.raises(SpecError, match="no mistake shows in this network"):
        surprise(still)


def test_a_surrogate_is_refused_in_one_sentence() -> None:
    other = replace(PLAIN, layers=(Layer(6, "relu", "tanh"), *STACK[1:]))
    for attempt in (lambda: Twins(other, "bce_sign"), lambda: surprise(other)):
        with pytest.raises(SpecError, match="layer 1 runs backward on another slope than its own"):
            attempt()


def test_a_bug_without_a_place_is_refused() -> None:
    with pytest.raises(SpecError, match="no layer of this network is a softmax"):
        Twins(PLAIN, "softmax_diagonal")


def test_exact_is_the_same_direction_and_the_same_length() -> None:
    assert exact(Agreement(1.0, 1.0))
    assert exact(Agreement(1 - 1e-12, 1 + 1e-12))
    for cosine, ratio in ((0.99, 1.0), (1.0, 1.01), (1.0, 32.0), (-1.0, 1.0), (math.nan, 0.0), (math.nan, math.nan)):
        assert not exact(Agreement(cosine, ratio))
