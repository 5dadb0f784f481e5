"""The length of the plain text that an expression takes, nearly, in tokens: the measure of a short answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from matcalc.algebra.expr import Expr
from matcalc.scalars import S, Scalar

# A shorter answer has no named parts unless they are asked for.
LONG: Final = 30
COLUMNS: Final = 11
SLICED: Final = 5
BRACKETED: Final = frozenset({"add", "had", "inner"})


def weigh(op: str, args: tuple[Expr, ...], data: Any) -> int:
    """Tokens that the plain text takes, nearly: the measure of a short answer."""
    weigher = WEIGHERS.get(op)
    if weigher is not None:
        return weigher(args, data)
    return sum(a.weight for a in args) + 3 + max(0, len(args) - 1)


def _weigh_entry(args: tuple[Expr, ...], data: Any) -> int:
    return args[0].weight + 3 + 2 * (len(data) - 1)


def _weigh_const(args: tuple[Expr, ...], value: Scalar) -> int:
    if value.is_Integer or value.is_Symbol or value.is_Float:
        return 1 + int(bool(value.is_negative))
    if value.is_Rational:
        return 3 + int(bool(value.is_negative))
    return _tokens(value)


def _tokens(value: Scalar) -> int:
    """Tokens of a constant that holds sizes: n, 2/n^2, (n - 1)/(m*n), sqrt(n)."""
    if not value.args:
        return 1
    if value.is_Pow:
        base, k = value.args
        inside = _tokens(base) + 2 * bool(base.args)
        return inside + (0 if k is S.NegativeOne else 2) if k.is_Integer else inside + 3
    return sum(map(_tokens, value.args)) + len(value.args) - 1 + 2 * (value.is_Mul and any(a.is_Add for a in value.args))


def _weigh_sum(args: tuple[Expr, ...], data: Any) -> int:
    """A minus takes the place of a plus, save for a sum without positive terms; beside other terms, an identity is I."""
    minus = sum(_is_negative(a) for a in args)
    identities = sum(map(is_identity, args))
    shorter = 2 * identities if identities < len(args) else 0
    return sum(a.weight for a in args) + len(args) - 1 - minus + (minus == len(args)) - shorter


def is_identity(a: Expr) -> bool:
    """A multiple of an identity matrix."""
    return a.op == "eye" or a.op == "mul" and a.args[-1].op == "eye"


def _is_negative(a: Expr) -> bool:
    c = a.data if a.op == "const" else a.args[0].data if a.op == "mul" and a.args[0].op == "const" else S.One
    return bool(c.is_negative)


def _weigh_product(args: tuple[Expr, ...], data: Any) -> int:
    if args[0].op != "const":
        return sum(map(_weigh_factor, args)) + len(args) - 1 - _weigh_slices(args)
    c = args[0].data
    outside = int(bool(c.is_negative and not any(a.op == "add" and any(map(_is_negative, a.args)) for a in args)))
    if c not in (S.One, S.NegativeOne):
        outside += 2 if c.is_Rational and abs(c.p) == 1 else _weigh_const((), abs(c)) + 1
    if len(args) == 2 and args[1].op == "inner":
        return outside + args[1].weight
    return outside + sum(map(_weigh_factor, args[1:])) + len(args) - 2 - _weigh_slices(args)


def _weigh_slices(args: tuple[Expr, ...]) -> int:
    """What is saved where columns of the identity stand next to a factor: A[2:3,:] for eye(n)[2:3,:]*A."""
    if True not in [a.has_blocks for a in args]:
        return 0
    rows = sum(a.op == "T" and a.args[0].op == "columns" for a in args[:-1])
    return SLICED * (rows + sum(a.op == "columns" for a in args[1:]))


def _weigh_factor(a: Expr) -> int:
    """A factor of a product: sums, Hadamard and inner products in parentheses, an inverse as a division."""
    op = a.op
    if op in BRACKETED:
        return a.weight + 2
    if op in ("pow", "epow") and a.args[1].op == "const" and a.args[1].data is S.NegativeOne and (op == "epow" or a.is_scalar):
        return a.weight - 3
    return a.weight


def _weigh_hadamard(args: tuple[Expr, ...], data: Any) -> int:
    """A triangle is a function of the other factors."""
    others = tuple(a for a in args if a.op != "triangle")
    if others and len(others) < len(args):
        inside = others[0].weight if len(others) == 1 else _weigh_hadamard(others, data)
        return inside + 3 * (len(args) - len(others))
    return sum(_weigh_factor(a) + 2 * (a.op == "mul") for a in args) + len(args) - 1


def _weigh_transpose(args: tuple[Expr, ...], data: Any) -> int:
    if args[0].op == "columns":
        return COLUMNS
    if args[0].op == "conj":
        # Z^H, or conj(Z)^T of what is no variable.
        return args[0].args[0].weight + 2
    return args[0].weight + 2 + 2 * (args[0].op in ("mul", "add", "had", "pow"))


def _weigh_power(args: tuple[Expr, ...], data: Any) -> int:
    base, exponent = args
    plain = exponent.op == "const" and (exponent.data.is_Integer or not exponent.data.is_Rational)
    outside = exponent.weight + (0 if plain else 2)
    return base.weight + 1 + outside + 2 * (base.op in ("mul", "add", "had", "pow", "inner", "epow"))


WEIGHERS: Final[dict[str, Callable[[tuple[Expr, ...], Any], int]]] = {
    "sym": lambda args, data: 1,
    "const": _weigh_const,
    "eye": lambda args, data: 3,
    "unit": lambda args, data: 3,
    "triangle": lambda args, data: 10,
    "columns": lambda args, data: COLUMNS,
    "ones": lambda args, data: 5,
    "zeros": lambda args, data: 5,
    "comm": lambda args, data: 5,
    "dup": lambda args, data: 3,
    "elim": lambda args, data: 3,
    "entry": _weigh_entry,
    "block": lambda args, data: sum(a.weight for a in args) + len(args) + 1,
    "add": _weigh_sum,
    "mul": _weigh_product,
    "inner": lambda args, data: sum(a.weight + 2 * (a.op in ("add", "had")) for a in args) + len(args) - 1 - _weigh_slices(args),
    "had": _weigh_hadamard,
    "T": _weigh_transpose,
    "pow": _weigh_power,
    "epow": _weigh_power,
}
