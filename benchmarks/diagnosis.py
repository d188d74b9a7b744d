"""How good a doctor the diagnosis is: sick networks with a known cause, and healthy ones.

    python -m benchmarks.diagnosis

A sick network is trained to its end. It counts as *named* if the first finding that is not good has one of its causes
as its kind, and as *healed* if its first remedy, tried from the start of a run, up to five times in a row, brings it to
its goal on the test set within the same number of steps. A healthy network must get no fault at a quarter, at half and
at the end of its run (*false alarm*), and no remedy at its end, where it has learnt its task (*needless advice*).

AutoTrainer (Zhang et al. 2021 and TDSC 2024) reports 100 % detected and 98.4 % repaired over eight kinds of problem;
DEFault (2025) names the root cause in 63 % of 52 programs.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from backprop import Experiment, Trainer, Verdict
from backprop.diagnosis import GOOD
from benchmarks.diagnosis_cases import Case, healthy_cases, sick_cases

ROUNDS = 5
LOOKS = 40  # frames that are taken during a run, as a page takes them


@dataclass(frozen=True)
class Outcome:
    """What became of a sick network.

    Attributes:
        case: The network.
        said: The first finding that is not good, or None.
        tried: The labels of the remedies, in order.
        named, healed: Whether the cause was named and the goal reached.
    """

    case: Case
    said: Verdict | None
    tried: tuple[str, ...]
    named: bool
    healed: bool


@dataclass(frozen=True)
class Checkup:
    """What was said of a healthy network.

    Attributes:
        case: The network.
        faults: The kinds of all faults during its run.
        advice: The labels of all remedies at its end.
    """

    case: Case
    faults: tuple[str, ...]
    advice: tuple[str, ...]


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description="How good a doctor the diagnosis is.")
    parser.add_argument("--shift", type=int, default=0, help="added to every seed (default: %(default)s)")
    shift = parser.parse_args().shift
    begun = time.perf_counter()
    outcomes = [treat(case) for case in sick_cases(shift)]
    checkups = [check_up(case) for case in healthy_cases(shift)]
    print_sick(outcomes)
    print_healthy(checkups)
    print(f"{time.perf_counter() - begun:.0f} s")


def treat(case: Case) -> Outcome:
    """Diagnose a sick network and follow the advice."""
    experiment, tried = case.experiment, []
    trainer = run(experiment, case.steps)
    findings = [verdict for verdict in trainer.verdicts() if verdict.severity != GOOD]
    first = findings[0] if findings else None
    for _ in range(ROUNDS):
        remedies = [verdict.remedy for verdict in trainer.verdicts() if verdict.severity != GOOD and verdict.remedy]
        if reached(trainer, case) or not remedies:
            break
        tried.append(remedies[0].label)
        experiment = remedies[0].applied_to(experiment)
        trainer = run(experiment, case.steps)
    named = first is not None and first.kind in case.causes
    return Outcome(case, first, tuple(tried), named, reached(trainer, case))


def check_up(case: Case) -> Checkup:
    """Diagnose a healthy network during its run and at its end."""
    trainer, verdicts = Trainer(case.experiment), []
    for part in (1, 1, 2):  # quarters of the run
        look(trainer, part * case.steps // 4, part * LOOKS // 4)
        verdicts.append(trainer.verdicts())
    faults = tuple(verdict.kind for found in verdicts for verdict in found if verdict.severity == "fault")
    return Checkup(case, faults, tuple(verdict.remedy.label for verdict in verdicts[-1] if verdict.remedy))


def run(experiment: Experiment, steps: int) -> Trainer:
    """A run to its end."""
    trainer = Trainer(experiment)
    look(trainer, steps, LOOKS)
    return trainer


def look(trainer: Trainer, steps: int, looks: int) -> None:
    """Train for some steps and look now and then."""
    for _ in range(looks):
        trainer.step(max(1, steps // looks))
        trainer.frame()


def reached(trainer: Trainer, case: Case) -> bool:
    """Whether a run has reached its case's goal."""
    if case.goal_loss is not None:
        loss = trainer.frame().test_loss
        return loss is not None and loss <= case.goal_loss
    score = trainer.scores()[1]
    return score is not None and score >= case.goal


def print_sick(outcomes: Iterable[Outcome]) -> None:
    """A line for each kind of cause, the misses one by one, and what was said instead."""
    outcomes = list(outcomes)
    print(f"{'cause':<16}{'cases':>6}{'named':>8}{'healed':>8}   taken for")
    for cause in dict.fromkeys(outcome.case.causes[0] for outcome in outcomes):
        group = [outcome for outcome in outcomes if outcome.case.causes[0] == cause]
        said = Counter(outcome.said.kind if outcome.said else "nothing" for outcome in group)
        words = ", ".join(f"{kind} {count}" for kind, count in said.most_common())
        print(f"{cause:<16}{len(group):>6}{count_of(group, 'named'):>8}{count_of(group, 'healed'):>8}   {words}")
    for outcome in outcomes:
        if not (outcome.named and outcome.healed):
            named, healed = "named" if outcome.named else "MISSED", "healed" if outcome.healed else "NOT HEALED"
            print(f"    {named}, {healed}: {outcome.case.name}")
            print(f"        {outcome.said.kind + ': ' + outcome.said.text if outcome.said else 'nothing'}")
            print(f"        tried {', then '.join(outcome.tried) or 'nothing'}")
    total = len(outcomes)
    counts = {what: count_of(outcomes, what) for what in ("named", "healed")}
    print(f"{total} sick: " + ", ".join(f"{what} {count} ({count / total:.0%})" for what, count in counts.items()))


def print_healthy(checkups: Iterable[Checkup]) -> None:
    """The healthy networks that were told something, and the shares."""
    checkups = list(checkups)
    for checkup in checkups:
        if checkup.faults or checkup.advice:
            print(f"    {checkup.case.name}: faults {list(checkup.faults)}, advice {list(checkup.advice)}")
    alarms, advised = sum(bool(c.faults) for c in checkups), sum(bool(c.advice) for c in checkups)
    print(f"{len(checkups)} healthy: {alarms} false alarms, {advised} with needless advice")


def count_of(outcomes: Iterable[Outcome], what: str) -> int:
    """How many outcomes have this attribute set."""
    return sum(getattr(outcome, what) for outcome in outcomes)


if __name__ == "__main__":
    main()
