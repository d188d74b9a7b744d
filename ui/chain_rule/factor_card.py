"""The three factors of the chosen weight, coloured by size, and the factor that makes the gradient small."""

from __future__ import annotations

import html

import numpy as np
import streamlit as st

from backprop.explain.factors import Factors, Weight, factors, find_culprit
from ui.chain_rule.names import colors
from ui.chain_rule.numbers import plain, subscript, superscript
from ui.chain_rule.study import Study
from ui.palette import Palette, palette

SMALL = 0.05  # as for a flat slope; the same number for every factor


def factor_card(shown: Study, dark: bool) -> None:
    """Draw the card; while no weight is chosen, a line that says what to do."""
    st.header("One weight, three factors")
    if shown.weight is None:
        st.markdown("Click a connection, or a **b**, to see what the gradient of that weight is made of.")
        return
    found = factors(shown.walkthrough, shown.weight)
    st.html(_boxes(found, shown.batch, palette(), dark))
    if shown.batch > 1:
        _per_sample(found, shown)
    culprit = find_culprit(shown.walkthrough, found)
    st.markdown(f"**{culprit.sentence}**" if culprit else _sound(found))
    st.caption(
        "∂L/∂w = ∂L/∂a · ∂a/∂z · ∂z/∂w (Data Science Stack Exchange 26551). Colours by size: :red[0], :orange[below "
        f"{SMALL:g}], :green[up to 1], :blue[above 1]. Broad lines in the diagram show how the error signal gets here."
    )


def weight_name(weight: Weight) -> str:
    """``"w²₁₂"``, or ``"b²₁"``."""
    j, i = superscript(weight.layer), subscript(weight.unit + 1)
    return f"b{j}{i}" if weight.source is None else f"w{j}{i}{subscript(weight.source + 1)}"


def size(value: float) -> str:
    """The class of a factor by its size: ``"zero"``, ``"small"``, ``"medium"`` or ``"large"``."""
    if value == 0:
        return "zero"
    magnitude = abs(value)
    return "small" if magnitude < SMALL else "medium" if magnitude <= 1 else "large"


def _sound(found: Factors) -> str:
    if found.cancels:
        return (
            "No culprit: at this output the slope ∂a/∂z cancels against a part of ∂L/∂a, whatever its size, and their "
            "product is (a − y)/N."
        )
    return "No factor is dead or saturated."


def _boxes(found: Factors, batch: int, look: Palette, dark: bool) -> str:
    weight, role = found.weight, colors(dark)
    j, i = superscript(weight.layer), subscript(weight.unit + 1)
    name = weight_name(weight)
    before = "1 for a bias"
    if weight.source is not None:
        kind = "input" if weight.layer == 1 else "output"
        before = f"a{superscript(weight.layer - 1)}{subscript(weight.source + 1)}, the {kind} it is fed with"
    mixes = found.a_by_z.shape[1] > 1
    parts = [
        (f"∂L/∂a{j}{'' if mixes else i}", found.loss_by_a, "what comes back to the unit", "loss"),
        (f"∂a{j}{'' if mixes else i}/∂z{j}{i}", found.a_by_z, "the unit's own slope", "slope"),
        (f"∂z{j}{i}/∂{name}", found.z_by_w[:, None], before, "a"),
    ]
    boxes = '<span class="sign">·</span>'.join(
        _box(title, values, note, look, role[color]) for title, values, note, color in parts
    )
    result = _box(f"∂L/∂{name}", np.array([[found.gradient]]), f"{name} = {plain(found.value)}", look, role["phi"])
    sign = "=" if batch == 1 else "→ sum →"
    return (
        f"<style>{_css(look)}</style><div class='chain-factors'>{boxes}<span class='sign'>{sign}</span>{result}</div>"
    )


def _box(title: str, values: np.ndarray, note: str, look: Palette, color: str) -> str:
    """One factor. With several samples the mean size sets its colour; with softmax there is a line per unit."""
    one = values.size == 1
    text = plain(float(values[0, 0])) if one else _several(values)
    largest = float(np.abs(values).mean())
    return (
        f'<div class="factor {size(largest)}"><div class="title" style="--role: {color}">{html.escape(title)}</div>'
        f'<div class="number{"" if one else " many"}">{text}</div><div class="note">{html.escape(note)}</div></div>'
    )


def _several(values: np.ndarray) -> str:
    if len(values) == 1:
        return "(" + ", ".join(plain(float(value)) for value in values[0]) + ")"
    low, high = float(values.min()), float(values.max())
    return plain(low) if low == high else f"{plain(low)} … {plain(high)}"


def _per_sample(found: Factors, shown: Study) -> None:
    """The factors of every sample and their product. The products add up to the gradient."""
    if found.a_by_z.shape[1] == 1:
        names = ["∂L/∂a", "∂a/∂z", "∂z/∂w", "product"]
        columns = [found.loss_by_a[:, 0], found.a_by_z[:, 0], found.z_by_w, found.products]
    else:
        names = ["∂L/∂a · ∂a/∂z", "∂z/∂w", "product"]
        columns = [(found.loss_by_a * found.a_by_z).sum(axis=1), found.z_by_w, found.products]
    lines = [["sample", *names], ["--:"] * (len(names) + 1)]
    for n, sample in enumerate(shown.indices):
        lines.append([str(sample + 1), *(plain(float(column[n])) for column in columns)])
    lines.append(["**sum**", *[""] * (len(names) - 1), f"**{plain(found.product)}**"])
    st.markdown("\n".join("| " + " | ".join(line) + " |" for line in lines))


def _css(look: Palette) -> str:
    return f"""
.chain-factors {{ display: flex; flex-wrap: wrap; gap: 10px; align-items: stretch; }}
.chain-factors .factor {{
  flex: 1 1 150px; padding: 8px 14px; border-radius: 10px; border: 1px solid {look.line};
  border-left: 8px solid var(--c);
  background: color-mix(in srgb, var(--c) 13%, transparent); min-width: 0;
}}
.chain-factors .zero {{ --c: {look.dead}; }}
.chain-factors .small {{ --c: {look.saturated}; }}
.chain-factors .medium {{ --c: {look.good}; }}
.chain-factors .large {{ --c: {look.blue}; }}
.chain-factors .title {{
  color: color-mix(in srgb, var(--role) 80%, currentcolor); font-size: 17px; font-weight: 600; white-space: nowrap;
}}
.chain-factors .number {{ font-size: 27px; font-weight: 650; font-variant-numeric: tabular-nums; line-height: 1.25; }}
.chain-factors .number.many {{ font-size: 17px; line-height: 1.95; }}
.chain-factors .note {{ font-size: 12.5px; color: {look.muted}; }}
.chain-factors .sign {{ align-self: center; font-size: 24px; }}
"""
