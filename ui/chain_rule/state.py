"""One study per visitor, kept across pages, and written into the address."""

from __future__ import annotations

import streamlit as st

from ui.chain_rule.study import Study

_KEY = "chain_rule_study"


def study() -> Study:
    """This visitor's study; made from the link on the first call."""
    if _KEY not in st.session_state:
        st.session_state[_KEY] = Study(st.query_params.to_dict())
    found: Study = st.session_state[_KEY]
    return found


def show_in_address() -> None:
    """Let the address say what is shown, so that it can be copied and opened elsewhere."""
    query = study().to_query()
    if st.query_params.to_dict() != query:
        st.query_params.from_dict(query)
