"""Plays a run for a live view: bursts of frames on request, and a pause that ends on the very frame on the screen.

The view pulls: it asks for the next burst when its queue runs low, so it is never flooded. While frames are on their
way the player keeps the state that belongs to each; a pause names the frame that was on the screen, and training goes
back to that state. Commands carry increasing numbers and are repeated by the view until they are acknowledged, so that
none is lost and none is obeyed twice.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from backprop import Experiment, Snapshot, SpecError, Trainer
from ui.encode import Encoder

BURST_SECONDS = 0.15  # a burst ends after this long, so that a large network still answers at once
MAX_BURST = 30
FIRST_BURST = 4  # short, so that the picture moves at once
MAX_UPDATES_PER_FRAME = 1000


class Player:
    """One run and its playing state.

    Attributes:
        trainer: The run.
        running: Whether the view is playing.
        message: The latest message to the view, a JSON-ready dict; the same object until the next ``publish``.
    """

    def __init__(self, experiment: Experiment) -> None:
        self.running = False
        self.updates_per_frame = 5
        self._run = 0
        self._cut = 0  # counts changes in mid-run, after which the view drops what it has queued
        self._sequence = 0
        self._acknowledged = 0
        self._scene: dict[str, Any] = {}
        self._frames: list[dict[str, Any]] = []  # to be sent with the next message
        self._with_history = True
        self._snapshots: dict[int, Snapshot] = {}  # the state of every frame that may still be on its way
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
                ``"step"``, ``"rewind"`` or ``"speed"``.

        Raises:
            SpecError: There is no such command, or one of its numbers is none.
        """
        action = getattr(self, f"_obey_{command.get('type')}", None)
        if action is None:
            raise SpecError("command", f"the live view sent an unknown command {command.get('type')!r}")
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
            "updates": self.updates_per_frame,
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
        self._back_to(command)

    def _obey_step(self, command: dict[str, Any]) -> None:
        self.running = False
        self._back_to(command)
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
        self.updates_per_frame = max(1, min(whole(command, "updates", 1), MAX_UPDATES_PER_FRAME))
        self._cut += 1  # what is queued was trained at the old speed

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

    def _add_burst(self, frames: int) -> None:
        """Up to ``frames`` new frames, fewer where they take long or the run diverges, which also stops it."""
        end = time.perf_counter() + BURST_SECONDS
        for made in range(min(frames, MAX_BURST)):
            if made and time.perf_counter() > end:
                return
            self.trainer.step(self.updates_per_frame)
            self._add_frame()
            if self.trainer.diverged:
                self.running = False
                return

    def _add_frame(self) -> None:
        frame = self.trainer.frame()
        self._snapshots[self._next_index] = self.trainer.snapshot()
        self._frames.append(self._encoder.frame(self._next_index, frame))
        self._next_index += 1

    def _back_to(self, command: dict[str, Any]) -> None:
        """Take the run back to the frame that was on the screen, where it is of this run and still kept."""
        shown = whole(command, "shown", -1)
        snapshot = self._snapshots.get(shown)
        if snapshot is not None and command.get("run") == self._run:
            self.trainer.restore(snapshot)
            self._snapshots = {shown: snapshot}
            self._frames = []
            self._next_index = shown + 1  # so that the view can tell by the numbers that it has missed nothing

    def _drop_before(self, command: dict[str, Any]) -> None:
        """Forget the states of frames that have left the screen."""
        if command.get("run") == self._run:
            shown = whole(command, "shown", -1)
            self._snapshots = {index: state for index, state in self._snapshots.items() if index >= shown}


def whole(command: Mapping[str, Any], name: str, default: int | None = None) -> int:
    """A whole number of a command; ``default`` where it is not given. What comes from a browser may be anything."""
    value = command.get(name)
    if value is None and default is not None:
        return default
    if isinstance(value, bool) or not isinstance(value, int):
        raise SpecError("command", f"the live view sent {name} = {value!r}, which is not a whole number")
    return value
