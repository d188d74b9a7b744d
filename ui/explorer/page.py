"""The Explorer: the live view in a fragment that answers its commands, and the settings in the sidebar."""

from __future__ import annotations

import streamlit as st

from ui import live_view, settings_panel
from ui.labels import layer_options
from ui.settings_panel import Control, caption, example_menu, settings
from ui.workspace.presets import PRESETS
from ui.workspace.session import show_in_address, workspace

_KEY = "live"
_ON_THE_PAGE = "chart_on_the_page"  # the chart that is open outside of the fragment


def explorer() -> None:
    """Draw the page: the live view of this visitor's workspace, and the chart that was opened from it."""
    space = workspace()
    st.session_state[_ON_THE_PAGE] = space.opened
    space.player.parts.forget_view()
    live_view.mount_library()
    _view()
    settings_panel.mount(_settings(), space.player.message, key="settings")
    if space.opened:
        from ui.explorer.chart_dialog import chart_dialog  # imported late: Plotly takes long to load

        chart_dialog(space, space.opened)


def _settings() -> list[Control]:
    """The controls of the sidebar."""
    space = workspace()
    return [*_examples(space.watched), *settings(space.form)]


def _examples(watched: str | None) -> list[Control]:
    """The menu of examples, and what to look for in the one that was chosen last."""
    menu = example_menu("Start from", list(PRESETS))
    return [menu, caption("watched", watched, f". {PRESETS[watched].watch}")] if watched else [menu]


@st.fragment
def _view() -> None:
    space = workspace()
    show_in_address()
    parts = {
        "form": space.form["layers"],
        "options": layer_options(),
        "learning_rate": space.form["learning_rate"],
        "notice": space.notice,
        "outcome": space.outcome,
        "settings": _settings(),
    }
    live_view.mount(space.player.packed(parts), key=_KEY, obey=space.command)
    if space.opened != st.session_state[_ON_THE_PAGE]:
        st.rerun(scope="app")
