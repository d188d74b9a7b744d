"""The document that a browser loads first."""

from __future__ import annotations

import pytest
import streamlit as st

from ui.first_paint import APP_NAME, first_document, page_routes


@pytest.mark.parametrize(("base", "address"), [("", "/"), ("/learn/", "/learn")])
def test_every_page_has_a_route_below_the_base_address(
    monkeypatch: pytest.MonkeyPatch, base: str, address: str
) -> None:
    monkeypatch.setattr(st, "get_option", {"server.baseUrlPath": base}.__getitem__)
    addresses = [route.path for route in page_routes()]
    assert addresses[0] == address
    assert f"{base.rstrip('/')}/chain_rule" in addresses


def test_the_document_is_streamlits_under_the_name_of_the_app() -> None:
    html = first_document()
    assert '<div id="root">' in html
    assert f"<title>{APP_NAME}</title>" in html
    assert "<title>Streamlit" not in html
    assert "favicon.png" not in html


def test_the_frame_has_the_colours_of_both_themes() -> None:
    html = first_document()
    assert f"light-dark({st.get_option('theme.light.backgroundColor')}, " in html
    assert f", {st.get_option('theme.dark.secondaryBackgroundColor')})" in html
