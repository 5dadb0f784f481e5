"""A person's own derivation, checked line by line.

`plain` makes plain text of LaTeX, `statements` takes the text apart, `workings` knows what the names and the increments stand for,
`equality` compares two expressions at random points, `check` goes from line to line, `naming` says by which rule, and `checked` is
what came of it.
"""
