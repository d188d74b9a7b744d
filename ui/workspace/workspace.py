"""What one visitor works on in the Explorer: the settings as entered, the experiment that runs, and its player.

The settings (the *form*) and the experiment are kept apart on purpose. While the settings contradict each other, for
instance when a categorical loss is chosen before the output is made softmax, the last valid experiment runs on, one
sentence says what is wrong, and nothing that was entered is lost: the next change may well resolve it.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from typing import Any

from backprop import Experiment, SpecError, from_query
from backprop.checks import in_short
from backprop.links import parameter_of
from ui.charts import CHARTS
from ui.live.playback import Command, obey_all
from ui.live.player import Origins, Player
from ui.sentences import link_notice, sentence
from ui.workspace.experiment_form import ExperimentForm, Settings, dataset_name, small_enough
from ui.workspace.presets import PRESETS
from ui.workspace.treatment import Treatment


class Workspace:
    """The state of one visitor's Explorer; knows nothing of Streamlit.

    Attributes:
        notice: What is wrong with the form, in one sentence, or None.
        player: Plays the experiment.
        opened: The name of the chart that is open as a figure, or None.
        watched: The name of the example that was chosen last, or None.
    """

    def __init__(self, query: Mapping[str, str]) -> None:
        experiment, problems = experiment_of_link(dict(query))
        self.notice = link_notice(problems)
        self.opened: str | None = None
        self.watched: str | None = None
        self.player = Player(experiment)
        self._form = ExperimentForm(experiment)
        self._treatment: Treatment | None = None
        self._latest = self._form, self.notice  # of the latest moment, kept while a past one is shown

    @property
    def experiment(self) -> Experiment:
        """The experiment that runs."""
        return self.player.experiment

    @property
    def form(self) -> Settings:
        """The settings as the controls show them, by field; ``form["layers"]`` is a list of dicts."""
        return self._form.settings

    @property
    def outcome(self) -> str | None:
        """Whether the remedy that was tried last has helped, in one sentence; None if settings have changed since."""
        return self._treatment.outcome(self.player.judged) if self._treatment else None

    def change_layers(self, layers: list[Settings]) -> None:
        """Replace the stack, from a page without a live view. The stack runs if it fits the other settings."""
        self.form["layers"] = layers
        self._try_form(self.player.change)
        self.player.publish()

    def load(self, experiment: Experiment) -> None:
        """Replace all settings and begin a run."""
        self._form, self.watched, self._treatment = ExperimentForm(experiment), None, None
        self._try_form(lambda sound, _: self.player.load(sound))
        self.player.publish()

    def command(self, commands: Any) -> None:
        """Carry out what the live view sent: edits of the settings here, everything else in the player.

        A browser may send anything. A command that cannot be carried out becomes the notice.
        """
        obey_all(commands, self.player, self._obey, self._complain)

    def _complain(self, error: SpecError) -> None:
        self.notice = sentence(error)

    def _obey(self, command: Command) -> None:
        kind = command.get("type")
        if kind == "edit":
            with self.player.at_shown(command):
                self._edit(command)
        elif kind == "look":
            self._look(command)
        elif kind == "open":
            self._open(command)
        else:
            self.player.obey(command)

    def _edit(self, command: dict[str, Any]) -> None:
        op, anew = command.get("op"), False
        self._treatment = None
        if op == "treat":
            anew = self._treat(command)
        elif op == "seed":
            self.form["seed"] = other_seed(self.experiment.seed)
        elif op == "dataset":
            name = dataset_name(command)
            self._form = ExperimentForm(self._form.on_dataset(name) or self.experiment.for_dataset(name))
        elif op == "preset":
            self._take_preset(command)
            anew = True
        elif op == "apply":
            self._form.apply(command)
        else:
            self._form.edit(command)
        self._try_form((lambda sound, _: self.player.begin(sound)) if anew else self.player.change)

    def _treat(self, command: dict[str, Any]) -> bool:
        """Take over the remedy with this label, if it is still proposed; return whether the run has to begin again."""
        label = command.get("label")
        remedies = [verdict.remedy for verdict in self.player.verdicts if verdict.remedy]
        remedy = next((remedy for remedy in remedies if remedy.label == label), None)
        if remedy is None:
            raise SpecError("command", f"{in_short(label)} is no longer proposed: the run has moved on")
        self._treatment = Treatment.of(self.player.trainer, remedy.label, remedy.rewind)
        self._form = ExperimentForm(remedy.applied_to(self.player.experiment))
        return remedy.rewind

    def _take_preset(self, command: dict[str, Any]) -> None:
        name = command.get("name")
        if not isinstance(name, str) or name not in PRESETS:
            raise SpecError("command", f"there is no example {in_short(name)}")
        self._form, self.watched = ExperimentForm(PRESETS[name].experiment), name

    def _look(self, command: dict[str, Any]) -> None:
        """Show the settings of the moment that is looked at; back at the latest moment, those entered there."""
        if self.player.looking is None:
            self._latest = self._form, self.notice
        self.player.obey(command)
        if self.player.looking is None:
            self._form, self.notice = self._latest
        else:
            self._form, self.notice = ExperimentForm(self.experiment), None

    def _open(self, command: dict[str, Any]) -> None:
        name = command.get("chart")
        if name is not None and name not in list(CHARTS):
            raise SpecError("command", f"there is no chart {in_short(name)}; there are {', '.join(CHARTS)}")
        self.opened = name

    def _try_form(self, run: Callable[[Experiment, Origins], None]) -> None:
        """Run the form if it describes an experiment; otherwise say why it does not."""
        try:
            experiment = self._form.build()
        except SpecError as error:
            self.notice = sentence(error)
            return
        self.notice, origins = None, self._form.origins
        self._form = ExperimentForm(experiment)  # now with the defaults filled in
        run(experiment, origins)


def experiment_of_link(
    query: dict[str, str], fits: Callable[[Experiment], Experiment] = small_enough
) -> tuple[Experiment, list[str]]:
    """The experiment of a link without the settings that make no sense, and what is wrong with those.

    ``fits`` returns an experiment that the page can show, and refuses others with a SpecError.
    """
    problems: list[str] = []
    while True:
        try:
            return fits(from_query(query)), problems
        except SpecError as error:
            problems.append(str(error).rstrip("."))
            if query.pop(parameter_of(error.field), None) is None:
                return Experiment(), problems  # it contradicts a setting that the link does not name


def other_seed(seed: int) -> int:
    """A random seed from 0 to 999 that differs from the present one."""
    return (seed + 1 + secrets.randbelow(999)) % 1000
