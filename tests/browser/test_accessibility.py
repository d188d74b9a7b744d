"""No page has a violation that axe-core finds, of any impact, in either theme, on a wide screen or on a phone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.complaints import no_complaints
from tests.browser.running_app import RunningApp, open_explorer

pytestmark = pytest.mark.browser

SECONDS = 60_000  # in milliseconds: the first chart of a server loads a large library
PHONE = 390
AXE = (Path(__file__).parent / "vendor/axe-core/axe.min.js").read_text(encoding="utf-8")
# - Colours are read when no transition is under way.
# - While a dialog is open, the page behind it must not scroll. Axe then takes the dialog's text for cut off and skips
#   its contrast, so the page may scroll while axe looks.
# - Axe takes an open popover for covered by the page and skips its contrast, so it looks at the popover alone as well.
# - Left to itself, axe skips the contrast of single characters. It always skips that of charts, whose text is SVG.
VIOLATIONS = """async (popovers) => {
  const ending = document.getAnimations().filter(({ effect }) => Number.isFinite(effect.getComputedTiming().endTime));
  await Promise.allSettled(ending.map(({ finished }) => finished));
  document.documentElement.style.overflow = "visible";
  const { options } = axe._audit.checks["color-contrast"];
  axe.configure({ checks: [{ id: "color-contrast", options: { ...options, ignoreLength: true } }] });

  const found = [];
  const look = async (...rules) => {
    const { passes, violations } = await axe.run(document, rules.length ? { runOnly: rules } : {});
    for (const { id, impact, help, nodes } of violations) {
      for (const { target, html, any, all, none } of nodes) {
        const why = [...any, ...all, ...none].map(({ message }) => message).join("; ");
        found.push(`${impact} ${id} (${help}): ${target.flat().at(-1)} ${html.slice(0, 200)}: ${why}`);
      }
    }
    if (![...passes, ...violations].some(({ id }) => id === "color-contrast")) found.push("axe compared no colours");
  };
  await look();
  for (const popover of popovers) {
    document.body.style.visibility = "hidden";
    popover.style.visibility = "visible";
    await look("color-contrast");
    document.body.style.visibility = popover.style.visibility = "";
  }

  const { Color, getContrast } = axe.commons.color;
  const parsed = (text) => {
    const color = new Color();
    color.parseString(text);
    return color;
  };
  const page = parsed(getComputedStyle(document.querySelector(".stApp")).backgroundColor);
  for (const text of document.querySelectorAll(".js-plotly-plot text")) {
    const contrast = getContrast(page, parsed(getComputedStyle(text).fill));
    if (text.textContent.trim() && contrast < 4.5) found.push(`pale in a chart: ${text.textContent}`);
  }
  return found;
}"""

# Opens a page and says what is to be seen, each time that axe is to look.
Visit = Callable[[Page, str], Iterator[str]]


# Colours do not depend on the width, nor does the layout on the theme.
@pytest.fixture(scope="module", params=[("light", 1280), ("dark", 1280), ("light", PHONE)], ids=str)
def browser_context(request: pytest.FixtureRequest, chromium: Browser) -> Iterator[BrowserContext]:
    """A browser in one of the two themes, as wide as a laptop or a phone from the first moment."""
    theme, width = request.param
    context = chromium.new_context(color_scheme=theme, viewport={"width": width, "height": 900})
    context.add_init_script("localStorage.clear()")  # where Streamlit keeps whether the sidebar was open
    yield context
    context.close()


@pytest.fixture
def visitor(browser_context: BrowserContext, app: RunningApp) -> Iterator[Page]:
    """A page on which a busy machine may take its time. It must ask no other host, whatever is opened."""
    page = browser_context.new_page()
    page.set_default_timeout(SECONDS)
    with no_complaints(page, app.url):
        yield page


def violations(page: Page) -> list[str]:
    """What axe finds on the page as it is now."""
    page.wait_for_selector('.stApp[data-test-script-state="notRunning"]')  # until then Streamlit may fade what is old
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(AXE)
    found: list[str] = page.evaluate(VIOLATIONS, page.locator(":popover-open").element_handles())
    return found


def explorer(page: Page, url: str) -> Iterator[str]:
    open_explorer(page, url)
    page.locator(".step-epoch").click()
    page.wait_for_selector(".live-view[data-step='7']")
    page.locator(".chip.all").click()
    yield "all charts"
    page.locator(".finding summary").click()
    yield "the details of a finding"
    page.locator(".card.layer .more").first.click()
    expect(page.locator(".menu:popover-open")).to_be_visible()
    yield "the menu of a layer"
    page.keyboard.press("Escape")
    page.locator(".network").press("ArrowRight")
    expect(page.locator(".inspector:popover-open")).to_be_visible()
    yield "a unit"
    page.locator(".inspector .close").click()
    page.keyboard.press("?")
    expect(page.locator(".help:popover-open")).to_be_visible()
    yield "the help"
    page.keyboard.press("Escape")
    page.locator(".legend button").nth(1).click()
    page.locator(".plot").nth(1).hover()
    expect(page.locator(".tip").first).to_be_visible()
    yield "a line that is hidden, and the values under the pointer"
    page.locator(".timeline input").press("Home")
    page.wait_for_selector(".timeline.past")
    yield "an earlier moment"
    page.locator(".enlarge").first.click()
    expect(page.locator("[role=dialog] .js-plotly-plot")).to_be_visible(timeout=SECONDS)
    yield "a chart to zoom"
    page.get_by_role("button", name="Close").last.click()
    expect(page.locator("[role=dialog]")).to_have_count(0)
    open_sidebar(page)
    for folded in page.locator("[data-testid=stSidebar] summary").all():
        folded.click()
    yield "all settings"


def compare(page: Page, url: str) -> Iterator[str]:
    open_explorer(page, f"{url}/compare")
    for name in ("C", "D"):
        page.locator(".add-stack").click()
        page.wait_for_selector(f'[data-stack="{name}"]')
    page.locator(".step-epoch").click()
    page.wait_for_selector(".live-view:not([data-step='0'])")
    yield "four stacks"
    page.locator(".card.layer .more").first.click()
    expect(page.locator(".menu:popover-open")).to_be_visible()
    yield "the menu of a layer"


def chain_rule(page: Page, url: str) -> Iterator[str]:
    page.goto(f"{url}/chain_rule?step=10&weight=2.1.2")
    expect(page.locator(".chain-factors")).to_be_visible(timeout=SECONDS)
    expect(page.locator(".js-plotly-plot")).to_be_visible(timeout=SECONDS)
    yield "a step back, and a weight"
    page.locator(".chips button").first.click()
    page.wait_for_selector('.stage[data-position="0"]')
    open_sidebar(page)
    yield "the first step, and the sidebar"


def activations(page: Page, url: str) -> Iterator[str]:
    page.goto(f"{url}/activations?forward=step&backward=arctan_surrogate")
    expect(page.locator(".js-plotly-plot")).to_have_count(2, timeout=SECONDS)
    page.locator(".st-key-train button").click()
    expect(page.get_by_text(re.compile("It beats its control"))).to_be_visible(timeout=2 * SECONDS)
    for tab in page.get_by_role("tab").all():
        tab.click()
        expect(tab).to_have_attribute("aria-selected", "true")
        yield f"a trained pair, and {tab.inner_text()}"
    page.get_by_text("backward g").click()
    page.wait_for_selector('button[data-name="arctan_surrogate"]')
    yield "the backward functions"


def spot_the_bug(page: Page, url: str) -> Iterator[str]:
    page.goto(f"{url}/spot_the_bug")
    expect(page.locator(".js-plotly-plot")).to_be_visible(timeout=SECONDS)
    page.get_by_role("button", name="Run 400 steps").click()
    expect(page.get_by_role("button", name="Continue")).to_be_visible(timeout=SECONDS)
    page.get_by_text("Softmax by its diagonal only").click()
    page.get_by_role("button", name="Guess", exact=True).click()
    expect(page.get_by_text("Right guesses: 0 of 1")).to_be_visible(timeout=SECONDS)
    yield "a wrong guess"
    page.get_by_role("button", name="Reveal").click()
    expect(page.get_by_text("It is:")).to_be_visible(timeout=SECONDS)
    yield "the answer"


def open_sidebar(page: Page) -> None:
    """On a phone it is closed, where a wide screen shows it."""
    if page.viewport_size and page.viewport_size["width"] == PHONE:
        page.get_by_test_id("stExpandSidebarButton").click()
    expect(page.get_by_role("link", name="Spot the bug")).to_be_in_viewport(ratio=1)


PAGES: list[Visit] = [explorer, compare, chain_rule, activations, spot_the_bug]


@pytest.mark.parametrize("visit", PAGES, ids=lambda visit: visit.__name__)
def test_axe_finds_nothing(visitor: Page, app: RunningApp, visit: Visit) -> None:
    found = [f"{seen}: {violation}" for seen in visit(visitor, app.url) for violation in violations(visitor)]
    assert not found, "\n".join(found)
