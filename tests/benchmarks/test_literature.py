"""Published results, as ``python -m benchmarks.literature`` prints them; and the theory behind the derived ones."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from backprop.studies import function_pairs as pairs
from benchmarks import function_results, literature, signal_results, signal_theory, surrogate_results
from benchmarks.literature_results import REPRODUCTIONS
from benchmarks.literature_rows import (
    Row,
    at_most,
    exactly,
    geometric_mean_near,
    mean_near,
    more_than,
    near,
    no_more_than,
    within_factor,
)

FAST = [name for name, entry in REPRODUCTIONS.items() if not entry.slow]
SLOW = [name for name, entry in REPRODUCTIONS.items() if entry.slow]
FEWER = {"he": 1, "makemore_limit": 1, "edge_of_chaos": 1}  # networks that are enough for wider intervals


def _assert_reproduced(name: str, seeds: int | None = None) -> None:
    rows = REPRODUCTIONS[name].rows(seeds or REPRODUCTIONS[name].seeds)
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


@pytest.mark.parametrize(("name", "seeds"), FEWER.items())
def test_slow_reproduction_with_fewer_networks(name: str, seeds: int) -> None:
    _assert_reproduced(name, seeds)


# --- rows ------------------------------------------------------------------------------------------------------------


def test_a_row_judges_what_was_measured() -> None:
    assert near("", 1.0, 1.1, 0.11, "").ok
    assert not near("", 1.0, 1.1, 0.09, "").ok
    assert exactly("", 1.0, 1.0).ok
    assert not exactly("", 1.0, math.nextafter(1.0, 2.0)).ok
    assert at_most("", "", 0.1, 0.1, "").ok
    assert not at_most("", "", 0.11, 0.1, "").ok
    assert more_than("", "", 0.1, 0.0, "").ok
    assert not more_than("", "", 0.0, 0.0, "").ok  # no difference is no order
    assert no_more_than("", "", -100.0, 0.0, "").ok
    assert not no_more_than("", "", 0.1, 0.0, "").ok
    assert within_factor("", 1.0, 0.51, 2.0, "").ok
    assert not within_factor("", 1.0, 2.01, 2.0, "").ok
    assert not Row("", "", math.nan, -math.inf, math.inf, "").ok


def test_a_mean_may_be_three_standard_errors_off() -> None:
    # Four networks of s.d. 1: ± 1.5, whatever their own spread is.
    assert mean_near("", 0.0, np.array([1.4, 1.4, 1.4, 1.4]), 1.0).ok
    assert not mean_near("", 0.0, np.array([-50.0, 1.6, 4.8, 50.0]), 1.0).ok
    assert geometric_mean_near("", math.e, np.array([2.4, 2.4, 2.4, 2.4]), 1.0).ok
    assert not geometric_mean_near("", math.e, np.array([2.6, 2.6, 2.6, 2.6]), 1.0).ok


def test_a_line_says_what_is_allowed_and_why() -> None:
    off = literature.line(near("a result", 2.0, 3.0, 0.5, "rounding"))
    assert off.split() == ["a", "result", "2", "3", "OFF", "±", "0.5", "(rounding)"]
    order = literature.line(more_than("a", "few", 3.0, 2.0, "2 s.e."))
    assert order.split() == ["a", "few", "3", "ok", ">", "2", "(order", "only:", "2", "s.e.)"]
    assert "± 12 %" in geometric_mean_near("", 1.0, np.zeros(9), 0.1133).allowed


def test_every_reproduction_names_its_source() -> None:
    for name, entry in REPRODUCTIONS.items():
        assert entry.name == name
        assert entry.title
        assert any(character.isdigit() for character in entry.source)


def test_the_exit_status_tells_of_rows_that_are_off(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["literature", "--only", "slopes"])
    assert literature.main() == 0
    assert "4 of 4 rows ok" in capsys.readouterr().out
    monkeypatch.setitem(REPRODUCTIONS, "slopes", REPRODUCTIONS["slopes"].__class__("slopes", "", "", _one_off))
    assert literature.main() == 1
    assert "OFF" in capsys.readouterr().out


def _one_off(seeds: int) -> list[Row]:
    return [near("", 0.0, 1.0, 0.5, "")]


# --- the table of forward and backward functions, without its training -----------------------------------------------


def _rows_of(monkeypatch: pytest.MonkeyPatch, **changed: float) -> dict[str, Row]:
    """The rows that networks with the published means would give; ``changed`` are other means, by backward function."""

    def accuracies(
        task: pairs.Task, forward: str, backward: str | None, networks: int, bias: float | None = None
    ) -> Any:
        scatter = np.random.default_rng([len(forward), len(backward or "")]).normal(0.0, 0.3, networks)
        scatter -= scatter.mean()
        if bias is not None:
            return 94.5 + scatter if backward == "leaky_relu" else np.full(networks, changed.get("dead", 50.0))
        k = [entry.data for entry in pairs.TASKS.values()].index(task.data)
        published = pairs.REFERENCE[forward, backward][k][0]
        return changed.get(f"{forward}_{backward}", published) + scatter

    monkeypatch.setattr(surrogate_results, "accuracies", accuracies)
    return {row.what: row for row in surrogate_results.forward_and_backward(10)}


def test_the_published_table_passes_its_own_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = _rows_of(monkeypatch)
    assert [row.what for row in rows.values() if not row.ok] == []
    numbers = [row for row in rows.values() if "number" in row.allowed]
    orders = [row for row in rows.values() if "order only" in row.allowed]
    assert (len(numbers), len(orders)) == (28 + 1, 8 + 8)  # 36 of the table, one dead net, and eight claims


@pytest.mark.parametrize(
    ("changed", "off"),
    [
        ({"relu_None": 95.0}, ["moons: relu ← own", "xor: relu ← own", "spiral: relu ← own"]),
        ({"relu_tanh": 99.95}, ["moons: relu ← tanh", "xor: own − (relu ← tanh)", "spiral: own − (relu ← tanh)"]),
        ({"step_straight_through": 99.0}, ["moons: straight-through − control", "spiral: straight-through − control"]),
        ({"step_sigmoid": 70.0}, ["moons: worst local surrogate, control = 0, own = 1", "spiral: step ← sigmoid"]),
        ({"sign_tanh": 50.0}, ["moons: sign ← tanh", "xor: sign ← tanh", "spiral: sign ← tanh"]),
        ({"dead": 50.05}, ["moons, biases −12: relu ← tanh, largest", "moons, biases −12: relu ← own, smallest"]),
    ],
)
def test_another_table_does_not(monkeypatch: pytest.MonkeyPatch, changed: dict[str, float], off: list[str]) -> None:
    rows = _rows_of(monkeypatch, **changed)
    assert [what for what in off if rows[what].ok] == []


def test_the_tasks_are_what_they_are_called() -> None:
    for name, task in pairs.TASKS.items():
        X, y = task.data(2000, np.random.default_rng(0))
        assert X.shape == (2000, 2)
        assert set(y) == {0, 1}
        assert name == "xor" or y.mean() == 0.5  # a dead network is right for exactly half
    X, y = pairs.TASKS["xor"].data(2000, np.random.default_rng(0))
    np.testing.assert_array_equal(y == 1, np.sign(X[:, 0]) == np.sign(X[:, 1]))


# --- the expected values, by other means -----------------------------------------------------------------------------


def _normal_cdf(z: float) -> float:
    return math.erfc(-z / math.sqrt(2)) / 2


def _derivative(function: Callable[[float], float], z: float, h: float = 1e-4) -> float:
    """Five points: the error is h⁴ f⁽⁵⁾/30, and rounding of the order ε/h."""
    near_by = 8 * (function(z + h) - function(z - h))
    return (near_by - function(z + 2 * h) + function(z - 2 * h)) / (12 * h)


def test_the_literals_of_single_functions() -> None:
    assert 1 / math.cosh(0.7) ** 2 == pytest.approx(function_results.TANH_SLOPE, rel=1e-15)
    assert (6 * math.tanh(0.7) ** 2 - 2) / 6 == pytest.approx(function_results.TRUNCATION, rel=1e-14)
    plain: dict[str, Callable[[float], float]] = {
        "gelu": lambda z: z * _normal_cdf(z),
        "silu": lambda z: z / (1 + math.exp(-z)),
        "mish": lambda z: z * math.tanh(math.log1p(math.exp(z))),
    }
    for name, (at, value, _, _) in function_results.MINIMA.items():
        assert plain[name](at) == pytest.approx(value, rel=1e-15)
        assert _derivative(plain[name], at) == pytest.approx(0.0, abs=1e-11)
    lambert = -function_results.MINIMA["silu"][1]
    assert lambert * math.exp(lambert) == pytest.approx(math.exp(-1), rel=1e-15)

    def tanh_form_error(z: float) -> float:
        return z / 2 * (1 + math.tanh(math.sqrt(2 / math.pi) * (z + 0.044715 * z**3))) - plain["gelu"](z)

    assert tanh_form_error(2.6989414) == pytest.approx(4.7323552e-4, rel=1e-8)
    assert _derivative(tanh_form_error, 2.6989414) == pytest.approx(0.0, abs=1e-10)


def test_the_literals_of_selu() -> None:
    # Klambauer et al. 2017: the moments of SELU at the fixed point (0, 1), in closed form.
    alpha, scale = signal_results.SELU_ALPHA, signal_results.SELU_LAMBDA
    left1, left2 = math.exp(0.5) * _normal_cdf(-1), math.exp(2) * _normal_cdf(-2)  # E eᶻ and E e²ᶻ over z < 0
    assert scale * (1 / math.sqrt(2 * math.pi) + alpha * (left1 - 0.5)) == pytest.approx(0.0, abs=1e-15)
    assert scale**2 * (0.5 + alpha**2 * (left2 - 2 * left1 + 0.5)) == pytest.approx(1.0, rel=1e-14)
    assert scale**2 * (0.5 + alpha**2 * left2) == pytest.approx(signal_results.SELU_SLOPE_POWER, rel=1e-14)


def _by_trapezoids(function: Callable[[Any], Any], q: float) -> float:
    """E[function(√q ξ)] without Gauss-Hermite: smooth and gone at both ends, so trapezoids are as good as exact."""
    x = np.linspace(-14.0, 14.0, 5601)
    return float(np.trapezoid(function(math.sqrt(q) * x) * np.exp(-(x**2) / 2), x)) / math.sqrt(2 * math.pi)


@pytest.mark.parametrize(
    ("weight_variance", "chi"),
    [
        (1.0, signal_results.ORDER),
        (signal_results.CRITICAL, 1.0),
        (3.0, signal_results.CHAOS),
    ],
)
def test_the_literals_of_the_edge_of_chaos(weight_variance: float, chi: float) -> None:
    low, high = 0.05, 5.0  # between them q grows up to the fixed point, and shrinks beyond it
    for _ in range(60):
        q = (low + high) / 2
        grows = weight_variance * _by_trapezoids(lambda z: np.tanh(z) ** 2, q) + 0.05 > q
        low, high = (q, high) if grows else (low, q)
    assert weight_variance * _by_trapezoids(lambda z: np.cosh(z) ** -4, q) == pytest.approx(chi, abs=1e-8)


def test_gaussian_means() -> None:
    assert signal_theory.gaussian_mean(lambda z: z**2, 3.0) == pytest.approx(3.0, rel=1e-12)
    assert signal_theory.gaussian_mean(lambda z: z**4, 2.0) == pytest.approx(3 * 2.0**2, rel=1e-12)
    assert signal_theory.gaussian_mean(np.cos) == pytest.approx(math.exp(-0.5), rel=1e-12)
    tanh_power = _by_trapezoids(lambda z: np.tanh(z) ** 2, 25 / 9)
    assert signal_theory.gaussian_mean(lambda z: np.tanh(z) ** 2, 25 / 9) == pytest.approx(tanh_power, rel=1e-6)


def test_the_edge_of_chaos_by_simulation() -> None:
    # Without quadrature and without bisection: a million normal numbers at the critical point keep q and χ₁ = 1.
    critical = signal_theory.critical_weight_variance(np.tanh, lambda z: 1 - np.tanh(z) ** 2, 0.05)
    q = signal_theory.fixed_point(np.tanh, critical, 0.05)
    a = np.tanh(math.sqrt(q) * np.random.default_rng(0).standard_normal(1_000_000))
    for values, expected in ((critical * a**2 + 0.05, q), (critical * (1 - a**2) ** 2, 1.0)):
        assert values.mean() == pytest.approx(expected, abs=4 * values.std() / 1000)


def test_relu_has_its_edge_at_he() -> None:
    # Half of the units pass all of the power: q = σ_w² q/2 and χ₁ = σ_w²/2, so 2/n for any q. Quadrature across a kink
    # is coarse, but the two halves of an even number of nodes are alike.
    assert signal_theory.gaussian_mean(lambda z: np.maximum(z, 0) ** 2, 1.7) == pytest.approx(1.7 / 2, rel=1e-12)
    step = signal_theory.gaussian_mean(lambda z: (z > 0).astype(float), 1.7)
    assert 2 * step == pytest.approx(1.0, rel=1e-12)


def test_log_length_moments() -> None:
    # One dimension: E ln|ξ| = −(γ + ln 2)/2, Var ln|ξ| = π²/8. Many: |det| gives −1/2 a dimension.
    means, variances = signal_theory.log_length_moments(1)
    assert means == pytest.approx([-(np.euler_gamma + math.log(2)) / 2], rel=1e-12)
    assert variances == pytest.approx([math.pi**2 / 8], rel=1e-12)
    assert signal_theory.log_length_moments(2000)[0].mean() == pytest.approx(-0.5, abs=1e-3)
    # Six, against random matrices: the diagonal of R, within four standard errors (of a variance: √(κ/N), κ below 20).
    matrices = np.random.default_rng(0).standard_normal((20_000, 6, 6)) / math.sqrt(6)
    logs = np.log(np.abs(np.diagonal(np.linalg.qr(matrices)[1], axis1=1, axis2=2)))
    means, variances = signal_theory.log_length_moments(6)
    assert np.all(np.abs(logs.mean(axis=0) - means) < 4 * np.sqrt(variances / len(logs)))
    assert logs.var(axis=0) == pytest.approx(variances, rel=4 * math.sqrt(20 / len(logs)))
