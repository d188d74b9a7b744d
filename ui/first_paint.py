"""The document that a browser loads first: Streamlit's own, with the app's name, icon, style and frame put in.

Streamlit's scripts take up to a second to load and start. Until then its document is blank, white even in the dark
theme, and calls itself Streamlit.
"""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path

import streamlit as st
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from ui.palette import DARK, LIGHT

HERE = Path(__file__).parent
APP_NAME = "Backprop Explorer"
ICON = HERE / "icon.svg"
LOGO = HERE / "logo.svg"
SIDEBAR_WIDTH = 264  # pixels


def page_routes() -> list[Route]:
    """A route for the address of each page. Streamlit answers every other address."""
    base = st.get_option("server.baseUrlPath").strip("/")
    names = ["", *sorted(script.stem for script in (HERE.parent / "pages").glob("*.py"))]
    return [Route("/" + "/".join(filter(None, (base, name))), _answer) for name in names]


def first_document() -> str:
    """The document as HTML.

    The style goes into the body, because Streamlit's scripts add their rules to the head and the last rule wins.
    """
    html = (Path(st.__file__).parent / "static/index.html").read_text(encoding="utf-8")
    html = html.replace("<title>Streamlit</title>", f"<title>{APP_NAME}</title>")
    html = html.replace("./favicon.png", _data_url(ICON))
    style = "\n".join([_variables(), _read("first_paint.css"), _read("page.css")])
    return html.replace("<body>", f"<body>\n<style>\n{style}</style>\n<script>\n{_read('first_paint.js')}</script>")


def _answer(_: Request) -> HTMLResponse:
    return HTMLResponse(first_document(), headers={"Cache-Control": "no-cache"})


def _variables() -> str:
    """What the frame is drawn with, and the colours of code. Streamlit's own variables arrive with its scripts."""
    variables = {
        "frame-page": _light_and_dark("backgroundColor"),
        "frame-sidebar": _light_and_dark("secondaryBackgroundColor"),
        "frame-sidebar-width": f"{SIDEBAR_WIDTH}px",
        "frame-logo": f'url("{_data_url(LOGO)}")',
        "frame-icon": f'url("{_data_url(ICON)}")',
    }
    for name in ("muted", "blue", "good", "dead"):
        variables[f"palette-{name}"] = f"light-dark({getattr(LIGHT, name)}, {getattr(DARK, name)})"
    return f":root {{ {' '.join(f'--{name}: {value};' for name, value in variables.items())} }}"


def _light_and_dark(option: str) -> str:
    return f"light-dark({st.get_option(f'theme.light.{option}')}, {st.get_option(f'theme.dark.{option}')})"


def _data_url(picture: Path) -> str:
    return f"data:image/svg+xml;base64,{b64encode(picture.read_bytes()).decode()}"


def _read(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")
