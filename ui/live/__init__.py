"""Playing a run for a live view: bursts of frames, the commands of the view, and each moment encoded as a message to
the browser.

Uses the core only, and knows nothing of Streamlit.
"""
