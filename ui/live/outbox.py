"""The outbox of a live view: numbered frames that the view has not acknowledged yet, each with the state of the run."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from backprop import Verdict
from ui.live.commands import whole
from ui.live.encode_verdict import verdict_message

Message = dict[str, Any]
Findings = Sequence[Sequence[Verdict]]  # for each stack

MAX_UNSEEN = 240  # frames that a view has not acknowledged; it asks for at most three bursts ahead
MAX_UNSEEN_BYTES = 64_000_000  # of their states and messages
JUDGED_EVERY = 0.5  # seconds between two diagnoses while the view plays; nobody reads faster


class Run(Protocol):
    """Something that can be played: a ``Trainer``, or a ``Lockstep`` of several."""

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

    def frame(
        self, index: int, frame: Any, inspected: tuple[int, int] | None, fine: bool, distributed: str | None
    ) -> Message: ...

    def still(self, inspected: tuple[int, int] | None) -> Message: ...

    def findings(self, cure: bool) -> Findings: ...

    def history(self) -> Message: ...

    @property
    def fits(self) -> bool: ...


class Outbox:
    """Keeps what the view has not acknowledged yet, and the states to which the run can go back.

    Frames are numbered from 0 in each *scene*: the part of a run in which the network and the data stay the same.
    Streamlit may replace a message by the next one before the view has seen it. So each message holds all frames, and
    the history, that the view has not acknowledged. Whenever everything is sent again, the *generation* number grows,
    so that the view can tell a new start from a repetition.

    Args:
        run: The run; ``begin`` takes another one.
        encoder: Makes the encoder for a scene of a run.

    Attributes:
        frame: The latest moment that was taken.
        inspected: A layer and a unit, counted from 0, about which every frame says more; or None.
        fine: Whether the surface of every frame is computed at many points.
        distributed: The quantity whose distributions every frame contains; or None.
        findings: What the latest diagnosis found.
        judged: The moment that it judged.
    """

    frame: Any
    findings: Findings
    judged: Any

    def __init__(self, run: Run, encoder: Callable[[Any], SceneEncoder]) -> None:
        self.inspected: tuple[int, int] | None = None
        self.fine = False
        self.distributed: str | None = None
        self._make_encoder = encoder
        self._generation = 0
        self._last_sent = -1  # index of the last frame that was put into a message
        self._still: Message | None = None  # the last frame at many points
        self._still_known = False  # whether the view has acknowledged it
        self.begin(run)

    def begin(self, run: Run) -> None:
        """Begin a new scene: everything will be sent again."""
        self._run = run
        self._encoder = self._make_encoder(run)
        self._scene = self._encoder.scene()
        self._next = 0
        self._message_size = 0  # bytes of a frame's message, measured on the first one of the scene
        self._room = MAX_UNSEEN
        self._judged_at = -math.inf
        self.send_everything()

    def send_everything(self) -> None:
        """Send the whole history again, with the frames to come but none of the past."""
        self._states: dict[int, Any] = {}
        self._frames: list[Message] = []
        self._with_history = True
        self._is_judged = False  # whether the findings are those of the run's present state
        self._generation += 1
        self._forget_still()

    @property
    def fits(self) -> bool:
        """Whether the run still has the network and the data of this scene."""
        return self._encoder.fits

    @property
    def full(self) -> bool:
        """Whether the view should acknowledge frames before more are made."""
        return max(len(self._states), len(self._frames)) >= self._room

    def take(self) -> Any:
        """Add the present moment as a frame, and return its state. What is left beyond the limits is forgotten."""
        self.frame = self._run.frame()
        state = self._run.snapshot()
        self._states[self._next] = state
        message = self._encoder.frame(self._next, self.frame, self.inspected, self.fine, self.distributed)
        self._frames.append(message)
        self._next += 1
        self._keep_to_limits(state, message)
        self._is_judged = False
        self._forget_still()
        return state

    def shown(self, command: Message) -> Any:
        """The state of the frame that was on the screen when a command was given, or None if it is no longer known."""
        index = whole(command, "shown", -1)
        return self._states.get(index) if command.get("run") == self._generation else None

    def cut(self, command: Message, state: Any) -> None:
        """Continue from the frame on the screen, which from now on has this state. Later frames are dropped."""
        index = whole(command, "shown")
        self._states = {index: state}
        self._frames = []
        self._next = index + 1  # consecutive, so that the view knows that it has missed nothing
        self._is_judged = False
        if self._still and self._still["index"] != index:
            self._forget_still()

    def restamp(self) -> None:
        """Note that something other than training has changed the state of the latest frame."""
        self._states = {self._next - 1: self._run.snapshot()}
        self._is_judged = False

    def drop_before(self, command: Message) -> None:
        """Forget the states of frames that are no longer on the screen."""
        if command.get("run") == self._generation:
            shown = whole(command, "shown", -1)
            self._states = {index: state for index, state in self._states.items() if index >= shown}

    def confirm(self, command: Message) -> None:
        """Note that the view has all frames up to ``has``, or all that were sent if the command does not say."""
        if command.get("run") == self._generation:
            last = whole(command, "has", self._last_sent)
            self._with_history = False
            self._frames = [frame for frame in self._frames if frame["index"] > last]
            self._still_known = self._still is not None and command.get("still") == self._still["index"]

    def message(self, standing: bool) -> Message:
        """Everything that the view has not acknowledged; ``run`` is the generation number.

        Args:
            standing: Whether the last frame stays on the screen. If so, its picture at many points is added.
        """
        self._last_sent = self._next - 1
        self._judge(standing)
        if standing and not self._still:
            self._still = {"index": self._last_sent, **self._encoder.still(self.inspected)}
        return {
            "still": self._still if standing and not self._still_known else None,
            "run": self._generation,
            "scene": self._scene if self._with_history else None,
            "history": self._encoder.history() if self._with_history else None,
            "frames": list(self._frames),
            "findings": [[verdict_message(verdict) for verdict in stack] for stack in self.findings],
            "judged": self._judged_index,  # the frame with which the view shows them
        }

    def _judge(self, standing: bool) -> None:
        """Diagnose the run anew if that is due: always while it stands, twice a second while it plays."""
        if not self._is_judged and (standing or time.monotonic() - self._judged_at >= JUDGED_EVERY):
            self.diagnose(cure=False)

    def diagnose(self, cure: bool) -> None:
        """Find out what is wrong at the present moment; ``cure`` as in ``Trainer.verdicts``."""
        self.findings, self.judged, self._judged_index = self._encoder.findings(cure), self.frame, self._next - 1
        self._is_judged, self._judged_at = True, time.monotonic()

    def _keep_to_limits(self, state: Any, message: Message) -> None:
        """Forget the oldest states and frames beyond the limits. A view that misses one asks for everything."""
        self._message_size = self._message_size or _size(message)
        size = self._message_size + sum(one.size for one in (state if isinstance(state, tuple) else [state]))
        self._room = max(min(MAX_UNSEEN, MAX_UNSEEN_BYTES // size), 3)
        while len(self._states) > self._room:
            del self._states[min(self._states)]
        del self._frames[: -self._room]

    def _forget_still(self) -> None:
        self._still, self._still_known = None, False


def _size(value: Any) -> int:
    """About as many bytes as the value takes in a message."""
    if isinstance(value, (list, tuple, dict)):
        return sum(map(_size, value.values() if isinstance(value, dict) else value))
    return len(value) if isinstance(value, (str, bytes)) else 8
