"""What one visitor works on in the Explorer: the settings as they were entered, and the run. Pages share it.

Only ``session.py`` knows of Streamlit.
"""
