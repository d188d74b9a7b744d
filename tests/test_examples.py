"""The examples run, and print what they promise."""

from __future__ import annotations

import pytest

from examples import by_hand


def test_by_hand_and_by_network_agree(capsys: pytest.CaptureFixture[str]) -> None:
    by_hand.main()
    header, *rows = capsys.readouterr().out.splitlines()
    assert header.split() == ["by", "hand", "by", "Network", "difference"]
    assert [row.split()[0].strip("‖") for row in rows] == ["loss", *(f"∂L/∂{v}{j}" for v in "Wb" for j in "¹²³⁴")]
    for row in rows:
        one, two, difference = map(float, row.split()[1:])
        assert one == pytest.approx(two, rel=1e-12)
        assert one > 1e-4  # no layer is idle: a gradient of zero would agree with anything
        assert difference < 1e-15
