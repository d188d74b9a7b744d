"""The component of the settings panel and its message."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from ui.component import component_of
from ui.settings_panel.controls import Control
from ui.settings_panel.dataset_pictures import thumbnails

_PANEL = component_of("settings_panel", Path(__file__).parent / "panel")


def mount(controls: Sequence[Control], message: Mapping[str, Any], key: str) -> None:
    """Show the panel in the sidebar of a page that has a live view.

    Args:
        controls: The controls from top to bottom.
        message: The message to the live view that belongs to them. It says which commands of the view they include.
        key: The component's key.
    """
    included = {name: message[name] for name in ("session", "acknowledged")}
    with st.sidebar:
        _PANEL(key=key, data={"controls": list(controls), **included, "datasets": thumbnails()})
