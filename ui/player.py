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
from ui.encode import Encoder

BURST_SECONDS = 0.15  # a burst ends after this long, so that a large network still answers at once
MAX_BURST = 30
MAX_UPDATES_PER_FRAME = 1000


class Player:
    """One run and its playing state.

    Attributes:
        trainer: The run.
        running: Whether the view is playing.
        message: The latest message to the view, a JSON-ready dict; the same object until something has changed.
    """

    def __init__(self, experiment: Experiment) -> None:
        self.running = False
        self.updates_per_frame = 5
        self._run = 0
        self._sequence = 0
        self._acknowledged = 0
        self._cut = 0  # counts changes of settings in mid-run
        self.message: dict[str, Any] = {}
        self.load(experiment)

    def load(self, experiment: Experiment) -> None:
        """Run this experiment from its initial weights; the view plays on if it was playing."""
        self.trainer = Trainer(experiment)
        self._encoder = Encoder(self.trainer)
        self._start()

    def set_learning_rate(self, learning_rate: float) -> None:
        """Change the learning rate of the run in progress; the view drops what it has queued and asks anew."""
        self.trainer.set_learning_rate(learning_rate)
        self._cut += 1
        self._send([])

    def command(self, command: dict[str, Any]) -> None:
        """Obey one command of the view; one that was obeyed before is passed over.

        Args:
            command: ``{"id": int, "type": str, …}`` with type ``"hello"``, ``"more"``, ``"play"``, ``"pause"``,
                ``"step"``, ``"rewind"`` or ``"speed"``.
        """
        if not self.is_new(command):
            return
        self._acknowledged = command["id"]
        obey = getattr(self, f"_obey_{command.get('type')}", None)
        if obey is None:
            raise SpecError("command", f"the live view sent an unknown command {command.get('type')!r}")
        obey(command)

    def is_new(self, command: dict[str, Any]) -> bool:
        """Whether this command was not obeyed yet."""
        return int(command["id"]) > self._acknowledged

    def acknowledge(self, command: dict[str, Any]) -> None:
        """Note that a command was obeyed elsewhere."""
        self._acknowledged = command["id"]
        self._send([])

    def _obey_hello(self, command: dict[str, Any]) -> None:
        """The view is new, or was away: tell it everything."""
        self._acknowledged = command["id"]
        self._forget_frames()
        self._send([self._new_frame()], history=True)

    def _obey_more(self, command: dict[str, Any]) -> None:
        if command.get("back"):
            self._back_to(command)
        self._drop_before(command)
        if self.running:
            self._send(self._burst(int(command.get("frames", 15))))

    def _obey_play(self, command: dict[str, Any]) -> None:
        self.running = True
        self._send(self._burst(4))  # a short one first: the picture moves at once

    def _obey_pause(self, command: dict[str, Any]) -> None:
        self.running = False
        self._back_to(command)
        self._send([])

    def _obey_step(self, command: dict[str, Any]) -> None:
        self.running = False
        self._back_to(command)
        if command.get("unit") == "epoch":
            self.trainer.run_epoch()
        else:
            self.trainer.step(1)
        self._send([self._new_frame()])

    def _obey_rewind(self, command: dict[str, Any]) -> None:
        self.running = False
        self.trainer.rewind()
        self._start()

    def _obey_speed(self, command: dict[str, Any]) -> None:
        self.updates_per_frame = max(1, min(int(command.get("updates", 1)), MAX_UPDATES_PER_FRAME))
        self._send([])

    def _start(self) -> None:
        """A run begins: number its frames from zero and show the first one."""
        self._run += 1
        self._next_index = 0
        self._snapshots: dict[int, Snapshot] = {}
        frames = [self._new_frame()]
        if self.running:
            frames += self._burst(4)
        self._send(frames, history=True)

    def _burst(self, frames: int) -> list[dict[str, Any]]:
        """Up to ``frames`` new frames, fewer where they take long or the run diverges, which also stops it."""
        made: list[dict[str, Any]] = []
        end = time.perf_counter() + BURST_SECONDS
        while len(made) < min(frames, MAX_BURST) and (not made or time.perf_counter() < end):
            self.trainer.step(self.updates_per_frame)
            made.append(self._new_frame())
            if self.trainer.diverged:
                self.running = False
                break
        return made

    def _new_frame(self) -> dict[str, Any]:
        index = self._next_index
        self._next_index += 1
        frame = self.trainer.frame()
        self._snapshots[index] = self.trainer.snapshot()
        return self._encoder.frame(index, frame)

    def _back_to(self, command: dict[str, Any]) -> None:
        """Take the run back to the frame that was on the screen, where it is of this run and still kept."""
        snapshot = self._snapshots.get(int(command.get("shown", -1)))
        if snapshot is not None and command.get("run") == self._run:
            self.trainer.restore(snapshot)
            self._forget_frames(snapshot)

    def _drop_before(self, command: dict[str, Any]) -> None:
        """Forget the states of frames that have left the screen."""
        if command.get("run") == self._run:
            shown = int(command.get("shown", -1))
            self._snapshots = {index: state for index, state in self._snapshots.items() if index >= shown}

    def _forget_frames(self, kept: Snapshot | None = None) -> None:
        self._snapshots = {} if kept is None else {i: s for i, s in self._snapshots.items() if s is kept}

    def _send(self, frames: list[dict[str, Any]], history: bool = False) -> None:
        self._sequence += 1
        self.message = {
            "sequence": self._sequence,
            "acknowledged": self._acknowledged,
            "run": self._run,
            "cut": self._cut,
            "running": self.running,
            "updates": self.updates_per_frame,
            "scene": self._encoder.scene() if history or not self.message else self.message["scene"],
            "history": self._encoder.history() if history else None,
            "frames": frames,
        }
