"""The app as a visitor uses it, without a browser: every example, every dataset, every control, and links."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from backprop import DATASETS, LOSSES, OPTIMIZERS, Experiment, Layer, from_query, to_query
from tests.pages.page_run import component, controls, live_view, open_page, run, shown, tell
from ui.charts import CHARTS
from ui.workspace.presets import PRESETS
from ui.workspace.workspace import Workspace

opened = partial(open_page, None)


def workspace(at: AppTest) -> Workspace:
    """What the visitor works on."""
    found: Workspace = at.session_state["workspace"]
    return found


def live(at: AppTest) -> dict[str, Any]:
    """What the live view is told."""
    return live_view(at)


def choose(at: AppTest, key: str, value: Any) -> AppTest:
    """A control of the sidebar is set."""
    return tell(at, key, value, workspace(at).command)


def check_page(at: AppTest, experiment: Experiment) -> None:
    """Sidebar, run, live view and address all say the same experiment, and nobody complains."""
    assert workspace(at).experiment == workspace(at).player.trainer.experiment == experiment
    data = live(at)
    assert data["notice"] is None
    assert [Layer(**layer) for layer in data["form"]] == list(experiment.layers)
    assert [layer["units"] for layer in data["message"]["scene"]["layers"]] == [x.units for x in experiment.layers]
    panel = controls(at)
    for field in ("loss", "optimizer", "schedule"):
        assert panel[field]["value"] == getattr(experiment, field).split("(")[0]
    for field in ("noise", "batch_size", "test_share", "clip_norm", "l1", "l2", "seed", "data_seed"):
        assert panel[field]["value"] == getattr(experiment, field)
    assert panel["features"]["chosen"] == list(experiment.features)
    assert data["learning_rate"] == experiment.learning_rate
    assert panel["datasets"]["value"] == experiment.dataset
    assert dict(at.query_params) == to_query(experiment)


def test_the_app_opens_with_the_opening_network() -> None:
    at = opened()
    check_page(at, Experiment())
    data = live(at)
    assert data["message"] == workspace(at).player.message
    assert [frame["step"] for frame in data["message"]["frames"]] == [0]
    assert set(data["options"]) == {"activations", "backwards", "initializers"}
    names = [item.proto.component_name for item in at.get("bidi_component")]
    assert sorted(names) == ["live_view", "live_view_library", "settings_panel"]


def test_the_view_gets_its_scripts() -> None:
    (library,) = (i for i in opened().get("bidi_component") if i.proto.component_name == "live_view_library")
    assert "backpropLiveView = { render }" in library.proto.js_content


def test_the_datasets_are_offered_as_pictures() -> None:
    pictures = component(opened(), "settings_panel")["datasets"]
    assert [picture["name"] for picture in pictures] == list(DATASETS)
    for picture in pictures:
        assert picture["label"] == DATASETS[picture["name"]].label
        assert len(picture["points"]) > 50
        assert all(0 <= x <= 1 and 0 <= y <= 1 and color in (0, 1, 2) for x, y, color in picture["points"])
        kind = DATASETS[picture["name"]]
        assert len({color for *_, color in picture["points"]}) == max(len(kind.classes), 2)


def test_every_example_can_be_chosen_one_after_the_other() -> None:
    at = opened()
    assert controls(at)["preset"]["options"] == [[name, name] for name in PRESETS]
    for name, preset in PRESETS.items():
        check_page(choose(at, "preset", name), preset.experiment)
        panel = controls(at)
        assert (panel["watched"]["strong"], panel["watched"]["text"]) == (name, f". {preset.watch}")
        assert panel["preset"]["value"] is None  # so that the same one can be chosen again


@pytest.mark.parametrize("name", DATASETS)
def test_every_dataset_can_be_opened_by_a_link(name: str) -> None:
    experiment = Experiment().for_dataset(name)
    at = opened(to_query(experiment))
    check_page(at, experiment)
    kind = DATASETS[name]
    caption = controls(at)["dataset"]
    assert (caption["strong"], caption["text"]) == (kind.label, f": {kind.description}")
    assert live(at)["message"]["scene"]["dataset"] == kind.label


def test_from_one_dataset_to_the_next() -> None:
    """Controls change their options with the data while they keep their keys."""
    at = opened()
    for name in [*DATASETS, *reversed(DATASETS)]:
        expected = workspace(at).experiment.for_dataset(name)
        check_page(choose(at, "datasets", name), expected)


# --- every control ---------------------------------------------------------------------------------------------------

VALUES: dict[str, Any] = {
    "noise": 0.25,
    "samples": 120,
    "test_share": 0.5,
    "features": ("x1", "x2", "x1*x2"),
    "loss": "mse",
    "optimizer": "momentum",
    "batch_size": 64,
    "seed": 17,
    "data_seed": 18,
    "schedule": "cosine",
    "clip_norm": 0.3,
    "l1": 1e-4,
    "l2": 3e-3,
}


@pytest.mark.parametrize("field", VALUES)
def test_every_control_changes_its_setting_and_the_link(field: str) -> None:
    at = choose(opened(), field, VALUES[field])
    experiment = replace(Experiment(), **{field: VALUES[field]})
    check_page(at, experiment)
    assert live(at)["message"]["run"] == 2  # nothing was trained yet: weights that fit the setting


def test_every_control_of_the_sidebar_is_covered_above() -> None:
    fields = {control["field"] for control in controls(opened()).values() if "field" in control}
    others = {control["op"] for control in controls(opened()).values() if "op" in control}
    assert (fields, others) == (set(VALUES), {"preset", "dataset", "seed"})
    assert {name for name, value in VALUES.items() if value == getattr(Experiment(), name)} == set()


def test_sliders_offer_places_in_order_and_say_them() -> None:
    sliders = [control for control in controls(opened()).values() if control["kind"] == "slider"]
    assert len(sliders) == 7
    for control in sliders:
        assert control["values"] == sorted(control["values"])
        assert len(set(control["texts"])) == len(control["values"])
        assert control["value"] in control["values"]
    at = choose(opened(), "clip_norm", 0.03)
    assert (shown(at, "clip_norm"), shown(at, "l1"), shown(at, "noise")) == ("0.03", "off", "0.10")


def test_parameters_of_what_is_chosen_are_number_fields() -> None:
    at = opened()
    first, second = (controls(at)[f"optimizer adam {name}"] for name in ("beta1", "beta2"))
    assert (first["spec"], first["value"]) == ({"name": "adam", "at": 0}, 0.9)
    assert (second["spec"], second["value"]) == ({"name": "adam", "at": 1}, 0.999)
    assert (first["least"], first["step"]) == (0.0, 0.01)
    assert 0.999 < first["most"] < 1.0
    choose(at, first["key"], "adam(0.5,0.999)")
    check_page(at, Experiment(optimizer="adam(0.5,0.999)"))
    assert controls(at)["optimizer adam beta1"]["value"] == 0.5
    choose(at, "schedule", "step")
    choose(at, "schedule step every", "step(200,0.5)")
    check_page(at, Experiment(optimizer="adam(0.5,0.999)", schedule="step(200,0.5)"))


def test_changes_add_up_and_the_link_opens_them_all() -> None:
    at = opened()
    for field, value in VALUES.items():
        choose(at, field, value)
    experiment = replace(Experiment(), **VALUES)
    check_page(at, experiment)
    query = dict(at.query_params)
    assert from_query(query) == experiment
    check_page(opened(query), experiment)


def test_the_menus_offer_every_loss_and_optimiser() -> None:
    panel = controls(opened())
    assert panel["loss"]["options"] == [[name, loss.label] for name, loss in LOSSES.items()]
    assert [name for name, _ in panel["optimizer"]["options"]] == list(OPTIMIZERS)


def test_new_seed_is_a_new_seed() -> None:
    at = opened()
    seeds = [Experiment().seed]
    for _ in range(3):
        choose(at, "seed button", None)
        seeds.append(workspace(at).experiment.seed)
        check_page(at, Experiment(seed=seeds[-1]))
        assert seeds[-1] != seeds[-2]


@pytest.mark.parametrize(("before", "drawn", "after"), [(5, 0, 6), (5, 998, 4), (999, 0, 0), (2**31 - 1, 998, 646)])
def test_new_seed_is_never_the_old_one(monkeypatch: pytest.MonkeyPatch, before: int, drawn: int, after: int) -> None:
    at = opened({"seed": str(before)})
    monkeypatch.setattr("ui.workspace.workspace.secrets.randbelow", lambda below: min(drawn, below - 1))
    choose(at, "seed button", None)
    assert workspace(at).experiment.seed == after != before


# --- charts of their own ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CHARTS)
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


def test_a_contradiction_is_told_and_the_control_keeps_what_was_chosen() -> None:
    at = choose(opened(), "loss", "cce")
    assert "softmax" in live(at)["notice"]
    assert controls(at)["loss"]["value"] == "cce"
    assert workspace(at).experiment == Experiment()
    assert dict(at.query_params) == {}  # the link names what runs
    choose(at, "noise", 0.4)
    assert (controls(at)["loss"]["value"], shown(at, "noise")) == ("cce", "0.40")
    assert "softmax" in live(at)["notice"]
    check_page(choose(at, "loss", "bce"), Experiment(noise=0.4))


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
    assert live(at)["form"][0]["units"] == value
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
    check_page(choose(at, "noise", 0.4), Experiment(noise=0.4))


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
    assert shown(at, "samples") == str(experiment.samples)
    assert shown(at, "test_share") == f"{experiment.test_share:.2f}"


def test_visitors_do_not_see_each_other() -> None:
    one, two = opened(), opened()
    check_page(choose(one, "noise", 0.4), Experiment(noise=0.4))
    check_page(run(two), Experiment())
