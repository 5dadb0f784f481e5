"""MATLAB and Octave, whose * is the product of matrices; most of the notation is theirs."""

from typing import Final

PAIRS: Final = """
A*B                     A*B
A.*B                    A.*B
A./B                    A./B
A.^2                    A.^2
A^2                     A^2
A'                      A^T
A.'                     A^T
A\\b                     A^-1*b
A(:)                    vec(A)
ctranspose(A)           A^H
trace(A)                tr(A)
det(A)                  det(A)
inv(A)                  inv(A)
pinv(A)                 pinv(A)
expm(A)                 expm(A)
logm(A)                 logm(A)
sqrtm(A)                sqrtm(A)
chol(A,'lower')         chol(A)
norm(X,'nuc')           normN(X)
norm_nuc(X)             normN(X)
norm(x)                 ||x||_2
norm(A, 'fro')          normF(A)
norm(x, 1)              normp(x, 1)
norm(x, inf)            norminf(x)
sum(sum(A))             sum(A)
sum(A(:))               sum(A)
sum(A, 'all')           sum(A)
sum(A, 2)               rowsums(A)
mean(A, 'all')          mean(A)
mean(A(:))              mean(A)
dot(x, y)               dot(x, y)
kron(A, B)              kron(A, B)
diag(x)                 diag(x)
eye(n)                  eye(n)
ones(n, 1)              ones(n)
zeros(n, 1)             zeros(n)
max(x, 0)               relu(x)
erf(x)                  erf(x)
log1p(x)                log1p(x)
sqrt(x)                 sqrt(x)
"""
