"""The Compare page as a visitor uses it, without a browser: links, settings of all, edits, to and from the Explorer."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from backprop import Experiment, Layer
from tests.pages.page_run import controls, live_view, open_page, run, tell
from ui.compare.link import read_link, write_link
from ui.compare.opening import OPENING
from ui.compare.state import Comparison
from ui.workspace.workspace import Workspace

PAGE = "pages/compare.py"
LINK = {"data": "moons", "samples": "60", "seed": "4", "a": "5:sigmoid,1:sigmoid", "b": "5:tanh,1:sigmoid"}

opened = partial(open_page, PAGE)


def comparison(at: AppTest) -> Comparison:
    found: Comparison = at.session_state["comparison"]
    return found


def view(at: AppTest) -> dict[str, Any]:
    """What the view is told."""
    return live_view(at)


def choose(at: AppTest, key: str, value: Any) -> AppTest:
    """A control of the sidebar is set."""
    return tell(at, key, value, comparison(at).command)


def check_page(at: AppTest, experiments: tuple[Experiment, ...]) -> None:
    """View, sidebar and address all say the same."""
    assert comparison(at).experiments == experiments
    data = view(at)
    assert data["notice"] is None
    assert [[Layer(**layer) for layer in stack] for stack in data["stacks"]] == [list(e.layers) for e in experiments]
    assert data["learning_rate"] == experiments[0].learning_rate
    assert data["message"] == comparison(at).playback.message
    assert controls(at)["seed"]["value"] == experiments[0].seed
    assert controls(at)["loss"]["value"] == experiments[0].loss
    assert read_link(dict(at.query_params)) == (list(experiments), [])


def test_opens_on_sigmoids_against_a_mix() -> None:
    at = opened()
    check_page(at, OPENING)
    assert [frame["step"] for frame in view(at)["message"]["frames"]] == [0]


def test_a_link_opens_what_it_says() -> None:
    experiments, _ = read_link(LINK)
    at = opened(LINK)
    check_page(at, tuple(experiments))
    assert dict(at.query_params) == LINK


def test_a_bad_link_says_what_is_wrong_and_opens_the_rest() -> None:
    at = opened({**LINK, "b": "8:tahn,1:sigmoid", "lr": "0"})
    notice = view(at)["notice"]
    assert "stack B: " in notice
    assert "learning_rate" in notice
    assert [e.layers for e in comparison(at).experiments] == [read_link(LINK)[0][0].layers] * 2


def test_settings_in_the_sidebar_are_those_of_all_stacks() -> None:
    at = opened(LINK)
    choose(at, "seed", 9)
    choose(at, "optimizer", "sgd")
    check_page(at, tuple(replace(e, seed=9, optimizer="sgd") for e in read_link(LINK)[0]))
    choose(at, "seed button", None)
    assert len({e.seed for e in comparison(at).experiments} - {9}) == 1


def test_a_contradiction_is_told_and_the_control_keeps_what_was_chosen() -> None:
    at = opened(LINK)
    before = comparison(at).experiments
    choose(at, "loss", "cce")
    assert view(at)["notice"].startswith("Stack A: categorical cross-entropy")
    assert controls(at)["loss"]["value"] == "cce"
    assert comparison(at).experiments == before
    choose(at, "loss", "mse")
    check_page(at, tuple(replace(e, loss="mse") for e in before))


def test_what_was_compared_is_there_when_one_comes_back() -> None:
    at = opened(LINK)
    choose(at, "seed", 9)
    at.switch_page("pages/explorer.py")
    run(at)
    at.switch_page(PAGE)
    run(at)
    check_page(at, tuple(replace(e, seed=9) for e in read_link(LINK)[0]))


def test_the_explorers_data_and_training_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    at = open_page(query={"data": "iris", "lr": "0.3"})
    at.query_params.clear()
    at.switch_page(PAGE)
    run(at)
    explorer: Workspace = at.session_state["workspace"]

    def obey(commands: list[dict[str, Any]]) -> None:
        with monkeypatch.context() as outside:  # of a run of the page
            outside.setattr("ui.workspace.session.st", SimpleNamespace(session_state=at.session_state))
            comparison(at).command(commands)

    tell(at, "explorer_settings button", None, obey)
    for e, opening in zip(comparison(at).experiments, OPENING, strict=True):
        assert replace(e, layers=explorer.experiment.layers) == explorer.experiment
        assert e.hidden == opening.hidden
    check_page(at, comparison(at).experiments)


def test_without_an_explorer_its_opening_network_is_taken() -> None:
    at = opened(LINK)
    comparison(at).command([{"id": 1, "run": 1, "type": "edit", "op": "from_explorer", "stack": 1}])
    run(at)
    assert comparison(at).experiments[1].layers == Experiment().layers
    check_page(at, comparison(at).experiments)
    assert "workspace" not in at.session_state  # the Explorer's own link is still to be read


def test_a_stack_opens_in_the_explorer() -> None:
    at = opened(LINK)
    sent = comparison(at).experiments[1]
    comparison(at).command([{"id": 1, "run": 1, "type": "send", "stack": 1}])
    run(at)
    explorer: Workspace = at.session_state["workspace"]
    assert explorer.experiment == sent
    assert explorer.player.trainer.step_count == 0
    assert comparison(at).sent is None  # it is sent once
    at.switch_page(PAGE)
    run(at)
    assert dict(at.query_params) == write_link(comparison(at).experiments)
