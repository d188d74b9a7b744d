"""The page Compare: the live view of all stacks in a fragment, and the settings that they share in the sidebar."""

from __future__ import annotations

import streamlit as st

from ui import live_view, settings_panel
from ui.compare.state import MAX_STACKS, MIN_STACKS, Comparison
from ui.labels import layer_options
from ui.settings_panel import Control, button, settings
from ui.workspace.session import explorer_experiment, open_in_explorer

_KEY = "comparison"
_VIEW_KEY = "comparison_view"


def compare() -> None:
    """Draw the page."""
    playback = _comparison().playback
    playback.parts.forget_view()
    live_view.mount_library()
    _view()
    settings_panel.mount(_settings(), playback.message, key="comparison_settings")


def _settings() -> list[Control]:
    """The controls of the sidebar."""
    take = button(
        "Take the Explorer's data and training",
        "explorer_settings",
        "Trains all stacks on the data of the Explorer's network, and with its settings.",
    )
    return [take, *settings(_comparison().form)]


def _comparison() -> Comparison:
    """This visitor's comparison. The first call makes it from the page's address."""
    if _KEY not in st.session_state:
        st.session_state[_KEY] = Comparison(st.query_params.to_dict(), explorer_experiment)
    found: Comparison = st.session_state[_KEY]
    return found


@st.fragment
def _view() -> None:
    compared = _comparison()
    if st.query_params.to_dict() != compared.query:
        st.query_params.from_dict(compared.query)
    parts = {
        "stacks": compared.stacks,
        "options": layer_options(),
        "learning_rate": compared.form["learning_rate"],
        "notice": compared.notice,
        "limits": [MIN_STACKS, MAX_STACKS],
        "settings": _settings(),
    }
    live_view.mount(compared.playback.packed(parts), key=_VIEW_KEY, obey=compared.command)
    if compared.sent:
        sent, compared.sent = compared.sent, None
        open_in_explorer(sent)
