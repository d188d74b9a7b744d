"""The settings in the sidebar: one component that shows all of them.

One, because Streamlit draws every element of the page anew with every burst of frames; and our own, because a network
trains while its settings are changed, and Streamlit's widgets would begin a run of the whole page for each change. What
a visitor changes here is an edit that the live view sends (``op`` ``"apply"``, ``"dataset"``, …), and what comes of it
reaches the panel by the messages to the live view: the page need not be run.
"""

from ui.settings_panel.component import mount, panel_message
from ui.settings_panel.controls import Control, button, caption, example_menu
from ui.settings_panel.settings import settings

__all__ = ["Control", "button", "caption", "example_menu", "mount", "panel_message", "settings"]
