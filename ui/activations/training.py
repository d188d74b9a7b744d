"""Tests the pair: trains it beside its forward function's own slope and beside the control, seed by seed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from backprop.studies.function_pairs import CONTROL, LEARNING_RATE, N_TEST, N_TRAIN, REFERENCE, TASKS, accuracy
from ui.activations.choice import Choice, Pair
from ui.activations.results_table import Reference, mean_and_deviation, results_table, row_label
from ui.live.turns import TURNS
from ui.palette import palette

Results = dict[tuple[str, Pair, int], float]  # (task, pair, seed) → test accuracy in %

SEEDS = 10
THIS, TABLE = "this pair and its controls", "the whole table"
_RESULTS, _ROWS, _TASK = "pair_results", "pair_rows", "pair_task"


@st.fragment
def training(choice: Choice) -> None:
    """Draw the choice of task, the button, the table that fills while it trains, and the result in a sentence."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        _pick_task(choice)
        which = st.segmented_control(
            "Compare", [THIS, TABLE], default=THIS, required=True, key=_ROWS, persist_state="session"
        )
        start = st.button("Train", key="train", type="primary", icon=":material/play_arrow:")
    rows = [Pair(*pair) for pair in REFERENCE] if which == TABLE else compared(choice.pair)
    task = TASKS[choice.task]
    st.caption(
        f"{choice.task}: two hidden layers of {task.width}, {task.steps} full-batch updates by Adam "
        f"({LEARNING_RATE:g}), {N_TRAIN} samples for training and {N_TEST} for the test. A point is one seed, "
        "the line their mean, the band ± one standard deviation, a diamond the reference run. ← zero is the control: "
        "its hidden layers never learn."
    )
    said, table, progress = st.empty(), st.empty(), st.empty()
    _show(table, choice.task, rows)
    if start:  # a click elsewhere ends this run; its results stay, and the next Train continues from them
        for done in _train(choice.task, rows):
            progress.progress(done, f"{done:.0%} trained")
            _show(table, choice.task, rows)
        progress.empty()
    said.markdown(finding(rows, [_found(choice.task, row) for row in rows]))


def compared(pair: Pair) -> list[Pair]:
    """The pair, its forward function with its own slope, and the control; none twice, and none that is impossible."""
    controls = [Pair(pair.forward, None)]
    if pair.f.elementwise:
        controls.append(Pair(pair.forward, CONTROL))
    if pair.f.max_slope == 0:
        controls = controls[1:]  # the own slope of a step is zero, which is the control already
    return list(dict.fromkeys([pair, *controls]))


def finding(rows: Sequence[Pair], results: Sequence[Sequence[float]]) -> str:
    """The first row against its controls, seed by seed; empty until all are trained, or if there is no control."""
    found = dict(zip(rows, results, strict=True))
    first, control = rows[0], Pair(rows[0].forward, CONTROL)
    if control not in found or first == control or any(len(found[row]) < SEEDS for row in (first, control)):
        return ""
    wins = sum(a > b for a, b in zip(found[first], found[control], strict=True))
    said, floor = mean_and_deviation(found[first]), mean_and_deviation(found[control])
    text = f"**{row_label(first)}**: {said}. It beats its control ({floor}) in {wins} of {SEEDS} seeds"
    own = found.get(Pair(first.forward, None), [])
    if first.backward is not None and len(own) == SEEDS:
        gap = float(np.mean(own) - np.mean(found[first]))
        text += f"; its own slope ({mean_and_deviation(own)}) is {abs(gap):.1f} points {_better(gap)}"
    return f"{text}."


def _better(gap: float) -> str:
    return "better" if gap > 0 else "worse"


def _pick_task(choice: Choice) -> None:
    st.session_state[_TASK] = choice.task

    def changed() -> None:
        choice.change(task=st.session_state[_TASK])
        st.query_params.from_dict(choice.query())

    st.segmented_control("Learn", list(TASKS), key=_TASK, on_change=changed, required=True)


def _train(task: str, rows: Sequence[Pair]) -> Iterator[float]:
    """Train what is missing, seed by seed; yields the share that is done."""
    results = _results()
    for seed in range(SEEDS):
        for number, pair in enumerate(rows, start=1):
            if (task, pair, seed) not in results:
                with TURNS.turn(urgent=False):
                    results[task, pair, seed] = _accuracy(task, pair.forward, pair.backward, seed)
                yield (seed * len(rows) + number) / (SEEDS * len(rows))


@st.cache_data(show_spinner=False, max_entries=5000)
def _accuracy(task: str, forward: str, backward: str | None, seed: int) -> float:
    return accuracy(TASKS[task], forward, backward, seed)


def _show(place: DeltaGenerator, task: str, rows: Sequence[Pair]) -> None:
    results = [_found(task, row) for row in rows]
    if any(results):
        place.html(results_table(rows, results, [_reference(task, row) for row in rows], palette()))


def _found(task: str, pair: Pair) -> list[float]:
    """The accuracies so far, by seed."""
    results = _results()
    return [results[task, pair, seed] for seed in range(SEEDS) if (task, pair, seed) in results]


def _reference(task: str, pair: Pair) -> Reference | None:
    known = REFERENCE.get((pair.forward, pair.backward))
    return known[list(TASKS).index(task)] if known else None


def _results() -> Results:
    found: Results = st.session_state.setdefault(_RESULTS, {})
    return found
