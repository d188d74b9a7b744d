"""The Explorer: a fragment that answers the live view's commands and sends what they led to, and the settings."""

from __future__ import annotations

from typing import Any

import streamlit as st

from ui import live_view, settings_panel
from ui.labels import layer_options
from ui.presets import PRESETS
from ui.session import bring_up_to_date, show_in_address, tell_of_commands, workspace
from ui.settings_panel.controls import Control, caption, example_menu
from ui.settings_panel.settings import settings

_KEY = "live"
_STALE = "page_is_stale"
_IN_THE_VIEW = ("layers", "learning_rate")  # settings that the live view shows itself


def explorer() -> None:
    """The live view of this visitor's workspace, and the chart that was opened from it."""
    live_view.mount_library()
    _view()
    space = workspace()
    controls = [*_examples(space.watched), *settings(space.draft)]
    settings_panel.mount(controls, space.player.message["acknowledged"], key="settings")
    if space.opened:
        from ui.chart_dialog import chart_dialog  # not before it is needed: Plotly takes long to load

        chart_dialog(space, space.opened)


def _examples(watched: str | None) -> list[Control]:
    """The menu of examples, and what to look for in the one that was taken last."""
    menu = example_menu("Start from", list(PRESETS))
    return [menu, caption("watched", watched, f". {PRESETS[watched].watch}")] if watched else [menu]


@st.fragment
def _view() -> None:
    space = workspace()
    show_in_address()
    data = {
        "message": space.player.message,
        "draft": space.draft["layers"],
        "options": layer_options(),
        "learning_rate": space.draft["learning_rate"],
        "notice": space.notice,
    }
    live_view.mount(data, key=_KEY, on_commands=_obey)
    bring_up_to_date(_STALE, soon=space.player.running)


def _obey() -> None:
    tell_of_commands(_KEY, _STALE, workspace().command, _shown_around)


def _shown_around() -> dict[str, Any]:
    """What the page shows around the live view."""
    space = workspace()
    around = {"opened": space.opened, "edits": space.sidebar_edits}
    return {**around, **{name: value for name, value in space.draft.items() if name not in _IN_THE_VIEW}}
