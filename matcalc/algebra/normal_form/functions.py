"""Functions of the rule book as expressions: `fun(name, *args)` builds the node in normal form.

What is known of a function beyond its differential stands in its rule (its values at 0 and 1, its parity and degree, whether it
takes a transpose) and in the laws of rules/laws.toml; operations of the expressions themselves have a builder each.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from matcalc.algebra.expr import is_before
from matcalc.algebra.node import Expr, const, is_const, is_zero, node, ones, split_coefficient, split_product, zeros
from matcalc.algebra.normal_form.blocks.building import block, grid_of, on_diagonal, only_diagonal_blocks
from matcalc.algebra.normal_form.constructors import build
from matcalc.algebra.normal_form.diagonals import diag, diagonal_of
from matcalc.algebra.normal_form.hadamard import epow
from matcalc.algebra.normal_form.laws import rewritten, ruled
from matcalc.algebra.normal_form.norms import norm
from matcalc.algebra.normal_form.powers import inverse
from matcalc.algebra.normal_form.reductions import det, logdet, total, trace
from matcalc.algebra.normal_form.stacking import kron, vec, vech
from matcalc.algebra.normal_form.sums import leads_negative, negative, scale
from matcalc.algebra.normal_form.transposes import oriented, transpose
from matcalc.book import rules as rulebook
from matcalc.book.frechet import SUFFIX
from matcalc.book.rules import HOLOMORPHIC, in_complex
from matcalc.book.sizes import SCALAR, Dim, Shape, size_from
from matcalc.memory import remembered
from matcalc.scalars import S, rational


@remembered(4096)
def fun(name: str, *args: Expr) -> Expr:
    """The function of this name (or alias) applied to arguments whose shapes fit.

    Raises KeyError for a name that neither the book nor the notation of powers knows.
    """
    rule = rulebook.find(name)
    name = name if rule is None else rule.name
    known = _by_law(name, args, rule)
    if known is not None:
        return known
    if args and args[0].op == "block" and rule is not None and (made := _by_blocks(rule, args)) is not None:
        return made
    builder = BUILDERS.get(name)
    if builder is not None:
        return builder(*args)
    if rule is None:
        raise KeyError(name)
    if rule.kind == "elementwise":
        return elementwise(rule, args[0])
    if rule.adjoint:
        return linear(rule, *args)
    if rule.degree and (scaled := _homogeneous(rule, args)) is not None:
        return scaled
    if rule.transposes:
        return oriented(rule.name, args[0], value_shape(rule, args), args[1:])
    return node(rule.name, args, None, value_shape(rule, args))


def _homogeneous(rule: rulebook.Rule, args: tuple[Expr, ...]) -> Expr | None:
    """f(c*A, ...) as c^k*f(A, ...) for a function of degree k, and without a sign that its parity lets go; None where A is as it is."""
    c, rest = split_coefficient(args[0])
    flips = bool(rule.parity) and (bool(c.is_negative) or c is S.One and leads_negative(rest))
    if not flips and (c is S.One or not c.is_positive):
        return None
    inside = negative(rest) if c is S.One else rest
    made = scale(abs(c) ** int(rule.degree), build.fun(rule.name, inside, *args[1:]))
    return negative(made) if flips and rule.parity == "odd" else made


def _by_law(name: str, args: tuple[Expr, ...], rule: rulebook.Rule | None) -> Expr | None:
    """What a law says of these arguments, or of their transpose where the function takes it."""
    made = rewritten(name, args)
    if made is None and rule is not None and rule.transposes and args[0].op == "T":
        turned = rewritten(name, (args[0].args[0], *args[1:]))
        return None if turned is None else transpose(turned)
    return made


def _by_blocks(rule: rulebook.Rule, args: tuple[Expr, ...]) -> Expr | None:
    """A function of every entry, and one that keeps a block diagonal matrix one, of the blocks."""
    if rule.kind == "elementwise":
        return block([[build.fun(rule.name, b) for b in row] for row in grid_of(args[0])])
    if rule.kind == "matrix function" and (made := _beside_itself(rule, args)) is not None:
        return made
    rows, columns = rule.params[0].shape
    diagonal = only_diagonal_blocks(args[0], square=rows == columns) if rule.on_diagonal else None
    return None if diagonal is None else on_diagonal([build.fun(rule.name, b, *args[1:]) for b in diagonal])


def _beside_itself(rule: rulebook.Rule, args: tuple[Expr, ...]) -> Expr | None:
    """f([A, E; 0, A]) = [f(A), L_f(A, E); 0, f(A)], and the same for blocks below the diagonal (Higham, section 3.2)."""
    m, *others = args
    frechet = rulebook.find(rule.name + SUFFIX)
    if frechet is None or m.data != (2, 2) or m.args[0] is not m.args[3] or is_zero(m.args[1]) is is_zero(m.args[2]):
        return None
    value = build.fun(rule.name, m.args[0], *others)
    above, below = (b if is_zero(b) else build.fun(frechet.name, m.args[0], *others, b) for b in m.args[1:3])
    return block([[value, above], [below, value]])


def value_shape(rule: rulebook.Rule, args: tuple[Expr, ...]) -> Shape:
    """The shape of a function's value, from the shapes of its arguments."""
    if rule.value == ("1", "1"):
        # Of a row too, whose second size the letter 1 of a parameter for columns would stand for.
        return SCALAR
    known: dict[str, Dim] = {}
    for param, arg in zip(rule.params, args, strict=True):
        for letter, size in zip(param.shape, arg.shape, strict=True):
            known.setdefault(letter, size)
    return (size_from(rule.value[0], known), size_from(rule.value[1], known))


# --------------------------------------------------------------------------------------------- elementwise


def elementwise(rule: rulebook.Rule, a: Expr) -> Expr:
    """f(A), entry by entry; f(A^T) = f(A)^T, and the sign leaves an odd or even function."""
    known = _at_a_constant(rule, a)
    if known is not None:
        return known
    if rule.parity and leads_negative(a):
        made = build.fun(rule.name, negative(a))
        return negative(made) if rule.parity == "odd" else made
    c, rest = split_coefficient(a)
    if a.has_complex and rule.parity == "even" and in_complex(rule) not in HOLOMORPHIC and (known := _of_modulus(rule, a)) is not None:
        return known
    if rule.degree and c.is_positive and c is not S.One:
        return scale(c ** int(rule.degree), build.fun(rule.name, rest))
    return node(rule.name, (a,), None, a.shape) if a.is_scalar else oriented(rule.name, a, a.shape)


def _of_modulus(rule: rulebook.Rule, a: Expr) -> Expr | None:
    """|c z| = |c| |z| and |conj(z)| = |z|."""
    c, rest = split_coefficient(a)
    if c is not S.One and c.is_number:
        return scale(abs(c), build.fun(rule.name, rest))
    other = build.conjugate(a)
    return build.fun(rule.name, other) if is_before(other, a) else None


def linear(rule: rulebook.Rule, *args: Expr) -> Expr:
    """A linear operator in its last operand: zero of zero, and numbers stand before it."""
    *fixed, moving = args
    shape = value_shape(rule, args)
    if is_zero(moving):
        return zeros(*shape)
    c, scalars, mats = split_product(moving)
    if not mats or c is S.One and not scalars:
        return node(rule.name, args, None, shape)
    return build.mul(const(c), *scalars, build.fun(rule.name, *fixed, build.mul(*mats)))


def _at_a_constant(rule: rulebook.Rule, a: Expr) -> Expr | None:
    """f(0) and f(1), of numbers and of arrays of them, where the rule tells them."""
    if rule.at_zero and is_zero(a):
        return FILLED[rule.at_zero](*a.shape)
    if rule.at_one and (a.op == "ones" or is_const(a, 1)):
        return FILLED[rule.at_one](*a.shape)
    return None


FILLED: Final[dict[str, Callable[..., Expr]]] = {"0": zeros, "1": ones}
BUILDERS: Final[dict[str, Callable[..., Expr]]] = {
    "conj": lambda a: build.conjugate(a),
    "real": lambda a: build.real(a),
    "imag": lambda a: build.imag(a),
    "tr": trace,
    "det": det,
    "logdet": logdet,
    "sum": total,
    "norm2": norm("norm2"),
    "normF": norm("normF"),
    "diag": diag,
    "diagv": diagonal_of,
    "vec": vec,
    "vech": vech,
    "kron": kron,
    "inv": inverse,
    "sqrt": lambda a: epow(a, const(rational(1, 2))),
}


def stays(name: str) -> bool:
    """Whether a function of variables is a node of its own name: no builder and no law makes another operation of it."""
    return name not in BUILDERS and name not in ruled()
