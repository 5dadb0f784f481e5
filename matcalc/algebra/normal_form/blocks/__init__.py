"""Block matrices: where blocks begin and end, the one normal form of equal ones, products, sums, inverses by Schur complements."""
