"""Moments of a run, kept in bounded memory to be looked at again. The longer the run, the farther apart they are."""

from __future__ import annotations

import numpy as np

from backprop.training.snapshot import Snapshot


class Timeline:
    """Snapshots in the order of their steps. The first and the latest are always kept.

    Args:
        max_moments: The largest number of snapshots, 2 or more.
        max_bytes: The largest size of their arrays together. The first and the latest are kept even if they are larger.
    """

    def __init__(self, max_moments: int = 256, max_bytes: int = 48_000_000) -> None:
        self.max_moments = max_moments
        self.max_bytes = max_bytes
        self._kept: list[Snapshot] = []
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def steps(self) -> tuple[int, ...]:
        """The steps of the kept moments, in rising order."""
        return tuple(snapshot.step for snapshot in self._kept)

    def note(self, snapshot: Snapshot) -> None:
        """Add a moment as the latest. Moments of its own step and later are forgotten."""
        self.truncate(snapshot.step - 1)
        self._kept.append(snapshot)
        self._bytes += snapshot.size
        while len(self._kept) > 2 and (len(self._kept) > self.max_moments or self._bytes > self.max_bytes):
            self._forget(self._closest())

    def nearest(self, step: int) -> Snapshot:
        """The kept moment nearest to a step, the earlier of two; LookupError if nothing is kept."""
        if not self._kept:
            raise LookupError("nothing has been noted in this timeline")
        return min(self._kept, key=lambda snapshot: abs(snapshot.step - step))

    def truncate(self, step: int) -> None:
        """Forget everything after ``step``."""
        while self._kept and self._kept[-1].step > step:
            self._forget(-1)

    def clear(self) -> None:
        """Forget everything."""
        self._kept = []
        self._bytes = 0

    def _forget(self, index: int) -> None:
        self._bytes -= self._kept.pop(index).size

    def _closest(self) -> int:
        """The index of the moment that leaves the smallest gap, the earliest of several; the rest stays even."""
        steps = np.array(self.steps)
        return 1 + int(np.argmin(steps[2:] - steps[:-2]))
