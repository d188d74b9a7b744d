"""Components of the browser whose parts stand in files of their own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st


def component_of(name: str, stem: Path) -> Any:
    """The component made of ``stem.html``, ``stem.css`` and ``stem.js``."""
    html, css, js = (stem.with_suffix(kind).read_text(encoding="utf-8") for kind in (".html", ".css", ".js"))
    return st.components.v2.component(name, html=html, css=css, js=js)
