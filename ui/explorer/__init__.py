"""The page *Explorer*: the live view of one network, and its charts as figures to zoom and save."""

from ui.explorer.page import explorer

__all__ = ["explorer"]
