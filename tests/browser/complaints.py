"""What a page of the app must not do: complain in the console, or ask any host but its own."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from playwright.sync_api import ConsoleMessage, Page

# Opened at the address of a page, Streamlit first looks for its server beneath that, where there is none.
LOOKING_FOR_THE_SERVER = re.compile(r"//[^/]+/[a-z_]+/_stcore/(health|host-config)$")


@contextlib.contextmanager
def no_complaints(page: Page, app_url: str) -> Iterator[None]:
    """Fails at the end if the page wrote an error or a warning into the console, or asked another host."""
    complaints: list[str] = []

    def on_console(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not LOOKING_FOR_THE_SERVER.search(message.location["url"]):
            complaints.append(f"{message.type}: {message.text}")

    def on_address(url: str) -> None:
        if not is_own(url, app_url):
            complaints.append(f"asks {url}")

    page.on("console", on_console)
    page.on("pageerror", lambda error: complaints.append(f"uncaught: {error}"))
    page.on("request", lambda request: on_address(request.url))
    page.on("websocket", lambda socket: on_address(socket.url))
    yield
    page.close()  # what it does until then counts too
    assert not complaints, "\n".join(complaints)


def is_own(url: str, app_url: str) -> bool:
    """Whether an address is one of the app's, or none of a host at all."""
    found = urlsplit(url)
    return found.scheme in ("data", "blob", "about") or found.netloc == urlsplit(app_url).netloc
