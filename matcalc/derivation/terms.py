"""Terms that are linear in one increment, with their factors in the order in which a person has them.

The normal form of expressions turns and rotates products; a derivation is about just these moves. So its lines are sums of
terms c * s1*s2 * F1*F2*...*Fn, or the trace of such a product, in which one factor holds an increment:

    Spread     d(A X B) = A dX B: the increments of the parts of a sum, product, transpose or trace
    spliced    an increment replaced by what it is equal to
    to_end     tr(A dX B) = tr(B A dX), a^T (u .* dx) = (a .* u)^T dx: the increment moved to the end

Source: Magnus and Neudecker, Matrix Differential Calculus (2019), chapters 1, 3 and 8.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NoReturn

from matcalc.algebra import add, block, diagonal_of, fun, had, mul, power, transpose
from matcalc.algebra.expr import first_of
from matcalc.algebra.node import Expr, array, const, eye, is_zero, ones, split_product, unit, zeros
from matcalc.algebra.normal_form.blocks.building import in_places
from matcalc.algebra.normal_form.norms import MAX_ROTATED, half_of
from matcalc.algebra.walk import substitute
from matcalc.book import rules as rulebook
from matcalc.book.sizes import ONE
from matcalc.calculus.adjoint import jacobian
from matcalc.calculus.differential import rebuild_with
from matcalc.index.graph import Stuck
from matcalc.index.raising import read_matrix
from matcalc.records import dataclass
from matcalc.scalars import S, Scalar, integer


@dataclass(frozen=True)
class Term:
    """coefficient * scalars * chain, or * tr(chain)."""

    coefficient: Scalar = S.One
    scalars: tuple[Expr, ...] = ()
    chain: tuple[Expr, ...] = ()
    traced: bool = False

    @property
    def value(self) -> Expr:
        """The term as an expression in normal form."""
        product = mul(*self.chain)
        return mul(const(self.coefficient), *self.scalars, fun("tr", product) if self.traced else product)

    def times(self, coefficient: Scalar, scalars: Sequence[Expr] = ()) -> Term:
        return replace(self, coefficient=coefficient * self.coefficient, scalars=(*scalars, *self.scalars))


def total(terms: Sequence[Term], zero: Expr) -> Expr:
    """The sum of terms as an expression."""
    return add(zero, *(t.value for t in terms))


# ------------------------------------------------------------------------------------- from an expression


def terms_of(e: Expr, leaf: Expr) -> list[Term]:
    """An expression that is linear in `leaf` as terms, the factor that holds it opened."""
    if e.op == "add":
        return [t for part in e.args for t in terms_of(part, leaf)]
    if is_zero(e):
        return []
    c, scalars, mats = split_product(e)
    if mats:
        return [Term(c, scalars, mats)]
    at = next((i for i, s in enumerate(scalars) if holds(s, leaf)), None)
    if at is None:
        return [Term(c, scalars)]
    held, rest = scalars[at], scalars[:at] + scalars[at + 1 :]
    if held.op == "add":
        return [t.times(c, rest) for t in terms_of(held, leaf)]
    if held.op == "inner":
        return [Term(c, rest, held.args)]
    if held.op == "tr":
        return [t.times(c, rest) for t in _traced(terms_of(held.args[0], leaf))]
    return [Term(c, (*rest, held))]


def holds(e: Expr, leaf: Expr) -> bool:
    """Whether an expression contains a leaf."""
    seen: set[Expr] = set()
    pending = [e]
    while pending:
        n = pending.pop()
        if n is leaf:
            return True
        if n not in seen:
            seen.add(n)
            pending.extend(n.args)
    return False


def _traced(terms: Sequence[Term]) -> list[Term]:
    return [replace(t, traced=True) if t.chain else t for t in terms]


# ------------------------------------------------------------------------------------------------- spread


@dataclass(frozen=True)
class Spread:
    """The differential of sums, products, transposes and other linear operations, in terms of the increments of their parts.

    `increment_of` gives the increment that stands for the differential of a part, or None where it is to be opened further;
    `leaf` that of any part.
    """

    increment_of: Callable[[Expr], Expr | None]
    depends: Callable[[Expr], bool]
    leaf: Callable[[Expr], Expr]

    def part(self, e: Expr) -> list[Term]:
        """The differential of a part: nothing for a constant, an increment, or the part opened."""
        if not self.depends(e):
            return []
        leaf = self.increment_of(e)
        return self.opened(e) if leaf is None else [single(leaf)]

    def opened(self, e: Expr) -> list[Term]:
        """The differential of a linear operation by those of its operands."""
        if e.op == "add":
            return [t for a in e.args for t in self.part(a)]
        if e.op == "mul":
            c, scalars, mats = split_product(e)
            return [t.times(c) for t in self._product(scalars, mats)]
        root = square_root(e)
        if root is not None:
            return [replace(t.times(integer(2)), chain=(transpose(root), *t.chain), traced=e.op == "tr") for t in self.part(root)]
        if e.op == "inner":
            return self._product((), e.args)
        if e.op == "T":
            return [_turned(t) for t in self.part(e.args[0])]
        if e.op == "tr":
            return _traced(self.part(e.args[0]))
        if e.op == "array":
            rows, columns = e.data
            entries = [total(self.part(a), const(0)) for a in e.args]
            return [Term(chain=(array([entries[i * columns : (i + 1) * columns] for i in range(rows)]),))]
        if e.op == "block":
            blocks = [total(self.part(a), zeros(*a.shape)) for a in e.args]
            return as_terms(block([blocks[k : k + e.data[1]] for k in range(0, len(blocks), e.data[1])]))
        return [made for k, a in enumerate(e.args) for t in self.part(a) for made in as_terms(rebuild_with(e, k, t.value))]

    def _product(self, scalars: Sequence[Expr], mats: Sequence[Expr]) -> list[Term]:
        """d(s A B) = ds A B + s dA B + s A dB, where ds is -k dv/v^(k+1) for s = 1/v^k beside what varies too."""
        found = []
        is_quotient = sum(map(self.depends, (*scalars, *mats))) > 1
        for k, s in enumerate(scalars):
            others = (*scalars[:k], *scalars[k + 1 :])
            if is_quotient and is_denominator(s) and self.depends(s):
                v, exponent = s.args
                found.append(Term(exponent.data, (*others, power(v, const(exponent.data - 1)), self.leaf(v)), tuple(mats)))
                continue
            found += [Term(S.One, (*others, t.value), tuple(mats)) if mats else t.times(S.One, others) for t in self.part(s)]
        for k, m in enumerate(mats):
            found += [replace(t.times(S.One, scalars), chain=(*mats[:k], *t.chain, *mats[k + 1 :])) for t in self.part(m)]
        return found


def is_denominator(e: Expr) -> bool:
    """Whether a number is 1/v^k for k = 1, 2, ..."""
    return e.op == "pow" and e.is_scalar and e.args[1].op == "const" and bool(e.args[1].data.is_Integer and e.args[1].data < 0)


def square_root(e: Expr) -> Expr | None:
    """B for tr(B^T B) and b^T b."""
    if e.op == "inner":
        return half_of(e.args)
    mats = split_product(e.args[0])[2] if e.op == "tr" else ()
    root = next((b for i in range(min(len(mats), MAX_ROTATED)) if (b := half_of(mats[i:] + mats[:i])) is not None), None)
    return None if root is None else first_of(root, transpose(root))


def single(leaf: Expr) -> Term:
    """The increment alone."""
    return Term(scalars=(leaf,)) if leaf.is_scalar else Term(chain=(leaf,))


def as_terms(e: Expr) -> list[Term]:
    """A product as a term, with what it is the trace of."""
    if e.op == "add":
        return [t for a in e.args for t in as_terms(a)]
    c, scalars, mats = split_product(e)
    if not mats and len(scalars) == 1 and scalars[0].op in ("inner", "tr"):
        held = scalars[0]
        if held.op == "inner":
            return [Term(c, (), held.args)]
        return [t.times(c) for t in _traced(as_terms(held.args[0]))]
    return [Term(c, scalars, mats)]


def _turned(t: Term) -> Term:
    """The transpose of a term."""
    return t if t.traced or not t.chain else replace(t, chain=tuple(transpose(f) for f in reversed(t.chain)))


# ------------------------------------------------------------------------------------------------- splice


def spliced(t: Term, leaf: Expr, replacement: Sequence[Term]) -> list[Term]:
    """The term with the increment replaced by a sum of terms."""
    if leaf in t.scalars:
        at = t.scalars.index(leaf)
        rest = replace(t, scalars=t.scalars[:at] + t.scalars[at + 1 :])
        return [_scaled(rest, r) for r in replacement]
    for k, f in enumerate(t.chain):
        if f is leaf or not leaf.is_scalar and f is transpose(leaf):
            turn = f is not leaf
            return [
                replace(made.times(t.coefficient, t.scalars), chain=_factors(t.chain[:k], made.chain, t.chain[k + 1 :]), traced=t.traced)
                for made in (_turned(r) if turn else r for r in replacement)
            ]
    if any(f.op in ("array", "block") for f in t.chain):
        return as_terms(_replaced(t.value, leaf, total(replacement, zeros(*leaf.shape))))
    return [made for r in replacement for made in as_terms(_replaced(t.value, leaf, r.value))]


def _factors(*parts: Sequence[Expr]) -> tuple[Expr, ...]:
    """The factors of a product, without identities beside others."""
    factors = tuple(f for part in parts for f in part)
    return tuple(f for f in factors if f.op != "eye") or factors[:1]


def _scaled(rest: Term, r: Term) -> Term:
    """A scalar term times another."""
    if rest.chain and r.chain:
        return rest.times(S.One, (r.value,))
    return Term(rest.coefficient * r.coefficient, (*rest.scalars, *r.scalars), rest.chain or r.chain, rest.traced or r.traced)


def _replaced(e: Expr, leaf: Expr, value: Expr) -> Expr:
    return substitute(e, {leaf.data.name: value}, {})


# ------------------------------------------------------------------------------------------ moves to the end


def to_end(t: Term, leaf: Expr) -> tuple[list[Term], list[str]]:
    """A scalar term with its increment as the last factor, and the moves that take it there.

    Raises Stuck where no form with at most two axes exists.
    """
    done: list[Term] = []
    names: list[str] = []
    pending = [t]
    while pending:
        current = pending.pop(0)
        move = next_move(current, leaf)
        if move is None:
            done.append(current)
        else:
            name, made = move
            names.append(name)
            pending = [*made, *pending]
    return done, [n for n in dict.fromkeys(names) if n]


Moved = tuple[str, list[Term]]
NextMove = Callable[[Term, Expr], Moved | None]


def step_by_step(terms: Sequence[Term], leaf: Expr, following: NextMove) -> list[tuple[list[Term], str]]:
    """The terms after each of the moves that take their increment to the end, with its name; what is moved alike is moved at once."""
    lines: list[tuple[list[Term], str]] = []
    current = list(terms)
    while found := [(t, m) for t in current if (m := following(t, leaf)) is not None]:
        name = found[0][1][0]
        made = {t: m[1] for t, m in found if m[0] == name}
        current = [n for t in current for n in made.get(t, [t])]
        if not name or lines and lines[-1][1] == name:
            lines[-1:] = [(current, lines[-1][1])] if lines else []
        else:
            lines.append((current, name))
    return lines


def next_move(t: Term, leaf: Expr) -> Moved | None:
    """The next move of a term towards its increment standing last; None when it does."""
    at = next((k for k, f in enumerate(t.chain) if holds(f, leaf)), None)
    if at is None:
        return _out_of_scalar(t, leaf)
    f = t.chain[at]
    if f is leaf:
        return _rotated(t, at)
    if f is transpose(leaf) and t.chain[at].op == "T":
        return ("transpose" if t.traced else "scalar_transpose"), [_turned_to_end(t)]
    if at == 0 < len(t.chain) - 1 and f.shape[0] is ONE and not t.traced:
        return "scalar_transpose", [_turned_whole(t)]
    if at < len(t.chain) - 1 and (t.traced or f.shape[1] is not ONE):
        return _to_last(t, at)
    return _opened_factor(t, f, leaf)


def _turned_whole(t: Term) -> Term:
    return replace(t, chain=tuple(transpose(f) for f in reversed(t.chain)))


def _turned_to_end(t: Term) -> Term:
    """tr(A*dX^T) = tr(A^T*dX): what stands last stands first in the transpose, and last again in the trace."""
    turned = _turned_whole(t)
    if not t.traced or t.chain[-1].op != "T":
        return turned
    return replace(turned, chain=(*turned.chain[1:], turned.chain[0]))


def _rotated(t: Term, at: int) -> Moved | None:
    """The increment itself, rotated to the end; a row stays in front."""
    last = at == len(t.chain) - 1
    if last and (not t.traced or t.chain[at].shape[1] is not ONE):
        return None
    if not t.traced and at == 0 and t.chain[0].shape[0] is ONE:
        return None
    return _to_last(t, at)


def _to_last(t: Term, at: int) -> Moved:
    """tr(A F B) = tr(B A F); x^T F y = tr(y x^T F)."""
    name = "cyclic" if t.traced else "scalar_trace"
    chain = t.chain[at + 1 :] + t.chain[: at + 1]
    scalar = chain[0].shape[0] is ONE
    return name, [replace(t, chain=chain, traced=not scalar)]


def _out_of_scalar(t: Term, leaf: Expr) -> Moved | None:
    """An increment inside a scalar factor."""
    at = next(k for k, s in enumerate(t.scalars) if holds(s, leaf))
    s, rest = t.scalars[at], t.scalars[:at] + t.scalars[at + 1 :]
    if s is leaf:
        return None
    if t.chain:
        return "", terms_of(t.value, leaf)
    if s.op == "sum":
        a = s.args[0]
        ends = [ones(n) for n in a.shape]
        chain = (*(() if a.shape[0] is ONE else (transpose(ends[0]),)), a, *(() if a.shape[1] is ONE else (ends[1],)))
        return "sum", [Term(t.coefficient, rest, chain)]
    if s.op == "entry" and all(isinstance(k, int) for k in s.data):
        a = s.args[0]
        row, column = (unit(k, n) for k, n in zip(s.data, a.shape, strict=True))
        left = () if a.shape[0] is ONE else (transpose(row),)
        return "", [Term(t.coefficient, rest, (*left, a, *(() if a.shape[1] is ONE else (column,))))]
    opened = terms_of(t.value, leaf)
    if len(opened) != 1 or opened[0].chain:
        return "", opened
    return _by_coefficient(t, leaf)


def _opened_factor(t: Term, f: Expr, leaf: Expr) -> Moved:
    """The last factor, which holds the increment, taken apart."""
    before = t.chain[:-1]
    if f.op in ("add", "mul"):
        return "", spliced_in(t, f)
    if f.op == "block":
        return "", [made for part in in_places(f) for made in spliced_in(t, part)]
    if f.op == "T":
        return ("transpose" if t.traced else "scalar_transpose"), [_turned_whole(t)]
    p = mul(*before) if before else None
    if f.op == "had" and p is not None:
        held = next(g for g in f.args if holds(g, leaf))
        others = had(*(g for g in f.args if g is not held))
        return "hadamard_trace", [replace(t, chain=(had(p, transpose(others)), held))]
    if f.op == "diag" and p is not None and t.traced:
        return "diagonal_trace", [replace(t, chain=(transpose(diagonal_of(p)), f.args[0]), traced=False)]
    if f.op == "diagv" and p is not None and not t.traced:
        return "diagonal_entries", [replace(t, chain=(fun("diag", transpose(p)), f.args[0]), traced=True)]
    rule = rulebook.find(f.op)
    if rule is not None and rule.adjoint and t.traced and not any(holds(a, leaf) for a in f.args[:-1]):
        return "adjoint", [_by_adjoint(t, f, rule.adjoint)]
    return _by_coefficient(t, leaf)


def _by_adjoint(t: Term, f: Expr, adjoint: str) -> Term:
    """tr(P f(A, dX)) = tr(g(A^T, P^T)^T dX) for the adjoint g of f."""
    *fixed, moving = f.args
    p = mul(*t.chain[:-1]) if len(t.chain) > 1 else eye(f.shape[0])
    c, scalars, mats = split_product(fun(adjoint, *map(transpose, fixed), transpose(p)))
    held = Term(*split_product(moving))
    return replace(t.times(c * held.coefficient, (*scalars, *held.scalars)), chain=(transpose(mul(*mats)), *held.chain))


def spliced_in(t: Term, f: Expr) -> list[Term]:
    """The product with its last factor, a sum or product, multiplied out."""
    return [
        replace(made.times(t.coefficient, t.scalars), chain=(*t.chain[:-1], *made.chain), traced=t.traced)
        for made in (Term(*split_product(part)) for part in (f.args if f.op == "add" else (f,)))
    ]


def _by_coefficient(t: Term, leaf: Expr) -> Moved:
    """The coefficient of the increment, found entry by entry."""
    g = coefficient(t.value, leaf)
    c, scalars, mats = split_product(transpose(g))
    if leaf.is_scalar:
        return "entries", [Term(c, (*scalars, *mats, leaf))]
    traced = leaf.shape[0] is not ONE and leaf.shape[1] is not ONE
    chain = (leaf, *mats) if leaf.shape[0] is ONE else (*mats, leaf)
    return "entries", [Term(c, scalars, chain, traced)]


def coefficient(e: Expr, leaf: Expr) -> Expr:
    """G for a scalar expression that is tr(G^T dX), linear in the leaf dX."""
    found = jacobian(e, leaf)
    return read_matrix(found.terms, *found.x, leaf.shape)


def split_end(t: Term, leaf: Expr) -> Expr:
    """P of a term that is tr(P dX), p^T dx or p dt."""
    if leaf.is_scalar:
        at = t.scalars.index(leaf)
        return replace(t, scalars=t.scalars[:at] + t.scalars[at + 1 :]).value
    rest = t.chain[1:] if t.chain[0] is leaf else t.chain[:-1]
    return mul(const(t.coefficient), *t.scalars, *(rest or (eye(leaf.shape[0]),)))


def is_linear(e: Expr) -> bool:
    """Whether an operation is linear in each of its operands."""
    if e.op in ("add", "mul", "inner", "T", "had", "entry", "array", "block"):
        return True
    rule = rulebook.find(e.op)
    return rule is not None and rule.kind in ("linear", "bilinear")


def to_columns(t: Term, leaf: Expr) -> tuple[list[Term], list[str]]:
    """A term whose value is a column, with its increment, a column too, as the last factor.

    Raises Stuck where these moves do not lead there.
    """
    done: list[Term] = []
    names: list[str] = []
    pending = [t]
    while pending:
        current = pending.pop(0)
        move = next_column_move(current, leaf)
        if move is None:
            done.append(current)
        else:
            name, made = move
            names.append(name)
            pending = [*made, *pending]
    return done, [n for n in dict.fromkeys(names) if n]


def next_column_move(t: Term, leaf: Expr) -> Moved | None:
    """The next move of a column towards its increment standing last; None when it does."""
    if t.chain and t.chain[-1] is leaf:
        return None
    at = next((k for k, f in enumerate(t.chain) if holds(f, leaf)), None)
    if at is None:
        return _scalar_moved(t, leaf)
    f = t.chain[at]
    if 0 < at < len(t.chain) - 1 and f.shape[0] is ONE:
        return "", [replace(t, scalars=(*t.scalars, mul(*t.chain[at:])), chain=t.chain[:at])]
    if at < len(t.chain) - 1 and f.shape[1] is ONE:
        return "scalar_commutes", [replace(t, scalars=(*t.scalars, mul(*t.chain[at + 1 :])), chain=t.chain[: at + 1])]
    if at < len(t.chain) - 1:
        return _stuck(t)
    if f.op in ("add", "mul"):
        return "", spliced_in(t, f)
    if f.op == "block":
        return "", [made for part in in_places(f) for made in spliced_in(t, part)]
    if f.op == "had":
        held = next(g for g in f.args if holds(g, leaf))
        others = had(*(g for g in f.args if g is not held))
        return "hadamard_diagonal", [replace(t, chain=(*t.chain[:-1], fun("diag", others), held))]
    return _stuck(t)


def _scalar_moved(t: Term, leaf: Expr) -> Moved:
    """(p^T dx) v = v p^T dx."""
    at = next(k for k, s in enumerate(t.scalars) if holds(s, leaf))
    rest = t.scalars[:at] + t.scalars[at + 1 :]
    moved = [m for opened in terms_of(t.scalars[at], leaf) for m in to_end(opened, leaf)[0]]
    return "scalar_commutes", [Term(t.coefficient * m.coefficient, (*rest, *m.scalars), (*t.chain, *m.chain)) for m in moved]


def _stuck(t: Term) -> NoReturn:
    raise Stuck(f"no move takes the increment of {t.value!r} to the end")
