"""Plays a run for a live view: bursts of frames on request, and whatever is done is done to the frame on the screen.

The view pulls: it asks for the next burst when its queue runs low, so it is never flooded. While it plays, a command
names the frame that was on the screen (``shown``), the run goes back to that state, and then the command is obeyed; the
view drops what it had queued. Commands carry increasing numbers and are repeated by the view until they are
acknowledged, so that none is lost and none is obeyed twice.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from backprop import SpecError
from ui.live.commands import whole, without_wasted_bursts
from ui.live.outbox import Outbox, Run, SceneEncoder
from ui.live.pace import Pace

BURST_SECONDS = 0.1  # a burst ends after this long, so that the next command is answered at once
MAX_BURST = 60
FIRST_BURST = 4  # short, so that the picture moves at once

Command = dict[str, Any]


class Playback:
    """A run and its playing state.

    Args:
        run: What is played; another one with ``begin``.
        encoder: Makes the encoder of a run.

    Attributes:
        session: A random name, so that a view which outlives the server can tell that it talks to another playback.
        run: What is played.
        running: Whether the view is playing.
        pace: How many updates go before each frame.
        message: The latest message to the view, a JSON-ready dict; the same object until the next ``publish``.
    """

    # Commands that act on the frame on the screen where they name it, not on the last one that was made.
    at_shown_kinds: tuple[str, ...] = ("play", "pause", "step", "rewind", "speed")

    def __init__(self, run: Run, encoder: Callable[[Any], SceneEncoder]) -> None:
        self.session = secrets.token_hex(4)
        self.running = False
        self.pace = Pace()
        self.run: Any = run
        self._outbox = Outbox(run, encoder)
        self._sequence = 0
        self._acknowledged = 0
        self._take()
        self.publish()

    @contextmanager
    def at_shown(self, command: Command) -> Iterator[None]:
        """What is done within is done to the frame on the screen; where the view is playing, it plays on from there."""
        self._back_to(command)
        try:
            yield
        finally:
            if self.running:
                self._burst(FIRST_BURST)

    def accept(self, command: Command) -> bool:
        """Whether this command is new and meant for this playback; from now on it counts as obeyed.

        Raises:
            SpecError: The command has no number.
        """
        number = whole(command, "id")
        if number <= self._acknowledged or command.get("session", self.session) != self.session:
            return False
        self._acknowledged = number
        self._outbox.confirm(command)
        return True

    def obey(self, command: Command) -> None:
        """Obey one accepted command of the view; what it leads to goes out with the next ``publish``.

        Args:
            command: ``{"id": int, "type": str, …}`` with type ``"hello"``, ``"more"``, ``"play"``, ``"pause"``,
                ``"step"``, ``"rewind"``, ``"speed"`` or ``"present"``, or what else a subclass obeys.

        Raises:
            SpecError: There is no such command, or what it says makes no sense.
        """
        kind = command.get("type")
        action = getattr(self, f"_obey_{kind}", None)
        if action is None:
            raise SpecError("command", f"the live view sent an unknown command {kind!r}")
        if kind not in self.at_shown_kinds:
            action(command)
            return
        with self.at_shown(command):
            action(command)

    def publish(self) -> None:
        """Make a message of everything that has happened since the last one."""
        self._sequence += 1
        self.message: dict[str, Any] = {
            "session": self.session,
            "sequence": self._sequence,
            "acknowledged": self._acknowledged,
            "running": self.running,
            "updates": self.pace.name,
            "per_frame": self.pace.updates,
            **self._outbox.message(standing=not self.running),
        }

    # --- commands ----------------------------------------------------------------------------------------------------

    def _obey_hello(self, command: Command) -> None:
        """The view is new, was away or has missed a message: tell it everything."""
        self._outbox.send_everything()
        self._take()

    def _obey_more(self, command: Command) -> None:
        self._outbox.drop_before(command)
        if self.running:
            self._burst(whole(command, "frames", MAX_BURST))

    def _obey_play(self, command: Command) -> None:
        self.running = True

    def _obey_pause(self, command: Command) -> None:
        self.running = False

    def _obey_step(self, command: Command) -> None:
        self.running = False
        if command.get("unit") == "epoch":
            self.run.run_epoch()
        else:
            self.run.step(1)
        self._take()

    def _obey_speed(self, command: Command) -> None:
        if command.get("top") is True:
            self.pace.set_top()
        else:
            self.pace.set(whole(command, "updates", 1))

    def _obey_present(self, command: Command) -> None:
        self._outbox.fine = command.get("on") is True

    # --- how it is done ----------------------------------------------------------------------------------------------

    def _begin(self, run: Run) -> None:
        """A run begins."""
        self.run = run
        self._outbox.begin(run)
        self._take()

    def _take(self) -> Any:
        """The present moment as a frame; returns its state."""
        return self._outbox.take()

    def _burst(self, frames: int) -> None:
        """Up to ``frames`` new frames, fewer where they take long or the run diverges, which also stops it."""
        begun = time.perf_counter()
        end = begun + BURST_SECONDS
        for _ in range(min(frames, MAX_BURST)):
            self.run.step(self.pace.updates)
            trained = time.perf_counter()
            self._take()
            before, begun = begun, time.perf_counter()
            self.pace.took(trained - before, begun - before)
            if self.run.diverged:
                self.running = False
                return
            if begun + (begun - before) / 2 > end:  # most of the next frame would come too late
                return

    def _back_to(self, command: Command) -> None:
        """Take the run back to the frame that was on the screen, where it is of this scene and still kept."""
        state = self._outbox.shown(command)
        if state is not None:
            self.run.restore(state)
            self._outbox.cut(command, state)


def obey_all(
    commands: Any, playback: Playback, obey: Callable[[Command], None], complain: Callable[[SpecError], None]
) -> None:
    """Obey what a view sent, each command once, and publish what it led to.

    Args:
        commands: It should be a list of dicts, but it comes from a browser.
        playback: What the view plays.
        obey: Obeys one command; may raise SpecError.
        complain: Told of each command that cannot be obeyed.
    """
    for command in without_wasted_bursts(commands if isinstance(commands, list) else [commands]):
        try:
            if not isinstance(command, dict):
                raise SpecError("command", f"the live view sent {command!r}, which is not a command")
            if playback.accept(command):
                obey(command)
        except SpecError as error:
            complain(error)
    playback.publish()
