"""Each cause on a network that has it, next to one that nearly has; the numbers in its sentence against plain ones."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from backprop import DATASETS, Experiment, Layer, Trainer, Verdict
from backprop.diagnosis import FLAT_THRESHOLD, Divergence, judge
from backprop.diagnosis.cause import Rule
from backprop.diagnosis.causes import CAUSES, as_written, error_signal, first_weights, fit, units, updates
from backprop.diagnosis.causes.error_signal import EXPLODING, VANISHING
from backprop.diagnosis.causes.units import FEW_UNITS, HALF, QUARTER
from backprop.diagnosis.evidence import HARDLY, NEAR_ENOUGH, STANDING
from backprop.diagnosis.numbers_in_words import percent
from backprop.diagnosis.start import SAME
from backprop.diagnosis.words import size
from backprop.heads import natural_head
from backprop.training.examination import evidence
from tests.helpers import rms


def network(dataset: str, *hidden: Layer, output: Layer | None = None, **settings: Any) -> Experiment:
    """An experiment with the output layer and loss that suit its dataset."""
    natural, loss = natural_head(DATASETS[dataset])
    fields = {"loss": loss, "learning_rate": 0.01, "seed": 1, **settings}
    return Experiment(dataset=dataset, layers=(*hidden, output or natural), **fields)


def run(experiment: Experiment, steps: int = 400, looks: int = 20) -> Trainer:
    """A run that was looked at now and then."""
    trainer = Trainer(experiment)
    for _ in range(looks):
        trainer.step(steps // looks)
        trainer.frame()
    return trainer


def verdict(experiment: Experiment, steps: int = 400) -> Verdict:
    """The finding about a run at its end."""
    [found] = (run(experiment, steps) if steps else Trainer(experiment)).verdicts()
    return found


def two(activation: str, units: int = 8, **fields: Any) -> Sequence[Layer]:
    return [Layer(units, activation, **fields)] * 2


# --- as written ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("layers", "named", "function"),
    [
        ([Layer(4, "tanh"), Layer(6, "step")], (2,), "step"),
        ([Layer(6, "sign"), Layer(6, "step")], (1, 2), "sign and step"),
        ([Layer(4, "relu", "zero"), Layer(4, "tanh")], (1,), "the backward function zero"),
    ],
)
def test_a_layer_without_a_slope_is_named_before_the_first_update(
    layers: Sequence[Layer], named: tuple[int, ...], function: str
) -> None:
    found = verdict(network("moons", *layers), steps=0)
    assert (found.kind, found.severity, found.layers, found.since) == ("no_slope", "fault", named, 0)
    where = f"layer {named[0]}" if len(named) == 1 else "layers 1 and 2"
    assert found.text == f"In {where} the slope of {function} is 0 for every z: no error signal gets past it."


def test_a_step_with_a_surrogate_has_a_slope() -> None:
    assert verdict(network("moons", *two("step", backward="sigmoid")), steps=0).kind == "healthy"


@pytest.mark.parametrize(
    ("output", "text"),
    [
        ("sigmoid", "sigmoid, the output's activation, never goes below 0."),
        ("relu", "ReLU, the output's activation, never goes below 0."),
        ("tanh", "tanh, the output's activation, never goes below −1."),
    ],
)
def test_targets_that_the_output_cannot_reach(output: str, text: str) -> None:
    experiment = network("sine", *two("tanh"), output=Layer(1, output))
    targets = Trainer(experiment).dataset.y[:210]
    found = verdict(experiment, steps=0)
    assert (found.kind, found.layers) == ("output_range", (3,))
    low, high = (f"{bound:.2g}".replace("-", "−") for bound in (targets.min(), targets.max()))
    assert found.text == f"The targets go from {low} to {high}, but {text}"
    low_end = -1.0 if output == "tanh" else 0.0
    outside = max(low_end - targets.min(), targets.max() - (1.0 if output != "relu" else math.inf))
    assert found.value == pytest.approx(outside / (targets.max() - targets.min()))


def test_an_output_that_reaches_the_targets_is_not_blamed() -> None:
    assert verdict(network("sine", *two("tanh")), steps=0).kind == "healthy"
    assert verdict(network("circle", *two("tanh"), output=Layer(1, "sigmoid"), loss="mse"), steps=0).kind == "healthy"


@pytest.mark.parametrize("hidden", [[], two("identity")])
def test_a_linear_network_on_a_curved_problem(hidden: Sequence[Layer]) -> None:
    found = verdict(network("circle", *hidden))
    assert (found.kind, found.layers) == ("linear", tuple(range(1, len(hidden) + 1)))
    what = "All hidden layers are linear" if hidden else "There is no hidden layer"
    assert found.text == (
        f"{what}, and the best linear model classifies {percent(found.value)} of the samples correctly; 100 % can be "
        "reached."
    )
    assert found.value < 0.6


def test_a_linear_network_is_enough_for_two_clouds() -> None:
    assert verdict(network("gauss")).kind == "healthy"
    assert verdict(network("plane", *two("identity"))).kind == "healthy"


# --- the first weights -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "heading"), [("zeros", "All weights start at zero"), ("constant(0.5)", "All units start the same")]
)
def test_equal_units_stay_equal(start: str, heading: str) -> None:
    layers = two("tanh", initializer=start)
    experiment = network("circle", *layers, output=Layer(1, "sigmoid", initializer=start))
    trainer = run(experiment)
    assert all(np.ptp(block, axis=0).max() < 1e-5 for block in trainer.network.blocks[:-1])  # which is the reason
    [found] = trainer.verdicts()
    assert (found.kind, found.heading, found.layers) == ("symmetric", heading, (1, 2))
    assert "in every step: each layer works like a single unit." in found.text
    shallow = verdict(network("circle", layers[0], output=experiment.output), steps=0)
    assert "in every step: the layer works like a single unit." in shallow.text


def test_equal_weights_in_one_layer_alone_do_not_keep_units_equal() -> None:
    experiment = network("circle", Layer(8, "tanh", initializer="constant(0.5)"), Layer(8, "tanh"))
    assert verdict(experiment).kind != "symmetric"
    trainer = run(experiment)
    assert np.ptp(trainer.network.blocks[0], axis=0).max() > 0.1


@pytest.mark.parametrize(
    ("layers", "heading", "shows"),
    [
        (two("tanh", gain=30.0), "Initial weights too large", "of the slopes in layer 1 are flat before the first"),
        (two("relu", initializer="normal(10)"), "Initial weights too large", ": the loss begins at "),
        ([Layer(8, "tanh", gain=0.05)] * 4, "Initial weights too small", "differences between samples reach the"),
    ],
)
def test_initial_weights_of_the_wrong_size(layers: Sequence[Layer], heading: str, shows: str) -> None:
    experiment = network("circle", *layers)
    found = verdict(experiment, steps=0)
    assert (found.kind, found.heading) == ("initial_scale", heading)
    assert shows in found.text
    usual = Trainer(
        replace(experiment, layers=tuple(replace(x, initializer="auto", gain=1.0) for x in experiment.layers))
    )
    own = Trainer(experiment)
    ratios = [rms(a) / rms(b) for a, b in zip(own.network.weights, usual.network.weights, strict=True)]
    farthest = max(range(len(ratios)), key=lambda j: abs(math.log(ratios[j])))
    assert f"start at {size(ratios[farthest])} their usual size: " in found.text
    assert set(found.layers) == {j + 1 for j, ratio in enumerate(ratios) if not 0.4 <= ratio <= 2.5}


def test_a_wrong_size_that_does_no_harm_is_left_alone() -> None:
    assert verdict(network("circle", *two("tanh", gain=3.0)), steps=0).kind == "healthy"


def test_units_that_a_bias_kills_at_birth() -> None:
    found = verdict(network("circle", Layer(8, "relu", bias=-20.0), Layer(6, "relu")))
    assert (found.kind, found.heading) == ("dead", "Bias kills units at birth")
    assert found.text == (
        "8 of the 8 ReLU units in layer 1 are dead before the first update, because their biases start at −20: their "
        "slope is 0 on every training sample."
    )
    assert found.layers == (1,)  # the ReLUs in layer 2, whose z is their bias of 0, are off because of it
    assert found.units == tuple((1, unit) for unit in range(1, 9))
    assert found.value == 1.0


NEGATIVE = Layer(6, "relu", initializer="constant(-0.5)")  # never on behind ReLUs


def test_units_born_dead_without_a_bias() -> None:
    """Layer 2 has negative weights on what ReLUs give, which is never negative; layer 3 gets nothing but 0 from it."""
    found = verdict(network("circle", Layer(8, "relu"), NEGATIVE, Layer(5, "relu")), steps=0)
    assert (found.kind, found.heading, found.severity) == ("dead", "Units born dead", "fault")
    assert found.layers == (2,)
    assert found.units == tuple((2, unit) for unit in range(1, 7))
    assert found.text == (
        "6 of the 6 ReLU units in layer 2 are dead before the first update: their slope is 0 on every training sample."
    )


def test_a_small_bias_is_harmless() -> None:
    """A rate of 10 ruins this network; its biases of 0.1 do not."""
    found = verdict(network("circle", *two("tanh", bias=0.1), optimizer="sgd", learning_rate=10.0))
    assert found.kind == "rate_high"
    assert "bias" not in found.text


@pytest.mark.parametrize("bias", [20.0, 0.0])
def test_a_flat_output_on_squared_error(bias: float) -> None:
    experiment = network(
        "circle",
        Layer(8, "tanh"),
        output=Layer(1, "sigmoid", bias=bias),
        loss="mse",
        optimizer="sgd",
        learning_rate=0.3,
    )
    found = verdict(experiment)
    assert (found.kind == "output_slope") == (bias == 20.0)
    if bias:
        assert found.layers == (2,)
        assert "The sigmoid output is flat on 100 % of the samples (its bias started at 20)" in found.text


def test_a_flat_output_whose_slope_cancels_is_no_fault() -> None:
    experiment = network(
        "circle", Layer(8, "tanh"), output=Layer(1, "sigmoid", bias=20.0), optimizer="sgd", learning_rate=0.3
    )
    assert verdict(experiment, steps=0).kind == "healthy"


# --- updates ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("activation", "optimizer", "rate", "did"),
    [
        ("relu", "sgd", 5.0, " had died."),
        ("relu", "adam", 1.0, " had died."),
        ("tanh", "sgd", 20.0, " of the slopes in layer "),
        ("sigmoid", "sgd", 20.0, " of the slopes in layer "),
    ],
)
def test_a_rate_that_destroys_the_network_in_its_first_updates(
    activation: str, optimizer: str, rate: float, did: str
) -> None:
    experiment = network("circle", *two(activation), optimizer=optimizer, learning_rate=rate, seed=9)
    found = verdict(experiment)
    assert (found.kind, found.severity) == ("rate_high", "fault")
    assert did in found.text
    again = Trainer(experiment)
    ratios = []
    for _ in range(48):
        before = [weights.copy() for weights in again.network.weights]
        again.step()
        after = again.network.weights
        ratios.append([rms(new - old) / rms(new) for new, old in zip(after, before, strict=True)])
    step, layer = np.unravel_index(int(np.argmax(ratios)), (48, 3))
    assert (found.since, found.layers) == (step + 1, (layer + 1,))
    assert found.value == pytest.approx(ratios[step][layer], rel=1e-5)
    assert found.text.startswith(f"Update {step + 1} changed the weights of ")


def test_a_run_that_diverges_has_a_rate_that_is_too_high() -> None:
    trainer = run(network("plane", *two("relu"), optimizer="sgd", learning_rate=30.0))
    assert trainer.diverged
    [found] = trainer.verdicts()
    assert found.kind == "rate_high"
    assert f"after step {trainer.diverged.step} {trainer.diverged.where} became infinite or undefined" in found.text
    assert found.symptoms[0].text == trainer.diverged.sentence
    assert found.remedy
    assert found.remedy.settings["learning_rate"] < 1


def test_a_run_that_diverges_after_small_updates_is_said_to_diverge() -> None:
    """A rate schedule is not needed for it: the frame is given the divergence of another run."""
    trainer = run(network("plane", *two("relu"), learning_rate=1e-3))
    e = evidence(trainer)
    at = Divergence(step=400, layer=2, quantity="pre-activation z")
    [found] = judge(replace(e, frame=replace(e.frame, diverged=at), score=0.0))
    assert (found.kind, found.heading, found.text, found.layers) == ("diverged", "The run diverged", at.sentence, (2,))


@pytest.mark.parametrize(("optimizer", "rate"), [("sgd", 1e-5), ("adam", 1e-6)])
def test_a_rate_that_changes_nothing(optimizer: str, rate: float) -> None:
    found = verdict(network("circle", *two("tanh"), optimizer=optimizer, learning_rate=rate))
    assert (found.kind, found.layers) == ("rate_low", ())
    assert 0 < found.value < found.threshold == 1e-4
    assert found.text == (
        f"An update changes no layer's weights by more than {percent(found.value)} of their size; 0.1 % to 1 % is "
        "usual."
    )


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"l2": 1.0}, "an L2 penalty of 1 pulls"),
        ({"l1": 0.3}, "an L1 penalty of 0.3 pulls"),
        ({"l1": 0.3, "l2": 1.0}, "an L1 penalty of 0.3 and an L2 penalty of 1 pulls"),
        ({"optimizer": "adamw(10)"}, "a weight decay of 10 pulls"),
    ],
)
def test_a_penalty_that_pulls_harder_than_the_data(settings: dict[str, Any], words: str) -> None:
    experiment = network("moons", *two("tanh"), **settings)
    found = verdict(experiment)
    assert found.kind == "penalty"
    assert words in found.text
    trainer = Trainer(experiment)
    trainer.frame()
    weights = np.concatenate([w.ravel() for w in trainer.network.weights])
    gradient = np.concatenate([g.ravel() for g in trainer.gradients.weights])
    pull = np.linalg.norm(experiment.l1 * np.sign(weights) + experiment.l2 * weights) / np.linalg.norm(gradient)
    if "optimizer" not in settings:
        assert found.value == pytest.approx(pull, rel=0.35)  # both norms are added, which is an upper bound
        assert found.value >= pull * 0.999


def test_a_slight_penalty_is_left_alone() -> None:
    assert verdict(network("moons", *two("tanh"), l2=1e-4, learning_rate=0.02), steps=2000).kind == "healthy"


def test_a_gradient_clipped_too_short() -> None:
    experiment = network("circle", *two("tanh"), optimizer="sgd", learning_rate=0.3, clip_norm=1e-5)
    found = verdict(experiment)
    assert found.kind == "clipping"
    assert "is clipped at 1e−5: an update changes the weights by " in found.text
    assert verdict(replace(experiment, clip_norm=1.0)).kind != "clipping"


# --- the error signal ------------------------------------------------------------------------------------------------


def test_ten_sigmoids_are_named_together() -> None:
    found = verdict(network("circle", *[Layer(8, "sigmoid")] * 10, optimizer="sgd", learning_rate=0.1))
    assert (found.kind, found.layers, found.since) == ("vanishing", tuple(range(1, 11)), 0)
    start = Trainer(network("circle", *[Layer(8, "sigmoid")] * 10)).frame().layers
    assert found.value == pytest.approx(start[0].signal_rms / start[-1].signal_rms, rel=1e-4)
    assert " in 10 layers, most in layer " in found.text


def test_tanh_at_the_same_depth_is_not_blamed() -> None:
    assert verdict(network("circle", *[Layer(8, "tanh")] * 10), steps=0).kind == "healthy"


# --- units and size --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("dataset", "hidden"),
    [("spiral", [Layer(2, "tanh")]), ("sine", [Layer(2, "relu"), Layer(1, "relu")]), ("circle", [Layer(1, "tanh")])],
)
def test_too_few_units(dataset: str, hidden: Sequence[Layer]) -> None:
    found = verdict(network(dataset, *hidden, learning_rate=0.03), steps=3000)
    assert (found.kind, found.severity) == ("too_small", "warning")
    units = " and ".join(str(layer.units) for layer in hidden)
    assert found.text.startswith(f"With {units} hidden unit")
    assert found.text.endswith(" can be reached.")


def test_learning_by_heart() -> None:
    experiment = network("circle", *two("relu", 32), noise=0.5, samples=40)
    trainer = run(experiment, 3000)
    [found] = trainer.verdicts()
    frame = trainer.frame()
    assert (found.kind, found.value) == ("overfitting", frame.test_loss)
    assert f"The training loss fell to {frame.train_loss:.2g}".replace("e-0", "e−") in found.text
    assert found.text.endswith("the network learns its 28 samples by heart.")
    trainer.rewind()
    trainer.step(found.since)
    lowest = trainer.frame().test_loss
    assert lowest is not None
    assert f"rose from {lowest:.2g} at step {found.since}" in found.text


def test_a_plateau_without_another_cause() -> None:
    found = verdict(network("spiral", *two("sigmoid", 16), optimizer="sgd", learning_rate=0.05), steps=2000)
    assert (found.kind, found.severity, found.heading) == ("plateau", "warning", "Stuck on a plateau")
    assert found.remedy
    assert found.remedy.settings["optimizer"] == "adam"


# --- all of them -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", CAUSES, ids=lambda rule: rule.__name__)
def test_every_cause_is_defined_in_words_with_its_remedy(rule: Any) -> None:
    text = " ".join((rule.__doc__ or "").split())
    assert text.count("Remedy: ") == 1
    assert len(text) > 120


CIRCLE = network("circle", *two("tanh"))
ZEROS = Layer(1, "sigmoid", initializer="zeros")
RELUS = network("circle", *two("relu"), optimizer="sgd", learning_rate=5.0, seed=9)
SIGMOIDS = (*two("sigmoid"), Layer(1, "sigmoid"))
USUAL = first_weights.USUAL_WEIGHTS
THRESHOLDS = [
    (as_written.no_slope, network("circle", *two("step")), 0, [0]),
    (first_weights.symmetric, network("circle", *two("tanh", initializer="zeros"), output=ZEROS), 0, [SAME]),
    (as_written.output_range, network("sine", output=Layer(1, "sigmoid")), 0, [as_written.OUT_OF_RANGE]),
    (as_written.linear, network("circle"), 0, [NEAR_ENOUGH]),
    (
        first_weights.initial_scale,
        network("circle", *two("relu", initializer="normal(10)")),
        0,
        [*USUAL, first_weights.LARGE_LOSS],
    ),
    (first_weights.initial_scale, network("circle", *two("tanh", gain=30.0)), 0, [*USUAL, HALF]),
    (
        first_weights.initial_scale,
        network("circle", *[Layer(20, "elu", gain=2.6)] * 12, loss="mse", dtype="float64"),
        0,
        [*USUAL, EXPLODING, 1],
    ),
    (
        first_weights.initial_scale,
        network("circle", *[Layer(8, "tanh", gain=0.05)] * 4),
        0,
        [*USUAL, first_weights.SIGNAL_LOST],
    ),
    (first_weights.born_dead, network("circle", *two("relu", bias=-20.0)), 0, [HALF, 0]),
    (first_weights.born_dead, network("circle", Layer(8, "relu"), NEGATIVE), 0, [FEW_UNITS]),
    (
        first_weights.output_slope,
        network("circle", output=Layer(1, "sigmoid", bias=20.0), loss="mse"),
        0,
        [HALF, FLAT_THRESHOLD],
    ),
    (updates.penalty, replace(CIRCLE, l2=1.0), 0, [updates.PENALTY_PULL]),
    (
        updates.clipping,
        replace(CIRCLE, optimizer="sgd", clip_norm=1e-5),
        60,
        [updates.CLIPPED * updates.SMALL_UPDATE, updates.CLIPPED],
    ),
    (updates.rate_low, replace(CIRCLE, learning_rate=1e-6), 60, [updates.SMALL_UPDATE, 10 * updates.SMALL_UPDATE]),
    (updates.rate_high, RELUS, 60, [updates.LARGE_UPDATE, QUARTER, STANDING]),
    (updates.diverged, network("plane", *two("relu"), optimizer="sgd", learning_rate=30.0), 60, [updates.LARGE_UPDATE]),
    (error_signal.vanishing, network("circle", *[Layer(8, "sigmoid")] * 10), 0, [1, VANISHING, error_signal.SHRINKS]),
    (error_signal.exploding, network("circle", *[Layer(8, "relu", gain=4.0)] * 9), 0, [1, EXPLODING]),
    (fit.too_small, network("circle", Layer(1, "tanh"), learning_rate=0.03), 3000, [FEW_UNITS, fit.FEW_IN_ALL, HARDLY]),
    (units.dead, RELUS, 400, [HALF, STANDING]),
    (
        units.saturated,
        replace(RELUS, layers=(*two("sigmoid"), RELUS.output), learning_rate=20.0),
        400,
        [HALF, STANDING],
    ),
    (
        fit.overfitting,
        network("circle", *two("relu", 32), noise=0.5, samples=40),
        3000,
        [fit.RISEN, fit.TIMES_TRAINING, fit.GAP, fit.SHORT],
    ),
    (fit.plateau, network("circle", *[Layer(8, "sigmoid")] * 10, optimizer="sgd"), 400, [HARDLY, STANDING]),
]


def numbers_in(sentence: str) -> list[float]:
    """The numbers of a sentence; per cents and points of a hundred as shares."""
    found = re.findall(r"(\d[\d,]*(?:\.\d+)?(?:e−?\d+)?)( %| points)?", sentence)
    return [float(number.replace(",", "").replace("−", "-")) / (100 if unit else 1) for number, unit in found]


@pytest.mark.parametrize(
    ("rule", "experiment", "steps", "constants"), THRESHOLDS, ids=lambda x: getattr(x, "__name__", "")
)
def test_every_cause_tells_the_thresholds_that_it_applied(
    rule: Rule, experiment: Experiment, steps: int, constants: list[float]
) -> None:
    cause = rule(evidence(run(experiment, steps)))
    assert cause
    [sentence] = cause.verdict.details
    assert re.fullmatch(r"The rule: .+\.", sentence)
    assert numbers_in(sentence) == pytest.approx(constants, rel=0.05)  # two significant digits


def test_no_cause_is_without_its_thresholds() -> None:
    assert {rule for rule, *_ in THRESHOLDS} == set(CAUSES)
    assert verdict(RELUS, 60).details[0].startswith("The rule: ")


def test_what_works_is_left_alone() -> None:
    found = verdict(network("circle", *two("tanh"), learning_rate=0.05), steps=1000)
    assert (found.kind, found.heading, found.remedy) == ("healthy", "It has learnt its task", None)
