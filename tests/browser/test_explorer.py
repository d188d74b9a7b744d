"""What a visitor does on the Explorer page, with the numbers on the screen compared with the core's own."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from backprop import Experiment, Trainer, from_query
from tests.browser.running_app import (
    BLANK_PICTURES,
    FIND_VIEW,
    NETWORK_PICTURE,
    RunningApp,
    open_explorer,
    painted_frames,
)

pytestmark = pytest.mark.browser

PLAY = "button.play"
LAYERS_14 = "14:tanh,8:sigmoid,8:relu,1:sigmoid"


def number(page: Page, name: str) -> float:
    """A number of the bar at the top, as it stands on the screen."""
    text = page.locator(f'[data-number="{name}"]').inner_text()
    return float(re.sub(r"[^\d.e-]", "", text.replace("−", "-")))


def play_for(page: Page, milliseconds: int) -> None:
    """Press Play, let the view paint for a while, press Pause, and let the last message arrive."""
    before = painted_frames(page)
    page.click(PLAY)
    page.wait_for_function(f"before => ({FIND_VIEW})().paintedFrames > before", arg=before)
    page.wait_for_timeout(milliseconds)
    page.click(PLAY)
    page.wait_for_function(f"() => ({FIND_VIEW})().isAnswered()")


def loss_after(experiment: Experiment, steps: int) -> float:
    """The training loss that the core computes by itself."""
    trainer = Trainer(experiment)
    trainer.step(steps)
    return trainer.frame().train_loss


def test_opens_ready_to_play_with_the_cores_own_numbers(page: Page, app: RunningApp) -> None:
    open_explorer(page, app.url)
    frame = Trainer(Experiment()).frame()
    assert number(page, "step") == 0
    assert number(page, "train") == pytest.approx(frame.train_loss, abs=5e-5)
    assert frame.test_loss is not None
    assert number(page, "test") == pytest.approx(frame.test_loss, abs=5e-5)
    [finding] = Trainer(Experiment()).verdicts()
    assert finding.heading == "Ready to learn"
    assert "4 of 8 ReLU units in layer 3 are dead" in finding.details[0]
    for text in (finding.heading, finding.text, *finding.details):
        expect(page.locator(".findings")).to_contain_text(text)
    expect(page.locator(".chart")).to_have_count(3)


def test_play_moves_the_numbers_and_pause_holds_the_frame_shown(page: Page, app: RunningApp) -> None:
    open_explorer(page, app.url)
    before = painted_frames(page)
    play_for(page, 1500)
    expect(page.locator(PLAY)).to_have_text("▶ Play")
    held = number(page, "step")
    assert held > 0
    assert painted_frames(page) > before
    assert number(page, "train") == pytest.approx(loss_after(Experiment(), int(held)), abs=1e-4)
    page.wait_for_timeout(500)
    assert number(page, "step") == held


def test_step_continues_from_exactly_what_is_shown(page: Page, app: RunningApp) -> None:
    open_explorer(page, app.url)
    play_for(page, 900)
    held = int(number(page, "step"))
    page.click(".step-update")
    page.wait_for_function(f"() => ({FIND_VIEW})().dataset.step === '{held + 1}'")
    assert number(page, "train") == pytest.approx(loss_after(Experiment(), held + 1), abs=1e-4)
    page.click(".step-epoch")
    per_epoch = Trainer(Experiment()).steps_per_epoch
    whole = ((held + 1) // per_epoch + 1) * per_epoch
    page.wait_for_function(f"() => ({FIND_VIEW})().dataset.step === '{whole}'")
    assert number(page, "epoch") == whole // per_epoch
    assert number(page, "train") == pytest.approx(loss_after(Experiment(), whole), abs=1e-4)


def test_rewind_returns_to_the_very_same_weights(page: Page, app: RunningApp) -> None:
    open_explorer(page, app.url)
    loss, said = number(page, "train"), page.locator(".findings").inner_text()
    play_for(page, 800)
    assert number(page, "train") != loss
    page.click("button.rewind")
    page.wait_for_function(f"() => ({FIND_VIEW})().dataset.step === '0'")
    assert number(page, "train") == loss
    assert page.locator(".findings").inner_text() == said


def test_another_activation_shows_and_tells_what_it_did_to_the_gradient(page: Page, app: RunningApp) -> None:
    open_explorer(page, app.url)
    expect(page.locator(".findings")).to_contain_text("of 8 ReLU units in layer 3 are dead")
    page.select_option('[data-key="2-activation"]', "leaky_relu")
    expect(page.locator(".findings")).not_to_contain_text("dead")
    expect(page).to_have_url(re.compile("leaky_relu"))
    play_for(page, 500)
    assert number(page, "step") > 0


def test_a_stack_can_be_built_by_its_cards(page: Page, app: RunningApp) -> None:
    open_explorer(page, app.url)
    page.click('[data-key="add"]')
    expect(page.locator(".card.layer")).to_have_count(5)
    page.click('[data-key="0-units-2"]')
    expect(page.locator('[data-key="0-units-1"]')).to_have_value("9")
    page.click('[data-key="0-more"]')
    page.select_option('[data-key="0-backward"]', "sigmoid")
    expect(page.locator(".card.layer").first).to_contain_text("← slope of sigmoid")
    page.click('.menu[data-layer="0"] button:has-text("Move right")')
    expect(page.locator('[data-key="1-units-1"]')).to_have_value("9")
    page.click('[data-key="3-more"]')
    page.click('.menu[data-layer="3"] button:has-text("Remove")')
    expect(page.locator(".card.layer")).to_have_count(4)
    expect(page).to_have_url(re.compile(r"8%3Asigmoid%2C9%3Atanh%3Asigmoid"))


def test_quick_clicks_add_up(page: Page, app: RunningApp) -> None:
    open_explorer(page, app.url)
    for _ in range(6):
        page.click('[data-key="0-units-2"]', no_wait_after=True)
    expect(page.locator('[data-key="0-units-1"]')).to_have_value("14")
    expect(page).to_have_url(re.compile(r"layers=14%3Atanh"))
    page.wait_for_timeout(300)
    for _ in range(7):
        page.click(".step-update", no_wait_after=True)
    page.wait_for_function(f"() => ({FIND_VIEW})().dataset.step === '7'")
    assert number(page, "train") == pytest.approx(loss_after(from_query({"layers": LAYERS_14}), 7), abs=1e-4)


def test_a_change_of_speed_is_seen_at_once(page: Page, app: RunningApp) -> None:
    open_explorer(page, app.url)
    page.select_option("select.speed", label="100 updates a frame")
    page.click(PLAY)
    page.wait_for_function(f"() => Number(({FIND_VIEW})().dataset.step) >= 300")
    page.select_option("select.speed", label="slow motion")
    page.wait_for_timeout(1500)
    before = number(page, "step")
    page.wait_for_timeout(1500)
    assert 1 <= number(page, "step") - before <= 10  # three updates a second, each shown


def test_an_example_can_be_chosen_again_after_a_change(page: Page, app: RunningApp) -> None:
    open_explorer(page, app.url)
    for _ in range(3):
        expect(page.get_by_label("Start from")).to_have_value("")  # else a browser would not tell of the same choice
        page.get_by_label("Start from").select_option("Vanishing: eight sigmoids")
        expect(page.locator(".card.layer")).to_have_count(9)
        expect(page.locator('[data-key="0-activation"]')).to_have_value("sigmoid")
        expect(page.locator(".findings")).to_contain_text("Vanishing gradient")
        page.select_option('[data-key="0-activation"]', "relu")
        expect(page).to_have_url(re.compile("relu"))


def test_parameters_of_a_layer_are_typed_in_its_menu(page: Page, app: RunningApp) -> None:
    open_explorer(page, app.url)
    page.select_option('[data-key="2-activation"]', "leaky_relu")
    expect(page.locator(".findings")).not_to_contain_text("dead")
    page.click('[data-key="2-more"]')
    page.fill('[data-key="2-activation-alpha"]', "0.3")
    page.press('[data-key="2-activation-alpha"]', "Tab")
    expect(page).to_have_url(re.compile(r"leaky_relu%280.3%29"))
    page.fill('[data-key="2-bias"]', "-2")
    page.press('[data-key="2-bias"]', "Tab")
    expect(page).to_have_url(re.compile(r"leaky_relu%280.3%29%3A%3A%3A%3A-2"))


def test_the_learning_rate_changes_without_a_reset(page: Page, app: RunningApp) -> None:
    open_explorer(page, app.url)
    page.click(PLAY)
    page.wait_for_function(f"() => Number(({FIND_VIEW})().dataset.step) > 40")
    page.select_option("select.rate", "0.03")
    expect(page).to_have_url(re.compile("lr=0.03"))
    step = number(page, "step")
    assert step >= 40
    page.wait_for_function(f"() => Number(({FIND_VIEW})().dataset.step) > {step + 50}")
    expect(page.locator(PLAY)).to_have_text("❚❚ Pause")


def test_contradictory_settings_say_so_and_are_kept_until_they_agree(page: Page, app: RunningApp) -> None:
    open_explorer(page, app.url)
    page.select_option('[data-key="3-activation"]', "softmax")
    expect(page.locator(".notice")).to_contain_text("make the output layer sigmoid")
    expect(page.locator('[data-key="3-activation"]')).to_have_value("softmax")
    play_for(page, 500)  # the last sound network runs on
    assert number(page, "step") > 0
    page.select_option('[data-key="3-activation"]', "sigmoid")
    expect(page.locator(".notice")).to_be_hidden()


def test_a_dataset_is_chosen_by_its_picture(page: Page, app: RunningApp) -> None:
    open_explorer(page, app.url)
    page.get_by_role("radio", name="Iris").click()
    expect(page.locator('[data-key="3-activation"]')).to_have_value("softmax")
    expect(page.locator(".class-names")).to_contain_text("versicolor")
    expect(page.get_by_role("radio", name="Iris")).to_have_attribute("aria-checked", "true")
    page.get_by_role("radio", name="Sine").click()
    expect(page.locator('[data-key="3-activation"]')).to_have_value("identity")
    play_for(page, 500)
    assert number(page, "step") > 0


def test_a_link_opens_what_it_says(page: Page, app: RunningApp) -> None:
    query = {"data": "moons", "layers": "6:tanh,6:relu:tanh,1:sigmoid", "seed": "3"}
    open_explorer(page, f"{app.url}/?data=moons&layers=6:tanh,6:relu:tanh,1:sigmoid&seed=3")
    expect(page.locator(".card.layer")).to_have_count(3)
    assert number(page, "train") == pytest.approx(loss_after(from_query(query), 0), abs=5e-5)


@pytest.mark.parametrize("query", ["layers=8:foo", "lr=abc", "noise=7", "layers=&seed=-1", "data=%00%FF"])
def test_nonsense_in_the_link_gets_a_sentence_and_the_opening_network(page: Page, app: RunningApp, query: str) -> None:
    open_explorer(page, f"{app.url}/?{query}")
    expect(page.locator(".notice")).to_contain_text("This link cannot be opened as it is")
    expect(page.locator(".card.layer")).to_have_count(4)


def test_a_run_that_diverges_stops_and_says_where(page: Page, app: RunningApp) -> None:
    open_explorer(page, f"{app.url}/?layers=8:relu,8:relu,1:identity&loss=mse&optimizer=sgd&lr=1000000")
    page.click(PLAY)
    expect(page.locator(".findings")).to_contain_text("the last step with finite numbers")
    expect(page.locator(".findings")).to_contain_text(re.compile(r"the .* of layer \d became infinite or undefined"))
    expect(page.locator(PLAY)).to_have_text("▶ Play")
    page.click("button.rewind")
    page.wait_for_function(f"() => ({FIND_VIEW})().dataset.step === '0'")
    expect(page.locator(".findings")).not_to_contain_text("finite")


def test_links_show_gradients_on_request(page: Page, app: RunningApp) -> None:
    open_explorer(page, app.url)
    before = page.evaluate(f"({NETWORK_PICTURE})()")
    page.select_option('[data-key="connections"]', "gradients")
    page.wait_for_function(f"before => ({NETWORK_PICTURE})() !== before", arg=before)
    page.wait_for_function(f"() => ({BLANK_PICTURES})() === 0")


@pytest.mark.parametrize("width", [390, 1024])  # the latter also a wide window that is enlarged for a projector
def test_the_bar_that_sticks_covers_nothing_at_the_top(page: Page, app: RunningApp, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    open_explorer(page, app.url)
    bar, beneath = (page.locator(name).bounding_box() for name in (".bar", ".timeline"))
    assert bar
    assert beneath
    assert bar["y"] + bar["height"] <= beneath["y"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280, 1920])
def test_everything_fits_in_width_and_follows_the_theme(page: Page, app: RunningApp, width: int, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.set_viewport_size({"width": width, "height": 900})
    open_explorer(page, app.url)
    view = page.evaluate_handle(FIND_VIEW)
    assert view.evaluate("view => view.classList.contains('dark')") == (scheme == "dark")
    assert page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")
    assert view.evaluate("view => view.getBoundingClientRect().right <= window.innerWidth")
    play_for(page, 400)
    assert number(page, "step") > 0
