"""What our browser components have in common: their files, and how the page hears from them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.components.v2.bidi_component import serialization

MAX_LEVELS = 50  # of lists and dicts in a message; Python fails at some hundreds
_read = serialization.handle_deserialize


def read_message(s: str | None) -> Any:
    """What a browser sent as JSON; None for what Python cannot read, although it is JSON: very long numbers, and very
    many levels.
    """
    try:
        value = _read(s)
    except (ValueError, RecursionError):
        return None
    level = [value]
    for _ in range(MAX_LEVELS):
        level = [inner for outer in level for inner in _contents(outer)]
    return None if level else value


def _contents(value: Any) -> list[Any]:
    return list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []


# Streamlit expects malformed JSON only. Anything else would end in a traceback on the page.
serialization.handle_deserialize = read_message


def component_of(name: str, stem: Path) -> Any:
    """The component made of ``stem.html``, ``stem.css`` and ``stem.js``."""
    html, css, js = (stem.with_suffix(kind).read_text(encoding="utf-8") for kind in (".html", ".css", ".js"))
    return st.components.v2.component(name, html=html, css=css, js=js)


def hears(obey: Callable[[Any], None], key: str, trigger: str) -> Callable[[], None]:
    """A callback that passes on to ``obey`` what the component with this key sent by ``trigger``.

    A visitor may have left the page while the message was on its way. The component's state is gone then, and the
    message is ignored.
    """

    def hear() -> None:
        state = st.session_state.get(key)
        value = state[trigger] if state is not None else None
        if value is not None:
            obey(value)

    return hear
