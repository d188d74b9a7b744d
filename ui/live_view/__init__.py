"""The live view: a component that draws a run in the browser, the Explorer's or that of Compare.

Its modules are in ``js/``: ``network/`` draws networks and decision surfaces, ``charts/`` the curves, ``controls/`` is
what a visitor clicks and types in, and ``shared/`` is what all of them use. Streamlit sends a component's script with
every update, so the large part is mounted once, and the part that updates only hands over to it.
"""

from ui.live_view.component import mount, mount_library

__all__ = ["mount", "mount_library"]
