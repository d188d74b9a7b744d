"""Playing a run for a live view: bursts of frames, commands, and each moment encoded as a message to the browser.

Knows nothing of Streamlit.
"""
