"""The Chain rule page: forward and backward one equation at a time, with the numbers."""
