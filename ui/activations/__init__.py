"""The page *Activations*: the registry as a gallery, one pair of functions looked at closely, and put to the test."""

from ui.activations.page import activations

__all__ = ["activations"]
