"""A page of the app as a visitor opens it, run without a browser."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from streamlit.testing.v1 import AppTest

APP = str(Path(__file__).parent.parent / "app.py")


def open_page(page: str | None = None, query: Mapping[str, str] | None = None) -> AppTest:
    """A page such as ``"pages/compare.py"``, or the first one, opened by a link with no other page visited before."""
    at = AppTest.from_file(APP, default_timeout=60)  # the first run imports everything, perhaps on a busy machine
    if page:
        at.switch_page(page)
    at.query_params.update(query or {})
    return run(at)


def run(at: AppTest) -> AppTest:
    """The next run of the script, which nothing may interrupt."""
    at.run()
    assert [error.value for error in at.exception] == []
    assert not at.error
    return at


def component(at: AppTest, name: str) -> dict[str, Any]:
    """What the page hands to a component of the browser."""
    (found,) = (item for item in at.get("bidi_component") if item.proto.component_name == name)
    data: dict[str, Any] = json.loads(found.proto.json)
    return data
