"""What happens once, when the server starts, so that the first visitor does not have to wait for it."""

from __future__ import annotations

import asyncio
import webbrowser
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import streamlit as st
from streamlit.runtime.pages_manager import PagesManager

from ui.click_watch import click_watch
from ui.live.turns import TURNS

LISTENING_SECONDS = 0.2  # after this time the server accepts visitors


@asynccontextmanager
async def on_start(_: st.App) -> AsyncIterator[None]:
    """Prepare the process for its visitors.

    Without the first line, Streamlit lists the scripts of the folder ``pages`` in the sidebar until ``st.navigation``
    has been called for the first time, and runs a page that is opened by its own address without ``app.py``.
    """
    PagesManager.uses_pages_directory = False  # as st.navigation does
    TURNS.click_watch = click_watch
    import_pages()
    if not st.get_option("server.headless"):  # Streamlit leaves this to an st.App
        asyncio.get_running_loop().call_later(LISTENING_SECONDS, webbrowser.open, address())
    yield


def import_pages() -> None:
    """Import everything that the pages need. This also puts the live view's script together."""
    import ui.activations
    import ui.chain_rule
    import ui.compare
    import ui.explorer
    import ui.spot_the_bug  # noqa: F401


def address() -> str:
    """Where a browser on this machine finds the app."""
    scheme = "https" if st.get_option("server.sslCertFile") else "http"
    path = st.get_option("server.baseUrlPath").strip("/")
    return f"{scheme}://localhost:{st.get_option('server.port')}/{path}"
