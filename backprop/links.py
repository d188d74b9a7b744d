"""An experiment as the parameters of a link, short and readable: ``?data=moons&layers=8:tanh,1:sigmoid``."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from backprop.checks import in_short
from backprop.errors import SpecError
from backprop.experiment import Experiment
from backprop.functions import AUTO
from backprop.layer import Layer

MAX_TEXT = 8000  # characters of a parameter; the longest description of 32 layers has fewer


def to_query(experiment: Experiment) -> dict[str, str]:
    """The settings that differ from the dataset's usual ones, as short strings."""
    usual = _usual(experiment.dataset)
    query = {
        short: write(getattr(experiment, name))
        for short, (name, _, write) in _PARAMETERS.items()
        if getattr(experiment, name) != getattr(usual, name)
    }
    return query if experiment.dataset == Experiment().dataset else {"data": experiment.dataset, **query}


def from_query(query: Mapping[str, str]) -> Experiment:
    """The experiment that a link names. Parameters that are not settings are ignored.

    A dataset determines features, output layer and loss, unless the link names others.

    Raises:
        SpecError: A setting cannot be read, or makes no sense.
    """
    values: dict[str, Any] = {}
    for short, (name, read, _) in _PARAMETERS.items():
        if short not in query:
            continue
        text = query[short]
        if len(text) > MAX_TEXT:
            raise SpecError(name, f"{name}: the link gives {len(text):,} characters, and at most {MAX_TEXT:,} are read")
        try:
            values[name] = read(text)
        except SpecError:
            raise
        except ValueError:
            raise SpecError(name, f"{name}: {in_short(text)} in the link cannot be read") from None
    return replace(_usual(values.get("dataset", Experiment().dataset)), **values)


def parameter_of(field: str) -> str:
    """The name of a setting in a link: ``"learning_rate"`` → ``"lr"``."""
    return next((short for short, (name, _, _) in _PARAMETERS.items() if name == field), "layers")


def _usual(dataset: str) -> Experiment:
    """The opening experiment on another dataset."""
    return Experiment().for_dataset(dataset)


def write_layers(layers: tuple[Layer, ...]) -> str:
    """Layers as ``8:tanh,8:relu:tanh,1:sigmoid``, each as units:activation:backward:initialiser:gain:bias.

    Default values are left out.
    """
    return ",".join(map(_write_layer, layers))


def _write_layer(layer: Layer) -> str:
    initializer = "" if layer.initializer == AUTO else layer.initializer
    gain = "" if layer.gain == 1 else _short_float(layer.gain)
    bias = "" if layer.bias == 0 else _short_float(layer.bias)
    return f"{layer.units}:{layer.activation}:{layer.backward or ''}:{initializer}:{gain}:{bias}".rstrip(":")


def _read_layers(text: str) -> tuple[Layer, ...]:
    # Do not split at the commas between the parameters of a spec.
    return tuple(_read_layer(part) for part in re.split(r",(?![^()]*\))", text))


def _read_layer(text: str) -> Layer:
    parts = text.split(":")
    if not 2 <= len(parts) <= 6 or not parts[0].isdigit():
        raise SpecError("layers", f"layers: {in_short(text)} in the link is not a layer such as 8:tanh")
    units, activation, backward, initializer, gain, bias = (*parts, "", "", "", "")[:6]
    return Layer(int(units), activation, backward or None, initializer or AUTO, float(gain or 1), float(bias or 0))


_Field = tuple[str, Callable[[str], Any], Callable[[Any], str]]


def _short_float(value: float) -> str:
    return repr(float(value)).removesuffix(".0")


_PARAMETERS: dict[str, _Field] = {
    "data": ("dataset", str, str),
    "noise": ("noise", float, _short_float),
    "samples": ("samples", int, str),
    "test": ("test_share", float, _short_float),
    "dataseed": ("data_seed", int, str),
    "features": ("features", lambda text: tuple(text.split(",")), ",".join),
    "layers": ("layers", _read_layers, write_layers),
    "loss": ("loss", str, str),
    "optimizer": ("optimizer", str, str),
    "lr": ("learning_rate", float, _short_float),
    "schedule": ("schedule", str, str),
    "clip": ("clip_norm", float, _short_float),
    "l1": ("l1", float, _short_float),
    "l2": ("l2", float, _short_float),
    "batch": ("batch_size", int, str),
    "seed": ("seed", int, str),
    "dtype": ("dtype", str, str),
}
