"""Julia, whose * is the product of matrices and whose dots act entry by entry."""

from typing import Final

PAIRS: Final = """
A*B                     A*B
A .* B                  A.*B
A'                      A^T
A\\b                     A^-1*b
x .+ y                  x + y
x .- y                  x - y
x .^ 2                  x.^2
exp.(x)                 exp(x)
log.(A*x .+ b)          log(A*x + b)
tanh.(A*x)              tanh(A*x)
abs2.(x)                x.^2
abs2(a)                 a.^2
max.(x, 0)              relu(x)
clamp(x, a, p)          a + relu(x - a) - relu(x - p)
relu.(x)                relu(x)
sigmoid.(x)             sigmoid(x)
tr(A)                   tr(A)
det(A)                  det(A)
logdet(A)               logdet(A)
logabsdet(A)[1]         logdet(A)
inv(A)                  inv(A)
pinv(A)                 pinv(A)
transpose(A)            A^T
adjoint(A)              A^H
Diagonal(x)             diag(x)
Symmetric(A)            !Symmetric takes one triangle; declare A as symmetric
norm(x)                 ||x||
norm(x, 1)              ||x||_1
norm(x, 2)              ||x||
opnorm(X)               sigma_max(X)
eigmax(S)               lambda_max(S)
eigmin(S)               lambda_min(S)
norm(x, Inf)            max(abs(x))
dot(x, y)               dot(x, y)
dot(x, A, y)            x^T*A*y
kron(A, B)              kron(A, B)
sum(A)                  sum(A)
sum(abs2, x)            sum(x.^2)
sum(abs, x)             sum(abs(x))
sum(exp, x)             sum(exp(x))
sum(log, x)             sum(log(x))
sum(A, dims=1)          colsums(A)^T
sum(A, dims=2)          rowsums(A)
mean(A, dims=1)         colmeans(A)^T
mean(A, dims=2)         rowmeans(A)
mean(x)                 mean(x)
var(x, corrected=false)  var(x)
maximum(x)              max(x)
minimum(x)              min(x)
logsumexp(x)            logsumexp(x)
softmax(x)              softmax(x)
logistic.(x)            sigmoid(x)
"""
