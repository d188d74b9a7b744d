"""The server restarts, the network fails, a page is loaded again or sleeps: what is lost is said on the page."""

from __future__ import annotations

import itertools
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.cable import cable_to
from tests.browser.running_app import FIND_VIEW, RunningApp, free_port, open_explorer, running_app

pytestmark = pytest.mark.browser

LINK = "/?data=moons&noise=0.3&layers=6:tanh,5:relu,1:sigmoid&seed=4&optimizer=momentum&lr=0.1"
STACKS = "/compare?data=moons&a=6:tanh,1:sigmoid&b=6:relu,1:sigmoid"
AGAIN = "the run begins again at step 0, with the same settings."
FORGOTTEN = f"The server was restarted, or out of reach for too long: {AGAIN}"
RELOADED = f"The page was reloaded: {AGAIN}"
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
        f"(least) => Number(({FIND_VIEW})()?.dataset.step) >= least", arg=at_least, timeout=PATIENCE_MS
    )


def wait_for_first_frame(page: Page) -> None:
    page.wait_for_function(f"() => ({FIND_VIEW})()?.dataset.step === '0'", timeout=PATIENCE_MS)


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
        expect(notice).to_have_text(FORGOTTEN)
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


@pytest.mark.parametrize("link", [LINK, STACKS])
def test_after_a_cut_of_20_s_the_run_goes_on_where_it_was(visitor: Page, app: RunningApp, link: str) -> None:
    notice = visitor.locator(".notice")
    with cable_to(app.url) as cable:
        open_explorer(visitor, cable.url + link)
        visitor.evaluate(WATCH_STEPS)
        visitor.locator(".play").click()
        wait_for_step(visitor, 100)
        cable.cut()
        expect(notice).to_have_text("The server does not answer. The run goes on when it does.")
        visitor.wait_for_timeout(20_000 if link == LINK else 2_000)
        expect(visitor.get_by_role("dialog")).to_have_count(0)  # Streamlit's own would cover the page
        stood = step_of(visitor)
        cable.mend()
        wait_for_step(visitor, stood + 100)
        steps = visitor.evaluate("globalThis.steps")
        assert steps == sorted(steps)
        gaps = [after - before for before, after in itertools.pairwise(steps)]
        assert max(gaps) <= 60  # as everywhere: no frame is missing where the network was away
        expect(notice).to_be_hidden()


def test_what_is_done_while_the_network_is_away_is_done_when_it_is_back(visitor: Page, app: RunningApp) -> None:
    notice = visitor.locator(".notice")
    with cable_to(app.url) as cable:
        open_explorer(visitor, cable.url + LINK)
        cable.cut()
        expect(notice).to_have_text("The server does not answer. What you do takes effect when it does.")
        visitor.get_by_role("button", name="One unit more in Layer 1").click()
        visitor.get_by_label("Optimiser", exact=True).select_option("sgd")
        visitor.locator(".play").click()
        expect(notice).to_have_text("The server does not answer. The run goes on when it does.")
        cable.mend()
        wait_for_step(visitor, 50)
        visitor.wait_for_url("**layers=7%3Atanh**optimizer=sgd**", timeout=PATIENCE_MS)
        expect(notice).to_be_hidden()
        expect(visitor.locator(".play")).to_have_attribute("aria-pressed", "true")


def test_a_network_that_is_silent_is_told_too(visitor: Page, app: RunningApp) -> None:
    """A laptop that leaves its Wi-Fi notices for a long time only that no answer comes."""
    notice = visitor.locator(".notice")
    with cable_to(app.url) as cable:
        open_explorer(visitor, cable.url + STACKS)
        visitor.locator(".play").click()
        wait_for_step(visitor, 50)
        cable.hang()
        expect(notice).to_have_text("The server does not answer. The run goes on when it does.", timeout=PATIENCE_MS)
        stood = step_of(visitor)
        cable.flow()
        wait_for_step(visitor, stood + 50)
        expect(notice).to_be_hidden()


def test_a_step_of_the_chain_rule_that_is_pressed_while_the_network_is_away_is_made(
    visitor: Page, app: RunningApp
) -> None:
    with cable_to(app.url) as cable:
        visitor.goto(f"{cable.url}/chain_rule")
        visitor.wait_for_selector('.stage[data-position="0"]', timeout=PATIENCE_MS)
        cable.cut()
        visitor.wait_for_selector(".stApp:not([data-test-connection-state=CONNECTED])")
        visitor.locator(".next").click()
        expect(visitor.locator(".where")).to_have_text("2 of 16")
        cable.mend()
        visitor.wait_for_selector('.stage[data-position="1"]', timeout=PATIENCE_MS)
        expect(visitor.locator(".where")).to_have_text("2 of 16")
        visitor.wait_for_url("**step=2**")


# --- the page is loaded again, twice, or sleeps ----------------------------------------------------------------------


@pytest.mark.parametrize("link", [LINK, STACKS])
def test_a_reload_says_that_the_run_begins_again(visitor: Page, app: RunningApp, link: str) -> None:
    notice = visitor.locator(".notice")
    open_explorer(visitor, app.url + link)
    visitor.reload()
    wait_for_first_frame(visitor)
    expect(notice).to_be_hidden()  # there was nothing to lose
    visitor.locator(".card.layer").first.get_by_role("button", name="One unit more").click()
    visitor.wait_for_url("**7%3Atanh**")
    visitor.locator(".step-epoch").click()
    wait_for_step(visitor, 1)
    visitor.reload()
    wait_for_first_frame(visitor)
    expect(notice).to_have_text(RELOADED)
    expect(visitor.locator(".card.layer .units input").first).to_have_value("7")
    visitor.locator(".step-update").click()
    expect(notice).to_be_hidden()
    visitor.goto(app.url + link.replace("6", "5"))  # a link begins something new
    wait_for_first_frame(visitor)
    expect(notice).to_be_hidden()


def test_another_page_says_that_its_settings_are_gone(visitor: Page, tmp_path: Path) -> None:
    gone, port = "the run on this page is gone with its settings, and a new one begins.", free_port()
    notice = visitor.locator(".notice")

    def go_to(name: str) -> None:
        visitor.get_by_role("link", name=name).click()
        visitor.wait_for_selector(".stack" if name == "Compare" else ".stage")
        wait_for_step(visitor, 0)

    def train() -> None:
        visitor.locator(".step-epoch").click()
        wait_for_step(visitor, 1)

    with running_app(tmp_path, port) as server:
        open_explorer(visitor, server.url + LINK)
        train()
        go_to("Compare")
        go_to("Explorer")
        expect(notice).to_be_hidden()  # nothing is lost between the pages
        assert step_of(visitor) > 0
        go_to("Compare")
        visitor.reload()
        wait_for_step(visitor, 0)
        expect(notice).to_be_hidden()
        go_to("Explorer")
        expect(notice).to_have_text(f"The page was reloaded: {gone}")
        visitor.get_by_role("button", name="One unit more in Layer 1").click()
        train()
        go_to("Compare")
    with running_app(tmp_path, port):
        visitor.wait_for_selector(".stApp:not([data-test-connection-state=CONNECTED])", timeout=PATIENCE_MS)
        visitor.wait_for_selector(".stApp[data-test-connection-state=CONNECTED]", timeout=PATIENCE_MS)
        go_to("Explorer")
        expect(notice).to_have_text(f"The server was restarted, or out of reach for too long: {gone}")


def test_two_tabs_of_one_visitor_do_not_move_each_other(visitor: Page, app: RunningApp) -> None:
    other = visitor.context.new_page()
    for tab in (visitor, other):
        open_explorer(tab, app.url + LINK)
    address = other.url
    visitor.bring_to_front()  # a tab behind another one draws next to nothing
    visitor.locator(".play").click()
    wait_for_step(visitor, 50)
    visitor.get_by_role("button", name="One unit more in Layer 1").click()
    visitor.wait_for_url("**layers=7%3Atanh**")
    other.bring_to_front()
    other.locator(".step-update").click()
    wait_for_step(other, 1)
    other.reload()
    wait_for_first_frame(other)
    assert other.url == address
    expect(other.locator(".card.layer .units input").first).to_have_value("6")
    expect(other.locator(".play")).to_have_attribute("aria-pressed", "false")
    visitor.bring_to_front()
    wait_for_step(visitor, step_of(visitor) + 50)
    expect(visitor.locator(".notice")).to_be_hidden()
    expect(visitor.locator(".card.layer .units input").first).to_have_value("7")


@pytest.mark.parametrize("link", [LINK, STACKS])
def test_a_laptop_that_wakes_after_the_server_has_forgotten_it(visitor: Page, tmp_path: Path, link: str) -> None:
    """Asleep for an hour, in short: the page is frozen, its connection ends, and its session is kept for a second."""
    with running_app(tmp_path, None, "--server.disconnectedSessionTTL=1") as server, cable_to(server.url) as cable:
        open_explorer(visitor, cable.url + link)
        visitor.locator(".play").click()
        wait_for_step(visitor, 50)
        page = visitor.context.new_cdp_session(visitor)
        cable.cut()
        visitor.locator(".card.layer").first.get_by_role("button", name="One unit more").click()  # has no answer
        page.send("Page.setWebLifecycleState", {"state": "frozen"})
        time.sleep(2)
        cable.mend()
        page.send("Page.setWebLifecycleState", {"state": "active"})
        wait_for_first_frame(visitor)
        expect(visitor.locator(".notice")).to_have_text(FORGOTTEN)
        expect(visitor.locator(".play")).to_have_attribute("aria-pressed", "false")
        visitor.wait_for_url("**7%3Atanh**", timeout=PATIENCE_MS)
        expect(visitor.locator(".card.layer .units input").first).to_have_value("7")
        visitor.locator(".play").click()
        wait_for_step(visitor, 50)
        expect(visitor.locator(".notice")).to_be_hidden()
