"""The table of the sources' errata, each row with its check in numbers."""

from __future__ import annotations

import math

import streamlit as st

from backprop.experiment import MAX_SEED
from backprop.explain.errata import ERRATA, Check, size


@st.fragment
def errata_table() -> None:
    """All errata; the seed draws the weights and samples on which they are checked."""
    st.divider()
    st.header("Mistakes in print", anchor=False)
    text, seed = st.columns([5, 1], vertical_alignment="bottom")
    text.markdown(
        "What is wrong in the texts that this project's mathematics comes from. Each check computes one quantity as "
        "printed, as it is right, and by central differences, on a small network with hidden layers tanh, sigmoid and "
        "tanh of five units. **Change the seed: other numbers, the same verdicts.**"
    )
    number = seed.number_input("Seed of the checks", 0, MAX_SEED, 0, 1, key="errata_seed", persist_state="session")
    checks = _checks(int(number))
    rows = ["| where | as printed | right | printed | right | measured | verdict |", "|---|---|---|---:|---:|---:|---|"]
    for erratum, check in zip(ERRATA, checks, strict=True):
        cells = (erratum.where, erratum.printed, erratum.correct, *_numbers(check))
        rows.append(f"| {' | '.join(cells)} |")
    st.markdown("\n".join(rows))


@st.cache_data(max_entries=64, show_spinner=False)
def _checks(seed: int) -> list[Check | None]:
    return [erratum.check(seed) if erratum.check else None for erratum in ERRATA]


def _numbers(check: Check | None) -> tuple[str, str, str, str]:
    if check is None:
        return "", "", "", "words only"
    measured = "" if check.measured is None else _number(size(check.measured))
    return (
        _number(size(check.printed)),
        _number(size(check.correct)),
        measured,
        f"**{check.verdict}**: {check.quantity}",
    )


def _number(value: float) -> str:
    return "NaN" if math.isnan(value) else f"{value:.3g}".replace("-", "−")
