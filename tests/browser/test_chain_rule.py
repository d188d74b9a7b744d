"""What a visitor does on the Chain rule page, with the numbers on the screen compared with the core's own."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from backprop.explain.factors import factors
from tests.browser.running_app import RunningApp
from ui.chain_rule.examples import EXAMPLES
from ui.chain_rule.numbers import plain
from ui.chain_rule.study import Study

pytestmark = pytest.mark.browser


def open_page(page: Page, app: RunningApp) -> None:
    """Open the page from the Explorer, as a visitor does."""
    page.goto(app.url)
    page.get_by_role("link", name="Chain rule").click()
    wait_for(page, 0)


def wait_for(page: Page, position: int) -> None:
    """Wait until strip and stage show a step."""
    page.wait_for_selector(f'.strip[data-position="{position}"]', timeout=30_000)
    page.wait_for_selector(f'.stage[data-position="{position}"]')


def result(page: Page) -> Locator:
    """The table of what comes out."""
    return page.locator("figure.result")


def check_numbers(page: Page, study: Study) -> None:
    """Tables and formula show the study's numbers."""
    step = study.step
    for figure, quantity in zip(page.locator("figure").all(), [*step.operands, step.result], strict=True):
        expected = [plain(float(value)) for value in quantity.values.ravel()]
        expect(figure.locator("td")).to_have_text(expected)
    current = plain(float(step.result.values[study.row, study.column]))
    expect(result(page).locator("td.marked")).to_have_text(current)
    expect(page.locator(".katex-error")).to_have_count(0)
    formula = page.locator(".st-key-chain_equation .katex-html")
    expect(formula).to_contain_text(current)


def test_buttons_and_keys_walk_one_equation_at_a_time(page: Page, app: RunningApp) -> None:
    open_page(page, app)
    study = Study({})
    check_numbers(page, study)
    for position in range(1, len(study.steps)):
        page.click(".next") if position % 2 else page.keyboard.press("ArrowRight")
        wait_for(page, position)
        study.go(position)
        check_numbers(page, study)
    expect(page.locator(".next")).to_be_disabled()
    page.click(".back")
    wait_for(page, len(study.steps) - 2)
    page.locator(".chips button").first.click()
    wait_for(page, 0)
    for _ in range(6):
        page.keyboard.press("ArrowRight")  # quick presses add up
    wait_for(page, 6)
    page.keyboard.press("ArrowLeft")
    wait_for(page, 5)
    expect(page).to_have_url(re.compile(r"chain_rule\?step=6$"))
    # In a field the arrows are the field's own.
    page.get_by_label("First sample").click()
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(300)
    wait_for(page, 5)
    # Leave and return: the same place here, and nothing of it on the Explorer.
    page.get_by_role("link", name="Explorer").click()
    page.wait_for_selector(".live-view[data-step]", timeout=30_000)
    expect(page).to_have_url(re.compile(r"^[^?]*$"))
    page.keyboard.press("ArrowRight")  # belongs to nobody here
    page.get_by_role("link", name="Chain rule").click()
    wait_for(page, 5)
    page.keyboard.press("ArrowRight")
    wait_for(page, 6)
    expect(page).to_have_url(re.compile(r"chain_rule\?step=7$"))


# Where the diagram begins, and how far that is from what is written above it: from the glyphs, not from their room.
PLACES = """() => {
  const host = [...document.querySelectorAll("*")].find((one) => one.shadowRoot?.querySelector(".stage"));
  const top = host.shadowRoot.querySelector(".diagram").getBoundingClientRect().top;
  const glyphs = [...document.querySelectorAll(".st-key-chain_equation .katex-html .mord")].filter(
    (one) => one.textContent && !one.children.length,
  );
  return [top, top - Math.max(...glyphs.map((one) => one.getBoundingClientRect().bottom))];
}"""


def walk_places(page: Page, study: Study) -> tuple[set[float], float]:
    """All tops of the diagram on a walk from its first step, and the largest gap between formula and diagram."""
    places = []
    for position, step in enumerate(study.steps):
        page.locator(".chips button").nth(position).click()
        wait_for(page, position)
        formula = page.locator(".st-key-chain_equation .katex-html")
        expect(formula).to_contain_text(plain(float(step.result.values[0, 0])))
        places.append(page.evaluate(PLACES))
    return {top for top, _ in places}, max(gap for _, gap in places)


@pytest.mark.parametrize("width", [1280, 390])
def test_the_diagram_stands_still_and_close_to_the_formula(page: Page, app: RunningApp, width: int) -> None:
    open_page(page, app)
    page.set_viewport_size({"width": width, "height": 900})
    if width == 390:  # the sidebar folds by itself
        expect(page.get_by_test_id("stExpandSidebarButton")).to_be_visible()
    tops, gap = walk_places(page, Study({}))
    assert len(tops) == 1
    assert gap < 40


def test_the_diagram_stands_still_where_a_slope_cancels_in_four_lines(page: Page, app: RunningApp) -> None:
    open_page(page, app)
    page.get_by_role("combobox", name="Network").click()
    page.get_by_role("option", name=EXAMPLES["sigmoid-bce"].name).click()
    expect(page).to_have_url(re.compile("network=sigmoid-bce"))
    tops, _ = walk_places(page, Study({"network": "sigmoid-bce"}))
    assert len(tops) == 1


def test_clicks_on_an_entry_and_on_weights(page: Page, app: RunningApp) -> None:
    open_page(page, app)
    result(page).locator("button").nth(1).click()
    expect(page).to_have_url(re.compile(r"entry=1\.2"))
    study = Study({"entry": "1.2", "weight": "2.1.2"})
    check_numbers(page, study)
    weights = page.locator("figure").nth(1).locator("td.marked")
    expect(weights).to_have_text([plain(w) for w in study.network.weights[0][1]])

    page.locator('[data-weight="2.0.1"]').dispatch_event("click")
    expect(page).to_have_url(re.compile(r"weight=2\.1\.2"))
    assert study.weight is not None
    found = factors(study.walkthrough, study.weight)
    numbers = [found.loss_by_a.item(), found.a_by_z.item(), found.z_by_w.item(), found.gradient]
    expect(page.locator(".chain-factors .number")).to_have_text([plain(number) for number in numbers])
    expect(page.locator("path.path")).to_have_count(2)  # itself, and the one link from its unit to the output
    expect(page.locator("path.link.chosen")).to_have_count(1)
    # The keyboard reaches every weight, and the same one again puts it away.
    page.locator('[data-weight="2.0.1"]').focus()
    page.keyboard.press("Enter")
    expect(page.locator("path.path")).to_have_count(0)
    page.locator('[data-weight="1.1.-1"]').focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"weight=1\.2\.b"))
    expect(page.locator(".chain-factors .number").nth(2)).to_have_text("1")
    expect(page.locator(".bias-chosen")).to_have_count(1)  # the diagram is drawn anew, and stands still from here on
    # The pointer hits the weight that it is on.
    box = page.locator('[data-weight="3.0.0"]').bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page).to_have_url(re.compile(r"weight=3\.1\.1"))
