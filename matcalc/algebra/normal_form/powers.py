"""Powers of numbers and of square matrices, and products of powers of one base."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from matcalc.algebra.expr import first_of, in_reading_order
from matcalc.algebra.node import Expr, comm, const, eye, is_const, node, split_coefficient, split_product
from matcalc.algebra.normal_form.blocks.building import on_diagonal, only_diagonal_blocks
from matcalc.algebra.normal_form.constructors import build
from matcalc.algebra.normal_form.norms import POWERS, SQUARES, is_even, is_half_odd
from matcalc.algebra.normal_form.sums import add, leads_negative, scale, turned, unsigned
from matcalc.algebra.normal_form.transposes import adjoint, transpose
from matcalc.algebra.structure import properties
from matcalc.book.rules import Rule, in_use, names, per_book
from matcalc.book.sizes import SCALAR
from matcalc.errors import NotDifferentiable
from matcalc.scalars import S, Scalar

MAX_EXPONENT: Final = 4096
PAIRED: Final = frozenset({"mul", "had"})
# A scalar factor of another kind merges with none but its equals.
MERGING: Final = frozenset({"pow", "add", "mul", "const", *SQUARES})


def collect_scalars(coefficient: Scalar, scalars: list[Expr]) -> tuple[Scalar, list[Expr]]:
    """Merge powers of one base and numbers among commuting scalar factors."""
    one, known, kinds = const(1), exponentials(), {s.op for s in scalars}
    if kinds.isdisjoint(MERGING) and kinds.isdisjoint(known) and len(set(scalars)) == len(scalars):
        return coefficient, in_reading_order(scalars)
    powers: dict[Expr, Expr] = {}
    for s in scalars:
        base, exponent = s.args if s.op == "pow" else (s, one)
        if base.op in SQUARES:
            base, exponent = SQUARES[base.op](base), build.mul(exponent, const(S.Half))
        if base.op in known:
            base, k = exponential(base)
            exponent = build.mul(k, exponent)
        if base.op == "add" and exponent.op == "const" and exponent.data.is_Integer:
            sign, base = unsigned(base)
            coefficient = coefficient * sign**exponent.data
        powers[base] = add(powers[base], exponent) if base in powers else exponent
    out: list[Expr] = []
    for base, exponent in powers.items():
        f = base if exponent is one else power(base, exponent)
        if f.op in ("mul", "const"):
            c, more, _ = split_product(f)
            coefficient = coefficient * c
            out.extend(more)
        else:
            out.append(f)
    return coefficient, in_reading_order(out)


def exponential(e: Expr) -> tuple[Expr, Expr]:
    """(exp(a), k) with exp(k a) given, for an integer k, so that exp(a) and exp(-a) are powers of one base."""
    c, a = split_coefficient(e.args[0])
    sign, a = unsigned(a)
    if not c.is_Integer or a.op == "const":
        return e, const(1)
    return node(e.op, (a,), None, e.shape), const(c * sign)


@per_book
def exponentials() -> frozenset[str]:
    """The functions with f(x + y) = f(x) f(y), so that f(x)^k = f(k x)."""
    return frozenset(name for name in names() if _rule(name).of_sum == "product")


@per_book
def magnitudes() -> frozenset[str]:
    """The functions that are the absolute value, entry by entry: even, of degree 1, and 1 at 1."""
    told = {name: _rule(name) for name in names()}
    return frozenset(n for n, r in told.items() if (r.kind, r.parity, r.degree, r.at_one) == ("elementwise", "even", "1", "1"))


@per_book
def logarithm() -> str:
    """The function of the book whose derivative is x.^-1, which a power has in its differential by the exponent."""
    found = (name for name, rule in in_use().functions.items() if rule.derivative == f"{rule.params[0].name}.^-1")
    name = next(found, None)
    if name is None:
        raise NotDifferentiable("a power is differentiated by its exponent with the logarithm, which is not in the rule book")
    return name


def _rule(name: str) -> Rule:
    return in_use().functions[name]


def power_of_function(base: Expr, k: Expr) -> Expr | None:
    """exp(x)^k = exp(k x) for whole k; an even power of a number, or of every entry, does not see the sign."""
    if len(base.args) != 1 or k.op != "const" or not k.data.is_integer:
        return None
    if base.op in exponentials():
        return build.fun(base.op, build.mul(base.args[0], k))
    if base.op not in magnitudes() or not is_even(k):
        return None
    a = base.args[0]
    # |z|^2 = z conj(z).
    return build.epow(build.had(a, build.conjugate(a)), build.mul(const(S.Half), k)) if a.has_complex else build.epow(a, k)


def power(base: Expr, exponent: Expr | int) -> Expr:
    """base^exponent: a scalar power, or a power of a square matrix (the inverse for -1)."""
    k = const(exponent) if isinstance(exponent, int) else exponent
    if is_const(k, 1):
        return base
    if is_const(k, 0):
        return eye(base.shape[0])
    return _scalar_power(base, k) if base.is_scalar else _matrix_power(base, k)


def modulus(base: Expr, k: Expr) -> Expr | None:
    """(z conj(z))^(1/2) is |z|, entry by entry; None for what is not made of pairs."""
    if not base.has_complex or not is_half_odd(k) or base.op not in PAIRED:
        return None
    c, rest = split_coefficient(base)
    left, chosen = list(rest.args), list[Expr]()
    while left and rest.op in PAIRED:
        f = left.pop()
        other = build.conjugate(f)
        if other not in left:
            c, other = -c, scale(S.NegativeOne, other)
        if other not in left:
            return None
        left.remove(other)
        chosen.append(first_of(f, other))
    if not chosen or not c.is_positive:
        return None
    return build.mul(power(const(c), k), build.epow(build.fun(min(magnitudes()), build.had(*chosen)), build.mul(const(2), k)))


def _scalar_power(base: Expr, k: Expr) -> Expr:
    if (known := modulus(base, k)) is not None:
        return known
    if base.op in POWERS and (known := POWERS[base.op](base, k)) is not None:
        return known
    if base.op == "const":
        return _power_of_constant(base, k)
    whole = k.op == "const" and bool(k.data.is_integer)
    if whole and (known := WHOLE_POWERS.get(base.op, power_of_function)(base, k)) is not None:
        return known
    if base.op == "mul" and base.args[0].op == "const" and base.args[0].data.is_positive:
        return build.mul(power(base.args[0], k), power(build.mul(*base.args[1:]), k))
    return node("pow", (base, k), None, SCALAR)


def _power_of_constant(base: Expr, k: Expr) -> Expr:
    if base.data is S.One:
        return base
    # A number of thousands of digits is kept as it is written, and 0^-1 has no value.
    large = k.op == "const" and k.data.is_Integer and abs(k.data) > MAX_EXPONENT and base.data not in (0, -1)
    if k.op != "const" or large or base.data is S.Zero and k.data.is_negative:
        return node("pow", (base, k), None, SCALAR)
    return const(base.data**k.data)


def _power_of_sum(base: Expr, k: Expr) -> Expr | None:
    """(-a)^k = (-1)^k a^k, so that a and -a have powers of one base."""
    return scale(S.NegativeOne**k.data, node("pow", (turned(base), k), None, SCALAR)) if leads_negative(base) else None


# What a whole power of a number is made of; (a^2)^(1/2) is |a|, not a.
WHOLE_POWERS: Final[dict[str, Callable[[Expr, Expr], Expr | None]]] = {
    "pow": lambda base, k: power(base.args[0], build.mul(base.args[1], k)),
    "mul": lambda base, k: build.mul(*(power(f, k) for f in base.args)),
    "add": _power_of_sum,
}


def _matrix_power(base: Expr, k: Expr) -> Expr:
    if base.op == "eye" or (base.op == "zeros" and k.op == "const" and k.data.is_positive):
        return base
    whole = k.op == "const" and bool(k.data.is_Integer)
    if base.op == "T" and base.args[0].op != "sym":
        return transpose(power(base.args[0], k))
    c, scalars, mats = split_product(base)
    if (c is not S.One or scalars) and whole:
        return build.mul(power(const(c), k), *(power(s, k) for s in scalars), power(build.mul(*mats) if mats else eye(base.shape[0]), k))
    if base.op == "pow" and whole and base.args[1].op == "const":
        return power(base.args[0], build.mul(base.args[1], k))
    if base.op == "block" and whole and (blocks := only_diagonal_blocks(base)) is not None:
        return on_diagonal([power(b, k) for b in blocks])
    if base.op == "diag" and whole:
        return build.diag(build.epow(base.args[0], k))
    if base.op == "kron" and whole and base.args[0].shape[0] == base.args[0].shape[1]:
        return build.kron(*(power(a, k) for a in base.args))
    if base.op == "add" and whole and leads_negative(base):
        return scale(S.NegativeOne**k.data, power(turned(base), k))
    if base.op == "comm" and is_const(k, -1):
        return comm(base.data[1], base.data[0])
    known = _orthogonal_power(base, k) if whole and base.op != "pow" else None
    return node("pow", (base, k), None, base.shape) if known is None else known


def _orthogonal_power(base: Expr, k: Expr) -> Expr | None:
    """Q^-k = (Q^H)^k for unitary Q, (Q^T)^k for orthogonal Q; Q^2 is I where Q is symmetric, -I where it is skew."""
    known = properties(base)
    if "unitary" in known:
        return power(adjoint(base), const(-k.data)) if k.data.is_negative else None
    if "orthogonal" not in known:
        return None
    if "symmetric" in known or "skew" in known:
        twice, rest = divmod(int(k.data), 2)
        return scale(S.One if "symmetric" in known else S.NegativeOne**twice, base if rest else eye(base.shape[0]))
    if k.data == -1:
        return transpose(base)
    return power(transpose(base), const(-k.data)) if k.data.is_negative else None


def inverse(a: Expr) -> Expr:
    """A^-1, or 1/a of a number."""
    return power(a, -1)
