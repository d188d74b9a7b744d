"""What the live view shows on request, with the numbers on the screen compared with the core's own."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from backprop import Experiment, Layer, Trainer
from tests.browser.running_app import FIND_VIEW, NETWORK_PICTURE, RunningApp, open_explorer, painted_frames
from tests.browser.test_explorer import number, play_for
from tests.unpacking import live_view_message
from ui.live.encode import FINE_RESOLUTION

pytestmark = pytest.mark.browser

STEP = ".step-update"


def shown(text: str) -> float:
    """A number as the view writes it."""
    return float(text.replace("−", "-"))


def trained(steps: int) -> Trainer:
    """The core's own run of the opening experiment."""
    trainer = Trainer(Experiment())
    trainer.step(steps)
    return trainer


def place_of(page: Page, layer: int, unit: int) -> tuple[float, float]:
    """Where the middle of a unit stands in the window; layers and units are counted from 0."""
    page.locator(".network").scroll_into_view_if_needed()
    at = page.evaluate(f"({FIND_VIEW})().placeOf({layer}, {unit})")
    return (at["left"] + at["right"]) / 2, at["y"]


def step(page: Page, times: int) -> None:
    """Single updates, and the wait until the last of them is on the screen."""
    goal = int(number(page, "step")) + times
    for _ in range(times):
        page.click(STEP, no_wait_after=True)
    page.wait_for_function(f"() => ({FIND_VIEW})().dataset.step === '{goal}'")


def weights_in_table(page: Page) -> list[float]:
    """The weights, and last the bias, that the open inspector lists."""
    cells = page.locator(".incoming td:nth-of-type(1)")
    texts = cells.evaluate_all("cells => cells.map((cell) => cell.querySelector('input')?.value ?? cell.textContent)")
    return [shown(text) for text in texts]


# --- one unit, one link ----------------------------------------------------------------------------------------------


def test_a_unit_under_the_pointer_is_enlarged_with_the_cores_numbers(page: Page, app: RunningApp) -> None:
    open_explorer(page, app.url)
    step(page, 3)
    page.mouse.move(*place_of(page, 1, 2))
    expect(page.locator(".inspector h3")).to_have_text("Layer 2, unit 3")
    expect(page.locator(".incoming tr")).to_have_count(9)
    trainer = trained(3)
    frame = trainer.frame()
    expected = [*trainer.network.weights[1][2], trainer.network.biases[1][2]]
    assert weights_in_table(page) == pytest.approx(expected, rel=1e-3, abs=1e-3)
    gradients = [shown(text) for text in page.locator(".incoming td:nth-of-type(2)").all_inner_texts()]
    core = [*trainer.gradients.weights[1][2], trainer.gradients.biases[1][2]]
    assert gradients == pytest.approx(core, rel=0.06)
    share = round(100 * frame.layers[1].unit_flat_share[2])
    expect(page.locator('[data-fact="state"]')).to_have_text(f"{share} % of the samples saturated")
    page.mouse.move(5, 5)
    expect(page.locator(".inspector")).to_be_hidden()


def test_a_dead_unit_says_so(page: Page, app: RunningApp) -> None:
    open_explorer(page, app.url)
    dead = int(np.flatnonzero(Trainer(Experiment()).frame().layers[2].dead)[0])
    page.mouse.move(*place_of(page, 2, dead))
    expect(page.locator('[data-fact="state"]')).to_have_text("dead: its slope is 0 on every sample")


def test_a_weight_can_be_typed_in(page: Page, app: RunningApp) -> None:
    open_explorer(page, app.url)
    step(page, 2)
    page.mouse.click(*place_of(page, 0, 4))
    field = page.locator('.incoming tr[data-input="1"] input')
    field.fill("1.5")
    field.press("Enter")
    trainer = trained(2)
    trainer.network.weights[0][4, 1] = 1.5
    loss = trainer.frame().train_loss
    expect(page.locator('[data-number="train"]')).to_have_text(f"{loss:.4f}")
    page.locator('.incoming tr[data-input="bias"] input').fill("-0.25")
    page.locator('.incoming tr[data-input="bias"] input').press("Enter")
    trainer.network.biases[0][4] = -0.25
    expect(page.locator('[data-number="train"]')).to_have_text(f"{trainer.frame().train_loss:.4f}")
    page.click(".inspector .close")
    page.click(STEP)  # and training goes on from there
    page.wait_for_function(f"() => ({FIND_VIEW})().dataset.step === '3'")
    trainer.step(1)
    assert number(page, "train") == pytest.approx(trainer.frame().train_loss, abs=1e-4)


def test_nonsense_for_a_weight_gets_a_sentence(page: Page, app: RunningApp) -> None:
    open_explorer(page, app.url)
    page.mouse.click(*place_of(page, 0, 0))
    field = page.locator('.incoming tr[data-input="0"] input')
    field.fill("much")
    field.press("Enter")
    expect(page.locator(".notice")).to_contain_text("much")
    assert number(page, "train") == pytest.approx(trained(0).frame().train_loss, abs=5e-5)


def test_a_connection_under_the_pointer_is_named_in_the_table(page: Page, app: RunningApp) -> None:
    open_explorer(page, app.url)
    (x0, y0), (x1, y1) = place_of(page, 2, 0), place_of(page, 3, 0)
    page.mouse.move(x0 + 0.12 * (x1 - x0), y0 + 0.01 * (y1 - y0))
    expect(page.locator(".inspector h3")).to_have_text("Output, unit 1")
    expect(page.locator(".incoming tr.chosen")).to_have_count(1)


def test_units_can_be_visited_with_the_arrow_keys(page: Page, app: RunningApp) -> None:
    open_explorer(page, app.url)
    page.locator(".network").focus()
    for key, title in (
        ("ArrowDown", "Layer 1, unit 1"),
        ("ArrowRight", "Layer 2, unit 1"),
        ("ArrowDown", "Layer 2, unit 2"),
    ):
        page.keyboard.press(key)
        expect(page.locator(".inspector h3")).to_have_text(title)
    page.keyboard.press("Escape")
    expect(page.locator(".inspector")).to_be_hidden()
    assert number(page, "step") == 0


def test_no_unit_is_shown_with_the_weights_of_another(page: Page, app: RunningApp) -> None:
    open_explorer(page, app.url)
    page.mouse.move(*place_of(page, 0, 0))
    expect(page.locator(".incoming tr")).to_have_count(3)
    page.evaluate(f"""() => {{
      const view = ({FIND_VIEW})();
      globalThis.seen = new Set();
      const look = () => {{
        const title = view.querySelector(".inspector h3").textContent;
        globalThis.seen.add(`${{title}}: ${{view.querySelectorAll(".incoming tr").length}}`);
        requestAnimationFrame(look);
      }};
      look();
    }}""")
    page.mouse.move(*place_of(page, 1, 2))
    expect(page.locator(".inspector h3")).to_have_text("Layer 2, unit 3")
    expect(page.locator(".incoming tr")).to_have_count(9)
    seen = page.evaluate("""() => new Promise((resolve) => {
      const then = () => resolve([...globalThis.seen]);
      requestAnimationFrame(() => requestAnimationFrame(then));  // the frame that shows it has been looked at
    })""")
    assert seen == ["Layer 1, unit 1: 3", "Layer 2, unit 3: 9"]


def test_a_unit_can_be_watched_while_it_trains(page: Page, app: RunningApp) -> None:
    open_explorer(page, app.url)
    page.mouse.click(*place_of(page, 0, 0))
    expect(page.locator(".incoming input")).to_have_count(3)
    before = weights_in_table(page)
    page.keyboard.press("Escape")
    page.click("button.play")
    page.wait_for_function(f"() => Number(({FIND_VIEW})().dataset.step) > 30")
    page.mouse.click(*place_of(page, 0, 0))
    expect(page.locator(".inspector")).to_be_visible()
    after = weights_in_table(page)
    assert len(after) == 3
    assert after != before
    first = page.locator(".incoming input").first
    expect(first).not_to_have_value(first.input_value())  # it goes on
    page.keyboard.press("Escape")
    page.click("button.play")
    page.wait_for_function(f"() => ({FIND_VIEW})().isAnswered()")
    held = int(number(page, "step"))
    assert number(page, "train") == pytest.approx(trained(held).frame().train_loss, abs=1e-4)


# --- charts ----------------------------------------------------------------------------------------------------------


def test_three_charts_at_first_and_the_rest_one_click_away(page: Page, app: RunningApp) -> None:
    open_explorer(page, app.url)
    names = page.locator(".chart").evaluate_all("charts => charts.map((chart) => chart.dataset.chart)")
    assert names == ["loss", "gradient", "flat"]
    page.click('.chip[data-chart="attenuation"]')
    expect(page.locator('.chart[data-chart="attenuation"]')).to_be_visible()
    page.click(".chip.all")
    expect(page.locator(".chart")).to_have_count(8)
    page.click(".chip.all")
    expect(page.locator(".chart")).to_have_count(3)


def test_the_attenuation_chart_says_what_the_core_says(page: Page, app: RunningApp) -> None:
    open_explorer(page, app.url)
    page.click('.chip[data-chart="attenuation"]')
    layers = trained(0).frame().layers
    decades = np.log10(layers[0].signal_rms / layers[-1].signal_rms)
    label = page.locator('.chart[data-chart="attenuation"] canvas').get_attribute("aria-label")
    assert label is not None
    assert shown(re.findall(r"[−-]?\d+\.\d", label)[0]) == pytest.approx(decades, abs=0.051)


DISTRIBUTIONS = '.chart[data-chart="distributions"]'


def said_of_distributions(page: Page, quantity: str, at: int) -> list[list[float]]:
    """The numbers that the chart says in words, layer by layer, once it shows this quantity at this step."""
    canvas = page.locator(f"{DISTRIBUTIONS} canvas")
    expect(canvas).to_have_attribute("aria-label", re.compile(f"Distributions of the {quantity} .*at step {at}[.,]"))
    label = str(canvas.get_attribute("aria-label")).replace("<1 %", "0.5 %")  # more than 0, less than it rounds to
    _, *layers = re.split(r"(?:Layer \d+|Output): ", label)
    return [[shown(number) for number in re.findall(r"[−\d.]+(?:e[−\d]+)?\d|\d", layer)] for layer in layers]


def core_distributions(steps: int, of: str) -> list[list[float]]:
    """The same numbers by the core's own run."""
    trainer = trained(steps)
    frame, layers = trainer.frame(), []
    for one, layer in zip(trainer.distributions(of), frame.layers, strict=True):
        numbers = [one.rms] if of == "phi" else [one.mean, one.std]
        numbers += [100 * layer.flat_share] if of in ("z", "a") and layer.slope_used else []
        layers.append(numbers + ([100 * one.zero_share] if one.zeros else []))
    return layers


def check_distributions(page: Page, quantity: str, at: int, of: str) -> None:
    """Whether the chart says the core's numbers, with two digits or whole per cent."""
    said, expected = said_of_distributions(page, quantity, at), core_distributions(at, of)
    assert [len(numbers) for numbers in said] == [len(numbers) for numbers in expected]
    for numbers, core in zip(said, expected, strict=True):
        spread = core[0] if of == "phi" else core[1]
        assert numbers == [
            pytest.approx(value, abs=0.51 if k > (of != "phi") else 0.051 * spread) for k, value in enumerate(core)
        ]


def test_the_distributions_are_the_cores_now_and_at_an_earlier_moment(page: Page, app: RunningApp) -> None:
    open_explorer(page, app.url)
    step(page, 9)
    page.click('.chip[data-chart="distributions"]')
    check_distributions(page, "pre-activation z", 9, "z")
    assert page.locator(f"{DISTRIBUTIONS} .sub").inner_text().endswith("shaded: flat slope")
    page.click(f'{DISTRIBUTIONS} [data-of="phi"]')
    check_distributions(page, "error signal φ", 9, "phi")
    look_at(page, 4)
    check_distributions(page, "error signal φ", 4, "phi")
    assert said_of_distributions(page, "error signal φ", 4) != core_distributions(9, "phi")
    page.click(f'{DISTRIBUTIONS} [data-of="a"]')
    check_distributions(page, "activation a", 4, "a")
    page.click(".latest")
    check_distributions(page, "activation a", 9, "a")
    step(page, 1)
    check_distributions(page, "activation a", 10, "a")


def test_distributions_can_be_chosen_with_the_keyboard_and_are_drawn(page: Page, app: RunningApp) -> None:
    open_explorer(page, app.url)
    page.click('.chip[data-chart="distributions"]')
    said_of_distributions(page, "pre-activation z", 0)
    canvas = page.locator(f"{DISTRIBUTIONS} canvas")
    before = canvas.evaluate("canvas => canvas.toDataURL()")
    button = page.get_by_role("group", name="Distributions of").get_by_role("button", name="W: weights W")
    button.focus()
    page.keyboard.press("Enter")
    expect(button).to_have_attribute("aria-pressed", "true")
    expect(page.locator(f'{DISTRIBUTIONS} .quantities [aria-pressed="true"]')).to_have_count(1)
    said_of_distributions(page, "weights W", 0)
    assert canvas.evaluate("canvas => canvas.toDataURL()") != before
    box = canvas.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 20)
    expect(page.locator(f"{DISTRIBUTIONS} .tip")).to_contain_text("layer 1")


def test_distributions_go_on_while_it_trains_and_after_another_page(page: Page, app: RunningApp) -> None:
    open_explorer(page, app.url)
    page.click("button.play")
    page.wait_for_function(f"() => Number(({FIND_VIEW})().dataset.step) > 30")
    page.click('.chip[data-chart="distributions"]')
    canvas = page.locator(f"{DISTRIBUTIONS} canvas")
    canvas.scroll_into_view_if_needed()
    for _ in range(2):  # it goes on
        label = str(canvas.get_attribute("aria-label"))
        expect(canvas).not_to_have_attribute("aria-label", label)
    page.click("button.play")
    page.wait_for_function(f"() => ({FIND_VIEW})().isAnswered()")
    held = int(number(page, "step"))
    check_distributions(page, "pre-activation z", held, "z")
    page.click(f'{DISTRIBUTIONS} [data-of="a"]')
    said_of_distributions(page, "activation a", held)
    page.get_by_role("link", name="Activations").click()
    expect(page.locator(".js-plotly-plot").first).to_be_visible(timeout=30_000)
    page.get_by_role("link", name="Explorer").click()
    check_distributions(page, "activation a", held, "a")
    expect(page.locator(f'{DISTRIBUTIONS} [data-of="a"]')).to_have_attribute("aria-pressed", "true")


def test_nothing_is_measured_for_distributions_that_are_not_shown(page: Page, app: RunningApp) -> None:
    sent: list[Any] = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda data: sent.append(data)))
    open_explorer(page, app.url)
    step(page, 2)
    assert distributions_sent(sent) == {False}
    page.click('.chip[data-chart="distributions"]')
    said_of_distributions(page, "pre-activation z", 2)
    assert distributions_sent(sent) == {False, True}
    page.click('.chip[data-chart="distributions"]')
    page.wait_for_function(f"() => ({FIND_VIEW})().isAnswered()")
    sent.clear()
    step(page, 2)
    assert distributions_sent(sent) == {False}


def distributions_sent(sent: list[Any]) -> set[bool]:
    """Whether the frames that were sent contain distributions: all, none, or some."""
    messages = filter(None, map(live_view_message, sent))
    return {"distributions" in frame for message in messages for frame in message["frames"]}


def test_the_cursor_shows_the_values_of_one_step_in_all_charts(page: Page, app: RunningApp) -> None:
    open_explorer(page, app.url)
    step(page, 4)
    plot = page.locator('.chart[data-chart="loss"] .u-over')
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] - 2, box["y"] + 40)
    frame = trained(4).frame()
    expect(page.locator('.chart[data-chart="loss"] .tip')).to_contain_text("step 4")
    expect(page.locator('.chart[data-chart="loss"] .tip')).to_contain_text(f"train {frame.train_loss:.3g}")
    expect(page.locator('.chart[data-chart="gradient"] .tip')).to_contain_text("step 4")  # linked
    text = page.locator('.chart[data-chart="flat"] .tip').inner_text()
    assert int(re.findall(r"3 (\d+) %", text)[0]) == pytest.approx(100 * frame.layers[2].flat_share, abs=0.51)


def test_a_chart_of_more_layers_has_its_lines_from_the_first_moment(page: Page, app: RunningApp) -> None:
    open_explorer(page, app.url)
    page.click("button.play")
    page.wait_for_function(f"() => Number(({FIND_VIEW})().dataset.step) > 60")
    coloured = page.evaluate(f"""async () => {{
      const view = ({FIND_VIEW})();
      const chart = () => view.querySelector('.chart[data-chart="gradient"]');
      const before = chart();
      view.querySelector('[data-key="add"]').click();
      while (chart() === before) await new Promise((done) => requestAnimationFrame(done));
      const canvas = chart().querySelector("canvas");
      const {{ data }} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      let count = 0;
      for (let i = 0; i < data.length; i += 4) {{
        const [red, green, blue] = data.subarray(i, i + 3);
        if (data[i + 3] > 128 && Math.max(red, green, blue) - Math.min(red, green, blue) > 60) count++;
      }}
      return count;
    }}""")
    expect(page.locator('.chart[data-chart="gradient"] .legend li')).to_have_count(5)
    assert coloured > 100  # pixels of lines; the axes are grey


def test_a_line_can_be_switched_off_by_its_legend(page: Page, app: RunningApp) -> None:
    open_explorer(page, app.url)
    step(page, 3)
    chart = page.locator('.chart[data-chart="loss"]')
    canvas = chart.locator("canvas").element_handle()
    before = canvas.evaluate("canvas => canvas.toDataURL()")
    chart.get_by_role("button", name="train", exact=True).click()
    expect(chart.get_by_role("button", name="train", exact=True)).to_have_attribute("aria-pressed", "false")
    page.wait_for_function("([canvas, before]) => canvas.toDataURL() !== before", arg=[canvas, before])
    chart.get_by_role("button", name="train", exact=True).click()
    page.wait_for_function("([canvas, before]) => canvas.toDataURL() === before", arg=[canvas, before])


# --- classroom -------------------------------------------------------------------------------------------------------


def test_keys_play_step_rewind_and_draw_a_new_seed(page: Page, app: RunningApp) -> None:
    open_explorer(page, app.url)
    page.keyboard.press("ArrowRight")
    page.wait_for_function(f"() => ({FIND_VIEW})().dataset.step === '1'")
    page.keyboard.press("Space")
    page.wait_for_function(f"() => Number(({FIND_VIEW})().dataset.step) > 20")
    page.keyboard.press("Space")
    expect(page.locator("button.play")).to_have_text("▶ Play")
    page.keyboard.press("r")
    page.wait_for_function(f"() => ({FIND_VIEW})().dataset.step === '0'")
    page.keyboard.press("n")
    expect(page).to_have_url(re.compile(r"seed=\d+"))
    seed = re.findall(r"seed=(\d+)", page.url)[0]
    expect(page.get_by_role("spinbutton", name="Seed of weights and batches")).to_have_value(
        seed
    )  # the sidebar follows


def test_keys_leave_fields_alone(page: Page, app: RunningApp) -> None:
    open_explorer(page, app.url)
    field = page.get_by_role("spinbutton", name="Seed of weights and batches")
    field.focus()
    page.keyboard.press("Space")
    page.keyboard.press("r")
    page.wait_for_timeout(300)
    assert number(page, "step") == 0
    expect(page.locator("button.play")).to_have_text("▶ Play")


def test_help_explains_and_closes(page: Page, app: RunningApp) -> None:
    open_explorer(page, app.url)
    page.keyboard.press("?")
    expect(page.locator(".help")).to_be_visible()
    expect(page.locator(".help")).to_contain_text("dead unit: slope 0 on all training samples")
    page.keyboard.press("Escape")
    expect(page.locator(".help")).to_be_hidden()


def test_presentation_fills_the_window_and_plays(page: Page, app: RunningApp) -> None:
    open_explorer(page, app.url)
    page.keyboard.press("p")
    view = page.evaluate_handle(FIND_VIEW)
    box = view.evaluate("view => { const b = view.getBoundingClientRect(); return [b.left, b.top, b.width]; }")
    assert box[:2] == [0, 0]
    assert box[2] >= 1280
    assert view.evaluate("view => view.scrollWidth <= view.clientWidth")
    expect(page.locator("select.speed")).to_be_hidden()
    play_for(page, 500)
    assert number(page, "step") > 0
    page.keyboard.press("Escape")
    expect(page.locator("select.speed")).to_be_visible()


@pytest.mark.parametrize(("motion", "moves"), [("no-preference", True), ("reduce", False)])
def test_dots_run_along_the_links_unless_motion_is_unwanted(
    page: Page, app: RunningApp, motion: str, moves: bool
) -> None:
    page.emulate_media(reduced_motion=motion)  # type: ignore[arg-type]
    open_explorer(page, app.url)
    page.select_option("select.speed", label="slow motion")
    page.click("button.play")
    page.wait_for_function(f"() => Number(({FIND_VIEW})().dataset.step) >= 2")
    # A frame of the run stays for a third of a second. Without dots its picture may replace that of the frame before,
    # late on a busy machine; with dots there are several of it.
    most = page.evaluate(f"""async () => {{
      const view = ({FIND_VIEW})();
      const picture = {NETWORK_PICTURE};
      const next = () => new Promise((done) => requestAnimationFrame(done));
      let most = 0;
      for (let tries = 0; tries < 12 && most < 4; tries++) {{
        const step = view.paintedFrames;
        const pictures = new Set();
        for (let i = 0; i < 12 && view.paintedFrames === step; i++) {{
          pictures.add(picture());
          await next();
        }}
        most = Math.max(most, pictures.size);
      }}
      return most;
    }}""")
    assert most >= 4 if moves else most <= 2


def test_the_moment_is_told_to_screen_readers(page: Page, app: RunningApp) -> None:
    open_explorer(page, app.url)
    step(page, 2)
    loss = trained(2).frame().train_loss
    expect(page.locator(".spoken")).to_contain_text(f"Step 2, epoch 0.3, training loss {loss:.3g}")


# --- hot swap, remedies, time travel ---------------------------------------------------------------------------------


def changed_run(steps: int, more: int, **settings: object) -> Trainer:
    """The core's own run of the opening experiment with a change in the middle."""
    trainer = trained(steps)
    trainer.change(replace(trainer.experiment, **settings))  # type: ignore[arg-type]
    trainer.step(more)
    return trainer


def test_an_activation_changes_in_mid_run_and_the_charts_mark_it(page: Page, app: RunningApp) -> None:
    open_explorer(page, app.url)
    step(page, 6)
    page.select_option('[data-key="1-activation"]', "relu")
    layers = list(Experiment().layers)
    layers[1] = replace(layers[1], activation="relu")
    loss = changed_run(6, 0, layers=tuple(layers)).frame().train_loss
    expect(page.locator('[data-number="train"]')).to_have_text(f"{loss:.4f}")
    assert number(page, "step") == 6  # it goes on, with the weights that there are
    step(page, 2)
    loss = changed_run(6, 2, layers=tuple(layers)).frame().train_loss
    assert number(page, "train") == pytest.approx(loss, abs=1e-4)
    expect(page.locator(".ticks i")).to_have_attribute("title", "step 6: layer 2: sigmoid → ReLU")
    plot = page.locator('.chart[data-chart="loss"] .u-over')
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 6 / 8, box["y"] + 40)
    expect(page.locator('.chart[data-chart="loss"] .tip')).to_contain_text("layer 2: sigmoid → ReLU")


def test_a_change_while_training_goes_on_training(page: Page, app: RunningApp) -> None:
    open_explorer(page, app.url)
    page.click("button.play")
    page.wait_for_function(f"() => Number(({FIND_VIEW})().dataset.step) > 40")
    page.click('[data-key="0-units-2"]')
    expect(page.locator('[data-key="0-units-1"]')).to_have_value("9")
    expect(page.locator(".ticks i")).to_have_count(1)
    at = number(page, "step")
    assert at > 40
    page.wait_for_function(f"() => Number(({FIND_VIEW})().dataset.step) > {at + 50}")
    expect(page.locator("button.play")).to_have_text("❚❚ Pause")


def test_a_slider_of_the_sidebar_changes_the_run_in_progress(page: Page, app: RunningApp) -> None:
    open_explorer(page, app.url)
    page.click("button.play")
    page.wait_for_function(f"() => Number(({FIND_VIEW})().dataset.step) > 40")
    page.get_by_role("slider", name="Noise").press("ArrowRight")
    expect(page).to_have_url(re.compile("noise=0.15"))
    expect(page.locator(".ticks i")).to_have_attribute("title", re.compile("noise 0.1 → 0.15"))
    at = number(page, "step")
    assert at > 40
    page.wait_for_function(f"() => Number(({FIND_VIEW})().dataset.step) > {at + 50}")


def look_at(page: Page, moment: int) -> None:
    """Move the slider of time."""
    page.locator(".timeline input").evaluate(
        "(slider, step) => { slider.value = step; slider.dispatchEvent(new Event('input', { bubbles: true })); }",
        moment,
    )
    page.wait_for_function(f"() => ({FIND_VIEW})().dataset.step === '{moment}'")


def test_going_back_in_time_shows_that_moment_and_returns(page: Page, app: RunningApp) -> None:
    open_explorer(page, app.url)
    step(page, 9)
    now, said = number(page, "train"), page.locator(".findings").inner_text()
    look_at(page, 4)
    past = trained(4)
    frame = past.frame()
    assert number(page, "train") == pytest.approx(frame.train_loss, abs=5e-5)
    [finding] = past.verdicts()
    for text in (finding.text, *finding.details):
        expect(page.locator(".findings")).to_contain_text(text)
    expect(page.locator(".timeline output")).to_contain_text("step 4 of 9")
    page.mouse.move(*place_of(page, 0, 1))
    expect(page.locator(".incoming tr")).to_have_count(3)
    expected = [*past.network.weights[0][1], past.network.biases[0][1]]
    assert weights_in_table(page) == pytest.approx(expected, rel=1e-3, abs=1e-3)
    page.mouse.move(5, 5)
    page.click(".latest")
    page.wait_for_function(f"() => ({FIND_VIEW})().dataset.step === '9'")
    assert number(page, "train") == now
    assert page.locator(".findings").inner_text() == said


def test_continuing_from_the_past_branches(page: Page, app: RunningApp) -> None:
    open_explorer(page, app.url)
    step(page, 8)
    look_at(page, 3)
    expect(page.locator("button.play")).to_have_text("▶ Continue")
    page.select_option("select.rate", "0.1")
    expect(page.locator(".ticks i")).to_have_attribute("title", "step 3: learning rate 0.02 → 0.1")
    step(page, 2)
    assert number(page, "step") == 5
    loss = changed_run(3, 2, learning_rate=0.1).frame().train_loss
    assert number(page, "train") == pytest.approx(loss, abs=1e-4)
    expect(page.locator(".latest")).to_be_hidden()  # what came after step 3 is forgotten


def test_going_back_before_a_change_shows_the_network_of_that_time(page: Page, app: RunningApp) -> None:
    open_explorer(page, app.url)
    step(page, 4)
    page.click('[data-key="add"]')
    expect(page.locator(".card.layer")).to_have_count(5)
    step(page, 3)
    look_at(page, 2)
    expect(page.locator(".card.layer")).to_have_count(4)
    assert number(page, "train") == pytest.approx(trained(2).frame().train_loss, abs=5e-5)
    page.click(".latest")
    expect(page.locator(".card.layer")).to_have_count(5)
    assert number(page, "step") == 7


def test_a_chart_opens_as_a_figure_to_zoom_and_save(page: Page, app: RunningApp) -> None:
    open_explorer(page, app.url)
    step(page, 3)
    page.locator('.chart[data-chart="gradient"] .enlarge').click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Gradient norm")
    expect(dialog.locator(".js-plotly-plot")).to_be_visible(timeout=30_000)  # Plotly's scripts come first
    expect(dialog.locator(".modebar-btn").first).to_be_attached()
    dialog.get_by_role("button", name="Close").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    step(page, 1)


def test_top_speed_trains_much_faster_than_it_paints(page: Page, app: RunningApp) -> None:
    open_explorer(page, app.url)
    page.select_option("select.speed", label="top speed")
    page.click("button.play")
    page.wait_for_function(f"() => Number(({FIND_VIEW})().dataset.step) > 3000")
    page.click("button.play")
    page.wait_for_function(f"() => ({FIND_VIEW})().isAnswered()")
    held = int(number(page, "step"))
    assert number(page, "train") == pytest.approx(trained(held).frame().train_loss, abs=1e-4)
    step(page, 1)
    assert number(page, "train") == pytest.approx(trained(held + 1).frame().train_loss, abs=1e-4)


def test_the_units_of_a_wide_layer_stand_in_rows_and_each_can_be_pointed_at(page: Page, app: RunningApp) -> None:
    open_explorer(page, f"{app.url}/?layers=64:tanh,1:sigmoid")
    places = [page.evaluate(f"({FIND_VIEW})().placeOf(0, {unit})") for unit in range(64)]
    assert min(place["right"] - place["left"] for place in places) >= 14
    assert len({round(place["y"]) for place in places}) < 64
    assert len({(round(place["left"]), round(place["y"])) for place in places}) == 64
    network = Trainer(replace(Experiment(), layers=(Layer(64, "tanh"), Layer(1, "sigmoid")))).network
    for unit in (0, 37, 63):
        page.mouse.move(*place_of(page, 0, unit))
        expect(page.locator(".inspector h3")).to_have_text(f"Layer 1, unit {unit + 1}")
        expected = [*network.weights[0][unit], network.biases[0][unit]]
        assert weights_in_table(page) == pytest.approx(expected, rel=1e-3, abs=1e-3)


def test_a_surface_that_stands_still_comes_from_more_points(page: Page, app: RunningApp) -> None:
    length = f"({FIND_VIEW})().surfaceLength"
    fine = FINE_RESOLUTION**2
    open_explorer(page, app.url)
    page.wait_for_function(f"() => {length} === {fine}")
    page.click("button.play")
    page.wait_for_function(f"() => ({FIND_VIEW})().paintedFrames > 20")
    assert page.evaluate(length) < fine
    page.click("button.play")
    page.wait_for_function(f"() => {length} === {fine}")
    page.keyboard.press("p")
    page.click("button.play")
    painted = painted_frames(page)
    page.wait_for_function(f"() => ({FIND_VIEW})().paintedFrames > {painted + 80}")
    assert page.evaluate(length) == fine  # presented


# As in Firefox: a worker gets the context of a canvas that belongs to the page only once.
CONTEXT_ONLY_ONCE = """() => {
  const before = `{
    const { prototype } = OffscreenCanvas;
    const { getContext } = prototype;
    const ours = new WeakSet();
    const given = new WeakSet();
    globalThis.OffscreenCanvas = class extends OffscreenCanvas {
      constructor(width, height) { super(width, height); ours.add(this); }
    };
    prototype.getContext = function (...kind) {
      if (given.has(this) && !ours.has(this)) throw new Error("the context was given before");
      given.add(this);
      return getContext.apply(this, kind);
    };
  }`;
  globalThis.Blob = class extends Blob {
    constructor(parts, options) {
      super(String(parts[0]).includes("new Painters(") ? [before, ...parts] : parts, options);
    }
  };
}"""


def test_a_browser_that_gives_a_context_only_once_draws_and_plays(page: Page, app: RunningApp) -> None:
    page.add_init_script(f"({CONTEXT_ONLY_ONCE})()")
    open_explorer(page, app.url)
    page.click("button.play")
    page.wait_for_function(f"() => ({FIND_VIEW})().paintedFrames > 20")
