"""Gathers what a diagnosis needs from a run, and lets it try things on runs of its own."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backprop.data import REGRESSION, FeatureMap, Yardsticks, make_dataset, yardsticks
from backprop.diagnosis import LAYER_QUANTITIES, Evidence, Start, Verdict, history_columns, judge
from backprop.experiment import Experiment
from backprop.training.first_updates import first_updates, loss_after_trial
from backprop.training.trainer import Trainer

Array = NDArray[Any]

# What was found out about an experiment is kept: a class that opens one link asks the same thirty times.
KEPT = 64
KEPT_TRIALS = 1024
KEPT_STARTS = 16  # each has the numbers of fifty moments


def examine(trainer: Trainer, cure: bool = True) -> list[Verdict]:
    """The findings about a run at its present moment; the run itself is only looked at. ``cure`` as in ``judge``."""
    with np.errstate(over="ignore", invalid="ignore"):  # numbers overflow just before a run diverges
        return judge(evidence(trainer), cure)


def evidence(trainer: Trainer) -> Evidence:
    """What is known of a run at its present moment."""
    frame, experiment = trainer.frame(), trainer.experiment
    labels, n = trainer.dataset.y, trainer.n_train
    targets = labels[:n] if experiment.kind.task == REGRESSION else np.zeros(1)
    score, test_score = trainer.scores()
    return Evidence(
        experiment=experiment,
        frame=frame,
        history=_history(trainer),
        score=score,
        test_score=test_score,
        yardsticks=_yardsticks(
            experiment.dataset,
            experiment.samples,
            experiment.noise,
            experiment.test_share,
            experiment.data_seed,
            experiment.features,
        ),
        targets=(float(targets.min()), float(targets.max())),
        n_train=n,
        changed_at=trainer.origin.step if trainer.origin else 0,
        replay=_replay,
        trial=_trial,
        began=lambda updates: _began(trainer, updates),
        memory=trainer.memory,
    )


_trial = lru_cache(maxsize=KEPT_TRIALS)(loss_after_trial)


@lru_cache(maxsize=KEPT_STARTS)
def _replay(experiment: Experiment, updates: int) -> Start:
    return first_updates(Trainer(experiment), updates)


def _began(trainer: Trainer, updates: int) -> Start:
    """The first updates since something other than an update last changed the run."""
    if trainer.origin is None:
        return _replay(trainer.experiment, updates)
    again = Trainer(trainer.origin.experiment)
    again.restore(trainer.origin)
    return first_updates(again, updates)


def _history(trainer: Trainer) -> dict[str, Array]:
    """The run up to the present moment by column; layers are numbered by their position."""
    history, identities = trainer.history, trainer.layer_ids
    rows = int(np.searchsorted(history.column("step"), trainer.step_count, side="right"))
    found = {name: history.column(name)[:rows] for name in history_columns(())}
    for position, identity in enumerate(identities, start=1):
        for quantity in LAYER_QUANTITIES:
            found[f"{quantity}_{position}"] = history.column(f"{quantity}_{identity}")[:rows]
    return found


@lru_cache(maxsize=KEPT)
def _yardsticks(
    dataset: str, samples: int, noise: float, test_share: float, data_seed: int, features: tuple[str, ...]
) -> Yardsticks:
    data = make_dataset(dataset, samples, noise, test_share, data_seed)
    inputs = FeatureMap(data, features)(data.X[: data.n_train])
    return yardsticks(data.kind, inputs, data.y[: data.n_train])
