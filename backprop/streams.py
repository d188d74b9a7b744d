"""The streams of random numbers: each generator is seeded with [seed, index, stream].

The stream comes last and is never zero: NumPy treats a seed list that ends in zeros like the shorter list. So the
weights of a layer, the order of the batches in an epoch, the data, and the bug to be found never share their numbers.
"""

WEIGHTS = 1
BATCHES = 2
DATA = 3
SURPRISE = 4
