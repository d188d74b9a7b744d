"""The settings in the sidebar, as one uses them: paused, while the network trains, and on the page Compare."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect

from backprop import DATASETS, Experiment, from_query
from backprop.experiment import MAX_SEED
from tests.browser.running_app import FIND_VIEW, RunningApp, open_explorer
from tests.browser.test_explorer import number

pytestmark = pytest.mark.browser


def experiment_of(page: Page) -> Experiment:
    """What the address says."""
    query: dict[str, str] = page.evaluate("Object.fromEntries(new URLSearchParams(location.search))")
    return from_query(query)


def move(page: Page, name: str, place: int) -> None:
    """Drag a slider to one of its places, by way of all those between."""
    page.get_by_role("slider", name=name).evaluate(
        """(slider, place) => {
          while (slider.valueAsNumber !== place) {
            slider.valueAsNumber += Math.sign(place - slider.valueAsNumber);
            slider.dispatchEvent(new Event("input", { bubbles: true }));
          }
        }""",
        place,
    )


def type_number(page: Page, name: str, text: str) -> None:
    field = page.get_by_role("spinbutton", name=name)
    field.fill(text)
    field.press("Tab")


def test_every_kind_of_control_changes_the_run(page: Page, app: RunningApp) -> None:
    open_explorer(page, app.url)
    page.get_by_label("Loss", exact=True).select_option("mean squared error")
    expect(page).to_have_url(re.compile("loss=mse"))
    page.get_by_label("Optimiser", exact=True).select_option(label="SGD with momentum")
    expect(page).to_have_url(re.compile("optimizer=momentum"))
    move(page, "Test share", 10)
    expect(page).to_have_url(re.compile("test=0.5"))
    page.get_by_role("button", name="x₁ x₂", exact=True).click()
    expect(page).to_have_url(re.compile("features"))
    type_number(page, "Seed of the data", "5")
    expect(page).to_have_url(re.compile("dataseed=5"))
    expect(page.get_by_label("momentum: momentum")).to_be_hidden()
    page.get_by_text("Optimiser details").click()
    type_number(page, "momentum: momentum", "0.5")
    expect(page).to_have_url(re.compile("momentum%280.5%29"))
    move(page, "L2 penalty", 3)
    expect(page).to_have_url(re.compile("l2=0.0003"))
    page.get_by_role("radio", name="Moons").click()
    expect(page).to_have_url(re.compile("data=moons"))
    expect(page.get_by_role("radio", name="Moons")).to_have_attribute("aria-checked", "true")
    expected = replace(
        Experiment(dataset="moons"), loss="mse", optimizer="momentum(0.5)", test_share=0.5, data_seed=5, l2=3e-4
    )
    assert experiment_of(page) == replace(expected, features=("x1", "x2", "x1*x2"))
    expect(page.get_by_text("Optimiser details")).to_be_visible()
    expect(page.get_by_label("L2 penalty")).to_be_visible()  # what was unfolded stays so


def test_numbers_out_of_range_become_the_nearest_that_there_is(page: Page, app: RunningApp) -> None:
    open_explorer(page, app.url)
    seed = page.get_by_role("spinbutton", name="Seed of weights and batches")
    for typed, taken in (("-4", "0"), ("99999999999", str(MAX_SEED)), ("2.6", "3")):
        type_number(page, "Seed of weights and batches", typed)
        expect(seed).to_have_value(taken)
        expect(page).to_have_url(re.compile(f"[?&]seed={taken}(&|$)"))
    type_number(page, "Seed of weights and batches", "")
    expect(seed).to_have_value("3")


def test_what_was_typed_and_taken_back_does_not_stay_in_the_way(page: Page, app: RunningApp) -> None:
    open_explorer(page, app.url)
    seed = page.get_by_role("spinbutton", name="Seed of weights and batches")
    seed.press("End")
    seed.press_sequentially("4")
    seed.press("Backspace")
    seed.press("Tab")
    page.get_by_role("button", name="New seed").click()
    expect(page).to_have_url(re.compile("seed="))
    expect(seed).to_have_value(str(experiment_of(page).seed))


def test_a_choice_that_changes_nothing_is_taken_back(page: Page, app: RunningApp) -> None:
    open_explorer(page, app.url + "/?data=sine&layers=4:tanh,1:identity&loss=mse")
    only = page.get_by_role("button", name="x₁", exact=True)
    expect(only).to_have_attribute("aria-pressed", "true")
    only.click()  # by which it is off, until the server has answered
    expect(only).to_have_attribute("aria-pressed", "true")  # a network needs an input


def test_arrows_open_a_menu_instead_of_trying_its_entries(page: Page, app: RunningApp) -> None:
    open_explorer(page, app.url)
    page.get_by_label("Optimiser", exact=True).focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    page.wait_for_timeout(300)
    assert experiment_of(page) == Experiment()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("optimizer="))


def test_menus_numbers_and_examples_change_the_run_in_progress(page: Page, app: RunningApp) -> None:
    open_explorer(page, app.url)
    page.click("button.play")
    page.wait_for_function(f"() => Number(({FIND_VIEW})().dataset.step) > 40")
    page.get_by_label("Optimiser", exact=True).select_option(label="RMSprop")
    expect(page.locator(".ticks i")).to_have_attribute("title", re.compile("optimiser", re.IGNORECASE))
    expect(page).to_have_url(re.compile("optimizer=rmsprop"))
    at = number(page, "step")
    assert at > 40
    page.wait_for_function(f"() => Number(({FIND_VIEW})().dataset.step) > {at + 30}")
    type_number(page, "Seed of weights and batches", "4")  # another run, which plays on
    expect(page.locator(".ticks i")).to_have_count(0)
    expect(page).to_have_url(re.compile("[?&]seed=4"))
    page.get_by_label("Start from").select_option("Iris: three classes, softmax")
    expect(page.locator(".class-names")).to_contain_text("setosa")
    expect(page).to_have_url(re.compile("data=iris"))
    expect(page.get_by_label("Start from")).to_have_value("")  # so that the same one can be taken again
    expect(page.get_by_text("Four measurements, shown in the plane")).to_be_visible()
    expect(page.locator("button.play")).to_have_text("❚❚ Pause")
    page.wait_for_function(f"() => Number(({FIND_VIEW})().dataset.step) > 40")


def test_parameters_typed_one_after_the_other_while_training_are_both_kept(page: Page, app: RunningApp) -> None:
    open_explorer(page, app.url)
    page.get_by_text("Optimiser details").click()
    page.click("button.play")
    page.wait_for_function(f"() => Number(({FIND_VIEW})().dataset.step) > 20")
    page.get_by_role("spinbutton", name="adam: beta1").evaluate(
        """(first) => {
          const second = first.getRootNode().querySelector('[aria-label="adam: beta2"]');
          for (const [field, value] of [[first, 0.3], [first, 0.5], [second, 0.75]]) {
            field.value = value;
            field.dispatchEvent(new Event("change"));
          }
        }"""
    )  # at once: the server has heard of none of them when the next one comes
    expect(page).to_have_url(re.compile(r"adam%280.5%2C0.75%29"))
    page.wait_for_timeout(500)
    expect(page.get_by_role("spinbutton", name="adam: beta1")).to_have_value("0.5")
    expect(page.get_by_role("spinbutton", name="adam: beta2")).to_have_value("0.75")


def test_an_edit_of_the_sidebar_does_not_run_the_page(page: Page, app: RunningApp) -> None:
    """A run of the whole page while frames are on their way could take the live view off for a moment."""
    received: list[bytes | str] = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: received.append(frame)))
    open_explorer(page, app.url)
    expect(page.get_by_role("slider", name="Noise")).to_be_visible()
    assert page_runs(received) == 1
    move(page, "Noise", 3)
    expect(page).to_have_url(re.compile("noise=0.15"))
    page.click("button.play")
    move(page, "Noise", 6)
    expect(page).to_have_url(re.compile("noise=0.3"))
    page.get_by_label("Start from").select_option("Iris: three classes, softmax")
    expect(page.get_by_text("Four measurements, shown in the plane")).to_be_visible()
    assert page_runs(received) == 1


def page_runs(received: list[bytes | str]) -> int:
    """How often the server has sent the panel, which stands outside of the fragment that trains."""
    return sum(isinstance(message, bytes) and b"settings_panel" in message for message in received)


def test_a_slider_dragged_while_training_ends_where_it_was_left(page: Page, app: RunningApp) -> None:
    open_explorer(page, app.url)
    page.click("button.play")
    page.wait_for_function(f"() => Number(({FIND_VIEW})().dataset.step) > 20")
    for place in (15, 3, 8):
        move(page, "Noise", place)
    expect(page).to_have_url(re.compile("noise=0.4"))
    expect(page.locator(".ticks i").last).to_have_attribute("title", re.compile("→ 0.4"))
    page.wait_for_timeout(500)
    expect(page.get_by_role("slider", name="Noise")).to_have_value("8")
    assert experiment_of(page) == Experiment(noise=0.4)


def test_compare_takes_the_explorers_data_and_training(page: Page, app: RunningApp) -> None:
    open_explorer(page, app.url + "/?data=moons&lr=0.3&seed=12")
    page.get_by_role("link", name="Compare").click()
    page.get_by_role("button", name="Take the Explorer's data and training").click()
    expect(page).to_have_url(re.compile("data=moons"))
    expect(page).to_have_url(re.compile("seed=12"))
    expect(page.get_by_role("spinbutton", name="Seed of weights and batches")).to_have_value("12")
    expect(page.locator("select.rate")).to_have_value("0.3")


def test_every_dataset_has_its_name_within_its_tile(page: Page, app: RunningApp) -> None:
    open_explorer(page, app.url)
    room = page.locator(".datasets button").evaluate_all(
        """(tiles) => tiles.map((tile) => {
          const [outer, inner] = [tile, tile.querySelector("span")].map((element) => element.getBoundingClientRect());
          return [inner.left - outer.left, outer.right - inner.right].map(Math.round);
        })"""
    )
    assert len(room) == len(DATASETS)
    assert all(left >= 4 and right >= 4 for left, right in room), room
