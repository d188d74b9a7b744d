"""Plays one network. Adds to ``Playback``: changes in mid-run, weights that are typed in, and going back in time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from backprop import Experiment, Frame, Snapshot, SpecError, Trainer, Verdict
from backprop.checks import in_short
from backprop.diagnosis import DISTRIBUTED_QUANTITIES
from backprop.training import Timeline
from ui.live.commands import whole
from ui.live.encode import Encoder
from ui.live.outbox import Run
from ui.live.playback import FIRST_BURST, Command, Playback

Origins = Sequence[int | None]  # for each layer its former index; None for a new layer


class Player(Playback):
    """One network's run, and whether it is being played.

    Attributes:
        timeline: Moments of the run that were kept to be looked at again.
    """

    view = "explorer"
    at_shown_kinds = (*Playback.at_shown_kinds, "inspect", "distributions", "set", "look")

    def __init__(self, experiment: Experiment) -> None:
        self.timeline = Timeline()
        self._looking: tuple[Snapshot, Snapshot] | None = None  # the past moment that is shown, and the latest one
        super().__init__(Trainer(experiment), Encoder)

    @property
    def trainer(self) -> Trainer:
        """The run."""
        trainer: Trainer = self.run
        return trainer

    @property
    def experiment(self) -> Experiment:
        """The experiment that runs."""
        return self.trainer.experiment

    @property
    def frame(self) -> Frame:
        """The latest moment that was made for the view."""
        frame: Frame = self._outbox.frame
        return frame

    @property
    def looking(self) -> int | None:
        """The step of the past moment that is shown; None while the latest one is shown."""
        return self._looking[0].step if self._looking else None

    @property
    def judged(self) -> Frame:
        """The moment that the latest diagnosis judged."""
        frame: Frame = self._outbox.judged
        return frame

    @property
    def verdicts(self) -> Sequence[Verdict]:
        """What the latest diagnosis found."""
        return self._outbox.findings[0]

    @property
    def distributed(self) -> str | None:
        """The quantity whose distributions the view shows; None while it shows none."""
        return self._outbox.distributed

    # --- what the page asks for --------------------------------------------------------------------------------------

    def load(self, experiment: Experiment) -> None:
        """Run this experiment from its initial weights. If the view was playing, it plays on."""
        self.begin(experiment)
        if self.running:
            self._burst(FIRST_BURST)

    def change(self, experiment: Experiment, origins: Origins) -> None:
        """Continue with another experiment from where the run stands; see ``Trainer.change``.

        While the view plays, call it within ``at_shown``, so that the run continues from the frame on the screen. If
        the dataset or the seed differs, or nothing has been trained yet, a new run begins instead.
        """
        if experiment == self.trainer.experiment:
            return
        self._leave_the_past()
        if self._starts_anew(experiment):
            self.begin(experiment)
            return
        self.trainer.change(experiment, origins)
        self._show_again()

    def begin(self, experiment: Experiment) -> None:
        """Begin a new run. Call it within ``at_shown``, or while paused."""
        self._begin(Trainer(experiment))

    def publish(self) -> None:
        super().publish()
        self.message |= {
            "marks": [[mark.step, mark.text] for mark in self.trainer.marks],
            "latest": self._looking[1].step if self._looking else self.trainer.step_count,
            "looking": self.looking,
        }
        if self.distributed:
            self.message["distributed"] = self.distributed

    # --- commands ----------------------------------------------------------------------------------------------------

    def _obey_play(self, command: Command) -> None:
        self._leave_the_past()
        super()._obey_play(command)

    def _obey_step(self, command: Command) -> None:
        self._leave_the_past()
        super()._obey_step(command)

    def _obey_rewind(self, command: Command) -> None:
        self.running = False
        self.begin(self.trainer.experiment)

    def _obey_inspect(self, command: Command) -> None:
        self._outbox.inspected = None if command.get("layer") is None else self._unit(command)
        if not self.running:
            self._take()  # the same moment again, now with the unit

    def _obey_distributions(self, command: Command) -> None:
        """Measure the distributions of a quantity in every frame from now on, or of none."""
        of = command.get("of")
        if of is not None and of not in list(DISTRIBUTED_QUANTITIES):
            names = ", ".join(DISTRIBUTED_QUANTITIES)
            raise SpecError(
                "command", f"there is no distribution of {in_short(of)} to look at; there are those of {names}"
            )
        self._outbox.distributed = of
        if of is not None and not self.running:
            self._take()  # the same moment again, now with its distributions

    def _obey_remedy(self, command: Command) -> None:
        """Work out what helps. Its trial runs take a tenth of a second, so the view asks when it has time to wait."""
        self._outbox.diagnose(cure=True)

    def _obey_set(self, command: Command) -> None:
        self._leave_the_past()
        source = None if command.get("input") is None else whole(command, "input")
        value: Any = command.get("value")
        self.trainer.set_parameter(whole(command, "layer"), whole(command, "unit"), source, value)
        self._show_again()

    def _obey_look(self, command: Command) -> None:
        """Show the kept moment nearest to a step; the latest one if the command names no step, or if it is nearest."""
        self.running = False
        latest = self._looking[1] if self._looking else self.trainer.snapshot()
        step = latest.step if command.get("step") is None else whole(command, "step")
        moment = self.timeline.nearest(step) if step < latest.step else latest
        if self._looking and moment.step == latest.step:
            self._outbox.send_everything()
        self._looking = (moment, latest) if moment.step < latest.step else None
        self.trainer.restore(moment if self._looking else latest, keep_history=True)
        self._show_again()

    # --- how it is done ----------------------------------------------------------------------------------------------

    def _begin(self, run: Run) -> None:
        self._looking = None
        self.timeline.clear()
        super()._begin(run)

    def _starts_anew(self, experiment: Experiment) -> bool:
        """Whether this experiment begins a new run instead of continuing the present one."""
        trainer = self.trainer
        if (experiment.dataset, experiment.seed) != (trainer.experiment.dataset, trainer.experiment.seed):
            return True
        return trainer.step_count == 0 and not trainer.marks

    def _show_again(self) -> None:
        """Show the present moment after something other than training has changed it; while playing, with a burst."""
        if not self._outbox.fits:
            self._outbox.begin(self.trainer)
        elif self.running:
            self._outbox.restamp()
            return
        self._take()

    def _take(self) -> Snapshot:
        state: Snapshot = super()._take()
        if not self._looking:
            self.timeline.note(state)
        return state

    def _back_to(self, command: Command) -> None:
        if not self._looking:
            super()._back_to(command)
            if self._outbox.shown(command) is not None:
                self.timeline.note(self._outbox.shown(command))  # the timeline may have dropped it

    def _leave_the_past(self) -> None:
        """Continue from the past moment that is shown. What came after it is forgotten."""
        if not self._looking:
            return
        moment, self._looking = self._looking[0], None
        self.trainer.restore(moment)
        self.timeline.truncate(moment.step)
        self._outbox.send_everything()

    def _unit(self, command: Command) -> tuple[int, int]:
        """The layer and the unit that a command names, counted from 0; SpecError if the network has no such unit."""
        layer, unit = whole(command, "layer"), whole(command, "unit")
        layers = self.trainer.experiment.layers
        if not 0 <= layer < len(layers) or not 0 <= unit < layers[layer].units:
            raise SpecError("command", f"there is no unit {unit + 1} in layer {layer + 1} to look at")
        return layer, unit
