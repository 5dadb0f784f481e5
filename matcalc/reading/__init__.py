"""From text to a typed expression.

In comes a request in plain notation, LaTeX, or the spellings of NumPy and MATLAB; a lexer and parser make a tree whose nodes
know where they stand, inference by unification finds shapes, and out goes a `Request` with its function, once in normal form
and once as it was written. Every error points into the text.
"""
