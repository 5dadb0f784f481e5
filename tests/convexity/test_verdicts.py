"""Verdicts on functions of Boyd and Vandenberghe (2004), chapter 3, of machine learning and of statistics."""

from __future__ import annotations

import pytest

from matcalc import curvature

X = {"x": "n"}
PAIR = {"x": "scalar positive", "y": "scalar positive"}
FIT = {"A": "m x n", "x": "n", "b": "m"}
LOSS = {"X": "m x n", "w": "n", "y": "m"}
SPD = {"X": "n x n spd"}
ENTRIES = {"x": "n positive"}

CASES = [
    ("exp(a*t)", "t", {"a": "scalar", "t": "scalar"}, [], "convex", ""),
    ("t^a", "t", {"a": "scalar", "t": "scalar positive"}, [], "convex", "a >= 1"),
    ("abs(t)^3", "t", {"t": "scalar"}, [], "convex", ""),
    ("t*log(t)", "t", {"t": "scalar positive"}, [], "convex", ""),
    ("log(t)", "t", {"t": "scalar positive"}, [], "concave", ""),
    ("max(x)", "x", X, [], "convex", ""),
    ("max(x) - min(x)", "x", X, [], "convex", ""),
    ("x^2/y", "x,y", {"x": "scalar", "y": "scalar positive"}, [], "convex", ""),
    ("logsumexp(x)", "x", X, [], "convex", ""),
    ("logdet(X)", "X", SPD, [], "concave", ""),
    ("sqrt(x*y)", "x,y", PAIR, [], "concave", ""),
    ("1/(x*y)", "x,y", PAIR, [], "convex", ""),
    ("x*y", "x,y", PAIR, [], "neither", ""),
    ("x/y", "x,y", PAIR, [], "neither", ""),
    ("x^a*y^(1-a)", "x,y", {"x": "scalar positive", "y": "scalar positive", "a": "scalar"}, [], "convex", "a >= 1"),
    ("-log(1 - x^T*x)", "x", X, [], "convex", ""),
    ("log(sum(exp(A*x+b))) - c^T*x", "x", {"A": "m x n", "x": "n", "b": "m", "c": "n"}, [], "convex", ""),
    ("x^T*x/(1 - a^T*x)", "x", {"x": "n", "a": "n"}, ["1 - a^T*x > 0"], "convex", ""),
    ("sum(x.^p)^(1/p)", "x", {"x": "n positive", "p": "scalar"}, [], "convex", "p >= 1"),
    ("normp(A*x-b,p)", "x", {"A": "m x n", "x": "n", "b": "m", "p": "scalar"}, [], "convex", "p >= 1"),
    ("exp(norm2(x)^2)", "x", X, [], "convex", ""),
    ("sqrt(x^T*S*x)", "x", {"x": "n", "S": "n x n spd"}, [], "convex", ""),
    ("tr((A+X)^-1)", "X", {"A": "n x n spd", "X": "n x n spd"}, [], "convex", ""),
    ("y^T*X^-1*y", "X", {"X": "n x n spd", "y": "n"}, [], "convex", ""),
    ("logdet(A*diag(w)*A^T + I)", "w", {"A": "m x n", "w": "n positive"}, [], "concave", ""),
    ("lambda_max(A + diag(x))", "x", {"A": "n x n symmetric", "x": "n"}, [], "convex", ""),
    ("lambda_max(X) - lambda_min(X)", "X", {"X": "n x n symmetric"}, [], "convex", ""),
    ("sigma_max(X)^2", "X", {"X": "m x n"}, [], "convex", ""),
    ("normN(X) + mu*||X||_F^2", "X", {"X": "m x n", "mu": "scalar positive"}, [], "convex", ""),
    ("||X||_F^2 - tr(X)^2/n", "X", {"X": "n x n"}, [], "convex", ""),
    ("tr(X*logm(X)) - tr(X)", "X", SPD, [], "convex", ""),
    ("tr(X^-2)", "X", SPD, [], "convex", ""),
    ("det(X)", "X", SPD, [], "neither", ""),
    ("logdet(X^-1)", "X", SPD, [], "convex", ""),
    ("tr(A*X*B*X)", "X", {"X": "n x n symmetric", "A": "n x n spd", "B": "n x n spd"}, [], "convex", ""),
    ("a^T*X*b", "X", {"X": "m x n", "a": "m", "b": "n"}, [], "affine", ""),
    ("tr(X^T*A*X*B)", "X", {"X": "m x n", "A": "m x m spd", "B": "n x n spd"}, [], "convex", ""),
    ("vec(X)^T*kron(A,B)*vec(X)", "X", {"X": "m x n", "A": "n x n spd", "B": "m x m spd"}, [], "convex", ""),
    ("sum(w .* (A*x-b).^2)", "x", {"A": "m x n", "x": "n", "b": "m", "w": "m positive"}, [], "convex", ""),
    ("sum(w .* (A*x-b).^2)", "x", {"A": "m x n", "x": "n", "b": "m", "w": "m"}, [], "convex", "w >= 0"),
    ("sum(relu(1 - y.*(X*w)).^2)", "w", LOSS, [], "convex", ""),
    ("sum(softplus(-y.*(X*w))) + mu*norm1(w)", "w", {"X": "m x n", "w": "n", "y": "m", "mu": "scalar positive"}, [], "convex", ""),
    ("sum(exp(-y.*(X*w)))", "w", LOSS, [], "convex", ""),
    ("sum(log(cosh(X*w-y)))", "w", LOSS, [], "convex", ""),
    ("sum(arctan(x).^2)", "x", X, [], "neither", ""),
    ("sum(x.*y - exp(x))", "x", {"x": "n", "y": "n"}, [], "concave", ""),
    ("-sum(y.*log(X*w)) + sum(X*w)", "w", {"X": "m x n", "w": "n", "y": "m positive"}, ["X*w > 0"], "convex", ""),
    ("var(x)", "x", X, [], "convex", ""),
    ("std(A*x)", "x", {"x": "n", "A": "m x n"}, [], "convex", ""),
    ("norm2(x)^3", "x", X, [], "convex", ""),
    ("norm2(x) - a^T*x", "x", {"x": "n", "a": "n"}, [], "convex", ""),
    ("sqrt(norm2(x))", "x", X, [], "neither", ""),
    ("exp(-norm2(x))", "x", X, [], "neither", ""),
    ("sum(sin(x))", "x", X, [], "neither", ""),
    ("sum(x.^2 + sin(x))", "x", X, [], "convex", ""),
    ("sum(x.^4 - x.^2)", "x", X, [], "neither", ""),
    ("sum(x.^4 + x.^2 - x)", "x", X, [], "convex", ""),
    ("sum(1 ./ x) + sum(x)", "x", ENTRIES, [], "convex", ""),
    ("log(det(I + X*X^T))", "X", {"X": "m x n"}, [], "neither", ""),
    ("||W*x - y||^2", "W,x", {"W": "m x n", "x": "n", "y": "m"}, [], "neither", ""),
    ("||W*x - y||^2", "W", {"W": "m x n", "x": "n", "y": "m"}, [], "convex", ""),
    ("logsumexp(W*x) - y^T*W*x + mu*||W||_F^2", "W", {"W": "m x n", "x": "n", "y": "m", "mu": "scalar positive"}, [], "convex", ""),
    ("x^T*A*x + b^T*x", "x", {"A": "n x n psd", "x": "n", "b": "n"}, [], "convex", ""),
    ("-x^T*A^T*A*x", "x", {"A": "m x n", "x": "n"}, [], "concave", ""),
    ("sum(log(x)) - sum(x)", "x", ENTRIES, [], "concave", ""),
    ("-sum(log(x)) - sum(log(1-x))", "x", X, ["0 < x", "x < 1"], "convex", ""),
    ("sum(x.*log(x) + (1-x).*log(1-x))", "x", X, ["x > 0", "1 - x > 0"], "convex", ""),
    ("(x^T*S*x)^(3/2)", "x", {"S": "n x n spd", "x": "n"}, [], "convex", ""),
    ("norminf(x)^2 + norm1(x)", "x", X, [], "convex", ""),
    ("log(x^T*S*x)", "x", {"S": "n x n spd", "x": "n"}, [], "neither", ""),
    ("n*log(s) + y^T*y/s", "s", {"s": "scalar positive", "y": "n"}, [], "neither", ""),
    ("-n/2*log(t) + t*(y^T*y)/2", "t", {"t": "scalar positive", "y": "n"}, [], "convex", ""),
    ("y^T*(s*I + K)^-1*y", "s", {"s": "scalar positive", "y": "n", "K": "n x n psd"}, [], "convex", ""),
    ("logdet(s*I + K)", "s", {"s": "scalar positive", "K": "n x n psd"}, [], "concave", ""),
    ("tr(sqrtm(X*1))", "X", SPD, [], "concave", ""),
    ("tr(C^T*P) + sum(P.*log(P)) - sum(P)", "P", {"C": "m x n", "P": "m x n positive"}, [], "convex", ""),
    ("gamma*sum(x.^2) - sum(log(x))", "x", {"gamma": "scalar", "x": "n positive"}, [], "convex", "gamma >= 0"),
    ("x[1]^2 + x[2]^2 - x[1]*x[2]", "x", X, [], "convex", ""),
    ("x[1]^2 + x[2]^2 - 3*x[1]*x[2]", "x", X, [], "neither", ""),
    ("exp(x[1]) + exp(x[2] - x[1])", "x", X, [], "convex", ""),
    ("mean((X*w - y).^2) + mu*w^T*w", "w", {"X": "m x n", "w": "n", "y": "m", "mu": "scalar positive"}, [], "convex", ""),
    ("normF(L*L^T - A)", "L", {"L": "n x k", "A": "n x n spd"}, [], "neither", ""),
    ("sum(sigmoid(x).^2)", "x", X, [], "neither", ""),
    ("sum(log1p(exp(A*x)))", "x", {"A": "m x n", "x": "n"}, [], "convex", ""),
    ("sum(expm1(x) - x)", "x", X, [], "convex", ""),
    ("sum(sinh(x))", "x", ENTRIES, [], "convex", ""),
    ("sum(tanh(x))", "x", ENTRIES, [], "concave", ""),
    ("sum(sigmoid(x))", "x", ENTRIES, [], "concave", ""),
    ("log(tr(X^-1))", "X", SPD, [], "convex", ""),
    ("1/tr(X^-1)", "X", SPD, [], "concave", ""),
    ("log(prod(x))", "x", ENTRIES, [], "concave", ""),
    ("sum(x.^2 .* log(x))", "x", ENTRIES, [], "neither", ""),
    ("exp(1/t)", "t", {"t": "scalar positive"}, [], "convex", ""),
    ("x^T*log(x ./ y) - sum(x) + sum(y)", "x,y", {"x": "n positive", "y": "n positive"}, [], "convex", ""),
    ("(a^T*x)^2 / sum(x)", "x", {"a": "n", "x": "n positive"}, [], "convex", ""),
    ("norm2(x)^2/t + norm2(x)", "x,t", {"x": "n", "t": "scalar positive"}, [], "convex", ""),
    ("tr(M^T*S^-1*M)", "M,S", {"M": "n x k", "S": "n x n spd"}, [], "convex", ""),
    ("logdet(S) + tr(S^-1*A)", "S", {"A": "n x n spd", "S": "n x n spd"}, [], "neither", ""),
    ("erf(t)", "t", {"t": "scalar positive"}, [], "concave", ""),
]


@pytest.mark.parametrize(("function", "wrt", "variables", "domain", "verdict", "condition"), CASES)
def test_a_verdict(function: str, wrt: str, variables: dict[str, str], domain: list[str], verdict: str, condition: str) -> None:
    found = curvature(function, wrt, variables=variables, domain=domain)
    assert (found.verdict, found.condition) == (verdict, condition), found.reason
    assert found.reason
