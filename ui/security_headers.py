"""HTTP headers that tell a browser what the app's pages may do: load and contact nothing but this server.

Who may show the app in a frame is left to the proxy, see ``deploy/README.md``.
"""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class SecurityHeaders:
    """ASGI middleware that adds the headers to every HTTP answer; WebSockets pass untouched.

    Args:
        app: What answers.
        document: The HTML that a browser loads first; its inline scripts may run, and no others.
    """

    def __init__(self, app: ASGIApp, document: str) -> None:
        self._app = app
        self._headers = {
            "Content-Security-Policy": content_security_policy(document),
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "same-origin",
            # Not among these: screen and microphone, which Streamlit's menu can record.
            "Permissions-Policy": "camera=(), geolocation=(), payment=(), usb=()",
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(self._headers)
            await send(message)

        await self._app(scope, receive, send_with_headers)


def content_security_policy(document: str) -> str:
    """What the pages may load, the tightest under which Streamlit works."""
    hashes = [_hash_of(script) for script in re.findall(r"<script>(.*?)</script>", document, re.DOTALL)]
    rules = {
        "default-src": ["'self'"],
        # Streamlit imports the script of each of our components from a blob: URL, and has a few lines of WebAssembly.
        "script-src": ["'self'", "blob:", "'wasm-unsafe-eval'", *hashes],
        "worker-src": ["blob:"],
        # Streamlit's styles are made in the browser, and formulas have style attributes.
        "style-src": ["'self'", "'unsafe-inline'"],
        "img-src": ["'self'", "data:", "blob:"],
        "font-src": ["'self'", "data:"],
        "media-src": ["blob:"],  # a recording of the screen, which Streamlit's menu offers
        "frame-src": ["'none'"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'none'"],
    }
    return "; ".join(" ".join([rule, *sources]) for rule, sources in rules.items())


def _hash_of(script: str) -> str:
    return f"'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'"
