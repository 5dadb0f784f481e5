"""Requests that are no text: expressions built with Python's operators and NumPy's functions, and those of SymPy.

In come objects; `request` turns them into the text that says the same, with a declaration for every variable, and from there
on they are read like any other.
"""
