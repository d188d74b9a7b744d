"""Stack layers, press Play, and watch what the gradient does on its way down."""

from ui.explorer import explorer

explorer()
