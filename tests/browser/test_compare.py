"""What a visitor does on the Compare page, with the numbers on the screen compared with the core's own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect

from backprop import Experiment, Layer, Trainer
from backprop.studies.comparison import differences
from backprop.studies.lockstep import Lockstep
from tests.browser.running_app import BLANK_PICTURES, FIND_VIEW, RunningApp, open_explorer, painted_frames
from ui.compare.opening import OPENING

pytestmark = pytest.mark.browser

# Where the first network begins and how high the page is, frame by frame: each height once.
WATCH = f"""() => {{
  const view = ({FIND_VIEW})();
  window.tops = new Set();
  window.heights = new Set();
  const look = () => {{
    window.tops.add(view.querySelector(".network").getBoundingClientRect().top);
    window.heights.add(view.getBoundingClientRect().height);
    requestAnimationFrame(look);
  }};
  look();
}}"""
# From the last of the sentences to the first stack.
BAND = f"""() => {{
  const view = ({FIND_VIEW})();
  const words = [...view.querySelectorAll(".standing > li")];
  const bottom = Math.max(...words.map((one) => one.getBoundingClientRect().bottom));
  return view.querySelector(".stacks").getBoundingClientRect().top - bottom;
}}"""
LINE, MARGIN = 24, 10
PLAY = "button.play"
PATIENCE = 40_000  # a busy machine


def open_compare(page: Page, app: RunningApp) -> None:
    """Open the page from the Explorer, as a visitor does."""
    open_explorer(page, app.url)
    expand = page.get_by_test_id("stExpandSidebarButton")
    folded = expand.is_visible()  # as on a phone
    if folded:
        expand.click()
    page.get_by_role("link", name="Compare").click()
    page.wait_for_selector(".comparison[data-step]", timeout=PATIENCE)
    if folded:
        page.get_by_test_id("stSidebarHeader").hover()
        page.get_by_test_id("stSidebarCollapseButton").get_by_role("button").click()


def wait_for_step(page: Page, step: int) -> None:
    page.wait_for_function(f"() => ({FIND_VIEW})()?.dataset.step === '{step}'", timeout=PATIENCE)


def step(page: Page) -> int:
    return int(page.locator(".comparison").get_attribute("data-step") or -1)


def loss(page: Page, stack: str) -> float:
    """The training loss of a stack as it stands on the screen."""
    return float(page.locator(f'[data-stack="{stack}"] [data-number="train"]').inner_text().replace("−", "-"))


def losses_after(experiments: Sequence[Experiment], steps: int) -> dict[str, float]:
    """What the core computes by itself."""
    found = {}
    for name, experiment in zip("ABCD", experiments, strict=False):
        trainer = Trainer(experiment)
        trainer.step(steps)
        found[name] = trainer.frame().train_loss
    return found


def check_losses(page: Page, experiments: Sequence[Experiment]) -> None:
    """Every stack shows the loss of its own run after the steps that the page shows."""
    for name, expected in losses_after(experiments, step(page)).items():
        assert loss(page, name) == pytest.approx(expected, rel=1e-3, abs=1e-4)


def check_stands_still(page: Page, frames: int) -> None:
    """What is watched has not moved by then."""
    before = painted_frames(page)
    page.wait_for_function(f"() => ({FIND_VIEW})().paintedFrames > {before + frames}", timeout=PATIENCE)
    assert len(page.evaluate("[...tops]")) == 1
    assert len(page.evaluate("[...heights]")) == 1


@pytest.mark.parametrize(("width", "lines"), [(1280, 1), (390, 2)])  # on a phone one of them is for the button
def test_nothing_moves_while_it_plays_and_no_room_is_empty(page: Page, app: RunningApp, width: int, lines: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    open_compare(page, app)
    assert page.evaluate(BAND) <= lines * LINE + MARGIN
    page.evaluate(WATCH)
    page.click(PLAY)
    check_stands_still(page, 250)


def test_four_stacks_have_four_sentences_and_the_rest_unfolds_over_the_page(page: Page, app: RunningApp) -> None:
    open_compare(page, app)
    for count, name, activation in ((3, "C", "tanh"), (4, "D", "relu")):
        page.click(".add-stack")
        expect(page.locator(".stack")).to_have_count(count, timeout=PATIENCE)
        page.select_option(f'[data-stack="{name}"] [data-key="2-activation"]', activation)
        expect(page.locator(".standing")).to_contain_text(f"{name} differs from A", timeout=PATIENCE)
    assert page.evaluate(BAND) <= LINE + MARGIN
    page.evaluate(WATCH)
    page.click(PLAY)
    check_stands_still(page, 150)
    page.click(".unfold")
    expect(page.locator(".rest")).to_be_visible()
    check_stands_still(page, 50)
    page.keyboard.press("Escape")
    expect(page.locator(".rest")).to_be_hidden()
    page.click(PLAY)
    page.wait_for_function(f"() => ({FIND_VIEW})().isAnswered()", timeout=PATIENCE)

    b = OPENING[1]
    changed = [
        replace(b, layers=(*b.layers[:2], replace(b.layers[2], activation=activation), *b.layers[3:]))
        for activation in ("tanh", "relu")
    ]
    lockstep = Lockstep([*OPENING, *changed])
    lockstep.step(step(page))
    frame = lockstep.frame()
    expected = [one.text for one in differences(frame, lockstep.experiments)]
    standing = page.locator(".standing > li:not(.setup, .hint)").all_inner_texts()
    rest = page.locator(".rest > li").all_text_contents()
    assert len(standing) <= 4 < len(expected) <= len(standing) + len(rest)  # a few stand although they are nearly over
    assert set(expected) <= {*standing, *rest}
    assert any("B, C and D" in text for text in standing)
    expect(page.locator(".unfold")).to_have_text(f"{len(rest)} more")


def test_pages_are_left_while_their_networks_train(page: Page, app: RunningApp) -> None:
    open_explorer(page, app.url)
    for _ in range(4):
        for name, view in (("Compare", ".comparison"), ("Explorer", ".live-view:not(.comparison)")):
            if page.locator(PLAY).inner_text() == "▶ Play":  # it plays on where it has been left playing
                page.click(PLAY)
            before = painted_frames(page)
            page.wait_for_function(f"before => ({FIND_VIEW})().paintedFrames > before + 10", arg=before)
            page.get_by_role("link", name=name).click(delay=70)  # as long as a finger stays
            page.wait_for_selector(f"{view}[data-step]", timeout=PATIENCE)
            expect(page.locator(".live-view")).to_have_count(1)
            expect(page.get_by_label("Seed of weights and batches")).to_be_visible()


def test_play_pause_step_and_rewind_with_the_cores_own_numbers(page: Page, app: RunningApp) -> None:
    open_compare(page, app)
    check_losses(page, OPENING)
    start = Lockstep(OPENING)
    for difference in differences(start.frame(), OPENING):
        expect(page.locator(".standing")).to_contain_text(difference.text)
    expect(page.locator(".standing")).to_contain_text("B differs from A: layers 1 and 4: sigmoid → tanh")
    page.wait_for_function(f"() => ({BLANK_PICTURES})() === 0")
    before = painted_frames(page)
    page.click(PLAY)
    page.wait_for_function(f"() => ({FIND_VIEW})().paintedFrames > {before + 3}", timeout=PATIENCE)
    page.click(PLAY)
    page.wait_for_function(f"() => ({FIND_VIEW})().isAnswered()", timeout=PATIENCE)
    held = step(page)
    assert held > 0
    check_losses(page, OPENING)
    page.keyboard.press("ArrowRight")
    wait_for_step(page, held + 1)
    check_losses(page, OPENING)
    page.click(".step-epoch")
    per_epoch = start.steps_per_epoch
    wait_for_step(page, ((held + 1) // per_epoch + 1) * per_epoch)
    check_losses(page, OPENING)
    page.keyboard.press("r")
    wait_for_step(page, 0)
    check_losses(page, OPENING)


def test_change_one_stack_add_and_remove(page: Page, app: RunningApp) -> None:
    open_compare(page, app)
    page.click(".step-update")
    wait_for_step(page, 1)
    page.select_option('[data-stack="B"] [data-key="0-activation"]', "relu")
    wait_for_step(page, 0)
    a, b = OPENING
    first = Layer(8, "relu", None, "xavier_uniform")
    changed = [a, Experiment(**{**b.__dict__, "layers": (first, *b.layers[1:])})]
    expect(page.locator(".standing")).to_contain_text("layers 1, 2 and 5: sigmoid → ReLU", timeout=PATIENCE)
    check_losses(page, changed)
    expect(page).to_have_url(re.compile(r"b=8%3Arelu"))
    page.click(".add-stack")
    expect(page.locator(".stack")).to_have_count(3, timeout=PATIENCE)
    expect(page.locator('[data-chart="gradient-C"]')).to_be_visible(timeout=PATIENCE)
    check_losses(page, [*changed, changed[1]])
    page.get_by_role("button", name="Remove stack A").click()
    expect(page.locator(".stack")).to_have_count(2, timeout=PATIENCE)
    expect(page.locator(".standing")).to_contain_text("B is the same as A", timeout=PATIENCE)
    check_losses(page, [changed[1], changed[1]])
    # What makes no sense is told, and stays as it was typed.
    page.fill('[data-stack="A"] [data-key="0-units-1"]', "0")
    page.press('[data-stack="A"] [data-key="0-units-1"]', "Enter")
    expect(page.locator(".notice")).to_contain_text("Stack A: layer 1: units must be a whole number", timeout=PATIENCE)


def test_to_the_explorer_and_back(page: Page, app: RunningApp) -> None:
    open_compare(page, app)
    page.get_by_role("button", name="to Explorer: open stack B there").click()
    page.wait_for_selector(".live-view:not(.comparison)[data-step]", timeout=PATIENCE)
    expect(page).to_have_url(re.compile(r"layers=8%3Atanh"))
    train = page.locator('[data-number="train"]')
    expect(train).to_have_text(f"{losses_after(OPENING, 0)['B']:.4f}", timeout=PATIENCE)
    page.select_option('[data-key="0-activation"]', "gelu")
    expect(page).to_have_url(re.compile(r"layers=8%3Agelu"), timeout=PATIENCE)
    page.get_by_role("link", name="Compare").click()
    page.wait_for_selector(".comparison[data-step]", timeout=PATIENCE)
    page.get_by_role("button", name="from Explorer: put its stack in the place of A").click()
    expect(page.locator(".standing")).to_contain_text("layer 1: GELU → tanh", timeout=PATIENCE)
    expect(page.locator('[data-stack="A"] [data-key="0-activation"]')).to_have_value("gelu")


def test_each_stack_says_what_is_wrong_with_it(page: Page, app: RunningApp) -> None:
    open_compare(page, app)
    lockstep = Lockstep(OPENING)
    lockstep.frame()
    for _ in range(3):
        page.click(".step-epoch", no_wait_after=True)
        lockstep.run_epoch()
        lockstep.frame()
    page.wait_for_function(f"() => ({FIND_VIEW})().dataset.step === '{lockstep.step_count}'")
    for health, trainer in zip(page.locator(".health").all(), lockstep.trainers, strict=True):
        [finding] = trainer.verdicts()
        expect(health.locator(".heading")).to_have_text(finding.heading)
        expect(health).to_have_attribute("title", finding.text)
        expect(health.locator(".sign")).to_have_attribute("aria-label", re.compile("Fault|Warning|In order"))
