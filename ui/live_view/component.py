"""The two components of the live view: the library, mounted once a page, and the view, mounted with every update."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import streamlit as st

from ui.component import hears
from ui.live_view.library import library_script

# What was mounted goes out in this time. Where requests follow each other closely, as at top speed, the browser would
# otherwise get it together with the end of this run and the begin of the next, and may then drop the view for a moment.
SENDING_SECONDS = 0.015

# Hands every update to the library; the first one may come before the library has arrived.
_VIEW_SCRIPT = """
export default function (component) {
  if (globalThis.backpropLiveView) return globalThis.backpropLiveView.render(component);
  let cleanUp = null;
  const arrived = () => { cleanUp = globalThis.backpropLiveView.render(component); };
  globalThis.addEventListener("backprop-live-view", arrived, { once: true });
  return () => { globalThis.removeEventListener("backprop-live-view", arrived); cleanUp?.(); };
}
"""

_LIBRARY = st.components.v2.component("live_view_library", js=library_script())
_VIEW = st.components.v2.component("live_view", js=_VIEW_SCRIPT)


def mount_library() -> None:
    """Bring the scripts to the browser; call it once a page, outside of any fragment."""
    _LIBRARY(key="live_view_library", height=0)


def mount(packed: bytes, key: str, obey: Callable[[Any], None]) -> None:
    """Show the live view with a message of ``Playback.packed``; ``obey`` gets the commands that it sends."""
    _VIEW(key=key, data=packed, on_commands_change=hears(obey, key, "commands"))
    time.sleep(SENDING_SECONDS)
