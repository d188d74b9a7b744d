"""Stack layers, press Play, and watch what the gradient does on its way down."""

from ui.controls import sidebar
from ui.explorer import explorer

explorer()  # first, so that the network is on the screen before the sidebar has loaded its widgets
sidebar()
