"""Sums over samples and entries: which names are arrays, families or numbers, and the products of matrices that the sums are.

    kinds -> ranks        each assignment of kinds gives every part of a tree a rank, or a contradiction; the cheapest is taken
    entries -> terms      the body of a sum in index notation, its labels summed over one by one
    contraction           the tree again, with a product of matrices in place of every sum
"""
