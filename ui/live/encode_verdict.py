"""Encodes a finding for the live view."""

from __future__ import annotations

from typing import Any

from backprop import Verdict
from ui.live.json_values import finite


def verdict_message(verdict: Verdict) -> dict[str, Any]:
    """A finding as JSON, with its symptoms; layers and units are counted from 1, as in its sentences."""
    remedy = verdict.remedy
    return {
        "severity": verdict.severity,
        "kind": verdict.kind,
        "heading": verdict.heading,
        "text": verdict.text,
        "layers": list(verdict.layers),
        "units": [list(unit) for unit in verdict.units],
        "value": finite(verdict.value),
        "threshold": finite(verdict.threshold),
        "since": verdict.since,
        "details": list(verdict.details),
        "remedy": None
        if remedy is None
        else {"text": remedy.text, "label": remedy.label, "expect": remedy.expect, "rewind": remedy.rewind},
        "symptoms": [verdict_message(symptom) for symptom in verdict.symptoms],
    }
