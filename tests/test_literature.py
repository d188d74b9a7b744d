"""Published results, as ``python -m benchmarks.literature`` prints them; and the theory behind the derived ones."""

from __future__ import annotations

import math

import numpy as np
import pytest

from benchmarks import literature, signal_theory
from benchmarks.literature_results import REPRODUCTIONS, Row, near, relu_signal_ratio, within_factor

FAST = [name for name, entry in REPRODUCTIONS.items() if not entry.slow]
SLOW = [name for name, entry in REPRODUCTIONS.items() if entry.slow]


def _assert_reproduced(name: str) -> None:
    rows = REPRODUCTIONS[name].rows(REPRODUCTIONS[name].seeds)
    off = [literature.line(row) for row in rows if not row.ok]
    assert rows
    assert not off, "\n".join(off)


@pytest.mark.parametrize("name", FAST)
def test_reproduction(name: str) -> None:
    _assert_reproduced(name)


@pytest.mark.slow
@pytest.mark.parametrize("name", SLOW)
def test_slow_reproduction(name: str) -> None:
    _assert_reproduced(name)


def test_he_keeps_the_signal_of_a_single_network() -> None:
    assert 0.5 < relu_signal_ratio("he_normal", 0) < 2.0


def test_a_row_judges_what_was_measured() -> None:
    assert near("", 1.0, 1.1, 0.11).ok
    assert not near("", 1.0, 1.1, 0.09).ok
    assert within_factor("", 1.0, 0.51, 2.0).ok
    assert not within_factor("", 1.0, 2.01, 2.0).ok
    assert not Row("", "", math.nan, -math.inf, math.inf).ok
    assert literature.line(near("a result", 2.0, 3.0, 0.5)).split() == ["a", "result", "2", "3", "±", "0.5", "OFF"]
    assert literature.line(Row("a", "few", 3.0, 2.0, 4.0)).split() == ["a", "few", "3", "2", "…", "4", "ok"]


def test_every_reproduction_names_its_source() -> None:
    for name, entry in REPRODUCTIONS.items():
        assert entry.name == name
        assert entry.title
        assert any(character.isdigit() for character in entry.source)


# --- the theory, by other means --------------------------------------------------------------------------------------


def test_gaussian_means() -> None:
    assert signal_theory.gaussian_mean(lambda z: z**2, 3.0) == pytest.approx(3.0, rel=1e-12)
    assert signal_theory.gaussian_mean(lambda z: z**4, 2.0) == pytest.approx(3 * 2.0**2, rel=1e-12)
    assert signal_theory.gaussian_mean(np.cos) == pytest.approx(math.exp(-0.5), rel=1e-12)


def test_the_edge_of_chaos_by_simulation() -> None:
    # Without quadrature and without bisection: a million normal numbers at the critical point keep q and χ₁ = 1.
    critical = signal_theory.critical_weight_variance(np.tanh, lambda z: 1 - np.tanh(z) ** 2, 0.05)
    q = signal_theory.fixed_point(np.tanh, critical, 0.05)
    a = np.tanh(math.sqrt(q) * np.random.default_rng(0).standard_normal(1_000_000))
    assert critical * np.mean(a**2) + 0.05 == pytest.approx(q, abs=3e-3)
    assert critical * np.mean((1 - a**2) ** 2) == pytest.approx(1.0, abs=3e-3)


def test_relu_has_its_edge_at_he() -> None:
    # Half of the units pass all of the power: q = σ_w² q/2 and χ₁ = σ_w²/2, so 2/n for any q. Quadrature across a kink
    # is coarse, but the two halves of an even number of nodes are alike.
    assert signal_theory.gaussian_mean(lambda z: np.maximum(z, 0) ** 2, 1.7) == pytest.approx(1.7 / 2, rel=1e-12)
    step = signal_theory.gaussian_mean(lambda z: (z > 0).astype(float), 1.7)
    assert 2 * step == pytest.approx(1.0, rel=1e-12)


def test_mean_log_singular_value() -> None:
    # n = 1: E ln|ξ| = −(γ + ln 2)/2; large n: −1/2; in between: against random matrices.
    assert signal_theory.mean_log_singular_value(1) == pytest.approx(-(np.euler_gamma + math.log(2)) / 2, rel=1e-12)
    assert signal_theory.mean_log_singular_value(2000) == pytest.approx(-0.5, abs=1e-3)
    matrices = np.random.default_rng(0).standard_normal((4000, 6, 6)) / math.sqrt(6)
    measured = np.linalg.slogdet(matrices)[1] / 6
    # Four standard errors of the mean.
    tolerance = 4 * measured.std() / math.sqrt(len(measured))
    assert signal_theory.mean_log_singular_value(6) == pytest.approx(measured.mean(), abs=tolerance)
