"""The page *Spot the bug*: a mistaken backward pass beside the right one, and the mistakes in print of the sources."""

from ui.spot_the_bug.errata_table import errata_table
from ui.spot_the_bug.page import spot_the_bug

__all__ = ["errata_table", "spot_the_bug"]
