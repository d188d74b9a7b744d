"""Backprop Explorer: start it with ``streamlit run app.py``."""

import os

# The matrices are small: one thread is faster than handing work to several. Must be set before NumPy is imported.
for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

import streamlit as st  # noqa: E402

st.set_page_config(page_title="Backprop Explorer", page_icon="ui/icon.svg", layout="wide")
st.navigation([st.Page("pages/explorer.py", title="Explorer", default=True)]).run()
