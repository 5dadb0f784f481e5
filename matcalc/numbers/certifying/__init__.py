"""The certificate: a formula against the slope of what was differentiated, at enough points to tell.

`certificate` is what the answers call; `trial` goes from point to point until `coverage` has seen what it must, `slope` compares at
one point, by difference quotients or link by link (`links`), and `comparison` says when two arrays are one up to rounding.
"""
