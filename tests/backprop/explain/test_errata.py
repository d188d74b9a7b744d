"""Every check of the errata: what is printed is wrong by the stated amount, what is right agrees with a measurement."""

from __future__ import annotations

import math

import numpy as np
import pytest

from backprop.explain.errata import ERRATA, HIDDEN, Check, Erratum, size

CHECKED = [erratum for erratum in ERRATA if erratum.check]
SEEDS = (0, 1, 2, 7)


def _check(index: int, seed: int) -> Check:
    check = CHECKED[index].check
    assert check is not None
    return check(seed)


def _named(where: str, printed: str) -> int:
    (index,) = (i for i, e in enumerate(CHECKED) if e.where == where and printed in e.printed)
    return index


def test_one_row_only_is_words() -> None:
    assert len(ERRATA) == 17
    assert [erratum.where for erratum in ERRATA if not erratum.check] == ["Keras"]


@pytest.mark.parametrize("index", range(len(CHECKED)), ids=[e.where for e in CHECKED])
@pytest.mark.parametrize("seed", SEEDS)
def test_the_printed_form_is_wrong_and_the_right_one_agrees(index: int, seed: int) -> None:
    check = _check(index, seed)
    assert check.printed.shape == check.correct.shape
    assert np.isfinite(check.correct).all()
    wrong = float(np.linalg.norm(check.printed - check.correct)) / float(np.linalg.norm(check.correct))
    assert not wrong < 0.1  # not a number counts as wrong
    if check.measured is None:
        assert check.quantity.startswith("loss ")  # two losses that were measured
    else:
        assert check.measured.shape == check.correct.shape
        scale = float(np.linalg.norm(check.correct))
        np.testing.assert_allclose(check.measured, check.correct, rtol=1e-5, atol=1e-7 * scale)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    ("where", "printed", "ratio", "cosine"),
    [
        ("Stack Exchange, factor 1", "R2", 1.0, -1.0),
        ("Menon 2021, §3.1", "frac1n", 3.0, 1.0),
        ("Menon 2021, §3.2.1", "log(e)", math.log(2), 1.0),
        ("Keras, example 3", "Doubling", 0.5, 1.0),
    ],
)
def test_the_exact_amounts(seed: int, where: str, printed: str, ratio: float, cosine: float) -> None:
    check = _check(_named(where, printed), seed)
    assert check.ratio == pytest.approx(ratio, rel=1e-9)
    assert check.cosine == pytest.approx(cosine, rel=1e-9)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_other_amounts(seed: int) -> None:
    assert _check(_named("Keras", "requires"), seed).ratio < 0.25  # the largest slope of a sigmoid
    assert 0.55 < _check(_named("Derivatives, softmax; Menon 2021, §3.3", "complex"), seed).ratio < 0.85
    assert _check(_named("Derivatives, softmax", "sum_k"), seed).printed[0] == pytest.approx(0.5)
    assert math.isnan(_check(_named("Derivatives, sigmoid", "e^z"), seed).printed[0])
    zero, random = (_check(_named("Stack Exchange, opening", "optimal"), seed) for _ in range(2))
    assert zero.printed[0] == pytest.approx(math.log(2))  # zero weights say ½ to everything, and stay
    assert random.correct[0] < 0.6
    learnt = _check(_named("Keras", "impossible"), seed)
    assert learnt.correct[0] < 0.5 * learnt.printed[0]


def test_wrong_indices_fit_because_all_hidden_layers_are_of_one_size() -> None:
    assert len({layer.units for layer in HIDDEN}) == 1


def test_verdicts() -> None:
    def verdict(printed: list[float], correct: list[float]) -> str:
        return Check("", np.array(printed), np.array(correct)).verdict

    assert verdict([math.nan], [1.0]) == "not a number"
    assert verdict([1.0], [2.0]) == "0.50 times the right value"
    assert verdict([3.0, 0.0], [1.0, 0.0]) == "3.00 times as long, cosine 1.00"
    assert verdict([-1.0, 0.0], [1.0, 0.0]) == "1.00 times as long, cosine −1.00"
    assert size(np.array([-2.0])) == -2.0
    assert size(np.array([3.0, 4.0])) == 5.0


@pytest.mark.parametrize("erratum", ERRATA, ids=range(len(ERRATA)))
def test_texts_can_stand_in_a_table(erratum: Erratum) -> None:
    for text in (erratum.where, erratum.printed, erratum.correct):
        assert text
        assert "|" not in text  # it would end the cell
        assert "\n" not in text
        assert text.count("$") % 2 == 0
