"""The Activations page: the registry as a gallery, one pair of functions looked at closely, and put to the test."""

from ui.activation_gallery.page import activation_gallery

__all__ = ["activation_gallery"]
