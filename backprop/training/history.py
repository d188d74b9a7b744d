"""The run so far in bounded memory: when it is full, every second row is dropped, and new rows are kept half as often.

Columns may be added and removed in mid-run, as layers are. While a column is not in use, its rows hold NaN.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


class History:
    """Rows of numbers over the steps of a run.

    Args:
        columns: The names of the columns; the first is ``"step"``.
        capacity: The largest number of rows, even.
        max_columns: Above this number, columns that are no longer in use are forgotten, the oldest first.

    Attributes:
        columns: The names of all columns, including those no longer in use.
        used: The names of the columns in use, in the order in which ``append`` takes their values.
    """

    def __init__(self, columns: tuple[str, ...], capacity: int = 1024, max_columns: int = 512) -> None:
        self.columns = columns
        self.capacity = capacity
        self.max_columns = max_columns
        self.used = columns
        self._places = list(range(len(columns)))
        self._rows = np.empty((capacity, len(columns)))
        self._count = 0
        self._stride = 1
        self._offered = 0

    def __len__(self) -> int:
        return self._count

    @property
    def rows(self) -> Array:
        """The rows that are kept, oldest first, shape (rows, columns)."""
        return self._rows[: self._count]

    def column(self, name: str) -> Array:
        """One column of the rows that are kept."""
        return self.rows[:, self.columns.index(name)]

    def use(self, columns: tuple[str, ...]) -> None:
        """Use these columns from now on; the first is ``"step"``."""
        if columns == self.used:
            return
        unused = [name for name in self.columns if name not in columns]
        room = max(self.max_columns - len(columns), 0)
        self.used = tuple(name for name in columns if name in self.columns)
        self._select({*columns, *unused[max(len(unused) - room, 0) :]})
        new = [name for name in columns if name not in self.columns]
        self.columns = (*self.columns, *new)
        self._rows = np.hstack([self._rows, np.full((self.capacity, len(new)), np.nan)])
        self.used = columns
        self._places = [self.columns.index(name) for name in columns]

    def append(self, row: list[float]) -> None:
        """Add a row with the values of the columns in use. A row that is too close to the last one is skipped."""
        self._offered += 1
        if (self._offered - 1) % self._stride:
            return
        if self._count == self.capacity:
            self._rows[: self.capacity // 2] = self._rows[::2].copy()
            self._count = self.capacity // 2
            self._stride *= 2
        self._rows[self._count] = np.nan
        self._rows[self._count, self._places] = row
        self._count += 1

    def truncate(self, step: float, columns: Collection[str] | None = None) -> None:
        """Forget everything after ``step``; if ``columns`` are given, also all columns but these and those in use."""
        if columns is not None:
            self._select({*columns, *self.used})
        kept = int(np.searchsorted(self.rows[:, 0], step, side="right"))
        if kept == 0:
            self.clear()
            return
        self._offered -= (self._count - kept) * self._stride
        self._count = kept

    def clear(self) -> None:
        """Forget every row."""
        self._count = 0
        self._stride = 1
        self._offered = 0

    def _select(self, columns: Collection[str]) -> None:
        """Forget all columns but these, which include those in use."""
        kept = [i for i, name in enumerate(self.columns) if name in columns]
        if len(kept) < len(self.columns):
            self._rows = self._rows[:, kept]
            self.columns = tuple(self.columns[i] for i in kept)
            self._places = [self.columns.index(name) for name in self.used]
