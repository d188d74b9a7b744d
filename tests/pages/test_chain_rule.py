"""The Chain rule page without a browser: every head, batches, the Explorer's network, one's own, and links."""

from __future__ import annotations

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from backprop import Experiment, Layer
from backprop.explain.factors import Weight
from tests.pages.page_run import component, notices, open_page, run
from ui.chain_rule.components import STAGE, STRIP
from ui.chain_rule.examples import DEFAULT, EXAMPLES
from ui.chain_rule.study import EXPLORER, OWN, Study

PAGE = "pages/chain_rule.py"


def opened(**query: str) -> AppTest:
    """The page, opened by a link."""
    return open_page(PAGE, query)


def study(at: AppTest) -> Study:
    """What the visitor walks through."""
    found: Study = at.session_state["chain_rule_study"]
    return found


def said(at: AppTest) -> str:
    """All that is written on the page."""
    return "\n".join(item.value for item in [*at.markdown, *at.caption])


def check_page(at: AppTest) -> None:
    """Strip, stage, check and address all show the same walk."""
    shown = study(at)
    assert component(at, STRIP)["position"] == component(at, STAGE)["position"] == shown.position
    assert len(component(at, STRIP)["chips"]) == len(shown.steps)
    assert dict(at.query_params) == shown.to_query()
    (table,) = at.dataframe
    np.testing.assert_allclose(table.value["analytic"], shown.walkthrough.grads.flat)
    assert len(at.get("plotly_chart")) == 1
    assert len(at.latex) == 1


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example(name: str) -> None:
    at = opened()
    at.selectbox(key="chain_network").select(name)
    check_page(run(at))
    assert not notices(at)
    assert study(at).experiment == EXAMPLES[name].experiment
    assert EXAMPLES[name].watch in said(at)
    agrees = "The two gradients agree" in said(at)
    assert agrees == (name != "surrogate")


def test_samples_and_batch() -> None:
    at = opened()
    at.number_input(key="chain_sample").set_value(5)
    at.slider(key="chain_batch").set_value(3)
    check_page(run(at))
    assert study(at).indices == [4, 5, 6]
    study(at).choose_weight(Weight(1, 0, 0))
    assert "**sum**" in said(run(at))


def test_a_walk_to_the_end_over_every_equation() -> None:
    at = opened(network="softmax-cce", batch="2")
    for position in range(len(study(at).steps)):
        study(at).obey({"go": position})
        check_page(run(at))
        equation = study(at).step.equation
        assert (f"**Equation {equation}**" if equation else "**Forward**") in said(at)


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"network": "dead", "weight": "1.1.1"}, "both units of layer 2 (ReLU) have no slope"),
        ({"network": "saturated", "weight": "1.2.1"}, "unit 2 of layer 1 (tanh) is saturated"),
        ({"network": "sigmoid-bce", "weight": "2.1.1"}, "No culprit: at this output the slope"),
        ({"weight": "1.1.b"}, "No factor is dead or saturated"),
        ({}, "Click a connection"),
    ],
)
def test_the_culprit_is_named(query: dict[str, str], words: str) -> None:
    at = opened(**query)
    check_page(at)
    assert words in said(at)


def test_the_explorers_network() -> None:
    at = opened()
    at.selectbox(key="chain_network").select(EXPLORER)
    check_page(run(at))
    assert study(at).experiment == Experiment()
    assert dict(at.query_params) == {"network": OWN}
    at.switch_page("pages/explorer.py")
    run(at)
    at.session_state["workspace"].change_layers(
        [{"units": 3, "activation": "gelu"}, {"units": 1, "activation": "sigmoid"}]
    )
    run(at)
    at.switch_page(PAGE)
    check_page(run(at))
    assert study(at).experiment.layers == (Layer(3, "gelu"), Layer(1, "sigmoid"))


def test_the_explorers_network_too_large_is_one_clear_sentence() -> None:
    at = open_page(query={"layers": "24:tanh,1:sigmoid"})
    at.switch_page(PAGE)
    run(at)
    at.selectbox(key="chain_network").select(EXPLORER)
    check_page(run(at))
    (warning,) = notices(at)
    assert "layer 1 has 24 units, and 8 fit on the screen" in warning
    assert study(at).experiment == EXAMPLES[DEFAULT].experiment


def test_ones_own_network() -> None:
    at = opened()
    at.selectbox(key="chain_network").select(OWN)
    run(at)
    at.slider(key="chain_hidden").set_value(1)
    run(at)
    at.number_input(key="chain_units_0").set_value(4)
    run(at)
    at.selectbox(key="chain_activation_0").select("gelu")
    run(at)
    at.selectbox(key="chain_data").select("three_arms")
    check_page(run(at))
    assert study(at).experiment.layers == (Layer(4, "gelu"), Layer(3, "softmax"))
    at.selectbox(key="chain_loss").select("bce")
    run(at)
    (warning,) = notices(at)
    assert "softmax" in warning
    assert study(at).experiment.loss == "cce"
    at.selectbox(key="chain_loss").select("mse")
    check_page(run(at))
    assert not notices(at)
    at.number_input(key="chain_seed").set_value(12)
    check_page(run(at))
    assert study(at).experiment.seed == 12


def test_leaving_and_returning_keeps_everything() -> None:
    at = opened(network="dead", step="5", sample="3", weight="1.1.1")
    at.slider(key="chain_head_z0").set_value(4.0)
    before = study(run(at)).to_query()
    at.switch_page("pages/explorer.py")
    run(at)
    assert dict(at.query_params) == {}
    at.switch_page(PAGE)
    check_page(run(at))
    assert study(at).to_query() == before
    assert at.slider(key="chain_head_z0").value == 4.0


@pytest.mark.parametrize("query", [{"network": "nope"}, {"step": "99"}, {"weight": "a.b"}, {"network": OWN, "lr": "x"}])
def test_nonsense_in_the_link_is_one_sentence(query: dict[str, str]) -> None:
    at = opened(**query)
    (warning,) = notices(at)
    assert warning.startswith("This link cannot be opened as it is: ")
    check_page(at)


def test_the_four_pairs_stand_side_by_side() -> None:
    at = opened()
    (table,) = (item.value for item in at.markdown if "cancelled path" in item.value)
    assert table.count("does not cancel") == 2
    at.slider(key="chain_head_z1").set_value(-12.0)
    assert "sigmoid + binary cross-entropy **−1.00**" in said(run(at))
