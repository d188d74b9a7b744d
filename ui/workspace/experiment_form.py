"""The settings as a visitor entered them. They may contradict each other, and nothing that was entered is lost
meanwhile.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from backprop import DATASETS, Experiment, Layer, SpecError
from backprop.checks import checked_spec, in_short
from backprop.experiment import MAX_LAYERS
from backprop.functions import get_loss
from backprop.heads import natural_head
from ui.live.commands import whole

Settings = dict[str, Any]
MAX_PARAMETERS = 200_000
MAX_ALL_UNITS = 4000  # each is a picture
MAX_OUTPUTS = 1_000_000  # units times samples: so many outputs, slopes and error signals are measured for a frame
_FIELDS = {field.name for field in dataclasses.fields(Experiment)}


class ExperimentForm:
    """All settings of an experiment as they were entered.

    Args:
        experiment: Where the settings start from.

    Attributes:
        settings: The fields of ``Experiment`` by name; ``settings["layers"]`` is a list of dicts.
        origins: For each layer the index, from 0, that it had in ``experiment``; None for a new layer.
    """

    def __init__(self, experiment: Experiment) -> None:
        fields = {name: getattr(experiment, name) for name in _FIELDS}
        self.settings: Settings = {**fields, "layers": [dataclasses.asdict(layer) for layer in experiment.layers]}
        self.origins: list[int | None] = list(range(len(experiment.layers)))

    def build(self) -> Experiment:
        """The experiment that the settings describe; SpecError if they do not describe one."""
        return _build(self.settings)

    def on_dataset(self, name: str) -> Experiment | None:
        """The same settings on another dataset. An output layer or a loss that do not fit each other are replaced.

        Returns None if other settings are wrong.
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
        """Change the stack.

        Args:
            command: ``op`` is ``"set"`` (with ``layer``, ``field``, ``value``), ``"add"``, ``"duplicate"``,
                ``"remove"`` or ``"move"`` (with ``layer`` and ``to``). Layers are counted from 0.

        Raises:
            SpecError: There is no such layer or field, or the network would be left without an output.
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
                raise SpecError("layers", f"A layer has no setting {in_short(field)}.")
            self._set_fields(index, {field: command["value"]})
        elif op == "duplicate":
            # A copy of the output layer is put before it, as a hidden layer.
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
            raise SpecError("layers", f"The live view sent an unknown edit {in_short(op)}.")

    def apply(self, command: Mapping[str, Any]) -> None:
        """Set several fields at once, either all or none.

        Args:
            command: ``settings`` holds fields of ``Experiment`` other than its dataset and layers.

        Raises:
            SpecError: There is no such field, or a value makes no sense whatever the other settings are.
        """
        settings = _fields(command, "settings")
        for field, value in settings.items():
            self._check(field, value)
        self.settings.update(settings)

    def _insert(self, index: int, layer: Settings) -> None:
        if len(self.settings["layers"]) >= MAX_LAYERS:
            raise SpecError("layers", f"At most {MAX_LAYERS} layers can be stacked: remove one first.")
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
                "layers", f"A layer has no {', '.join(map(repr, unknown)) or 'field'} that can be set here."
            )
        layer.update(fields)

    def _check(self, field: str, value: Any) -> None:
        """Refuse a value that makes no sense whatever the other settings are."""
        if field not in _FIELDS or field in ("dataset", "layers"):
            raise SpecError("command", f"There is no {in_short(field)} that can be set here.")
        if field == "loss":  # may contradict the output layer for now
            checked_spec(field, value, get_loss)
        elif field == "features" and not isinstance(value, (list, tuple)):
            raise SpecError(field, f"features must be a list, not {in_short(value)}")
        else:
            dataclasses.replace(Experiment().for_dataset(self.settings["dataset"]), **{field: value})


def dataset_name(command: Mapping[str, Any]) -> str:
    """The dataset that a command names; SpecError if there is no such dataset."""
    name = command.get("name")
    if not isinstance(name, str) or name not in DATASETS:
        raise SpecError("dataset", f"there is no dataset {in_short(name)}; there are {', '.join(DATASETS)}")
    return name


def small_enough(experiment: Experiment) -> Experiment:
    """The same experiment; SpecError if it is too large to be shown live."""
    kind, weights = experiment.kind, experiment.parameter_count
    units = sum(layer.units for layer in experiment.layers)
    samples = min(experiment.samples, kind.available or experiment.samples)
    if weights > MAX_PARAMETERS:
        what, most, less = f"this stack has {weights:,} weights and biases", MAX_PARAMETERS, "units or layers"
    elif units > MAX_ALL_UNITS:
        what, most, less = f"this stack has {units:,} units", MAX_ALL_UNITS, "units or layers"
    elif units * samples > MAX_OUTPUTS:
        what, most = f"{units:,} units have {units * samples:,} outputs for {samples:,} samples", MAX_OUTPUTS
        less = "units or samples"
    else:
        return experiment
    raise SpecError("layers", f"{what}, more than the {most:,} that can be shown live: take fewer {less}")


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
        raise SpecError("command", f"the live view sent {name} = {in_short(fields)}, which are no settings")
    return fields


def _plain_layer() -> Settings:
    return dataclasses.asdict(Layer(8, "tanh"))
