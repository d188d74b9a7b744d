"""Any message of a browser is survived: the next command works, and nothing becomes too large."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import strategies as st

from backprop import Experiment
from backprop.experiment import MAX_LAYERS
from tests.hostile import VALUES, for_any, messages
from ui.activations import cards
from ui.activations.choice import DEFAULTS, Choice
from ui.chain_rule import scene
from ui.chain_rule.study import Study
from ui.compare.state import MAX_STACKS, MIN_STACKS, Comparison
from ui.live import playback as playback_module
from ui.live import turns
from ui.live.commands import MAX_SIZE
from ui.live.outbox import MAX_UNSEEN
from ui.live.pace import MAX_TOP_UPDATES
from ui.live.playback import Playback
from ui.palette import LIGHT
from ui.settings_panel import settings
from ui.workspace.experiment_form import small_enough
from ui.workspace.workspace import Workspace

SMALL = {"data": "moons", "samples": "40", "batch": "8", "layers": "3:tanh,1:sigmoid"}
STACKS = {"data": "moons", "samples": "40", "batch": "8", "a": "3:tanh,1:sigmoid", "b": "2:relu,1:sigmoid"}


@pytest.fixture(autouse=True)
def _short_bursts(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a message may ask for is limited by the clock."""
    monkeypatch.setattr(turns, "TURN_SECONDS", 0.005)
    monkeypatch.setattr(turns, "SHORTEST_SECONDS", 0.005)
    monkeypatch.setattr(playback_module, "FRAME_SECONDS", 0.005)


def numbered(message: Any, playback: Playback) -> Any:
    """The message with numbers on those of its commands that have none, as the view counts them."""
    for number, command in enumerate(message if isinstance(message, list) else [], start=1):
        if isinstance(command, dict) and "type" in command:
            command.setdefault("id", playback.message["acknowledged"] + number)
    return message


def check_playback(playback: Playback) -> None:
    """Nothing has become too large."""
    outbox = playback._outbox
    assert len(outbox._states) <= MAX_UNSEEN
    assert len(playback.message["frames"]) <= MAX_UNSEEN
    assert 1 <= playback.pace.updates <= MAX_TOP_UPDATES


def check_sentence(notice: str | None) -> None:
    """A notice is one short sentence."""
    assert notice is None or (notice.endswith(".") and len(notice) < 700 and "Traceback" not in notice), notice


@for_any(100, 6000, sent=st.lists(messages(), min_size=1, max_size=4))
def test_the_explorer(sent: list[Any]) -> None:
    space = Workspace(SMALL)
    for message in sent:
        sequence = space.player.message["sequence"]
        space.command(numbered(message, space.player))
        assert space.player.message["sequence"] == sequence + 1  # the view gets an answer
        check_sentence(space.notice)
    check_playback(space.player)
    assert small_enough(space.experiment) == space.experiment
    assert len(space.form["layers"]) <= MAX_LAYERS
    assert len(json.dumps([settings(space.form), space.form])) < 30_000 + 30 * MAX_SIZE
    assert space.player.packed({"form": space.form, "settings": settings(space.form), "notice": space.notice})
    check_step_of_the_explorer(space)


def check_step_of_the_explorer(space: Workspace) -> None:
    """A step that is asked for now is made."""
    player, number = space.player, space.player.message["acknowledged"] + 1
    space.command([{"id": number, "type": "look", "step": None}, {"id": number + 1, "type": "step", "unit": "update"}])
    before = player.trainer.step_count
    space.command([{"id": number + 2, "type": "step", "unit": "update"}])
    assert player.message["acknowledged"] == number + 2
    assert player.trainer.step_count == before + 1 or player.trainer.diverged
    assert player.message["frames"]


@for_any(60, 3000, sent=st.lists(messages(), min_size=1, max_size=3))
def test_compare(sent: list[Any]) -> None:
    compared = Comparison(STACKS, Experiment)
    for message in sent:
        compared.command(numbered(message, compared.playback))
        check_sentence(compared.notice)
    check_playback(compared.playback)
    assert MIN_STACKS <= len(compared.experiments) <= MAX_STACKS >= len(compared.stacks)
    for experiment in compared.experiments:
        assert small_enough(experiment) == experiment
    assert compared.playback.packed({"stacks": compared.stacks, "settings": settings(compared.form)})
    number, before = compared.playback.message["acknowledged"] + 1, compared.playback.lockstep.step_count
    compared.command([{"id": number, "type": "step", "unit": "update"}])
    assert compared.playback.message["acknowledged"] == number
    assert compared.playback.lockstep.step_count == before + 1 or compared.playback.lockstep.diverged


@for_any(
    150,
    6000,
    sent=st.lists(
        st.fixed_dictionaries(
            {},
            optional={
                "go": VALUES,
                "entry": st.lists(VALUES, max_size=3) | VALUES,
                "weight": st.lists(VALUES, max_size=4) | VALUES,
            },
        )
        | VALUES,
        min_size=1,
        max_size=4,
    ),
)
def test_the_chain_rule(sent: list[Any]) -> None:
    study = Study({})
    for message in sent:
        study.obey(message)
    assert json.dumps([scene.strip(study), scene.diagram(study), scene.tables(study)], allow_nan=False)
    study.obey({"go": 3})
    assert study.position == 3
    study.obey({"weight": [1, 0, 1]})
    assert study.weight is None or (study.weight.layer, study.weight.unit, study.weight.source) == (1, 0, 1)


@for_any(100, 3000, sent=st.lists(VALUES | st.sampled_from(["tanh", "step"]), min_size=1, max_size=4))
def test_the_cards_of_activations(sent: list[Any]) -> None:
    picked: list[Any] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cards, "palette", lambda: LIGHT)
        patch.setattr(cards, "hears", lambda obey, key, trigger: obey)
        patch.setattr(cards, "_CARDS", lambda key, data, on_picked_change: [on_picked_change(value) for value in sent])
        cards.curve_cards(
            "forward_cards", "Forward function", [{"name": "tanh"}, {"name": "step"}], "tanh", picked.append
        )
    assert picked == [value for value in sent if isinstance(value, str) and value in ("tanh", "step")]


@for_any(150, 6000, sent=st.lists(st.dictionaries(st.sampled_from(sorted(DEFAULTS)), VALUES, max_size=2), max_size=4))
def test_what_is_entered_on_activations(sent: list[dict[str, Any]]) -> None:
    choice = Choice({})
    for values in sent:
        choice.change(**values)
        check_sentence(choice.notice)
        assert Choice(choice.query()).pair == choice.pair
    choice.change(**DEFAULTS)
    assert (choice.notice, choice.query()) == (None, {})
