"""A remedy as data: what to change, why it helps, and what to expect of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from backprop.experiment import Experiment
from backprop.layer import Layer


@dataclass(frozen=True)
class Remedy:
    """What to change.

    Attributes:
        text: What to do and why it helps, one sentence.
        label: The same in a few words, for a button.
        expect: What a trial of it showed, one sentence; empty where nothing was tried.
        layers: The new stack; None if no layer changes.
        settings: Fields of ``Experiment`` with their new values.
        rewind: Whether the run has to start again, because the change cannot undo what has happened to the weights.
    """

    text: str
    label: str
    expect: str = ""
    layers: tuple[Layer, ...] | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    rewind: bool = True

    def applied_to(self, experiment: Experiment) -> Experiment:
        """The experiment with these changes."""
        layers = experiment.layers if self.layers is None else self.layers
        return replace(experiment, layers=layers, **self.settings)
