"""Complex conjugates, taken inside as far as they go, and what is made of an array and its conjugate.

A conjugate is to an array what a transpose is: that of a product is the product of the conjugates, that of f(A) is f(conj(A)) for every
function that is real where its arguments are and holomorphic elsewhere, but on its cuts. So it ends at the variables. The conjugate of a
Hermitian variable is its transpose (Hjørungnes 2011, section 2.2).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from matcalc.algebra.node import Expr, const, node, split_coefficient, zeros
from matcalc.algebra.normal_form.constructors import build
from matcalc.algebra.normal_form.rebuilding import rebuild
from matcalc.algebra.normal_form.sums import negative, scale
from matcalc.algebra.normal_form.transposes import oriented, transpose
from matcalc.algebra.operations import OPERATIONS
from matcalc.book.properties import implied
from matcalc.book.rules import HOLOMORPHIC, find, in_complex
from matcalc.scalars import conjugate as conjugate_of_number
from matcalc.scalars import imaginary_part, imaginary_unit
from matcalc.scalars import is_real as is_real_number


def conjugate(e: Expr) -> Expr:
    """The conjugate, entry by entry; what holds nothing complex is its own."""
    if not e.has_complex:
        return e
    done: dict[Expr, Expr] = {}

    def visit(n: Expr) -> Expr:
        if not n.has_complex:
            return n
        if n not in done:
            made = CONJUGATED[n.op](n) if n.op in CONJUGATED else None
            done[n] = _of_function(n, tuple([visit(a) for a in n.args])) if made is None else made
        return done[n]

    return visit(e)


def is_real(e: Expr) -> bool:
    """Whether an expression is known to be real: it is its own conjugate."""
    return conjugate(e) is e


def _of_symbol(e: Expr) -> Expr:
    return transpose(e) if "hermitian" in implied(e.data.properties) else node("conj", (e,), None, e.shape)


def _of_function(e: Expr, turned: tuple[Expr, ...]) -> Expr:
    """f(conj(A)); what the book does not know of complex numbers is real only where its arguments are."""
    rule = find(e.op)
    if rule is None and e.op in OPERATIONS or rule is not None and in_complex(rule) in HOLOMORPHIC:
        return rebuild(e, turned)
    if rule is not None and rule.complex or all(a is b for a, b in zip(turned, e.args, strict=True)):
        return e
    return node("conj", (e,), None, e.shape)


CONJUGATED: Final[dict[str, Callable[[Expr], Expr]]] = {
    "sym": _of_symbol,
    "const": lambda e: const(conjugate_of_number(e.data)),
    "conj": lambda e: e.args[0],
    "call": lambda e: node("conj", (e,), None, e.shape),
}


# ------------------------------------------------------------------------------------------ real and imaginary parts


def real(a: Expr) -> Expr:
    """The real part: real numbers stand before it, and an array is read as it or as its conjugate."""
    if is_real(a):
        return a
    c, rest = split_coefficient(a)
    if is_real_number(c):
        return build.mul(const(c), _part("real", rest))
    turned = c / imaginary_unit()
    return negative(build.mul(const(turned), imag(rest))) if is_real_number(turned) else _part("real", a)


def imag(a: Expr) -> Expr:
    """The imaginary part."""
    if is_real(a):
        return zeros(*a.shape)
    c, rest = split_coefficient(a)
    if is_real_number(c):
        return build.mul(const(c), _part("imag", rest))
    turned = c / imaginary_unit()
    return build.mul(const(turned), real(rest)) if is_real_number(turned) else _part("imag", a)


def _part(name: str, a: Expr) -> Expr:
    """The part of an array or of its conjugate, of which it is the same but for the sign of an imaginary part."""
    c, rest = split_coefficient(a)
    if is_real(rest):
        return scale(imaginary_part(c if name == "imag" else c * imaginary_unit()), rest)
    if build.conjugate(a) is negative(a):
        return zeros(*a.shape) if name == "real" else build.mul(const(1 / imaginary_unit()), a)
    other = conjugate(a)
    is_turned = (other.weight, other.sort_key) < (a.weight, a.sort_key)
    made = other if is_turned else a
    found = node(name, (made,), None, made.shape) if made.is_scalar else oriented(name, made, made.shape)
    return negative(found) if is_turned and name == "imag" else found
