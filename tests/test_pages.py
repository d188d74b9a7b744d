"""The app as a visitor uses it, without a browser: every example, every dataset, every widget, and links."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from backprop import DATASETS, LOSSES, OPTIMIZERS, Experiment, Layer, from_query, to_query
from tests.page_run import component, open_page, run
from ui.commands import CHART_NAMES
from ui.presets import PRESETS
from ui.workspace import Workspace

opened = partial(open_page, None)


def workspace(at: AppTest) -> Workspace:
    """What the visitor works on."""
    found: Workspace = at.session_state["workspace"]
    return found


def live(at: AppTest) -> dict[str, Any]:
    """What the live view is told."""
    return component(at, "live_view")


def features(at: AppTest) -> Any:
    """The pills, of which AppTest has no list of its own."""
    (found,) = at.get("pills")
    return found


def slider(at: AppTest, label: str) -> str:
    """What a slider says where it stands."""
    found = [json.loads(i.proto.json) for i in at.get("bidi_component") if i.proto.component_name == "slider"]
    (data,) = (data for data in found if data["label"] == label)
    text: str = data["texts"][data["index"]]
    return text


def check_page(at: AppTest, experiment: Experiment) -> None:
    """Sidebar, run, live view and address all say the same experiment, and nobody complains."""
    assert workspace(at).experiment == workspace(at).player.trainer.experiment == experiment
    data = live(at)
    assert data["notice"] is None
    assert [Layer(**layer) for layer in data["draft"]] == list(experiment.layers)
    assert [layer["units"] for layer in data["message"]["scene"]["layers"]] == [x.units for x in experiment.layers]
    assert at.selectbox(key="setting_loss").value == experiment.loss
    assert at.selectbox(key="setting_optimizer").value == experiment.optimizer.split("(")[0]
    assert slider(at, "Noise") == f"{experiment.noise:.2f}"
    assert slider(at, "Batch size") == str(experiment.batch_size)
    assert slider(at, "Clip the gradient at norm") == (f"{experiment.clip_norm:g}" if experiment.clip_norm else "off")
    assert at.number_input(key="setting_seed").value == experiment.seed
    assert features(at).value == list(experiment.features)
    assert data["learning_rate"] == experiment.learning_rate
    assert component(at, "dataset_picker")["chosen"] == experiment.dataset
    assert dict(at.query_params) == to_query(experiment)


def test_the_app_opens_with_the_opening_network() -> None:
    at = opened()
    check_page(at, Experiment())
    data = live(at)
    assert data["message"] == workspace(at).player.message
    assert [frame["step"] for frame in data["message"]["frames"]] == [0]
    assert set(data["options"]) == {"activations", "backwards", "initializers"}
    names = [item.proto.component_name for item in at.get("bidi_component")]
    assert sorted(names) == ["dataset_picker", "live_view", "live_view_library", *["slider"] * 7]


def test_the_view_gets_its_scripts() -> None:
    (library,) = (i for i in opened().get("bidi_component") if i.proto.component_name == "live_view_library")
    assert "backpropLiveView = { render }" in library.proto.js_content


def test_the_datasets_are_offered_as_pictures() -> None:
    pictures = component(opened(), "dataset_picker")["datasets"]
    assert [picture["name"] for picture in pictures] == list(DATASETS)
    for picture in pictures:
        assert picture["label"] == DATASETS[picture["name"]].label
        assert len(picture["points"]) > 50
        assert all(0 <= x <= 1 and 0 <= y <= 1 and color in (0, 1, 2) for x, y, color in picture["points"])
        kind = DATASETS[picture["name"]]
        assert len({color for *_, color in picture["points"]}) == max(len(kind.classes), 2)


def test_every_example_can_be_chosen_one_after_the_other() -> None:
    at = opened()
    assert at.selectbox(key="preset").options == list(PRESETS)
    for name, preset in PRESETS.items():
        at.selectbox(key="preset").select(name)
        run(at)
        check_page(at, preset.experiment)
        assert f"**{name}**. {preset.watch}" in [caption.value for caption in at.caption]
        assert at.selectbox(key="preset").value is None  # so that the same one can be chosen again


@pytest.mark.parametrize("name", DATASETS)
def test_every_dataset_can_be_opened_by_a_link(name: str) -> None:
    experiment = Experiment().for_dataset(name)
    at = opened(to_query(experiment))
    check_page(at, experiment)
    kind = DATASETS[name]
    assert f"**{kind.label}**: {kind.description}" in [caption.value for caption in at.caption]
    assert live(at)["message"]["scene"]["dataset"] == kind.label


def test_from_one_dataset_to_the_next() -> None:
    """Widgets change their options with the data while they keep their keys."""
    at = opened()
    for name in [*DATASETS, *reversed(DATASETS)]:
        expected = workspace(at).experiment.for_dataset(name)
        workspace(at).change(dataset=name)
        check_page(run(at), expected)


# --- every widget ----------------------------------------------------------------------------------------------------

WIDGETS: dict[str, tuple[Any, Callable[[AppTest], Any]]] = {
    "features": (("x1", "x2", "x1*x2"), features),
    "loss": ("mse", lambda at: at.selectbox(key="setting_loss")),
    "optimizer": ("momentum", lambda at: at.selectbox(key="setting_optimizer")),
    "schedule": ("cosine", lambda at: at.selectbox(key="setting_schedule")),
    "seed": (17, lambda at: at.number_input(key="setting_seed")),
    "data_seed": (18, lambda at: at.number_input(key="setting_data_seed")),
}


@pytest.mark.parametrize("field", WIDGETS)
def test_every_widget_changes_its_setting_and_the_link(field: str) -> None:
    at = opened()
    value, widget = WIDGETS[field]
    widget(at).set_value(list(value) if isinstance(value, tuple) else value)
    run(at)
    experiment = replace(Experiment(), **{field: value})
    check_page(at, experiment)
    check_page(run(at), experiment)  # and it stays
    assert live(at)["message"]["run"] == 2  # nothing was trained yet: weights that fit the setting


def test_every_widget_of_the_sidebar_is_covered_above() -> None:
    at = opened()
    keyed = [*at.selectbox, *at.number_input, *at.get("pills"), *at.button]
    parameters = {"setting_optimizer_adam_beta1", "setting_optimizer_adam_beta2"}
    others = {"preset", "new_seed"} | parameters
    assert {widget.key for widget in keyed} == {f"setting_{field}" for field in WIDGETS} | others


def test_parameters_of_what_is_chosen_are_number_fields() -> None:
    at = opened()
    at.number_input(key="setting_optimizer_adam_beta1").set_value(0.5)
    check_page(run(at), Experiment(optimizer="adam(0.5,0.999)"))
    at.selectbox(key="setting_schedule").select("step")
    at.run()
    at.number_input(key="setting_schedule_step_every").set_value(200.0)
    check_page(run(at), Experiment(optimizer="adam(0.5,0.999)", schedule="step(200,0.5)"))


def test_changes_add_up_and_the_link_opens_them_all() -> None:
    at = opened()
    for field in WIDGETS:
        value, widget = WIDGETS[field]
        widget(at).set_value(list(value) if isinstance(value, tuple) else value)
        run(at)
    experiment = replace(Experiment(), **{field: value for field, (value, _) in WIDGETS.items()})
    check_page(at, experiment)
    query = dict(at.query_params)
    assert from_query(query) == experiment
    check_page(opened(query), experiment)


def test_the_menus_offer_every_loss_and_optimiser() -> None:
    at = opened()
    assert at.selectbox(key="setting_loss").options == [loss.label for loss in LOSSES.values()]
    assert len(at.selectbox(key="setting_optimizer").options) == len(OPTIMIZERS)


def test_new_seed_is_a_new_seed() -> None:
    at = opened()
    seeds = [Experiment().seed]
    for _ in range(3):
        at.button(key="new_seed").click()
        run(at)
        seeds.append(workspace(at).experiment.seed)
        check_page(at, Experiment(seed=seeds[-1]))
        assert seeds[-1] != seeds[-2]


@pytest.mark.parametrize(("before", "drawn", "after"), [(5, 0, 6), (5, 998, 4), (999, 0, 0), (2**31 - 1, 998, 646)])
def test_new_seed_is_never_the_old_one(monkeypatch: pytest.MonkeyPatch, before: int, drawn: int, after: int) -> None:
    at = opened({"seed": str(before)})
    monkeypatch.setattr("ui.workspace.secrets.randbelow", lambda below: min(drawn, below - 1))
    at.button(key="new_seed").click()
    run(at)
    assert workspace(at).experiment.seed == after != before


# --- charts of their own ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CHART_NAMES)
def test_every_chart_can_be_opened_and_saved_in_two_formats(name: str) -> None:
    at = opened()
    workspace(at).command([{"id": 1, "type": "step"}, {"id": 2, "type": "open", "chart": name}])
    run(at)
    (chart,) = at.get("plotly_chart")
    drawn, config = json.loads(chart.proto.spec), json.loads(chart.proto.config)
    axis = drawn["layout"]["xaxis2" if name == "loss" else "xaxis"]
    assert axis["title"]["text"].replace("<br>", " ").endswith("seed 9</sup>")
    wanted = {"format": "png", "filename": f"{name}-step-1", "scale": 2}
    assert config["toImageButtonOptions"] == wanted
    formats: Any = at.get("segmented_control")[0]
    formats.set_value("SVG")
    run(at)
    (chart,) = at.get("plotly_chart")
    assert json.loads(chart.proto.config)["toImageButtonOptions"] == {**wanted, "format": "svg"}
    workspace(at).opened = None
    assert not run(at).get("plotly_chart")


# --- contradictions and links ----------------------------------------------------------------------------------------


def test_a_contradiction_is_told_and_the_widget_keeps_what_was_chosen() -> None:
    at = opened()
    at.selectbox(key="setting_loss").set_value("cce")
    run(at)
    assert "softmax" in live(at)["notice"]
    assert at.selectbox(key="setting_loss").value == "cce"
    assert workspace(at).experiment == Experiment()
    assert dict(at.query_params) == {}  # the link names what runs
    workspace(at).change(noise=0.4)
    run(at)
    assert (at.selectbox(key="setting_loss").value, slider(at, "Noise")) == ("cce", "0.40")
    assert "softmax" in live(at)["notice"]
    at.selectbox(key="setting_loss").set_value("bce")
    run(at)
    check_page(at, Experiment(noise=0.4))


def test_what_the_view_sends_is_shown_in_the_next_run() -> None:
    at = opened()
    edit = {"id": 1, "type": "edit", "op": "set", "layer": 0, "field": "units", "value": 3}
    workspace(at).command([edit, {"id": 2, "type": "step", "unit": "epoch", "run": 1, "shown": 0}])
    run(at)
    layers = (Layer(3, "tanh"), *Experiment().layers[1:])
    check_page(at, replace(Experiment(), layers=layers))
    message = live(at)["message"]
    assert message["acknowledged"] == 2
    assert [frame["step"] for frame in message["frames"]] == [0, message["scene"]["steps_per_epoch"]]


@pytest.mark.parametrize("value", [0, "abc", None])
def test_a_refused_edit_is_told_and_the_card_keeps_it(value: Any) -> None:
    at = opened()
    workspace(at).command([{"id": 1, "type": "edit", "op": "set", "layer": 0, "field": "units", "value": value}])
    run(at)
    assert live(at)["notice"].startswith("Layer 1: units must be a whole number")
    assert live(at)["draft"][0]["units"] == value
    assert dict(at.query_params) == {}


@pytest.mark.parametrize(
    "query",
    [
        {"data": "nope"},
        {"layers": "many"},
        {"layers": "8:tanh,1:tanh"},
        {"lr": "nan"},
        {"samples": "1e9"},
        {"features": "x9"},
        {"seed": "²"},
        {"loss": "cce"},
    ],
)
def test_a_link_that_makes_no_sense_is_told_and_the_app_runs(query: dict[str, str]) -> None:
    at = opened(query)
    assert live(at)["notice"].startswith("This link cannot be opened as it is: ")
    assert workspace(at).experiment == Experiment()
    assert dict(at.query_params) == {}  # so that it is not passed on
    workspace(at).change(noise=0.4)
    run(at)
    check_page(at, Experiment(noise=0.4))


def test_a_link_keeps_what_makes_sense() -> None:
    at = opened({"data": "moons", "layers": "5:tanh,1:sigmoid", "lr": "abc", "noise": "7"})
    notice = live(at)["notice"]
    assert "'abc'" in notice
    assert "noise must be" in notice
    assert workspace(at).experiment == Experiment(dataset="moons", layers=(Layer(5, "tanh"), Layer(1, "sigmoid")))


def test_parameters_that_are_no_settings_do_not_disturb() -> None:
    check_page(opened({"utm_source": "mail", "seed": "9"}), Experiment(seed=9))


AT_THE_EDGES = {
    "few samples": Experiment(samples=4),
    "many samples": Experiment(samples=5000, batch_size=5000, test_share=0.9),
    "between the steps": Experiment(noise=0.123, samples=123, test_share=0.123, batch_size=33, learning_rate=0.0123),
    "a tiny learning rate": Experiment(learning_rate=1e-300),
    "a huge learning rate": Experiment(learning_rate=1e300, seed=2**31 - 1, data_seed=2**31 - 1),
    "all noise": Experiment(noise=1.0, test_share=0.0),
    "one layer": Experiment(layers=(Layer(1, "sigmoid"),)),
    "many layers": Experiment(layers=(*[Layer(2, "tanh")] * 31, Layer(1, "sigmoid"))),
    "parameters of an activation": Experiment(layers=(Layer(4, "leaky_relu(0.25)", "elu(0.5)"), Layer(1, "sigmoid"))),
    "float64": Experiment(dtype="float64"),
}


@pytest.mark.parametrize("experiment", AT_THE_EDGES.values(), ids=list(AT_THE_EDGES))
def test_whatever_a_link_may_name_has_its_place_in_the_sidebar(experiment: Experiment) -> None:
    at = opened(to_query(experiment))
    check_page(at, experiment)
    check_page(run(at), experiment)  # no widget has moved it to a value of its own
    assert slider(at, "Samples") == str(experiment.samples)
    assert slider(at, "Test share") == f"{experiment.test_share:.2f}"


def test_visitors_do_not_see_each_other() -> None:
    one, two = opened(), opened()
    workspace(one).change(noise=0.4)
    check_page(run(one), Experiment(noise=0.4))
    check_page(run(two), Experiment())
