"""What is wrong, told to a visitor as a sentence."""

from __future__ import annotations

from collections.abc import Sequence

from backprop import SpecError


def sentence(error: SpecError) -> str:
    """The error as a sentence, with a capital letter and a full stop."""
    text = str(error).replace(error.field, error.field.replace("_", " "))
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")


def link_notice(problems: Sequence[str]) -> str | None:
    """What in a link made no sense; None if all of it did."""
    if not problems:
        return None
    return f"This link cannot be opened as it is: {'; '.join(problems)}. Everything else is as the link says."
