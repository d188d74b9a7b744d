"""The walk: the strip of steps, the current equation, the diagram and the tables, and the factors of a weight."""

from __future__ import annotations

import streamlit as st

from ui.chain_rule import components, scene
from ui.chain_rule.factor_card import factor_card
from ui.chain_rule.formulas import Formulas
from ui.chain_rule.names import colors
from ui.chain_rule.state import show_in_address, study
from ui.chain_rule.study import Study


@st.fragment
def walking() -> None:
    """Draw everything that changes with a step, an entry or a chosen weight."""
    shown = study()
    show_in_address()
    dark = st.context.theme.type == "dark"
    components.strip(scene.strip(shown), shown.obey)
    _equation(shown, dark)
    data = {
        "position": shown.position,
        "dark": dark,
        "colors": dict(colors(dark)),
        "diagram": scene.diagram(shown),
        "tables": scene.tables(shown),
    }
    components.stage(data, shown.obey)
    factor_card(shown, dark)


def _equation(shown: Study, dark: bool) -> None:
    step, formulas = shown.step, Formulas(shown.walkthrough, colors(dark))
    number = f"Equation {step.equation}" if step.equation else "Forward"
    with st.container(key="chain_equation", gap="xsmall"):
        st.markdown(f"**{number}** · {scene.title(step, shown)} :small[:gray[({step.source})]]")
        st.latex(formulas.strut(shown.steps) + formulas.written(step, shown.row, shown.column))
