"""What the page hears from its components: messages that can be read, of components that are still there."""

from __future__ import annotations

import json
from typing import Any

import pytest
import streamlit as st
from streamlit.components.v2.bidi_component import serialization

from tests.hostile import JSON, for_any
from ui.component import MAX_LEVELS, hears, read_message


@for_any(100, 3000, value=JSON)
def test_json_is_read(value: Any) -> None:
    text = json.dumps(value)
    assert json.dumps(read_message(text)) == text


@pytest.mark.parametrize("text", ["", "{", "no JSON", "\x00"])
def test_what_is_no_json_stays_a_text(text: str) -> None:
    assert read_message(text) == text


UNREADABLE = {
    "very many digits": "[" + "1" * 5000 + "]",
    "too many levels": "[" * (MAX_LEVELS + 1) + "]" * (MAX_LEVELS + 1),
    "levels beyond what Python reads": "[" * 100_000 + "]" * 100_000,
    "levels of objects": '{"a":' * 900 + "1" + "}" * 900,
    "nothing": None,
}


@pytest.mark.parametrize("text", UNREADABLE.values(), ids=list(UNREADABLE))
def test_what_python_cannot_read_is_nothing(text: str | None) -> None:
    assert read_message(text) is None
    assert serialization.deserialize_trigger_list(text) is None  # as Streamlit reads it


@pytest.mark.parametrize("state", [None, {"commands": None}, {"commands": [1]}])
def test_only_a_message_of_a_component_that_is_there_is_heard(
    monkeypatch: pytest.MonkeyPatch, state: dict[str, Any] | None
) -> None:
    heard: list[Any] = []
    monkeypatch.setattr(st, "session_state", {} if state is None else {"view": state})
    hears(heard.append, "view", "commands")()
    assert heard == ([state["commands"]] if state and state["commands"] else [])
