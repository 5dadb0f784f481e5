"""The shortest form of an expression: factors collected, sums multiplied out where terms then cancel, identities recognised.

In comes an expression in normal form; out goes an equal one whose printed text has no more tokens. Each rewrite goes one way
and the walk stops; the identities come from the book.
"""
