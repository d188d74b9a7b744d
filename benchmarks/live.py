"""How smoothly the live view runs in a browser: frames, pause, first paint.

    python -m benchmarks.live

Starts the app and headless Chromium on this machine, so server, browser and this script share its cores. A painted
frame is one that the view drew inside an animation frame of the browser. Nothing here fails because of a time: the
goals are printed beside what was measured.
"""

from __future__ import annotations

import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

from playwright.sync_api import Browser, Page

from tests.browser.running_app import (
    FIND_VIEW,
    chromium_path,
    open_explorer,
    painted_frames,
    running_app,
    running_chromium,
)

T = TypeVar("T")

SECONDS = 6.0
PAUSES = 10
STACKS = {
    "opening network": "",
    "[2, 8×6, 1]": "?layers=" + "8:tanh," * 6 + "1:sigmoid",
    "16 layers of 64": "?layers=" + "64:tanh," * 15 + "1:sigmoid",
}

# Clicks Pause inside the page and notes when the last frame was painted after it, over 60 animation frames.
LAST_FRAME_AFTER_PAUSE = f"""async () => {{
  const view = ({FIND_VIEW})();
  const clicked = performance.now();
  let painted = view.paintedFrames;
  let last = clicked;
  view.querySelector("button.play").click();
  for (let i = 0; i < 60; i++) {{
    await new Promise((done) => requestAnimationFrame(done));
    if (view.paintedFrames !== painted) {{
      painted = view.paintedFrames;
      last = performance.now();
    }}
  }}
  return last - clicked;
}}"""

# The longest time without a new frame while playing, and frames in which the network's picture had one colour only.
WATCH = f"""async (seconds) => {{
  const view = ({FIND_VIEW})();
  const network = view.querySelector(".network");
  const probe = new OffscreenCanvas(8, 8);
  const context = probe.getContext("2d", {{ willReadFrequently: true }});
  let painted = view.paintedFrames, last = performance.now(), gap = 0, blank = 0;
  const end = last + seconds * 1000;
  for (let i = 0; performance.now() < end; i++) {{
    await new Promise((done) => requestAnimationFrame(done));
    const now = performance.now();
    if (view.paintedFrames !== painted) {{
      gap = Math.max(gap, now - last);
      painted = view.paintedFrames;
      last = now;
    }}
    if (i % 10 === 0) {{
      context.drawImage(network, 0, 0, 8, 8);
      const pixels = new Uint32Array(context.getImageData(0, 0, 8, 8).data.buffer);
      if (pixels.every((pixel) => pixel === pixels[0])) blank++;
    }}
  }}
  return [gap, blank];
}}"""


def main() -> None:
    """Print the table."""
    path = chromium_path()
    if path is None:
        print("No Chromium found; on Debian: apt-get install chromium")
        return
    load = os.getloadavg()[0]
    print(f"{platform.machine()}, {os.cpu_count()} cores, load {load:.1f} at the start; server and browser share them")
    with tempfile.TemporaryDirectory() as folder, running_app(Path(folder)) as app, running_chromium(path) as browser:
        _in_page(browser, lambda page: open_explorer(page, app.url))  # warms the server
        firsts = [_in_page(browser, lambda page: _first_paint(page, app.url)) for _ in range(5)]
        print(f"first paint            {_spread(firsts)} s (goal ≤ 3, warm server)")
        for name, query in STACKS.items():
            _in_page(browser, partial(_playing, name=name, url=f"{app.url}/{query}"))
        pauses = _in_page(browser, lambda page: _pauses(page, app.url))
        print(f"pause → last frame     {_spread(pauses)} ms (goal ≤ 100, median of {PAUSES})")


def _in_page(browser: Browser, measure: Callable[[Page], T]) -> T:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    try:
        return measure(context.new_page())
    finally:
        context.close()


def _first_paint(page: Page, url: str) -> float:
    start = time.perf_counter()
    open_explorer(page, url)
    return time.perf_counter() - start


def _playing(page: Page, name: str, url: str) -> None:
    open_explorer(page, url)
    page.wait_for_timeout(1000)
    client = page.context.new_cdp_session(page)
    client.send("Performance.enable")
    page.click("button.play")
    page.wait_for_timeout(1500)
    before, busy, start = painted_frames(page), _busy(client), time.perf_counter()
    gap, blank = page.evaluate(WATCH, SECONDS)
    frames, busy, seconds = painted_frames(page) - before, _busy(client) - busy, time.perf_counter() - start
    goal = "≥ 30" if name != "16 layers of 64" else "none"
    print(
        f"{name:<18} {frames / seconds:5.1f} painted frames/s (goal {goal}), longest gap {gap:4.0f} ms, "
        f"{blank} blank pictures, main thread {100 * busy / seconds:.0f} %, step {page.evaluate(_STEP)}"
    )


_STEP = f"() => ({FIND_VIEW})().dataset.step"


def _busy(client: object) -> float:
    metrics = client.send("Performance.getMetrics")["metrics"]  # type: ignore[attr-defined]
    return float(next(metric["value"] for metric in metrics if metric["name"] == "TaskDuration"))


def _pauses(page: Page, url: str) -> list[float]:
    open_explorer(page, url)
    times = []
    for _ in range(PAUSES):
        page.click("button.play")
        page.wait_for_timeout(1200)
        times.append(float(page.evaluate(LAST_FRAME_AFTER_PAUSE)))
    return times


def _spread(values: list[float]) -> str:
    return f"{statistics.median(values):.2f} ({min(values):.2f}–{max(values):.2f})"


if __name__ == "__main__":
    main()
