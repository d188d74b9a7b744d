"""The guess flow of *Spot the bug* in a browser: run, guess wrong, guess right, and the answer was nowhere before."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from backprop.explain.bugs import BUGS
from tests.browser.running_app import RunningApp, open_explorer
from ui.spot_the_bug.bug_hunt import BugHunt

pytestmark = pytest.mark.browser


@pytest.fixture(autouse=True)
def _patience() -> Iterator[None]:
    """The first chart of a server waits for Plotly to be imported, which a busy machine takes its time for."""
    expect.set_options(timeout=60_000)
    yield
    expect.set_options(timeout=5_000)


def test_run_guess_and_see_the_corrected_line(page: Page, app: RunningApp) -> None:
    page.set_default_timeout(60_000)
    open_explorer(page, app.url)
    page.get_by_role("link", name="Spot the bug").click()
    expect(page.get_by_role("heading", name="Which mistake is it?")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/spot_the_bug\?bug=surprise&network=three&seed=\d+$"))
    twins = BugHunt({}).twins
    assert twins is not None
    answer = BUGS[twins.bug]
    assert answer.notice not in page.inner_text("body")
    assert page.locator('[data-testid="stCode"]').count() == 0

    curves = page.locator(".js-plotly-plot .scatterlayer .js-line")
    page.get_by_role("button", name="Run 400 steps").click()
    expect(page.get_by_role("button", name="Continue")).to_be_visible()
    expect(page.get_by_text(re.compile(r"After step [1-9]\d*: loss"))).to_be_visible()
    expect(curves.first).to_be_visible()

    page.get_by_text("Softmax by its diagonal only").click()
    page.get_by_role("button", name="Guess", exact=True).click()
    expect(page.get_by_text("It cannot be made here: no layer of this network is a softmax")).to_be_visible()
    expect(page.get_by_text("Right guesses: 0 of 1")).to_be_visible()

    page.get_by_text(re.compile(f"^{re.escape(answer.title)}$", re.IGNORECASE)).click()
    page.get_by_role("button", name="Guess", exact=True).click()
    expect(page.get_by_text(f"Right: {answer.title}.")).to_be_visible()
    expect(page.locator('[data-testid="stCode"]')).to_contain_text(answer.right_code)
    expect(page.get_by_text("Right guesses: 1 of 2")).to_be_visible()
    expect(page).to_have_url(re.compile("bug=surprise"))

    page.get_by_role("button", name="Next surprise").click()
    expect(page.get_by_role("heading", name="Which mistake is it?")).to_be_visible()

    page.get_by_role("link", name="Explorer", exact=True).click()
    page.wait_for_selector(".live-view[data-step]")
    page.get_by_role("link", name="Spot the bug").click()
    expect(page.get_by_text("Right guesses: 1 of 2")).to_be_visible()
