"""Transposes, taken inside as far as they go, and functions that commute with them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from matcalc.algebra.expr import is_before
from matcalc.algebra.node import MAX_WEIGHT, Expr, array, comm, node, ones, operator, triangle, zeros
from matcalc.algebra.normal_form.constructors import build
from matcalc.algebra.normal_form.sums import add, negative
from matcalc.book.properties import transpose_of, turned
from matcalc.book.rules import find
from matcalc.book.sizes import ONE, Shape

DEEP: Final = 24


def transpose(e: Expr) -> Expr:
    """The transpose, taken inside as far as it goes: (A B)^T = B^T A^T, (A^k)^T = (A^T)^k."""
    if e.is_scalar:
        return e
    if e.is_wrapped:
        return _wrapped(e)
    if e._transposed is None:
        if e.depth > DEEP:
            _transpose_inside_out(e)
        t = _transpose(e)
        if t._transposed is None and e.op != "T":
            t._transposed = e
        # The table of nodes holds the operands of whatever lives; an operand that held its transpose alive would never go.
        e.is_wrapped = t.op == "T" and t.args[0] is e
        if e.is_wrapped:
            return t
        e._transposed = t
    return e._transposed


def _transpose_inside_out(e: Expr) -> None:
    """Transpose what is inside, the deepest first: a chain of a thousand definitions would exhaust the stack."""
    stack = [*e.args]
    while stack:
        missing = [a for a in stack[-1].args if not _is_turned(a)]
        if missing and not _is_turned(stack[-1]):
            stack.extend(missing)
        else:
            transpose(stack.pop())


def _is_turned(e: Expr) -> bool:
    return e.is_scalar or e.is_wrapped or e._transposed is not None


def _wrapped(e: Expr) -> Expr:
    return node("T", (e,), None, (e.shape[1], e.shape[0]))


def _transpose(e: Expr) -> Expr:
    rule = TRANSPOSED.get(e.op)
    if rule is None and (known := find(e.op)) is not None:
        rule = _transpose_inside if known.transposed else _transpose_outside if known.transposes else _transpose_value
    turned = rule(e) if rule is not None else None
    return _wrapped(e) if turned is None else turned


def _transpose_symbol(e: Expr) -> Expr | None:
    known = transpose_of(e.data.properties)
    if known == "A":
        return e
    return negative(e) if known == "-A" else None


def _transpose_conjugate(e: Expr) -> Expr | None:
    """The conjugate of what is its own transpose, or the negative of it, is so too; the conjugate transpose is T of the conjugate."""
    turned = transpose(e.args[0])
    return None if turned.op == "T" else build.conjugate(turned)


def _transpose_power(e: Expr) -> Expr:
    turned = transpose(e.args[0])
    if turned is e.args[0]:
        return e
    # (W^3)^T = (-W)^3 = -W^3 for skew W; what is wrapped in a transpose would come back here.
    return node("pow", (turned, e.args[1]), None, e.shape) if turned.op == "T" else build.power(turned, e.args[1])


def _transpose_array(e: Expr) -> Expr:
    rows, columns = e.data
    return array([[e.args[i * columns + j] for i in range(rows)] for j in range(columns)])


def _transpose_blocks(e: Expr) -> Expr:
    rows, columns = e.data
    return build.block([[transpose(e.args[i * columns + j]) for i in range(rows)] for j in range(columns)])


def _transpose_call(e: Expr) -> Expr | None:
    """A Hessian is its own transpose, being of a smooth function."""
    return e if e.data.kind == "scalar" and e.data.order == 2 else None


def _transpose_outside(e: Expr) -> Expr:
    """f(A)^T for f with f(A^T) = f(A)^T, A its own transpose or not."""
    turned = transpose(e.args[0])
    return e if turned is e.args[0] else node("T", (e,), None, (e.shape[1], e.shape[0]))


def _transpose_inside(e: Expr) -> Expr:
    """f(A, B)^T = f(B^T, A^T), as the rule of f tells."""
    rule = find(e.op)
    assert rule is not None
    given = dict(zip([p.name for p in rule.params], e.args, strict=True))
    return build.fun(e.op, *(transpose(given[told[:-2]]) if told.endswith("^T") else given[told] for told in rule.transposed))


def _transpose_operator(e: Expr) -> Expr:
    """The adjoint of a linear operator: that of f(A, .) is g(A^T, .) for the function g that the rule of f names."""
    name, rows, columns = e.data
    rule = find(name)
    assert rule is not None
    return operator(rule.adjoint, [transpose(a) for a in e.args], columns, rows)


def _transpose_value(e: Expr) -> Expr | None:
    """The transpose of a function whose values are always symmetric, or always skew."""
    rule = find(e.op)
    known = transpose_of(frozenset(given for of, given in rule.gives if not of)) if rule is not None else None
    if known == "A":
        return e
    return negative(e) if known == "-A" else None


TRANSPOSED: Final[dict[str, Callable[[Expr], Expr | None]]] = {
    "sym": _transpose_symbol,
    "T": lambda e: e.args[0],
    "conj": _transpose_conjugate,
    "eye": lambda e: e,
    "diag": lambda e: e,
    "ones": lambda e: ones(*e.shape[::-1]),
    "zeros": lambda e: zeros(*e.shape[::-1]),
    "triangle": lambda e: triangle(turned(e.data[0]), e.data[1], e.shape[0]),
    "comm": lambda e: comm(e.data[1], e.data[0]),
    "add": lambda e: add(*(transpose(t) for t in e.args)),
    "mul": lambda e: build.mul(*(transpose(f) for f in reversed(e.args))),
    "had": lambda e: build.had(*(transpose(f) for f in e.args)),
    "epow": lambda e: build.epow(transpose(e.args[0]), e.args[1]),
    "pow": _transpose_power,
    "array": _transpose_array,
    "block": _transpose_blocks,
    "operator": _transpose_operator,
    "call": _transpose_call,
    "kron": lambda e: build.kron(*(transpose(f) for f in e.args)),
}


def adjoint(e: Expr) -> Expr:
    """The conjugate transpose, A^T where A is real."""
    return transpose(build.conjugate(e) if e.has_complex else e)


def oriented(name: str, a: Expr, shape: Shape, rest: tuple[Expr, ...] = ()) -> Expr:
    """f(A, ...) of this shape for f with f(A^T, ...) = f(A, ...)^T: the shorter of the two is inside."""
    turned = transpose(a)
    if turned is not a and shorter(turned, a):
        return transpose(node(name, (turned, *rest), None, (shape[1], shape[0])))
    return node(name, (a, *rest), None, shape)


def shorter(a: Expr, b: Expr) -> bool:
    """Whether a is to be written rather than b, its transpose."""
    if a.op in ("zeros", "ones") and ONE in a.shape:
        return a.shape[1] is ONE
    if a.weight == b.weight == MAX_WEIGHT:
        return False
    return is_before(a, b)
