"""The colours of all charts: a diverging scale, a scale by depth, and two colours for the states of units.

The live view has a copy of them in ``live_view/js/shared/color.js``, because the browser draws there.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import streamlit as st

Rgb = tuple[int, int, int]


@dataclass(frozen=True)
class Palette:
    """The colours of one theme, as CSS text.

    Attributes:
        orange, neutral, blue: The diverging scale for data, unit outputs and weights: negative, zero, positive.
        saturated, dead, good: The states of units, and of a healthy one.
        text, muted, line: Text, secondary text, grid lines.
        background: The background of the page.
        anchors: The scale by depth, from the first layer to the last.
    """

    orange: str
    neutral: str
    blue: str
    saturated: str
    dead: str
    good: str
    text: str
    muted: str
    line: str
    background: str
    anchors: tuple[Rgb, ...]

    @property
    def diverging(self) -> list[list[float | str]]:
        """The diverging scale for Plotly, for symmetric limits."""
        return [[0.0, self.orange], [0.5, self.neutral], [1.0, self.blue]]

    def depth(self, index: int, count: int) -> str:
        """The colour of layer ``index`` + 1 of ``count``."""
        at = index / (count - 1) * (len(self.anchors) - 1) if count > 1 else 0.0
        low = min(math.floor(at), len(self.anchors) - 2)
        mixed = [round(a + (b - a) * (at - low)) for a, b in zip(self.anchors[low], self.anchors[low + 1], strict=True)]
        return f"rgb({mixed[0]},{mixed[1]},{mixed[2]})"


# Anchors of viridis (van der Walt & Smith 2015) without the ends, which would vanish on the background.
LIGHT = Palette(
    orange="rgb(224,122,43)",
    neutral="rgb(243,245,248)",
    blue="rgb(31,111,184)",
    saturated="#b97a00",
    dead="#c22f22",
    good="#2c7f5c",
    text="#1b1f27",
    muted="#5b6577",
    line="#dfe3ea",
    background="#ffffff",
    anchors=((72, 26, 108), (64, 70, 136), (44, 113, 142), (33, 144, 141), (53, 173, 110), (150, 170, 20)),
)
DARK = Palette(
    orange="rgb(224,122,43)",
    neutral="rgb(44,50,61)",
    blue="rgb(76,152,222)",
    saturated="#f2b632",
    dead="#ff6b5e",
    good="#5fc79b",
    text="#eceff4",
    muted="#9aa3b2",
    line="#2c323d",
    background="#0f131a",
    anchors=((170, 120, 214), (104, 140, 230), (70, 170, 220), (60, 190, 160), (110, 206, 100), (240, 220, 60)),
)


def palette() -> Palette:
    """The palette of the theme that this visitor sees."""
    return DARK if st.context.theme.type == "dark" else LIGHT
