"""What one visitor walks through: the network, the samples, the step, and the chosen weight. No Streamlit here."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from backprop import Experiment, Layer, Network, SpecError, to_query
from backprop.checks import in_short
from backprop.explain.factors import Weight, check_weight
from backprop.explain.initial_network import initial_network
from backprop.explain.walkthrough import Step, Walkthrough, walk
from ui.chain_rule.examples import DEFAULT, EXAMPLES
from ui.sentences import link_notice, sentence
from ui.workspace.workspace import experiment_of_link

EXPLORER, OWN = "explorer", "own"
MAX_LAYERS, MAX_UNITS, MAX_BATCH = 6, 8, 6


class Study:
    """The state of one visitor's page.

    Attributes:
        choice: A key of ``EXAMPLES``, ``"explorer"`` for the Explorer's network, or ``"own"``.
        experiment: The experiment that is walked through.
        sample: The first sample of the batch, counted from 1.
        batch: The number of samples in the batch.
        position: The index of the current step, from 0.
        row, column: The current entry of the step's result.
        weight: The weight whose factors are shown, or None.
        notice: What could not be done, in one sentence, or None.
    """

    def __init__(self, query: Mapping[str, str]) -> None:
        self.choice = DEFAULT
        self.notice: str | None = None
        self.sample = self.batch = 1
        self._build(EXAMPLES[DEFAULT].experiment)
        self.notice = link_notice([*self._open_network(query), *self._open_place(query)])

    # --- what is walked through --------------------------------------------------------------------------------------

    def choose(self, choice: str, explorer: Experiment) -> None:
        """Choose an example, the Explorer's network, or the visitor's own, which starts from what is shown."""
        self.choice, self.notice = choice, None
        if choice in EXAMPLES:
            self._build(EXAMPLES[choice].experiment)
        elif choice == EXPLORER:
            self.follow(explorer)

    def follow(self, explorer: Experiment) -> None:
        """If the Explorer's network is chosen, take over its changes. A network that is too large is refused in a
        sentence.
        """
        if self.choice != EXPLORER:
            return
        self.notice = None
        if explorer == self.experiment:
            return
        try:
            self._build(_small_enough(explorer))
        except SpecError as error:
            self.notice = f"The Explorer's network cannot be shown here: {error}. The previous network is still shown."

    def change(self, **settings: Any) -> None:
        """Change settings of the visitor's own network. If they make no sense, the notice says so and the last valid
        network stays.
        """
        self.notice = None
        try:
            if "dataset" in settings:
                self._build(_small_enough(self.experiment.for_dataset(settings["dataset"])))
            else:
                self._build(_small_enough(replace(self.experiment, **settings)))
        except SpecError as error:
            self.notice = sentence(error)

    def take_samples(self, sample: int, batch: int) -> None:
        """Choose the first sample, counted from 1, and the number of samples."""
        self.sample = min(max(sample, 1), self.n_samples)
        self.batch = min(max(batch, 1), MAX_BATCH, self.n_samples)
        self._walk()

    @property
    def n_samples(self) -> int:
        """The number of training samples to choose from."""
        return len(self._X)

    @property
    def indices(self) -> list[int]:
        """The samples of the batch, counted from 0. After the last sample comes the first."""
        return [(self.sample - 1 + i) % self.n_samples for i in range(self.batch)]

    @property
    def network(self) -> Network:
        """The network that is walked through, in float64."""
        return self.walkthrough.network

    def parameters(self) -> Iterator[Weight]:
        """Every weight and bias, in the order of ``Network.parameters``."""
        for number, weights in enumerate(self.network.weights, start=1):
            units, sources = weights.shape
            for unit in range(units):
                yield from (Weight(number, unit, source) for source in [*range(sources), None])

    def _build(self, experiment: Experiment) -> None:
        self.experiment = experiment
        self._network, self._X, self._y = initial_network(experiment)
        self.position = self.row = self.column = 0
        self.weight: Weight | None = None
        self.take_samples(self.sample, self.batch)

    def _walk(self) -> None:
        with np.errstate(over="ignore", invalid="ignore"):
            self.walkthrough: Walkthrough = walk(self._network, self._X[self.indices], self._y[self.indices])
        self.select(self.row, self.column)

    # --- where one stands --------------------------------------------------------------------------------------------

    @property
    def steps(self) -> tuple[Step, ...]:
        """All steps of the walk."""
        return self.walkthrough.steps

    @property
    def step(self) -> Step:
        """The current step."""
        return self.steps[self.position]

    def go(self, position: Any) -> None:
        """Go to a step, counted from 0 and limited to the walk. Its first entry becomes the current one."""
        if _is_whole(position):
            self.position = min(max(position, 0), len(self.steps) - 1)
            self.select(0, 0)

    def select(self, row: int, column: int) -> None:
        """Choose an entry of the result, counted from 0."""
        rows, columns = self.step.result.values.shape
        self.row, self.column = min(max(row, 0), rows - 1), min(max(column, 0), columns - 1)

    def choose_weight(self, weight: Weight | None) -> None:
        """Choose the weight whose factors are shown. Choosing it again closes them."""
        if weight is not None:
            check_weight(self.network, weight)
        self.weight = None if weight == self.weight else weight

    def obey(self, command: Any) -> None:
        """Carry out what the page's components sent. What makes no sense is ignored.

        ``{"go": 3}`` goes to a step, ``{"entry": [0, 1]}`` to an entry, ``{"weight": [layer, unit, source]}`` chooses a
        weight, or with source −1 a bias.
        """
        if not isinstance(command, dict):
            return
        self.go(command.get("go"))
        entry: Any = command.get("entry")
        weight: Any = command.get("weight")
        if _are_whole(entry, 2):
            self.select(*entry)
        if _are_whole(weight, 3):
            layer, unit, source = weight
            try:
                self.choose_weight(Weight(layer, unit, None if source < 0 else source))
            except ValueError:
                return  # it belongs to the previous network and was clicked too late

    # --- links -------------------------------------------------------------------------------------------------------

    def to_query(self) -> dict[str, str]:
        """The page as the parameters of a link, without those that the page opens with."""
        query: dict[str, str] = {}
        if self.choice not in EXAMPLES or self.experiment != EXAMPLES[self.choice].experiment:
            query = {"network": OWN, **to_query(self.experiment)}
        elif self.choice != DEFAULT:
            query["network"] = self.choice
        for name, value in (("sample", self.sample), ("batch", self.batch), ("step", self.position + 1)):
            if value != 1:
                query[name] = str(value)
        if (self.row, self.column) != (0, 0):
            query["entry"] = f"{self.row + 1}.{self.column + 1}"
        if self.weight is not None:
            source = "b" if self.weight.source is None else self.weight.source + 1
            query["weight"] = f"{self.weight.layer}.{self.weight.unit + 1}.{source}"
        return query

    def _open_network(self, query: Mapping[str, str]) -> list[str]:
        name = query.get("network", DEFAULT)
        if name in EXAMPLES:
            self.choice = name
            self._build(EXAMPLES[name].experiment)
            return []
        if name != OWN:
            return [f"network: there is no {in_short(name)}; choose one of {', '.join([*EXAMPLES, OWN])}"]
        self.choice = OWN
        experiment, problems = experiment_of_link(dict(query), _small_enough)
        self._build(experiment)
        return problems

    def _open_place(self, query: Mapping[str, str]) -> list[str]:
        problems: list[str] = []

        def number(name: str, largest: int) -> int:
            text = query.get(name, "1")
            if re.fullmatch(r"[0-9]{1,6}", text) and 1 <= int(text) <= largest:
                return int(text)
            problems.append(f"{name} must be a whole number from 1 to {largest}, not {in_short(text)}")
            return 1

        self.take_samples(number("sample", self.n_samples), number("batch", min(MAX_BATCH, self.n_samples)))
        self.go(number("step", len(self.steps)) - 1)
        if "entry" in query:
            problems += self._open_entry(query["entry"])
        if "weight" in query:
            problems += self._open_weight(query["weight"])
        return problems

    def _open_entry(self, text: str) -> list[str]:
        match = re.fullmatch(r"([0-9]{1,3})\.([0-9]{1,3})", text)
        rows, columns = self.step.result.values.shape
        if match is None or not (1 <= int(match[1]) <= rows and 1 <= int(match[2]) <= columns):
            return [f"entry must be row.column of a {rows} × {columns} table, such as 1.1, not {in_short(text)}"]
        self.select(int(match[1]) - 1, int(match[2]) - 1)
        return []

    def _open_weight(self, text: str) -> list[str]:
        match = re.fullmatch(r"([0-9]{1,3})\.([0-9]{1,3})\.([0-9]{1,3}|b)", text)
        if match is None:
            return [f"weight must be layer.unit.source, such as 1.2.1, or 1.2.b for a bias, not {in_short(text)}"]
        try:
            source = None if match[3] == "b" else int(match[3]) - 1
            self.choose_weight(Weight(int(match[1]), int(match[2]) - 1, source))
        except ValueError as error:
            return [f"weight: {error}"]
        return []


def layers_with(experiment: Experiment, hidden: int) -> tuple[Layer, ...]:
    """The same layers with another number of hidden ones: cut from the end, or with the last one (or tanh) repeated."""
    kept = experiment.hidden[:hidden]
    more = (kept[-1] if kept else Layer(2, "tanh"),) * (hidden - len(kept))
    return (*kept, *more, experiment.output)


def _small_enough(experiment: Experiment) -> Experiment:
    """The same experiment; SpecError if its network does not fit on the screen with all its numbers."""
    if len(experiment.layers) > MAX_LAYERS:
        count = len(experiment.layers)
        raise SpecError("layers", f"it has {count} layers, and {MAX_LAYERS} fit on the screen: take fewer layers")
    for number, layer in enumerate(experiment.layers, start=1):
        if layer.units > MAX_UNITS:
            text = f"layer {number} has {layer.units} units, and {MAX_UNITS} fit on the screen: take fewer units"
            raise SpecError("layers", text)
    return experiment


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _are_whole(value: Any, count: int) -> bool:
    return isinstance(value, list) and len(value) == count and all(map(_is_whole, value))
