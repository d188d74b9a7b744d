"""What one visitor works on: the settings as they were typed, the experiment that runs, and its player.

The settings (the *draft*) and the experiment are kept apart on purpose. While the settings contradict each other, say a
categorical loss is chosen before the output is made softmax, the last sound experiment runs on, one sentence says what
is wrong, and nothing that was typed is lost: the next change may well resolve it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from backprop import DATASETS, Experiment, Layer, SpecError, from_query
from backprop.heads import natural_head
from backprop.links import parameter_of
from ui.commands import whole, without_wasted_bursts
from ui.player import Player

LayerDraft = dict[str, Any]
MAX_PARAMETERS = 200_000


class Workspace:
    """The state of one session; knows nothing of Streamlit.

    Attributes:
        experiment: What runs.
        draft: What the controls say, field by field; ``draft["layers"]`` is a list of dicts.
        notice: What is wrong with the draft, in one sentence, or None.
        player: Plays the experiment.
    """

    def __init__(self, query: Mapping[str, str]) -> None:
        self.experiment, problems = _from_link(dict(query))
        self.notice: str | None = None
        if problems:
            self.notice = f"This link cannot be opened as it is: {'; '.join(problems)}. All else is as it says."
        self.draft = _draft(self.experiment)
        self.player = Player(self.experiment)

    def change(self, **settings: Any) -> None:
        """Change settings and run them if they make sense together."""
        if "dataset" in settings:
            self.draft = _draft(self._on_dataset(settings.pop("dataset")))
        self.draft.update(settings)
        self._try_draft()
        self.player.publish()

    def load(self, experiment: Experiment) -> None:
        """Replace all settings."""
        self.draft = _draft(experiment)
        self._try_draft()
        self.player.publish()

    def command(self, commands: Any) -> None:
        """Obey what the live view sent: edits of the stack here, everything else in the player.

        It should be a list of dicts, but it comes from a browser: what cannot be obeyed becomes the notice.
        """
        for command in without_wasted_bursts(commands if isinstance(commands, list) else [commands]):
            try:
                self._obey(command)
            except SpecError as error:
                self.notice = _sentence(str(error))
        self.player.publish()

    def _obey(self, command: Any) -> None:
        if not isinstance(command, dict):
            raise SpecError("command", f"the live view sent {command!r}, which is not a command")
        if not self.player.accept(command):
            return
        if command.get("type") == "edit":
            self._edit(command)
        else:
            self.player.obey(command)

    def _on_dataset(self, name: str) -> Experiment:
        """What was typed, on another dataset; an output layer or a loss that contradict each other are replaced."""
        output, loss = natural_head(DATASETS[self.draft["dataset"]])
        layers = [*self.draft["layers"][:-1], dataclasses.asdict(output)]
        for draft in (self.draft, {**self.draft, "layers": layers, "loss": loss}):
            try:
                return build(draft).for_dataset(name)
            except SpecError:
                continue
        return self.experiment.for_dataset(name)

    def _edit(self, command: dict[str, Any]) -> None:
        layers = [dict(layer) for layer in self.draft["layers"]]
        self.draft["layers"] = edit_layers(layers, command)
        self._try_draft()

    def _try_draft(self) -> None:
        """Run the draft if it is an experiment; otherwise say why it is not."""
        try:
            experiment = build(self.draft)
        except SpecError as error:
            self.notice = _sentence(str(error))
            return
        self.notice = None
        self.draft = _draft(experiment)  # what was left open, such as no features at all, now shows what it came to
        before, self.experiment = self.experiment, experiment
        if experiment == before:
            return
        if dataclasses.replace(experiment, learning_rate=before.learning_rate) == before:
            self.player.set_learning_rate(experiment.learning_rate)
        else:
            self.player.load(experiment)


def _from_link(query: dict[str, str]) -> tuple[Experiment, list[str]]:
    """The experiment of a link without the settings that make no sense, and what is wrong with those."""
    problems: list[str] = []
    while True:
        try:
            return _small_enough(from_query(query)), problems
        except SpecError as error:
            problems.append(str(error).rstrip("."))
            if query.pop(parameter_of(error.field), None) is None:
                return Experiment(), problems  # a contradiction with what the link does not name


def build(draft: Mapping[str, Any]) -> Experiment:
    """The experiment that a draft describes; SpecError where it is none."""
    layers = []
    for number, layer in enumerate(draft["layers"], start=1):
        try:
            layers.append(Layer(**layer))
        except SpecError as error:
            raise SpecError("layers", f"layer {number}: {error}") from None
    return _small_enough(Experiment(**{**draft, "layers": tuple(layers)}))


def _small_enough(experiment: Experiment) -> Experiment:
    """The same experiment; SpecError where its network is too large to be shown live."""
    count = experiment.parameter_count
    if count > MAX_PARAMETERS:
        raise SpecError(
            "layers",
            f"this stack has {count:,} weights and biases, more than the {MAX_PARAMETERS:,} that can be shown live: "
            "take fewer units or layers",
        )
    return experiment


def edit_layers(layers: list[LayerDraft], command: Mapping[str, Any]) -> list[LayerDraft]:
    """The stack after one edit of the live view.

    Args:
        layers: The stack; changed in place and returned.
        command: ``op`` is ``"set"`` (with ``layer``, ``field``, ``value``), ``"add"``, ``"duplicate"``, ``"remove"`` or
            ``"move"`` (with ``layer`` and ``to``); layers are counted from 0.

    Raises:
        SpecError: The edit names no layer or no field of one, or would leave the network without an output.
    """
    op, index = command.get("op"), whole(command, "layer", -1)
    last = len(layers) - 1
    if op == "add":
        layers.insert(last, {**_plain_layer(), **(layers[last - 1] if last > 0 else {})})
        return layers
    if not 0 <= index <= last:
        raise SpecError("layers", f"There is no layer {index + 1} to change; the stack has {last + 1}.")
    if op == "set":
        field = str(command.get("field"))
        if field not in layers[index] or "value" not in command:
            raise SpecError("layers", f"A layer has no {field!r} that could be set so.")
        layers[index][field] = command["value"]
    elif op == "duplicate":
        # A copy of the output layer goes before it and is a hidden layer.
        layers.insert(index + 1 if index < last else index, dict(layers[index]))
    elif op == "remove":
        if index == last:
            raise SpecError("layers", "The output layer cannot be removed: the loss is measured on it.")
        del layers[index]
    elif op == "move":
        to = max(0, min(whole(command, "to", index), last - 1))
        if index == last:
            raise SpecError("layers", "The output layer stays last: the loss is measured on it.")
        layers.insert(to, layers.pop(index))
    else:
        raise SpecError("layers", f"The live view sent an unknown edit {op!r}.")
    return layers


def _draft(experiment: Experiment) -> dict[str, Any]:
    fields = {field.name: getattr(experiment, field.name) for field in dataclasses.fields(experiment)}
    return {**fields, "layers": [dataclasses.asdict(layer) for layer in experiment.layers]}


def _plain_layer() -> LayerDraft:
    return dataclasses.asdict(Layer(8, "tanh"))


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")
