"""Functions of the rule book as expressions: `fun(name, *args)` builds the node in normal form.

What is known of single functions beyond their rule (tr is linear and cyclic, exp(0) = 1, the logarithm of a
determinant, ...) is applied by one builder a function; every other name gets a plain node of its shape.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from sympy import Rational, S

from matcalc.algebra.diagonals import diag, diagonal_of
from matcalc.algebra.hadamard import epow, had
from matcalc.algebra.matrix_functions import adj, logsumexp, matrix_function, pinv, softmax, symmetric_part
from matcalc.algebra.node import Expr, const, eye, is_const, is_zero, node, ones, split_coefficient, zeros
from matcalc.algebra.norms import norm, norm1
from matcalc.algebra.powers import inverse
from matcalc.algebra.products import mul
from matcalc.algebra.reductions import det, logdet, total, trace
from matcalc.algebra.stacking import kron, vec
from matcalc.algebra.sums import add, leads_negative, negative
from matcalc.algebra.transposes import oriented, transpose
from matcalc.book import rules as rulebook
from matcalc.book.sizes import Dim, Shape, dim, times


def fun(name: str, *args: Expr) -> Expr:
    """The function of this name (or alias) applied to arguments whose shapes fit."""
    builder = BUILDERS.get(name)
    if builder is not None:
        return builder(*args)
    rule = rulebook.find(name)
    if rule is None:
        raise KeyError(name)
    if rule.kind == "elementwise":
        return elementwise(rule, args[0])
    return node(rule.name, args, None, value_shape(rule, args))


def value_shape(rule: rulebook.Rule, args: tuple[Expr, ...]) -> Shape:
    """The shape of a function's value, from the shapes of its arguments."""
    known: dict[str, Dim] = {}
    for param, arg in zip(rule.params, args, strict=True):
        for letter, size in zip(param.shape, arg.shape, strict=True):
            known.setdefault(letter, size)
    return (_size(rule.value[0], known), _size(rule.value[1], known))


def _size(text: str, known: dict[str, Dim]) -> Dim:
    return times(*(known[f] if f in known else dim(f) for f in text.split("*")))


ZERO_AT_ZERO: Final = frozenset({"sin", "tan", "sinh", "tanh", "arcsin", "arctan", "relu", "abs", "sign"})
ONE_AT_ZERO: Final = frozenset({"exp", "cos", "cosh"})


def elementwise(rule: rulebook.Rule, a: Expr) -> Expr:
    """f(A), entry by entry; f(A^T) = f(A)^T, and the sign leaves an odd or even function."""
    name = rule.name
    if is_zero(a) and name in ZERO_AT_ZERO | ONE_AT_ZERO:
        return a if name in ZERO_AT_ZERO else ones(*a.shape)
    if name in REWRITTEN and (rewritten := REWRITTEN[name](a)) is not None:
        return rewritten
    if rule.parity and leads_negative(a):
        made = elementwise(rule, negative(a))
        return negative(made) if rule.parity == "odd" else made
    if a.is_scalar:
        return node(name, (a,), None, a.shape)
    return oriented(name, a)


def _log(a: Expr) -> Expr | None:
    if a.op == "exp":
        return a.args[0]
    if a.op == "det":
        return logdet(a.args[0])
    if a.op == "abs" and a.args[0].is_scalar and a.args[0].op == "det":
        return logdet(a.args[0].args[0])
    if is_const(a, 1) or a.op == "ones":
        return zeros(*a.shape)
    if a.op == "T" and a.args[0].op == "softmax":
        return transpose(fun("log", a.args[0]))
    if a.op == "softmax":
        return add(a.args[0], negative(mul(logsumexp(a.args[0]), ones(*a.shape))))
    return None


def _exp(a: Expr) -> Expr | None:
    return a.args[0] if a.op == "log" else None


def _abs(a: Expr) -> Expr | None:
    c, rest = split_coefficient(a)
    if c is not S.One and c.is_number:
        return mul(const(abs(c)), fun("abs", rest)) if rest.op != "const" else const(abs(c))
    if a.op in ("abs", "exp", "cosh", "sigmoid", "softplus", "relu", "norm2", "normF", "norm1"):
        return a
    return None


def _sign(a: Expr) -> Expr | None:
    c, rest = split_coefficient(a)
    if c.is_positive and c is not S.One:
        return fun("sign", rest)
    return a if a.op == "sign" else None


REWRITTEN: Final[dict[str, Callable[[Expr], Expr | None]]] = {"log": _log, "exp": _exp, "abs": _abs, "sign": _sign}


BUILDERS: Final[dict[str, Callable[..., Expr]]] = {
    "tr": trace,
    "det": det,
    "logdet": logdet,
    "sum": total,
    "norm2": norm("norm2"),
    "normF": norm("normF"),
    "norm1": norm1,
    "diag": diag,
    "diagv": diagonal_of,
    "vec": vec,
    "kron": kron,
    "inv": inverse,
    "pinv": pinv,
    "adj": adj,
    "sqrt": lambda a: epow(a, const(Rational(1, 2))),
    "sym": symmetric_part,
    "softmax": softmax,
    "logsumexp": logsumexp,
    "dot": lambda a, b: total(had(a, b)),
    "expm": matrix_function("expm", eye, None),
    "logm": matrix_function("logm", None, lambda n: zeros(n, n)),
    "sqrtm": matrix_function("sqrtm", lambda n: zeros(n, n), eye),
}
