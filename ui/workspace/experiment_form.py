"""The settings as they were typed. They may contradict each other; nothing of them is lost while they do."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from backprop import DATASETS, Experiment, Layer, SpecError
from backprop.checks import checked_spec
from backprop.functions import get_loss
from backprop.heads import natural_head
from ui.live.commands import whole

Settings = dict[str, Any]
MAX_PARAMETERS = 200_000
_FIELDS = {field.name for field in dataclasses.fields(Experiment)}


class ExperimentForm:
    """All settings of an experiment, each as it was typed.

    Args:
        experiment: What they are at first.

    Attributes:
        settings: Field by field of ``Experiment``; ``settings["layers"]`` is a list of dicts.
        origins: For each layer the index, from 0, of the layer that it was in ``experiment``; None for a new one.
    """

    def __init__(self, experiment: Experiment) -> None:
        fields = {name: getattr(experiment, name) for name in _FIELDS}
        self.settings: Settings = {**fields, "layers": [dataclasses.asdict(layer) for layer in experiment.layers]}
        self.origins: list[int | None] = list(range(len(experiment.layers)))

    def build(self) -> Experiment:
        """The experiment that the settings describe; SpecError where it is none."""
        return _build(self.settings)

    def on_dataset(self, name: str) -> Experiment | None:
        """What was typed, on another dataset; an output layer or a loss that contradict each other are replaced.

        None where something else is wrong with the settings.
        """
        output, loss = natural_head(DATASETS[self.settings["dataset"]])
        layers = [*self.settings["layers"][:-1], dataclasses.asdict(output)]
        for settings in (self.settings, {**self.settings, "layers": layers, "loss": loss}):
            try:
                return _build(settings).for_dataset(name)
            except SpecError:
                continue
        return None

    def edit(self, command: Mapping[str, Any]) -> None:
        """Make one edit of the stack.

        Args:
            command: ``op`` is ``"set"`` (with ``layer``, ``field``, ``value``), ``"add"``, ``"duplicate"``,
                ``"remove"`` or ``"move"`` (with ``layer`` and ``to``); layers are counted from 0.

        Raises:
            SpecError: The edit names no layer or no field of one, or would leave the network without an output.
        """
        op, layers = command.get("op"), self.settings["layers"]
        last = len(layers) - 1
        if op == "add":
            self._insert(last, {**_plain_layer(), **(layers[last - 1] if last > 0 else {})})
            return
        index = self._layer(command)
        if op == "set":
            field = str(command.get("field"))
            if "value" not in command:
                raise SpecError("layers", f"A layer has no {field!r} that could be set so.")
            self._set_fields(index, {field: command["value"]})
        elif op == "duplicate":
            # A copy of the output layer goes before it and is a hidden layer.
            self._insert(index + 1 if index < last else index, dict(layers[index]))
        elif op == "remove":
            if index == last:
                raise SpecError("layers", "The output layer cannot be removed: the loss is measured on it.")
            del layers[index], self.origins[index]
        elif op == "move":
            to = max(0, min(whole(command, "to", index), last - 1))
            if index == last:
                raise SpecError("layers", "The output layer stays last: the loss is measured on it.")
            for items in (layers, self.origins):
                items.insert(to, items.pop(index))
        else:
            raise SpecError("layers", f"The live view sent an unknown edit {op!r}.")

    def apply(self, command: Mapping[str, Any]) -> None:
        """Set several fields at once, all or none.

        Args:
            command: ``settings`` are fields of ``Experiment`` but its dataset and layers, ``layer_settings`` those of
                the layer ``layer``, from 0.

        Raises:
            SpecError: There is no such field or layer, or a setting makes no sense whatever the others are.
        """
        settings, layer_settings = (_fields(command, name) for name in ("settings", "layer_settings"))
        for field, value in settings.items():
            self._check(field, value)
        if layer_settings:
            self._set_fields(self._layer(command), layer_settings)
        self.settings.update(settings)

    def _insert(self, index: int, layer: Settings) -> None:
        self.settings["layers"].insert(index, layer)
        self.origins.insert(index, None)

    def _layer(self, command: Mapping[str, Any]) -> int:
        index, count = whole(command, "layer", -1), len(self.settings["layers"])
        if not 0 <= index < count:
            raise SpecError("layers", f"There is no layer {index + 1} to change; the stack has {count}.")
        return index

    def _set_fields(self, index: int, fields: Settings) -> None:
        layer = self.settings["layers"][index]
        unknown = [name for name in fields if name not in layer]
        if unknown or not fields:
            raise SpecError(
                "layers", f"A layer has no {', '.join(map(repr, unknown)) or 'field'} that could be set so."
            )
        layer.update(fields)

    def _check(self, field: str, value: Any) -> None:
        """Refuse a value that makes no sense whatever the other settings are."""
        if field not in _FIELDS or field in ("dataset", "layers"):
            raise SpecError("command", f"There is no {field!r} that could be set so.")
        if field == "loss":  # it may contradict the output layer
            checked_spec(field, value, get_loss)
        elif field == "features" and not isinstance(value, (list, tuple)):
            raise SpecError(field, f"features must be a list, not {value!r}")
        else:
            dataclasses.replace(Experiment().for_dataset(self.settings["dataset"]), **{field: value})


def dataset_name(command: Mapping[str, Any]) -> str:
    """The dataset that a command names; SpecError where there is no such dataset."""
    name = command.get("name")
    if not isinstance(name, str) or name not in DATASETS:
        raise SpecError("dataset", f"there is no dataset {name!r}; there are {', '.join(DATASETS)}")
    return name


def small_enough(experiment: Experiment) -> Experiment:
    """The same experiment; SpecError where its network is too large to be shown live."""
    count = experiment.parameter_count
    if count > MAX_PARAMETERS:
        raise SpecError(
            "layers",
            f"this stack has {count:,} weights and biases, more than the {MAX_PARAMETERS:,} that can be shown live: "
            "take fewer units or layers",
        )
    return experiment


def _build(settings: Mapping[str, Any]) -> Experiment:
    layers = []
    for number, layer in enumerate(settings["layers"], start=1):
        try:
            layers.append(Layer(**layer))
        except SpecError as error:
            raise SpecError("layers", f"layer {number}: {error}") from None
    return small_enough(Experiment(**{**settings, "layers": tuple(layers)}))


def _fields(command: Mapping[str, Any], name: str) -> Settings:
    fields = command.get(name) or {}
    if not isinstance(fields, dict):
        raise SpecError("command", f"the live view sent {name} = {fields!r}, which are no settings")
    return fields


def _plain_layer() -> Settings:
    return dataclasses.asdict(Layer(8, "tanh"))
