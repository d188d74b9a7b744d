"""Unpacks a message to the live view as the browser does; plainly, without a look at how it was packed."""

from __future__ import annotations

import json
import zlib
from typing import Any

from streamlit.proto.ForwardMsg_pb2 import ForwardMsg


def live_view_message(frame: bytes) -> dict[str, Any] | None:
    """The message to the live view in a frame of the server's WebSocket, if there is one in it."""
    element = ForwardMsg.FromString(frame).delta.new_element.bidi_component
    return unpack(element.bytes) if element.component_name == "live_view" else None


def unpack_json(packed: bytes) -> dict[str, Any]:
    """The message without its bytes, which takes less time."""
    return _read(packed)[0]


def unpack(packed: bytes) -> dict[str, Any]:
    """The message with its bytes in place."""
    found, stored = _read(packed)
    frames: list[Any] = []
    before: list[bytes] = []
    for frame in found["frames"]:
        now: list[bytes] = []
        frames.append(_filled(frame, stored, before, now))
        before = now
    rest: dict[str, Any] = _filled({name: value for name, value in found.items() if name != "frames"}, stored, [], [])
    return {**rest, "frames": frames}


def _read(packed: bytes) -> tuple[dict[str, Any], bytes]:
    """The message with ``{"bytes": …}`` in it, and all bytes."""
    raw = zlib.decompress(packed)
    end = 4 + int.from_bytes(raw[:4], "little")
    found = json.loads(raw[4:end], parse_constant=_refuse)
    return {**found["rest"], "frames": found["frames"]}, raw[end:]


def _refuse(name: str) -> None:
    raise AssertionError(f"a browser's JSON does not know {name}")


def _filled(value: Any, stored: bytes, before: list[bytes], now: list[bytes]) -> Any:
    if isinstance(value, list):
        return [_filled(part, stored, before, now) for part in value]
    if not isinstance(value, dict):
        return value
    if "bytes" not in value:
        return {name: _filled(part, stored, before, now) for name, part in value.items()}
    start, length, differs = value["bytes"]
    own = stored[start : start + length]
    if differs:
        own = bytes((new + old) % 256 for new, old in zip(own, before[len(now)], strict=True))
    now.append(own)
    return own
