"""The numbers of a run over its steps, in bounded memory.

When the memory is full, every second row is dropped, and from then on rows are kept half as often. Columns may be added
and removed in the middle of a run, as layers are; a row is NaN in columns that were not in use.
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
        columns: Names of the columns; the first is ``"step"``.
        capacity: Largest number of rows, even.
        max_columns: Number of columns beyond which columns no longer in use are deleted, the oldest first.

    Attributes:
        columns: Names of all columns, including those no longer in use.
        used: Names of the columns in use, in the order of the values that ``append`` takes.
    """

    def __init__(self, columns: tuple[str, ...], capacity: int = 1024, max_columns: int = 512) -> None:
        self.columns = columns
        self.capacity = capacity
        self.max_columns = max_columns
        self.used = columns
        self._used_indices = list(range(len(columns)))
        self._rows = np.empty((capacity, len(columns)))
        self._count = 0
        self._stride = 1  # one row out of this many is kept
        self._offered = 0  # number of rows passed to ``append``, kept or not

    def __len__(self) -> int:
        return self._count

    @property
    def rows(self) -> Array:
        """The kept rows, oldest first, shape (rows, columns)."""
        return self._rows[: self._count]

    def column(self, name: str) -> Array:
        """One column of the kept rows."""
        return self.rows[:, self.columns.index(name)]

    def use(self, columns: tuple[str, ...]) -> None:
        """Set the columns of the rows to come; the first is ``"step"``."""
        if columns == self.used:
            return
        unused = [name for name in self.columns if name not in columns]
        room = max(self.max_columns - len(columns), 0)
        self.used = tuple(name for name in columns if name in self.columns)
        self._keep_columns({*columns, *unused[max(len(unused) - room, 0) :]})
        new = [name for name in columns if name not in self.columns]
        self.columns = (*self.columns, *new)
        self._rows = np.hstack([self._rows, np.full((self.capacity, len(new)), np.nan)])
        self.used = columns
        self._used_indices = [self.columns.index(name) for name in columns]

    def append(self, row: list[float]) -> None:
        """Add a row with the values of the columns in use; rows that follow too closely on a kept one are skipped."""
        self._offered += 1
        if (self._offered - 1) % self._stride:
            return
        if self._count == self.capacity:
            self._rows[: self.capacity // 2] = self._rows[::2].copy()
            self._count = self.capacity // 2
            self._stride *= 2
        self._rows[self._count] = np.nan
        self._rows[self._count, self._used_indices] = row
        self._count += 1

    def truncate(self, step: float, columns: Collection[str] | None = None) -> None:
        """Delete the rows after ``step`` and, if ``columns`` are given, all columns but these and those in use."""
        if columns is not None:
            self._keep_columns({*columns, *self.used})
        kept = int(np.searchsorted(self.rows[:, 0], step, side="right"))
        if kept == 0:
            self.clear()
            return
        self._offered -= (self._count - kept) * self._stride
        self._count = kept

    def clear(self) -> None:
        """Delete every row."""
        self._count = 0
        self._stride = 1
        self._offered = 0

    def _keep_columns(self, columns: Collection[str]) -> None:
        """Delete all columns but these, which include those in use."""
        kept = [i for i, name in enumerate(self.columns) if name in columns]
        if len(kept) < len(self.columns):
            self._rows = self._rows[:, kept]
            self.columns = tuple(self.columns[i] for i in kept)
            self._used_indices = [self.columns.index(name) for name in self.used]
