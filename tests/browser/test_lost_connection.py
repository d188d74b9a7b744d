"""The server is restarted, or the network fails for a while: what is lost is said, and nothing is silently wrong."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.cable import cable_to
from tests.browser.running_app import FIND_VIEW, RunningApp, free_port, open_explorer, running_app

pytestmark = pytest.mark.browser

LINK = "/?data=moons&noise=0.3&layers=6:tanh,5:relu,1:sigmoid&seed=4&optimizer=momentum&lr=0.1"
STACKS = "/compare?data=moons&a=6:tanh,1:sigmoid&b=6:relu,1:sigmoid"
PATIENCE_MS = 60_000  # Streamlit waits longer and longer between two attempts to connect again


@pytest.fixture
def visitor(chromium: Browser) -> Iterator[Page]:
    """A page whose console may complain: a connection that fails is reported there by the browser itself."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    yield context.new_page()
    context.close()


def step_of(page: Page) -> int:
    """The step whose frame is on the screen."""
    return int(page.evaluate(f"() => ({FIND_VIEW})().dataset.step"))


def wait_for_step(page: Page, at_least: int) -> None:
    page.wait_for_function(
        f"(least) => Number(({FIND_VIEW})().dataset.step) >= least", arg=at_least, timeout=PATIENCE_MS
    )


def wait_for_first_frame(page: Page) -> None:
    page.wait_for_function(f"() => ({FIND_VIEW})().dataset.step === '0'", timeout=PATIENCE_MS)


@pytest.mark.parametrize(("link", "playing"), [(LINK, True), (LINK, False), (STACKS, True)])
def test_after_a_restart_of_the_server_a_new_run_is_shown_and_the_settings_are_kept(
    visitor: Page, tmp_path: Path, link: str, playing: bool
) -> None:
    port, notice = free_port(), visitor.locator(".notice")
    with running_app(tmp_path, port) as server:
        open_explorer(visitor, server.url + link)
        visitor.locator(".play").click()
        wait_for_step(visitor, 200)
        if not playing:
            visitor.locator(".play").click()
    address = visitor.url
    with running_app(tmp_path, port):
        wait_for_first_frame(visitor)
        expect(notice).to_have_text("The server was restarted. The run begins again at step 0, with the same settings.")
        assert visitor.url == address
        expect(visitor.get_by_role("slider", name="Noise")).to_have_attribute(
            "aria-valuetext", "0.30" if link == LINK else "0.10"
        )
        expect(visitor.locator(".card.layer .units input").first).to_have_value("6")
        visitor.locator(".step-update").click()
        visitor.wait_for_function(f"() => ({FIND_VIEW})().dataset.step === '1'")
        expect(notice).to_be_hidden()


def test_a_setting_that_was_changed_while_the_server_was_away_is_changed_when_it_is_back(
    visitor: Page, tmp_path: Path
) -> None:
    port = free_port()
    with running_app(tmp_path, port) as server:
        open_explorer(visitor, server.url + LINK)
        visitor.locator(".step-update").click()
        visitor.wait_for_function(f"() => ({FIND_VIEW})().dataset.step === '1'")
    visitor.get_by_role("button", name="One unit more in Layer 1").click(force=True)
    with running_app(tmp_path, port):
        wait_for_first_frame(visitor)
        visitor.wait_for_url("**layers=7%3Atanh**", timeout=PATIENCE_MS)
        expect(visitor.locator(".card.layer .units input").first).to_have_value("7")


def test_the_distributions_that_are_shown_are_those_of_the_new_run_after_a_restart(
    visitor: Page, tmp_path: Path
) -> None:
    port, chart = free_port(), '.chart[data-chart="distributions"]'
    with running_app(tmp_path, port) as server:
        open_explorer(visitor, server.url + LINK)
        visitor.locator('.chip[data-chart="distributions"]').click()
        visitor.locator(f'{chart} [data-of="a"]').click()
        visitor.locator(".step-update").click()
        expect(visitor.locator(f"{chart} canvas")).to_have_attribute(
            "aria-label", re.compile("activation a at step 1,")
        )
    with running_app(tmp_path, port):
        wait_for_first_frame(visitor)
        expect(visitor.locator(f"{chart} canvas")).to_have_attribute(
            "aria-label", re.compile("activation a at step 0,")
        )
        visitor.locator(".step-update").click()
        expect(visitor.locator(f"{chart} canvas")).to_have_attribute(
            "aria-label", re.compile("activation a at step 1,")
        )


# Notes every step that the view shows from now on.
WATCH_STEPS = f"""() => {{
  const view = ({FIND_VIEW})();
  globalThis.steps = [];
  const observer = new MutationObserver(() => globalThis.steps.push(Number(view.dataset.step)));
  observer.observe(view, {{ attributeFilter: ["data-step"] }});
}}"""


def test_when_the_network_is_back_the_run_goes_on_where_it_was(visitor: Page, app: RunningApp) -> None:
    with cable_to(app.url) as cable:
        open_explorer(visitor, cable.url + LINK)
        visitor.evaluate(WATCH_STEPS)
        visitor.locator(".play").click()
        wait_for_step(visitor, 100)
        cable.cut()
        visitor.wait_for_timeout(20_000)
        stood = step_of(visitor)
        cable.mend()
        wait_for_step(visitor, stood + 100)
        steps = visitor.evaluate("globalThis.steps")
        assert steps == sorted(steps)
        gaps = [after - before for before, after in itertools.pairwise(steps)]
        assert max(gaps) <= 60  # as everywhere: no frame is missing where the network was away
        expect(visitor.locator(".notice")).to_be_hidden()
