"""The app on a free port, and Chromium to look at it: shared by the browser tests and the live benchmark."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
START_SECONDS = 60
# The live view stands in a shadow root; its element carries the counters that a test or a benchmark reads.
FIND_VIEW = """() => {
  for (const element of document.querySelectorAll("*")) {
    const view = element.shadowRoot?.querySelector(".live-view");
    if (view) return view;
  }
}"""

# How many of some canvases show one colour only (which a surface may well do, and data with one input).
BLANK_PICTURES = f"""(canvases = ".network, .surface-points") => {{
  const probe = new OffscreenCanvas(64, 64).getContext("2d", {{ willReadFrequently: true }});
  return [...({FIND_VIEW})().querySelectorAll(canvases)].filter((canvas) => {{
    probe.clearRect(0, 0, 64, 64);
    probe.drawImage(canvas, 0, 0, 64, 64);
    const pixels = new Uint32Array(probe.getImageData(0, 0, 64, 64).data.buffer);
    return pixels.every((pixel) => pixel === pixels[0]);
  }}).length;
}}"""

# The network as a data URL: its canvas is drawn by a worker and can only be copied.
NETWORK_PICTURE = f"""() => {{
  const network = ({FIND_VIEW})().querySelector(".network");
  const copy = document.createElement("canvas");
  [copy.width, copy.height] = [network.width, network.height];
  copy.getContext("2d").drawImage(network, 0, 0);
  return copy.toDataURL();
}}"""


@dataclass
class RunningApp:
    """The server process with its address and its log."""

    url: str
    log: Path
    process: subprocess.Popen[bytes]


def chromium_path() -> str | None:
    """Where Chromium is installed, or None."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@contextlib.contextmanager
def running_app(folder: Path, port: int | None = None, *options: str) -> Iterator[RunningApp]:
    """Start the app as the README does, on a free port or on this one, with further options of Streamlit, its log in
    ``folder``; end it afterwards.
    """
    port = port or free_port()
    log = folder / "server.log"
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless=true"]
    command += [f"--server.port={port}", "--server.address=127.0.0.1", *options]
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT)
        try:
            url = f"http://127.0.0.1:{port}"
            _wait_until_healthy(url, process)
            yield RunningApp(url, log, process)
        finally:
            process.terminate()
            process.wait(timeout=20)


def free_port() -> int:
    """A port on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@contextlib.contextmanager
def running_chromium(path: str) -> Iterator[Browser]:
    """Headless Chromium with an empty profile."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        try:
            yield browser
        finally:
            browser.close()


def open_explorer(page: Page, url: str) -> None:
    """Open an address of the app and wait until the live view has drawn its first frame."""
    page.goto(url)
    page.wait_for_selector(".live-view[data-step]", timeout=30_000)
    page.wait_for_function(f"() => ({BLANK_PICTURES})('.network') === 0", timeout=30_000)  # a worker draws it


def painted_frames(page: Page) -> int:
    """Frames that the live view has painted so far."""
    return int(page.evaluate(f"() => ({FIND_VIEW})().paintedFrames"))


def _wait_until_healthy(url: str, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        if process.poll() is not None:
            raise RuntimeError("the app ended before it answered; see its log")
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{url}/_stcore/health", timeout=2) as answer:
            if answer.status == 200:
                return
        time.sleep(0.1)
    raise RuntimeError(f"the app did not answer within {START_SECONDS} s")
