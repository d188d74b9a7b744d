"""One finding about a run: what is wrong, how that shows, since when, and what to do."""

from __future__ import annotations

from dataclasses import dataclass

from backprop.diagnosis.remedy import Remedy

FAULT, WARNING, GOOD = "fault", "warning", "good"


@dataclass(frozen=True)
class Verdict:
    """One finding.

    Attributes:
        severity: ``"fault"``, which keeps a run from learning; ``"warning"``, which may do so, or makes it learn less
            well; or ``"good"``.
        kind: What it is: the name of a rule in ``causes/``, such as ``"rate_high"``, or ``"healthy"``.
        heading: At most six words.
        text: The evidence, one sentence with numbers.
        layers: The layers concerned, counted from 1; empty for the network as a whole.
        units: The units concerned, each as (layer, unit), both counted from 1; empty for whole layers.
        value: The measured number.
        threshold: The number that it was compared with.
        since: The step since which it holds.
        details: More evidence, a sentence each; of a cause, the thresholds first.
        remedy: What to do about it; None if nothing is wrong.
        symptoms: What follows from it.
    """

    severity: str
    kind: str
    heading: str
    text: str
    layers: tuple[int, ...] = ()
    units: tuple[tuple[int, int], ...] = ()
    value: float = 0.0
    threshold: float = 0.0
    since: int = 0
    details: tuple[str, ...] = ()
    remedy: Remedy | None = None
    symptoms: tuple[Verdict, ...] = ()

    @property
    def layer(self) -> int:
        """The first of the layers concerned; 0 for the network as a whole."""
        return self.layers[0] if self.layers else 0
