"""What a visitor does on the Activations page: picks a pair, sees curves and numbers, trains it, and takes it along."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from backprop import get_backward
from backprop.explain import curves
from backprop.studies import function_pairs as pairs
from tests.browser.running_app import RunningApp, open_explorer
from ui.activations import words

pytestmark = pytest.mark.browser

SECONDS = 60_000  # in milliseconds: the first chart of a session loads a large library


def open_activations(page: Page, app: RunningApp) -> None:
    open_explorer(page, app.url)
    page.get_by_role("link", name="Activations").click()
    expect(page.locator(".st-key-train button")).to_be_visible(timeout=SECONDS)
    expect(page.locator(".js-plotly-plot")).to_have_count(1, timeout=SECONDS)


def test_a_pair_is_picked_seen_trained_and_used(page: Page, app: RunningApp) -> None:
    open_activations(page, app)
    page.locator('button[data-name="step"]').click()
    expect(page.get_by_text("step forward, own slope backward")).to_be_visible(timeout=SECONDS)
    expect(page.get_by_test_id("stMetricValue").nth(1)).to_have_text("× 0")

    page.get_by_text("backward g").click()
    page.locator('button[data-name="arctan_surrogate"]').click(timeout=SECONDS)
    expect(page.get_by_text("step forward, arctan surrogate backward")).to_be_visible(timeout=SECONDS)
    expect(page.locator('button[data-name="arctan_surrogate"]')).to_have_attribute("aria-checked", "true")
    g = get_backward("arctan_surrogate")
    expect(page.get_by_test_id("stMetricValue").nth(0)).to_have_text(words.number(g.max_slope))
    expect(page.get_by_test_id("stMetricValue").nth(1)).to_have_text(words.factor(curves.best_gain(g)))
    expect(page.locator(".js-plotly-plot").first.locator(".legendtext")).to_have_text(
        ["forward f", "its own slope f′", "slope in use"], timeout=SECONDS
    )
    expect(page).to_have_url(re.compile(r"/activations\?forward=step&backward=arctan_surrogate$"))

    page.locator(".st-key-train button").click()
    expect(page.get_by_text(re.compile("It beats its control .* in .* of 10 seeds"))).to_be_visible(timeout=2 * SECONDS)
    mean = pairs.accuracies(pairs.TASKS["moons"], "step", "arctan_surrogate", 10).mean()
    expect(page.get_by_text(f"step ← arctan surrogate: {mean:.1f} ±")).to_be_visible()

    page.get_by_role("button", name="Use in the Explorer").click()
    page.wait_for_selector(".live-view[data-step]", timeout=SECONDS)
    expect(page.locator('[data-key="0-activation"]')).to_have_value("step")
    expect(page).to_have_url(re.compile("arctan_surrogate"))
    page.get_by_role("link", name="Activations").click()  # and the pair is still picked
    expect(page.get_by_text("step forward, arctan surrogate backward")).to_be_visible(timeout=SECONDS)


@pytest.mark.parametrize("width", [390, 1280])
def test_the_page_fits_in_width(page: Page, app: RunningApp, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme="dark" if width == 390 else "light")
    page.goto(app.url)
    page.wait_for_selector(".live-view[data-step]", timeout=SECONDS)
    if width == 390:
        page.get_by_test_id("stExpandSidebarButton").click()
    page.get_by_role("link", name="Activations").click()
    expect(page.locator(".js-plotly-plot")).to_have_count(1, timeout=SECONDS)
    assert page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")
