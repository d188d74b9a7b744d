"""The page Compare: a fragment with the live view of all stacks, and the settings that they share in the sidebar."""

from __future__ import annotations

import streamlit as st

from ui import live_view, settings_panel
from ui.comparison.state import MAX_STACKS, MIN_STACKS, Comparison
from ui.labels import layer_options
from ui.session import bring_up_to_date, explorer_experiment, open_in_explorer, tell_of_commands
from ui.settings_panel.controls import button
from ui.settings_panel.settings import settings

_KEY = "comparison"
_VIEW_KEY = "comparison_view"
_STALE = "comparison_is_stale"  # the sidebar shows something that the view has changed
_IN_THE_VIEW = ("layers", "learning_rate")  # settings that the view shows itself


def comparison() -> None:
    """All of the page."""
    live_view.mount_library()
    _view()
    take = button(
        "Take the Explorer's data and training",
        "explorer_settings",
        "All stacks go on to what the Explorer's network is trained on, and how.",
    )
    compared = _comparison()
    controls = [take, *settings(compared.draft)]
    settings_panel.mount(controls, compared.playback.message["acknowledged"], key="comparison_settings")


def _comparison() -> Comparison:
    """This visitor's comparison; made from the link on the first call."""
    if _KEY not in st.session_state:
        st.session_state[_KEY] = Comparison(st.query_params.to_dict(), explorer_experiment)
    found: Comparison = st.session_state[_KEY]
    return found


@st.fragment
def _view() -> None:
    compared = _comparison()
    if st.query_params.to_dict() != compared.query:
        st.query_params.from_dict(compared.query)
    data = {
        "message": compared.playback.message,
        "stacks": compared.stacks,
        "options": layer_options(),
        "learning_rate": compared.draft["learning_rate"],
        "notice": compared.notice,
        "limits": [MIN_STACKS, MAX_STACKS],
    }
    live_view.mount(data, key=_VIEW_KEY, on_commands=_obey)
    if compared.sent:
        sent, compared.sent = compared.sent, None
        open_in_explorer(sent)
    bring_up_to_date(_STALE, soon=compared.playback.running)


def _obey() -> None:
    tell_of_commands(_VIEW_KEY, _STALE, _comparison().command, _shown_around)


def _shown_around() -> dict[str, object]:
    """What the sidebar shows."""
    compared = _comparison()
    shown = {name: value for name, value in compared.draft.items() if name not in _IN_THE_VIEW}
    return {"edits": compared.sidebar_edits, **shown}
