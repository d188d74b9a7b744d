"""The live view: a component that draws the run in the browser, and the few lines that mount it.

The scripts of the view are ES modules in ``js/``; the browser gets them as one. Because a component's script travels
with every update, the large part is mounted once outside of what updates (``mount_library``) and the part that updates
only hands over to it (``mount``).
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from ui.component import hears

FOLDER = Path(__file__).parent
# What was mounted goes out in this time. Where requests follow each other closely, as at top speed, the browser would
# otherwise get it together with the end of this run and the begin of the next, and may then drop the view for a moment.
SENDING_SECONDS = 0.015
# In the order in which they need each other; the first ones also run in a worker, which draws the networks.
PAINTER_MODULES = (
    "canvas",
    "color",
    "decode",
    "numbers",
    "surface",
    "links",
    "geometry",
    "gauges",
    "signal_strip",
    "diagram",
    "painter",
)
MODULES = (
    *PAINTER_MODULES,
    "studio",
    "pictures",
    "series",
    "time_chart",
    "heatmap",
    "waterfall",
    "rota",
    "charts",
    "cards",
    "diagnosis",
    "inspector",
    "timeline",
    "keyboard",
    "transport",
    "player",
    "view",
    "stack_panel",
    "compare_charts",
    "compare",
    "main",
)
_IMPORT = re.compile(r"^import .*?;\n", re.MULTILINE | re.DOTALL)
_EXPORT = re.compile(r"^export ", re.MULTILINE)


def _read(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


def _module(name: str) -> str:
    return _EXPORT.sub("", _IMPORT.sub("", _read(f"js/{name}.js")))


def _painter() -> str:
    """The worker's script."""
    serve = "const painters = new Painters(() => postMessage(0));\nonmessage = ({ data }) => painters.receive(data);\n"
    return "\n".join([*map(_module, PAINTER_MODULES), serve])


@cache
def library_script() -> str:
    """The modules as one script that leaves ``globalThis.backpropLiveView`` behind, uPlot included."""
    parts = [_read("vendor/uPlot.iife.min.js"), *map(_module, MODULES)]
    css = "".join(map(_read, ("vendor/uPlot.min.css", "live_view.css", "compare.css")))
    htmls = ("HTML", _read("live_view.html")), ("COMPARE_HTML", _read("compare.html"))
    for name, text in (*htmls, ("CSS", css), ("PAINTER", _painter())):
        parts.append(f"const {name} = {json.dumps(text)};")
    body = "\n".join(parts)
    return (
        f"if (!globalThis.backpropLiveView) {{\n{body}\n"
        "globalThis.backpropLiveView = { render };\n"
        'globalThis.dispatchEvent(new Event("backprop-live-view"));\n}\n'
        "export default function () {}\n"
    )


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


def mount(data: dict[str, Any], key: str, obey: Callable[[Any], None]) -> None:
    """Show the live view; ``obey`` gets the commands that it sends."""
    _VIEW(key=key, data=data, on_commands_change=hears(obey, key, "commands"))
    time.sleep(SENDING_SECONDS)
