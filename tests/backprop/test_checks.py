"""What a refusal quotes of what it was given."""

from __future__ import annotations

from typing import Any

import pytest

from backprop.checks import MAX_QUOTED, check_number, in_short
from backprop.errors import SpecError


@pytest.mark.parametrize("value", [0, -3.5, None, True, "tanh", "it's", [8], {}, {"units": 8}, float("nan"), "<b>"])
def test_what_is_short_is_quoted_as_it_is(value: Any) -> None:
    assert in_short(value) == repr(value)


def nested(depth: int) -> list[Any]:
    """Lists in lists."""
    found: list[Any] = []
    for _ in range(depth):
        found = [found]
    return found


LONG = {
    "text": "x" * 100_000,
    "number": 10**4000,
    "list": list(range(100_000)),
    "nested": nested(100_000),
    "dict": {str(k): "x" * 1000 for k in range(1000)},
    "several": [["x" * 1000] * 1000] * 1000,
}


@pytest.mark.parametrize("value", LONG.values(), ids=list(LONG))
def test_what_is_long_is_cut(value: Any) -> None:
    assert len(in_short(value)) <= MAX_QUOTED
    with pytest.raises(SpecError) as caught:
        check_number("noise", value, 0, 1)
    assert len(str(caught.value)) < MAX_QUOTED + 50
