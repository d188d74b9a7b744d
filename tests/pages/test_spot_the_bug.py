"""The page *Spot the bug* as a visitor uses it, without a browser: every bug, every branch, and no answer too early."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from backprop.explain.bugs import BUGS
from backprop.explain.errata import ERRATA
from tests.pages.page_run import notices, open_page, run
from ui.spot_the_bug import bug_hunt
from ui.spot_the_bug.bug_hunt import FIRST_SEED, PLACES, RUN_STEPS, BugHunt
from ui.workspace.workspace import Workspace

PAGE = "pages/spot_the_bug.py"
PLACE_OF = {bug: "classes" if bug == "softmax_diagonal" else "three" for bug in BUGS}


@pytest.fixture(autouse=True)
def _runs_end_by_their_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run also ends by the clock: on a busy machine it would be shorter."""
    monkeypatch.setattr(bug_hunt, "RUN_SECONDS", 60.0)


opened = partial(open_page, PAGE)


def click(at: AppTest, key: str) -> AppTest:
    at.button(key=key).click()
    return run(at)


def hunt(at: AppTest) -> BugHunt:
    found: BugHunt = at.session_state["bug_hunt"]
    return found


def bug_of(at: AppTest) -> str:
    twins = hunt(at).twins
    assert twins is not None
    return twins.bug


def words(at: AppTest) -> str:
    """All that is written on the page."""
    parts = [*at.markdown, *at.caption, *at.code, *at.info, *at.success, *at.warning, *at.header]
    return "\n".join(str(part.value) for part in parts)


def figure(at: AppTest) -> dict[str, Any]:
    (chart,) = at.get("plotly_chart")
    found: dict[str, Any] = json.loads(chart.proto.spec)
    return found


def told(at: AppTest) -> list[str]:
    """The bugs whose corrected line stands on the page."""
    codes = [code.value for code in at.code]
    return [name for name, bug in BUGS.items() if f"- {bug.wrong_code}\n+ {bug.right_code}" in codes]


def test_opens_with_a_surprise_and_does_not_tell() -> None:
    at = opened()
    assert "Press Run" in words(at)
    assert told(at) == []
    text = words(at)
    for bug in BUGS.values():
        assert bug.title not in text
        assert bug.wrong not in text
        assert bug.notice not in text
    assert bug_of(at) not in json.dumps(dict(at.query_params))
    assert dict(at.query_params) == {"bug": "surprise", "network": "three", "seed": str(FIRST_SEED)}
    assert (
        list(at.radio(key="hunt_guess").options)
        == [  # all of them alike
            title if title.startswith("f(") else title[0].upper() + title[1:]
            for title in (b.title for b in BUGS.values())
        ]
    )
    assert at.radio(key="hunt_guess").value is None
    assert at.button(key="hunt_answer").disabled


@pytest.mark.parametrize("bug", BUGS)
def test_every_bug_can_be_opened_by_a_link(bug: str) -> None:
    query = {"bug": bug, "network": PLACE_OF[bug], "seed": "3"}
    at = opened(query)
    assert dict(at.query_params) == query
    assert bug_of(at) == bug
    assert told(at) == [bug]
    text = words(at)
    for part in (BUGS[bug].wrong, BUGS[bug].notice, BUGS[bug].right_formula, BUGS[bug].printed or "Not in the texts"):
        assert part in text
    assert not at.radio
    assert at.selectbox(key="hunt_bug").value == bug


@pytest.mark.parametrize("place", PLACES)
def test_every_network_runs(place: str) -> None:
    at = opened({"network": place})
    layers = PLACES[place].experiment.layers
    traces = figure(at)["data"]
    assert len(traces) == 2 + 2 * len(layers)
    click(at, "hunt_run")
    twins = hunt(at).twins
    assert twins is not None
    assert twins.step_count == RUN_STEPS
    assert f"After step {RUN_STEPS}" in words(at)
    assert at.button(key="hunt_run").label.startswith("Continue")
    assert len(figure(at)["data"]) == len(traces)
    click(at, "hunt_restart")
    assert "After step 0" in words(at)


def test_a_right_guess() -> None:
    at = opened()
    at.radio(key="hunt_guess").set_value(bug_of(at))
    run(at)
    assert told(at) == []  # ticking alone tells nothing
    click(at, "hunt_answer")
    assert [message.value for message in at.success] == [f"Right: {BUGS[bug_of(at)].title}."]
    assert told(at) == [bug_of(at)]
    assert "Right guesses: **1 of 1**" in words(at)
    seed = hunt(at).seed
    click(at, "hunt_next_below")
    assert hunt(at).seed != seed
    assert dict(at.query_params)["seed"] == str(hunt(at).seed)
    assert told(at) == []
    assert at.radio(key="hunt_guess").value is None
    assert "Right guesses: **1 of 1**" in words(at)


def test_a_wrong_guess_and_then_the_answer() -> None:
    at = opened()
    wrong = "mean_forgotten"
    assert bug_of(at) != wrong
    at.radio(key="hunt_guess").set_value(wrong)
    run(at)
    click(at, "hunt_answer")
    (warning,) = at.warning
    assert warning.value.startswith("Not “1/N forgotten”. With it, layer ")
    assert told(at) == []
    assert at.radio(key="hunt_guess").value == wrong
    assert "Right guesses: **0 of 1**" in words(at)
    click(at, "hunt_reveal")
    assert not at.success
    assert f"It is: {BUGS[bug_of(at)].title}." in words(at)
    assert told(at) == [bug_of(at)]


def test_reveal() -> None:
    at = click(opened(), "hunt_reveal")
    assert told(at) == [bug_of(at)]
    assert not at.success
    assert "Right guesses" not in words(at)


def test_choices_change_the_hunt_and_the_link() -> None:
    at = opened()
    at.selectbox(key="hunt_network").set_value("curve")
    run(at)
    at.selectbox(key="hunt_bug").set_value("prime_forgotten")
    run(at)
    at.number_input(key="hunt_seed").set_value(8)
    run(at)
    assert dict(at.query_params) == {"bug": "prime_forgotten", "network": "curve", "seed": "8"}
    assert told(at) == ["prime_forgotten"]
    click(at, "hunt_next")
    assert hunt(at).choice == "surprise"
    assert told(at) == []


def test_a_bug_without_a_place_is_one_clear_sentence() -> None:
    at = opened({"bug": "bce_sign", "network": "curve"})
    (message,) = at.info
    assert message.value.startswith(
        "“a minus for a plus in binary cross-entropy” cannot be made here: the sign is that"
    )
    assert not at.get("plotly_chart")
    assert told(at) == []
    at.selectbox(key="hunt_network").set_value("three")
    run(at)
    assert told(at) == ["bce_sign"]


@pytest.mark.parametrize(
    "query", [{"bug": "nope"}, {"network": "nope"}, {"seed": "nope"}, {"bug": "<b>", "network": "²", "seed": "1e9"}]
)
def test_a_link_that_makes_no_sense_is_told(query: dict[str, str]) -> None:
    at = opened(query)
    (warning,) = notices(at)
    assert warning.startswith("This link cannot be opened as it is: ")
    assert dict(at.query_params) == {"bug": "surprise", "network": "three", "seed": str(FIRST_SEED)}


def test_what_overflows_is_told() -> None:
    at = click(opened({"bug": "mean_forgotten", "network": "curve"}), "hunt_run")
    assert "became infinite or undefined" in words(at)


# --- with the other pages --------------------------------------------------------------------------------------------


def test_all_is_kept_when_one_leaves_and_returns() -> None:
    at = opened({"network": "unequal", "seed": "11"})
    click(at, "hunt_run")
    at.radio(key="hunt_guess").set_value("mean_forgotten")
    run(at)
    click(at, "hunt_answer")
    before, score = figure(at)["data"], hunt(at).guesses
    at.number_input(key="errata_seed").set_value(4)
    run(at)
    at.switch_page("pages/explorer.py")
    at.query_params.clear()
    run(at)
    workspace: Workspace = at.session_state["workspace"]
    assert workspace.experiment.seed == 9  # this page's seed is not the Explorer's
    at.switch_page(PAGE)
    at.query_params.clear()
    run(at)
    assert dict(at.query_params) == {"bug": "surprise", "network": "unequal", "seed": "11"}
    assert figure(at)["data"] == before
    assert hunt(at).guesses == score == 1
    assert at.radio(key="hunt_guess").value == "mean_forgotten"


def test_the_explorers_network() -> None:
    at = opened()
    at.selectbox(key="hunt_network").set_value("explorer")
    run(at)
    workspace: Workspace = at.session_state["workspace"]
    assert workspace.experiment.seed == 9
    assert "8 tanh → 8 sigmoid → 8 ReLU → 1 sigmoid" in words(at)
    workspace.change_layers([{"units": 3, "activation": "relu"}, {"units": 1, "activation": "sigmoid"}])
    run(at)
    assert "3 ReLU → 1 sigmoid" in words(at)
    assert dict(at.query_params)["layers"] == "3:relu,1:sigmoid"
    workspace.change_layers(
        [{"units": 3, "activation": "relu", "backward": "tanh"}, {"units": 1, "activation": "sigmoid"}]
    )
    run(at)
    (message,) = at.info
    assert message.value.startswith("Layer 1 runs backward on another slope than its own")


def test_a_link_opens_the_explorers_network_too() -> None:
    query = {"data": "moons", "layers": "3:relu,1:sigmoid", "bug": "bce_sign", "network": "explorer", "seed": "6"}
    at = opened(query)
    assert "Moons: 2 in → 3 ReLU → 1 sigmoid" in words(at)
    assert dict(at.query_params) == query
    garbage = opened({**query, "layers": "many"})
    (warning,) = notices(garbage)
    assert "This link cannot be opened as it is" in warning


# --- the errata ------------------------------------------------------------------------------------------------------


def test_the_errata_are_listed_and_checked() -> None:
    at = opened()
    (table,) = (m.value for m in at.markdown if m.value.startswith("| where"))
    rows = table.splitlines()[2:]
    assert len(rows) == len(ERRATA)
    for row, erratum in zip(rows, ERRATA, strict=True):
        assert row.startswith(f"| {erratum.where} | {erratum.printed} | {erratum.correct} |")
        assert row.count(" | ") == 6
        assert ("words only" in row) == (erratum.check is None)
    assert "**3.00 times as long, cosine 1.00**" in table
    at.number_input(key="errata_seed").set_value(5)
    run(at)
    (other,) = (m.value for m in at.markdown if m.value.startswith("| where"))
    assert other != table  # other weights, other numbers
    assert "**3.00 times as long, cosine 1.00**" in other
