"""Plays a run for a live view: bursts of frames on request, and whatever is done is done to the frame on the screen.

The view pulls: it asks for the next burst when its queue runs low, so it is never flooded. While it plays, a command
names the frame that was on the screen (``shown``), the run goes back to that state, and then the command is obeyed; the
view drops what it had queued. Commands carry increasing numbers and are repeated by the view until they are
acknowledged, so that none is lost and none is obeyed twice.

A change from elsewhere than the view does not know that frame. While playing it waits: ``cut`` tells the view to drop
its queue and to answer with the frame it stopped at.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from backprop import Experiment, Frame, Snapshot, SpecError, Trainer
from backprop.timeline import Timeline
from ui.commands import whole
from ui.pace import Pace
from ui.reel import Reel

BURST_SECONDS = 0.08  # a burst ends after this long, so that the next command is answered at once
MAX_BURST = 30
FIRST_BURST = 4  # short, so that the picture moves at once
_AT_SHOWN = ("play", "pause", "step", "rewind", "speed", "inspect", "set", "look")

Command = dict[str, Any]
Origins = Sequence[int | None]  # for each layer the index of the layer that it was before; None for a new one


class Player:
    """One run and its playing state.

    Attributes:
        trainer: The run.
        running: Whether the view is playing.
        pace: How many updates go before each frame.
        timeline: Kept moments of the run, to look at again.
        message: The latest message to the view, a JSON-ready dict; the same object until the next ``publish``.
    """

    def __init__(self, experiment: Experiment) -> None:
        self.running = False
        self.pace = Pace()
        self.timeline = Timeline()
        self.trainer = Trainer(experiment)
        self._reel = Reel(self.trainer)
        self._looking: tuple[Snapshot, Snapshot] | None = None  # the past moment shown, and the latest one
        self._waiting: tuple[Experiment, Origins] | None = None  # a change that does not know the frame on the screen
        self._cut = 0  # counts such changes
        self._sequence = 0
        self._acknowledged = 0
        self._take()
        self.publish()

    @property
    def experiment(self) -> Experiment:
        """What runs, or will run from the frame on the screen on."""
        return self._waiting[0] if self._waiting else self.trainer.experiment

    @property
    def frame(self) -> Frame:
        """The latest moment that was made for the view."""
        return self._reel.frame

    @property
    def looking(self) -> int | None:
        """The step of the past moment that is looked at; None where the latest one is."""
        return self._looking[0].step if self._looking else None

    # --- what the page asks for --------------------------------------------------------------------------------------

    def load(self, experiment: Experiment) -> None:
        """Run this experiment from its initial weights; the view plays on if it was playing.

        Like all that happens here, the view hears of it with the next ``publish``.
        """
        self.begin(experiment)
        if self.running:
            self._burst(FIRST_BURST)

    def change(self, experiment: Experiment, origins: Origins) -> None:
        """Go on with another experiment, as ``Trainer.change``; while playing, from the frame on the screen.

        A new run begins where the dataset or the seed is another one, and where nothing has been trained yet.
        """
        if experiment == self.experiment:
            return
        if self._starts_anew(experiment):
            self.load(experiment)
        elif self.running:
            before = self._waiting[1] if self._waiting else range(len(self.trainer.experiment.layers))
            self._waiting = experiment, [None if index is None else before[index] for index in origins]
            self._cut += 1
        else:
            self.change_shown(experiment, origins)

    def change_shown(self, experiment: Experiment, origins: Origins) -> None:
        """As ``change``, at once: to be called within ``at_shown``, or while paused."""
        if experiment == self.trainer.experiment:
            return
        self._leave_the_past()
        if self._starts_anew(experiment):
            self.begin(experiment)
            return
        self.trainer.change(experiment, origins)
        self._show_again()

    def begin(self, experiment: Experiment) -> None:
        """A run begins; to be called within ``at_shown``, or while paused."""
        self.trainer = Trainer(experiment)
        self._looking = self._waiting = None
        self.timeline.clear()
        self._reel.begin(self.trainer)
        self._take()

    @contextmanager
    def at_shown(self, command: Command) -> Iterator[None]:
        """What is done within is done to the frame on the screen; where the view is playing, it plays on from there."""
        self._back_to(command)
        self._change_now()
        try:
            yield
        finally:
            if self.running:
                self._burst(FIRST_BURST)

    def accept(self, command: Command) -> bool:
        """Whether this command is new; from now on it counts as obeyed. SpecError where it has no number."""
        number = whole(command, "id")
        if number <= self._acknowledged:
            return False
        self._acknowledged = number
        return True

    def obey(self, command: Command) -> None:
        """Obey one accepted command of the view; what it leads to goes out with the next ``publish``.

        Args:
            command: ``{"id": int, "type": str, …}`` with type ``"hello"``, ``"more"``, ``"play"``, ``"pause"``,
                ``"step"``, ``"rewind"``, ``"speed"``, ``"inspect"``, ``"set"`` or ``"look"``.

        Raises:
            SpecError: There is no such command, or what it says makes no sense.
        """
        kind = command.get("type")
        action = getattr(self, f"_obey_{kind}", None)
        if action is None:
            raise SpecError("command", f"the live view sent an unknown command {kind!r}")
        if kind not in _AT_SHOWN:
            action(command)
            return
        with self.at_shown(command):
            action(command)

    def publish(self) -> None:
        """Make a message of everything that has happened since the last one."""
        self._sequence += 1
        self.message: dict[str, Any] = {
            "sequence": self._sequence,
            "acknowledged": self._acknowledged,
            "cut": self._cut,
            "running": self.running,
            "updates": self.pace.name,
            "per_frame": self.pace.updates,
            "marks": [[mark.step, mark.text] for mark in self.trainer.marks],
            "latest": self._looking[1].step if self._looking else self.trainer.step_count,
            "looking": self.looking,
            **self._reel.message(),
        }

    # --- commands ----------------------------------------------------------------------------------------------------

    def _obey_hello(self, command: Command) -> None:
        """The view is new, was away or has missed a message: tell it everything."""
        self._change_now()
        self._reel.tell_history()
        self._take()

    def _obey_more(self, command: Command) -> None:
        if command.get("back") or command.get("shown") is None:
            self._back_to(command)
            self._change_now()
        self._reel.drop_before(command)
        if self.running and not self._waiting:  # else the view is about to drop these frames
            self._burst(whole(command, "frames", MAX_BURST))

    def _obey_play(self, command: Command) -> None:
        self._leave_the_past()
        self.running = True

    def _obey_pause(self, command: Command) -> None:
        self.running = False

    def _obey_step(self, command: Command) -> None:
        self.running = False
        self._leave_the_past()
        if command.get("unit") == "epoch":
            self.trainer.run_epoch()
        else:
            self.trainer.step(1)
        self._take()

    def _obey_rewind(self, command: Command) -> None:
        self.running = False
        self.begin(self.trainer.experiment)

    def _obey_speed(self, command: Command) -> None:
        if command.get("top") is True:
            self.pace.set_top()
        else:
            self.pace.set(whole(command, "updates", 1))
        if command.get("shown") is None:
            self._cut += 1  # what is queued was trained at the old speed

    def _obey_inspect(self, command: Command) -> None:
        self._reel.inspected = None if command.get("layer") is None else self._unit(command)
        if not self.running:
            self._take()  # this moment, once more with what is new about it

    def _obey_set(self, command: Command) -> None:
        self._leave_the_past()
        source = None if command.get("input") is None else whole(command, "input")
        value: Any = command.get("value")
        self.trainer.set_parameter(whole(command, "layer"), whole(command, "unit"), source, value)
        self._show_again()

    def _obey_look(self, command: Command) -> None:
        """The kept moment nearest to a step; the latest one where none is named, or it is the nearest."""
        self.running = False
        latest = self._looking[1] if self._looking else self.trainer.snapshot()
        step = latest.step if command.get("step") is None else whole(command, "step")
        moment = self.timeline.nearest(step) if step < latest.step else latest
        if self._looking and moment.step == latest.step:
            self._reel.tell_history()
        self._looking = (moment, latest) if moment.step < latest.step else None
        self.trainer.restore(moment if self._looking else latest, keep_history=True)
        self._show_again()

    # --- how it is done ----------------------------------------------------------------------------------------------

    def _starts_anew(self, experiment: Experiment) -> bool:
        """Whether this experiment begins a run instead of going on with the present one."""
        trainer = self.trainer
        if (experiment.dataset, experiment.seed) != (trainer.experiment.dataset, trainer.experiment.seed):
            return True
        return trainer.step_count == 0 and not trainer.marks

    def _change_now(self) -> None:
        """Make the change that has waited for the view to name the frame on its screen."""
        if self._waiting:
            waiting, self._waiting = self._waiting, None
            self.change_shown(*waiting)

    def _show_again(self) -> None:
        """The present moment, after something else than training has changed it; while playing a burst follows."""
        if not self._reel.fits:
            self._reel.begin(self.trainer)
        elif self.running:
            self._reel.restamp()
            return
        self._take()

    def _take(self) -> None:
        """The present moment as a frame."""
        state = self._reel.take()
        if not self._looking:
            self.timeline.note(state)

    def _burst(self, frames: int) -> None:
        """Up to ``frames`` new frames, fewer where they take long or the run diverges, which also stops it."""
        begun = time.perf_counter()
        end = begun + BURST_SECONDS
        for _ in range(min(frames, MAX_BURST)):
            self.trainer.step(self.pace.updates)
            trained = time.perf_counter()
            self._take()
            before, begun = begun, time.perf_counter()
            self.pace.took(trained - before, begun - before)
            if self.trainer.diverged:
                self.running = False
                return
            if begun + (begun - before) / 2 > end:  # most of the next frame would come too late
                return

    def _back_to(self, command: Command) -> None:
        """Take the run back to the frame that was on the screen, where it is of this scene and still kept."""
        state = self._reel.shown(command)
        if state is None or self._looking:
            return
        self.trainer.restore(state)
        self._reel.cut(command, state)
        self.timeline.note(state)  # it may have been thinned out

    def _leave_the_past(self) -> None:
        """Go on from the moment that is looked at: what came after it is forgotten."""
        if not self._looking:
            return
        moment, self._looking = self._looking[0], None
        self.trainer.restore(moment)
        self.timeline.truncate(moment.step)
        self._reel.tell_history()

    def _unit(self, command: Command) -> tuple[int, int]:
        """Layer and unit of a command, both from 0; SpecError where the network has no such unit."""
        layer, unit = whole(command, "layer"), whole(command, "unit")
        layers = self.trainer.experiment.layers
        if not 0 <= layer < len(layers) or not 0 <= unit < layers[layer].units:
            raise SpecError("command", f"there is no unit {unit + 1} in layer {layer + 1} to look at")
        return layer, unit
