"""Nothing from a link or a message becomes HTML, a script, a link or a picture: texts are shown as they are."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

from backprop.checks import in_short
from tests.browser.complaints import is_own
from tests.browser.running_app import FIND_VIEW, RunningApp

pytestmark = pytest.mark.browser

# Short enough to be quoted in full.
TEXTS = [
    "<img src=//evil.example/x onerror=alert(1)>",
    '"><script>alert(1)</script><b>b</b>',
    "javascript:alert(1)",
    "[x](http://evil.example/a) ![x](http://evil.example/b)",
    "http://evil.example www.evil.example a@evil.example",
    ":material/home: :red[x] :streamlit: :+1: <- --",
    "$x^2$ **b** _i_ `c` | d | &lt;e&gt; \\(f\\)",
]
# Each page with parameters that it quotes when they make no sense, and where it does so.
PAGES = {
    "/": ("data", "lr", "layers", "features", "loss", "optimizer", "seed"),
    "/compare": ("a", "b", "data", "lr", "optimizer", "schedule", "seed"),
    "/chain_rule": ("network", "sample", "step", "entry", "weight", "batch"),
    "/activations": ("forward", "backward", "tau", "z", "task"),
    "/spot_the_bug": ("bug", "network", "seed"),
}
NOTICE = ".notice:not([hidden]), .page-notice"

NO_DIALOGS = "globalThis.alert = globalThis.confirm = globalThis.prompt = (text) => { globalThis.opened = text; };"

# Sends an edit as the sidebar does.
SEND = "(edit) => dispatchEvent(new CustomEvent('backprop-edit', { detail: { edit, answered() {} } }))"

# Elements that only a hostile text can have made, anywhere on the page, shadow roots included.
FOREIGN = """() => {
  const found = [];
  const look = (root) => {
    for (const element of root.querySelectorAll("*")) {
      const said = element.outerHTML.slice(0, 200);
      for (const { name, value } of element.attributes) {
        if (/^on/.test(name) || (/^(src|href|action)$/.test(name) && /evil|javascript:/.test(value))) found.push(said);
      }
      if (element.shadowRoot) look(element.shadowRoot);
    }
  };
  look(document);
  return found;
}"""


def check_nothing_became_more_than_text(page: Page) -> None:
    assert page.evaluate(FOREIGN) == []
    assert page.locator(NOTICE).locator("*").count() == 0  # a notice is text and nothing else
    assert page.evaluate("globalThis.opened ?? null") is None


@pytest.mark.parametrize("shift", [0, 3])
@pytest.mark.parametrize("path", PAGES)
def test_a_link_is_quoted_as_it_is(page: Page, app: RunningApp, path: str, shift: int) -> None:
    page.add_init_script(NO_DIALOGS)
    query = {name: TEXTS[(k + shift) % len(TEXTS)] for k, name in enumerate(PAGES[path])}
    page.goto(f"{app.url}{path}?{urlencode(query)}")
    notice = page.locator(NOTICE)
    expect(notice).to_be_visible(timeout=60_000)
    quoted = [text for text in query.values() if in_short(text) in (notice.text_content() or "")]
    assert len(quoted) >= len(query) - 1, notice.text_content()  # a layer is quoted without what follows a comma
    page.wait_for_selector('.stApp[data-test-script-state="notRunning"]')
    check_nothing_became_more_than_text(page)


def test_a_message_is_quoted_as_it_is(page: Page, app: RunningApp) -> None:
    page.add_init_script(NO_DIALOGS)
    page.goto(app.url)
    page.wait_for_selector(".live-view[data-step]", timeout=60_000)
    answered = f"() => ({FIND_VIEW})().isAnswered()"
    for text in TEXTS:
        for edit in (
            {"op": text, "layer": 0},
            {"op": "treat", "label": text},
            {"op": "apply", "settings": {"optimizer": text}},
            {"op": "apply", "settings": {text: 1}},
            {"op": "set", "layer": 0, "field": "activation", "value": text},
        ):
            page.evaluate(SEND, edit)
            page.wait_for_function(answered)
            expect(page.locator(NOTICE)).to_contain_text(in_short(text))
            check_nothing_became_more_than_text(page)
        entered = page.get_by_label("Activation of Layer 1").locator("option:checked")
        expect(entered).to_have_text(text)  # the card keeps what was entered


UNREADABLE = {
    "very many digits": "JSON.rawJSON('1'.repeat(5000))",
    "very many levels": "Array.from({ length: 900 }).reduce((inner) => [inner], 1)",
}


@pytest.mark.parametrize("value", UNREADABLE.values(), ids=list(UNREADABLE))
def test_a_message_that_python_cannot_read_is_no_traceback(page: Page, app: RunningApp, value: str) -> None:
    page.goto(app.url)
    page.wait_for_selector(".live-view[data-step]", timeout=60_000)
    edit = f"{{ op: 'set', layer: 0, field: 'units', value: {value} }}"
    page.evaluate(f"({SEND})({edit})")
    page.wait_for_timeout(1000)
    expect(page.locator('[data-testid="stException"]')).to_have_count(0)
    expect(page.locator(".live-view")).to_be_visible()


def test_an_address_is_own_by_its_whole_host() -> None:
    app = "http://127.0.0.1:8501"
    for own in (app, f"{app}/compare", "ws://127.0.0.1:8501/_stcore/stream", "data:,x", "blob:null/1"):
        assert is_own(own, app)
    for other in ("http://127.0.0.1:85010/", "http://127.0.0.1:8501.evil.example/", "https://fonts.example/f.css"):
        assert not is_own(other, app)
