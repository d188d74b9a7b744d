"""From the first moment the page shows nothing but the app's own, for the first visitor of a fresh server too."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FloatRect, Page

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
    if (document.title) note(`title: ${document.title}`);
    const main = document.querySelector(".stMainBlockContainer");
    if (main?.querySelector(".stElementContainer")) note(`margin: ${getComputedStyle(main).paddingLeft}`);
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
    assert sorted(seen) == sorted([*PAGES, "title: Backprop Explorer", "margin: 25.6px", "the logo", "the run"])
    assert seen[-1] == "the run"


@pytest.mark.parametrize(
    ("width", "remembered", "left", "right"),
    [
        (1280, {}, 0, 264),  # the sidebar with the logo
        (390, {}, 0, 50),  # the icon
        (390, {"stSidebarCollapsed-": "false", "stActiveTheme-/-v2": '"Light"'}, 0, 210),  # the logo without its button
        (1280, {"sidebarWidth": "320"}, 240, 320),  # the sidebar's edge
    ],
)
def test_the_frame_is_there_before_any_script_of_streamlit_and_the_real_one_looks_the_same(
    chromium: Browser, app: RunningApp, width: int, remembered: dict[str, str], left: int, right: int
) -> None:
    context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme="dark")
    page = context.new_page()
    page.add_init_script(f"Object.assign(localStorage, {json.dumps(remembered)})")
    clip: FloatRect = {"x": left, "y": 0, "width": right - left, "height": 52}

    page.route("**/static/js/**", lambda route: route.abort())
    page.goto(app.url)
    assert page.title() == "Backprop Explorer"
    frame = page.screenshot(clip=clip)

    page.unroute("**/static/js/**")
    page.goto(app.url)
    page.wait_for_selector(".live-view[data-step]", timeout=30_000)
    assert page.screenshot(clip=clip) == frame
    context.close()


@pytest.mark.parametrize("page_name", PAGES)
def test_every_page_has_the_frame_at_its_own_address(app: RunningApp, page_name: str) -> None:
    path = "" if page_name == "Explorer" else page_name.lower().replace(" ", "_")
    with urllib.request.urlopen(f"{app.url}/{path}") as answer:
        assert "--frame-logo" in answer.read().decode()
