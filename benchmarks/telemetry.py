"""What it costs to watch: a frame with all diagnostics, distributions, findings, and the memory of a long history.

    python -m benchmarks.telemetry

A frame is measured in training steps of the same network, which is what a viewer pays it with. The long run is
simulated: a million rows go into the history of the deepest network that an experiment allows. Nothing here fails
because of a time: the goals are printed beside what was measured.
"""

from __future__ import annotations

import argparse
import functools
import tracemalloc

from backprop import Experiment, Layer, Trainer
from backprop.diagnosis import DISTRIBUTED_QUANTITIES
from backprop.experiment import MAX_LAYERS
from backprop.training import History
from benchmarks.timing import machine, rounds_of, seconds, threads, versions
from benchmarks.training_step import bare_seconds, step_seconds

OPENING, FIVE_HUNDRED = Experiment(), Experiment(samples=500)
SICK = Experiment(optimizer="sgd", learning_rate=20.0)
MILLION = 1_000_000
FRAME_GOAL, DISTRIBUTIONS_GOAL, MEMORY_GOAL = 10, 3, 20e6


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description="What frames and histories cost.")
    parser.add_argument("--rounds", type=int, default=15, help="turns of each measurement (default: %(default)s)")
    rounds = parser.parse_args().rounds
    print(machine())
    print("Versions: " + ", ".join(versions()))
    print(f"One thread: {threads()}")
    print("Times: median (smallest–largest) over the rounds; ratios within a round.\n")
    print_frames(rounds)
    print_history()


def print_frames(rounds: int) -> None:
    """A frame in training steps, for the opening network on 300 and on 500 samples, and distributions beside it."""
    goals = {"frame": FRAME_GOAL, "… 500 samples": FRAME_GOAL}
    added = {
        f"+ distr. of {of}": functools.partial(distributions_seconds, OPENING, of) for of in DISTRIBUTED_QUANTITIES
    }
    goals |= dict.fromkeys(added, DISTRIBUTIONS_GOAL)
    times = rounds_of(
        {
            "bare step": functools.partial(bare_seconds, OPENING),
            "Trainer.step": functools.partial(step_seconds, OPENING),
            "frame": functools.partial(frame_seconds, OPENING),
            "… 500 samples": functools.partial(frame_seconds, FIVE_HUNDRED),
            **added,
            "findings, healthy": functools.partial(findings_seconds, OPENING, False),
            "findings, sick": functools.partial(findings_seconds, SICK, False),
            "… with first remedy": functools.partial(findings_seconds, SICK, True),
        },
        rounds,
    )
    print(f"The opening experiment ({Trainer(OPENING).network}, batch {OPENING.batch_size})")
    for name, taken in times.items():
        ratios = [f"{taken.over(times[unit]):.1f} × {unit}" for unit in ("bare step", "Trainer.step")]
        words = f"{', '.join(ratios)} (goal ≤ {goals[name]})" if name in goals else ""
        print(f"    {name:<22}{taken!s:<26}{words}".rstrip())


def frame_seconds(experiment: Experiment, frames: int = 30) -> float:
    """Mean time of a frame, with a step in between so that each frame has something new to note."""
    trainer = Trainer(experiment)
    total = 0.0
    for _ in range(frames):
        trainer.step()
        total += seconds(trainer.frame)
    return total / frames


def distributions_seconds(experiment: Experiment, of: str, frames: int = 30) -> float:
    """Mean time of the distributions of one quantity, of a frame that has just been measured."""
    trainer = Trainer(experiment)
    total = 0.0
    for _ in range(frames):
        trainer.step()
        trainer.frame()
        total += seconds(functools.partial(trainer.distributions, of))
    return total / frames


def findings_seconds(experiment: Experiment, first: bool, examinations: int = 10) -> float:
    """Mean time of a diagnosis; the first one of a run also works out the remedy, which takes trial runs.

    While a view plays, there are at most two a second.
    """
    trainer = Trainer(experiment)
    trainer.step(300)
    trainer.frame()
    first_one = seconds(trainer.verdicts)
    if first:
        return first_one
    total = 0.0
    for _ in range(examinations):
        trainer.step()
        total += seconds(trainer.verdicts)
    return total / examinations


def print_history() -> None:
    """Memory after a million steps with a frame each."""
    print(f"\nHistory after {MILLION:,} frames (goal < {MEMORY_GOAL / 1e6:.0f} MB)")
    deepest = Experiment(layers=(*[Layer(8)] * (MAX_LAYERS - 1), Layer(1, "sigmoid")))
    for name, experiment in (("opening network", OPENING), (f"{MAX_LAYERS} layers", deepest)):
        print(f"    {name:<18}{history_bytes(experiment, MILLION) / 1e6:.2f} MB at its largest")


def history_bytes(experiment: Experiment, frames: int) -> int:
    """The most memory that the history of an experiment ever held while ``frames`` frames were noted in it."""
    columns = Trainer(experiment).history.columns
    row = [0.0] * len(columns)
    tracemalloc.start()
    try:
        history = History(columns)
        for step in range(frames):
            row[0] = step
            history.append(row)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


if __name__ == "__main__":
    main()
