"""The Activations page as a visitor uses it, without a browser: every function, links, wrong numbers, training."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from backprop import ACTIVATIONS, SURROGATES, Experiment, Layer
from backprop.explain import curves
from backprop.studies import function_pairs as pairs
from tests.pages.page_run import component, notices, open_page, run
from ui.activations import words
from ui.activations.choice import Choice, Pair
from ui.workspace.workspace import Workspace

PAGE = "pages/activations.py"
OTHERS = [name for name, entry in ACTIVATIONS.items() if entry.elementwise]


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    """Some tests shorten the training; what they find must not be taken for the real thing by others."""
    st.cache_data.clear()


opened = partial(open_page, PAGE)


def choice(at: AppTest) -> Choice:
    found: Choice = at.session_state["activation_choice"]
    return found


def cards(at: AppTest) -> dict[str, Any]:
    """What the gallery is told."""
    return component(at, "curve_cards")


def group(at: AppTest, key: str) -> Any:
    """A segmented control, of which AppTest has no list of its own."""
    (found,) = (item for item in at.get("button_group") if item.key == key)
    return found


def charts(at: AppTest) -> list[dict[str, Any]]:
    return [json.loads(chart.proto.spec) for chart in at.get("plotly_chart")]


def metrics(at: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in at.metric}


def texts(at: AppTest) -> str:
    return "\n".join(item.value for item in at.markdown)


def check_pair(at: AppTest, pair: Pair) -> None:
    """Cards, curves, numbers, formulas and address all say the same pair."""
    assert choice(at).pair == pair
    assert dict(at.query_params) == choice(at).query()
    assert cards(at)["chosen"] == pair.forward.partition("(")[0]
    names = [trace.get("name") for trace in charts(at)[0]["data"]]
    own = [] if pair.backward is None else ["its own slope f′"]
    assert names == ["forward f", *own, "slope in use", "z of the layer"]
    assert metrics(at)["Largest slope in use"] == words.number(pair.g.max_slope)
    assert metrics(at)["Ten such layers, at best"] == words.factor(curves.best_gain(pair.g))
    said = texts(at)
    assert pair.f.formula in said
    assert pair.g.slope_formula in said
    assert words.zones(curves.flat_zones(pair.g, choice(at).tau)) in said
    assert pair.f.source in said
    assert (pair.g.source in said) or pair.backward is None


def test_it_opens_without_another_page_and_says_what_to_try() -> None:
    at = opened()
    check_pair(at, Pair("sigmoid", None))
    assert notices(at) == []
    assert "Try this" in at.caption[0].value
    assert [card["name"] for card in cards(at)["cards"]] == list(ACTIVATIONS)
    assert len(at.get("code")) == 5


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_every_activation(name: str) -> None:
    check_pair(opened({"forward": name}), Pair(name, None))


@pytest.mark.parametrize("name", [*SURROGATES, *OTHERS])
def test_every_backward_function(name: str) -> None:
    at = opened({"forward": "step", "backward": name})
    check_pair(at, Pair("step", name))
    assert len(charts(at)) == 2  # with the agreement


def test_one_picks_both_sides_and_they_stay() -> None:
    at = opened()
    choice(at).change(forward="leaky_relu")
    choice(at).change(backward="fast_sigmoid")
    check_pair(run(at), Pair("leaky_relu", "fast_sigmoid"))
    at.number_input(key="forward_leaky_relu_alpha").set_value(0.2)
    run(at)
    at.number_input(key="backward_fast_sigmoid_k").set_value(10.0)
    check_pair(run(at), Pair("leaky_relu(0.2)", "fast_sigmoid(10)"))
    at.switch_page("pages/explorer.py")
    run(at)
    assert dict(at.query_params) == {}
    at.switch_page(PAGE)
    check_pair(run(at), Pair("leaky_relu(0.2)", "fast_sigmoid(10)"))


def test_the_backward_side_has_its_own_cards() -> None:
    at = opened({"forward": "step", "backward": "triangle"})
    group(at, "activation_side").set_value("backward g")
    run(at)
    data = cards(at)
    assert data["chosen"] == "triangle"
    assert [card["name"] for card in data["cards"]] == ["", *SURROGATES, *OTHERS]


def test_a_parameter_typed_wrongly_gets_one_sentence_and_stays() -> None:
    at = opened({"forward": "leaky_relu(0.2)"})
    at.number_input(key="forward_leaky_relu_alpha").set_value(7.0)
    run(at)
    assert notices(at) == ["Forward: alpha of leaky_relu must lie between 0 and 1, not 7."]
    assert at.number_input(key="forward_leaky_relu_alpha").value == 7
    check_pair(at, Pair("leaky_relu(0.2)", None))
    at.number_input(key="activation_tau").set_value(-1.0)
    run(at)
    assert len(notices(at)) == 1
    assert at.number_input(key="activation_tau").value == -1
    at.number_input(key="activation_tau").set_value(0.3)
    run(at)
    at.number_input(key="forward_leaky_relu_alpha").set_value(0.5)
    check_pair(run(at), Pair("leaky_relu(0.5)", None))
    assert notices(at) == []
    assert dict(at.query_params) == {"forward": "leaky_relu(0.5)", "tau": "0.3"}


@pytest.mark.parametrize(
    "query", [{"forward": "x"}, {"backward": "elu(-1)"}, {"tau": "inf"}, {"z": "%"}, {"task": ""}, {"forward": "\0"}]
)
def test_nonsense_in_the_link_gets_one_sentence(query: dict[str, str]) -> None:
    at = opened(query)
    assert len(notices(at)) == 1
    assert notices(at)[0].startswith("This link cannot be opened as it is: ")
    check_pair(at, Pair("sigmoid", None))
    assert dict(at.query_params) == {}


def test_softmax_says_that_its_slope_is_a_matrix() -> None:
    at = opened({"forward": "softmax", "backward": "tanh"})
    check_pair(at, Pair("softmax", None))
    assert [notice.partition(",")[0] for notice in notices(at)] == ["Softmax mixes the units of its layer"]


def test_tau_moves_the_flat_zones() -> None:
    wide, narrow = (charts(opened({"tau": tau}))[0]["layout"]["shapes"] for tau in ("0.5", "0.01"))
    assert wide[0]["x1"] > narrow[0]["x1"]


# --- a real layer ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("source", ["start:1", "start:2", "trained:1", "trained:2", "explorer:1", "explorer:3"])
def test_the_histogram_is_of_the_layer_that_is_named(source: str) -> None:
    at = opened({"forward": "tanh", "backward": "triangle", "z": source})
    heights = charts(at)[0]["data"][-1]["y"]
    assert 0 < _total(heights) <= 100.001
    title = next(caption.value for caption in at.caption if caption.value.startswith("z: layer"))
    assert f"layer {source[-1]} of " in title
    assert ("Explorer" in title) == source.startswith("explorer")
    assert notices(at) == []


def _total(values: Any) -> float:
    if isinstance(values, dict):  # Plotly's packed form
        values = np.frombuffer(base64.b64decode(values["bdata"]), dtype=values["dtype"])
    return float(np.sum(values))


def test_the_explorers_layer_is_read_where_the_run_stands() -> None:
    at = opened({"z": "explorer:2"})
    space: Workspace = at.session_state["workspace"]
    before = metrics(at)["z in the flat zones"], charts(at)[0]["data"][-1]["y"]
    space.player.trainer.step(300)
    run(at)
    assert (metrics(at)["z in the flat zones"], charts(at)[0]["data"][-1]["y"]) != before
    assert any("after 300 updates" in caption.value for caption in at.caption)


@pytest.mark.parametrize("number", [1, 2, 3])
def test_the_pair_stands_in_the_layer_that_is_named(number: int) -> None:
    """What lies behind a surrogate is exact; its own layer and those before it are not."""
    at = opened({"forward": "tanh", "backward": "triangle", "z": f"explorer:{number}"})
    cosines = charts(at)[1]["data"][0]["text"]
    assert [cosine == "1" for cosine in cosines] == [layer > number for layer in (1, 2, 3, 4)]


def test_a_layer_that_is_not_there_is_told() -> None:
    at = opened({"z": "explorer:9"})
    assert notices(at) == ["The Explorer's network has no hidden layer 9; pick another layer."]


def test_an_explorer_without_hidden_layers() -> None:
    at = opened({"layers": "1:sigmoid"})
    assert [option for option in at.selectbox(key="activation_z").options if "Explorer" in option] == []
    (button,) = (button for button in at.button if button.label == "Use in the Explorer")
    assert button.disabled


# --- into the Explorer -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [0, 2])
def test_the_pair_goes_into_the_explorers_network(number: int) -> None:
    at = opened({"forward": "step", "backward": "sigmoid"})
    at.selectbox(key="into_layer").set_value(number)
    run(at)
    next(button for button in at.button if button.label == "Use in the Explorer").click()
    run(at)
    space: Workspace = at.session_state["workspace"]
    layers = list(Experiment().layers)
    for index in range(3) if number == 0 else [number - 1]:
        layers[index] = replace(layers[index], activation="step", backward="sigmoid")
    assert space.experiment == space.player.trainer.experiment == replace(Experiment(), layers=tuple(layers))
    assert [item.proto.component_name for item in at.get("bidi_component")].count("live_view") == 1


def test_a_layers_other_settings_stay() -> None:
    at = opened({"layers": "5:tanh::normal(0.5):2:1,1:sigmoid", "forward": "relu"})
    next(button for button in at.button if button.label == "Use in the Explorer").click()
    run(at)
    space: Workspace = at.session_state["workspace"]
    assert space.experiment.layers[0] == Layer(5, "relu", None, "normal(0.5)", 2.0, 1.0)


# --- training --------------------------------------------------------------------------------------------------------


def rows(at: AppTest) -> list[tuple[str, str, list[float]]]:
    """The table of results: label, mean and deviation, and the accuracies at the points."""
    (table,) = [item.proto.body for item in at.get("html") if "strips" in item.proto.body] or [""]
    found = []
    for row in table.split('<th scope="row">')[1:]:
        points = [float(value) for value in re.findall(r'title="seed \d+: ([\d.]+) %"', row)]
        found.append((row.partition("<")[0], re.findall(r"<td>(.*?)</td>", row)[0], points))
    return found


def test_training_brings_the_cores_own_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(pairs.TASKS, "moons", replace(pairs.TASKS["moons"], steps=5))
    at = opened({"forward": "relu", "backward": "tanh"})
    assert rows(at) == []
    at.button(key="train").click()
    found = rows(run(at))
    assert [label for label, _, _ in found] == ["ReLU ← tanh", "ReLU ← own", "ReLU ← zero"]
    for (_, mean, points), backward in zip(found, ("tanh", None, "zero"), strict=True):
        accuracies = pairs.accuracies(pairs.TASKS["moons"], "relu", backward, 10)
        assert points == [round(float(value), 1) for value in accuracies]
        assert mean == f"{accuracies.mean():.1f} ± {accuracies.std():.1f} %"
    assert "**ReLU ← tanh**" in texts(at)
    at.switch_page("pages/explorer.py")
    run(at)
    at.switch_page(PAGE)
    assert rows(run(at)) == found  # kept


def test_the_whole_table_has_a_row_for_every_reference(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(pairs.TASKS, "xor", replace(pairs.TASKS["xor"], steps=1))
    at = opened({"task": "xor"})
    group(at, "pair_rows").set_value("the whole table")
    run(at)
    at.button(key="train").click()
    found = rows(run(at))
    assert [len(points) for _, _, points in found] == [10] * len(pairs.REFERENCE)
    assert found[1][0] == "ReLU ← tanh"
    body = next(item.proto.body for item in at.get("html") if "strips" in item.proto.body)
    assert "97.7 ± 1.3 %" in body  # the second of three tasks


@pytest.mark.parametrize("name", ["softmax", "sine", "identity", "swish(100)"])
def test_what_has_no_surrogate_trains_too(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(pairs.TASKS, "moons", replace(pairs.TASKS["moons"], steps=2))
    at = opened({"forward": name})
    at.button(key="train").click()
    assert len(rows(run(at))) == (1 if name == "softmax" else 2)
