"""Changes of an experiment in words, such as ``"layer 2: sigmoid → tanh; learning rate 0.02 → 0.1"``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from backprop.data import DATASETS, feature_label
from backprop.diagnosis import listed
from backprop.experiment import Experiment
from backprop.functions import (
    AUTO,
    OPTIMIZERS,
    get_activation,
    get_backward,
    get_initializer,
    get_loss,
    get_schedule,
    spec_label,
)
from backprop.layer import Layer
from backprop.training.carry_over import CarryOver, default_origins


@dataclass(frozen=True)
class Mark:
    """A change made in the middle of a run.

    Attributes:
        step: Number of updates made before it.
        text: The change in words.
    """

    step: int
    text: str


def describe_change(before: Experiment, after: Experiment, origins: Sequence[int | None] | None = None) -> str:
    """The differences between two experiments in words; empty if there are none.

    Args:
        before: The experiment before the change.
        after: The experiment after the change.
        origins: For each layer of ``after``, its index (counted from 0) in ``before``; None for a new layer. Without
            origins, layers are compared by position and output layer with output layer.
    """
    default = default_origins(len(before.layers), len(after.layers))
    carry = CarryOver(before, after, default if origins is None else tuple(origins))
    return "; ".join([*_dataset(before, after), *_stack(carry), *_features(before, after), *_settings(before, after)])


def parameter_name(layer: int, unit: int, source: int | None) -> str:
    """The name of a weight, or of a bias if ``source`` is None. Arguments are counted from 0, the name from 1."""
    if source is None:
        return f"bias of unit {unit + 1} of layer {layer + 1}"
    return f"weight {source + 1} → unit {unit + 1} of layer {layer + 1}"


def layer_numbers(layers: Sequence[int]) -> str:
    """At least one layer, in rising order, in words: ``"layer 2"``, ``"layers 1 and 4"``, ``"layers 1 to 3 and 6"``."""
    runs: list[list[int]] = []
    for layer in layers:
        if runs and layer == runs[-1][-1] + 1:
            runs[-1].append(layer)
        else:
            runs.append([layer])
    words = [word for run in runs for word in ([f"{run[0]} to {run[-1]}"] if len(run) > 2 else map(str, run))]
    return f"{'layer' if len(layers) == 1 else 'layers'} {listed(words)}"


def _dataset(before: Experiment, after: Experiment) -> Iterator[str]:
    if before.dataset != after.dataset:
        yield f"dataset {DATASETS[before.dataset].label} → {DATASETS[after.dataset].label}"


def _stack(carry: CarryOver) -> Iterator[str]:
    """Layers that were removed, added, moved or changed."""
    before, after, origins = carry.before.layers, carry.after.layers, carry.origins
    yield from (f"− layer {i + 1}" for i in range(len(before)) if i not in origins)
    yield from (f"+ layer {j + 1}" for j, origin in enumerate(origins) if origin is None)
    kept = [(j, origin) for j, origin in enumerate(origins) if origin is not None]
    in_order = _longest_increasing_subsequence([origin for _, origin in kept])
    yield from (f"layer {origin + 1} moved to position {j + 1}" for j, origin in kept if origin not in in_order)
    changed: dict[str, list[int]] = {}  # layers with the same change share one sentence
    for j, origin in kept:
        changed.setdefault(", ".join(_layer(before[origin], after[j])), []).append(j + 1)
    yield from (f"{layer_numbers(layers)}: {words}" for words, layers in changed.items() if words)


def _layer(before: Layer, after: Layer) -> Iterator[str]:
    if before.activation != after.activation:
        yield f"{get_activation(before.activation).label} → {get_activation(after.activation).label}"
    if before.units != after.units:
        yield f"{before.units} → {after.units} {'unit' if after.units == 1 else 'units'}"
    if before.backward != after.backward:
        yield f"backward {_backward_label(before.backward)} → {_backward_label(after.backward)}"
    if before.initializer != after.initializer:
        yield f"initialiser {_initializer_label(before.initializer)} → {_initializer_label(after.initializer)}"
    for name, label in (("gain", "gain"), ("bias", "initial bias")):
        yield from _difference(label, getattr(before, name), getattr(after, name), _number)


def _features(before: Experiment, after: Experiment) -> Iterator[str]:
    was, now = before.features, after.features
    yield from (f"− input {feature_label(name)}" for name in was if name not in now)
    yield from (f"+ input {feature_label(name)}" for name in now if name not in was)
    if was != now and set(was) == set(now):
        yield f"inputs in the order {', '.join(map(feature_label, now))}"


def _settings(before: Experiment, after: Experiment) -> Iterator[str]:
    for name, (label, in_words) in _SETTINGS.items():
        yield from _difference(label, getattr(before, name), getattr(after, name), in_words)


def _difference(label: str, before: Any, after: Any, in_words: Callable[[Any], str]) -> Iterator[str]:
    if before != after:
        yield f"{label} {in_words(before)} → {in_words(after)}"


def _number(value: float) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _number_or_off(value: float) -> str:
    return _number(value) if value else "off"


_SETTINGS: dict[str, tuple[str, Callable[[Any], str]]] = {
    "noise": ("noise", _number),
    "samples": ("samples", _number),
    "test_share": ("test share", _number),
    "data_seed": ("data seed", _number),
    "loss": ("loss", lambda spec: get_loss(spec).label),
    "optimizer": ("optimiser", lambda spec: spec_label(spec, OPTIMIZERS)),
    "learning_rate": ("learning rate", _number),
    "schedule": ("schedule", lambda spec: get_schedule(spec).label),
    "clip_norm": ("gradient clipping", _number_or_off),
    "l1": ("L1 penalty", _number_or_off),
    "l2": ("L2 penalty", _number_or_off),
    "batch_size": ("batch size", _number),
    "seed": ("seed", _number),
    "dtype": ("number format", str),
}


def _backward_label(spec: str | None) -> str:
    return "own slope" if spec is None else get_backward(spec).label


def _initializer_label(spec: str) -> str:
    return AUTO if spec == AUTO else get_initializer(spec).label


def _longest_increasing_subsequence(values: Sequence[int]) -> set[int]:
    """The largest set of values that are already in rising order, so that only the others have moved."""
    subsequences: list[list[int]] = [[]]
    for value in values:
        extensible = [found for found in subsequences if not found or found[-1] < value]
        subsequences.append([*max(extensible, key=len), value])
    longest = max(subsequences, key=len)
    return set(longest)
