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
    style = "\n".join([_frame_variables(), _read("first_paint.css"), _read("page.css")])
    return html.replace("<body>", f"<body>\n<style>\n{style}</style>\n<script>\n{_read('first_paint.js')}</script>")


def _answer(_: Request) -> HTMLResponse:
    return HTMLResponse(first_document(), headers={"Cache-Control": "no-cache"})


def _frame_variables() -> str:
    """What the frame is drawn with. Streamlit's own variables arrive with its scripts."""
    variables = {
        "page": _light_and_dark("backgroundColor"),
        "sidebar": _light_and_dark("secondaryBackgroundColor"),
        "sidebar-width": f"{SIDEBAR_WIDTH}px",
        "logo": f'url("{_data_url(LOGO)}")',
        "icon": f'url("{_data_url(ICON)}")',
    }
    return f":root {{ {' '.join(f'--frame-{name}: {value};' for name, value in variables.items())} }}"


def _light_and_dark(option: str) -> str:
    return f"light-dark({st.get_option(f'theme.light.{option}')}, {st.get_option(f'theme.dark.{option}')})"


def _data_url(picture: Path) -> str:
    return f"data:image/svg+xml;base64,{b64encode(picture.read_bytes()).decode()}"


def _read(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")
