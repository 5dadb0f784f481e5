"""R, whose * and ^ act entry by entry."""

from typing import Final

PAIRS: Final = """
A %*% B                     A*B
A * B                       A.*B
t(A)                        A^T
t(A) %*% B                  A^T*B
t(x) %*% A %*% x            x^T*A*x
A %x% B                     kron(A, B)
crossprod(X)                X^T*X
crossprod(X, Y)             X^T*Y
tcrossprod(X)               X*X^T
tcrossprod(X, Y)            X*Y^T
solve(A)                    inv(A)
solve(A, b)                 A\\b
det(A)                      det(A)
diag(x)                     diag(x)
sum(A)                      sum(A)
mean(A)                     mean(A)
rowSums(X)                  rowsums(X)
colSums(X)                  colsums(X)
rowMeans(X)                 rowmeans(X)
colMeans(X)                 colmeans(X)
kronecker(A, B)             kron(A, B)
outer(x, y)                 x*y^T
norm(X, "F")                normF(X)
norm(x, "2")                ||x||_2
c(A)                        vec(A)
as.vector(A)                vec(A)
pmax(x, 0)                  relu(x)
pmax(x, y)                  x + relu(y - x)
pmin(x, y)                  x - relu(x - y)
cumsum(x)                   cumsum(x)
prod(x)                     prod(x)
plogis(x)                   sigmoid(x)
pnorm(x)                    gelu_cdf(x)
dnorm(x)                    exp(-x.^2/2)/sqrt(2*pi)
var(x)                      !R's var divides by n - 1; write mean((x - mean(x))^2) for var(x), which divides by n
sd(x)                       !R's sd divides by n - 1; write sqrt(mean((x - mean(x))^2)) for std(x), which divides by n
"""
