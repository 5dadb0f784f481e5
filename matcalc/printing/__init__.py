"""Formulas in characters.

In comes an expression, or index terms; `presenter` chooses the shortest of equal spellings and makes a tree of forms of it, to
which a printer gives characters (`text`, `unicode`, `latex`, `typst`). `notations` is the table of printers; `sympy_code` writes
SymPy source.
"""
