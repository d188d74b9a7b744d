"""The state of *Spot the bug*: the choices, the twins that train, the guesses and the score. Knows nothing of
Streamlit.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from backprop import Experiment, Layer, SpecError, to_query
from backprop.checks import check_choice, check_whole
from backprop.experiment import MAX_SEED
from backprop.explain.agreement import Agreement, compare
from backprop.explain.bugs import BUGS, Bug, buggy_backward
from backprop.studies.twins import Twins, surprise
from ui.live.turns import TURNS
from ui.sentences import link_notice

SURPRISE, EXPLORER = "surprise", "explorer"
FIRST_SEED = 5
RUN_STEPS, MEASURE_EVERY = 400, 4
RUN_SECONDS = 2.0  # a run ends after this time, so that the page responds
MAX_PARAMETERS = 3000  # the gradient check runs the network twice for each parameter


@dataclass(frozen=True)
class Place:
    """A network in which a mistake is made."""

    label: str
    experiment: Experiment


def _place(label: str, dataset: str, layers: tuple[Layer, ...], loss: str, optimizer: str, rate: float) -> Place:
    # 256 training samples make eight batches of 32, all of the same size.
    experiment = Experiment(
        dataset=dataset,
        layers=layers,
        loss=loss,
        optimizer=optimizer,
        learning_rate=rate,
        samples=320,
        test_share=0.2,
        batch_size=32,
    )
    return Place(label, experiment)


_SIGMOID = Layer(1, "sigmoid")
PLACES: dict[str, Place] = {
    "three": _place(
        "Three activations: tanh, sigmoid, ReLU",
        "circle",
        (Layer(8, "tanh"), Layer(8, "sigmoid"), Layer(8, "relu"), _SIGMOID),
        "bce",
        "momentum",
        0.05,
    ),
    "classes": _place(
        "Three classes: softmax with squared error",
        "three_arms",
        (Layer(8, "tanh"), Layer(8, "relu"), Layer(3, "softmax")),
        "mse",
        "sgd",
        0.5,
    ),
    "curve": _place(
        "A curve: two tanh layers of one size",
        "sine",
        (Layer(12, "tanh"), Layer(12, "tanh"), Layer(1, "identity")),
        "mse",
        "sgd",
        0.1,
    ),
    "unequal": _place(
        "Layers of unequal size: 7, 5, 3",
        "circle",
        (Layer(7, "tanh"), Layer(5, "relu"), Layer(3, "tanh"), _SIGMOID),
        "bce",
        "momentum",
        0.05,
    ),
    "sigmoids": _place(
        "Sigmoids only", "gauss", (Layer(6, "sigmoid"), Layer(6, "sigmoid"), _SIGMOID), "bce", "adam", 0.02
    ),
}
PLACE_NAMES = (*PLACES, EXPLORER)
BUG_NAMES = (SURPRISE, *BUGS)


class BugHunt:
    """The state of one visitor.

    Attributes:
        choice: ``SURPRISE``, or the key of a bug that the visitor wants to look at openly.
        place: A key of ``PLACES``, or ``EXPLORER``.
        seed: The seed of weights and batches; with a surprise it also determines the bug.
        notice: What is wrong with the link, in one sentence, or None.
        problem: Why this choice cannot be shown, in one sentence, or None.
        twins: The two networks that train; None if there is a problem.
        picked: The selected guess, or None.
        wrong_guess: The latest guess if it was wrong, else None.
        right_guesses, guesses: The score.
    """

    def __init__(self, query: Mapping[str, str]) -> None:
        problems: list[str] = []

        def checked(name: str, usual: Any, read: Callable[[str], Any]) -> Any:
            try:
                return read(query[name]) if name in query else usual
            except SpecError as error:
                problems.append(str(error))
                return usual

        self.choice: str = checked("bug", SURPRISE, lambda text: _name("bug", text, BUG_NAMES))
        self.place: str = checked("network", "three", lambda text: _name("network", text, PLACE_NAMES))
        self.seed: int = checked("seed", FIRST_SEED, _read_seed)
        self.notice = link_notice(problems)
        self.right_guesses = self.guesses = 0
        self._explorers: Experiment | None = None
        self._solved: set[Experiment] = set()
        self._set_up()

    # --- what it is about --------------------------------------------------------------------------------------------

    @property
    def experiment(self) -> Experiment | None:
        """The experiment of both twins; None while the Explorer's is not known."""
        base = self._explorers if self.place == EXPLORER else PLACES[self.place].experiment
        return None if base is None else replace(base, seed=self.seed)

    @property
    def query(self) -> dict[str, str]:
        """The choices as the parameters of a link. With a surprise, the link does not name the bug."""
        settings: dict[str, str] = {}
        if self.place == EXPLORER and self._explorers is not None:
            settings = to_query(self._explorers)
        return {**settings, "bug": self.choice, "network": self.place, "seed": str(self.seed)}

    @property
    def open(self) -> bool:
        """Whether the bug is still to be guessed."""
        return self.twins is not None and self.choice == SURPRISE and self.experiment not in self._solved

    @property
    def answer(self) -> Bug | None:
        """The bug, once it may be told."""
        return None if self.twins is None or self.open else BUGS[self.twins.bug]

    def follow(self, explorers: Experiment) -> None:
        """Take over the experiment that the Explorer runs. If the hunt uses it and it changed, a new hunt begins."""
        if explorers != self._explorers:
            self._explorers = explorers
            if self.place == EXPLORER:
                self._set_up()

    def choose(self, choice: str | None = None, place: str | None = None, seed: int | None = None) -> None:
        """Choose another bug, network or seed, and begin a new hunt."""
        self.choice = self.choice if choice is None else choice
        self.place = self.place if place is None else place
        self.seed = self.seed if seed is None else seed
        self.notice = None
        self._set_up()

    def next(self) -> None:
        """Begin another surprise in the same network, with another seed."""
        self.choose(SURPRISE, seed=(self.seed + 1 + secrets.randbelow(998)) % 1000)  # never the present seed

    def _set_up(self) -> None:
        self.twins: Twins | None = None
        self.problem: str | None = None
        self.picked: str | None = None
        self.wrong_guess: str | None = None
        experiment = self.experiment
        if experiment is None:
            return
        if experiment.parameter_count > MAX_PARAMETERS:
            self.problem = (
                f"The Explorer's network has {experiment.parameter_count:,} weights and biases, more than the "
                f"{MAX_PARAMETERS:,} that are checked here one by one: take fewer units there, or another network here."
            )
            return
        try:
            self.twins = Twins(experiment, surprise(experiment) if self.choice == SURPRISE else self.choice)
        except SpecError as error:
            cannot = "" if self.choice == SURPRISE else f"“{BUGS[self.choice].title}” cannot be made here: "
            self.problem = f"{cannot}{error}."
            self.problem = self.problem[:1].upper() + self.problem[1:]

    # --- training and guessing ---------------------------------------------------------------------------------------

    def run(self) -> None:
        """Train both networks for ``RUN_STEPS`` steps; fewer if they take long."""
        if self.twins is None:
            return
        used = 0.0
        with TURNS.turn(urgent=True) as turn:
            begun = time.perf_counter()
            for _ in self.twins.train(RUN_STEPS, MEASURE_EVERY):
                used += time.perf_counter() - begun
                if used > RUN_SECONDS:
                    return
                turn.give_way()
                begun = time.perf_counter()

    def restart(self) -> None:
        """Go back to the initial weights, which both networks share. The guess stays."""
        if self.twins is not None:
            self.twins = Twins(self.twins.experiment, self.twins.bug)

    def guess(self) -> None:
        """Submit the selected guess."""
        if self.twins is None or not self.open or self.picked is None:
            return
        self.guesses += 1
        if self.picked == self.twins.bug:
            self.right_guesses += 1
            self.wrong_guess = None
            self.reveal()
        else:
            self.wrong_guess = self.picked

    def reveal(self) -> None:
        """Show the answer from now on: the visitor has found it or given up."""
        if self.experiment is not None:
            self._solved.add(self.experiment)

    @property
    def contradiction(self) -> str | None:
        """What contradicts the wrong guess, in one sentence; None if the latest guess was not wrong."""
        if self.twins is None or self.wrong_guess is None:
            return None
        fresh = Twins(self.twins.experiment, self.twins.bug)
        network, X, y = fresh.right, fresh.X[: fresh.measured], fresh.y[: fresh.measured]
        refusal = BUGS[self.wrong_guess].refusal(network)
        if refusal is not None:
            return f"It cannot be made here: {refusal}."
        trace = network.forward(X)
        expected = compare(network.backward(trace, y), buggy_backward(network, trace, y, self.wrong_guess))
        seen = fresh.moment().agreement
        layer = max(range(len(seen)), key=lambda j: _distance(expected[j], seen[j]))
        return (
            f"With it, layer {layer + 1} would begin with {_as_words(expected[layer])}; here it begins with "
            f"{_as_words(seen[layer])}."
        )


def _name(field: str, text: str, known: tuple[str, ...]) -> str:
    check_choice(field, text, known)
    return text


def _read_seed(text: str) -> int:
    digits = text.isascii() and text.isdigit() and len(text) <= len(str(MAX_SEED))
    seed: Any = int(text) if digits else text
    check_whole("seed", seed, 0, MAX_SEED)
    return int(seed)


def _distance(one: Agreement, two: Agreement) -> float:
    """How far apart two rows of the table are; 0 if either has no numbers."""
    distance = abs(one.cosine - two.cosine) + abs(one.norm_ratio - two.norm_ratio) / (one.norm_ratio + two.norm_ratio)
    return distance if distance == distance else 0.0


def _as_words(agreement: Agreement) -> str:
    return f"cosine {agreement.cosine:.2f} and {agreement.norm_ratio:.2f} times the length".replace("-", "−")
