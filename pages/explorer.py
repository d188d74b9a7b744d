"""Stack layers, press Play, and watch what the gradient does on its way down."""

from ui.controls import sidebar
from ui.explorer import explorer

sidebar()
explorer()
