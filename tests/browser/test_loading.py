"""The first visitor of a fresh server: from the first moment the page shows nothing but the app's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.running_app import RunningApp, running_app

pytestmark = pytest.mark.browser

PAGES = ["Explorer", "Compare", "Chain rule", "Activations", "Spot the bug"]

# Notes what the page shows, each thing when it is first seen, in every frame that the browser draws.
WATCH = """() => {
  globalThis.seen = [];
  const note = (thing) => globalThis.seen.includes(thing) || globalThis.seen.push(thing);
  const look = () => {
    for (const link of document.querySelectorAll('[data-testid="stSidebarNavLink"]')) note(link.textContent.trim());
    if (document.querySelector('[data-testid="stSidebarLogo"], [data-testid="stHeaderLogo"]')) note("the logo");
    if (document.querySelector('[data-testid="stException"]')) note("a traceback");
    for (const element of document.querySelectorAll("*")) {
      if (element.shadowRoot?.querySelector(".live-view[data-step]")) note("the run");
    }
    requestAnimationFrame(look);
  };
  look();
}"""


@pytest.fixture
def fresh_app(tmp_path: Path) -> Iterator[RunningApp]:
    """A server that no one has visited."""
    with running_app(tmp_path) as server:
        yield server
        assert "Traceback" not in server.log.read_text(encoding="utf-8")


@pytest.fixture
def visitor(chromium: Browser) -> Iterator[Page]:
    """A browser that has nothing in its cache."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.add_init_script(f"({WATCH})()")
    yield page
    context.close()


@pytest.mark.parametrize("path", ["/", "/compare"])
def test_a_fresh_server_shows_the_frame_of_the_page_and_then_the_run(
    fresh_app: RunningApp, visitor: Page, path: str
) -> None:
    visitor.goto(fresh_app.url + path)
    visitor.wait_for_function('() => globalThis.seen.includes("the run")', timeout=30_000)
    seen = visitor.evaluate("globalThis.seen")
    assert sorted(seen) == sorted([*PAGES, "the logo", "the run"])
    assert seen[-1] == "the run"
