"""One workspace per visitor, kept across pages, and written into the page's address."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from backprop import Experiment, to_query
from ui.workspace import Workspace

_KEY = "workspace"
_NEXT_TIME = "next time"


def workspace() -> Workspace:
    """This visitor's workspace; made from the link on the first call."""
    if _KEY not in st.session_state:
        st.session_state[_KEY] = Workspace(st.query_params.to_dict())
    found: Workspace = st.session_state[_KEY]
    return found


def explorer_experiment() -> Experiment:
    """What the Explorer runs, or would open with; reads no link, since the address may be another page's."""
    return workspace().experiment if _KEY in st.session_state else Experiment()


def open_in_explorer(experiment: Experiment) -> None:
    """Leave this page for the Explorer, and run this there."""
    if _KEY not in st.session_state:
        st.session_state[_KEY] = Workspace({})  # the address is this page's
    workspace().load(experiment)
    st.switch_page("pages/explorer.py")


def show_in_address() -> None:
    """Let the address say what runs, so that it can be copied and opened elsewhere."""
    query = to_query(workspace().experiment)
    if st.query_params.to_dict() != query:
        st.query_params.from_dict(query)


def tell_of_commands(key: str, flag: str, obey: Callable[[Any], None], shown_around: Callable[[], Any]) -> None:
    """Hand on what a live view has sent, and raise the flag where the page around the view then shows something old.

    Args:
        key: Of the view.
        flag: Its name in the session's state, for ``bring_up_to_date``; it stays until a run gets as far as to see it.
        obey: Gets the commands.
        shown_around: What the page shows around the view.
    """
    commands = st.session_state[key].commands
    if commands:
        before = shown_around()
        obey(commands)
        if shown_around() != before:
            st.session_state[flag] = True


def bring_up_to_date(flag: str, soon: bool) -> None:
    """Run the page once more if the flag in the session's state says that it shows something old.

    Args:
        flag: Its name.
        soon: Not before the next run of the fragment that asks, which will come: so that what changed is on the screen
            first, and the browser need not draw all the page before it.
    """
    if not st.session_state.get(flag):
        return
    waited = st.session_state[flag] == _NEXT_TIME
    if soon and not waited:
        st.session_state[flag] = _NEXT_TIME
        return
    st.session_state[flag] = False
    st.rerun(scope="app")
