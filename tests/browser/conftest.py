"""One server and one Chromium for all browser tests, and a page that must stay free of errors."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.complaints import no_complaints
from tests.browser.running_app import RunningApp, chromium_path, running_app, running_chromium


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApp]:
    """The app; its log must hold no traceback, no warning and no lost fragment when all tests are done."""
    with running_app(tmp_path_factory.mktemp("app")) as server:
        yield server
        log = server.log.read_text(encoding="utf-8")
    for word in ("Traceback", "Error", "Warning", "WARNING", "fragment"):
        assert word not in log, log


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Chromium; missing it is a failure where CI runs and a skip elsewhere."""
    path = chromium_path()
    if path is None:
        message = "no Chromium found; on Debian: apt-get install chromium"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    with running_chromium(path) as browser:
        yield browser


@pytest.fixture(scope="session")
def context(chromium: Browser) -> Iterator[BrowserContext]:
    """One browser cache for all tests: loading Streamlit's scripts anew each time would take longer than the tests."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, color_scheme="light")
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext, app: RunningApp) -> Iterator[Page]:
    """A new visitor at 1280 × 900. A message in the console or a request to another host fails the test."""
    page = context.new_page()
    page.add_init_script("localStorage.clear()")  # where Streamlit keeps whether the sidebar was open
    with no_complaints(page, app.url):
        yield page
