"""Repeats the beginning of a run step by step, to see what its first updates did.

The same experiment gives the same run, so nothing has to be kept while it trains: what happened between two frames is
there to be looked at when somebody asks.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backprop.diagnosis import SAME, TRIAL_UPDATES, Start, rms
from backprop.experiment import Experiment
from backprop.training.trainer import Trainer

Array = NDArray[Any]

MOST_WORK = 4_000_000  # parameters times updates: a wide network gets fewer updates, so that no view has to wait
FEWEST_TRIAL_UPDATES = 40
MOST_TRIAL_WORK = 10_000_000
LAST_MOMENTS = 5


def first_updates(trainer: Trainer, updates: int) -> Start:
    """The first updates of a run, which are made here.

    Args:
        trainer: A run at its start, or at the moment of its latest change.
        updates: How many at most; a wide network gets fewer.
    """
    frames = [trainer.frame()]
    network, trace = trainer.network, trainer.training_trace
    z_spread = tuple(rms(z - z.mean(axis=0)) for z in trace.z)
    counts = tuple(weights.size for weights in network.weights)
    weight_rms = tuple(rms(weights) for weights in network.weights)
    symmetric = tuple(
        j for j in range(len(network.weights) - 1) if _same(network.blocks[j]) and _same(network.weights[j + 1].T)
    )
    for _ in range(min(updates, max(4, MOST_WORK // network.parameters.size))):
        trainer.step()
        frames.append(trainer.frame())
        if trainer.diverged:
            break
    return Start(tuple(frames), z_spread, counts, weight_rms, symmetric)


def loss_after_trial(experiment: Experiment) -> float:
    """The training loss after a trial run, as a mean over its last moments; infinite if the run diverges.

    NaN if the network is too large for a trial: a visitor waits for it.
    """
    trainer = Trainer(experiment)
    updates = min(TRIAL_UPDATES, MOST_TRIAL_WORK // trainer.network.parameters.size)
    if updates < FEWEST_TRIAL_UPDATES:
        return math.nan
    trainer.step(updates - 4 * LAST_MOMENTS)
    losses = []
    for _ in range(LAST_MOMENTS):
        trainer.step(4)
        losses.append(trainer.frame().train_loss)
    return math.inf if trainer.diverged else float(np.mean(losses))


def _same(rows: Array) -> bool:
    """Whether there are several rows, all equal."""
    return len(rows) > 1 and bool(np.abs(rows - rows[0]).max() <= SAME * np.abs(rows).max())
