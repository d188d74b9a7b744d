"""Sick networks whose cause is known, because it was put there, and healthy ones: what a diagnosis is measured on.

Every case is an experiment whose run fails (or works) for a reason that its construction fixes. Each kind of cause
appears on several datasets, depths, optimisers and seeds; no rule of the diagnosis knows a case.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from backprop import DATASETS, Experiment, Layer
from backprop.heads import natural_head

# The score on the test set that a cured run reaches: the share of right answers, or R² for regression.
GOALS = {
    "circle": 0.9,
    "xor": 0.9,
    "moons": 0.9,
    "gauss": 0.95,
    "spiral": 0.9,
    "three_arms": 0.85,
    "iris": 0.9,
    "plane": 0.9,
    "sine": 0.8,
    "multi_gauss": 0.7,
}


@dataclass(frozen=True)
class Case:
    """One network.

    Attributes:
        name: In words.
        experiment: The run.
        steps: How long it trains.
        causes: The kinds that name its cause; empty for a healthy network.
        goal: The test score that a cured run reaches within ``steps``.
        goal_loss: The test loss that it reaches, in place of a score; None for a score.
    """

    name: str
    experiment: Experiment
    steps: int
    causes: tuple[str, ...]
    goal: float
    goal_loss: float | None = None


def network(dataset: str, hidden: Sequence[Layer], output: Layer | None = None, /, **settings: Any) -> Experiment:
    """An experiment with the output layer and loss that suit the dataset, unless another output is given."""
    natural, loss = natural_head(DATASETS[dataset])
    settings = {"loss": loss, "learning_rate": 0.01, **settings}
    return Experiment(dataset=dataset, layers=(*hidden, output or natural), **settings)


def stack(depth: int, units: int, activation: str, **fields: Any) -> list[Layer]:
    """``depth`` equal layers."""
    return [Layer(units, activation, **fields) for _ in range(depth)]


def sick_cases(shift: int = 0) -> list[Case]:
    """All sick networks; ``shift`` is added to every seed, for a set that no threshold was chosen on."""
    return [_shifted(case, shift) for kind in _SICK for case in kind()]


def healthy_cases(shift: int = 0) -> list[Case]:
    """All healthy networks; ``shift`` as for ``sick_cases``."""
    return [_shifted(case, shift) for case in _healthy()]


def _shifted(case: Case, shift: int) -> Case:
    e = case.experiment
    return replace(case, experiment=replace(e, seed=e.seed + shift, data_seed=e.data_seed + shift))


def _case(
    name: str,
    experiment: Experiment,
    steps: int,
    *causes: str,
    goal: float | None = None,
    goal_loss: float | None = None,
) -> Case:
    goal = GOALS[experiment.dataset] if goal is None else goal
    return Case(f"{experiment.dataset}: {name}", experiment, steps, causes, goal, goal_loss)


def _symmetric() -> Iterator[Case]:
    for dataset, start, activation, seed in (
        ("circle", "zeros", "relu", 0),
        ("xor", "zeros", "tanh", 1),
        ("moons", "constant(0.5)", "tanh", 2),
        ("xor", "constant(0.1)", "relu", 3),
        ("sine", "constant(0.3)", "tanh", 4),
        ("spiral", "zeros", "tanh", 5),
        ("circle", "constant(0.5)", "sigmoid", 6),
    ):
        natural, _ = natural_head(DATASETS[dataset])
        layers = stack(2, 12, activation, initializer=start)
        experiment = network(dataset, layers, replace(natural, initializer=start), seed=seed, learning_rate=0.02)
        yield _case(f"all weights {start}", experiment, 3000, "symmetric")


def _rate_high() -> Iterator[Case]:
    for dataset, activation, optimizer, rate, depth, seed in (
        ("circle", "relu", "sgd", 5.0, 2, 0),
        ("circle", "relu", "adam", 1.0, 2, 1),
        ("moons", "relu", "sgd", 8.0, 3, 2),
        ("circle", "tanh", "sgd", 20.0, 2, 3),
        ("xor", "sigmoid", "sgd", 30.0, 2, 4),
        ("xor", "tanh", "momentum", 3.0, 2, 5),
        ("iris", "relu", "sgd", 5.0, 2, 6),
        ("plane", "tanh", "sgd", 3.0, 2, 7),
        ("sine", "relu", "adam", 2.0, 2, 8),
        ("moons", "tanh", "rmsprop", 1.0, 3, 9),
        ("multi_gauss", "tanh", "sgd", 5.0, 2, 10),
        ("circle", "elu", "nesterov", 2.0, 3, 11),
        ("spiral", "tanh", "adam", 1.0, 2, 12),
        ("moons", "relu", "adam", 30.0, 4, 13),
        ("circle", "leaky_relu", "sgd", 50.0, 2, 14),
    ):
        experiment = network(
            dataset, stack(depth, 20, activation), optimizer=optimizer, learning_rate=rate, seed=seed, batch_size=16
        )
        yield _case(f"{activation}, {optimizer} at {rate:g}", experiment, 3000, "rate_high", "diverged")


def _rate_low() -> Iterator[Case]:
    for dataset, activation, optimizer, rate, seed in (
        ("circle", "tanh", "sgd", 1e-5, 0),
        ("iris", "tanh", "adam", 1e-6, 1),
        ("moons", "relu", "momentum", 1e-6, 2),
        ("xor", "relu", "adam", 1e-5, 3),
        ("sine", "tanh", "sgd", 1e-6, 4),
        ("plane", "relu", "adam", 1e-6, 5),
        ("circle", "sigmoid", "rmsprop", 1e-6, 6),
        ("circle", "relu", "adam", 1e-6, 7),
    ):
        experiment = network(dataset, stack(2, 10, activation), optimizer=optimizer, learning_rate=rate, seed=seed)
        yield _case(f"{activation}, {optimizer} at {rate:g}", experiment, 2500, "rate_low")


def _vanishing() -> Iterator[Case]:
    for dataset, depth, units, optimizer, rate, seed in (
        ("circle", 8, 8, "sgd", 0.1, 1),
        ("xor", 10, 10, "sgd", 0.3, 2),
        ("moons", 9, 6, "momentum", 0.05, 3),
        ("circle", 12, 8, "adam", 0.01, 4),
        ("iris", 8, 10, "sgd", 0.1, 5),
        ("xor", 14, 12, "adam", 0.003, 6),
    ):
        experiment = network(
            dataset, stack(depth, units, "sigmoid"), optimizer=optimizer, learning_rate=rate, seed=seed
        )
        yield _case(f"{depth} sigmoid layers, {optimizer}", experiment, 2500, "vanishing")


def _initial_scale() -> Iterator[Case]:
    for dataset, activation, depth, fields, optimizer, rate, seed, also in (
        ("circle", "tanh", 6, {"gain": 0.05}, "sgd", 0.1, 0, "vanishing"),
        ("moons", "tanh", 5, {"initializer": "normal(0.01)"}, "sgd", 0.1, 1, "vanishing"),
        ("xor", "relu", 6, {"gain": 0.1}, "sgd", 0.1, 2, "vanishing"),
        ("circle", "tanh", 3, {"gain": 30.0}, "sgd", 0.05, 3, "saturated"),
        ("xor", "tanh", 3, {"initializer": "normal(20)"}, "adam", 0.003, 4, "saturated"),
        ("moons", "sigmoid", 2, {"gain": 200.0}, "sgd", 0.05, 5, "saturated"),
        ("circle", "relu", 12, {"gain": 3.0}, "sgd", 0.01, 6, "exploding"),
        ("spiral", "relu", 3, {"initializer": "normal(10)"}, "sgd", 0.01, 7, "exploding"),
        ("sine", "relu", 2, {"initializer": "normal(10)"}, "adam", 0.003, 8, "exploding"),
        ("plane", "relu", 8, {"gain": 3.0}, "sgd", 0.01, 9, "exploding"),
    ):
        experiment = network(
            dataset, stack(depth, 10, activation, **fields), optimizer=optimizer, learning_rate=rate, seed=seed
        )
        yield _case(f"{depth} {activation} layers, {fields}", experiment, 3000, "initial_scale", "diverged", also)


def _dead() -> Iterator[Case]:
    for dataset, bias, depth, seed in (
        ("circle", -12.0, 2, 0),
        ("moons", -20.0, 2, 1),
        ("xor", -30.0, 3, 2),
        ("sine", -20.0, 2, 3),
        ("iris", -50.0, 1, 4),
        ("plane", -15.0, 2, 5),
    ):
        layers = [Layer(10, "relu", bias=bias), *stack(depth - 1, 10, "relu")]
        yield _case(
            f"ReLUs born dead, bias {bias:g}", network(dataset, layers, seed=seed), 2500, "dead", "initial_scale"
        )


def _output_range() -> Iterator[Case]:
    for dataset, activation, hidden, seed in (
        ("sine", "sigmoid", "tanh", 0),
        ("plane", "softplus", "tanh", 1),
        ("sine", "relu", "tanh", 2),
        ("multi_gauss", "sigmoid", "tanh", 3),
        ("plane", "relu", "relu", 4),
        ("sine", "softplus", "relu", 5),
    ):
        experiment = network(dataset, stack(2, 14, hidden), Layer(1, activation), seed=seed)
        yield _case(f"{activation} output for values of both signs", experiment, 3000, "output_range")


def _linear() -> Iterator[Case]:
    for dataset, depth, rate, seed in (
        ("circle", 3, 0.02, 0),
        ("spiral", 0, 0.02, 1),
        ("xor", 2, 0.02, 2),
        ("circle", 0, 0.05, 3),
        ("multi_gauss", 2, 0.01, 4),
        ("three_arms", 1, 0.02, 5),
        ("sine", 4, 0.01, 6),
    ):
        experiment = network(dataset, stack(depth, 10, "identity"), learning_rate=rate, seed=seed)
        name = f"{depth} identity layers" if depth else "no hidden layer"
        yield _case(name, experiment, 4000, "linear")


def _too_small() -> Iterator[Case]:
    for dataset, layers, rate, seed in (
        ("spiral", [Layer(2, "tanh")], 0.02, 0),
        ("sine", [Layer(2, "relu"), Layer(1, "relu")], 0.02, 1),
        ("circle", [Layer(1, "tanh")], 0.03, 2),
        ("three_arms", [Layer(2, "tanh"), Layer(1, "tanh")], 0.02, 3),
        ("multi_gauss", [Layer(2, "tanh")], 0.02, 4),
        ("xor", [Layer(1, "relu"), Layer(1, "relu")], 0.02, 5),
        ("spiral", [Layer(3, "relu")], 0.02, 6),
        ("circle", [Layer(2, "sigmoid")], 0.05, 7),
    ):
        name = f"hidden units {', '.join(str(layer.units) for layer in layers)}"
        yield _case(name, network(dataset, layers, learning_rate=rate, seed=seed), 4000, "too_small")


def _no_slope() -> Iterator[Case]:
    for dataset, activation, backward, seed in (
        ("moons", "step", None, 0),
        ("circle", "relu", "zero", 1),
        ("xor", "sign", None, 2),
        ("circle", "tanh", "zero", 3),
        ("iris", "step", None, 4),
        ("moons", "sign", None, 5),
    ):
        # Behind many random units without a slope an output layer can still learn; behind a few it cannot.
        units = 14 if backward is None else 4
        experiment = network(dataset, stack(2, units, activation, backward=backward), learning_rate=0.02, seed=seed)
        yield _case(f"{activation}, backward {backward}", experiment, 3000, "no_slope")


def _penalty() -> Iterator[Case]:
    for dataset, activation, penalty, optimizer, seed in (
        ("circle", "tanh", {"l2": 1.0}, "adam", 0),
        ("moons", "tanh", {"l2": 1.0}, "sgd", 1),
        ("xor", "relu", {"l1": 0.3}, "adam", 2),
        ("iris", "relu", {"l2": 2.0}, "adam", 3),
        ("sine", "tanh", {"l1": 0.5}, "sgd", 4),
        ("plane", "relu", {"l1": 1.0, "l2": 10.0}, "adam", 5),
        ("circle", "relu", {"l2": 0.3}, "sgd", 6),
    ):
        rate = 0.05 if optimizer == "sgd" else 0.01
        experiment = network(
            dataset, stack(2, 10, activation), optimizer=optimizer, learning_rate=rate, seed=seed, **penalty
        )
        yield _case(f"{activation}, penalty {penalty}", experiment, 3000, "penalty")


def _clipping() -> Iterator[Case]:
    for dataset, activation, limit, optimizer, seed in (
        ("circle", "tanh", 1e-6, "sgd", 0),
        ("moons", "relu", 1e-5, "momentum", 1),
        ("sine", "tanh", 1e-5, "sgd", 2),
        ("iris", "tanh", 1e-6, "nesterov", 3),
        ("xor", "relu", 1e-4, "sgd", 4),
        ("plane", "relu", 1e-5, "sgd", 5),
    ):
        rate = 0.3 if optimizer == "sgd" else 0.05
        if dataset in ("sine", "plane"):
            rate = 0.05
        experiment = network(
            dataset, stack(2, 10, activation), optimizer=optimizer, learning_rate=rate, clip_norm=limit, seed=seed
        )
        yield _case(f"{activation}, {optimizer} clipped at {limit:g}", experiment, 3000, "clipping")


def _output_slope() -> Iterator[Case]:
    for dataset, output, loss, hidden, seed in (
        ("circle", Layer(1, "sigmoid", bias=20.0), "mse", "tanh", 0),
        ("moons", Layer(1, "sigmoid", bias=-25.0), "mse", "relu", 1),
        ("xor", Layer(1, "tanh", bias=12.0), "mse", "tanh", 2),
        ("gauss", Layer(1, "sigmoid", bias=30.0), "mae", "tanh", 3),
        ("iris", Layer(3, "sigmoid", bias=15.0), "mse", "tanh", 4),
        ("circle", Layer(1, "hard_sigmoid", bias=9.0), "mse", "relu", 5),
    ):
        experiment = network(
            dataset, stack(1, 10, hidden), output, loss=loss, optimizer="sgd", learning_rate=0.3, seed=seed
        )
        yield _case(f"saturated {output.activation} output on {loss}", experiment, 2500, "output_slope")


def _overfitting() -> Iterator[Case]:
    for dataset, units, activation, noise, samples, seed, goal_loss in (
        ("moons", 32, "relu", 0.5, 40, 0, 0.55),
        ("circle", 32, "relu", 0.5, 40, 1, 0.75),
        ("xor", 24, "tanh", 0.8, 60, 2, 0.75),
        ("gauss", 32, "relu", 0.9, 40, 3, 0.5),
        ("moons", 48, "tanh", 0.6, 50, 4, 0.6),
        ("three_arms", 40, "relu", 0.6, 60, 5, 1.0),
    ):
        experiment = network(dataset, stack(2, units, activation), noise=noise, samples=samples, seed=seed)
        yield _case(f"{samples} noisy samples, {activation}", experiment, 5000, "overfitting", goal_loss=goal_loss)


_SICK = (
    _symmetric,
    _rate_high,
    _rate_low,
    _vanishing,
    _initial_scale,
    _dead,
    _output_range,
    _linear,
    _too_small,
    _no_slope,
    _penalty,
    _clipping,
    _output_slope,
    _overfitting,
)


def _healthy() -> Iterator[Case]:
    for seed, dataset in enumerate(("circle", "xor", "moons", "gauss", "iris", "plane", "sine")):
        yield _case("2 × 8 tanh", network(dataset, stack(2, 8, "tanh"), seed=seed, learning_rate=0.02), 2500)
        yield _case("2 × 12 ReLU", network(dataset, stack(2, 12, "relu"), seed=seed + 20), 2500)
        yield _case("3 × 10 ELU", network(dataset, stack(3, 10, "elu"), seed=seed + 40), 2500)
    for seed, dataset in enumerate(("circle", "moons", "gauss", "iris", "plane")):
        rate = 0.05 if dataset == "plane" else 0.3
        yield _case(
            "tanh, SGD", network(dataset, stack(2, 10, "tanh"), optimizer="sgd", learning_rate=rate, seed=seed), 3000
        )
        yield _case(
            "ReLU, momentum",
            network(dataset, stack(2, 12, "relu"), optimizer="momentum", learning_rate=0.02, seed=seed + 9),
            3000,
        )
    for seed, (dataset, depth, activation) in enumerate(
        (
            ("circle", 5, "relu"),
            ("moons", 8, "tanh"),
            ("circle", 6, "elu"),
            ("gauss", 10, "tanh"),
            ("xor", 6, "leaky_relu"),
        )
    ):
        yield _case(f"{depth} {activation} layers", network(dataset, stack(depth, 10, activation), seed=seed), 2500)
    yield _case("the opening network", Experiment(), 3000)
    yield _case("two wide tanh layers", network("spiral", stack(2, 24, "tanh"), learning_rate=0.02, seed=3), 3000)
    yield _case("three arms", network("three_arms", stack(2, 20, "tanh"), learning_rate=0.02, seed=4), 4000)
    yield _case("no hidden layer is enough", network("gauss", [], learning_rate=0.05, seed=5), 1500)
    yield _case("no hidden layer is enough", network("plane", [], learning_rate=0.02, seed=6), 1500)
    yield _case("identity layers are enough", network("gauss", stack(2, 6, "identity"), seed=7), 1500)
    yield _case(
        "a surrogate for a step",
        network("moons", stack(2, 16, "step", backward="sigmoid"), learning_rate=0.02, seed=8),
        3000,
    )
    yield _case("a little decay", network("circle", stack(2, 10, "tanh"), l2=1e-4, seed=9), 2500)
    yield _case("clipped at 1", network("xor", stack(2, 10, "relu"), clip_norm=1.0, seed=10), 2500)
    yield _case(
        "noise in the data", network("moons", stack(2, 8, "tanh"), noise=0.4, samples=600, seed=11), 2500, goal=0.75
    )
    yield _case("sigmoids, Adam", network("circle", stack(2, 10, "sigmoid"), learning_rate=0.05, seed=12), 2500)
    yield _case("SELU", network("moons", stack(4, 12, "selu"), seed=13), 2500)
    yield _case("GELU", network("xor", stack(2, 12, "gelu"), seed=14), 2500)
    yield _case("a sharp rate that works", network("circle", stack(2, 12, "tanh"), learning_rate=0.1, seed=15), 2500)
    yield _case("biases of 0.1", network("circle", stack(2, 8, "tanh", bias=0.1), learning_rate=0.02, seed=16), 2500)
