"""Ways to solve one equation for one unknown, a family a module.

A move is a function of an equation that yields solutions, or nothing where the equation is not of its family. What it yields is
tried at random points in `certificate`; a move may be wrong about a sign or a branch, never silently.

    equation      an equation, its unknown, and what is known of both
    vectors       linear in a vector or a number
    matrices      linear in a matrix: one-sided, two-sided, Sylvester
    inverses      with the inverse of the unknown
    roots         one number in one equation: peeled, quadratic
    entrywise     every entry for itself
"""
