"""Arrays and numbers in the form in which JSON carries them to the browser."""

from __future__ import annotations

import base64
import math
from typing import Any

from numpy.typing import NDArray


def b64(values: NDArray[Any]) -> str:
    """The array's bytes, row by row, as base64."""
    return base64.b64encode(values.tobytes()).decode("ascii")


def finite(value: float | None) -> float | None:
    """The number, or None for NaN and infinity, which JSON does not have."""
    return float(value) if value is not None and math.isfinite(value) else None
