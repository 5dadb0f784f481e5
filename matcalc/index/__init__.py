"""Index terms: products of arrays whose axes carry labels, and the way back from them to matrices.

In comes an expression, which `lower` writes as terms; `raising` reads terms back as one matrix, where they have such a form, or
says that they have none; `named` gives their labels letters.
"""
