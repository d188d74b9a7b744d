"""Numbers as sentences show them."""

from __future__ import annotations

import math

import pytest

from backprop.diagnosis.numbers_in_words import amount, counted, factor, listed, percent


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.0, "0 %"),
        (1.0, "100 %"),
        (0.5, "50 %"),
        (0.0375, "3.8 %"),
        (0.00123, "0.12 %"),
        (1e-3, "0.10 %"),
        (2.54e-6, "0.00025 %"),
        (1e-6, "0.00010 %"),
        (9.5e-7, "9.5e−5 %"),
        (1e3, "100000 %"),
        (1e9, "1.0e11 %"),
        (math.nan, "—"),
        (math.inf, "—"),
    ],
)
def test_percent(share: float, text: str) -> None:
    assert percent(share) == text


@pytest.mark.parametrize(
    ("ratio", "text"),
    [
        (0.0, "0 % of"),
        (0.23, "23 % of"),
        (1.5, "150 % of"),
        (4.123, "4.1 times"),
        (1234.5, "1,234 times"),
        (3e7, "3.0e+07 times"),
    ],
)
def test_amount(ratio: float, text: str) -> None:
    assert amount(ratio) == text


def test_factor_listed_and_counted() -> None:
    assert [factor(value) for value in (0.0123, 12.3, 1234.0, 3e7)] == ["0.012", "12", "1,234", "3e+07"]
    assert [listed(words) for words in (["B"], ["B", "C"], ["B", "C", "D"])] == ["B", "B and C", "B, C and D"]
    assert [counted(n, "update") for n in (1, 2, 1000)] == ["1 update", "2 updates", "1,000 updates"]
