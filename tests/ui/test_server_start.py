"""What happens when the server starts."""

from __future__ import annotations

import asyncio
import webbrowser
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import streamlit as st
from streamlit.runtime.pages_manager import PagesManager

from ui import server_start


def _start(monkeypatch: pytest.MonkeyPatch, options: dict[str, Any]) -> list[str]:
    """The addresses that a browser is sent to when the server starts with these options."""
    opened: list[str] = []
    usual = {"server.headless": False, "server.port": 8501, "server.sslCertFile": None, "server.baseUrlPath": ""}
    monkeypatch.setattr(st, "get_option", {**usual, **options}.__getitem__)
    monkeypatch.setattr(webbrowser, "open", opened.append)
    monkeypatch.setattr(server_start, "LISTENING_SECONDS", 0.0)
    monkeypatch.setattr(PagesManager, "uses_pages_directory", True)

    async def serve() -> None:
        async with server_start.on_start(None):  # type: ignore[arg-type]
            await asyncio.sleep(0.01)

    with ThreadPoolExecutor() as elsewhere:  # in the main thread a browser test may have a loop of its own
        elsewhere.submit(lambda: asyncio.run(serve())).result()
    assert PagesManager.uses_pages_directory is False
    return opened


@pytest.mark.parametrize(
    ("options", "address"),
    [
        ({}, "http://localhost:8501/"),
        ({"server.port": 80, "server.baseUrlPath": "/learn/"}, "http://localhost:80/learn"),
        ({"server.sslCertFile": "cert.pem"}, "https://localhost:8501/"),
    ],
)
def test_the_browser_opens_at_the_address_of_the_app(
    monkeypatch: pytest.MonkeyPatch, options: dict[str, Any], address: str
) -> None:
    assert _start(monkeypatch, options) == [address]


def test_no_browser_opens_on_a_machine_without_one(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _start(monkeypatch, {"server.headless": True}) == []
