"""From a syntax tree to typed steps: what the names stand for, and every shape.

In comes a tree; out go its steps in the order of evaluation, each with its shape and its meaning. Dimensions are unknowns, and
every operation says which must be equal.
"""
