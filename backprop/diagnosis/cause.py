"""What a rule of the diagnosis finds: the verdict, and how to work out its remedy when somebody asks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from backprop.diagnosis.evidence import Evidence
from backprop.diagnosis.remedy import Remedy
from backprop.diagnosis.verdict import Verdict


@dataclass(frozen=True)
class Cause:
    """A cause that was found.

    Attributes:
        verdict: The finding, without its remedy.
        cure: Works out the remedy, which may take trial runs; None if nothing is known to help.
        foretold: Whether it is a forecast from how the network looks before its first update, and not from the
            equations or from what has happened.
    """

    verdict: Verdict
    cure: Callable[[], Remedy | None]
    foretold: bool = False


Rule = Callable[[Evidence], Cause | None]
