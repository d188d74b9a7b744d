"""Moments of a run to look at again, in bounded memory: the longer the run, the farther apart they are."""

from __future__ import annotations

import numpy as np

from backprop.training.snapshot import Snapshot


class Timeline:
    """Snapshots in the order of their steps; the first and the latest are always kept.

    Args:
        max_moments: Largest number of snapshots, 2 or more.
        max_bytes: Largest total size of their arrays; the first and the latest are kept even if they are larger.
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
        """The steps of the kept snapshots, in rising order."""
        return tuple(snapshot.step for snapshot in self._kept)

    def note(self, snapshot: Snapshot) -> None:
        """Add a snapshot as the latest; kept ones of the same or a later step are deleted."""
        self.truncate(snapshot.step - 1)
        self._kept.append(snapshot)
        self._bytes += snapshot.size
        while len(self._kept) > 2 and (len(self._kept) > self.max_moments or self._bytes > self.max_bytes):
            self._delete(self._most_crowded())

    def nearest(self, step: int) -> Snapshot:
        """The snapshot whose step is nearest, the earlier of two; raises LookupError if the timeline is empty."""
        if not self._kept:
            raise LookupError("this timeline is empty: add a snapshot with 'note' first")
        return min(self._kept, key=lambda snapshot: abs(snapshot.step - step))

    def truncate(self, step: int) -> None:
        """Delete the snapshots after ``step``."""
        while self._kept and self._kept[-1].step > step:
            self._delete(-1)

    def clear(self) -> None:
        """Delete every snapshot."""
        self._kept = []
        self._bytes = 0

    def _delete(self, index: int) -> None:
        self._bytes -= self._kept.pop(index).size

    def _most_crowded(self) -> int:
        """Index of the snapshot whose deletion leaves the smallest gap, the earliest of several."""
        steps = np.fromiter((snapshot.step for snapshot in self._kept), int, len(self._kept))
        return 1 + int(np.argmin(steps[2:] - steps[:-2]))
