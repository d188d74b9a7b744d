"""Texts do not become markup: scripts put no HTML together from data, and Streamlit is never told to allow it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

UI = Path(__file__).resolve().parents[2] / "ui"
SCRIPTS = [path for path in UI.rglob("*.js") if "vendor" not in path.parts]
FORBIDDEN = r"insertAdjacentHTML|outerHTML|createContextualFragment|document\.write|DOMParser|srcdoc|\beval\("


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_html_in_a_script_is_a_constant(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(FORBIDDEN, text)
    for value in re.findall(r"innerHTML\s*\+?=\s*(`[^`]*`|[^;]*)", text):
        assert value == "html" or (value.startswith("`") and "${" not in value), value


def test_the_html_of_a_view_is_a_file_of_its_own() -> None:
    makers = [path for path in SCRIPTS if re.search(r"innerHTML\s*=\s*html\b", path.read_text(encoding="utf-8"))]
    assert [path.name for path in makers] == ["view.js"]
    for name in ("explorer_view.js", "compare_view.js"):
        (path,) = (path for path in SCRIPTS if path.name == name)
        assert re.search(r"super\(parent, (EXPLORER|COMPARE)_HTML, CSS\)", path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", sorted(UI.rglob("*.py")), ids=lambda path: path.stem)
def test_no_markdown_of_streamlit_allows_html(path: Path) -> None:
    assert "unsafe_allow" not in path.read_text(encoding="utf-8")
