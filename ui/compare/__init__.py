"""The page *Compare*: two to four stacks on the same data, trained together."""

from ui.compare.page import compare

__all__ = ["compare"]
