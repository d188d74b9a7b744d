"""The pair put to the test: trained beside its own slope and beside the control, seed by seed."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Sequence

import numpy as np
import streamlit as st
from streamlit.errors import StreamlitAPIException

from backprop.pairs import CONTROL, LEARNING_RATE, N_TEST, N_TRAIN, REFERENCE, TASKS, accuracy
from ui.activation_gallery.choice import Choice, Pair
from ui.activation_gallery.figures import results_figure, row_label
from ui.palette import palette

Reference = tuple[float, float]
Results = dict[tuple[str, Pair, int], float]  # (task, pair, seed) → test accuracy in %

SEEDS = 10
SECONDS_A_CHART = 0.4  # of training between two charts
THIS, TABLE = "this pair and its controls", "the whole table"
_RESULTS, _GOING, _ROWS, _TASK = "pair_results", "pair_training", "pair_rows", "pair_task"


@st.fragment
def training(choice: Choice) -> None:
    """What to train, the button, the chart as its points come, and what it says in a sentence.

    A run trains for a moment, draws the chart and asks for the next run: drawn once a run, under one key, the chart
    changes in place, while one that is drawn anew in a loop flickers.
    """
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
    said, chart, progress = st.container(), st.container(), st.empty()
    done = 1.0
    if start or st.session_state.pop(_GOING, False):
        done = _train(choice.task, rows)
    results = [_found(choice.task, row) for row in rows]
    with said:
        st.markdown(finding(rows, results))
    with chart:
        _chart(choice.task, rows, results)
    if done < 1:
        progress.progress(done, f"{done:.0%} trained")
        st.session_state[_GOING] = True
        with contextlib.suppress(StreamlitAPIException):  # not while the whole page runs: the next click goes on
            st.rerun(scope="fragment")


def stop() -> None:
    """Train no further: to be called when the whole page runs, since then something else was clicked."""
    st.session_state.pop(_GOING, None)


def compared(pair: Pair) -> list[Pair]:
    """The pair, its forward function with its own slope, and with none: each once, and none that cannot be."""
    controls = [Pair(pair.forward, None)]
    if pair.f.elementwise:
        controls.append(Pair(pair.forward, CONTROL))
    if pair.f.max_slope == 0:
        controls = controls[1:]  # the own slope of a step is zero: the control twice
    return list(dict.fromkeys([pair, *controls]))


def finding(rows: Sequence[Pair], results: Sequence[Sequence[float]]) -> str:
    """The first row against its controls, seed by seed; empty before all are trained or where there is no control."""
    found = dict(zip(rows, results, strict=True))
    first, control = rows[0], Pair(rows[0].forward, CONTROL)
    if control not in found or first == control or any(len(found[row]) < SEEDS for row in (first, control)):
        return ""
    values, floor = np.array(found[first]), np.array(found[control])
    wins = int(np.count_nonzero(values > floor))
    text = f"**{row_label(first)}**: {_mean(values)}. It beats its control ({_mean(floor)}) in {wins} of {SEEDS} seeds"
    own = Pair(first.forward, None)
    if first != own and len(found.get(own, ())) == SEEDS:
        gap = float(np.mean(found[own]) - values.mean())
        text += f"; its own slope ({_mean(np.array(found[own]))}) is {abs(gap):.1f} points {_better(gap)}"
    return f"{text}."


def _mean(values: Sequence[float] | np.ndarray) -> str:
    return f"{np.mean(values):.1f} ± {np.std(values):.1f} %"


def _better(gap: float) -> str:
    return "better" if gap > 0 else "worse"


def _pick_task(choice: Choice) -> None:
    st.session_state[_TASK] = choice.task

    def changed() -> None:
        choice.change(task=st.session_state[_TASK])
        st.query_params.from_dict(choice.query())

    st.segmented_control("Learn", list(TASKS), key=_TASK, on_change=changed, required=True)


def _train(task: str, rows: Sequence[Pair]) -> float:
    """Train what is missing, one seed of every pair after the other, for a while; returns the share that is done."""
    results, end = _results(), time.monotonic() + SECONDS_A_CHART
    runs = [(task, pair, seed) for seed in range(SEEDS) for pair in rows]
    for number, run in enumerate(runs):
        if run not in results:
            if time.monotonic() > end:
                return number / len(runs)
            results[run] = _accuracy(task, run[1].forward, run[1].backward, run[2])
    return 1.0


@st.cache_data(show_spinner=False, max_entries=5000)
def _accuracy(task: str, forward: str, backward: str | None, seed: int) -> float:
    return accuracy(TASKS[task], forward, backward, seed)


def _chart(task: str, rows: Sequence[Pair], results: Sequence[Sequence[float]]) -> None:
    if any(results):
        references = [_reference(task, row) for row in rows]
        figure = results_figure(rows, results, references, palette())
        alt = "Test accuracy: " + "; ".join(_row_in_words(*row) for row in zip(rows, results, references, strict=True))
        st.plotly_chart(figure, key="results", theme=None, config={"displayModeBar": False}, alt=alt)


def _row_in_words(pair: Pair, values: Sequence[float], reference: Reference | None) -> str:
    text = f"{row_label(pair)} {_mean(values)} over {len(values)} seeds" if values else f"{row_label(pair)} not yet"
    return f"{text}, reference {reference[0]} ± {reference[1]} %" if reference else text


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
