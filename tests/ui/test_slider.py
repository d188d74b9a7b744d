"""The slider's callback: it is told an index by a browser, which may say anything."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

import ui.slider
from ui.slider import slider


class Page:
    """Stands for the component: takes what it is mounted with, and moves it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.state: dict[str, Any] = {}
        monkeypatch.setattr(ui.slider, "_SLIDER", self.mount)
        monkeypatch.setattr(ui.slider.st, "session_state", self.state)

    def mount(self, key: str, data: dict[str, Any], on_moved_change: Any) -> None:
        self.key, self.data, self.callback = key, data, on_moved_change

    def move(self, moved: Any) -> None:
        self.state[self.key] = SimpleNamespace(moved=moved)
        self.callback()


def test_shows_every_option_and_where_it_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    page = Page(monkeypatch)
    places = (0.0, 0.5, 1.0)
    slider("Noise", "noise", places, 0.5, lambda value: None, "key", format_func="{:.1f}".format, help="how much")
    assert page.data == {
        "label": "Noise",
        "field": "noise",
        "values": [0.0, 0.5, 1.0],
        "texts": ["0.0", "0.5", "1.0"],
        "index": 1,
        "help": "how much",
    }


@pytest.mark.parametrize(
    ("moved", "heard"), [(2, [1.0]), (0, [0.0]), (3, []), (-1, []), (True, []), ("1", []), (None, [])]
)
def test_tells_the_option_and_ignores_what_is_none(
    monkeypatch: pytest.MonkeyPatch, moved: Any, heard: list[float]
) -> None:
    page = Page(monkeypatch)
    values: list[float] = []
    slider("Noise", "noise", (0.0, 0.5, 1.0), 0.5, values.append, "key")
    page.move(moved)
    assert values == heard
