"""Every activation and backward function: its curve, its slope, where it is flat, and whether a pair of them learns."""

from ui.activations import activations

activations()
