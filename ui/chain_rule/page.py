"""The Chain rule page from top to bottom."""

from __future__ import annotations

import streamlit as st

from ui.chain_rule.check import check
from ui.chain_rule.heads import heads
from ui.chain_rule.sidebar import sidebar
from ui.chain_rule.state import study
from ui.chain_rule.walking import walking
from ui.notice import notice
from ui.workspace.session import explorer_experiment


def chain_rule() -> None:
    """Draw the page."""
    shown = study()
    shown.follow(explorer_experiment())
    sidebar()
    st.markdown(
        "**Try:** press → to walk forward and back, click a number of the result to see where it comes from, "
        "click a connection to see that weight's gradient."
    )
    if shown.notice:
        notice(shown.notice)
    walking()
    heads()
    check()
