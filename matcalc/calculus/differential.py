"""The differential of every operation: an expression linear in the increment of one operand.

d(A B) = dA B + A dB, d(A^-1) = -A^-1 dA A^-1, d f(x) = f'(x) .* dx, and the rule book's entry for the rest. The
same expression serves the forward direction (the increment replaced by a tangent) and the adjoint (read off it).
Source: Magnus and Neudecker, Matrix Differential Calculus (2019), chapter 8.
"""

from __future__ import annotations

from typing import Final

from matcalc.algebra import add, block, entry, epow, fun, had, mul, negative, power, rebuild, total, transpose
from matcalc.algebra.node import Expr, Unknown, array, const, eye, unknown_value, zeros
from matcalc.algebra.normal_form.powers import logarithm
from matcalc.algebra.operations import MULTILINEAR
from matcalc.algebra.walk import substitute
from matcalc.book import rules as rulebook
from matcalc.book.frechet import SUFFIX
from matcalc.book.sizes import ONE, Shape, dim
from matcalc.errors import LimitError, NotDifferentiable
from matcalc.reading.templates import instance, template
from matcalc.simplify.singular import Singular, singular

MAX_POWER: Final = 256
MAX_ENTRIES: Final = 12


def differential(e: Expr, k: int, d: Expr) -> Expr:
    """The part of de that comes from operand k, whose increment is d.

    Raises NotDifferentiable where no closed form is known.
    """
    if e.op in MULTILINEAR or e.op == "add":
        return rebuild_with(e, k, d)
    match e.op:
        case "array":
            rows, columns = e.data
            entries = [d if i == k else const(0) for i in range(rows * columns)]
            return array([entries[r * columns : (r + 1) * columns] for r in range(rows)])
        case "block":
            blocks = [d if i == k else zeros(*a.shape) for i, a in enumerate(e.args)]
            return block([blocks[r : r + e.data[1]] for r in range(0, len(blocks), e.data[1])])
        case "pow":
            return _power(e, k, d)
        case "epow":
            return _elementwise_power(e, k, d)
        case "call":
            return _call(e, d)
        # d det(A) = tr(adj(A) dA) holds for every A; the rule, det(A) tr(A^-1 dA), where A has an inverse.
        case "det" if singular(e.args[0]) >= Singular.ODD:
            return fun("tr", mul(fun("adj", e.args[0]), d))
    return _by_rule(e, k, d)


def _by_rule(e: Expr, k: int, d: Expr) -> Expr:
    """The differential of a function of the rule book, by its kind."""
    rule = rulebook.find(e.op)
    if rule is None:
        raise NotDifferentiable(f"no rule for {e.op}")
    if rule.kind == "elementwise":
        return had(elementwise_derivative(rule, e.args[0]), d)
    if rule.kind in ("linear", "bilinear") or rule.adjoint and k == len(e.args) - 1:
        return rebuild_with(e, k, d)
    if rule.kind == "matrix function" and not rule.d and rulebook.find(e.op + SUFFIX) is not None:
        return fun(e.op + SUFFIX, *e.args, d)
    if not rule.d:
        hint = f"it is known inside a trace, tr({e.op}(A)), and where A commutes with what multiplies it" if rule.function else None
        raise NotDifferentiable(f"the derivative of {e.op} has no closed form here", hint=hint)
    made = instance(rule, "d", e.args, {k: d})
    return by_entries(made) if rule.by_entries else made


def by_entries(e: Expr) -> Expr:
    """A column of a length in numbers as the array of its entries; itself where the length is a name, or long."""
    n = e.shape[0]
    if not n.is_Integer or n > MAX_ENTRIES:
        return e
    return array([[entry(e, i, 1)] for i in range(1, int(n) + 1)])


def rebuild_with(e: Expr, k: int, d: Expr) -> Expr:
    """The multilinear operation with operand k replaced."""
    if e.op == "add":
        return d
    return rebuild(e, (*e.args[:k], d, *e.args[k + 1 :]))


def _power(e: Expr, k: int, d: Expr) -> Expr:
    base, exponent = e.args
    if base.is_scalar:
        if k == 1:
            return mul(e, fun(logarithm(), base), d)
        return mul(exponent, power(base, add(exponent, const(-1))), d)
    if k == 1:
        hint = "its exponent is taken for a whole number; for any other write powm(A,t), the principal power"
        raise NotDifferentiable("a matrix power is not differentiated by its exponent", hint=hint)
    if exponent.op != "const" or not exponent.data.is_Integer:
        raise NotDifferentiable(
            "the derivative of a power with a symbolic exponent has no closed form here", hint="it is known inside a trace, tr(X^k)"
        )
    n = int(exponent.data)
    if abs(n) > MAX_POWER:
        raise LimitError(f"the derivative of a power with exponent {n} has {abs(n)} terms; at most {MAX_POWER} are written out")
    if n > 0:
        return add(*(mul(power(base, r), d, power(base, n - 1 - r)) for r in range(n)))
    return negative(add(*(mul(power(base, -r - 1), d, power(base, n + r)) for r in range(-n))))


def _elementwise_power(e: Expr, k: int, d: Expr) -> Expr:
    base, exponent = e.args
    if k == 1:
        return mul(d, had(e, fun(logarithm(), base)))
    return mul(exponent, had(epow(base, add(exponent, const(-1))), d))


def _call(e: Expr, d: Expr) -> Expr:
    """Of an unknown function: sigma'(z) .* dz, K'(t) dt, sum(grad_f(y) .* dy), and D_h(y) vec(dy) as vec of the rest."""
    f: Unknown = e.data
    slope = unknown_value(f.derived(), e.args[0])
    match f.kind:
        case "elementwise":
            return had(slope, d)
        case "curve":
            return mul(d, slope)
        case "scalar" if not f.order:
            return total(had(slope, d))
    return unstacked(mul(slope, fun("vec", d)), e.shape)


def unstacked(v: Expr, shape: Shape) -> Expr:
    """The m x n array with the columns stacked in v: (vec(I_n)^T kron I_m) (I_n kron v) (Magnus and Neudecker 2019, section 2.4)."""
    m, n = shape
    if n is ONE:
        return v
    return transpose(v) if m is ONE else mul(fun("kron", transpose(fun("vec", eye(n))), eye(m)), fun("kron", eye(n), v))


def elementwise_derivative(rule: rulebook.Rule, a: Expr) -> Expr:
    """f'(A), entry by entry."""
    form = template(rule.name, "derivative")
    param = rule.params[0]
    return substitute(form, {param.name: a}, dict(zip(map(dim, param.shape), a.shape, strict=True)))


def jacobian_of(e: Expr) -> Expr | None:
    """J with d vec f(A) = J vec(dA), where the rule book gives it in place of a differential, or the function is unknown."""
    if e.op == "call":
        is_array = e.data.kind == "array" or e.data.kind == "scalar" and e.data.order
        return unknown_value(e.data.derived(), e.args[0]) if is_array else None
    rule = rulebook.find(e.op)
    if rule is None or rule.d or rule.kind == "matrix function" or not rule.jacobian:
        return None
    return instance(rule, "jacobian", e.args)


# ----------------------------------------------------------------------------------- functions of one matrix


def matrix_derivative(e: Expr) -> Expr:
    """f'(A) with d tr f(A) = tr(f'(A) dA), for a power or a matrix function of the book (Higham, Functions of Matrices, 3.2)."""
    if e.op == "pow":
        base, k = e.args
        return mul(k, power(base, add(k, const(-1))))
    rule = rulebook.find(e.op)
    assert rule is not None
    return instance(rule, "function", e.args)
