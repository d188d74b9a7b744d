"""A page of the app as a visitor opens it, run without a browser."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from streamlit.testing.v1 import AppTest

from tests.unpacking import unpack

APP = str(Path(__file__).resolve().parents[2] / "app.py")


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
    data: dict[str, Any] = json.loads(found.proto.json) if found.proto.json else unpack(found.proto.bytes)
    return data


def notices(at: AppTest) -> list[str]:
    """The sentences on what is wrong, above the content of a page without a live view."""
    bodies = "\n".join(element.proto.body for element in at.get("html"))
    return [html.unescape(text) for text in re.findall(r'^<p class="page-notice".*?>(.*)</p>$', bodies, re.MULTILINE)]


def live_view(at: AppTest) -> dict[str, Any]:
    """What the live view is told: the message, and the parts of the page by name."""
    message = component(at, "live_view")
    parts: dict[str, Any] = message.pop("parts")
    assert message.pop("since") == 0  # everything, as the page is drawn anew
    del message["version"]
    return {"message": message, **parts}


def controls(at: AppTest) -> dict[str, dict[str, Any]]:
    """The controls of the settings panel by their keys, those that are folded away included."""
    panel = component(at, "settings_panel")
    view = live_view(at)  # which is told the same
    included = {name: view["message"][name] for name in ("session", "acknowledged")}
    assert panel == {"controls": view["settings"], **included, "datasets": panel["datasets"]}
    listed = panel["controls"]
    for section in [control for control in listed if control["kind"] == "section"]:
        listed += section["controls"]
    assert len({control["key"] for control in listed}) == len(listed)
    return {control["key"]: control for control in listed}


def shown(at: AppTest, key: str) -> str:
    """What a slider says where it stands."""
    control = controls(at)[key]
    text: str = control["texts"][control["values"].index(control["value"])]
    return text


def tell(at: AppTest, key: str, value: Any, obey: Callable[[list[dict[str, Any]]], None]) -> AppTest:
    """What the live view sends when a control is set, and the run of the page that follows."""
    control = controls(at)[key]
    edit = (
        {"op": control["op"], "name": value}
        if "op" in control
        else {"op": "apply", "settings": {control["field"]: value}}
    )
    number = live_view(at)["message"]["acknowledged"] + 1
    obey([{"id": number, "type": "edit", **edit}])
    return run(at)
