"""Whether a visitor has clicked since the run of the page began that is going on."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from streamlit.runtime.scriptrunner import get_script_run_ctx

from ui.live.commands import UNHURRIED

_TYPE = re.compile(r'"type": ?"(\w+)"')


def click_watch() -> Callable[[], bool]:
    """Called in the run of a page: a function that says whether a click waits for this run to end.

    Streamlit offers no public way to look at what waits without ending the present run. Where a later version keeps it
    elsewhere, the answer is no, and a click waits until a burst of frames is complete.
    """
    requests = getattr(get_script_run_ctx(suppress_warning=True), "script_requests", None)
    return lambda: _is_click(requests)


def _is_click(requests: Any) -> bool:
    """Whether there is a request other than those that the live view makes by itself."""
    state = getattr(getattr(requests, "_state", None), "name", "")
    states = getattr(getattr(requests, "_rerun_data", None), "widget_states", None)
    sent = "".join(widget.json_trigger_value for widget in getattr(states, "widgets", ()))
    return state == "STOP" or (state == "RERUN" and not set(_TYPE.findall(sent)) <= set(UNHURRIED))
