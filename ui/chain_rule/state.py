"""One study per visitor, kept across pages and written into the page's address."""

from __future__ import annotations

import streamlit as st

from ui.chain_rule.study import Study

_KEY = "chain_rule_study"


def study() -> Study:
    """This visitor's study. The first call makes it from the page's address."""
    if _KEY not in st.session_state:
        st.session_state[_KEY] = Study(st.query_params.to_dict())
    found: Study = st.session_state[_KEY]
    return found


def show_in_address() -> None:
    """Write what is shown into the address, so that the address can be copied and opened elsewhere."""
    query = study().to_query()
    if st.query_params.to_dict() != query:
        st.query_params.from_dict(query)
