"""How smoothly the live view runs in a browser: frames, top speed, pause, reactions, first paint, memory.

    python -m benchmarks.live [--minutes 10]

Starts the app and headless Chromium on this machine, so server, browser and this script share its cores. A painted
frame is one that the view drew inside an animation frame of the browser. Nothing here fails because of a time: the
goals are printed beside what was measured.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from playwright.sync_api import Browser, CDPSession, Page

from tests.browser.running_app import (
    FIND_VIEW,
    RunningApp,
    chromium_path,
    open_explorer,
    painted_frames,
    running_app,
    running_chromium,
)

T = TypeVar("T")

SECONDS = 6.0
PAUSES = 10
REACTIONS = 5


@dataclass(frozen=True)
class Scene:
    """What is played, and what it should reach.

    Attributes:
        name: How the row is called.
        query: The link's query.
        page: The page's path; the Explorer's is empty.
        everything: Whether all charts and a unit are open.
        speed: Label of the speed menu, or None for the one it opens with.
        frames: Goal for painted frames per second.
        epochs: Goal for epochs per second, 0 for none.
    """

    name: str
    query: str = ""
    page: str = ""
    everything: bool = False
    speed: str | None = None
    frames: int = 0
    epochs: int = 0


SIX_OF_EIGHT = "layers=" + "8:tanh," * 6 + "1:sigmoid"
FOUR_AND_TWO = "layers=4:tanh,2:tanh,1:sigmoid"
# 250 training samples in batches of 10, as in TensorFlow Playground: 25 updates an epoch.
PLAYGROUND = "data=circle&samples=500&test=0.5&batch=10&optimizer=sgd&lr=0.03&"
SCENES = (
    Scene("opening network", frames=50),
    Scene("[2, 8×6, 1], all open", SIX_OF_EIGHT, everything=True, frames=30),
    Scene("Compare, two stacks", page="compare", frames=30),
    Scene("16 layers of 64", "layers=" + "64:tanh," * 15 + "1:sigmoid"),
    Scene(
        "2-4-2-1, top speed", PLAYGROUND + "layers=4:tanh,2:tanh,1:sigmoid", speed="top speed", frames=20, epochs=500
    ),
    Scene("2-8×6-1, top speed", PLAYGROUND + SIX_OF_EIGHT, speed="top speed", frames=20, epochs=200),
)

# Clicks Pause inside the page. When was the last frame painted after it, over 60 animation frames, and when had the
# server answered, after which it trains no more?
AFTER_PAUSE = f"""async () => {{
  const view = ({FIND_VIEW})();
  const clicked = performance.now();
  let painted = view.paintedFrames;
  let last = clicked;
  let answered = null;
  view.querySelector("button.play").click();
  for (let i = 0; i < 60 || answered === null; i++) {{
    await new Promise((done) => requestAnimationFrame(done));
    if (view.paintedFrames !== painted) {{
      painted = view.paintedFrames;
      last = performance.now();
    }}
    if (answered === null && view.isAnswered()) answered = performance.now();
  }}
  return [last - clicked, answered - clicked];
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

# Changes a control of the view or of the sidebar and waits for the first frame that was trained with the new setting.
REACTION = f"""async ([selector, value, event]) => {{
  const view = ({FIND_VIEW})();
  const roots = [...document.querySelectorAll("*")].map((one) => one.shadowRoot).filter(Boolean);
  const control = roots.map((root) => root.querySelector(selector)).find(Boolean);
  const change = view.paintedChange;
  const start = performance.now();
  control.value = value;
  control.dispatchEvent(new Event(event, {{ bubbles: true, composed: true }}));
  while (view.paintedChange === change && performance.now() - start < 3000) {{
    await new Promise((done) => requestAnimationFrame(done));
  }}
  return performance.now() - start;
}}"""
CONTROLS: dict[str, tuple[str, tuple[str, str], str]] = {
    "activation menu": ('[data-key="1-activation"]', ("tanh", "relu"), "change"),
    "learning rate menu": ("select.rate", ("0.01", "0.003"), "change"),
    "units": ('[data-key="0-units-1"]', ("9", "8"), "change"),
    "example menu": (
        '[aria-label="Start from"]',
        ("Cured: eight tanh layers", "Dying ReLUs: learning rate too high"),
        "change",
    ),
    "optimiser menu": ('[aria-label="Optimiser"]', ("sgd", "adam"), "change"),
    "loss menu": ('[aria-label="Loss"]', ("mse", "bce"), "change"),
    "seed field": ('[aria-label="Seed of weights and batches"]', ("3", "4"), "change"),
    "noise slider": ('[aria-label="Noise"]', ("4", "6"), "input"),
    "batch size slider": ('[aria-label="Batch size"]', ("3", "5"), "input"),
}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="How smoothly the live view runs in a browser.")
    parser.add_argument("--minutes", type=float, default=0.0, help="watch the memory for so long as well (goal: 10)")
    minutes = parser.parse_args().minutes
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
        for scene in SCENES:
            _in_page(browser, partial(_playing, scene=scene, url=app.url))
        pauses, answers = zip(*_in_page(browser, lambda page: _pauses(page, app.url)), strict=True)
        print(f"pause → last frame     {_spread(pauses)} ms (goal ≤ 50, median of {PAUSES})")
        print(f"pause → server's last  {_spread(answers)} ms or earlier, when its answer came (goal ≤ 100)")
        for name in CONTROLS:
            times = _in_page(browser, partial(_reactions, name=name, url=app.url))
            print(f"{name:<22} {_spread(times)} ms to the first frame with it, while training (goal ≤ 200)")
        if minutes:
            _in_page(browser, partial(_memory, app=app, minutes=minutes))


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


def _playing(page: Page, scene: Scene, url: str) -> None:
    open_explorer(page, f"{url}/{scene.page}?{scene.query}")
    page.wait_for_timeout(1000)
    if scene.everything:
        page.click(".chip.all")
        at = page.evaluate(f"({FIND_VIEW})().placeOf(1, 2)")
        page.mouse.click((at["left"] + at["right"]) / 2, at["y"])
    if scene.speed:
        page.select_option("select.speed", label=scene.speed)
    client = page.context.new_cdp_session(page)
    client.send("Performance.enable")
    page.click("button.play")
    page.wait_for_timeout(1500)
    before = (painted_frames(page), _metric(client, "TaskDuration"), _epoch(page), time.perf_counter())
    gap, blank = page.evaluate(WATCH, SECONDS)
    after = (painted_frames(page), _metric(client, "TaskDuration"), _epoch(page), time.perf_counter())
    seconds = after[3] - before[3]
    frames, busy, epochs = ((a - b) / seconds for a, b in zip(after[:3], before[:3], strict=True))
    goals = [f"≥ {scene.frames}" if scene.frames else "none", f", goal ≥ {scene.epochs}" if scene.epochs else ""]
    print(
        f"{scene.name:<22} {frames:5.1f} painted frames/s (goal {goals[0]}), longest gap {gap:4.0f} ms, {blank} blank "
        f"pictures, main thread {100 * busy:.0f} % (goal < 60), {epochs:.0f} epochs/s{goals[1]}"
    )


def _epoch(page: Page) -> float:
    step, per_epoch = page.evaluate(
        f"() => {{ const view = ({FIND_VIEW})(); return [Number(view.dataset.step), view.stepsPerEpoch]; }}"
    )
    return float(step) / float(per_epoch)


def _metric(client: CDPSession, name: str) -> float:
    metrics: list[dict[str, Any]] = client.send("Performance.getMetrics")["metrics"]
    return float(next(metric["value"] for metric in metrics if metric["name"] == name))


def _pauses(page: Page, url: str) -> list[tuple[float, float]]:
    open_explorer(page, url)
    times = []
    for _ in range(PAUSES):
        page.click("button.play")
        page.wait_for_timeout(1200)
        frame, answer = page.evaluate(AFTER_PAUSE)
        times.append((float(frame), float(answer)))
    return times


def _reactions(page: Page, name: str, url: str) -> list[float]:
    selector, values, event = CONTROLS[name]
    open_explorer(page, url)
    page.wait_for_timeout(1000)
    page.click("button.play")
    page.wait_for_timeout(1500)
    times = []
    for i in range(REACTIONS):
        times.append(float(page.evaluate(REACTION, [selector, values[i % 2], event])))
        page.wait_for_timeout(700)
    return times


def _memory(page: Page, app: RunningApp, minutes: float) -> None:
    """The browser's heap, after a garbage collection, and the server's resident memory, twice a minute."""
    open_explorer(page, app.url)
    client = page.context.new_cdp_session(page)
    client.send("Performance.enable")
    client.send("HeapProfiler.enable")
    page.click("button.play")
    samples = []
    for _ in range(round(minutes * 2)):
        page.wait_for_timeout(30_000)
        client.send("HeapProfiler.collectGarbage")
        samples.append((_metric(client, "JSHeapUsedSize") / 2**20, _resident(app.process.pid)))
    print(f"{minutes:g} minutes, {page.evaluate(_STEP)} updates (goal: under 5 % growth after the first minute)")
    for name, values in zip(("JavaScript heap", "server memory"), zip(*samples, strict=True), strict=True):
        first, last = values[min(1, len(values) - 1)], values[-1]
        print(
            f"    {name:<18} {first:.1f} → {last:.1f} MiB ({100 * (last / first - 1):+.1f} %), most {max(values):.1f}"
        )


_STEP = f"() => ({FIND_VIEW})().dataset.step"


def _resident(pid: int) -> float:
    """Mebibytes of a process that are in memory."""
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="utf-8").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def _spread(values: tuple[float, ...] | list[float]) -> str:
    return f"{statistics.median(values):.2f} ({min(values):.2f}–{max(values):.2f})"


if __name__ == "__main__":
    main()
