"""What a page shows around the frames is sent when it changes, until the view has it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backprop import SpecError
from ui.live.parts import Parts


def test_the_first_message_has_everything_and_the_next_ones_what_has_changed() -> None:
    parts = Parts()
    layers = [{"units": 8}]
    parts.set({"form": layers, "notice": None})
    assert parts.message() == {"since": 0, "version": 2, "parts": {"form": [{"units": 8}], "notice": None}}
    parts.confirm({"version": 2})
    assert parts.message() == {"since": 2, "version": 2, "parts": {}}
    layers[0]["units"] = 9  # a form is changed in place
    parts.set({"form": layers, "notice": None})
    assert parts.message() == {"since": 2, "version": 3, "parts": {"form": [{"units": 9}]}}


def test_a_change_is_sent_again_until_it_is_confirmed() -> None:
    parts = Parts()
    parts.set({"a": 1, "b": 1})
    parts.confirm({"version": 2})
    parts.set({"a": 2, "b": 1})
    parts.confirm({"version": 2})  # the message with it was skipped
    parts.set({"a": 2, "b": 2})
    assert parts.message() == {"since": 2, "version": 4, "parts": {"a": 2, "b": 2}}
    parts.confirm({"version": 3})
    assert parts.message()["parts"] == {"b": 2}


def test_a_page_that_is_drawn_anew_gets_everything() -> None:
    parts = Parts()
    parts.set({"a": 1})
    parts.confirm({"version": 1})
    parts.forget_view()
    assert parts.message() == {"since": 0, "version": 1, "parts": {"a": 1}}


@pytest.mark.parametrize("version", [-5, 10**9])
def test_a_version_that_there_is_not_does_no_harm(version: int) -> None:
    parts = Parts()
    parts.set({"a": 1})
    parts.confirm({"version": version})
    assert 0 <= parts.message()["since"] <= 1
    with pytest.raises(SpecError, match="version"):
        parts.confirm({"version": "2"})


@given(st.lists(st.tuples(st.dictionaries(st.sampled_from("abc"), st.integers(0, 2)), st.booleans(), st.booleans())))
def test_a_view_that_misses_messages_still_shows_the_latest(events: list[tuple[dict[str, Any], bool, bool]]) -> None:
    """The view takes a message, or misses it; its next command confirms what it has, or is not sent."""
    parts, shown, has, latest = Parts(), dict[str, Any](), 0, dict[str, Any]()
    for values, arrives, commands in [*events, ({}, True, True)]:
        latest |= values
        parts.set(latest)
        message = parts.message()
        assert message["since"] <= has
        if arrives:
            shown, has = {**shown, **message["parts"]}, message["version"]
        if commands:
            parts.confirm({"version": has})
    assert shown == latest
