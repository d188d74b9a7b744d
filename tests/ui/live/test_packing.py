"""What is packed comes out again unpacked, byte for byte, and small."""

from __future__ import annotations

import zlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backprop import Experiment
from tests.unpacking import unpack
from ui.live.packing import pack
from ui.live.player import Player

NAMES = st.text("abcdefgh", min_size=1, max_size=3)  # "bytes" is the name of the format itself
SIMPLE = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(SIMPLE | st.text(max_size=5), lambda inner: st.lists(inner, max_size=3), max_leaves=5)
FRAMES = st.lists(st.dictionaries(NAMES, VALUES | st.binary(max_size=8), max_size=4), max_size=5)


@given(FRAMES, st.dictionaries(NAMES, VALUES | st.binary(max_size=8) | st.dictionaries(NAMES, st.binary()), max_size=4))
def test_a_message_comes_out_as_it_was(frames: list[dict[str, Any]], rest: dict[str, Any]) -> None:
    rest.pop("frames", None)
    assert unpack(pack(frames, rest)) == {**rest, "frames": frames}


def test_pictures_are_sent_as_differences_where_they_fit() -> None:
    frames: list[dict[str, Any]] = [
        {"a": bytes([1, 255]), "b": {"c": b"xyz"}},
        {"a": bytes([3, 0]), "b": {"c": b"xy"}},
        {"a": bytes(2)},
    ]
    packed = pack(frames, {"a": bytes(2)})
    assert zlib.decompress(packed).endswith(bytes([1, 255]) + b"xyz" + bytes([2, 1]) + b"xy" + bytes([253, 0, 0, 0]))
    assert unpack(packed) == {"frames": frames, "a": bytes(2)}


def test_what_no_browser_reads_is_refused() -> None:
    with pytest.raises(ValueError, match="JSON"):
        pack([{"loss": float("nan")}], {})
    with pytest.raises(TypeError, match="set"):
        pack([], {"a": {1, 2}})


def test_a_frame_of_the_opening_network_takes_less_than_4_kb() -> None:
    """The first burst: nothing changes faster later. Also where a message brings few frames, as in a full class."""
    player = Player(Experiment())
    player.obey({"id": 1, "type": "play"})
    player.obey({"id": 2, "type": "more", "frames": 60})
    player.publish()
    frames = player.message["frames"]
    for count in (10, len(frames)):
        assert len(pack(frames[:count], {})) / count < 4096
