"""The z of a real layer, and what a pair's backward function does to the gradient of that network."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from backprop import Network, Trainer
from backprop.explain.agreement import Agreement, surrogate_agreement
from backprop.explain.curves import is_flat
from backprop.studies.function_pairs import TASKS, study
from ui.activations.choice import EXPLORER, START, TRAINED, Choice, Pair
from ui.workspace.session import workspace

Array = NDArray[Any]


@dataclass(frozen=True)
class RealLayer:
    """A layer that uses the pair, on the training set of its network.

    Attributes:
        title: Which layer of which network.
        z: The finite pre-activations of all samples and units, in one row.
        flat_share: The share of them at which the slope in use is flat.
        agreement: For each layer of that network, the gradient with the backward function against the true gradient.
        note: What is shown instead of the choice, and why, or None.
    """

    title: str
    z: Array
    flat_share: float
    agreement: tuple[Agreement, ...]
    note: str | None = None


def sources() -> list[str]:
    """The possible sources, as in ``Choice``: the hidden layers of the standard network and of the Explorer's."""
    hidden = len(workspace().experiment.hidden)
    standard = [f"{when}:{layer}" for when in (START, TRAINED) for layer in (1, 2)]
    return standard + [f"{EXPLORER}:{layer}" for layer in range(1, hidden + 1)]


def source_label(source: str) -> str:
    """The label of a source such as ``"start:1"``."""
    where, _, layer = source.partition(":")
    if where == EXPLORER:
        hidden = workspace().experiment.hidden
        what = f": {hidden[int(layer) - 1].activation}" if int(layer) <= len(hidden) else " (not there)"
        return f"Explorer's network, layer {layer}{what}"
    return f"this pair, layer {layer}, {'before' if where == START else 'after'} training"


def real_layer(choice: Choice) -> RealLayer:
    """The chosen layer, or the first layer of the standard network if the Explorer's network has no such layer."""
    where, number = choice.source
    pair, tau = choice.pair, choice.tau
    if where != EXPLORER:
        return _standard(choice.task, pair, number, where == TRAINED, tau)
    trainer = workspace().player.trainer
    if number > len(trainer.experiment.hidden):
        first = _standard(choice.task, pair, 1, False, tau)
        return replace(first, note=f"The Explorer's network has no hidden layer {number}; pick another layer.")
    return _explorers(trainer, pair, number, tau)


@st.cache_data(show_spinner=False, max_entries=200)
def _standard(task: str, pair: Pair, number: int, trained: bool, tau: float) -> RealLayer:
    runs = study(TASKS[task])
    with np.errstate(over="ignore", invalid="ignore"):
        network = runs.network(pair.forward, pair.backward, seed=0)
        if trained:
            runs.train(network)
        when = f"after {runs.task.steps} updates" if trained else "before training"
        return _measured(f"layer {number} of 2 on {task}, {when}", network, runs.X, runs.y, number, tau)


def _explorers(trainer: Trainer, pair: Pair, number: int, tau: float) -> RealLayer:
    """The Explorer's network as it is now, with the pair in one of its layers."""
    X, y = trainer.training_set
    layers = list(trainer.network.layers)
    layers[number - 1] = replace(layers[number - 1], activation=pair.forward, backward=pair.backward)
    with np.errstate(over="ignore", invalid="ignore"):
        network = trainer.network.with_layers(layers)
        title = f"layer {number} of the Explorer's network after {trainer.step_count} updates"
        return _measured(title, network, X, y, number, tau)


def _measured(title: str, network: Network, X: Array, y: Array, number: int, tau: float) -> RealLayer:
    trace = network.forward(X)
    z = trace.z[number - 1].ravel()
    flat = is_flat(network.backwards[number - 1], network.slope(number - 1, trace), tau)
    agreement = surrogate_agreement(network, trace, y)
    return RealLayer(title, z[np.isfinite(z)], float(np.mean(flat)), agreement)
