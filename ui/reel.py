"""The frames of a run on their way to the view: numbered, and each with the state that belongs to it."""

from __future__ import annotations

from typing import Any

from backprop import Frame, Snapshot, Trainer
from ui.commands import whole
from ui.encode import Encoder

Message = dict[str, Any]


class Reel:
    """What the view has been sent and will be sent with the next message.

    Frames are numbered from zero in each *scene*, the part of a run in which network and data stay the same: by a gap
    in the numbers the view knows that it has missed a message.

    Args:
        trainer: The run; another one with ``begin``.

    Attributes:
        frame: The latest moment that was taken.
        inspected: Layer and unit, from 0, of which every frame tells more; None for none.
    """

    frame: Frame

    def __init__(self, trainer: Trainer) -> None:
        self.inspected: tuple[int, int] | None = None
        self._scenes = 0
        self.begin(trainer)

    def begin(self, trainer: Trainer) -> None:
        """A scene begins: the view is told everything anew."""
        self._trainer = trainer
        self._encoder = Encoder(trainer)
        self._scene = self._encoder.scene()
        self._scenes += 1
        self._next = 0
        self.tell_history()

    def tell_history(self) -> None:
        """Send no frame of the past, but the whole history with the frames to come."""
        self._states: dict[int, Snapshot] = {}
        self._frames: list[Message] = []
        self._with_history = True

    @property
    def fits(self) -> bool:
        """Whether the scene is still that of the trainer's network and data."""
        return self._encoder.network is self._trainer.network

    def take(self) -> Snapshot:
        """Add the present moment as a frame; returns its state."""
        self.frame = self._trainer.frame()
        state = self._trainer.snapshot()
        self._states[self._next] = state
        self._frames.append(self._encoder.frame(self._next, self.frame, self.inspected))
        self._next += 1
        return state

    def shown(self, command: Message) -> Snapshot | None:
        """The state of the frame on the screen when a command was given; None where it is not of this scene or gone."""
        index = whole(command, "shown", -1)
        return self._states.get(index) if command.get("run") == self._scenes else None

    def cut(self, command: Message, state: Snapshot) -> None:
        """Go on from the frame on the screen, to which this state belongs from now on; what came after is forgotten."""
        index = whole(command, "shown")
        self._states = {index: state}
        self._frames = []
        self._next = index + 1  # so that the view can tell by the numbers that it has missed nothing

    def restamp(self) -> None:
        """Something else than training has changed the state of the latest frame."""
        self._states = {self._next - 1: self._trainer.snapshot()}

    def drop_before(self, command: Message) -> None:
        """Forget the states of frames that have left the screen."""
        if command.get("run") == self._scenes:
            shown = whole(command, "shown", -1)
            self._states = {index: state for index, state in self._states.items() if index >= shown}

    def message(self) -> Message:
        """What is new since the last call; ``run`` is the number of the scene."""
        sent = {
            "run": self._scenes,
            "scene": self._scene,
            "history": self._encoder.history() if self._with_history else None,
            "frames": self._frames,
        }
        self._frames, self._with_history = [], False
        return sent
