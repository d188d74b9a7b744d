"""Any link opens its page, says in a sentence what in it made no sense, and makes nothing that is too large."""

from __future__ import annotations

import json
from collections.abc import Mapping

import numpy as np

from backprop import Experiment, SpecError, from_query
from tests.hostile import check_link_notice, every_text, for_any, links
from ui.activations import words
from ui.activations.cards import backward_cards, forward_cards
from ui.activations.choice import LARGEST_TAU, SMALLEST_TAU, Choice
from ui.activations.figures import pair_figure
from ui.chain_rule import scene
from ui.chain_rule.formulas import Formulas
from ui.chain_rule.names import colors
from ui.chain_rule.study import MAX_BATCH, MAX_LAYERS, MAX_UNITS, Study
from ui.compare.state import MAX_STACKS, MIN_STACKS, Comparison
from ui.palette import LIGHT
from ui.settings_panel import settings
from ui.spot_the_bug.bug_hunt import BugHunt
from ui.workspace.experiment_form import small_enough
from ui.workspace.workspace import Workspace

SETTINGS = (
    "data",
    "noise",
    "samples",
    "test",
    "dataseed",
    "features",
    "layers",
    "loss",
    "optimizer",
    "lr",
    "schedule",
    "clip",
    "l1",
    "l2",
    "batch",
    "seed",
    "dtype",
)


@for_any(60, 6000, every_text(*SETTINGS), query=links(*SETTINGS))
def test_the_explorer(query: dict[str, str]) -> None:
    space = Workspace(query)
    check_link_notice(space.notice)
    assert small_enough(space.experiment) == space.experiment
    if space.notice is None:  # nothing was left out
        assert from_query(query) == space.experiment
    else:
        check_refused(query)
    assert len(space.player.packed({"form": space.form, "settings": settings(space.form)})) < 2_000_000


def check_refused(query: Mapping[str, str]) -> None:
    """The link describes no experiment that is shown."""
    try:
        small_enough(from_query(query))
    except SpecError:
        return
    raise AssertionError(f"nothing is wrong with {query}")


STACKS = ("a", "b", "c", "d")


@for_any(40, 3000, every_text(*SETTINGS, *STACKS), query=links(*SETTINGS, *STACKS, *STACKS))
def test_compare(query: dict[str, str]) -> None:
    compared = Comparison(query, Experiment)
    check_link_notice(compared.notice)
    assert MIN_STACKS <= len(compared.experiments) <= MAX_STACKS
    for experiment in compared.experiments:
        assert small_enough(experiment) == experiment
    if compared.notice is None:
        common = {name: text for name, text in query.items() if name not in ("a", "b", "c", "d", "layers")}
        named = [query[letter] for letter in "abcd" if letter in query]
        if named:
            stacks = [from_query({**common, "layers": layers}) for layers in named]
            assert list(compared.experiments[: len(stacks)]) == stacks
    assert len(compared.playback.packed({"stacks": compared.stacks, "settings": settings(compared.form)})) < 4_000_000


PLACE = ("sample", "batch", "step", "entry", "weight")


@for_any(60, 3000, every_text("network", *PLACE), query=links(*SETTINGS, "network", "network", *PLACE))
def test_the_chain_rule(query: dict[str, str]) -> None:
    study = Study(query)
    check_link_notice(study.notice)
    assert len(study.experiment.layers) <= MAX_LAYERS
    assert max(layer.units for layer in study.experiment.layers) <= MAX_UNITS
    assert study.batch <= MAX_BATCH
    if study.notice is None:
        for name, value in (("sample", study.sample), ("batch", study.batch), ("step", study.position + 1)):
            assert int(query.get(name, "1")) == value
    for position in range(len(study.steps)):
        check_step(study, position)
    assert Study(study.to_query()).to_query() == study.to_query()


def check_step(study: Study, position: int) -> None:
    """All that the page shows of a step can be written down."""
    study.go(position)
    formulas = Formulas(study.walkthrough, colors(dark=False))
    assert formulas.strut(study.steps) + formulas.written(study.step, study.row, study.column)
    assert scene.title(study.step, study)
    shown = [scene.strip(study), scene.diagram(study), scene.tables(study)]
    assert len(json.dumps(shown, allow_nan=False)) < 100_000


PAIR = ("forward", "backward", "tau", "z", "task")


@for_any(60, 3000, every_text(*PAIR), query=links(*PAIR))
def test_activations(query: dict[str, str]) -> None:
    choice = Choice(query)
    check_link_notice(choice.notice)
    assert SMALLEST_TAU <= choice.tau <= LARGEST_TAU
    if choice.notice is None:
        assert Choice(choice.query()).pair == choice.pair
    pair = choice.pair
    figure = pair_figure(pair, np.linspace(-3, 3, 50), choice.tau, LIGHT)
    cards = [*forward_cards(choice.tau), *backward_cards(pair.f, choice.tau)]
    assert json.dumps(cards, allow_nan=False)
    assert figure.data
    assert all([pair.label, words.number(pair.g.max_slope), words.span(*pair.f.range)])


@for_any(60, 2000, every_text("bug", "network", "seed"), query=links("bug", "network", "seed"))
def test_spot_the_bug(query: dict[str, str]) -> None:
    hunt = BugHunt(query)
    check_link_notice(hunt.notice)
    assert (hunt.twins is None) == (hunt.problem is not None or hunt.place == "explorer")
    if hunt.notice is None:
        assert {
            **hunt.query,
            **{name: query[name] for name in hunt.query if name in query and name != "seed"},
        } == hunt.query
        assert hunt.seed == int(query.get("seed", hunt.seed))
