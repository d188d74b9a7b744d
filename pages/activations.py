"""Every activation and backward function: its curve, its slope, where it is flat, and whether a pair of them learns."""

from ui.activation_gallery import activation_gallery

activation_gallery()
