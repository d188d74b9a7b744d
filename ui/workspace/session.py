"""One workspace per visitor, kept across pages and written into the page's address."""

from __future__ import annotations

import streamlit as st

from backprop import Experiment, to_query
from ui.workspace.workspace import Workspace

_KEY = "workspace"


def workspace() -> Workspace:
    """This visitor's workspace. The first call makes it from the page's address."""
    if _KEY not in st.session_state:
        st.session_state[_KEY] = Workspace(st.query_params.to_dict())
    found: Workspace = st.session_state[_KEY]
    return found


def explorer_experiment() -> Experiment:
    """The experiment that the Explorer runs, or would open with. The address is not read: it may be another page's."""
    return workspace().experiment if _KEY in st.session_state else Experiment()


def open_in_explorer(experiment: Experiment) -> None:
    """Go to the Explorer and run this experiment there."""
    if _KEY not in st.session_state:
        st.session_state[_KEY] = Workspace({})  # the address belongs to this page
    workspace().load(experiment)
    st.switch_page("pages/explorer.py")


def show_in_address() -> None:
    """Write the experiment that runs into the address, so that the address can be copied and opened elsewhere."""
    query = to_query(workspace().experiment)
    if st.query_params.to_dict() != query:
        st.query_params.from_dict(query)
