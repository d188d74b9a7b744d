"""The hunt without a page: links, every choice, guesses and score, and what is not told too early."""

from __future__ import annotations

from dataclasses import replace

import pytest

from backprop import Experiment, Layer, Network, from_query
from backprop.experiment import MAX_SEED
from backprop.explain.bugs import BUGS, applicable_bugs
from backprop.studies.twins import Twins
from ui.spot_the_bug import bug_hunt
from ui.spot_the_bug.bug_hunt import EXPLORER, FIRST_SEED, PLACES, RUN_STEPS, SURPRISE, BugHunt


@pytest.fixture(autouse=True)
def _runs_end_by_their_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bug_hunt, "RUN_SECONDS", 60.0)


def _twins(hunt: BugHunt) -> Twins:
    assert hunt.twins is not None
    return hunt.twins


def _problem(hunt: BugHunt) -> str:
    """Why there is nothing to see, and indeed nothing is there."""
    assert hunt.twins is None
    assert hunt.problem is not None
    return hunt.problem


def test_every_bug_has_a_place_and_every_place_a_bug_that_it_refuses() -> None:
    found = set()
    for place in PLACES.values():
        e = place.experiment
        names = applicable_bugs(Network(len(e.features), e.layers, e.loss))
        found |= set(names)
        assert 3 <= len(names) < len(BUGS)
        assert Twins(e, names[0]).measured * 8 == 256  # every batch is of one size
    assert found == set(BUGS)


@pytest.mark.parametrize("place", PLACES)
def test_no_two_bugs_look_the_same(place: str) -> None:
    seen = set()
    experiment = replace(PLACES[place].experiment, seed=FIRST_SEED)
    names = applicable_bugs(Network(len(experiment.features), experiment.layers, experiment.loss))
    for name in names:
        agreement = Twins(experiment, name).moment().agreement
        seen.add(tuple((round(layer.cosine, 3), round(layer.norm_ratio, 3)) for layer in agreement))
    assert len(seen) == len(names)


def test_opens_with_a_surprise() -> None:
    hunt = BugHunt({})
    assert (hunt.choice, hunt.place, hunt.seed, hunt.notice, hunt.problem) == (
        SURPRISE,
        "three",
        FIRST_SEED,
        None,
        None,
    )
    assert hunt.open
    assert hunt.answer is None
    assert hunt.query == {"bug": "surprise", "network": "three", "seed": str(FIRST_SEED)}


@pytest.mark.parametrize("bug", BUGS)
def test_a_link_opens_what_it_names(bug: str) -> None:
    place = next(p for p in PLACES if bug in _applicable(p))
    hunt = BugHunt({"bug": bug, "network": place, "seed": "7"})
    assert _twins(hunt).bug == bug
    assert _twins(hunt).experiment == replace(PLACES[place].experiment, seed=7, dtype="float64")
    assert hunt.answer is BUGS[bug]
    assert not hunt.open
    assert BugHunt(hunt.query).query == hunt.query


def _applicable(place: str) -> list[str]:
    e = PLACES[place].experiment
    return applicable_bugs(Network(len(e.features), e.layers, e.loss))


@pytest.mark.parametrize(
    ("query", "word"),
    [
        ({"bug": "no_such_bug"}, "bug: there is no 'no_such_bug'; choose one of surprise"),
        ({"network": "huge"}, "network: there is no 'huge'; choose one of three"),
        ({"seed": "many"}, "seed must be a whole number from 0 to 2147483647, not 'many'"),
        ({"seed": "-1"}, "not '-1'"),
        ({"seed": "²"}, "not '²'"),
        ({"seed": "9" * 5000}, "seed must be"),
        ({"seed": str(MAX_SEED + 1)}, "seed must be"),
    ],
)
def test_a_link_that_makes_no_sense_is_told(query: dict[str, str], word: str) -> None:
    hunt = BugHunt(query)
    assert hunt.notice is not None
    assert word in hunt.notice
    assert hunt.open
    assert hunt.query == BugHunt({}).query
    hunt.choose(seed=3)
    assert not hunt.notice
    assert BugHunt({"seed": str(MAX_SEED)}).seed == MAX_SEED


def test_a_bug_without_a_place_says_why() -> None:
    hunt = BugHunt({"bug": "softmax_diagonal"})
    assert _problem(hunt).startswith("“softmax by its diagonal only” cannot be made here: no layer of this network")
    assert hunt.answer is None
    hunt.run()  # none of these has anything to do
    hunt.restart()
    hunt.guess()
    hunt.choose(place="classes")
    assert hunt.problem is None
    assert hunt.answer is BUGS["softmax_diagonal"]


def test_running_goes_on_and_starts_over() -> None:
    hunt = BugHunt({"network": "sigmoids"})
    hunt.run()
    assert _twins(hunt).step_count == RUN_STEPS
    losses = _twins(hunt).history.column("wrong_loss").copy()
    hunt.run()
    assert _twins(hunt).step_count == 2 * RUN_STEPS
    hunt.picked = "bce_sign"
    hunt.restart()
    assert _twins(hunt).step_count == 0
    assert hunt.picked == "bce_sign"
    hunt.run()
    assert list(_twins(hunt).history.column("wrong_loss")) == list(losses)


def test_a_long_run_ends_by_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bug_hunt, "RUN_SECONDS", 0.0)
    hunt = BugHunt({})
    hunt.run()
    assert _twins(hunt).step_count == bug_hunt.MEASURE_EVERY


# --- guessing --------------------------------------------------------------------------------------------------------


def _wrong(hunt: BugHunt) -> str:
    return next(name for name in _applicable(hunt.place) if name != _twins(hunt).bug)


def test_a_right_guess_counts_and_tells_the_answer() -> None:
    hunt = BugHunt({})
    hunt.guess()  # nothing is ticked yet
    assert hunt.guesses == 0
    hunt.picked = _twins(hunt).bug
    hunt.guess()
    assert (hunt.right_guesses, hunt.guesses) == (1, 1)
    assert hunt.answer is BUGS[_twins(hunt).bug]
    hunt.guess()  # it is over
    assert hunt.guesses == 1


def test_a_wrong_guess_counts_against_and_says_what_speaks_against_it() -> None:
    hunt = BugHunt({})
    hunt.picked = _wrong(hunt)
    hunt.run()
    hunt.guess()
    assert (hunt.right_guesses, hunt.guesses) == (0, 1)
    assert hunt.open
    assert hunt.answer is None
    # The numbers are those of the table: of a pass with that bug, and of the real one, at the first weights.
    assert hunt.contradiction is not None
    assert hunt.experiment is not None
    expected = Twins(hunt.experiment, hunt.picked).moment().agreement
    seen = Twins(hunt.experiment, _twins(hunt).bug).moment().agreement
    layer = int(hunt.contradiction.split("layer ")[1].split()[0]) - 1
    for agreement in (expected[layer], seen[layer]):
        said = f"cosine {agreement.cosine:.2f} and {agreement.norm_ratio:.2f} times".replace("-", "−")
        assert said in hunt.contradiction
    hunt.picked = _twins(hunt).bug
    hunt.guess()
    assert (hunt.right_guesses, hunt.guesses) == (1, 2)
    assert hunt.wrong_guess is None
    assert hunt.contradiction is None


def test_a_guess_that_cannot_be_is_told_so() -> None:
    hunt = BugHunt({})
    hunt.picked = "softmax_diagonal"
    hunt.guess()
    assert hunt.contradiction is not None
    assert hunt.contradiction.startswith("It cannot be made here: no layer of this network is a softmax")


def test_reveal_tells_without_counting_and_for_good() -> None:
    hunt = BugHunt({})
    hunt.reveal()
    assert hunt.answer is BUGS[_twins(hunt).bug]
    assert hunt.guesses == 0
    hunt.choose(seed=3)
    assert hunt.open
    hunt.choose(seed=FIRST_SEED)
    assert not hunt.open  # what was told is not a surprise any more


def test_the_next_surprise_is_another_one(monkeypatch: pytest.MonkeyPatch) -> None:
    hunt = BugHunt({"bug": "bce_sign", "seed": "5"})
    for drawn in (0, 997):
        monkeypatch.setattr(
            "ui.spot_the_bug.bug_hunt.secrets.randbelow", lambda below, drawn=drawn: min(drawn, below - 1)
        )
        before = hunt.seed
        hunt.next()
        assert hunt.seed != before
        assert hunt.open
        assert 0 <= hunt.seed < 1000


# --- the Explorer's network ------------------------------------------------------------------------------------------


def test_the_explorers_network_is_followed() -> None:
    hunt = BugHunt({"network": EXPLORER, "bug": "bce_sign"})
    assert hunt.twins is None
    assert hunt.problem is None
    hunt.follow(Experiment())
    assert _twins(hunt).experiment == Experiment(seed=FIRST_SEED, dtype="float64")
    same = hunt.twins
    hunt.follow(Experiment())
    assert hunt.twins is same  # nothing has changed
    other = Experiment(dataset="moons", layers=(Layer(4, "relu"), Layer(1, "sigmoid")))
    hunt.follow(other)
    assert _twins(hunt).experiment.layers == other.layers
    assert from_query(hunt.query) == replace(other, seed=FIRST_SEED)  # the link says all of it
    hunt.choose(place="three")
    kept = hunt.twins
    hunt.follow(Experiment())
    assert hunt.twins is kept


@pytest.mark.parametrize(
    ("layers", "word"),
    [
        ((Layer(8, "relu", "tanh"), Layer(1, "sigmoid")), "Layer 1 runs backward on another slope than its own"),
        ((Layer(60, "relu"), Layer(60, "relu"), Layer(1, "sigmoid")), "more than the 3,000"),
    ],
)
def test_the_explorers_network_may_not_do(layers: tuple[Layer, ...], word: str) -> None:
    hunt = BugHunt({"network": EXPLORER})
    hunt.follow(Experiment(layers=layers))
    assert hunt.twins is None
    assert hunt.problem is not None
    assert word in hunt.problem
    assert hunt.problem.count(". ") == 0  # one sentence
    assert not hunt.open
    assert hunt.contradiction is None
