"""Two neighbours in a product that are one matrix, and a chain that meets its inverse."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from matcalc.algebra.node import Expr, base_and_exponent, const, eye, is_const, node, split_product, triangle
from matcalc.algebra.normal_form.blocks.building import product
from matcalc.algebra.normal_form.constructors import build
from matcalc.algebra.normal_form.diagonals import diag
from matcalc.algebra.normal_form.hadamard import had
from matcalc.algebra.normal_form.powers import power
from matcalc.algebra.normal_form.selection import is_unit_row, merged_selection
from matcalc.algebra.normal_form.stacking import kron, vec, vech
from matcalc.algebra.normal_form.sums import add, negative
from matcalc.algebra.normal_form.transposes import adjoint, shorter, transpose
from matcalc.algebra.structure import properties
from matcalc.book.rules import find
from matcalc.book.sizes import ONE
from matcalc.memory import remembered
from matcalc.scalars import S, Scalar

LOOK_BACK: Final = 16


@remembered(4096)
def merge(a: Expr, b: Expr) -> Expr | None:
    """The product of two neighbours where it is one matrix."""
    if a.op == "diag" and b.shape[1] is ONE:
        return had(a.args[0], b)
    if b.op == "diag" and a.shape[0] is ONE:
        return had(a, transpose(b.args[0]))
    if b.op in ("unit", "columns") or a.op == "T":
        picked = None if a.shape[0] is b.shape[1] is ONE else merged_selection(a, b)
        picked = _named_column(a, b) if picked is None else picked
        if picked is not None:
            return picked
    if (a.op, b.op) in MERGES and (known := MERGES[a.op, b.op](a, b)) is not None:
        return known
    if a.op == "T" and "orthonormal" in properties(b) and adjoint(a) is b:
        return eye(b.shape[1])
    if a.shape[0] != a.shape[1] or b.shape[0] != b.shape[1]:
        return None
    (base_a, p), (base_b, q) = base_and_exponent(a), base_and_exponent(b)
    if base_a is base_b:
        return power(base_a, add(p, q))
    return power(base_a, add(p, negative(q))) if _are_inverses(base_a, base_b) else None


def _named_column(a: Expr, b: Expr) -> Expr | None:
    """Column k of a matrix whose columns the book has a function for, as the k-th eigenvector is, and the same turned."""
    if is_unit_row(a) and b.op == "unit":
        return None
    if is_unit_row(a):
        turned = _named_column(transpose(b), a.args[0])
        return None if turned is None else transpose(turned)
    rule = find(a.op) if b.op == "unit" and isinstance(b.data, int) else None
    return build.fun(rule.columns, a.args[0], const(b.data)) if rule is not None and rule.columns else None


def _are_inverses(a: Expr, b: Expr) -> bool:
    """Whether one is the transpose of the other, orthogonal one, or the conjugate transpose of a unitary one.

    What takes a transpose inside cancels there.
    """
    if a.has_complex:
        return "unitary" in properties(b) and adjoint(a) is b
    return (a.op == "T" and a.args[0] is b or b.op == "T" and b.args[0] is a) and "orthogonal" in properties(a)


def _kron_of_vec(a: Expr, b: Expr) -> Expr | None:
    """(A kron B) vec(X) = vec(B X A^T) (Magnus and Neudecker, section 2.4)."""
    (left, right), x = a.args, b.args[0]
    return vec(build.mul(right, x, transpose(left))) if (right.shape[1], left.shape[1]) == x.shape else None


def _vec_of_kron(a: Expr, b: Expr) -> Expr | None:
    """vec(X)^T (A kron B) = vec(B^T X A)^T."""
    if a.args[0].op != "vec":
        return None
    turned = _kron_of_vec(transpose(b), a.args[0])
    return None if turned is None else transpose(turned)


def _kron_of_kron(a: Expr, b: Expr) -> Expr | None:
    """(A kron B) (C kron D) = A C kron B D; an outer product stays one."""
    fits = all(f.shape[1] == g.shape[0] for f, g in zip(a.args, b.args, strict=True))
    return kron(*(build.mul(f, g) for f, g in zip(a.args, b.args, strict=True))) if fits and a.shape[1] is not ONE else None


def _comm_of_comm(a: Expr, b: Expr) -> Expr | None:
    """K(m,n) K(n,m) = I."""
    return eye(a.shape[0]) if a.data == (b.data[1], b.data[0]) else None


def _comm_of_vec(a: Expr, b: Expr) -> Expr | None:
    """K(m,n) vec(A) = vec(A^T) for A of m x n."""
    return vec(transpose(b.args[0])) if b.args[0].shape == a.data else None


def _halved(a: Expr, b: Expr) -> Expr | None:
    """L(n) vec(A) = vech(A), D(n) vech(S) = vec(S) for symmetric S, L(n) D(n) = I, K(n,n) D(n) = D(n) (Magnus and Neudecker, 3.8)."""
    match a.op, b.op:
        case "elim", "vec":
            return vech(b.args[0]) if b.args[0].shape == (a.data, a.data) else None
        case "dup", "vech":
            return vec(b.args[0]) if transpose(b.args[0]) is b.args[0] else None
        case "comm", "dup":
            return b if a.data == (b.data, b.data) else None
    return eye(a.shape[0])


def _halved_turned(a: Expr, b: Expr) -> Expr | None:
    """The transposes of these; besides L(n)^T vech(A) = vec(tril(A)), and D(n)^T vec(A) = D(n)^T vec(A^T)."""
    inside = a.args[0]
    match inside.op, b.op:
        case "elim", "vech":
            return vec(had(triangle("lower", False, inside.data), b.args[0]))
        case "vech", "elim":
            return transpose(vec(had(triangle("lower", False, b.data), inside.args[0])))
        case "dup", "comm":
            return a if b.data == (inside.data, inside.data) else None
        case "dup", "vec":
            turned = transpose(b.args[0])
            return build.mul(a, vec(turned)) if b.args[0].shape == (inside.data, inside.data) and shorter(turned, b.args[0]) else None
    if b.op == "T" and (b.args[0].op, inside.op) in HALVED:
        made = _halved(b.args[0], inside)
        return None if made is None else transpose(made)
    return None


HALVED: Final = frozenset({("elim", "vec"), ("dup", "vech"), ("elim", "dup"), ("comm", "dup")})
MERGES: Final[dict[tuple[str, str], Callable[[Expr, Expr], Expr | None]]] = {
    ("diag", "diag"): lambda a, b: diag(had(a.args[0], b.args[0])),
    ("comm", "comm"): _comm_of_comm,
    ("comm", "vec"): _comm_of_vec,
    ("kron", "vec"): _kron_of_vec,
    ("T", "kron"): _vec_of_kron,
    **dict.fromkeys(HALVED, _halved),
    **dict.fromkeys([("T", "vech"), ("T", "elim"), ("T", "comm"), ("T", "vec"), ("T", "T")], _halved_turned),
    ("kron", "kron"): _kron_of_kron,
    ("block", "block"): product,
    ("array", "block"): product,
    ("block", "array"): product,
}


def _inverted_chain(e: Expr) -> tuple[Scalar, tuple[Expr, ...]] | None:
    """(c, chain) where e is the inverse of the product c * chain."""
    if e.op == "pow" and e.args[0].op == "mul" and not e.is_scalar and is_const(e.args[1], -1):
        c, scalars, mats = split_product(e.args[0])
        if not scalars and mats and mats[0].op != "eye":
            return c, mats
    return None


def cancel_inverse_before(chain: list[Expr]) -> None:
    """(A B)^-1 A B at the end of the chain is the identity."""
    for k in range(len(chain) - 1, max(0, len(chain) - 1 - LOOK_BACK), -1):
        f = chain[k - 1]
        inverted = _inverted_chain(f) if f.op == "pow" and f.args[0].op == "mul" else None
        if inverted is not None and tuple(chain[k:]) == inverted[1]:
            _replace(chain, k - 1, len(chain), inverted[0])
            return


def cancel_inverse_after(chain: list[Expr]) -> None:
    """A B (A B)^-1 at the end of the chain is the identity."""
    inverted = _inverted_chain(chain[-1]) if chain and chain[-1].op == "pow" else None
    if inverted is not None:
        k = len(inverted[1])
        if tuple(chain[-k - 1 : -1]) == inverted[1]:
            _replace(chain, len(chain) - k - 1, len(chain), inverted[0])


def _replace(chain: list[Expr], start: int, end: int, c: Scalar) -> None:
    n = chain[start].shape[0]
    del chain[start:end]
    if c is not S.One:
        chain.append(node("mul", (const(1 / c), eye(n)), None, (n, n)))
