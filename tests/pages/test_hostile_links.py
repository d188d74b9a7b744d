"""Every page opened by links in which every parameter is hostile: it runs, and says in one sentence what is wrong."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.hostile import PLAUSIBLE, TEXTS, check_link_notice
from tests.pages.page_run import live_view, notices, open_page, run


def links() -> list[dict[str, str]]:
    """Each of the hostile texts in some parameter or other, and a network of its own where a page can have one."""
    names = [name for name in sorted(PLAUSIBLE) if name != "network"]
    texts = [text[:20_000] for text in TEXTS]  # Streamlit ignores a link of more than half a million characters
    found = []
    for shift in (0, 1, len(TEXTS) // 2):
        query = {name: texts[(k + shift) % len(TEXTS)] for k, name in enumerate(names)}
        found.append({**query, "network": "own"})
    return found


def said(at: AppTest, page: str | None) -> list[str]:
    """The notices of a page."""
    if page in (None, "pages/compare.py"):
        return [live_view(at)["notice"]]
    return notices(at)


@pytest.mark.parametrize("query", links(), ids=["0", "1", "2"])
@pytest.mark.parametrize("page", [None, *(f"pages/{name}.py" for name in ("compare", "chain_rule", "activations"))])
def test_a_page_opens_and_says_what_is_wrong(page: str | None, query: dict[str, str]) -> None:
    at = open_page(page, query)
    (sentence,) = said(at, page)
    check_link_notice(sentence)
    run(at)
    assert dict(at.query_params) != query  # the address is that of what is shown


@pytest.mark.parametrize("query", [{**links()[0], "network": TEXTS[2]}, {"network": "explorer", **links()[1]}])
def test_spot_the_bug_opens_and_says_what_is_wrong(query: dict[str, Any]) -> None:
    at = open_page("pages/spot_the_bug.py", query)
    (sentence,) = notices(at)
    check_link_notice(sentence)
    run(at)
