"""The spellings of other tools.

A table of `tables` for each tool has a line for each of its spellings: theirs, then ours. `tools` says how a line of text shows
which tool it is from, `marks` gives the tokens of such a line the names of its tool, and `pairs` rewrites calls after the tables.
"""
