"""Plays a run for a live view: bursts of frames on request, and a pause that ends on the very frame on the screen.

The view pulls: it asks for the next burst when its queue runs low, so it is never flooded. While frames are on their
way the player keeps the state that belongs to each; a pause names the frame that was on the screen, and training goes
back to that state. Commands carry increasing numbers and are repeated by the view until they are acknowledged, so that
none is lost and none is obeyed twice.
"""

from __future__ import annotations

import time
from typing import Any

from backprop import Experiment, Snapshot, SpecError, Trainer
from ui.commands import whole
from ui.encode import Encoder
from ui.pace import Pace

BURST_SECONDS = 0.08  # a burst ends after this long, so that the next command is answered at once
MAX_BURST = 30
FIRST_BURST = 4  # short, so that the picture moves at once
# Commands that act on the frame on the screen where they name it, not on the last one that was made.
_ON_SCREEN = ("play", "pause", "step", "inspect", "speed")


class Player:
    """One run and its playing state.

    Attributes:
        trainer: The run.
        running: Whether the view is playing.
        pace: How many updates go before each frame.
        message: The latest message to the view, a JSON-ready dict; the same object until the next ``publish``.
    """

    def __init__(self, experiment: Experiment) -> None:
        self.running = False
        self.pace = Pace()
        self._run = 0
        self._cut = 0  # counts changes in mid-run, after which the view drops what it has queued
        self._sequence = 0
        self._acknowledged = 0
        self._scene: dict[str, Any] = {}
        self._frames: list[dict[str, Any]] = []  # to be sent with the next message
        self._with_history = True
        self._snapshots: dict[int, Snapshot] = {}  # the state of every frame that may still be on its way
        self._inspected: tuple[int, int] | None = None  # layer and unit of which frames tell more
        self.load(experiment)
        self.publish()

    def load(self, experiment: Experiment) -> None:
        """Run this experiment from its initial weights; the view plays on if it was playing.

        Like all that happens here, the view hears of it with the next ``publish``.
        """
        self.trainer = Trainer(experiment)
        self._encoder = Encoder(self.trainer)
        self._start()

    def set_learning_rate(self, learning_rate: float) -> None:
        """Change the learning rate of the run in progress; the view drops what it has queued and asks anew."""
        self.trainer.set_learning_rate(learning_rate)
        self._cut += 1

    def accept(self, command: dict[str, Any]) -> bool:
        """Whether this command is new; from now on it counts as obeyed. SpecError where it has no number."""
        number = whole(command, "id")
        if number <= self._acknowledged:
            return False
        self._acknowledged = number
        return True

    def obey(self, command: dict[str, Any]) -> None:
        """Obey one accepted command of the view; what it leads to goes out with the next ``publish``.

        Args:
            command: ``{"id": int, "type": str, …}`` with type ``"hello"``, ``"more"``, ``"play"``, ``"pause"``,
                ``"step"``, ``"rewind"``, ``"speed"`` or ``"inspect"``. While the view plays it names the frame on its
                screen (``shown``); what it had queued behind that frame it drops.

        Raises:
            SpecError: There is no such command, or one of its numbers is none.
        """
        kind = command.get("type")
        action = getattr(self, f"_obey_{kind}", None)
        if action is None:
            raise SpecError("command", f"the live view sent an unknown command {kind!r}")
        if kind in _ON_SCREEN:
            self._back_to(command)
        action(command)

    def publish(self) -> None:
        """Make a message of everything that has happened since the last one."""
        self._sequence += 1
        self.message: dict[str, Any] = {
            "sequence": self._sequence,
            "acknowledged": self._acknowledged,
            "run": self._run,
            "cut": self._cut,
            "running": self.running,
            "updates": self.pace.name,
            "per_frame": self.pace.updates,
            "scene": self._scene,
            "history": self._encoder.history() if self._with_history else None,
            "frames": self._frames,
        }
        self._frames, self._with_history = [], False

    def _obey_hello(self, command: dict[str, Any]) -> None:
        """The view is new, was away or has missed a message: tell it everything."""
        self._snapshots = {}
        self._frames = []
        self._with_history = True
        self._add_frame()

    def _obey_more(self, command: dict[str, Any]) -> None:
        if command.get("back"):
            self._back_to(command)
        self._drop_before(command)
        if self.running:
            self._add_burst(whole(command, "frames", MAX_BURST))

    def _obey_play(self, command: dict[str, Any]) -> None:
        self.running = True
        self._add_burst(FIRST_BURST)

    def _obey_pause(self, command: dict[str, Any]) -> None:
        self.running = False

    def _obey_step(self, command: dict[str, Any]) -> None:
        self.running = False
        if command.get("unit") == "epoch":
            self.trainer.run_epoch()
        else:
            self.trainer.step(1)
        self._add_frame()

    def _obey_rewind(self, command: dict[str, Any]) -> None:
        self.running = False
        self.trainer.rewind()
        self._start()

    def _obey_speed(self, command: dict[str, Any]) -> None:
        if command.get("top") is True:
            self.pace.set_top()
        else:
            self.pace.set(whole(command, "updates", 1))
        if command.get("shown") is None:
            self._cut += 1  # what is queued was trained at the old speed
        elif self.running:
            self._add_burst(FIRST_BURST)

    def _obey_inspect(self, command: dict[str, Any]) -> None:
        self._inspected = None if command.get("layer") is None else self._unit(command)
        self._show_from_here()

    def _start(self) -> None:
        """A run begins: number its frames from zero and show the first one."""
        self._run += 1
        self._next_index = 0
        self._snapshots = {}
        self._frames = []
        self._with_history = True
        self._scene = self._encoder.scene()
        self._add_frame()
        if self.running:
            self._add_burst(FIRST_BURST)

    def _show_from_here(self) -> None:
        """The first frames from here while playing; while paused this moment, once more with what is new about it."""
        if self.running:
            self._add_burst(FIRST_BURST)
        else:
            self._add_frame()

    def _add_burst(self, frames: int) -> None:
        """Up to ``frames`` new frames, fewer where they take long or the run diverges, which also stops it."""
        begun = time.perf_counter()
        end = begun + BURST_SECONDS
        for _ in range(min(frames, MAX_BURST)):
            self.trainer.step(self.pace.updates)
            trained = time.perf_counter()
            self._add_frame()
            before, begun = begun, time.perf_counter()
            self.pace.took(trained - before, begun - before)
            if self.trainer.diverged:
                self.running = False
                return
            if begun + (begun - before) / 2 > end:  # most of the next frame would come too late
                return

    def _add_frame(self) -> None:
        frame = self.trainer.frame()
        self._snapshots[self._next_index] = self.trainer.snapshot()
        self._frames.append(self._encoder.frame(self._next_index, frame, self._inspected))
        self._next_index += 1

    def _back_to(self, command: dict[str, Any]) -> None:
        """Take the run back to the frame that was on the screen, where it is of this run and still kept."""
        shown = whole(command, "shown", -1)
        snapshot = self._snapshots.get(shown)
        if snapshot is not None and command.get("run") == self._run:
            learning_rate = self.trainer.experiment.learning_rate
            self.trainer.restore(snapshot)
            self.trainer.set_learning_rate(learning_rate)  # which may have been changed since that frame
            self._snapshots = {shown: snapshot}
            self._frames = []
            self._next_index = shown + 1  # so that the view can tell by the numbers that it has missed nothing

    def _drop_before(self, command: dict[str, Any]) -> None:
        """Forget the states of frames that have left the screen."""
        if command.get("run") == self._run:
            shown = whole(command, "shown", -1)
            self._snapshots = {index: state for index, state in self._snapshots.items() if index >= shown}

    def _unit(self, command: dict[str, Any]) -> tuple[int, int]:
        """Layer and unit of a command, both from 0; SpecError where the network has no such unit."""
        layer, unit = whole(command, "layer"), whole(command, "unit")
        layers = self.trainer.experiment.layers
        if not 0 <= layer < len(layers) or not 0 <= unit < layers[layer].units:
            raise SpecError("command", f"there is no unit {unit + 1} in layer {layer + 1} to look at")
        return layer, unit
