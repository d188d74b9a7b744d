"""Backprop Explorer: start it with ``streamlit run app.py``.

Streamlit reads this file twice: once as the module ``app`` when the server starts, and as a script for every visitor.
"""

import os
from pathlib import Path

# The matrices are small: one thread is faster than handing work to several. Must be set before NumPy is imported.
for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

import streamlit as st  # noqa: E402

from ui.first_paint import APP_NAME, ICON, LOGO, SIDEBAR_WIDTH, first_document, page_routes  # noqa: E402


def run_page() -> None:
    """Draw the frame of every page, and in it the page that the visitor opened."""
    st.set_page_config(page_title=APP_NAME, page_icon=ICON, layout="wide", initial_sidebar_state=SIDEBAR_WIDTH)
    st.logo(LOGO, icon_image=ICON, size="large")
    st.navigation(
        [
            st.Page("pages/explorer.py", title="Explorer", default=True),
            st.Page("pages/compare.py", title="Compare"),
            st.Page("pages/chain_rule.py", title="Chain rule"),
            st.Page("pages/activations.py", title="Activations"),
            st.Page("pages/spot_the_bug.py", title="Spot the bug"),
        ]
    ).run()


if __name__ == "__main__":
    run_page()
else:
    from starlette.middleware import Middleware

    from ui.security_headers import SecurityHeaders
    from ui.server_start import on_start

    headers = Middleware(SecurityHeaders, document=first_document())
    app = st.App(Path(__file__), lifespan=on_start, routes=page_routes(), middleware=[headers])
