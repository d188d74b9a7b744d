"""What one visitor compares: the stacks as entered, the stacks that run, and how they are played.

Each stack has a form of its own, and the shared settings are in each of them. Any change begins a new run of all
stacks. While one of them makes no sense, the last valid stacks run on, and one sentence says what is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from backprop import Experiment, SpecError
from backprop.functions import get_loss
from backprop.links import parameter_of
from backprop.studies.words import STACK_NAMES
from ui.compare.link import read_link, write_link
from ui.compare.playback import ComparisonPlayback
from ui.live.commands import whole
from ui.live.playback import Command, obey_all
from ui.sentences import link_notice, sentence
from ui.workspace.experiment_form import ExperimentForm, Settings, dataset_name
from ui.workspace.workspace import other_seed

MIN_STACKS, MAX_STACKS = 2, len(STACK_NAMES)


class Comparison:
    """The state of one visitor's comparison; knows nothing of Streamlit.

    Args:
        query: The parameters of the link with which the page was opened.
        explorer: Returns the experiment that the Explorer runs.

    Attributes:
        notice: What is wrong with the entered settings, in one sentence, or None.
        playback: Plays the stacks.
        sent: The stack that is to be opened in the Explorer, or None.
    """

    def __init__(self, query: Mapping[str, str], explorer: Callable[[], Experiment]) -> None:
        experiments, problems = read_link(query)
        self.notice = link_notice(problems)
        self.sent: Experiment | None = None
        self.playback = ComparisonPlayback(experiments)
        self._explorer = explorer
        self._forms = [ExperimentForm(experiment) for experiment in experiments]

    @property
    def experiments(self) -> tuple[Experiment, ...]:
        """The experiments that run."""
        return self.playback.lockstep.experiments

    @property
    def form(self) -> Settings:
        """The shared settings as the controls show them, by field."""
        return self._forms[0].settings

    @property
    def stacks(self) -> list[list[Settings]]:
        """The layers of each stack as the cards show them."""
        return [form.settings["layers"] for form in self._forms]

    @property
    def query(self) -> dict[str, str]:
        """The experiments that run, as the parameters of a link."""
        return write_link(self.experiments)

    def command(self, commands: Any) -> None:
        """Carry out what the view sent: edits here, everything else in the playback.

        A browser may send anything. A command that cannot be carried out becomes the notice.
        """
        obey_all(commands, self.playback, self._obey, self._complain)

    def _complain(self, error: SpecError) -> None:
        self.notice = sentence(error)

    def _obey(self, command: Command) -> None:
        kind = command.get("type")
        if kind == "edit":
            with self.playback.at_shown(command):
                self._edit(command)
        elif kind == "send":
            self.sent = self.experiments[self._stack(command, len(self.experiments))]
        else:
            self.playback.obey(command)

    def _edit(self, command: dict[str, Any]) -> None:
        op = command.get("op")
        if op == "apply":
            for form in self._forms:
                form.apply(command)
        elif op == "dataset":
            self._go_to_dataset(dataset_name(command))
        elif op == "seed":
            seed = other_seed(self.experiments[0].seed)
            for form in self._forms:
                form.settings["seed"] = seed
        elif op == "explorer_settings":
            self._forms = [_on(self._explorer(), layers) for layers in self.stacks]
        elif op == "add_stack":
            self._add_stack()
        elif op == "remove_stack":
            self._remove_stack(command)
        elif op == "from_explorer":
            self._take_stack(command)
            return
        else:
            self._forms[self._stack(command)].edit(command)
        self._try_forms()

    def _add_stack(self) -> None:
        """Add a copy of the last stack. The visitor then changes in it what is to differ."""
        if len(self._forms) == MAX_STACKS:
            raise SpecError("stacks", f"at most {MAX_STACKS} stacks can be compared: remove one first")
        copy = ExperimentForm(self.experiments[-1])
        copy.settings = {**self._forms[-1].settings, "layers": [dict(layer) for layer in self.stacks[-1]]}
        self._forms.append(copy)

    def _remove_stack(self, command: Mapping[str, Any]) -> None:
        if len(self._forms) == MIN_STACKS:
            raise SpecError("stacks", f"a comparison needs {MIN_STACKS} stacks: add one before you remove this")
        del self._forms[self._stack(command)]

    def _take_stack(self, command: Mapping[str, Any]) -> None:
        """Put the Explorer's stack in the place of one of these, with the data and the training that all share."""
        index, explorer = self._stack(command), self._explorer()
        base = self.experiments[0]
        self._forms[index] = _on(base, ExperimentForm(explorer).settings["layers"])
        self._try_forms()
        if self.notice is None and self.experiments[index].layers != explorer.layers:
            self.notice = (
                f"The Explorer's output layer does not fit {base.kind.label} and {get_loss(base.loss).label}: stack "
                f"{STACK_NAMES[index]} got that of stack A. The sidebar can take the Explorer's data as well."
            )

    def _stack(self, command: Mapping[str, Any], count: int | None = None) -> int:
        index, count = whole(command, "stack", -1), count or len(self._forms)
        if not 0 <= index < count:
            raise SpecError("stacks", f"there is no stack {index + 1} here; there are {count}")
        return index

    def _go_to_dataset(self, name: str) -> None:
        """Take all stacks to another dataset, with one loss for all and output layers that fit."""
        base = self._forms[0].on_dataset(name) or self.experiments[0].for_dataset(name)
        self._forms = [ExperimentForm(base), *(_on(base, layers) for layers in self.stacks[1:])]

    def _try_forms(self) -> None:
        """Run the stacks if all forms describe experiments; otherwise say why they do not."""
        experiments: list[Experiment] = []
        for name, form in zip(STACK_NAMES, self._forms, strict=False):
            try:
                experiments.append(form.build())
            except SpecError as error:
                of_one = parameter_of(error.field) in ("layers", "loss")
                self.notice = sentence(SpecError(error.field, f"stack {name}: {error}") if of_one else error)
                return
        self.notice = None
        self._forms = [ExperimentForm(experiment) for experiment in experiments]
        if tuple(experiments) != self.experiments:
            self.playback.begin(experiments)


def _on(base: Experiment, layers: list[Settings]) -> ExperimentForm:
    """These layers, as entered, with the settings of ``base``. If their output layer does not fit, that of ``base`` is
    taken.
    """
    form = ExperimentForm(base)
    usual = form.settings["layers"][-1]
    form.settings["layers"] = [layers[-1]]
    try:
        form.build()
        output = layers[-1]
    except SpecError:
        output = usual
    form.settings["layers"] = [*layers[:-1], output]
    return form
