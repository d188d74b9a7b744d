"""The accuracies of several pairs as a table of strips, in plain HTML.

The table is drawn again after every trained network. A Plotly chart would flicker each time.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np

from ui.activations.choice import Pair, backward_label
from ui.palette import Palette

Reference = tuple[float, float]  # mean and standard deviation in %

_HIGH = 100.0
_CSS = """
.strips { width: 100%; border-collapse: collapse; font-size: 0.95rem; font-variant-numeric: tabular-nums; }
.strips th { font-weight: 400; text-align: left; }
.strips :is(th, td) { padding: 0 0.6rem 0 0; white-space: nowrap; border: 0; }
.strips thead th { font-size: 0.8rem; padding-bottom: 0.25rem; }
.strips .strip { width: 100%; min-width: 8rem; padding-inline: 0.6rem 1.8rem; }
.strips .strip div { position: relative; height: 36px; }
.strips thead .strip div { height: 1rem; }
.strips span { position: absolute; }
.strips .tick { transform: translateX(-50%); }
.strips .line { width: 1px; height: 100%; background: currentColor; }
.strips .band { top: 4px; bottom: 4px; background: currentColor; opacity: 0.2; }
.strips .mean { top: 4px; bottom: 4px; width: 3px; margin-left: -1.5px; background: currentColor; }
.strips .point { width: 8px; height: 8px; margin: -4px; border-radius: 50%; background: currentColor; }
.strips .diamond { top: 50%; width: 10px; height: 10px; margin: -5px; border: 1.5px solid; transform: rotate(45deg); }
@media (max-width: 640px) {
  .strips th[scope=row] { white-space: normal; }
  .strips .reference { display: none; }
}
"""


def results_table(
    rows: Sequence[Pair],
    results: Sequence[Sequence[float]],
    references: Sequence[Reference | None],
    colors: Palette,
) -> str:
    """A row for each pair: a point per seed, a line at the mean, a band of one standard deviation, and the numbers.

    Args:
        rows: The pairs, from top to bottom.
        results: For each pair the accuracies so far, in %.
        references: For each pair a mean and a standard deviation to compare with, shown as a diamond; or None.
        colors: The palette of the theme.
    """
    least = [*(value for values in results for value in values), *(mean for mean, _ in filter(None, references)), 90.0]
    low = 10.0 * np.floor((min(least) - 1) / 10)
    with_reference = any(references)
    head = _row("th", "forward ← backward", _axis(low), "test accuracy", "reference" if with_reference else None)
    body = "".join(
        _row(
            "td",
            escape(row_label(pair)),
            _strip(values, reference, low, _color(pair, colors), colors),
            mean_and_deviation(values) if values else "…",
            f"{reference[0]} ± {reference[1]} %" if reference else "" if with_reference else None,
        )
        for pair, values, reference in zip(rows, results, references, strict=True)
    )
    return f'<style>{_CSS}</style><table class="strips"><thead>{head}</thead><tbody>{body}</tbody></table>'


def row_label(pair: Pair) -> str:
    """``"step ← sigmoid"``."""
    return f"{pair.f.label} ← {backward_label(pair.backward).replace('slope of ', '').replace('own slope', 'own')}"


def mean_and_deviation(values: Sequence[float]) -> str:
    """``"95.2 ± 1.6 %"``."""
    return f"{np.mean(values):.1f} ± {np.std(values):.1f} %"


def _row(tag: str, label: str, strip: str, numbers: str, reference: str | None) -> str:
    last = "" if reference is None else f'<{tag} class="reference">{reference}</{tag}>'
    scope = "col" if tag == "th" else "row"
    return (
        f'<tr><th scope="{scope}">{label}</th><{tag} class="strip">{strip}</{tag}><{tag}>{numbers}</{tag}>{last}</tr>'
    )


def _color(pair: Pair, colors: Palette) -> str:
    return {None: colors.blue, "zero": colors.muted}.get(pair.backward, colors.orange)


def _strip(values: Sequence[float], reference: Reference | None, low: float, color: str, colors: Palette) -> str:
    """One strip. Places are in percent of its width, so that it stretches while points stay round."""
    parts = [_mark("line", _place(tick, low), colors.line) for tick in _ticks(low)]
    if values:
        mean, deviation = float(np.mean(values)), float(np.std(values))
        left, right = _place(max(mean - deviation, low), low), _place(min(mean + deviation, _HIGH), low)
        parts.append(_mark("band", left, color, f"width: {right - left:.2f}%"))
        parts.append(_mark("mean", _place(mean, low), color))
    for seed, value in enumerate(values):
        top = 50 + 28 * ((7 * seed % 10) / 4.5 - 1)  # set apart, so that equal ones are visible
        parts.append(_mark("point", _place(value, low), color, f"top: {top:.0f}%", f"seed {seed}: {value:.1f} %"))
    if reference:
        parts.append(_mark("diamond", _place(reference[0], low), colors.text))
    return f'<div aria-hidden="true">{"".join(parts)}</div>'


def _axis(low: float) -> str:
    labels = (
        f'<span class="tick" style="left: {_place(tick, low):.2f}%">{tick:g}{" %" if tick == _HIGH else ""}</span>'
        for tick in _ticks(low)
    )
    return f"<div>{''.join(labels)}</div>"


def _mark(kind: str, left: float, color: str, more: str = "", title: str = "") -> str:
    title = f' title="{title}"' if title else ""
    return f'<span class="{kind}" style="left: {left:.2f}%; color: {color}; {more}"{title}></span>'


def _place(value: float, low: float) -> float:
    """The place of an accuracy on the strip, in percent of its width."""
    return float(100 * (value - low) / (_HIGH - low))


def _ticks(low: float) -> list[float]:
    step = 10.0 if _HIGH - low > 20 else 5.0
    return [float(tick) for tick in np.arange(low, _HIGH + 1, step)]
