"""The headers that keep a page from loading and contacting anything but this server."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from starlette.types import Message, Receive, Scope, Send

from ui.first_paint import first_document
from ui.security_headers import SecurityHeaders, content_security_policy

# The example of the specification, https://www.w3.org/TR/CSP3/#external-hash
DOCUMENT = "<script src='elsewhere.js'></script><script>alert('Hello, world.');</script>"
HASH = "'sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng='"


def _rules(document: str) -> dict[str, list[str]]:
    return {rule: sources for rule, *sources in map(str.split, content_security_policy(document).split(";"))}


def _call(app: SecurityHeaders, kind: str, send: Send) -> None:
    async def receive() -> Message:
        raise AssertionError("nothing is asked for")

    with ThreadPoolExecutor() as elsewhere:  # in the main thread a browser test may have a loop of its own
        elsewhere.submit(lambda: asyncio.run(app({"type": kind}, receive, send))).result()


def test_an_answer_has_the_headers_beside_its_own_and_its_parts_are_sent_as_they_come() -> None:
    parts: list[Message] = [
        {"type": "http.response.body", "body": body, "more_body": True} for body in (b"one", b"two")
    ]
    own = [(b"content-type", b"text/html"), (b"referrer-policy", b"unsafe-url")]
    start: Message = {"type": "http.response.start", "status": 200, "headers": own}
    sent: list[Message] = []

    async def answers(scope: Scope, receive: Receive, send: Send) -> None:
        for number, message in enumerate([start, *parts]):
            await send(message)
            assert len(sent) == number + 1

    async def send(message: Message) -> None:
        sent.append(message)

    _call(SecurityHeaders(answers, DOCUMENT), "http", send)
    headers = sent[0]["headers"]
    assert dict(headers) == {
        b"content-type": b"text/html",
        b"content-security-policy": content_security_policy(DOCUMENT).encode(),
        b"x-content-type-options": b"nosniff",
        b"referrer-policy": b"same-origin",
        b"permissions-policy": b"camera=(), geolocation=(), payment=(), usb=()",
    }
    assert len(headers) == len(dict(headers))
    assert sent[1:] == parts


def test_a_websocket_is_not_touched() -> None:
    senders: list[Send] = []

    async def answers(scope: Scope, receive: Receive, send: Send) -> None:
        senders.append(send)

    async def send(message: Message) -> None:
        raise AssertionError("nothing is sent")

    _call(SecurityHeaders(answers, DOCUMENT), "websocket", send)
    assert senders == [send]


def test_only_the_inline_scripts_of_the_document_may_run() -> None:
    assert _rules(DOCUMENT)["script-src"] == ["'self'", "blob:", "'wasm-unsafe-eval'", HASH]


def test_the_pages_may_load_nothing_from_another_host() -> None:
    document = first_document()
    rules = _rules(document)
    hashes = [source for source in rules["script-src"] if source.startswith("'sha256-")]
    assert len(hashes) == document.count("<script>") == 2  # Streamlit's and that of the first paint
    sources = {source for allowed in rules.values() for source in allowed} - set(hashes)
    assert sources == {"'self'", "'none'", "data:", "blob:", "'unsafe-inline'", "'wasm-unsafe-eval'"}
    assert [rule for rule, allowed in rules.items() if "'unsafe-inline'" in allowed] == ["style-src"]
    assert rules["default-src"] == ["'self'"]
    assert rules["base-uri"] == rules["form-action"] == ["'none'"]  # these do not fall back to default-src
