"""The settings in the sidebar, all in one component of our own.

Streamlit's own widgets would run the whole page for each change, while a network trains. And Streamlit draws every
element of the page again with each burst of frames, so there is one element only. A change here is an edit that the
live view sends (``op`` ``"apply"``, ``"dataset"``, …). Its outcome reaches the panel in the messages to the live view,
so the page does not run.
"""

from ui.settings_panel.component import mount
from ui.settings_panel.controls import Control, button, caption, example_menu
from ui.settings_panel.settings import settings

__all__ = ["Control", "button", "caption", "example_menu", "mount", "settings"]
