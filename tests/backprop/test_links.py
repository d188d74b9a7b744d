"""Experiments as links: there and back, short, readable, and nonsense refused in words."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backprop.data.datasets import DATASETS
from backprop.errors import SpecError
from backprop.experiment import MAX_LAYERS, Experiment
from backprop.functions import ACTIVATIONS, INITIALIZERS, SURROGATES, parameters_of
from backprop.layer import MAX_UNITS, Layer
from backprop.links import MAX_TEXT, from_query, to_query
from tests.helpers import accepted, experiments

NAMES = ["data", "noise", "samples", "test", "dataseed", "features", "layers", "loss", "optimizer", "lr", "batch"]
NAMES += ["seed", "dtype", "schedule", "clip", "l1", "l2"]


@given(experiments())
def test_link_there_and_back(experiment: Experiment) -> None:
    query = to_query(experiment)
    assert from_query(query) == experiment
    assert set(query) <= set(NAMES)
    assert from_query(dict(parse_qsl(urlencode(query)))) == experiment  # through a real link


def test_the_default_experiment_needs_no_parameters() -> None:
    assert to_query(Experiment()) == {}
    assert from_query({}) == Experiment()


def test_links_are_short_and_readable() -> None:
    layers = (Layer(8, "tanh"), Layer(6, "relu", "tanh"), Layer(4, "elu", None, "zeros"), Layer(1, "sigmoid"))
    query = to_query(Experiment(dataset="moons", learning_rate=1.0, layers=layers, features=("x1", "x1^2"), seed=3))
    assert query == {
        "data": "moons",
        "layers": "8:tanh,6:relu:tanh,4:elu::zeros,1:sigmoid",
        "features": "x1,x1^2",
        "lr": "1",
        "seed": "3",
    }


@pytest.mark.parametrize(
    ("layer", "text"),
    [
        (Layer(4, "relu", gain=2), "4:relu:::2"),
        (Layer(4, "relu", bias=-12), "4:relu::::-12"),
        (Layer(4, "relu", "tanh", "normal(0.5)", 1.5, 0.25), "4:relu:tanh:normal(0.5):1.5:0.25"),
    ],
)
def test_gain_and_bias_stand_last(layer: Layer, text: str) -> None:
    layers = (layer, Layer(1, "sigmoid"))
    assert to_query(Experiment(layers=layers)) == {"layers": f"{text},1:sigmoid"}
    assert from_query({"layers": f"{text},1:sigmoid"}).layers == layers


def test_commas_within_a_spec_do_not_part_layers() -> None:
    with pytest.raises(SpecError, match=r"normal takes 1 parameter\(s\), sigma; normal\(1,2\) gives 2"):
        from_query({"layers": "8:tanh::normal(1,2),1:sigmoid"})


def test_settings_of_the_training_have_short_names() -> None:
    experiment = Experiment(
        loss="huber(0.5)",
        layers=(Layer(1, "tanh"),),
        optimizer="adamw(0.1)",
        schedule="step(1000,0.5)",
        clip_norm=1,
        l1=0.001,
        l2=1e-5,
    )
    query = to_query(experiment)
    assert query == {
        "loss": "huber(0.5)",
        "layers": "1:tanh",
        "optimizer": "adamw(0.1)",
        "schedule": "step(1000,0.5)",
        "clip": "1",
        "l1": "0.001",
        "l2": "1e-05",
    }
    assert from_query(query) == experiment


def test_the_longest_link_is_read() -> None:
    long_number = repr(0.1 + 0.2)

    def longest(registry: dict[str, Any]) -> str:
        specs = [
            f"{name}({','.join([long_number] * len(parameters_of(entry)))})" if parameters_of(entry) else name
            for name, entry in registry.items()
        ]
        return max(specs, key=len)

    head = ":".join([longest(ACTIVATIONS), longest({**SURROGATES, **ACTIVATIONS}), longest(INITIALIZERS)])
    layers = ",".join([f"{MAX_UNITS}:{head}:{long_number}:-{long_number}"] * MAX_LAYERS)
    assert MAX_TEXT / 2 < len(layers) < MAX_TEXT


def test_links_from_before_gain_and_bias_still_read() -> None:
    old = "8:tanh,6:relu:tanh,4:leaky_relu(0.2)::zeros,3:elu:tanh:he_normal,1:sigmoid"
    assert from_query({"layers": old}).layers == (
        Layer(8, "tanh"),
        Layer(6, "relu", "tanh"),
        Layer(4, "leaky_relu(0.2)", None, "zeros"),
        Layer(3, "elu", "tanh", "he_normal"),
        Layer(1, "sigmoid"),
    )


@pytest.mark.parametrize("name", DATASETS)
def test_default_features_are_left_out(name: str) -> None:
    assert "features" not in to_query(Experiment().for_dataset(name))


def test_parameters_that_are_not_settings_are_ignored() -> None:
    assert from_query({"utm_source": "mail", "seed": "7"}) == Experiment(seed=7)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"samples": "many"}, "samples"),
        ({"samples": "3.5"}, "samples"),
        ({"samples": ""}, "samples"),
        ({"samples": "9" * 5000}, "samples"),
        ({"samples": "3" + " " * MAX_TEXT}, "samples"),
        ({"layers": "8:tanh" + "," * MAX_TEXT}, "layers"),
        ({"lr": "fast"}, "learning_rate"),
        ({"lr": "nan"}, "learning_rate"),
        ({"lr": "1e999"}, "learning_rate"),
        ({"noise": "inf"}, "noise"),
        ({"schedule": "step(1000"}, "schedule"),
        ({"clip": "-1"}, "clip_norm"),
        ({"l1": "nan"}, "l1"),
        ({"l2": ""}, "l2"),
        ({"optimizer": "adam(1,1)"}, "optimizer"),
        ({"data": ""}, "dataset"),
        ({"features": ""}, "features"),
        ({"features": "x1,,x2"}, "features"),
        ({"layers": ""}, "layers"),
        ({"layers": "8"}, "layers"),
        ({"layers": "8:tanh,"}, "layers"),
        ({"layers": "x:tanh"}, "layers"),
        ({"layers": "-1:tanh"}, "layers"),
        ({"layers": "²:tanh"}, "layers"),
        ({"layers": "8:tanh:a:b:c"}, "layers"),
        ({"layers": "8:tanh::::x"}, "layers"),
        ({"layers": "8:tanh::::0:0"}, "layers"),
        ({"layers": "8:tanh:::nan"}, "gain"),
        ({"layers": "8:tanh::::inf"}, "bias"),
        ({"layers": "8:tanh::normal(0.5"}, "initializer"),
        ({"layers": "0:tanh"}, "units"),
        ({"layers": "8:nope"}, "activation"),
        ({"layers": "8:tanh:nope"}, "backward"),
        ({"layers": "8:tanh::nope"}, "initializer"),
    ],
)
def test_nonsense_is_told_in_words(query: dict[str, str], field: str) -> None:
    with pytest.raises(SpecError) as caught:
        from_query(query)
    assert caught.value.field == field
    assert str(caught.value)


_PIECES = st.sampled_from(
    ["8", "tanh", ":", ",", "relu", "1", "sigmoid", "-", "0x1", "e5", "nan", "(", ")", "0.2", "²", " "]
)
_TEXT = st.text() | st.lists(_PIECES, max_size=12).map("".join)


@given(st.dictionaries(st.sampled_from(NAMES), _TEXT, min_size=1, max_size=4))
def test_nonsense_in_links_is_a_spec_error_and_nothing_else(query: dict[str, str]) -> None:
    experiment = accepted(lambda: from_query(query))
    assert experiment is None or from_query(to_query(experiment)) == experiment
