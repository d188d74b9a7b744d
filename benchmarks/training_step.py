"""How long one training step takes: here, written out by hand, in PyTorch's eager mode, and in scikit-learn.

    python -m benchmarks.training_step

A step is forward, backward and update on one fixed batch in float32, with the loss as a Python float, on one thread.
Before a row is timed, all its competitors make ten steps from the same weights and must arrive at the same loss. They
then take turns, and a ratio is the median over the rounds of the ratio within a round, which other work on the machine
disturbs least. Nothing here fails because of a time: the goals are printed beside what was measured.

Beside the competitors stand the matrix products alone that a step of this shape cannot avoid, by NumPy's BLAS and by
PyTorch's: the floor under both. Where layers are wide they are most of the step, and the comparison with PyTorch is one
of two BLAS libraries.
"""

from __future__ import annotations

import argparse
import functools
import sys
from collections.abc import Callable

import numpy as np

from backprop import OPTIMIZERS, Experiment, Gradients, Trace, Trainer
from benchmarks.competitors import (
    Problem,
    Step,
    backprop_step,
    by_hand_step,
    numpy_products,
    sklearn_step,
    torch_products,
    torch_step,
)
from benchmarks.timing import Times, machine, rounds_of, seconds, take_turns, threads, versions

OURS, BY_HAND, TORCH, SKLEARN = "backprop", "by hand", "PyTorch", "scikit-learn"
PRODUCTS, TORCH_PRODUCTS = "matrix products alone", "… by PyTorch"

SHAPES = ((8, 3, 32), (64, 3, 128), (128, 10, 256))
TORCH_GOALS = {8: "≥ 10", 64: "≥ 4", 128: "≥ 1, better 1.5"}


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description="How long one training step takes, here and elsewhere.")
    parser.add_argument("--rounds", type=int, default=15, help="turns of each competitor (default: %(default)s)")
    rounds = parser.parse_args().rounds
    makers = available_makers()
    print_conditions(makers)
    for width, hidden_layers, batch in SHAPES:
        for activation in ("tanh", "relu"):
            for rule in ("sgd", "adam"):
                print_row(Problem(width, hidden_layers, batch, activation, rule), makers, rounds)
        print()
    print_trainer(rounds)


def available_makers() -> dict[str, Callable[[Problem], Step]]:
    """The competitors that are installed; a line for each that is not."""
    makers: dict[str, Callable[[Problem], Step]] = {
        OURS: backprop_step,
        BY_HAND: by_hand_step,
        TORCH: torch_step,
        SKLEARN: sklearn_step,
        PRODUCTS: numpy_products,
        TORCH_PRODUCTS: torch_products,
    }
    for name in (TORCH, SKLEARN):
        try:
            makers[name](Problem(2, 1, 2, "tanh", "sgd"))
        except ImportError:
            print(f"{name} is not installed and is left out.")
            del makers[name]
    if TORCH not in makers:
        del makers[TORCH_PRODUCTS]
    return makers


def print_conditions(makers: dict[str, Callable[[Problem], Step]]) -> None:
    """Machine, versions and threads: what the numbers hold for."""
    print(machine())
    libraries = versions()
    if TORCH in makers:
        libraries.append(f"PyTorch {sys.modules['torch'].__version__}")
    if SKLEARN in makers:
        libraries.append(f"scikit-learn {sys.modules['sklearn'].__version__}")
    print("Versions: " + ", ".join(libraries))
    print(f"One thread for all: {threads()}" + (", torch.set_num_threads(1)" if TORCH in makers else ""))
    print("Times: median (smallest–largest) over the rounds. Ratios: time of the other / time of backprop.")
    print("By hand: backprop / by hand, the price of the abstraction.\n")


def print_row(problem: Problem, makers: dict[str, Callable[[Problem], Step]], rounds: int) -> None:
    """Check that the competitors do the same, time them, print what came out."""
    chosen = {name: functools.partial(make, problem) for name, make in makers.items()}
    if problem.width != 8:
        chosen.pop(SKLEARN, None)
    # scikit-learn has weights of its own, and products alone make no step
    losses = {name: loss_after(chosen[name]()) for name in (OURS, BY_HAND, TORCH) if name in chosen}
    if not np.allclose(list(losses.values()), losses[OURS], rtol=1e-4):
        raise RuntimeError(f"{problem.name}: the competitors do not make the same step, losses {losses}")
    times = take_turns(chosen, rounds)
    print(f"{problem.name}, batch {problem.batch}, {problem.activation}, {problem.rule}")
    for name, taken in times.items():
        print(f"    {name:<23}{taken!s:<26}{comparison(name, problem, times)}".rstrip())


def loss_after(step: Step, n: int = 10) -> float:
    """The loss of the last of ``n`` steps."""
    return [step() for _ in range(n)][-1]


def comparison(name: str, problem: Problem, times: dict[str, Times]) -> str:
    """The ratio and its goal in words."""
    taken, ours = times[name], times[OURS]
    if name == BY_HAND:
        return f"ratio {ours.over(taken):.2f} (goal ≤ 1.25)"
    if name == TORCH:
        return f"ratio {taken.over(ours):.1f} (goal {TORCH_GOALS[problem.width]})"
    if name == SKLEARN:
        return f"ratio {taken.over(ours):.1f} (goal ≥ 20)"
    if name == PRODUCTS:
        limit = f", so the ratio of PyTorch is at most {times[TORCH].over(taken):.1f}" if TORCH in times else ""
        return f"{100 * taken.over(ours):.0f} % of backprop{limit}"
    if name == TORCH_PRODUCTS:
        return f"{100 * taken.over(times[TORCH]):.0f} % of PyTorch, ratio {taken.over(times[PRODUCTS]):.2f} to NumPy's"
    return ""


def print_trainer(rounds: int) -> None:
    """What a trainer costs on top of the bare step: batches, finiteness checks."""
    opening = Experiment()
    times = rounds_of(
        {
            "bare step": functools.partial(bare_seconds, opening),
            "Trainer.step": functools.partial(step_seconds, opening),
        },
        rounds,
    )
    print(f"The opening experiment ({Trainer(opening).network}, batch {opening.batch_size}, {opening.optimizer})")
    for name, taken in times.items():
        ratio = f"{taken.over(times['bare step']):.2f} bare steps (goal ≤ 1.25)" if name == "Trainer.step" else ""
        print(f"    {name:<15}{taken!s:<26}{ratio}".rstrip())


def bare_seconds(experiment: Experiment) -> float:
    """Mean time of an update on one fixed batch, without a trainer's bookkeeping."""
    step, n = opening_step(experiment), Trainer(experiment).steps_per_epoch * 10
    return seconds(lambda: [step() for _ in range(n)]) / n


def step_seconds(experiment: Experiment) -> float:
    """Mean time of ``Trainer.step`` over ten epochs, after ten that warm the caches."""
    trainer = Trainer(experiment)
    n = trainer.steps_per_epoch * 10
    trainer.step(n)
    return seconds(lambda: trainer.step(n)) / n


def opening_step(experiment: Experiment) -> Callable[[], None]:
    """One update of the experiment's network on one fixed batch, without a trainer's bookkeeping."""
    trainer = Trainer(experiment)
    network, n = trainer.network, experiment.batch_size
    X = trainer.features(trainer.dataset.X[:n]).astype(network.dtype)
    y = trainer.dataset.y[:n, None].astype(network.dtype)
    trace, grads = Trace(network, n), Gradients(network, n)
    optimizer = OPTIMIZERS[experiment.optimizer](network.parameters, experiment.learning_rate)

    def step() -> None:
        network.forward(X, out=trace)
        network.backward(trace, y, out=grads)
        optimizer.step(grads.flat)

    return step


if __name__ == "__main__":
    main()
