"""The finding on the page: whole beside the diagram, pointing at what it is about, and healed by its button."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from backprop import Trainer, from_query
from tests.browser.running_app import FIND_VIEW, NETWORK_PICTURE, RunningApp, open_explorer

pytestmark = pytest.mark.browser

SIGMOIDS = ",".join(["8:sigmoid"] * 10)
SICK = {
    "rate_high": "data=circle&layers=8:relu,8:relu,1:sigmoid&optimizer=sgd&lr=5",
    "vanishing": f"data=circle&layers={SIGMOIDS},1:sigmoid&optimizer=sgd&lr=0.1",
    "output_range": "data=sine&layers=8:tanh,8:tanh,1:sigmoid&loss=mse",
    "penalty": "data=moons&layers=8:tanh,8:tanh,1:sigmoid&l1=0.3&l2=1",
    "output_slope": "data=circle&layers=8:tanh,1:sigmoid::::20&loss=mse&optimizer=sgd&lr=0.3",
    "dead": "data=circle&layers=8:relu::::-20,8:relu,1:sigmoid",
    "clipping": "data=circle&layers=8:tanh,8:tanh,1:sigmoid&optimizer=sgd&lr=0.3&clip=1e-5",
}
CHART = f"() => ({FIND_VIEW})().querySelector('.chart canvas').toDataURL()"


def epochs(page: Page, count: int) -> None:
    """Train for some epochs, by the button."""
    for _ in range(count):
        page.click(".step-epoch", no_wait_after=True)
    page.wait_for_function(f"() => ({FIND_VIEW})().isAnswered()")


def open_sick(page: Page, app: RunningApp, kind: str, count: int = 0) -> None:
    """Open a sick network and train it."""
    open_explorer(page, f"{app.url}/?{SICK[kind]}")
    epochs(page, count)
    expect(page.locator(f'.finding[data-kind="{kind}"]')).to_be_visible()


@pytest.mark.parametrize("kind", SICK)
def test_finding_and_button_are_whole_on_a_projector(page: Page, app: RunningApp, kind: str) -> None:
    page.set_viewport_size({"width": 1280, "height": 720})
    open_sick(page, app, kind, 0 if kind in ("output_range", "dead") else 10)
    box, stage = (page.locator(name).bounding_box() for name in (".finding .try", ".stage"))
    assert box
    assert stage
    room = page.locator(".findings").evaluate("room => room.getBoundingClientRect().bottom")
    assert box["y"] + box["height"] <= min(room, 720)
    for part in ("h3", ".evidence", ".advice"):
        shown = page.locator(f".finding {part}").bounding_box()
        assert shown
        assert stage["y"] <= shown["y"]
        assert shown["y"] + shown["height"] <= min(room, 720)
        assert shown["x"] + shown["width"] <= 1280


def test_the_words_are_those_of_the_core(page: Page, app: RunningApp) -> None:
    open_sick(page, app, "rate_high", 10)
    trainer = Trainer(from_query(dict(part.split("=") for part in SICK["rate_high"].split("&"))))
    for _ in range(10):
        trainer.run_epoch()
        trainer.frame()
    [found] = trainer.verdicts()
    assert found.remedy
    for text in (found.heading, found.text, found.remedy.text, found.remedy.expect, *(s.text for s in found.symptoms)):
        expect(page.locator(".finding")).to_contain_text(text)
    expect(page.locator(".spoken")).to_contain_text(f"{found.heading}. {found.text}")


def test_pointing_at_a_finding_marks_its_layer_and_its_moment(page: Page, app: RunningApp) -> None:
    open_sick(page, app, "rate_high", 10)
    page.mouse.move(5, 5)
    before, chart = page.evaluate(f"({NETWORK_PICTURE})()"), page.evaluate(CHART)
    page.hover(".finding .evidence")
    page.wait_for_function(f"before => ({NETWORK_PICTURE})() !== before", arg=before)
    cause = page.evaluate(f"({NETWORK_PICTURE})()")
    assert page.evaluate(CHART) != chart
    page.click(".finding summary")
    page.hover(".finding li:has(.sign) >> nth=-1")  # dead units: these, not the layer
    page.wait_for_function(f"before => ({NETWORK_PICTURE})() !== before", arg=cause)
    page.mouse.move(5, 5)
    page.wait_for_function(f"before => ({NETWORK_PICTURE})() === before", arg=before)
    assert page.evaluate(CHART) == chart


def test_a_click_goes_back_to_the_moment(page: Page, app: RunningApp) -> None:
    open_explorer(page, f"{app.url}/?{SICK['rate_high']}")
    for _ in range(14):
        page.click(".step-update", no_wait_after=True)
    epochs(page, 6)
    expect(page.locator(".finding .since")).to_have_text("since step 10")
    page.click(".finding .since")
    page.wait_for_function(f"() => ({FIND_VIEW})().dataset.step === '10'")
    expect(page.locator(".timeline output")).to_contain_text("step 10 of")


def test_try_it_says_whether_it_helped(page: Page, app: RunningApp) -> None:
    open_sick(page, app, "rate_high", 20)
    page.click(".finding .try")
    page.wait_for_function(f"() => ({FIND_VIEW})().dataset.step === '0'")
    expect(page).not_to_have_url(re.compile("lr=5"))
    expect(page.locator(".outcome")).to_contain_text("Train to see whether it helps.")
    epochs(page, 40)
    expect(page.locator(".outcome")).to_contain_text(
        re.compile(r"It helps: Learning rate [\d.]+\. \d+.% right at step 280, ")
    )


def test_the_finding_is_reached_and_followed_by_keyboard(page: Page, app: RunningApp) -> None:
    open_sick(page, app, "rate_high", 10)
    page.mouse.move(5, 5)
    before = page.evaluate(f"({NETWORK_PICTURE})()")
    page.locator(".finding .try").focus()
    page.wait_for_function(
        f"before => ({NETWORK_PICTURE})() !== before", arg=before
    )  # focus points as the pointer does
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".finding details")).to_have_attribute("open", "")
    page.locator(".finding .try").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".outcome")).to_be_visible()


def test_a_network_that_has_learnt_is_left_alone(page: Page, app: RunningApp) -> None:
    open_explorer(page, f"{app.url}/?data=gauss&layers=8:tanh,1:sigmoid&lr=0.05")
    epochs(page, 30)
    expect(page.locator(".finding h3")).to_have_text("It has learnt its task")
    expect(page.locator(".finding .sign").first).to_have_attribute("aria-label", "In order")
    expect(page.locator(".finding .try")).to_have_count(0)
