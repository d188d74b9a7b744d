"""The settings in the sidebar: one component that shows all of them.

One, because Streamlit draws every element of the page anew with every burst of frames; and our own, because a network
trains while its settings are changed, and Streamlit's widgets would begin a run of the whole page for each change. What
a visitor changes here is an edit that the live view sends (``op`` ``"apply"``, ``"dataset"``, …).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from ui.settings_panel.controls import Control

_FOLDER = Path(__file__).parent
_PANEL = st.components.v2.component(
    "settings_panel",
    html='<div class="panel"></div>',
    css=(_FOLDER / "panel.css").read_text(encoding="utf-8"),
    js=(_FOLDER / "panel.js").read_text(encoding="utf-8"),
)


def mount(controls: Sequence[Control], acknowledged: int, key: str) -> None:
    """Show these controls in the sidebar of a page with a live view.

    Args:
        controls: From top to bottom.
        acknowledged: Number of the last command of the live view that is in them.
        key: Of the component.
    """
    with st.sidebar:
        _PANEL(key=key, data={"controls": list(controls), "acknowledged": acknowledged})
