"""How the app serves a class: many students who train live at the same time, in one process.

    python -m benchmarks.classroom [--students 30] [--seconds 20]

Starts the app, and students who speak Streamlit's protocol as a browser does: each opens the opening network, presses
Play, takes sixty frames a second off its queue, asks for more, and now and then pauses or changes the learning rate.
The students run in a process of their own, which shares the cores with the server. With ``--url`` they visit a server,
or a proxy before several, that is already running. Nothing here fails because of a time.

A pause and an edit count as answered when the message that includes them has arrived; an edit also needs a first frame.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from tests.browser.running_app import running_app
from tests.unpacking import unpack_json

LOW_WATER, BURST = 20, 60  # as in the view's player.js
APART_SECONDS = 0.06
RETRY_SECONDS = 3.0
FRAME_SECONDS = 1 / 60
SETTLING_SECONDS = 3.0  # before anything is measured
ACTING_SECONDS = 8.0  # between a pause and an edit of one student: in a class of thirty, four acts a second
ANSWER_SECONDS = 30.0  # after which a student gives up
RATES = (0.01, 0.02)


@dataclass
class Student:
    """One visitor.

    Attributes:
        query: The link's query.
        busy: A page other than the Explorer's, or what else this visitor does to be in the way; empty for a usual one.
        frames: Frames shown since the measurement began.
        pauses: Seconds until each pause was answered.
        edits: Seconds until each edit was answered.
        received: Bytes received since the measurement began.
        errors: What went wrong.
    """

    query: str = ""
    frames: int = 0
    delivered: int = 0
    received: int = 0
    pauses: list[float] = field(default_factory=list)
    edits: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._ids = count(1)
        self._queue: list[int] = []  # indices of frames not shown yet
        self._message: dict[str, Any] = {}
        self._pending: list[dict[str, Any]] = []
        self._barrier = 0
        self._has, self._run, self._shown = -1, -1, -1
        self._component, self._fragment = "", ""
        self._sent = 0.0
        self._arrived = asyncio.Event()

    async def attend(self, url: str, end: Callable[[], float], top: bool = False) -> None:
        """Open the page, play, and act, until the time is over."""
        address = url.replace("http", "ws", 1) + "/_stcore/stream"
        try:
            usual: dict[str, Any] = {"subprotocols": ["streamlit"], "max_size": None, "compression": None}
            async with websockets.connect(address, **usual) as socket:
                self._socket = socket
                listening = asyncio.create_task(self._listen())
                try:
                    await self._open()
                    if top:
                        await self._send({"type": "speed", "top": True})
                    await self._send_barrier({"type": "play"})
                    await asyncio.gather(self._watch(end), self._act(end))
                finally:
                    listening.cancel()
        except Exception as error:
            self.errors.append(f"{type(error).__name__}: {error}")

    def begin(self) -> None:
        """Forget what was counted so far: the measurement begins."""
        self.frames = self.delivered = self.received = 0
        self.pauses.clear()
        self.edits.clear()

    # --- what a student does -----------------------------------------------------------------------------------------

    async def _watch(self, end: Callable[[], float]) -> None:
        """Show a frame sixty times a second, and ask for more when the queue runs low."""
        asked = -1.0
        due = time.perf_counter()
        while time.perf_counter() < end():
            if self._queue:
                self._shown = self._queue.pop(0)
                self.frames += 1
            now = time.perf_counter()
            waiting = any(command["type"] in ("more", "play", "edit") for command in self._pending)
            if (
                self._message["running"]
                and len(self._queue) <= LOW_WATER
                and not waiting
                and now - asked > APART_SECONDS
            ):
                asked = now
                await self._send({"type": "more", "frames": BURST, "shown": self._shown})
            elif self._pending and now - self._sent > RETRY_SECONDS:
                await self._transmit()
            due = max(due + FRAME_SECONDS, now - FRAME_SECONDS)
            await asyncio.sleep(max(0.0, due - time.perf_counter()))

    async def _act(self, end: Callable[[], float]) -> None:
        """Pause and play on, change the learning rate, …: students do not act at the same moment."""
        phase = (id(self) // 64 % 97) / 97
        await asyncio.sleep(phase * ACTING_SECONDS)
        for turn in count():
            if time.perf_counter() > end() - ACTING_SECONDS:
                return
            if turn % 2 == 0:
                self.pauses.append(await self._answered({"type": "pause", "shown": self._shown}))
                await asyncio.sleep(0.3)
                await self._send_barrier({"type": "play"})
            else:
                rate = {"learning_rate": RATES[turn // 2 % 2]}
                edit = {"type": "edit", "op": "apply", "settings": rate, "shown": self._shown}
                self.edits.append(await self._answered(edit))
            await asyncio.sleep(ACTING_SECONDS)

    async def _answered(self, command: dict[str, Any]) -> float:
        """Send a command that discards the queue; seconds until its answer, for an edit until its first frame."""
        begun = time.perf_counter()
        number = await self._send_barrier(command)
        async with asyncio.timeout(ANSWER_SECONDS):
            while self._message["acknowledged"] < number or (command["type"] == "edit" and not self._queue):
                self._arrived.clear()
                await self._arrived.wait()
        return time.perf_counter() - begun

    # --- the protocol ------------------------------------------------------------------------------------------------

    async def _open(self) -> None:
        back = BackMsg()
        back.rerun_script.query_string = self.query
        await self._socket.send(back.SerializeToString())
        async with asyncio.timeout(ANSWER_SECONDS):
            while not self._message:
                self._arrived.clear()
                await self._arrived.wait()

    async def _send_barrier(self, command: dict[str, Any]) -> int:
        self._queue.clear()
        self._has = self._shown
        self._barrier = await self._send(command)
        return self._barrier

    async def _send(self, command: dict[str, Any]) -> int:
        number = next(self._ids)
        has = {"run": self._run, "has": self._has, "version": self._message["version"]}
        self._pending.append({"session": self._message["session"], **has, **command, "id": number})
        await self._transmit()
        return number

    async def _transmit(self) -> None:
        """Send all commands that have not been acknowledged."""
        self._sent = time.perf_counter()
        back = BackMsg()
        state = back.rerun_script
        state.query_string, state.fragment_id = self.query, self._fragment
        widget = state.widget_states.widgets.add()
        widget.id = f"$$STREAMLIT_INTERNAL_KEY_{self._component}__events"
        widget.json_trigger_value = json.dumps([{"event": "commands", "value": self._pending}])
        await self._socket.send(back.SerializeToString())

    async def _listen(self) -> None:
        async for data in self._socket:
            assert isinstance(data, bytes)
            self.received += len(data)
            forward = ForwardMsg.FromString(data)
            element = forward.delta.new_element
            if element.HasField("exception"):
                self.errors.append(element.exception.message)
            if element.bidi_component.component_name == "live_view":
                self._component, self._fragment = element.bidi_component.id, forward.delta.fragment_id
                self._take(unpack_json(element.bidi_component.bytes))
                self._arrived.set()

    def _take(self, message: dict[str, Any]) -> None:
        """As ``receive`` in the view's player.js."""
        if message.get("sequence") == self._message.get("sequence"):
            return
        if self._message and message["session"] != self._message["session"]:
            self.errors.append("a message for somebody else")
        self._message = message
        self._pending = [command for command in self._pending if command["id"] > message["acknowledged"]]
        if message["run"] != self._run and message["history"]:
            self._run, self._has, self._queue = message["run"], -1, []
        if message["acknowledged"] < self._barrier:
            return
        frames = [frame["index"] for frame in message["frames"] if frame["index"] > self._has]
        self._queue += frames
        self.delivered += len(frames)
        self._has = max([self._has, *frames])


@dataclass(frozen=True)
class Figures:
    """What a class measured; see the column titles of ``TITLES``."""

    students: int
    fps_median: float
    fps_min: float
    pause_ms_median: float
    pause_ms_worst: float
    edit_ms_median: float
    edit_ms_worst: float
    kb_per_frame: float
    server_cpu_percent: float
    rss_mb: float
    errors: int


TITLES = (
    "students",
    "frames/s each: median",
    "least",
    "pause ms: median",
    "worst",
    "edit ms: median",
    "worst",
    "kB a frame",
    "server CPU %",
    "memory MB",
    "errors",
)


def main() -> None:
    """Print the table, and last a line of JSON."""
    parser = argparse.ArgumentParser(description="How the app serves a class.")
    parser.add_argument("--students", type=int, default=30)
    parser.add_argument("--seconds", type=float, default=20.0, help="of the measurement (default: %(default)s)")
    parser.add_argument("--query", default="", help="of the link that the students open")
    parser.add_argument("--url", help="a server that is running; its CPU and memory are not measured")
    parser.add_argument("--heavy", action="store_true", help="one more visitor: 16 layers of 64 units at top speed")
    options = parser.parse_args()
    load = os.getloadavg()[0]
    print(f"{platform.machine()}, {os.cpu_count()} cores, load {load:.1f} at the start; students and server share them")
    if options.url:
        figures, errors = asyncio.run(_class_in(options, options.url, None))
    else:
        with tempfile.TemporaryDirectory() as folder, running_app(Path(folder)) as app:
            figures, errors = asyncio.run(_class_in(options, app.url, app.process.pid))
    for error in sorted(set(errors)):
        print(f"error: {error}")
    values = [f"{value:g}" for value in asdict(figures).values()]
    widths = [max(len(title), len(value)) for title, value in zip(TITLES, values, strict=True)]
    for row in (TITLES, values):
        print(" | ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)))
    print(json.dumps(asdict(figures)))


HEAVY = "layers=" + "64:tanh," * 15 + "1:sigmoid"


async def _class_in(options: argparse.Namespace, url: str, pid: int | None) -> tuple[Figures, list[str]]:
    """Let a class work, and return what was measured and all errors."""
    students = [Student(options.query) for _ in range(options.students)]
    end = float("inf")
    tasks = [asyncio.create_task(student.attend(url, lambda: end)) for student in students]
    if options.heavy:
        tasks.append(asyncio.create_task(Student(HEAVY).attend(url, lambda: end, top=True)))
    await _all_play(students)
    await asyncio.sleep(SETTLING_SECONDS)
    for student in students:
        student.begin()
    begun, used = time.perf_counter(), _cpu_seconds(pid)
    await asyncio.sleep(options.seconds)
    seconds, used = time.perf_counter() - begun, _cpu_seconds(pid) - used
    rates = [student.frames / seconds for student in students]
    received, delivered = (sum(getattr(student, name) for student in students) for name in ("received", "delivered"))
    memory = _resident_mb(pid)
    end = time.perf_counter()
    await asyncio.gather(*tasks)
    errors = [error for student in students for error in student.errors]
    figures = Figures(
        len(students),
        round(statistics.median(rates), 1),
        round(min(rates), 1),
        *_milliseconds([pause for student in students for pause in student.pauses]),
        *_milliseconds([edit for student in students for edit in student.edits]),
        round(received / max(delivered, 1) / 1000, 2),
        round(100 * used / seconds, 1),
        round(memory, 1),
        len(errors),
    )
    return figures, errors


async def _all_play(students: list[Student]) -> None:
    """Wait until everyone has seen a frame, or has failed."""
    while not all(student.frames or student.errors for student in students):
        await asyncio.sleep(0.1)


def _milliseconds(times: list[float]) -> tuple[float, float]:
    """Median and worst; NaN where nothing was measured."""
    if not times:
        return float("nan"), float("nan")
    return round(1000 * statistics.median(times), 1), round(1000 * max(times), 1)


def _cpu_seconds(pid: int | None) -> float:
    """Processor time that a process has used so far."""
    if pid is None:
        return float("nan")
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _resident_mb(pid: int | None) -> float:
    """Megabytes of a process that are in memory."""
    if pid is None:
        return float("nan")
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="utf-8").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


if __name__ == "__main__":
    main()
