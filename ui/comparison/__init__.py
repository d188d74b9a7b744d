"""The page Compare: two to four stacks on the same data, trained together."""
