"""Claims: is a derivative that someone gives the right one?

`verification` reads a claim, `truth` derives what it is compared with, `trials` compares numbers; a claim with labels on its axes
goes through `axis_labels`, `index_notation` and `labelled`. `verdict` says what came of it.
"""
