"""Kept moments of a run, in bounded memory, to look at again: the longer the run, the farther apart they are."""

from __future__ import annotations

import numpy as np

from backprop.training.snapshot import Snapshot


class Timeline:
    """Snapshots in the order of their steps; the first and the latest are always among them.

    Args:
        max_moments: Largest number of snapshots, 2 or more.
        max_bytes: Largest size of their arrays together; the first and the latest are kept even if they are larger.
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
        """Steps of the kept moments, in rising order."""
        return tuple(snapshot.step for snapshot in self._kept)

    def note(self, snapshot: Snapshot) -> None:
        """Add a moment; it is the latest from now on, so that what is kept of its own step and later is forgotten."""
        self.truncate(snapshot.step - 1)
        self._kept.append(snapshot)
        self._bytes += snapshot.size
        while len(self._kept) > 2 and (len(self._kept) > self.max_moments or self._bytes > self.max_bytes):
            self._forget(self._closest())

    def nearest(self, step: int) -> Snapshot:
        """The kept moment whose step is nearest, the earlier of two; LookupError where nothing is kept."""
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
        """Index of the moment that leaves the smallest gap, the earliest of several: in the end every second one."""
        steps = np.array(self.steps)
        return 1 + int(np.argmin(steps[2:] - steps[:-2]))
