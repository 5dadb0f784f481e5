"""Is a function convex? A verdict is certified by rules of composition and by signs of second derivatives, never by numbers.

    intervals, ranges, scalars    what values an expression has; scalar functions and the signs of their derivatives
    composition, squares, atoms   how curvature passes through an expression
    spectra, quadratics           traces of matrix functions; constant second differentials
    conditions                    what a verdict needs of the other names
    sampling, attack              chords that refute a verdict, witnesses that a function bends both ways
    telling                       why: squares, rules, witnesses
    judging, judged               from a request to a verdict that shows itself
"""
