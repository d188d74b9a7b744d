"""One visitor's work in the Explorer: the settings as entered, and the run. Other pages read it too.

Only ``session.py`` knows of Streamlit.
"""
