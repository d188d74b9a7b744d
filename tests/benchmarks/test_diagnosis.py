"""The diagnosis on its own set of sick and healthy networks: the reached figures are the floor."""

from __future__ import annotations

import pytest

from benchmarks.diagnosis import check_up, print_healthy, print_sick, treat
from benchmarks.diagnosis_cases import healthy_cases, sick_cases

NOT_HEALED = {"iris: 8 sigmoid layers, sgd"}


def test_the_set_is_large_and_varied() -> None:
    sick, healthy = sick_cases(), healthy_cases()
    assert len(sick) >= 60
    assert len(healthy) >= 40
    for cause in {case.causes[0] for case in sick}:
        assert sum(case.causes[0] == cause for case in sick) >= 5
    for cases in (sick, healthy):
        assert len({case.experiment.dataset for case in cases}) >= 9
        assert len({case.experiment.optimizer for case in cases}) >= 3
        assert len({len(case.experiment.layers) for case in cases}) >= 5
        assert len({(case.name, case.experiment) for case in cases}) == len(cases)


@pytest.mark.parametrize("cause", sorted({case.causes[0] for case in sick_cases()}))
def test_every_cause_is_named_and_healed(cause: str, capsys: pytest.CaptureFixture[str]) -> None:
    outcomes = [treat(case) for case in sick_cases() if case.causes[0] == cause]
    assert {outcome.case.name for outcome in outcomes if not outcome.named} == set()
    assert {outcome.case.name for outcome in outcomes if not outcome.healed} <= NOT_HEALED
    print_sick(outcomes)
    assert f"{len(outcomes)} sick: named {len(outcomes)} (100%), healed " in capsys.readouterr().out


def test_no_healthy_network_is_alarmed_or_advised(capsys: pytest.CaptureFixture[str]) -> None:
    checkups = [check_up(case) for case in healthy_cases()]
    print_healthy(checkups)
    assert capsys.readouterr().out == f"{len(checkups)} healthy: 0 false alarms, 0 with needless advice\n"
