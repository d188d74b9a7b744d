"""Schedules at their corners, and between them."""

from __future__ import annotations

import math

import pytest

from backprop.functions.schedules import SCHEDULES, get_schedule


@pytest.mark.parametrize(
    ("spec", "corners"),
    [
        ("constant", {0: 1.0, 1: 1.0, 10**9: 1.0}),
        ("step", {0: 1.0, 999: 1.0, 1000: 0.5, 1999: 0.5, 2000: 0.25}),
        ("step(10, 0.1)", {0: 1.0, 9: 1.0, 10: 0.1, 19: 0.1, 20: 0.01}),
        ("step(1,0)", {0: 1.0, 1: 0.0, 2: 0.0}),
        ("step(1,1)", {0: 1.0, 10**6: 1.0}),
        ("step(1,0.5)", {3: 0.125, 10**6: 0.0}),  # underflows quietly
        ("cosine", {0: 1.0, 2500: 0.5, 5000: 0.0, 5001: 0.0}),
        ("cosine(100)", {0: 1.0, 25: (1 + math.sqrt(0.5)) / 2, 50: 0.5, 99: 2.467e-4, 100: 0.0, 10**9: 0.0}),
        ("warmup", {0: 1 / 200, 99: 0.5, 198: 199 / 200, 199: 1.0, 200: 1.0}),
        ("warmup(1)", {0: 1.0, 1: 1.0}),
    ],
)
def test_corners(spec: str, corners: dict[int, float]) -> None:
    factor = get_schedule(spec).factor
    for t, expected in corners.items():
        assert factor(t) == pytest.approx(expected, rel=1e-4, abs=1e-15), t


@pytest.mark.parametrize("spec", [*SCHEDULES, "step(3,0.9)", "cosine(40)", "warmup(7)"])
def test_factors_stay_between_0_and_1_and_go_one_way(spec: str) -> None:
    factors = [get_schedule(spec).factor(t) for t in range(60)]
    assert all(0.0 <= value <= 1.0 for value in factors)
    assert factors in (sorted(factors), sorted(factors, reverse=True))


@pytest.mark.parametrize("name", SCHEDULES)
def test_entries_are_complete(name: str) -> None:
    entry = SCHEDULES[name]
    assert (entry.name, set(entry.parameters)) == (name, set(entry.bounds))
    assert entry.label
    assert entry.formula
    assert entry.source
    assert entry.is_constant == (name == "constant")
    if entry.parameters:
        spelled = get_schedule(f"{name}({','.join(map(str, entry.parameters.values()))})")
        assert [spelled.factor(t) for t in range(3000)] == [entry.factor(t) for t in range(3000)]
        assert spelled.label.startswith(f"{entry.label} (")


@pytest.mark.parametrize("spec", ["nope", "", None, "cosine(0)", "cosine(nan)", "step(5)", "step(5,2)", "constant(1)"])
def test_what_is_no_schedule(spec: str) -> None:
    with pytest.raises(ValueError, match=r"schedule|lie between|takes"):
        get_schedule(spec)
