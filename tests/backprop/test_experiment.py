"""Experiments as data: defaults, what is refused, switching the dataset, and JSON there and back."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backprop.data.datasets import DATASETS
from backprop.errors import SpecError
from backprop.experiment import MAX_LAYERS, Experiment
from backprop.layer import Layer
from tests.helpers import accepted, experiments

FIELDS = [field.name for field in dataclasses.fields(Experiment)]


def test_features_default_to_the_coordinates_of_the_dataset() -> None:
    assert Experiment().features == ("x1", "x2")
    three = (Layer(3, "softmax"),)
    assert Experiment(dataset="iris", layers=three, loss="cce").features == DATASETS["iris"].coordinates
    assert Experiment(features=["x2", "x1*x2"]).features == ("x2", "x1*x2")  # type: ignore[arg-type]


def test_hidden_and_output_layers() -> None:
    experiment = Experiment(layers=(Layer(5), Layer(4, "relu"), Layer(1, "sigmoid")))
    assert experiment.hidden == (Layer(5), Layer(4, "relu"))
    assert experiment.output == Layer(1, "sigmoid")
    assert experiment.kind is DATASETS["spiral"]


@pytest.mark.parametrize(
    ("settings", "field", "reason"),
    [
        ({"dataset": "nope"}, "dataset", "no 'nope'; choose one of circle, "),
        ({"dataset": ["moons"]}, "dataset", "moons"),
        ({"noise": -0.1}, "noise", "from 0 to 1, not -0.1"),
        ({"noise": float("nan")}, "noise", "not nan"),
        ({"noise": "0.1"}, "noise", "not '0.1'"),
        ({"noise": True}, "noise", "not True"),
        ({"samples": 3}, "samples", "from 4 to 5000, not 3"),
        ({"samples": 300.0}, "samples", "not 300.0"),
        ({"test_share": 0.95}, "test_share", "from 0 to 0.9, not 0.95"),
        ({"data_seed": -1}, "data_seed", "not -1"),
        ({"seed": 2**31}, "seed", "not 2147483648"),
        ({"loss": "nope"}, "loss", "no loss 'nope'"),
        ({"loss": None}, "loss", "no loss None"),
        ({"loss": "huber(0)"}, "loss", "delta of huber must lie between"),
        ({"loss": "hinge"}, "loss", "make the output layer identity or tanh"),
        ({"optimizer": None}, "optimizer", "no optimizer None; choose one of sgd"),
        ({"optimizer": "adamw(-1)"}, "optimizer", "weight_decay of adamw must lie between"),
        ({"schedule": "nope"}, "schedule", "no schedule 'nope'; choose one of constant, step, cosine, warmup"),
        ({"schedule": "step(0,0.5)"}, "schedule", "every of step must lie between 1 and 1e\\+09, not 0"),
        ({"schedule": "step(10)"}, "schedule", "step takes 2 parameter\\(s\\), every, gamma"),
        ({"schedule": 3}, "schedule", "no schedule 3"),
        ({"clip_norm": -1.0}, "clip_norm", "clip_norm must be a number from 0 to 1000, not -1.0"),
        ({"clip_norm": float("inf")}, "clip_norm", "not inf"),
        ({"l1": float("nan")}, "l1", "not nan"),
        ({"l2": "0.1"}, "l2", "not '0.1'"),
        ({"l2": True}, "l2", "not True"),
        ({"learning_rate": 0}, "learning_rate", "above 0, such as 0.01, not 0"),
        ({"learning_rate": -1e-3}, "learning_rate", "not -0.001"),
        ({"learning_rate": float("inf")}, "learning_rate", "not inf"),
        ({"learning_rate": float("nan")}, "learning_rate", "not nan"),
        ({"learning_rate": 10**400}, "learning_rate", "not 1000"),
        ({"batch_size": 0}, "batch_size", "not 0"),
        ({"dtype": "float16"}, "dtype", "no 'float16'; choose one of float32, float64"),
        ({"features": ("x3",)}, "features", "spiral has no 'x3'; choose from x1, x2, "),
        ({"features": ("x1", "x1")}, "features", "chosen once"),
        ({"layers": ()}, "layers", "at least one layer"),
        ({"layers": (Layer(1, "sigmoid"),) * (MAX_LAYERS + 1)}, "layers", f"at most {MAX_LAYERS} layers, not 33"),
        ({"layers": (Layer(8), Layer(1, "tanh"))}, "loss", "this output layer is tanh"),
        ({"layers": (Layer(2, "sigmoid"),)}, "layers", "needs 1 unit, not 2"),
        ({"dataset": "sine"}, "loss", "choose mean squared error"),
        ({"dataset": "iris"}, "layers", "needs 3 units, not 1"),
    ],
)
def test_what_makes_no_sense_is_refused(settings: dict[str, Any], field: str, reason: str) -> None:
    with pytest.raises(SpecError, match=reason) as caught:
        Experiment(**settings)
    assert caught.value.field == field


@pytest.mark.parametrize("new", DATASETS)
@pytest.mark.parametrize("old", DATASETS)
def test_switching_the_dataset_keeps_what_still_makes_sense(old: str, new: str) -> None:
    before = Experiment(learning_rate=0.5).for_dataset(old)
    after = before.for_dataset(new)
    assert (after.dataset, after.hidden, after.learning_rate) == (new, Experiment().hidden, 0.5)
    assert after.features == DATASETS[new].coordinates
    if DATASETS[old].task == DATASETS[new].task:
        assert (after.output, after.loss) == (before.output, before.loss)
    assert after.for_dataset(old) == before


def test_switching_the_dataset_keeps_chosen_features_where_they_exist() -> None:
    chosen = Experiment(features=("x1^2", "x2", "x1"))
    assert chosen.for_dataset("moons").features == ("x1^2", "x2", "x1")
    assert chosen.for_dataset("sine").features == ("x1^2", "x1")
    assert chosen.for_dataset("iris").features == DATASETS["iris"].coordinates
    with pytest.raises(SpecError, match="no 'nope'"):
        chosen.for_dataset("nope")


def test_switching_the_dataset_keeps_a_custom_output_of_the_same_task() -> None:
    tanh = Experiment(layers=(Layer(4), Layer(1, "tanh")), loss="mse")
    assert tanh.for_dataset("moons").output == Layer(1, "tanh")


# --- JSON ------------------------------------------------------------------------------------------------------------


@given(experiments())
def test_json_there_and_back(experiment: Experiment) -> None:
    text = experiment.to_json()
    assert Experiment.from_json(text) == experiment
    assert set(json.loads(text)) == set(FIELDS)


def test_missing_fields_take_their_defaults() -> None:
    assert Experiment.from_json("{}") == Experiment()
    assert Experiment.from_json('{"layers": [{"units": 1, "activation": "sigmoid"}]}').layers == (Layer(1, "sigmoid"),)


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("", "json"),
        ("nope", "json"),
        ("[]", "json"),
        ("3", "json"),
        ("null", "json"),
        ("[" * 100_000, "json"),
        ('{"seed": ' + "1" * 5000 + "}", "json"),
        ('{"learning_rate": 1' + "0" * 400 + "}", "learning_rate"),
        ('{"learning_rate": NaN}', "learning_rate"),
        ('{"noise": -Infinity}', "noise"),
        ('{"colour": "red"}', "colour"),
        ('{"layers": 3}', "layers"),
        ('{"layers": "8:tanh"}', "layers"),
        ('{"layers": {"units": 3}}', "layers"),
        ('{"layers": [3]}', "layers"),
        ('{"layers": [[]]}', "layers"),
        ('{"layers": [{}]}', "layers"),
        ('{"layers": [{"units": 1, "colour": 2}]}', "layers"),
        ('{"layers": [{"units": 1, "activation": {}}]}', "activation"),
        ('{"features": "x1"}', "features"),
        ('{"features": [["x1"]]}', "features"),
        ('{"features": [null]}', "features"),
        ('{"dataset": null}', "dataset"),
    ],
)
def test_text_that_is_no_experiment(text: str, field: str) -> None:
    with pytest.raises(SpecError) as caught:
        Experiment.from_json(text)
    assert caught.value.field == field
    assert str(caught.value)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(["tanh", "moons", "softmax"]),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["units", "activation", "backward"]), inner),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(FIELDS), _JSON, min_size=1))
def test_nonsense_in_json_is_a_spec_error_and_nothing_else(values: dict[str, Any]) -> None:
    experiment = accepted(lambda: Experiment.from_json(json.dumps(values)))
    assert experiment is None or Experiment.from_json(experiment.to_json()) == experiment


@given(st.text())
def test_any_text_as_json_is_a_spec_error_or_an_experiment(text: str) -> None:
    assert accepted(lambda: Experiment.from_json(text)) in (None, Experiment())


# Not the sequences: in Python the type checker looks after them, at the edge from_json does.
@given(
    st.sampled_from(sorted({*FIELDS} - {"layers", "features"})),
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
)
def test_any_value_in_any_field(field: str, value: Any) -> None:
    experiment = accepted(lambda: Experiment(**{field: value}))
    assert experiment is None or getattr(experiment, field) == value
