"""The page *Chain rule*: forward and backward one equation at a time, with the numbers."""

from ui.chain_rule.page import chain_rule

__all__ = ["chain_rule"]
