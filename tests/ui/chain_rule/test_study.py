"""What a visitor of the Chain rule page walks through: choosing, walking, links, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from backprop import Experiment, Layer
from backprop.explain.factors import Weight
from ui.chain_rule.examples import DEFAULT, EXAMPLES
from ui.chain_rule.study import EXPLORER, MAX_BATCH, OWN, Study, layers_with


def opened(**query: str) -> Study:
    return Study(query)


def test_it_opens_at_the_first_equation_of_the_default() -> None:
    study = opened()
    layers = study.experiment.layers
    assert [layer.activation for layer in layers] == ["tanh", "sigmoid", "relu"]
    assert [len(study.experiment.features), *(layer.units for layer in layers)] == [2, 2, 2, 1]
    assert (study.position, study.row, study.column, study.weight, study.notice) == (0, 0, 0, None, None)
    assert len(study.steps) == 7 + 9
    assert study.to_query() == {}
    assert study.walkthrough.grads.loss > 0
    assert (study.walkthrough.grads.flat != 0).all()  # nothing is dead in the first network one sees


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_opens_by_its_link_and_walks_to_the_end(name: str) -> None:
    study = opened(network=name)
    assert (study.choice, study.notice) == (name, None)
    assert study.experiment == EXAMPLES[name].experiment
    assert study.to_query() == ({} if name == DEFAULT else {"network": name})
    study.go(10**6)
    assert study.position == len(study.steps) - 1
    study.go(-5)
    assert study.position == 0


def test_a_link_tells_all_and_opens_it_again() -> None:
    study = opened()
    study.choose("softmax-mse", Experiment())
    study.take_samples(12, 3)
    study.obey({"go": 9})
    study.obey({"entry": [2, 1]})
    study.obey({"weight": [2, 1, -1]})
    query = study.to_query()
    assert query == {
        "network": "softmax-mse",
        "sample": "12",
        "batch": "3",
        "step": "10",
        "entry": "3.2",
        "weight": "2.2.b",
    }
    other = Study(query)
    assert other.to_query() == query
    assert other.weight == Weight(2, 1, None)
    assert other.indices == [11, 12, 13]


def test_ones_own_network_travels_in_the_link() -> None:
    study = opened()
    study.choose(OWN, Experiment())
    study.change(dataset="three_arms")
    study.change(layers=layers_with(study.experiment, 1), seed=4)
    query = study.to_query()
    assert query["network"] == OWN
    other = Study(query)
    assert other.experiment == study.experiment
    assert (other.choice, other.notice) == (OWN, None)


def test_the_batch_goes_round_at_the_end_and_stays_in_bounds() -> None:
    study = opened()
    study.take_samples(study.n_samples, 3)
    assert study.indices == [study.n_samples - 1, 0, 1]
    study.take_samples(10**6, 10**6)
    assert (study.sample, study.batch) == (study.n_samples, MAX_BATCH)
    assert len(study.walkthrough.trace) == MAX_BATCH


def test_the_explorers_network_is_followed_while_it_is_chosen() -> None:
    small = replace(Experiment(), layers=(Layer(3, "relu"), Layer(1, "sigmoid")))
    study = opened()
    study.choose(EXPLORER, small)
    assert study.experiment == small
    study.obey({"weight": [1, 0, 0]})
    study.follow(small)
    assert study.weight is not None  # nothing has changed, so nothing is lost
    study.follow(replace(small, seed=3))
    assert study.experiment.seed == 3
    study.choose(DEFAULT, small)
    study.follow(small)
    assert study.experiment == EXAMPLES[DEFAULT].experiment


@pytest.mark.parametrize(
    ("layers", "words"),
    [
        ((Layer(4), Layer(24), Layer(1, "sigmoid")), "layer 2 has 24 units, and 8 fit"),
        ((*[Layer(2)] * 9, Layer(1, "sigmoid")), "10 layers, and 6 fit"),
    ],
)
def test_a_network_too_large_is_refused_in_a_sentence(layers: tuple[Layer, ...], words: str) -> None:
    study = opened()
    study.choose(EXPLORER, replace(Experiment(), layers=layers))
    assert words in str(study.notice)
    assert study.experiment == EXAMPLES[DEFAULT].experiment
    study.follow(replace(Experiment(), layers=layers))
    assert words in str(study.notice)  # it does not vanish with the next run
    study.follow(EXAMPLES[DEFAULT].experiment)
    assert not study.notice
    study.follow(Experiment())
    assert (study.notice, study.experiment) == (None, Experiment())


def test_settings_that_contradict_each_other_are_told_and_the_last_sound_network_stays() -> None:
    study = opened(network="sigmoid-bce")
    study.choose(OWN, Experiment())
    before = study.experiment
    study.change(loss="cce")
    assert "softmax" in str(study.notice)
    assert study.experiment == before
    study.change(seed=2)
    assert (study.notice, study.experiment) == (None, replace(before, seed=2))


def test_the_same_weight_again_puts_it_away() -> None:
    study = opened()
    study.obey({"weight": [2, 0, 1]})
    assert study.weight == Weight(2, 0, 1)
    study.obey({"weight": [2, 0, 1]})
    assert study.weight is None


@pytest.mark.parametrize(
    "command",
    [
        None,
        7,
        "go",
        [],
        {},
        {"go": "x"},
        {"go": None},
        {"go": float("nan")},
        {"go": float("inf")},
        {"entry": [1]},
        {"entry": "ab"},
        {"weight": [9, 9, 9]},
        {"weight": [1, 0]},
        {"weight": [1, 0, None]},
        {"weight": [True, False, True]},
    ],
)
def test_what_makes_no_sense_from_the_browser_changes_nothing(command: Any) -> None:
    study = opened(step="3", weight="1.1.1")
    before = study.to_query()
    study.obey(command)
    assert study.to_query() == before


NONSENSE = [  # a link, the parameter of it that makes no sense, and what is said
    ({"network": "nope"}, "network", "network: there is no 'nope'"),
    ({"network": OWN, "layers": "many"}, "layers", "layers: 'many'"),
    ({"network": OWN, "layers": "99:tanh,1:sigmoid", "data": "moons"}, "layers", "99 units, and 8 fit"),
    ({"network": OWN, "loss": "cce"}, "loss", "softmax"),
    ({"network": OWN, "data": "moons", "seed": "x", "sample": "2"}, "seed", "seed: 'x'"),
    ({"sample": "0"}, "sample", "sample must be a whole number from 1 to 210"),
    ({"sample": "²"}, "sample", "sample must be"),
    ({"batch": "7"}, "batch", "batch must be a whole number from 1 to 6"),
    ({"step": "17"}, "step", "step must be a whole number from 1 to 16"),
    ({"step": "-1"}, "step", "step must be"),
    ({"entry": "9.9"}, "entry", "entry must be row.column of a 1 × 2 table"),
    ({"entry": "1"}, "entry", "entry must be"),
    ({"weight": "1.2"}, "weight", "weight must be layer.unit.source"),
    ({"weight": "9.1.1"}, "weight", "there is no layer 9"),
    ({"weight": "1.9.1"}, "weight", "layer 1 has no unit 9"),
    ({"weight": "1.1.0"}, "weight", "no weight comes from unit 0"),
]


@pytest.mark.parametrize(("query", "bad", "words"), NONSENSE)
def test_nonsense_in_a_link_is_told_and_the_rest_opens(query: dict[str, str], bad: str, words: str) -> None:
    study = Study(query)
    assert study.notice is not None
    assert study.notice.startswith("This link cannot be opened as it is: ")
    assert words in study.notice
    rest = Study({name: text for name, text in query.items() if name != bad})
    assert (rest.notice, rest.to_query()) == (None, study.to_query())


def test_layers_are_cut_or_repeated() -> None:
    experiment = EXAMPLES[DEFAULT].experiment
    assert layers_with(experiment, 1) == (Layer(2, "tanh"), Layer(1, "relu"))
    assert layers_with(experiment, 3) == (Layer(2, "tanh"), Layer(2, "sigmoid"), Layer(2, "sigmoid"), Layer(1, "relu"))
    assert layers_with(replace(experiment, layers=(Layer(1, "relu"),)), 1)[0] == Layer(2, "tanh")
