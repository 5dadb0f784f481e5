"""Expressions built node by node, with the text that each prints and reads back from."""

from __future__ import annotations

from matcalc.algebra import add, entry, epow, fun, had, inner, inverse, mul, negative, power, subtract, transpose
from matcalc.algebra.node import Unknown, array, comm, const, eye, ones, sym, zeros
from matcalc.book.sizes import ONE, SCALAR, dim

m, n = dim("m"), dim("n")

A, B, S, X, W1 = sym("A", (m, n)), sym("B", (n, n)), sym("S", (n, n)), sym("X", (n, n)), sym("W1", (n, n))

x, y, b, r = sym("x", (n, ONE)), sym("y", (n, ONE)), sym("b", (m, ONE)), sym("r", (ONE, n), 2)

s, c, alpha, T = sym("s", SCALAR), sym("c", SCALAR), sym("alpha", SCALAR), sym("T", SCALAR)

NAMES = {v.data.name: v for v in (A, B, S, X, W1, x, y, b, r, s, c, alpha, T)}

length = fun("norm2", x)

quadratic = inner([transpose(x), S, x])

sigma, sigma1 = Unknown("sigma", "elementwise"), Unknown("sigma", "elementwise", 1)

READ_BACK = [
    (mul(transpose(A), subtract(mul(A, x), b)), "A^T*(A*x - b)"),
    (mul(const("-3/2"), X), "-3*X/2"),
    (mul(const("1/2"), X), "X/2"),
    (mul(power(length, -1), x), "x/norm2(x)"),
    (mul(const("1/2"), power(length, -3), x), "x/(2*norm2(x)^3)"),
    (mul(power(quadratic, -2), S, x), "S*x/(x^T*S*x)^2"),
    (mul(quadratic, B, x), "(x^T*S*x)*B*x"),
    (mul(s, quadratic), "s*x^T*S*x"),
    (mul(const(2), quadratic), "2*x^T*S*x"),
    (mul(const(1 / n), x), "x/n"),
    (mul(const(n * m), s), "m*n*s"),
    (const(n - 1), "n - 1"),
    (add(B, negative(X)), "B - X"),
    (negative(mul(X, B)), "-X*B"),
    (negative(had(x, y)), "-x.*y"),
    (subtract(ones(n), fun("sigmoid", x)), "ones(n) - sigmoid(x)"),
    (mul(transpose(S), transpose(X), transpose(S)), "(S*X*S)^T"),
    (mul(transpose(S), transpose(X)), "S^T*X^T"),
    (add(mul(transpose(X), transpose(S)), transpose(B)), "(B + S*X)^T"),
    (inverse(transpose(X)), "X^-T"),
    (inverse(mul(transpose(X), B)), "(X^T*B)^-1"),
    (mul(const(n), power(transpose(X), const(n - 1))), "n*(X^(n - 1))^T"),
    (power(X, 3), "X^3"),
    (power(X, T), "X^(T)"),
    (power(s, negative(T)), "1/s^(T)"),
    (epow(x, T), "x.^(T)"),
    (fun("exp", mul(transpose(X), transpose(S))), "exp(S*X)^T"),
    (add(mul(const(3), eye(n)), S), "3*I + S"),
    (mul(const(3), eye(n)), "3*eye(n)"),
    (add(mul(s, eye(n)), mul(c, eye(n))), "c*eye(n) + s*eye(n)"),
    (fun("diag", fun("diag", X)), "X.*I"),
    (fun("diag", had(x, fun("diag", X))), "X.*diag(x)"),
    (had(x, fun("diag", X)), "x.*diagv(X)"),
    (epow(x, -1), "x.^-1"),
    (epow(x, 2), "x.^2"),
    (epow(x, const("1/2")), "sqrt(x)"),
    (epow(x, const("-1/2")), "x.^-0.5"),
    (had(epow(x, -1), epow(y, -1)), "(x.*y).^-1"),
    (had(y, epow(x, -2), fun("tanh", x)), "y.*tanh(x)./x.^2"),
    (mul(B, had(x, y)), "B*(x.*y)"),
    (had(mul(S, x), y), "(S*x).*y"),
    (mul(s, had(x, y)), "s*(x.*y)"),
    (power(s, -1), "1/s"),
    (power(s, const("1/2")), "sqrt(s)"),
    (power(s, const("-3/2")), "1/s^1.5"),
    (power(s, c), "s^c"),
    (power(s, negative(c)), "1/s^c"),
    (fun("kron", transpose(X), eye(m)), "kron(X^T,eye(m))"),
    (fun("vec", X), "vec(X)"),
    (comm(m, n), "K(m,n)"),
    (ones(n), "ones(n)"),
    (ones(m, n), "ones(m,n)"),
    (ones(ONE, n), "ones(n)^T"),
    (zeros(m, n), "zeros(m,n)"),
    (mul(ones(m), transpose(x)), "ones(m)*x^T"),
    (entry(x, 2, 1), "x[2]"),
    (entry(X, 1, 2), "X[1,2]"),
    (entry(mul(X, B), 1, 2), "(X*B)[1,2]"),
    (entry(r, 1, 2), "r[1,2]"),
    (array([[s, c], [c, mul(c, s)]]), "[s, c; c, c*s]"),
]
