"""Names of the streams of random numbers: a generator is made from [seed, index, stream].

The stream stands last and is never zero, because NumPy takes a seed list with zeros at its end for the shorter one: the
weights of a layer, the order of the batches in an epoch, the data and the bug to be spotted never share their numbers.
"""

WEIGHTS = 1
BATCHES = 2
DATA = 3
SURPRISE = 4
