"""The table of errata in the sources, each with a check in numbers."""

from __future__ import annotations

import math

import streamlit as st

from backprop.experiment import MAX_SEED
from backprop.explain.errata import ERRATA, Check, size


@st.fragment
def errata_table() -> None:
    """Draw the table. The seed determines the weights and samples of the checks."""
    st.divider()
    st.header("Mistakes in print", anchor=False)
    text, seed = st.columns([5, 1], vertical_alignment="bottom")
    text.markdown(
        "The mathematics of this project comes from texts that contain mistakes. Each check computes one quantity "
        "three ways: by the printed formula, by the correct formula, and by central differences. The network is small, "
        "with hidden layers tanh, sigmoid and tanh of five units each. **Change the seed: the numbers change, the "
        "verdicts do not.**"
    )
    number = seed.number_input("Seed of the checks", 0, MAX_SEED, 0, 1, key="errata_seed", persist_state="session")
    checks = _checks(int(number))
    head = "| where | as printed | correct | printed | correct | measured | verdict |"
    rows = [head, "|---|---|---|---:|---:|---:|---|"]
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
