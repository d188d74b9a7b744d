"""The Explorer's live part: a fragment that answers the browser's commands and sends what they led to."""

from __future__ import annotations

import streamlit as st

from ui import live_view
from ui.labels import layer_options
from ui.session import show_in_address, workspace

_KEY = "live"


def explorer() -> None:
    """The live view of this visitor's workspace."""
    live_view.mount_library()
    _view()


@st.fragment
def _view() -> None:
    space = workspace()
    show_in_address()
    data = {
        "message": space.player.message,
        "draft": space.draft["layers"],
        "options": layer_options(),
        "notice": space.notice,
    }
    live_view.mount(data, key=_KEY, on_commands=_obey)


def _obey() -> None:
    commands = st.session_state[_KEY].commands
    if commands:
        workspace().command(commands)
