"""Several runs at a time: stacks trained in lockstep and compared, a mistaken backward pass beside the right one, and
pairs of forward and backward functions over many seeds.

Each file is a topic of its own and is imported by its name. This room uses every other room.
"""
