"""No page has a violation that axe-core finds, of any impact, in either theme, wide or narrow."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.running_app import RunningApp, open_explorer

pytestmark = pytest.mark.browser

AXE = (Path(__file__).parent / "vendor/axe-core/axe.min.js").read_text(encoding="utf-8")
VIOLATIONS = """async () => {
  const { violations } = await axe.run(document);
  return violations.flatMap(({ id, impact, help, nodes }) =>
    nodes.map(({ target, html, any, all, none }) => {
      const why = [...any, ...all, ...none].map(({ message }) => message).join("; ");
      return `${impact} ${id} (${help}): ${target.flat().at(-1)} ${html.slice(0, 200)}: ${why}`;
    }));
}"""


@pytest.fixture(scope="module", params=["light", "dark"])
def themed(request: pytest.FixtureRequest, chromium: Browser) -> Iterator[BrowserContext]:
    """A browser in one of the two themes."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, color_scheme=request.param)
    yield context
    context.close()


@pytest.fixture
def visitor(themed: BrowserContext) -> Iterator[Page]:
    page = themed.new_page()
    yield page
    page.close()


def violations(page: Page) -> list[str]:
    """What axe finds on the page as it is now."""
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(AXE)
    found: list[str] = page.evaluate(VIOLATIONS)
    return found


def explorer(page: Page, url: str) -> None:
    open_explorer(page, url)
    page.locator(".step-epoch").click()
    page.wait_for_selector(".live-view[data-step='7']")


def explorer_with_a_menu(page: Page, url: str) -> None:
    explorer(page, url)
    page.locator(".card.layer .more").first.click()
    expect(page.locator(".menu:popover-open")).to_be_visible()


def explorer_with_a_unit(page: Page, url: str) -> None:
    explorer(page, url)
    box = page.locator(".network").bounding_box()
    assert box
    place = page.evaluate("""() => {
      for (const element of document.querySelectorAll("*")) {
        const view = element.shadowRoot?.querySelector(".live-view");
        if (view) return view.placeOf(0, 0);
      }
    }""")
    page.mouse.click((place["left"] + place["right"]) / 2, place["y"])
    expect(page.locator(".inspector:popover-open")).to_be_visible()


def explorer_with_help(page: Page, url: str) -> None:
    explorer(page, url)
    page.keyboard.press("?")
    expect(page.locator(".help:popover-open")).to_be_visible()


def explorer_with_a_chart(page: Page, url: str) -> None:
    explorer(page, url)
    page.locator(".enlarge").first.click()
    expect(page.locator("[role=dialog] .js-plotly-plot")).to_be_visible(timeout=20_000)


def all_charts(page: Page, url: str) -> None:
    explorer(page, url)
    page.locator(".chip.all").click()


def compare(page: Page, url: str) -> None:
    open_explorer(page, f"{url}/compare")
    page.locator(".step-epoch").click()
    page.wait_for_selector(".live-view:not([data-step='0'])")


def chain_rule(page: Page, url: str) -> None:
    page.goto(f"{url}/chain_rule")
    expect(page.get_by_role("heading", name="Finite differences")).to_be_attached(timeout=20_000)


def activations(page: Page, url: str) -> None:
    page.goto(f"{url}/activations")
    page.wait_for_selector(".js-plotly-plot", timeout=20_000)


def spot_the_bug(page: Page, url: str) -> None:
    page.goto(f"{url}/spot_the_bug")
    page.wait_for_selector(".js-plotly-plot", timeout=20_000)


SCENES: list[Callable[[Page, str], None]] = [
    explorer, explorer_with_a_menu, explorer_with_a_unit, explorer_with_help, explorer_with_a_chart, all_charts,
    compare, chain_rule, activations, spot_the_bug,
]  # fmt: skip


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.__name__)
def test_axe_finds_nothing(visitor: Page, app: RunningApp, scene: Callable[[Page, str], None]) -> None:
    scene(visitor, app.url)
    found = violations(visitor)
    visitor.set_viewport_size({"width": 390, "height": 844})
    found += [f"narrow: {violation}" for violation in violations(visitor)]
    assert not found, "\n".join(found)
