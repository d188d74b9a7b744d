"""What pages share. The way into every page leads through ``app.py``.

A server that has just started runs the scripts of a folder named ``pages`` by themselves, until ``st.navigation`` has
been called for the first time: without the width, the logo, and the one thread that the core wants. A page that is
opened so, by a link into a fresh server, starts over with ``app.py``.
"""

import streamlit as st
from streamlit.runtime.pages_manager import PagesManager

if PagesManager.uses_pages_directory:
    PagesManager.uses_pages_directory = False  # as st.navigation does
    st.rerun()
