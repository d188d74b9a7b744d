"""The parts of the Activations page that need no Streamlit: choice, words, cards, results in a sentence, the lines."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

from backprop import ACTIVATIONS, SURROGATES
from backprop.explain import curves
from backprop.studies.function_pairs import REFERENCE
from ui.activations import words
from ui.activations.cards import OWN, backward_cards, forward_cards
from ui.activations.choice import DEFAULTS, Choice, Pair, backward_label
from ui.activations.frameworks import CLAIMS, SNIPPETS
from ui.activations.results_table import results_table
from ui.activations.training import SEEDS, compared, finding
from ui.palette import DARK, LIGHT

# --- choice ----------------------------------------------------------------------------------------------------------


def test_a_link_is_read_and_written() -> None:
    query = {"forward": "step", "backward": "fast_sigmoid(10)", "tau": "0.2", "z": "trained:2", "task": "xor"}
    choice = Choice(query)
    assert choice.notice is None
    assert choice.pair == Pair("step", "fast_sigmoid(10)")
    assert (choice.tau, choice.source, choice.task) == (0.2, ("trained", 2), "xor")
    assert choice.query() == query
    assert Choice({}).query() == {}
    assert Choice({"layers": "8:tanh", "utm": "x"}).notice is None  # the settings of other pages


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"forward": "nope"}, "there is no activation 'nope'"),
        ({"forward": "leaky_relu(7)"}, "alpha of leaky_relu must lie between 0 and 1, not 7"),
        ({"backward": "softmax"}, "softmax cannot be a backward function"),
        ({"backward": "tanh(1)"}, "tanh takes no parameters"),
        ({"tau": "lots"}, "tau must be a number such as 0.05"),
        ({"tau": "nan"}, "tau must be a number from 0.001 to 0.999"),
        ({"tau": "1"}, "tau must be a number from 0.001 to 0.999"),
        ({"z": "start:9"}, "z must name a layer"),
        ({"task": "cats"}, "choose one of moons, xor, spiral"),
        ({"forward": ""}, "there is no activation ''"),
    ],
)
def test_nonsense_in_a_link_gets_one_sentence(query: dict[str, str], said: str) -> None:
    choice = Choice({**query, "z": query.get("z", "start:2")})
    assert choice.notice is not None
    assert choice.notice.startswith("This link cannot be opened as it is: ")
    assert said in choice.notice
    assert choice.query() == ({} if "z" in query else {"z": "start:2"})  # what makes sense is kept
    choice.change(task="xor")
    assert choice.notice is None


def test_what_makes_no_sense_is_kept_but_not_drawn() -> None:
    choice = Choice({"forward": "leaky_relu(0.2)"})
    choice.change(forward="leaky_relu(7)")
    assert choice.notice == "Forward: alpha of leaky_relu must lie between 0 and 1, not 7."
    assert choice.form["forward"] == "leaky_relu(7)"
    assert choice.pair.forward == "leaky_relu(0.2)"
    choice.change(tau=0.1)  # and a change elsewhere does not hide it
    assert "alpha" in str(choice.notice)
    assert choice.tau == 0.1
    choice.change(forward="leaky_relu(0.7)")
    assert str(choice.notice) == "None"
    assert choice.pair.forward == "leaky_relu(0.7)"


def test_softmax_keeps_its_own_slope_and_the_pick_waits() -> None:
    choice = Choice({"backward": "tanh"})
    choice.change(forward="softmax")
    assert choice.pair == Pair("softmax", None)
    choice.change(forward="relu")
    assert choice.pair == Pair("relu", "tanh")


def test_defaults_make_sense() -> None:
    choice = Choice({})
    choice.change(**DEFAULTS)
    assert choice.notice is None


def test_names_of_backward_functions() -> None:
    assert backward_label(None) == "own slope"
    assert backward_label("tanh") == "slope of tanh"
    assert backward_label("fast_sigmoid(10)") == "fast sigmoid (10)"
    assert Pair("relu", "leaky_relu(0.2)").label == "ReLU ← slope of leaky ReLU (0.2)"


# --- words -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("gain", "factor", "said"),
    [
        (0.0, "× 0", "Nothing passes"),
        (4.0**-10, "× 9.5 · 10⁻⁷", "one part in 1 million"),
        (6.0**-10, "× 1.7 · 10⁻⁸", "one part in 60 million"),
        (2.0**-10, "× 9.8 · 10⁻⁴", "one part in 1,000"),
        (0.2156, "× 0.216", "one part in 4.6 "),
        (1.0, "× 1", "All of it can pass"),
        (3.36, "× 3.36", "grow 3.4-fold"),
        (282.12, "× 282", "grow 282-fold"),
        (5.0**10, "× 9.8 · 10⁶", "grow 9.8 million-fold"),
    ],
)
def test_ten_layers_in_words(gain: float, factor: str, said: str) -> None:
    assert words.factor(gain) == factor
    assert said in words.ten_layers(gain)


@pytest.mark.parametrize("entry", [*ACTIVATIONS.values(), *SURROGATES.values()], ids=lambda entry: entry.name)
def test_every_entry_has_its_words(entry: Any) -> None:
    gain = curves.best_gain(entry)
    assert words.ten_layers(gain).endswith(".")
    assert "nan" not in words.factor(gain) + words.zones(curves.flat_zones(entry)) + words.number(entry.max_slope)


def test_numbers_in_words() -> None:
    assert words.span(-0.2784, math.inf) == "−0.278 to ∞"
    assert words.zones([(-7, -2.178), (2.178, 7)]) == "below −2.18 and above 2.18"
    assert words.zones([(-7, 0.0), (1.52, 1.62)]) == "below 0 and 1.52 to 1.62"
    assert words.zones([(-7, 7)]) == "everywhere"
    assert words.zones([]) == "nowhere"
    assert words.places((-3.0, 3.0)) == "at −3 and 3"
    assert words.places(()) == "none"
    assert [words.share(x) for x in (0, 0.001, 0.314, 0.9999, 1)] == ["0 %", "< 1 %", "31 %", "> 99 %", "100 %"]


# --- cards -----------------------------------------------------------------------------------------------------------


def test_every_entry_of_the_registry_has_its_card() -> None:
    assert [card["name"] for card in forward_cards(0.05)] == list(ACTIVATIONS)
    names = [card["name"] for card in backward_cards(ACTIVATIONS["relu"], 0.05)]
    elementwise = [name for name, entry in ACTIVATIONS.items() if entry.elementwise]
    assert names == [OWN, *SURROGATES, *elementwise]
    for card in (*forward_cards(0.05), *backward_cards(ACTIVATIONS["softmax"], 0.05)):
        heights = np.array([*card["g"], *(card["f"] or []), card["one"], card["zero_level"]])
        assert (heights >= 0).all()
        assert (heights <= 1).all()
        assert card["label"]
        assert "largest slope" in card["title"]


def test_a_new_entry_appears_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ACTIVATIONS, "newcomer", replace(ACTIVATIONS["tanh"], name="newcomer", label="newcomer"))
    assert forward_cards(0.05)[-1]["name"] == "newcomer"
    assert "newcomer" in [card["name"] for card in backward_cards(ACTIVATIONS["relu"], 0.05)]


def test_cards_shade_what_is_flat() -> None:
    cards = {card["name"]: card for card in forward_cards(0.05)}
    assert cards["relu"]["zero"] == [[0, 35]]  # 71 places, 0 in the middle
    assert cards["relu"]["flat"] == []
    assert cards["identity"]["flat"] == cards["identity"]["zero"] == []
    assert len(cards["sigmoid"]["flat"]) == 2
    wide, narrow = (next(c for c in forward_cards(tau) if c["name"] == "tanh")["flat"] for tau in (0.5, 0.01))
    assert wide[0][1] > narrow[0][1]


# --- training --------------------------------------------------------------------------------------------------------


def test_what_a_pair_is_compared_with() -> None:
    assert compared(Pair("relu", "tanh")) == [Pair("relu", "tanh"), Pair("relu", None), Pair("relu", "zero")]
    assert compared(Pair("relu", None)) == [Pair("relu", None), Pair("relu", "zero")]
    assert compared(Pair("relu", "zero")) == [Pair("relu", "zero"), Pair("relu", None)]
    assert compared(Pair("step", "sigmoid")) == [Pair("step", "sigmoid"), Pair("step", "zero")]
    assert compared(Pair("softmax", None)) == [Pair("softmax", None)]


def test_the_finding_names_the_numbers() -> None:
    rows = compared(Pair("relu", "tanh"))
    said = finding(rows, [[90.0] * SEEDS, [95.0] * SEEDS, [89.0] * 3 + [91.0] * 7])
    assert said == (
        "**ReLU ← tanh**: 90.0 ± 0.0 %. It beats its control (90.4 ± 0.9 %) in 3 of 10 seeds; "
        "its own slope (95.0 ± 0.0 %) is 5.0 points better."
    )
    assert finding(rows, [[90.0] * SEEDS, [95.0], [89.0] * 9]) == ""  # not before all seeds are there
    assert finding(compared(Pair("softmax", None)), [[90.0] * SEEDS]) == ""


def test_the_table_holds_every_point_within_its_strip() -> None:
    rows = [Pair(*pair) for pair in REFERENCE]
    results = [[100.0, 31.0, 55.5]] + [[] for _ in rows[1:]]
    for colors in (LIGHT, DARK):
        html = results_table(rows, results, [(96.0, 0.6)] + [None] * (len(rows) - 1), colors)
        places = [float(place) for place in re.findall(r"left: ([\d.-]+)%", html)]
        assert min(places) >= 0
        assert max(places) == 100
        assert html.count('class="point"') == 3
        assert html.count("<tr>") == 1 + len(rows)
        assert "62.2 ± 28.6 %" in html
        assert html.count("…") == len(rows) - 1
    ElementTree.fromstring(html.partition("</style>")[2])  # well-formed


def test_a_table_without_reference_has_no_column_for_it() -> None:
    assert 'class="reference"' not in results_table([Pair("elu", None)], [[90.0]], [None], LIGHT)


# --- other libraries -------------------------------------------------------------------------------------------------


def test_the_lines_are_python() -> None:
    for name, (code, tried) in SNIPPETS.items():
        compile(code, name, "exec")
        assert tried.endswith(".")
    assert {verdict for _, verdict, _ in CLAIMS} == {"True", "False"}


def test_the_pytorch_lines_do_what_they_say() -> None:
    torch = pytest.importorskip("torch")
    z = np.linspace(-3, 3, 13)
    for name in ("PyTorch", "stop-gradient"):
        space: dict[str, Any] = {"torch": torch}
        exec(SNIPPETS[name][0], space)
        tensor = torch.tensor(z, requires_grad=True)
        a = space["step_with_sigmoid_slope"](tensor)
        (3 * a).sum().backward()
        np.testing.assert_allclose(a.detach().numpy(), ACTIVATIONS["step"].f(z), atol=1e-15)
        np.testing.assert_allclose(tensor.grad.numpy(), 3 * ACTIVATIONS["sigmoid"].df(z), rtol=1e-12)


def test_the_projects_own_line() -> None:
    space: dict[str, Any] = {}
    exec(SNIPPETS["this project"][0], space)
    assert (space["layer"].activation, space["layer"].backward) == ("step", "sigmoid")
