"""The one error that a user's settings can cause."""

from __future__ import annotations


class SpecError(ValueError):
    """A setting that makes no sense, explained in one sentence.

    Attributes:
        field: The setting's name, for instance ``"learning_rate"`` or ``"layers"``.
    """

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
