"""A second derivative that reuses what is known: the function f, its gradient g, and named parts, each with its differential.

    f  = log(1 + x^T*A*x)
    g  = (A + A^T)*x/alpha where alpha = 1 + x^T*A*x
    dg = (A + A^T)*dx/alpha - g*dalpha/alpha
       = (A + A^T)*dx/alpha - g*g^T*dx
    H  = (A + A^T)/alpha - g*g^T

Symbols stand for f, g and the parts. Their differentials are d f = g^T dx and d p = J dx, where J is written with the symbols too.

Source: Magnus and Neudecker, Matrix Differential Calculus (2019), sections 10.2 and 10.3.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from matcalc.algebra import mul, power, transpose
from matcalc.algebra.node import Expr, base_and_exponent, const, split_product, sym
from matcalc.algebra.structure import properties
from matcalc.algebra.walk import depends, in_order, substitute
from matcalc.book.moves import Move, move
from matcalc.book.sizes import ONE
from matcalc.calculus.adjoint import jacobian
from matcalc.derivation.stages import ArrayDifferential
from matcalc.derivation.terms import Term, as_terms, holds
from matcalc.index.raising import read_vec
from matcalc.records import dataclass
from matcalc.simplify.parts import forms_of, named_parts
from matcalc.simplify.simplify import simplify

Known = Mapping[Expr, Expr]


@dataclass(frozen=True)
class Definition:
    """A symbol, what it stands for in the variables, and the same written with the symbols before it."""

    symbol: Expr
    whole: Expr
    shown: Expr


class Reusing(ArrayDifferential):
    """dg in symbols whose differentials J dx are known; what makes up the whole of a definition is written as its symbol."""

    def __init__(self, g: Definition, x: Expr, known: Known) -> None:
        super().__init__(g.shown, x, (), dict(known))
        self.gradient = g
        for symbol in known:
            self.varying |= set(depends(g.shown, symbol))

    def varies(self, e: Expr) -> bool:
        """Whether a part holds the variable or a symbol."""
        return super().varies(e) or any(holds(e, symbol) for symbol in self.known)

    def opened(self, e: Expr) -> tuple[list[Term], list[Move]]:
        """The differential of a part; that of a symbol is known."""
        if e in self.known:
            is_function = self.known[e] is transpose(self.gradient.symbol)
            return as_terms(mul(self.known[e], self.dx)), [move("known_differential" if is_function else "parts_differentials")]
        terms, moves = super().opened(e)
        return [folded_term(_without_identity(t), self.gradient) for t in terms], moves


def _without_identity(t: Term) -> Term:
    """A term without the identity matrices that other factors make needless."""
    others = tuple(f for f in t.chain if f.op != "eye")
    return replace(t, chain=others) if others and not t.traced else t


def definitions_of(y: Expr, name: str, parts: Mapping[Expr, str]) -> list[Definition]:
    """The definitions of parts that have names already, and of the function last."""
    known: dict[Expr, Expr] = {}
    found: list[Definition] = []
    for part, label in [*((p, label) for p, label in parts.items() if p is not y), (y, name)]:
        symbol = sym(label, part.shape, properties=properties(part))
        found.append(Definition(symbol, part, substitute(part, {}, {}, known)))
        known |= forms_of(part, symbol)
    return found


def with_parts(g: Expr, h: Expr, x: Expr, known: Sequence[Definition], taken: Iterable[str]) -> list[Definition]:
    """The definitions that are known, and those of the varying numbers and columns that a gradient and a Hessian write several times."""
    found = [*known[:-1]]
    before = [x, *(d.symbol for d in known)]
    for part, label in named_parts(written_with(g, known), taken, least=1, others=[written_with(h, known)]).items():
        if part.shape[1] is ONE and any(holds(part, symbol) for symbol in before):
            shown = substitute(part, {}, {}, {form: stands for d in found for form, stands in forms_of(d.shown, d.symbol).items()})
            symbol = sym(label, part.shape, properties=properties(part))
            found.append(Definition(symbol, expanded(part, [*found, known[-1]]), shown))
    return [*found, known[-1]]


def written_with(e: Expr, definitions: Sequence[Definition]) -> Expr:
    """An expression in the symbols, in its shortest form."""
    known = {form: stands for d in definitions for form, stands in forms_of(d.whole, d.symbol).items()}
    made = substitute(e, {}, {}, known)
    for d in reversed(definitions):
        made = folded(made, d)
    return simplify(made)


def differential_of(d: Definition, x: Expr, definitions: Sequence[Definition], g: Definition) -> Expr:
    """J of d p = J dx, written with the symbols."""
    made = jacobian(d.whole, x)
    found = written_with(simplify(read_vec(made.terms, made.y, made.x)), definitions)
    return min(found, folded(found, g), key=lambda e: e.weight)


# --------------------------------------------------------------------------------------------------- folding


def folded(e: Expr, d: Definition) -> Expr:
    """An expression with the symbol wherever a product holds all factors of what it stands for and that is no longer."""
    done: dict[Expr, Expr] = {}
    for n in in_order([e]):
        made = substitute(n, {}, {}, {a: done[a] for a in n.args if done[a] is not a}) if n.args else n
        other = _in_product(made, d)
        done[n] = made if other is None or other.weight > made.weight else other
    return done[e]


def _in_product(e: Expr, d: Definition) -> Expr | None:
    """A product with the symbol in place of its factors, divided by what else the definition has."""
    c, scalars, mats = split_product(e)
    for shown, symbol in ((d.shown, d.symbol), (transpose(d.shown), transpose(d.symbol))):
        c0, scalars0, mats0 = split_product(shown)
        if not mats0 and len(scalars0) > 1 and _divides(scalars0, scalars):
            return mul(const(c / c0), symbol, *scalars, *(power(s, -1) for s in scalars0), *mats)
        for k in range(len(mats) - len(mats0) + 1):
            if mats[k : k + len(mats0)] == mats0 and len(mats0) > 1:
                rest = [power(s, -1) for s in scalars0]
                return mul(const(c / c0), *scalars, *rest, *mats[:k], symbol, *mats[k + len(mats0) :])
    return None


def _divides(factors: Sequence[Expr], others: Sequence[Expr]) -> bool:
    """Whether factors are among others that may have higher powers, of the same sign."""
    powers = dict(map(base_and_exponent, others))
    for base, k in map(base_and_exponent, factors):
        held = powers.get(base)
        if held is None or held is not k and not _is_multiple(held, k):
            return False
    return True


def _is_multiple(k: Expr, of: Expr) -> bool:
    """Whether an exponent is a positive whole multiple of another."""
    if not k.op == of.op == "const":
        return False
    times = k.data / of.data
    return bool(times.is_Integer) and bool(times.is_positive)


def folded_term(t: Term, d: Definition) -> Term:
    """A term with the symbol in place of the factors that make it up, and of their numbers."""
    c0, scalars0, mats0 = split_product(d.shown)
    for k in range(len(t.chain) - len(mats0) + 1):
        if mats0 and t.chain[k : k + len(mats0)] == mats0:
            c, scalars, none = split_product(mul(const(t.coefficient / c0), *t.scalars, *(power(s, -1) for s in scalars0)))
            if not none and sum(s.weight for s in scalars) <= sum(s.weight for s in t.scalars):
                return Term(c, scalars, (*t.chain[:k], d.symbol, *t.chain[k + len(mats0) :]), t.traced)
    return t


def expanded(e: Expr, definitions: Sequence[Definition]) -> Expr:
    """An expression with what the symbols stand for."""
    return substitute(e, {d.symbol.data.name: d.whole for d in definitions}, {})
