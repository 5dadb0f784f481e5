"""From tokens to a syntax tree: tokens, the precedence parser, the notation of a derivative, sums over entries.

In come the tokens of a text; out goes an untyped tree whose nodes know where they stand. Nothing here knows what a name is,
beyond what it is told.
"""
