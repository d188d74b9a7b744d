"""A line above the page's content on what is wrong, in the look of the live view's."""

from __future__ import annotations

import html

import streamlit as st


def notice(text: str) -> None:
    """Show a sentence as it is. It may quote a link, in which Markdown would find links, pictures and icons."""
    st.html(f'<p class="page-notice" role="alert">{html.escape(text)}</p>')
