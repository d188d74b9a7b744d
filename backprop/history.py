"""The run so far, in bounded memory: when it is full, every second row goes and rows are kept half as often."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


class History:
    """Rows of numbers over the steps of a run.

    Args:
        columns: Names of the columns; the first is ``"step"``.
        capacity: Largest number of rows, even.
    """

    def __init__(self, columns: tuple[str, ...], capacity: int = 1024) -> None:
        self.columns = columns
        self.capacity = capacity
        self._rows = np.empty((capacity, len(columns)))
        self._count = 0
        self._stride = 1
        self._offered = 0

    def __len__(self) -> int:
        return self._count

    @property
    def rows(self) -> Array:
        """What is kept, oldest first, shape (rows, columns)."""
        return self._rows[: self._count]

    def column(self, name: str) -> Array:
        """One column of what is kept."""
        return self.rows[:, self.columns.index(name)]

    def append(self, row: list[float]) -> None:
        """Add a row; between two kept rows, rows that come too close together are passed over."""
        self._offered += 1
        if (self._offered - 1) % self._stride:
            return
        if self._count == self.capacity:
            self._rows[: self.capacity // 2] = self._rows[::2].copy()
            self._count = self.capacity // 2
            self._stride *= 2
        self._rows[self._count] = row
        self._count += 1

    def truncate(self, step: float) -> None:
        """Forget everything after ``step``."""
        kept = int(np.searchsorted(self.rows[:, 0], step, side="right"))
        if kept == 0:
            self.clear()
            return
        self._offered -= (self._count - kept) * self._stride
        self._count = kept

    def clear(self) -> None:
        """Forget everything."""
        self._count = 0
        self._stride = 1
        self._offered = 0
