"""The app under its security headers: it works in a frame of another site, and nothing foreign gets in."""

from __future__ import annotations

import contextlib
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.running_app import RunningApp, open_explorer

pytestmark = pytest.mark.browser

# What a smuggled script may try: each says, or leaves behind, whether it succeeded.
REQUEST = """(url) => fetch(url, { mode: "no-cors" }).then(() => true, () => false)"""
INLINE_SCRIPT = """() => {
  const script = document.createElement("script");
  script.textContent = "globalThis.inline = true";
  document.body.append(script);
}"""
TEXT_AS_CODE = """() => new Promise((done) => { setTimeout("globalThis.text = true"); setTimeout(done, 100); })"""


@pytest.fixture
def visitor(chromium: Browser) -> Iterator[Page]:
    """A page whose console may complain: what is refused is reported there by the browser."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("path", ["/", "/compare", "/no-such-page", "/_stcore/health", "/_stcore/agent/no-such-path"])
def test_every_answer_has_the_headers(app: RunningApp, path: str) -> None:
    try:
        headers = urllib.request.urlopen(app.url + path).headers
    except urllib.error.HTTPError as refusal:
        headers = refusal.headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "script-src 'self'" in headers["Content-Security-Policy"]


def test_what_does_not_come_from_the_server_is_refused(app: RunningApp, visitor: Page) -> None:
    elsewhere = app.url.replace("127.0.0.1", "localhost") + "/_stcore/health"  # another origin, though it answers
    open_explorer(visitor, app.url)
    assert visitor.evaluate(REQUEST, app.url + "/_stcore/health")
    assert not visitor.evaluate(REQUEST, elsewhere)
    visitor.evaluate(INLINE_SCRIPT)
    visitor.evaluate(TEXT_AS_CODE)
    assert visitor.evaluate("() => [globalThis.inline, globalThis.text]") == [None, None]


@contextlib.contextmanager
def site_of_a_school(folder: Path, address_of_the_app: str) -> Iterator[str]:
    """Another server, with a page that shows the app in a frame."""
    page = f'<!DOCTYPE html><iframe src="{address_of_the_app}/?embed=true" width="1200" height="800"></iframe>'
    (folder / "index.html").write_text(page, encoding="utf-8")
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(SilentHandler, directory=folder)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_port}"
        server.shutdown()


class SilentHandler(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *arguments: object) -> None:
        """Nothing is reported."""


def test_another_site_can_show_the_app_in_a_frame(app: RunningApp, visitor: Page, tmp_path: Path) -> None:
    with site_of_a_school(tmp_path, app.url) as school:
        visitor.goto(school)
        visitor.frame_locator("iframe").locator(".live-view[data-step]").wait_for(timeout=30_000)
