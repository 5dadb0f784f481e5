"""The constructors of expressions, a family of operations each, which keep them in normal form.

The modules stand in the order in which they import one another:

    constructors                     the constructors by name, for those that are defined above
    sums, transposes, selection      what a product, a power or a reduction needs at once
    blocks                           block matrices: partitions, building, gathering, inverses
    parts                            entries, rows and blocks
    norms, powers, hadamard          powers of numbers, of matrices and entry by entry
    diagonals, stacking              diag, diagv, vec, kron
    inner_products, neighbours, products
    reductions                       sums of entries, traces, determinants
    laws, functions                  laws of single functions; functions by name
    rebuilding                       the same operation on other operands

Constructors need one another in circles: a product builds powers, and a power products. A module imports those below it
and calls those above it through `constructors.build`, which `matcalc.algebra` connects, once, whichever module is imported first.
"""
