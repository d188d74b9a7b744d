"""Forward and backward one equation at a time, one weight's three factors, and the check by finite differences."""

from ui.chain_rule import chain_rule

chain_rule()
