"""The frames of a run on their way to the view: numbered, and each with the state that belongs to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from ui.live.commands import whole

Message = dict[str, Any]


class Run(Protocol):
    """What can be played: a ``Trainer``, or a ``Lockstep`` of several."""

    def step(self, n: int = 1) -> object: ...

    def run_epoch(self) -> object: ...

    def frame(self) -> Any: ...

    def snapshot(self) -> Any: ...

    def restore(self, snapshot: Any) -> None: ...

    @property
    def diverged(self) -> object: ...


class SceneEncoder(Protocol):
    """Turns the moments of a run into messages."""

    def scene(self) -> Message: ...

    def frame(self, index: int, frame: Any, inspected: tuple[int, int] | None, fine: bool) -> Message: ...

    def still(self, inspected: tuple[int, int] | None) -> Message: ...

    def history(self) -> Message: ...

    @property
    def fits(self) -> bool: ...


class Outbox:
    """What the view has been sent and will be sent with the next message.

    Frames are numbered from zero in each *scene*, the part of a run in which network and data stay the same. A message
    may be overtaken by the next one and never be seen: so each holds all frames, and the history, that the view has not
    yet said to have, and whoever tells it everything anew gives that telling another number.

    Args:
        run: The run; another one with ``begin``.
        encoder: Makes the encoder of a scene of a run.

    Attributes:
        frame: The latest moment that was taken.
        inspected: Layer and unit, from 0, of which every frame tells more; None for none.
        fine: Whether the surface of every frame is drawn from many points.
    """

    frame: Any

    def __init__(self, run: Run, encoder: Callable[[Any], SceneEncoder]) -> None:
        self.inspected: tuple[int, int] | None = None
        self.fine = False
        self._make_encoder = encoder
        self._generation = 0
        self._last_sent = -1  # the last frame that was in a message
        self._still: Message | None = None  # of the last frame, once it stands still
        self._still_known = False  # whether the view has said to have it
        self.begin(run)

    def begin(self, run: Run) -> None:
        """A scene begins: the view is told everything anew."""
        self._run = run
        self._encoder = self._make_encoder(run)
        self._scene = self._encoder.scene()
        self._next = 0
        self.send_everything()

    def send_everything(self) -> None:
        """Send no frame of the past, but the whole history with the frames to come."""
        self._states: dict[int, Any] = {}
        self._frames: list[Message] = []
        self._with_history = True
        self._generation += 1
        self._forget_still()

    @property
    def fits(self) -> bool:
        """Whether the scene is still that of the run's network and data."""
        return self._encoder.fits

    def take(self) -> Any:
        """Add the present moment as a frame; returns its state."""
        self.frame = self._run.frame()
        state = self._run.snapshot()
        self._states[self._next] = state
        self._frames.append(self._encoder.frame(self._next, self.frame, self.inspected, self.fine))
        self._next += 1
        self._forget_still()
        return state

    def shown(self, command: Message) -> Any:
        """The state of the frame on the screen when a command was given; None where it was told before or is gone."""
        index = whole(command, "shown", -1)
        return self._states.get(index) if command.get("run") == self._generation else None

    def cut(self, command: Message, state: Any) -> None:
        """Go on from the frame on the screen, to which this state belongs from now on; what came after is forgotten."""
        index = whole(command, "shown")
        self._states = {index: state}
        self._frames = []
        self._next = index + 1  # so that the view can tell by the numbers that it has missed nothing
        if self._still and self._still["index"] != index:
            self._forget_still()

    def restamp(self) -> None:
        """Something else than training has changed the state of the latest frame."""
        self._states = {self._next - 1: self._run.snapshot()}

    def drop_before(self, command: Message) -> None:
        """Forget the states of frames that have left the screen."""
        if command.get("run") == self._generation:
            shown = whole(command, "shown", -1)
            self._states = {index: state for index, state in self._states.items() if index >= shown}

    def confirm(self, command: Message) -> None:
        """The view has the frames up to the one that it ``has``; up to the last that was told where it does not say."""
        if command.get("run") == self._generation:
            last = whole(command, "has", self._last_sent)
            self._with_history = False
            self._frames = [frame for frame in self._frames if frame["index"] > last]
            self._still_known = self._still is not None and command.get("still") == self._still["index"]

    def message(self, standing: bool) -> Message:
        """All that the view has not said to have; ``run`` is the number of the telling.

        Args:
            standing: Whether the last frame stays on the screen: then its still goes with it.
        """
        self._last_sent = self._next - 1
        if standing and not self._still:
            self._still = {"index": self._last_sent, **self._encoder.still(self.inspected)}
        return {
            "still": self._still if standing and not self._still_known else None,
            "run": self._generation,
            "scene": self._scene,
            "history": self._encoder.history() if self._with_history else None,
            "frames": list(self._frames),
        }

    def _forget_still(self) -> None:
        self._still, self._still_known = None, False
