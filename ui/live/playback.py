"""Plays a run for a live view: bursts of frames on request, and every command applied to the frame on the screen.

The view asks for the next burst when its queue runs low, so it never gets more than it can show. While it plays, a
command names the frame on the screen (``shown``). The run goes back to that state, carries the command out, and the
view drops the frames that it had queued. Commands are numbered, and the view repeats them until they are acknowledged:
none is lost, and none is carried out twice.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from backprop import SpecError
from backprop.checks import in_short
from ui.live.commands import MAX_COMMANDS, check_size, hurries, whole, without_wasted_bursts
from ui.live.outbox import Outbox, Run, SceneEncoder
from ui.live.pace import Pace
from ui.live.packing import pack
from ui.live.parts import Parts
from ui.live.turns import TURNS, Turn

MAX_BURST = 60
FRAME_SECONDS = 0.5  # a frame comes after this time, even if fewer updates were made than were asked for
MAX_SKIPPED = 1_000_000  # numbers that a command may leave out; the view leaves out those that a later one replaces
FIRST_BURST = 4  # a short first burst, so that the picture moves at once
UPDATES_AT_A_TIME = 16  # between two looks at the clock; 8 ms in the largest network

Command = dict[str, Any]


class Playback:
    """A run, and whether it is being played.

    Args:
        run: The run to play; ``begin`` takes another one.
        encoder: Makes the encoder for a run.

    Attributes:
        view: Which view of the browser shows it, ``"explorer"`` or ``"comparison"``.
        session: A random name. By it a view that outlives the server recognises that it now talks to another playback.
        run: The run that is played.
        running: Whether the view is playing.
        pace: How many updates are made before each frame.
        message: The latest message to the view; the same object until the next ``publish``.
        parts: What the page shows around the frames.
    """

    view: str

    # Commands that apply to the frame on the screen, if they name it, and not to the last frame that was made.
    at_shown_kinds: tuple[str, ...] = ("play", "pause", "step", "rewind", "speed")

    def __init__(self, run: Run, encoder: Callable[[Any], SceneEncoder]) -> None:
        self.session = secrets.token_hex(4)
        self.running = False
        self.pace = Pace()
        self.parts = Parts()
        self.run: Any = run
        self._outbox = Outbox(run, encoder)
        self._sequence = 0
        self._acknowledged = 0
        self._turn: Turn | None = None
        self._take()
        self.publish()

    @contextmanager
    def at_shown(self, command: Command) -> Iterator[None]:
        """Apply what happens inside to the frame on the screen. If the view is playing, it plays on from there."""
        self._back_to(command)
        try:
            yield
        finally:
            if self.running:
                self._burst(FIRST_BURST)

    @contextmanager
    def its_turn(self, urgent: bool) -> Iterator[Turn]:
        """Have a turn of the process in which to compute; inside of one, the same."""
        if self._turn:
            yield self._turn
            return
        with TURNS.turn(urgent) as self._turn:
            try:
                yield self._turn
            finally:
                self._turn = None

    def accept(self, command: Command) -> bool:
        """Whether the command is new and meant for this playback. From now on it counts as carried out.

        Raises:
            SpecError: The command has no number, or one that leaves none for those to come; or it is too long.
        """
        number = whole(command, "id")
        if number > self._acknowledged + MAX_SKIPPED:
            raise SpecError("command", f"the live view sent command {number} after command {self._acknowledged}")
        if number <= self._acknowledged or command.get("session", self.session) != self.session:
            return False
        self._acknowledged = number
        check_size(command)
        self._outbox.confirm(command)
        self.parts.confirm(command)
        return True

    def obey(self, command: Command) -> None:
        """Carry out one accepted command. Its effect is sent with the next ``publish``.

        Args:
            command: ``{"id": int, "type": str, …}`` with type ``"hello"``, ``"more"``, ``"play"``, ``"pause"``,
                ``"step"``, ``"rewind"``, ``"speed"`` or ``"present"``, or a type that a subclass adds.

        Raises:
            SpecError: There is no such command, or its values make no sense.
        """
        kind = command.get("type")
        action = getattr(self, f"_obey_{kind}", None)
        if action is None:
            raise SpecError("command", f"the live view sent an unknown command {in_short(kind)}")
        if kind not in self.at_shown_kinds:
            action(command)
            return
        with self.at_shown(command):
            action(command)

    def publish(self) -> None:
        """Make a message of everything that has happened since the last one."""
        self._sequence += 1
        self.message: dict[str, Any] = {
            "view": self.view,
            "session": self.session,
            "sequence": self._sequence,
            "acknowledged": self._acknowledged,
            "running": self.running,
            "updates": self.pace.name,
            "per_frame": self.pace.updates,
            **self._outbox.message(standing=not self.running),
        }

    def packed(self, parts: Mapping[str, Any]) -> bytes:
        """The latest message with these parts of the page, as far as the view does not have them, packed for it."""
        self.parts.set(parts)
        rest = {name: value for name, value in self.message.items() if name != "frames"}
        return pack(self.message["frames"], {**rest, **self.parts.message()})

    # --- commands ----------------------------------------------------------------------------------------------------

    def _obey_hello(self, command: Command) -> None:
        """The view is new, was away, or has missed a message: send everything."""
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
        """Begin another run."""
        self.run = run
        self._outbox.begin(run)
        self._take()

    def _take(self) -> Any:
        """Add the present moment as a frame, and return its state."""
        return self._outbox.take()

    def _burst(self, frames: int) -> None:
        """Make up to ``frames`` frames; fewer if they take long, if the visitor has clicked, or if the view has
        yet to acknowledge many. If the run diverges, playing stops.
        """
        used = 0.0
        with self.its_turn(urgent=True) as turn:
            turn.give_way()  # where two bursts were asked for, others go between them
            for _ in range(min(frames, MAX_BURST)):
                if self._outbox.full or turn.should_end:
                    return
                made, updating = self._train(turn)
                begun = time.perf_counter()
                self._take()
                frame = updating + time.perf_counter() - begun
                used += frame
                self.pace.took(made, updating, frame, turn.seconds)
                if self.run.diverged:
                    self.running = False
                    return
                if used + frame / 2 > turn.seconds:  # most of the next frame would come after the turn
                    return

    def _train(self, turn: Turn) -> tuple[int, float]:
        """Make the chosen number of updates, or fewer if they take long or the run diverges. Between them, others go
        first where the turn is over.

        Returns:
            The number of updates, and the seconds that they took.
        """
        made, took = 0, 0.0
        while made < self.pace.updates and not self.run.diverged and (made == 0 or took < FRAME_SECONDS):
            begun = time.perf_counter()
            portion = min(self.pace.updates - made, UPDATES_AT_A_TIME)
            self.run.step(portion)
            made += portion
            took += time.perf_counter() - begun
            turn.give_way()
        return made, took

    def _back_to(self, command: Command) -> None:
        """Take the run back to the frame on the screen, if that frame belongs to this scene and is still kept."""
        state = self._outbox.shown(command)
        if state is not None:
            self.run.restore(state)
            self._outbox.cut(command, state)


def obey_all(
    commands: Any, playback: Playback, obey: Callable[[Command], None], complain: Callable[[SpecError], None]
) -> None:
    """Carry out the commands that a view sent, each once, and publish the result.

    Args:
        commands: What the browser sent: a list of dicts, if it behaves. Those beyond ``MAX_COMMANDS`` are left for
            the next message, since the view repeats them.
        playback: What the view plays.
        obey: Carries out one command; may raise SpecError.
        complain: Called with the error of each command that cannot be carried out.
    """
    listed = without_wasted_bursts((commands if isinstance(commands, list) else [commands])[:MAX_COMMANDS])
    with playback.its_turn(urgent=any(hurries(command) for command in listed)):
        for command in listed:
            try:
                if not isinstance(command, dict):
                    raise SpecError("command", f"the live view sent {in_short(command)}, which is not a command")
                if playback.accept(command):
                    obey(command)
            except SpecError as error:
                complain(error)
        playback.publish()
