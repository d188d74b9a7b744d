"""One network explained in equations with numbers: the walk through its two passes, the three factors of one weight,
finite differences, mistakes made on purpose, and mistakes in print.

Each file is a topic of its own and is imported by its name. This room uses every room but ``backprop.studies``.
"""
