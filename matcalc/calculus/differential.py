"""The differential of every operation: an expression linear in the increment of one operand.

d(A B) = dA B + A dB, d(A^-1) = -A^-1 dA A^-1, d f(x) = f'(x) .* dx, and the rule book's entry for the rest. The
same expression serves the forward direction (the increment replaced by a tangent) and the adjoint (read off it).
Source: Magnus and Neudecker, Matrix Differential Calculus (2019), chapter 8.
"""

from __future__ import annotations

from functools import cache
from typing import Final

from matcalc.algebra import add, entry, epow, fun, had, mul, negative, power, rebuild, total, transpose
from matcalc.algebra.node import Expr, Unknown, array, const, increment, node, split_product, sym
from matcalc.algebra.walk import substitute
from matcalc.book import rules as rulebook
from matcalc.book.sizes import ONE, Dim, dim, show, times
from matcalc.errors import LimitError, NotDifferentiable, UsageError
from matcalc.index.lower import label, lower
from matcalc.reading.alone import read_expression
from matcalc.simplify.singular import Singular, singular

MAX_POWER: Final = 64
MATRIX_FUNCTIONS: Final = frozenset({"expm", "logm", "sqrtm", "pow"})


def differential(e: Expr, k: int, d: Expr) -> Expr:
    """The part of de that comes from operand k, whose increment is d.

    Raises NotDifferentiable where no closed form is known.
    """
    match e.op:
        case "add" | "T" | "had" | "mul" | "inner":
            return rebuild_with(e, k, d)
        case "entry":
            return entry(d, *e.data)
        case "array":
            rows, columns = e.data
            entries = [d if i == k else const(0) for i in range(rows * columns)]
            return array([entries[r * columns : (r + 1) * columns] for r in range(rows)])
        case "pow":
            return _power(e, k, d)
        case "epow":
            return _elementwise_power(e, k, d)
        case "call":
            return _call(e, d)
        # d det(A) = tr(adj(A) dA) holds for every A; the rule, det(A) tr(A^-1 dA), where A has an inverse.
        case "det" if singular(e.args[0]) >= Singular.ODD:
            return fun("tr", mul(fun("adj", e.args[0]), d))
    rule = rulebook.find(e.op)
    if rule is None:
        raise NotDifferentiable(f"no rule for {e.op}")
    if rule.kind == "elementwise":
        return had(elementwise_derivative(rule, e.args[0]), d)
    if rule.kind in ("linear", "bilinear"):
        return rebuild_with(e, k, d)
    if not rule.d:
        raise NotDifferentiable(
            f"the derivative of {e.op} has no closed form here",
            hint=f"it is known inside a trace, tr({e.op}(A)), and where A commutes with what multiplies it",
        )
    return _instance(rule, e, d)


def rebuild_with(e: Expr, k: int, d: Expr) -> Expr:
    """The multilinear operation with operand k replaced."""
    if e.op == "add":
        return d
    return rebuild(e, (*e.args[:k], d, *e.args[k + 1 :]))


def _power(e: Expr, k: int, d: Expr) -> Expr:
    base, exponent = e.args
    if base.is_scalar:
        if k == 1:
            return mul(e, fun("log", base), d)
        return mul(exponent, power(base, add(exponent, const(-1))), d)
    if k == 1:
        raise NotDifferentiable("a matrix power is not differentiated by its exponent")
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
        return mul(d, had(e, fun("log", base)))
    return mul(exponent, had(epow(base, add(exponent, const(-1))), d))


def _call(e: Expr, d: Expr) -> Expr:
    """Of an unknown function: sigma'(z) .* dz, sum(grad_f(y) .* dy), D_h(y) dy."""
    f: Unknown = e.data
    arg = e.args[0]
    match f.kind:
        case "elementwise":
            return had(node("call", e.args, Unknown(f.name, f.kind, f.order + 1), e.shape), d)
        case "scalar":
            return total(had(node("call", e.args, Unknown(f.name, "gradient"), arg.shape), d))
        case "vector":
            jacobian = node("call", e.args, Unknown(f.name, "jacobian", 0, f.rows), (f.rows, arg.shape[0]))
            return mul(jacobian, d)
    raise NotDifferentiable(
        f"the second derivative of the unknown function {f.name} has no name",
        hint=f"declare {f.name} elementwise, or give its definition",
    )


# ---------------------------------------------------------------------------------------- rules as expressions


@cache
def template(name: str, field: str) -> Expr:
    """A rule's string as an expression in its parameters and their increments."""
    rule = rulebook.find(name)
    assert rule is not None
    names = {p.name: sym(p.name, (dim(p.shape[0]), dim(p.shape[1]))) for p in rule.params}
    increments = {f"d{p.name}": sym(f"d{p.name}", names[p.name].shape) for p in rule.params}
    form = read_expression(getattr(rule, field), names | increments)
    _check_template(rule, field, form, increments)
    return form


def _check_template(rule: rulebook.Rule, field: str, form: Expr, increments: dict[str, Expr]) -> None:
    """Refuse a rule whose string has the wrong shape, or whose `d` is not linear in the increment."""
    where = f"{rule.file}: {field} of {rule.name}"
    value = tuple(times(*(dim(f) for f in d.split("*"))) for d in rule.value)
    expected = value if field != "jacobian" else (times(*value),) * 2
    if form.shape != expected:
        raise UsageError(f"{where} has shape {show(form.shape)}, it must have {show((expected[0], expected[1]))}")
    if field == "d":
        moving = {name: increment(v.shape) for name, v in increments.items()}
        made = substitute(form, moving, {})
        for term in lower(made, label(form.shape[0]), label(form.shape[1])):
            count = sum(s.has_increment for s in term.scalars) + sum(f[0].has_increment for f in term.factors)
            if count != 1:
                raise UsageError(f"{where} is not linear in {', '.join(moving)}: a term holds {count} increments")


def elementwise_derivative(rule: rulebook.Rule, a: Expr) -> Expr:
    """f'(A), entry by entry."""
    form = template(rule.name, "derivative")
    param = rule.params[0]
    return substitute(form, {param.name: a}, dict(zip(map(dim, param.shape), a.shape, strict=True)))


def _instance(rule: rulebook.Rule, e: Expr, d: Expr) -> Expr:
    """The rule's differential for this operand; a rule for columns serves rows as well."""
    a, param = e.args[0], rule.params[0]
    if param.shape[1] == "1" and a.shape[0] is ONE and not a.is_scalar:
        made = _instance_at(rule, transpose(a), transpose(d))
        return made if made.is_scalar else transpose(made)
    return _instance_at(rule, a, d)


def _instance_at(rule: rulebook.Rule, a: Expr, d: Expr) -> Expr:
    values, sizes = _bindings(rule, (a,))
    return substitute(template(rule.name, "d"), values | {f"d{rule.params[0].name}": d}, sizes)


def _bindings(rule: rulebook.Rule, args: tuple[Expr, ...]) -> tuple[dict[str, Expr], dict[Dim, Dim]]:
    values = {p.name: a for p, a in zip(rule.params, args, strict=True)}
    sizes: dict[Dim, Dim] = {}
    for p, a in zip(rule.params, args, strict=True):
        sizes |= dict(zip(map(dim, p.shape), a.shape, strict=True))
    return values, sizes


def jacobian_of(e: Expr) -> Expr | None:
    """J with d vec f(A) = J vec(dA), where the rule book knows it."""
    rule = rulebook.find(e.op)
    if rule is None or not rule.jacobian:
        return None
    return substitute(template(rule.name, "jacobian"), *_bindings(rule, e.args))


# ----------------------------------------------------------------------------------- functions of one matrix


def matrix_derivative(e: Expr) -> Expr:
    """f'(A) with d tr f(A) = tr(f'(A) dA), for a power, expm, logm, sqrtm (Higham, Functions of Matrices, 3.2)."""
    if e.op == "pow":
        base, k = e.args
        return mul(k, power(base, add(k, const(-1))))
    rule = rulebook.find(e.op)
    assert rule is not None
    return substitute(template(e.op, "function"), *_bindings(rule, e.args))


def is_matrix_function(e: Expr) -> bool:
    return e.op in MATRIX_FUNCTIONS and not e.is_scalar


def commute(a: Expr, b: Expr) -> bool:
    """Whether two matrices commute because both are functions of one matrix."""
    if a is b:
        return True
    for stop in (a, b):
        if _generators(a, stop) | _generators(b, stop) <= {stop}:
            return True
    return len(_generators(a, None) | _generators(b, None)) <= 1


def _generators(e: Expr, stop: Expr | None) -> set[Expr]:
    """The matrices that e is a polynomial or a primary function of."""
    if e is stop:
        return {e}
    if e.is_scalar or e.op == "eye":
        return set()
    if e.op in ("add", "mul"):
        mats = e.args if e.op == "add" else split_product(e)[2]
        return set().union(*(_generators(f, stop) for f in mats))
    if is_matrix_function(e) or e.op == "adj":
        return _generators(e.args[0], stop)
    return {e}

