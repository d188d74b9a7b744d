"""Numbers in the form in which JSON carries them to the browser."""

from __future__ import annotations

import math


def finite(value: float | None) -> float | None:
    """The number, or None for NaN and infinity, which JSON does not have."""
    return float(value) if value is not None and math.isfinite(value) else None
