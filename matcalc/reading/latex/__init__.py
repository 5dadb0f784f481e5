"""LaTeX as it is typed: one pass from its commands to the tokens of the plain notation.

In comes LaTeX, with or without its dollars and environments; out go the parser's tokens, each with the range of LaTeX that it
stands for, so that errors point there.
"""
