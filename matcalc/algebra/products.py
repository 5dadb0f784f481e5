"""The algebra of matrix expressions: sums, products, powers, transposes and entries, each in normal form.

What is equal by the laws applied here is built as one node: sums and Hadamard products commute, scalars leave a product,
adjacent powers of one base merge, an inverse cancels what it inverts, a stretch of a product that is 1 x 1 is a number, and
transposes sit on the leaves. Sums are not multiplied out, so that a residual stays one node.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Final

from sympy import Expr as Scalar
from sympy import Mul, Pow, S

from matcalc.algebra.node import (
    Expr,
    array,
    base_and_exponent,
    columns,
    comm,
    const,
    eye,
    is_const,
    is_zero,
    node,
    ones,
    properties,
    spend,
    split_coefficient,
    split_product,
    tidy,
    unit,
    zeros,
)
from matcalc.book.properties import transpose_of
from matcalc.book.sizes import ONE, SCALAR, Dim, Shape, dim, show, times

LOOK_BACK: Final = 16


def entry(a: Expr, i: int, j: int) -> Expr:
    """The entry of row i and column j, from 1; a vector has one column."""
    if a.is_scalar:
        return a
    found = ENTRIES[a.op](a, i, j) if a.op in ENTRIES else None
    return node("entry", (a,), (i, j), SCALAR) if found is None else found


def _delta(i: int | str, j: int | str) -> Expr | None:
    """1 or 0; None where it is not known whether two letters are the same index."""
    return const(int(i == j)) if i == j or isinstance(i, int) and isinstance(j, int) else None


def _entry_of_array(a: Expr, i: int, j: int) -> Expr:
    columns: int = a.data[1]
    return a.args[(i - 1) * columns + j - 1]


def _entry_of_product(a: Expr, i: int, j: int) -> Expr | None:
    """An entry of a row or column of a matrix is one of the matrix, and one of u v^T is u_i v_j."""
    c, scalars, mats = split_product(a)
    if c is not S.One or scalars:
        return mul(const(c), *scalars, entry(mul(*mats), i, j))
    row, column = _picked_by(mats[0], i), _picked_by(transpose(mats[-1]), j)
    if row is not None:
        return entry(mul(*mats[1:]), row, j)
    if column is not None:
        return entry(mul(*mats[:-1]), i, column)
    return mul(entry(mats[0], i, 1), entry(mul(*mats[1:]), 1, j)) if mats[0].shape[1] is ONE else None


def _picked_by(e: Expr, k: int) -> int | None:
    """The row of what follows that is row k of e times it; None where e is no row or rows of the identity."""
    if not picks_rows(e):
        return None
    first = e.args[0].data if e.args[0].op == "unit" else e.args[0].data[0]
    if e.args[0].op == "unit":
        return first if isinstance(first, int) else None
    return int(first) + k - 1 if first.is_Integer else None


ENTRIES: Final[dict[str, Callable[[Expr, int, int], Expr | None]]] = {
    "array": _entry_of_array,
    "T": lambda a, i, j: entry(a.args[0], j, i),
    "add": lambda a, i, j: add(*(entry(t, i, j) for t in a.args)),
    "had": lambda a, i, j: mul(*(entry(f, i, j) for f in a.args)),
    "epow": lambda a, i, j: power(entry(a.args[0], i, j), a.args[1]),
    "mul": _entry_of_product,
    "ones": lambda a, i, j: const(1),
    "zeros": lambda a, i, j: const(0),
    "eye": lambda a, i, j: _delta(i, j),
    "unit": lambda a, i, j: entry(eye(a.shape[0]), i, a.data),
    "columns": lambda a, i, j: const(int(a.data[0] + j - 1 == i)) if a.data[0].is_Integer else None,
}


def part(a: Expr, i: int | Expr | None, j: int | Expr | None) -> Expr:
    """The entry, row, column or block that A[i,j], A[i,:], A[:,j] and A[1:2,:] are; the row is e_i^T A, the column A e_j.

    Of several rows or columns, i and j are those columns of the identity.
    """
    if isinstance(i, int) and isinstance(j, int):
        return entry(a, i, j)
    row = a if i is None or a.shape[0] is ONE else mul(transpose(selector(i, a.shape[0])), a)
    return row if j is None or a.shape[1] is ONE else mul(row, selector(j, a.shape[1]))


def selector(k: int | Expr, n: Dim) -> Expr:
    """The columns of the identity that pick an index, or what picks several."""
    return unit(k, n) if isinstance(k, int) else k


def add(*terms: Expr) -> Expr:
    """The sum of terms of one shape, with like terms collected.

    Raises ValueError if the shapes disagree: callers check what users wrote before they build it.
    """
    shape = terms[0].shape
    collected: dict[Expr, Scalar] = {}
    pending = list(terms)
    pending.reverse()
    while pending:
        t = pending.pop()
        if t.shape != shape:
            raise ValueError(f"cannot add {show(shape)} and {show(t.shape)}")
        if t.op == "add":
            pending.extend(reversed(t.args))
        elif not is_zero(t):
            c, rest = split_coefficient(t)
            collected[rest] = collected[rest] + c if rest in collected else c
    ordered = sorted(collected.items(), key=lambda item: item[0].sort_key)
    kept = [scale(c, rest) for rest, c in ordered if c is not S.Zero and c != 0]
    if not kept:
        return zeros(*shape)
    if len(kept) == 1:
        return kept[0]
    return node("add", tuple(kept), None, shape)


def subtract(a: Expr, b: Expr) -> Expr:
    return add(a, negative(b))


def negative(a: Expr) -> Expr:
    return scale(S.NegativeOne, a)


def scale(c: Scalar, e: Expr) -> Expr:
    """c * e for a constant c."""
    if c is S.One:
        return e
    if c is S.Zero or is_zero(e):
        return zeros(*e.shape)
    inner, rest = split_coefficient(e)
    c = tidy(c * inner)
    if rest.op == "const":
        return const(c)
    if c is S.One:
        return rest
    if rest.op == "add":
        if leads_negative(rest):
            c, rest = -c, _turned(rest)
        return rest if c is S.One else _turned(rest) if c is S.NegativeOne else _scaled(c, rest)
    return _scaled(c, rest)


def leads_negative(e: Expr) -> bool:
    """Whether the term of a sum that its sign is told by is negative; the same for the transpose of the sum."""
    if e.op != "add":
        return bool(split_coefficient(e)[0].is_negative)
    parts = [(sorted(rest.order.replace(",", "")), rest, c) for c, rest in map(split_coefficient, e.args)]
    first = min(reading for reading, _, _ in parts)
    leaders = [(rest, c) for reading, rest, c in parts if reading == first]
    if len(leaders) == 1:
        return bool(leaders[0][1].is_negative)
    return bool(min(leaders, key=lambda leader: min(leader[0].digest, transpose(leader[0]).digest))[1].is_negative)


def _turned(e: Expr) -> Expr:
    """A sum with the sign of every term turned."""
    return add(*(scale(S.NegativeOne, t) for t in e.args))


def unsigned(e: Expr) -> tuple[Scalar, Expr]:
    """(1 or -1, e or -e), so that the sum comes with the sign that it is kept with inside products and powers."""
    return (S.NegativeOne, _turned(e)) if e.op == "add" and leads_negative(e) else (S.One, e)


def _scaled(c: Scalar, rest: Expr) -> Expr:
    args = rest.args if rest.op == "mul" else (rest,)
    return node("mul", (const(c), *args), None, rest.shape)


def mul(*factors: Expr) -> Expr:
    """The product; scalars commute, adjacent powers of one base merge, an inverse cancels what it inverts,
    and every stretch of the chain that is 1 x 1 becomes a scalar factor.

    Raises ValueError if neighbours do not conform.
    """
    made = _Product()
    made.take(factors)
    return made.finish()


class _Product:
    """A product under construction: a coefficient, scalar factors, and a chain of matrices that conform."""

    def __init__(self) -> None:
        self.coefficient: Scalar = S.One
        self.scalars: list[Expr] = []
        self.chain: list[Expr] = []
        self.left: Dim | None = None
        self.right: Dim = ONE

    def take(self, factors: Sequence[Expr]) -> None:
        """Multiply from the right, products taken apart."""
        pending = list(reversed(factors))
        while pending:
            f = pending.pop()
            if f.op == "const":
                self.coefficient = f.data if self.coefficient is S.One else self.coefficient * f.data
            elif f.op == "mul":
                pending.extend(reversed(f.args))
            elif f.is_scalar:
                self.scalars.append(f)
            else:
                self._conform(f)
                _push(self.chain, f)

    def _conform(self, f: Expr) -> None:
        if self.left is None:
            self.left = f.shape[0]
        elif self.right != f.shape[0]:
            raise ValueError(f"cannot multiply a product with {self.right} columns and {show(f.shape)}")
        self.right = f.shape[1]

    def finish(self) -> Expr:
        """The product as one node."""
        shape = SCALAR if self.left is None else (self.left, self.right)
        spend(len(self.chain) + len(self.scalars))
        if self.coefficient is S.Zero or any(is_zero(f) for f in self.chain):
            return zeros(*shape)
        while self.chain and self._extract():
            pass
        self._scale_rows()
        if self.scalars:
            self.coefficient, self.scalars = _collect_scalars(self.coefficient, self.scalars)
        self.coefficient = tidy(self.coefficient)
        if self.coefficient is S.Zero:
            return zeros(*shape)
        if any(f.op == "add" for f in self.chain):
            signed = [unsigned(f) for f in self.chain]
            self.coefficient = self.coefficient * Mul(*(sign for sign, _ in signed))
            self.chain = [f for _, f in signed]
        matrices = _joined_ones(self.chain) if self.chain or shape == SCALAR else [eye(shape[0])]
        body = (*self.scalars, *matrices)
        if len(body) < 2:
            return scale(self.coefficient, body[0] if body else const(1))
        outside = () if self.coefficient is S.One else (const(self.coefficient),)
        return node("mul", (*outside, *body), None, shape)

    def _scale_rows(self) -> None:
        """diag(u) M v = u .* (M v) in a column, the same transposed in a row."""
        if len(self.chain) < 3 or not any(f.op == "diag" for f in self.chain):
            return
        if self.chain[-1].shape[1] is ONE:
            self.chain = self._rows_scaled(self.chain)
        elif self.chain[0].shape[0] is ONE:
            turned = self._rows_scaled([transpose(f) for f in reversed(self.chain)])
            self.chain = [transpose(f) for f in reversed(turned)]

    def _rows_scaled(self, chain: list[Expr]) -> list[Expr]:
        done: list[Expr] = []
        for f in reversed(chain):
            if f.op == "diag" and done:
                done = list(self._scaled_by(had(f.args[0], mul(*done))))
            else:
                done.insert(0, f)
        return done

    def _extract(self) -> bool:
        """Move 1 x 1 stretches of the chain and what is scaled inside it out; whether there was anything to move."""
        rest, found = _scalar_stretches(self.chain)
        self.chain = []
        for f in rest:
            mats: Sequence[Expr] = (f,)
            if f.op == "mul":
                mats = self._scaled_by(f)
            for m in mats:
                _push(self.chain, m)
        for f in found:
            self._scaled_by(f)
        return bool(found) or len(self.chain) != len(rest) or any(f.op == "mul" for f in rest)

    def _scaled_by(self, f: Expr) -> tuple[Expr, ...]:
        c, scalars, mats = split_product(f)
        self.coefficient = self.coefficient * c
        self.scalars.extend(scalars)
        return mats


def _push(chain: list[Expr], f: Expr) -> None:
    """Append a matrix to a chain, merging it with the end of the chain."""
    if f.op == "eye":
        return
    if f.op == "ones" and f.shape[0] is not ONE and f.shape[1] is not ONE:
        _push(chain, ones(f.shape[0]))
        _push(chain, ones(ONE, f.shape[1]))
        return
    while chain:
        merged = _merge(chain[-1], f)
        if merged is None:
            break
        chain.pop()
        if merged.op == "eye":
            return
        if merged.op == "mul":
            chain.append(merged)
            return
        f = merged
    chain.append(f)
    _cancel_inverse_before(chain)
    _cancel_inverse_after(chain)


BUILT: dict[str, Callable[[Expr], Expr]] = {}
MERGES: dict[tuple[str, str], Callable[[Expr, Expr], Expr | None]] = {}


def _merge(a: Expr, b: Expr) -> Expr | None:
    """The product of two neighbours where it is one matrix."""
    if a.op == "diag" and b.op == "diag":
        return node("diag", (had(a.args[0], b.args[0]),), None, a.shape)
    if a.op == "diag" and b.shape[1] is ONE:
        return had(a.args[0], b)
    if b.op == "diag" and a.shape[0] is ONE:
        return had(a, transpose(b.args[0]))
    if "orthogonal" in properties(a) and transpose(a) is b or "orthogonal" in properties(b) and transpose(b) is a:
        return eye(a.shape[0])
    if b.op in ("unit", "columns") or a.op == "T":
        picked = None if a.shape[0] is b.shape[1] is ONE else _merge_picked(a, b)
        if picked is not None:
            return picked
    if (a.op, b.op) in MERGES and (known := MERGES[a.op, b.op](a, b)) is not None:
        return known
    if a.op == "comm" and b.op == "comm" and a.data == (b.data[1], b.data[0]):
        return eye(a.shape[0])
    if a.op == "comm" and b.op == "vec" and b.args[0].shape == a.data:
        return node("vec", (transpose(b.args[0]),), None, b.shape)
    if a.shape[0] != a.shape[1] or b.shape[0] != b.shape[1]:
        return None
    (base_a, p), (base_b, q) = base_and_exponent(a), base_and_exponent(b)
    if base_a is base_b:
        return power(base_a, add(p, q))
    return None


def _merge_picked(a: Expr, b: Expr) -> Expr | None:
    """Columns of columns of the identity, ones where all rows are alike, and rows that meet columns of the identity."""
    if a.op == "columns" and b.op in ("unit", "columns"):
        first = a.data[0] - 1
        if b.op == "columns":
            return columns(first + b.data[0], first + b.data[1], a.shape[0])
        return columns(first + b.data, first + b.data, a.shape[0]) if isinstance(b.data, int) else None
    if not picks_rows(a):
        if b.op == "columns" and a.op == "ones":
            return ones(a.shape[0], b.shape[1])
        return None
    if b.op == "add" and any(_starts_with_columns(t) for t in b.args):
        return add(*(mul(a, t) for t in b.args))
    if a.args[0].op == "columns" and b.op == "ones":
        return ones(a.shape[0], b.shape[1])
    if b.op == "T" and b.args[0].op == "columns":
        turned = _merge_picked(b.args[0], a.args[0])
        return None if turned is None else transpose(turned)
    return _rows_of_columns(a.args[0], b) if b.op in ("unit", "columns") else None


def _starts_with_columns(e: Expr) -> bool:
    """Whether a product begins with columns of the identity, which rows of it may cancel."""
    mats = split_product(e)[2]
    return bool(mats) and mats[0].op in ("unit", "columns")


def _rows_of_columns(rows: Expr, chosen: Expr) -> Expr | None:
    """Some rows of some columns of the identity: the identity where they are the same, zeros where none is."""
    if rows is chosen:
        return eye(rows.shape[1])
    bounds = [d for d in (*_bounds(rows), *_bounds(chosen)) if d.is_Integer]
    if len(bounds) < 4:
        return None
    first, last, start, stop = bounds
    if last < start or stop < first:
        return zeros(rows.shape[1], chosen.shape[1])
    if chosen.op == "unit":
        return unit(int(start - first + 1), rows.shape[1])
    return transpose(unit(int(first - start + 1), chosen.shape[1])) if rows.op == "unit" else None


def _bounds(e: Expr) -> tuple[Dim, Dim]:
    """The first and the last of the columns of the identity that a unit vector or several are."""
    if e.op == "columns":
        return e.data[0], e.data[1]
    k = dim(e.data)
    return k, k


def _inverted_chain(e: Expr) -> tuple[Scalar, tuple[Expr, ...]] | None:
    """(c, chain) where e is the inverse of the product c * chain."""
    if e.op == "pow" and not e.is_scalar and is_const(e.args[1], -1) and e.args[0].op == "mul":
        c, scalars, mats = split_product(e.args[0])
        if not scalars and mats and mats[0].op != "eye":
            return c, mats
    return None


def _cancel_inverse_before(chain: list[Expr]) -> None:
    """(A B)^-1 A B at the end of the chain is the identity."""
    for k in range(len(chain) - 1, max(0, len(chain) - 1 - LOOK_BACK), -1):
        inverted = _inverted_chain(chain[k - 1])
        if inverted is not None and tuple(chain[k:]) == inverted[1]:
            _replace(chain, k - 1, len(chain), inverted[0])
            return


def _cancel_inverse_after(chain: list[Expr]) -> None:
    """A B (A B)^-1 at the end of the chain is the identity."""
    inverted = _inverted_chain(chain[-1]) if chain else None
    if inverted is not None:
        k = len(inverted[1])
        if tuple(chain[-k - 1 : -1]) == inverted[1]:
            _replace(chain, len(chain) - k - 1, len(chain), inverted[0])


def _replace(chain: list[Expr], start: int, end: int, c: Scalar) -> None:
    n = chain[start].shape[0]
    del chain[start:end]
    if c is not S.One:
        chain.append(node("mul", (const(1 / c), eye(n)), None, (n, n)))


def _scalar_stretches(chain: list[Expr]) -> tuple[list[Expr], list[Expr]]:
    """The chain without its 1 x 1 stretches, and those stretches as scalars."""
    bounds = [0] if chain[0].shape[0] is ONE else []
    bounds += [i + 1 for i, f in enumerate(chain) if f.shape[1] is ONE]
    if len(bounds) < 2:
        return chain, []
    found = [inner(chain[i:j]) for i, j in pairwise(bounds)]
    return chain[: bounds[0]] + chain[bounds[-1] :], found


def _joined_ones(chain: list[Expr]) -> list[Expr]:
    out: list[Expr] = []
    for f in chain:
        if out and out[-1].op == "ones" and f.op == "ones" and out[-1].shape[1] is ONE and f.shape[0] is ONE:
            out[-1] = ones(out[-1].shape[0], f.shape[1])
        else:
            out.append(f)
    return out


def inner(chain: Sequence[Expr]) -> Expr:
    """A product of matrices with one row and one column, as a scalar: x^T A x, 1^T A 1 = sum(A)."""
    if len(chain) == 1:
        return chain[0]
    if any(f.op == "add" and leads_negative(f) for f in chain):
        signs, turned = zip(*(unsigned(f) for f in chain), strict=True)
        return scale(Mul(*signs), inner(turned))
    if any(f.op == "mul" for f in chain):
        return mul(*chain)
    picked = _picked(chain)
    if picked is not None:
        return picked
    if len(chain) == 2 and chain[1].op == "vec" and chain[0].op == "T" and chain[0].args[0].op == "vec":
        return total(had(chain[0].args[0].args[0], chain[1].args[0]))
    if any(f.op == "had" for f in (chain[0], chain[-1])):
        opened = _opened(chain)
        if opened is not None:
            return opened
    reversed_chain = [transpose(f) for f in reversed(chain)]
    if chain[0].op == "ones":
        return total(mul(*chain[1:]))
    if reversed_chain[0].op == "ones":
        return total(mul(*reversed_chain[1:]))
    first = [f.sort_key for f in chain]
    second = [f.sort_key for f in reversed_chain]
    best = list(chain) if (_total_weight(chain), first) <= (_total_weight(reversed_chain), second) else reversed_chain
    return node("inner", tuple(best), None, SCALAR)


def _opened(chain: Sequence[Expr]) -> Expr | None:
    """u^T (v .* w) = sum(u .* v .* w), and u^T A (v .* (M w)) = u^T A diag(v) M w."""
    if len(chain) == 2:
        return total(had(transpose(chain[0]), chain[1]))
    for links in (chain, [transpose(f) for f in reversed(chain)]):
        factors = links[-1].args if links[-1].op == "had" else ()
        products = [f for f in factors if f.op == "mul"]
        if len(products) == 1:
            weights = had(*(f for f in factors if f is not products[0]))
            return inner([*links[:-1], BUILT["diag"](weights), *products[0].args])
    return None


def _picked(chain: Sequence[Expr]) -> Expr | None:
    """e_i^T A e_j is A[i,j], e_i^T x is x[i]."""
    if len(chain) == 2 and picks_rows(chain[0]) and chain[1].op in ("unit", "columns"):
        return _rows_of_columns(chain[0].args[0], chain[1])
    row, column = is_unit_row(chain[0]), chain[-1].op == "unit"
    if row and column and len(chain) > 2:
        return entry(mul(*chain[1:-1]), chain[0].args[0].data, chain[-1].data)
    if len(chain) > 2 or not (row or column):
        return None
    return entry(chain[1], chain[0].args[0].data, 1) if row else entry(chain[0], 1, chain[1].data)


def picks_rows(e: Expr) -> bool:
    """Whether a factor picks rows of the one after it: some columns of the identity, turned."""
    return e.op == "T" and e.args[0].op in ("unit", "columns")


def is_unit_row(e: Expr) -> bool:
    """Whether e is the transpose of a unit vector."""
    return e.op == "T" and e.args[0].op == "unit"


def _total_weight(chain: Sequence[Expr]) -> int:
    return sum(f.weight for f in chain)


TOTALS: dict[str, Callable[[Expr], Expr | None]] = {}


def total(a: Expr) -> Expr:
    """The sum of all entries."""
    if a.is_scalar:
        return a
    if a.op in ("ones", "eye"):
        return const(times(*a.shape) if a.op == "ones" else a.shape[0])
    if a.op in ("unit", "columns"):
        return const(a.shape[1])
    if is_zero(a):
        return const(0)
    if a.op == "add":
        return add(*(total(t) for t in a.args))
    if a.op in ("T", "diag"):
        return total(a.args[0])
    known = _total_of_product(*split_product(a))
    if known is not None:
        return known
    if a.op in TOTALS and (known := TOTALS[a.op](a)) is not None:
        return known
    turned = transpose(a)
    if (turned.weight, turned.sort_key) < (a.weight, a.sort_key):
        a = turned
    return node("sum", (a,), None, SCALAR)


def _total_of_product(c: Scalar, scalars: tuple[Expr, ...], mats: tuple[Expr, ...]) -> Expr | None:
    """The sum of a product's entries, where a scalar, an array of ones or an outer product simplifies it."""
    if c is not S.One or scalars:
        return mul(const(c), *scalars, total(mul(*mats)))
    if len(mats) > 1 and mats[0].op == "ones":
        return mul(const(mats[0].shape[0]), total(mul(*mats[1:])))
    if len(mats) > 1 and mats[-1].op == "ones":
        return mul(const(mats[-1].shape[1]), total(mul(*mats[:-1])))
    cut = next((i + 1 for i, f in enumerate(mats) if f.shape[1] is ONE), len(mats))
    return mul(total(mul(*mats[:cut])), total(mul(*mats[cut:]))) if cut < len(mats) else None


def _collect_scalars(coefficient: Scalar, scalars: list[Expr]) -> tuple[Scalar, list[Expr]]:
    """Merge powers of one base and numbers among commuting scalar factors."""
    powers: dict[Expr, Expr] = {}
    for s in scalars:
        base, exponent = base_and_exponent(s)
        if base.op in SQUARES:
            base, exponent = SQUARES[base.op](base), mul(exponent, const(S.Half))
        if base.op == "exp":
            base, k = _exponential(base)
            exponent = mul(k, exponent)
        if base.op == "add" and exponent.op == "const" and exponent.data.is_Integer:
            sign, base = unsigned(base)
            coefficient = coefficient * sign**exponent.data
        powers[base] = add(powers[base], exponent) if base in powers else exponent
    out: list[Expr] = []
    for base, exponent in powers.items():
        f = power(base, exponent)
        c, more, _ = split_product(f)
        coefficient = coefficient * c
        out.extend(more)
    out.sort(key=lambda e: e.sort_key)
    return coefficient, out


def _exponential(e: Expr) -> tuple[Expr, Expr]:
    """(exp(a), k) with exp(k a) given, for an integer k, so that exp(a) and exp(-a) are powers of one base."""
    c, a = split_coefficient(e.args[0])
    sign, a = unsigned(a)
    if not c.is_Integer or a.op == "const":
        return e, const(1)
    return node("exp", (a,), None, e.shape), const(c * sign)


SQUARES: dict[str, Callable[[Expr], Expr]] = {}
POWERS: dict[str, Callable[[Expr, Expr], Expr | None]] = {}


def power(base: Expr, exponent: Expr | int) -> Expr:
    """base^exponent: a scalar power, or a power of a square matrix (the inverse for -1)."""
    k = const(exponent) if isinstance(exponent, int) else exponent
    if is_const(k, 1):
        return base
    if is_const(k, 0):
        return eye(base.shape[0])
    return _scalar_power(base, k) if base.is_scalar else _matrix_power(base, k)


def _scalar_power(base: Expr, k: Expr) -> Expr:
    if base.op in POWERS and (known := POWERS[base.op](base, k)) is not None:
        return known
    whole = k.op == "const" and bool(k.data.is_integer)
    if base.op == "const" and k.op == "const":
        if k.data.is_Integer and abs(k.data) > 4096 and base.data not in (0, 1, -1):
            return node("pow", (base, k), None, SCALAR)
        if base.data is S.Zero and k.data.is_negative:
            return node("pow", (base, k), None, SCALAR)
        return const(Pow(base.data, k.data))
    if base.op == "const" and base.data is S.One:
        return base
    if base.op == "pow" and whole:
        return power(base.args[0], mul(base.args[1], k))
    if base.op == "mul" and whole:
        return mul(*(power(f, k) for f in base.args))
    if base.op == "mul" and base.args[0].op == "const" and base.args[0].data.is_positive:
        return mul(power(base.args[0], k), power(mul(*base.args[1:]), k))
    if base.op == "exp" and whole:
        return node("exp", (mul(base.args[0], k),), None, SCALAR)
    if base.op == "add" and whole and leads_negative(base):
        return scale(S.NegativeOne**k.data, node("pow", (_turned(base), k), None, SCALAR))
    return node("pow", (base, k), None, SCALAR)


def _matrix_power(base: Expr, k: Expr) -> Expr:
    if base.op == "eye":
        return base
    whole = k.op == "const" and bool(k.data.is_Integer)
    if base.op == "T":
        return transpose(power(base.args[0], k)) if base.args[0].op != "sym" else node("pow", (base, k), None, base.shape)
    c, scalars, mats = split_product(base)
    if (c is not S.One or scalars) and whole:
        return mul(power(const(c), k), *(power(s, k) for s in scalars), power(mul(*mats) if mats else eye(base.shape[0]), k))
    if base.op == "pow" and whole and base.args[1].op == "const":
        return power(base.args[0], mul(base.args[1], k))
    if base.op == "diag" and whole:
        return node("diag", (epow(base.args[0], k),), None, base.shape)
    if base.op == "kron" and whole and base.args[0].shape[0] == base.args[0].shape[1]:
        return node("kron", tuple(power(a, k) for a in base.args), None, base.shape)
    if base.op == "add" and whole and leads_negative(base):
        return scale(S.NegativeOne**k.data, power(_turned(base), k))
    if base.op == "comm" and is_const(k, -1):
        return comm(base.data[1], base.data[0])
    if "orthogonal" in properties(base) and is_const(k, -1):
        return transpose(base)
    return node("pow", (base, k), None, base.shape)


def inverse(a: Expr) -> Expr:
    return power(a, -1)


# ------------------------------------------------------------------------------------------------ transpose

TRANSPOSED: dict[str, Callable[[Expr], Expr | None]] = {}


def transpose(e: Expr) -> Expr:
    """The transpose, taken inside as far as it goes: (A B)^T = B^T A^T, (A^k)^T = (A^T)^k."""
    if e.is_scalar:
        return e
    if e.is_wrapped:
        return _wrapped(e)
    if e._transposed is None:
        t = _transpose(e)
        if t._transposed is None and e.op != "T":
            t._transposed = e
        # The table of nodes holds the operands of whatever lives; an operand that held its transpose alive would never go.
        e.is_wrapped = t.op == "T" and t.args[0] is e
        if e.is_wrapped:
            return t
        e._transposed = t
    return e._transposed


def _wrapped(e: Expr) -> Expr:
    return node("T", (e,), None, (e.shape[1], e.shape[0]))


def _transpose(e: Expr) -> Expr:
    rule = TRANSPOSED.get(e.op)
    turned = rule(e) if rule is not None else None
    return _wrapped(e) if turned is None else turned


def _transpose_symbol(e: Expr) -> Expr | None:
    known = transpose_of(e.data.properties)
    if known == "A":
        return e
    return negative(e) if known == "-A" else None


def _transpose_power(e: Expr) -> Expr:
    turned = transpose(e.args[0])
    return e if turned is e.args[0] else node("pow", (turned, e.args[1]), None, e.shape)


def _transpose_array(e: Expr) -> Expr:
    rows, columns = e.data
    return array([[e.args[i * columns + j] for i in range(rows)] for j in range(columns)])


TRANSPOSED |= {
    "sym": _transpose_symbol,
    "T": lambda e: e.args[0],
    "eye": lambda e: e,
    "diag": lambda e: e,
    "ones": lambda e: ones(*e.shape[::-1]),
    "zeros": lambda e: zeros(*e.shape[::-1]),
    "comm": lambda e: comm(e.data[1], e.data[0]),
    "add": lambda e: add(*(transpose(t) for t in e.args)),
    "mul": lambda e: mul(*(transpose(f) for f in reversed(e.args))),
    "had": lambda e: had(*(transpose(f) for f in e.args)),
    "epow": lambda e: epow(transpose(e.args[0]), e.args[1]),
    "pow": _transpose_power,
    "array": _transpose_array,
    "kron": lambda e: node("kron", tuple(transpose(f) for f in e.args), None, e.shape[::-1]),
}


# ------------------------------------------------------------------------------------- elementwise products


def had(*factors: Expr) -> Expr:
    """The elementwise product; scalar factors scale, equal bases merge into elementwise powers."""
    shape = next((f.shape for f in factors if not f.is_scalar), SCALAR)
    if shape == SCALAR:
        return mul(*factors)
    outside: list[Expr] = []
    powers: dict[Expr, Expr] = {}
    pending = list(reversed(factors))
    while pending:
        f = pending.pop()
        if f.is_scalar:
            outside.append(f)
            continue
        if f.shape != shape:
            raise ValueError(f"cannot multiply {show(shape)} and {show(f.shape)} elementwise")
        if is_zero(f):
            return zeros(*shape)
        if f.op == "had":
            pending.extend(reversed(f.args))
        elif f.op == "mul" and f.args[0].is_scalar:
            c, scalars, mats = split_product(f)
            outside += [const(c), *scalars]
            pending.append(mul(*mats) if mats else eye(shape[0]))
        elif f.op != "ones":
            base, k = (f.args[0], f.args[1]) if f.op == "epow" else _exponential(f) if f.op == "exp" else (f, const(1))
            if base is f:
                sign, base = unsigned(f)
                outside += [] if sign is S.One else [const(sign)]
            powers[base] = add(powers[base], k) if base in powers else k
    spend(len(powers))
    body = [p for base, k in powers.items() if (p := epow(base, k)).op != "ones"]
    return mul(*outside, *_entry_by_entry(body, shape))


def _entry_by_entry(body: list[Expr], shape: Shape) -> list[Expr]:
    """The product of arrays with different bases, as factors of a product."""
    if len(body) < 2:
        return body or [ones(*shape)]
    if any(f.op in ("eye", "diag") for f in body):
        return [_masked(body)]
    if any(_outer(f) is not None for f in body):
        return _scaled_by_outer(body)
    body.sort(key=lambda e: e.sort_key)
    picked = next((f for f in body if f.op == "unit" or is_unit_row(f)), None)
    if picked is None:
        return [node("had", tuple(body), None, shape)]
    k = (picked if picked.op == "unit" else picked.args[0]).data
    others = [entry(f, k, 1) if picked.op == "unit" else entry(f, 1, k) for f in body if f is not picked]
    return [*others, picked]


def _outer(e: Expr) -> tuple[Expr, Expr] | None:
    """(u, v^T) for an outer product u v^T; an array of ones in a product is one."""
    if e.op != "mul" or ONE in e.shape:
        return None
    for k, f in enumerate(e.args):
        if f.op == "ones" and f.shape[1] is not ONE:
            return mul(*e.args[:k], ones(f.shape[0])), mul(ones(ONE, f.shape[1]), *e.args[k + 1 :])
        if f.shape[1] is ONE and not f.is_scalar:
            return mul(*e.args[: k + 1]), mul(*e.args[k + 1 :])
    return None


def _scaled_by_outer(factors: Sequence[Expr]) -> list[Expr]:
    """(u v^T) .* M as diag(u) M diag(v)."""
    outers = [pair for f in factors if (pair := _outer(f)) is not None]
    rest = [f for f in factors if _outer(f) is None]
    u, v = had(*(u for u, _ in outers)), had(*(v for _, v in outers))
    return [BUILT["diag"](u), had(*rest), BUILT["diag"](v)] if rest else [u, v]


def _masked(body: list[Expr]) -> Expr:
    """diag(v) .* M = diag(v .* diagv(M)); I .* M = diag(diagv(M))."""
    diagonal = [diagonal_of(f) for f in body if f.op != "eye"]
    return node("diag", (had(*diagonal),), None, body[0].shape)


def diagonal_of(a: Expr) -> Expr:
    """The diagonal of a square matrix, as a vector."""
    n = a.shape[0]
    if a.is_scalar:
        return a
    match a.op:
        case "diag":
            return a.args[0]
        case "eye" | "ones":
            return ones(n)
        case "zeros":
            return zeros(n)
        case "add":
            return add(*(diagonal_of(t) for t in a.args))
        case "had":
            return had(*(diagonal_of(f) for f in a.args))
        case "epow":
            return epow(diagonal_of(a.args[0]), a.args[1])
    known = _diagonal_of_product(*split_product(a), n)
    if known is not None:
        return known
    turned = transpose(a)
    if (turned.weight, turned.sort_key) < (a.weight, a.sort_key):
        a = turned
    return node("diagv", (a,), None, (n, ONE))


def _diagonal_of_product(c: Scalar, scalars: tuple[Expr, ...], mats: tuple[Expr, ...], n: Dim) -> Expr | None:
    """diagv(u v^T) = u .* v, diagv(diag(u) M) = u .* diagv(M)."""
    if c is not S.One or scalars:
        return mul(const(c), *scalars, diagonal_of(mul(*mats) if mats else eye(n)))
    cut = next((i for i, f in enumerate(mats[:-1]) if f.shape[1] is ONE), None)
    if cut is not None:
        return had(mul(*mats[: cut + 1]), transpose(mul(*mats[cut + 1 :])))
    if mats[0].op == "diag":
        return had(mats[0].args[0], diagonal_of(mul(eye(n), *mats[1:])))
    if mats[-1].op == "diag":
        return had(mats[-1].args[0], diagonal_of(mul(eye(n), *mats[:-1])))
    return None


def epow(base: Expr, exponent: Expr | int) -> Expr:
    """The elementwise power."""
    k = const(exponent) if isinstance(exponent, int) else exponent
    if base.is_scalar:
        return power(base, k)
    if is_const(k, 1) or base.op == "ones":
        return base
    if is_const(k, 0):
        return ones(*base.shape)
    if base.op in POWERS and (known := POWERS[base.op](base, k)) is not None:
        return known
    if (is_zero(base) or base.op == "unit" or is_unit_row(base)) and k.op == "const" and k.data.is_positive:
        return base
    whole = k.op == "const" and bool(k.data.is_Integer)
    if base.op == "epow" and whole:
        return epow(base.args[0], mul(base.args[1], k))
    if whole and base.op in ("had", "mul") and (known := _power_of_product(base, k)) is not None:
        return known
    c = split_coefficient(base)[0]
    if c.is_positive and c is not S.One:
        return mul(power(const(c), k), epow(split_coefficient(base)[1], k))
    if base.op == "exp" and whole:
        return node("exp", (scale(k.data, base.args[0]),), None, base.shape)
    if base.op == "add" and whole and leads_negative(base):
        return scale(S.NegativeOne**k.data, epow(_turned(base), k))
    return _power_of_transpose(base, k) if base.op == "T" else node("epow", (base, k), None, base.shape)


def _power_of_product(base: Expr, k: Expr) -> Expr | None:
    """A whole power of a Hadamard product, of a multiple or of an outer product, of its factors."""
    if base.op == "had":
        return had(*(epow(f, k) for f in base.args))
    pair = _outer(base)
    if pair is not None:
        return mul(*(epow(f, k) for f in pair))
    c, scalars, mats = split_product(base)
    if c is S.One and not scalars:
        return None
    return mul(power(const(c), k), *(power(s, k) for s in scalars), epow(mul(*mats) if mats else eye(base.shape[0]), k))


def _power_of_transpose(base: Expr, k: Expr) -> Expr:
    """(A^T).^k for what cannot take the transpose inside: (A.^k)^T, save for a variable."""
    if base.args[0].op == "sym":
        return node("epow", (base, k), None, base.shape)
    made = epow(base.args[0], k)
    plain = made.op == "epow" and made.args[0] is base.args[0]
    return node("T", (made,), None, base.shape) if plain else transpose(made)

