"""Sums and products as forms: the signs of differences, the factors of chains, what divides."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from dataclasses import replace
from typing import Any, Final

from matcalc.algebra import adjoint, conjugate, imag, mul, negative, real, transpose
from matcalc.algebra.node import Expr, const, node, split_coefficient, split_product
from matcalc.algebra.normal_form.norms import half_of
from matcalc.algebra.normal_form.selection import picks_rows
from matcalc.book import rules as rulebook
from matcalc.book.operators import ATOM
from matcalc.book.sizes import ONE
from matcalc.printing.constants import constant, constant_factors, dimension, exponent_number
from matcalc.printing.forms import (
    FACTOR,
    NUMERATOR,
    PRODUCT,
    Form,
    Signed,
    applied,
    conjugated,
    inverted,
    is_half,
    joined,
    name,
    number,
    quotient,
    raised,
    signed_sum,
    square_root,
    turned,
    unsigned,
)
from matcalc.printing.forms import adjoint as conjugate_transposed
from matcalc.printing.leaves import Leaves
from matcalc.scalars import S, Scalar, imaginary_unit

LONGEST_GROUP: Final = 10
# A + A^T of a longer A is 2*sym(A), of any A in the answer to a request that speaks of sym; likewise A - A^T and skew.
HEAVY: Final = 12
# So many operations may stand around a difference that a sign goes into.
DEEPEST: Final = 6
# What is linear in its one operand, so that a sign goes inside.
ADDITIVE: Final = frozenset({"diag", "vec", "sum", "tr", "diagv"})
PARTS: Final = (("sym", False), ("skew", True))

Range = tuple[Any, Any] | None


class Products(Leaves):
    """The forms of sums and products."""

    def _sum(self, e: Expr) -> Signed:
        args = self._writing.terms(e.args)
        bare = [_is_scaled_identity(t) for t in args]
        identity = None if all(bare) else self._identity
        terms = [
            self._product_of(*split_product(t), identity) if is_identity or t not in self._direct else self.pick(t, PRODUCT)
            for t, is_identity in zip(args, bare, strict=True)
        ]
        if not all(_is_negative(t) for t in args):
            signed = [_is_negative(t) and not identity_here for t, identity_here in zip(args, bare, strict=True)]
            terms = [self._signed_term(t) if minus else term for t, term, minus in zip(args, terms, signed, strict=True)]
        whole = self._under_diagonals(e)
        ways = [signed_sum(terms)] if whole is None else [signed_sum(terms), (False, applied("diagv", [self.shown(whole)]))]
        if e.has_complex and (twice := _of_conjugates(e)) is not None:
            self.prepare([twice])
            ways.insert(0, self.pick(twice))
        return min(ways, key=lambda way: way[1].cost)

    def _signed_term(self, t: Expr) -> Signed:
        """A negative term after others: its minus costs nothing, so nothing is turned to take it in."""
        if t in self._named or t.op != "mul":
            return self.pick(t, PRODUCT) if t in self._named or t in self._direct else self._product_of(*split_product(t))
        c, scalars, mats = split_product(t)
        minus, form = self._product_of(-c, scalars, mats, any_sign=True)
        return not minus, form

    def _product(self, e: Expr) -> Signed:
        return self._product_of(*split_product(e))

    def _product_of(
        self, c: Scalar, scalars: Sequence[Expr], mats: Sequence[Expr], identity: Form | None = None, any_sign: bool = False
    ) -> Signed:
        c, mats = self._with_parts(c, mats)
        if self._opposite:
            c, scalars, mats = self._by_names(c, scalars, mats)
        c, scalars, mats = self._oriented(c, list(scalars), list(mats), any_sign)
        opened = [s for s in scalars if s.op == "inner" and s not in self._named] if not mats else []
        last = opened[0] if len(opened) == 1 and not any(s.op == "add" for s in scalars) else None
        minus, above, below = self.factors(c, [s for s in scalars if s is not last])
        if last is not None and (above or below):
            product = self.shown(last)
            above += product.parts if product.kind == "product" else (product,)
        elif last is not None:
            above.append(self.shown(last, FACTOR))
        if len(mats) == 1 and mats[0].op == "eye" and identity is not None:
            above.append(identity)
        elif len(mats) == 1 and not scalars and not above:
            minus_too, form = self.pick(mats[0], NUMERATOR if below else PRODUCT)
            return minus is not minus_too, quotient([form], below)
        else:
            above += self._chain(mats)
        turns, above = without_signs(above)
        return minus is not turns, _masked_multiple(above) if not below and len(above) == 2 else quotient(above, below)

    def _with_parts(self, c: Scalar, mats: Sequence[Expr]) -> tuple[Scalar, Sequence[Expr]]:
        """A factor A + A^T as the symmetric part of A, a factor A - A^T as its skew part, and twice the number before them."""
        for k, f in enumerate(mats):
            made = self._part_of_square(f)
            if made is not None:
                c, mats = 2 * c, (*mats[:k], made, *mats[k + 1 :])
        return c, mats

    def _part_of_square(self, e: Expr) -> Expr | None:
        """sym(A) for A + A^T, skew(A) for A - A^T."""
        if e.op != "add" or len(e.args) != 2 or e in self._named:
            return None
        a, b = sorted(e.args, key=_is_negative)
        for function, minus in PARTS:
            known = function in self._writing.vocabulary or min(a.weight, b.weight) >= HEAVY
            if b is transpose(negative(a) if minus else a) and known and rulebook.find(function) is not None:
                return self._spelt(function, a if minus else min((a, b), key=lambda t: self.shown(t).cost))
        return None

    def _spelt(self, function: str, a: Expr) -> Expr:
        """A node that is shown as the function of an expression, and its transpose."""
        form = applied(function, [self.shown(a)])
        made = node(f"part {function}", (a,), None, a.shape)
        self._direct[made] = (False, form)
        self._direct[transpose(made)] = (False, form)
        return made

    def term(self, c: Scalar, scalars: Sequence[Expr], chain: Sequence[Expr], traced: bool, last: Container[Expr]) -> Signed:
        """A term of a derivation; an increment among its scalars stands last."""
        c, scalars, chain = self._by_names(c, scalars, self._in_runs(chain))
        minus, above, below = self.factors(c, [s for s in scalars if s not in last])
        turns, factors = without_signs([self.shown(f, FACTOR) for f in chain])
        above += [applied("tr", [joined("product", factors)])] if traced else factors
        above += [self.shown(s, FACTOR) for s in scalars if s in last]
        return minus is not turns, quotient(above, below)

    def _in_runs(self, chain: Sequence[Expr]) -> Sequence[Expr]:
        """The factors, a run of which that is a named product is that part."""
        for part in self._named:
            c, scalars, mats = split_product(part)
            if part.op != "mul" or c is not S.One or scalars or len(mats) < 2 or len(mats) >= len(chain):
                continue
            for run, whole in ((mats, part), (tuple(transpose(m) for m in reversed(mats)), transpose(part))):
                at = next((k for k in range(len(chain) - len(run) + 1) if tuple(chain[k : k + len(run)]) == run), None)
                chain = chain if at is None else (*chain[:at], whole, *chain[at + len(run) :])
        return chain

    def _by_names(self, c: Scalar, scalars: Sequence[Expr], mats: Sequence[Expr]) -> tuple[Scalar, list[Expr], list[Expr]]:
        """Factors whose opposites have names, or are written in the request: these, the sign before the product."""
        others = [self._opposite_of(f) for f in (*scalars, *mats)]
        made = [f if other is None else other for f, other in zip((*scalars, *mats), others, strict=True)]
        # The transpose of a factor may be minus another one, whose transpose is minus the first: what has a form is not looked at again.
        self.prepare([f for f in made if f not in self._direct])
        return -c if sum(other is not None for other in others) % 2 else c, made[: len(scalars)], made[len(scalars) :]

    def _opposite_of(self, f: Expr) -> Expr | None:
        """What a factor is the opposite of, where that is a named part, a difference as it is written, or an odd power of one."""
        if f.op == "T":
            other = self._opposite_of(f.args[0])
            return None if other is None else transpose(other)
        base = f.args[0] if _is_odd_power(f) or _is_inverse(f) else f
        if base not in self._opposite and (self._has_name(base) or base not in self._writing.turned):
            return None
        return negative(f) if base is f else node(f.op, (negative(base), f.args[1]), f.data, f.shape)

    def _has_name(self, e: Expr) -> bool:
        """Whether an expression or its transpose is a named part."""
        return e in self._named or bool(self._named) and not e.is_scalar and transpose(e) in self._named

    def _oriented(
        self, c: Scalar, scalars: list[Expr], mats: list[Expr], any_sign: bool = False
    ) -> tuple[Scalar, Sequence[Expr], Sequence[Expr]]:
        """-2 W (s - x) as 2 W (x - s): differences as they are written, as far as the sign goes into one; `any_sign` costs nothing."""
        minus = bool(c.could_extract_minus_sign())
        if not minus and not self._writing.turned:
            return c, scalars, mats
        places = [(factors, k) for factors in (mats, scalars) for k in range(len(factors))]
        leads = [self._difference_in(factors[k]) for factors, k in places]
        chosen = [i for i, lead in enumerate(leads) if lead in self._writing.turned]
        if not any_sign and minus is not bool(len(chosen) % 2):
            free = (i for i, lead in enumerate(leads) if lead is not None and i not in chosen and not _is_squared(*places[i]))
            others = sorted(free, key=lambda i: (leads[i] in self._writing.forms, _is_inverse(places[i][0][places[i][1]]))) if minus else []
            chosen = [*chosen, others[0]] if others else chosen[:-1]
        for factors, k in (places[i] for i in chosen):
            if (opposite := self._turned_in(factors[k])) is not None:
                factors[k], c = opposite, -c
        return c, scalars, mats

    def _difference_in(self, f: Expr, depth: int = DEEPEST) -> Expr | None:
        """The difference a - b that a factor is, or is linear or odd in."""
        while not self._has_name(f) and depth:
            if f.op == "add":
                return f if any(map(_is_negative, f.args)) else None
            if f.op in ("had", "inner"):
                leads = self._differences(f.args, depth - 1)
                return leads[0] if len(leads) == 1 else None
            if f.op == "mul" or f.op == "kron" and all(a.op != "add" or len(a.args) == 2 for a in f.args):
                return next(iter(self._differences(f.args, depth - 1)), None)
            if _is_odd_power(f):
                base = f.args[0]
                return base if base.op == "add" and any(map(_is_negative, base.args)) and base not in self._writing.forms else None
            if _is_inverse(f) and f.args[0].op == "add" and negative(f.args[0]).weight > f.args[0].weight:
                return None
            if f.op not in ADDITIVE and not _is_odd(f.op) and not _is_inverse(f):
                return None
            f, depth = f.args[0], depth - 1
        return None

    def _differences(self, factors: Sequence[Expr], depth: int) -> list[Expr]:
        return [lead for f in factors if (lead := self._difference_in(f, depth)) is not None]

    def _turned_in(self, f: Expr, depth: int = DEEPEST) -> Expr | None:
        """The factor with that difference turned, b - a; None where it stays, as what was turned before has a form that holds it."""
        if f.op == "add":
            other = negative(f)
            self.prepare([other])
            return other
        # Looked for no deeper than when it was found: of two differences in a Hadamard product none would be.
        inside = max(depth - 1, 1)
        k = next((k for k, a in enumerate(f.args) if self._difference_in(a, inside) is not None), -1)
        if k < 0 or (opposite := self._turned_in(f.args[k], inside)) is None:
            return None
        other = node(f.op, (*f.args[:k], opposite, *f.args[k + 1 :]), f.data, f.shape)
        self._direct[other] = self.spell(other)
        if not f.is_scalar and transpose(other) not in self._direct:
            self._direct[transpose(other)] = False, _transposed(f, unsigned(self._direct[other]))
        return other

    def factors(self, c: Scalar, scalars: Sequence[Expr], mats: Sequence[Expr] = ()) -> tuple[bool, list[Form], list[Form]]:
        """(negative, numerators, denominators) of a product of scalars."""
        minus, above, below = constant_factors(c)
        for s in self._writing.factors(scalars):
            form, divides = self._scalar_factor(s)
            (below if divides else above).append(form)
        turns, above = without_signs(above)
        return minus is not turns, above, below

    def _scalar_factor(self, s: Expr) -> tuple[Form, bool]:
        """A scalar factor, and whether it divides."""
        return self._power_of_number(s) if s.op == "pow" and s not in self._named else (self.shown(s, FACTOR), False)

    def _power_of_number(self, e: Expr) -> tuple[Form, bool]:
        """A power of a number, and whether it divides."""
        c, rest = split_coefficient(e.args[1])
        if c.could_extract_minus_sign():
            return self._scalar_power(e.args[0], self._negated(-c, rest)), True
        if rest.op == "add" and all(map(_is_negative, (t for t in rest.args if t.op != "const"))):
            # 1 - p, where p - 1 divides.
            other = negative(e.args[1])
            self.prepare([other])
            return self._scalar_power(e.args[0], self._exponent(other)), True
        return self._scalar_power(e.args[0], self._exponent(e.args[1])), False

    def _negated(self, c: Scalar, rest: Expr) -> Form:
        """c times the rest of an exponent."""
        if rest.op == "const":
            return exponent_number(c * rest.data)
        return unsigned(self._product_of(c, *split_product(rest)[1:]))

    def _scalar_power(self, base: Expr, exponent: Form) -> Form:
        if exponent.kind == "number" and exponent.data == "1":
            return self.shown(base, FACTOR)
        if exponent.kind == "half" and not self._named and base in self._writing.norms:
            form, top = self._writing.norms[base], exponent.data[0]
            return form if top == 1 else raised("power", form, number(top))
        if is_half(exponent):
            return square_root(self.shown(base))
        base = self.even(base) if exponent.kind == "number" and exponent.data.isdigit() and int(exponent.data) % 2 == 0 else base
        form = self.shown(base)
        if base.op in ("tr", "inner") and form.kind == "power" and exponent.kind == "number" and exponent.data.isdigit():
            return raised("power", form.parts[0], number(2 * int(exponent.data)))
        return raised("power", self.shown(base, ATOM), exponent)

    def _chain(self, mats: Sequence[Expr]) -> list[Form]:
        """The factors of a product, stretches of them under one transpose where that is shorter."""
        if self._writing.divided and (placed := self._placed(mats)) is not None:
            return [placed]
        links = self._links(mats)
        scaled = self._scaled_by_outer(mats)
        if scaled is not None and scaled.cost < joined("product", [one for one, _ in links]).cost:
            return [scaled]
        single = [one for one, _ in links]
        ways: list[tuple[list[Form], Callable[[Form], Form], bool]] = [([other for _, other in links], turned, True)]
        if any(f.has_complex for f in mats) and len(links) == len(mats):
            ways += self._conjugated_chains(mats)
        best: list[tuple[int, list[Form]]] = [(0, [])]
        for j in range(1, len(single) + 1):
            cost, forms = best[j - 1]
            best.append((cost + single[j - 1].cost_in(FACTOR) + 1, [*forms, single[j - 1]]))
            for i in range(max(0, j - LONGEST_GROUP), j - 1):
                for others, turning, backwards in ways:
                    group = turning(joined("product", others[i:j][::-1] if backwards else others[i:j]))
                    if best[i][0] + group.cost + 1 < best[j][0]:
                        best[j] = (best[i][0] + group.cost + 1, [*best[i][1], group])
        return best[-1][1]

    def _conjugated_chains(self, mats: Sequence[Expr]) -> list[tuple[list[Form], Callable[[Form], Form], bool]]:
        """The conjugates of the factors of a chain, and their conjugate transposes, with what is done to a stretch of them."""
        both = [[self.shown(turning(f), FACTOR) for f in mats] for turning in (conjugate, adjoint)]
        return [(both[0], conjugated, False), (both[1], conjugate_transposed, True)]

    def _placed(self, mats: Sequence[Expr]) -> Form | None:
        """[A*B; zeros(n,p)] for columns of the identity times A*B, and the same turned."""
        if len(mats) < 2:
            return None
        down, beside = mats[0].op == "columns", mats[-1].op == "T" and mats[-1].args[0].op == "columns"
        if down is beside:
            return None
        rest = mats[1:] if down else mats[:-1]
        width = rest[-1].shape[1] if down else rest[0].shape[0]
        return self._in_place(mats[0] if down else mats[-1].args[0], self._chain(rest), width, beside)

    def _scaled_by_outer(self, mats: Sequence[Expr]) -> Form | None:
        """diag(a)*M*diag(b) as (a*b^T).*M."""
        if len(mats) != 3 or mats[0].op != "diag" or mats[2].op != "diag" or any(f in self._named for f in mats):
            return None
        outer = joined("product", [*self._chain((mats[0].args[0],)), *self._chain((transpose(mats[2].args[0]),))])
        return self._entry_by_entry([outer], mats[1].args if mats[1].op == "had" else (mats[1],))

    def _scaled_column(self, f: Expr) -> list[tuple[Form, Form]]:
        """u.*(M*v) as diag(u)*M*v, and its transpose: the links of a chain; none where parentheses would be needed all the same."""
        products = [g for g in f.args if g.op == "mul"] if f.op == "had" and ONE in f.shape and f not in self._named else []
        others = [g for g in f.args if g.op != "mul"]
        if len(products) != 1 or len(others) != 1 or others[0].op in ("add", "epow"):
            return []
        if any(g.op in ("add", "had") for g in products[0].args):
            return []
        column = f.shape[1] is ONE
        weights = applied("diag", [self.shown(others[0] if column else transpose(others[0]))])
        links = [(self.shown(g, FACTOR), self._flipped(g)) for g in products[0].args]
        return [(weights, weights), *links] if column else [*links, (weights, weights)]

    def _links(self, mats: Sequence[Expr]) -> list[tuple[Form, Form]]:
        """Each factor of a chain and its transpose; a matrix next to a unit vector is its row or column with it."""
        links: list[tuple[Form, Form]] = []
        k = 0
        while k < len(mats):
            row = mats[k].args[0] if self._slices_rows(mats[k]) and k + 1 < len(mats) else None
            f = mats[k] if row is None else mats[k + 1]
            k += 1 if row is None else 2
            column = mats[k] if k < len(mats) and self._slices_rows(transpose(mats[k])) else None
            if column is not None and (self._slices_rows(f) or f.shape[1] is ONE):
                column = None
            k += column is not None
            if row is None and column is None:
                scaled = self._scaled_column(f) if len(mats) > 1 else []
                links += scaled or [(self.shown(f, FACTOR), self._flipped(f))]
            else:
                links.append(self._sliced(f, (_range(row), _range(column))))
        return links

    def _slices_rows(self, f: Expr) -> bool:
        """Whether a factor is written as a slice of the one after it."""
        return picks_rows(f) and not (self._writing.divided and f.args[0].op == "columns")

    def _sliced(self, f: Expr, at: tuple[Range, Range]) -> tuple[Form, Form]:
        """Rows or columns of a matrix, and their transpose; a row of A^T is a column of A, turned."""
        if f.op == "T":
            return self._sliced(f.args[0], at[::-1])[::-1]
        base = self.shown(f, ATOM)
        places = tuple(None if r is None else tuple(dimension(d) if isinstance(d, Scalar) else name(str(d)) for d in r) for r in at)
        shown = places if f.shape[1] is not ONE else places[:1]
        column = Form("slice", (base,), shown, base.cost_in(ATOM) + 5)
        return column, turned(column)

    def _flipped(self, f: Expr) -> Form:
        return self.shown(transpose(f), FACTOR)

    def _inner(self, e: Expr) -> Signed:
        """x^T*A*y; norm2(A*x - b)^2 where that is shorter."""
        if self._opposite and (named := self._inner_by_names(e.args)) is not None:
            return named
        plain = joined("product", self._chain(self._evenly(e.args)))
        half = half_of(e.args) if len(e.args) > 2 or e.args[1].op != "sym" else None
        if half is None:
            summed = self._summed(e)
            return False, plain if summed is None or summed.cost >= plain.cost else summed
        half = self.even(half)
        self.prepare([half])
        norm = raised("power", applied("norm2", [self.shown(half)]), number(2))
        return False, norm if norm.cost < plain.cost else plain

    def _inner_by_names(self, chain: Sequence[Expr]) -> Signed | None:
        """A chain in which the opposites of named parts stand; None where none does."""
        c, _, others = self._by_names(S.One, (), chain)
        return None if list(chain) == others else (c is not S.One, joined("product", self._chain(others)))

    def _evenly(self, chain: Sequence[Expr]) -> Sequence[Expr]:
        """(x - u)^T*A*(x - u) with the differences as they are written, where the sign of the product stays."""
        c, _, others = self._oriented(S.One, [], list(chain)) if self._writing.turned else (S.One, [], chain)
        return others if c is S.One else chain

    def _summed(self, e: Expr) -> Form | None:
        """sum(u./v) for the product of a row and a column one of which divides; None where none does."""
        factors = [g for f in (transpose(e.args[0]), *e.args[1:]) for g in (f.args if f.op == "had" and f not in self._named else (f,))]
        if len(e.args) != 2 or not any(g.op == "epow" and _is_negative(g.args[1]) for g in factors):
            return None
        self.prepare(factors)
        return applied("sum", [self._entry_by_entry([], factors)])

    def _entry_by_entry(self, above: list[Form], factors: Sequence[Expr]) -> Form:
        below: list[Form] = []
        for f in self._writing.terms(factors):
            if f.op == "epow" and f not in self._named and f.args[1].op == "const" and f.args[1].data.could_extract_minus_sign():
                below.append(self._elementwise_root(f.args[0], -f.args[1].data))
            else:
                above.append(self.shown(f, FACTOR))
        if not above:
            return raised("epower", joined("had", below, len(below)), unsigned(constant(S.NegativeOne)))
        return joined("had", above + below, len(above))

    def _elementwise_root(self, base: Expr, k: Scalar) -> Form:
        if k is S.One:
            return self.shown(base, FACTOR)
        if k == S.Half:
            return square_root(self.shown(base), elementwise=True)
        return raised("epower", self.shown(base, ATOM), exponent_number(k))


def without_signs(factors: Sequence[Form]) -> tuple[bool, list[Form]]:
    """Factors without their minus signs, and whether these leave one."""
    found = [_without_sign(form) for form in factors]
    return bool(sum(minus for minus, _ in found) % 2), [form for _, form in found]


def _without_sign(form: Form) -> Signed:
    """-x and -x - y as x and x + y."""
    if form.kind == "negative":
        return True, form.parts[0]
    if form.kind == "sum" and all(form.data):
        return True, replace(form, data=tuple(False for _ in form.data), cost=form.cost - 1)
    return False, form


def _of_conjugates(e: Expr) -> Expr | None:
    """2*real(A) for A + conj(A), 2j*imag(A) for A - conj(A)."""
    if len(e.args) != 2:
        return None
    a, b = e.args
    other = conjugate(a)
    if b is other:
        return mul(const(2), real(a))
    return mul(const(2 * imaginary_unit()), imag(a)) if b is negative(other) else None


def _is_squared(factors: Sequence[Expr], k: int) -> bool:
    """Whether the transpose of a factor stands beside it."""
    return any(g is not factors[k] and g is transpose(factors[k]) for g in factors)


def _is_odd(function: str) -> bool:
    rule = rulebook.find(function)
    return rule is not None and rule.parity == "odd"


def _is_odd_power(f: Expr) -> bool:
    """One over a number or over every entry, or an odd power of that."""
    return f.op in ("pow", "epow") and (f.op == "epow" or f.is_scalar) and f.args[1].op == "const" and bool(f.args[1].data.is_odd)


def _is_inverse(f: Expr) -> bool:
    return f.op == "pow" and not f.is_scalar and f.args[1].op == "const" and f.args[1].data is S.NegativeOne


def _transposed(f: Expr, form: Form) -> Form:
    """The transpose of a factor whose form is known."""
    if not _is_inverse(f):
        return form if f.op == "diag" else turned(form)
    return inverted(form.parts[0]) if form.kind == "inverse_transpose" else inverted(turned(form.parts[0]))


def _masked_multiple(factors: Sequence[Form]) -> Form:
    """2*X.*I for 2*(X.*I), which is the same from left to right; any other product of two factors as it is."""
    number_, had = factors
    if number_.kind == "number" and had.kind == "had" and had.data == 2 and had.parts[-1].kind == "identity":
        return joined("had", [joined("product", [number_, had.parts[0]]), had.parts[1]], 2)
    return quotient(factors, [])


def _is_negative(t: Expr) -> bool:
    return bool(split_coefficient(t)[0].could_extract_minus_sign())


def _is_scaled_identity(t: Expr) -> bool:
    mats = split_product(t)[2]
    return len(mats) == 1 and mats[0].op == "eye"


def _range(picked: Expr | None) -> Range:
    """The ends of what unit vectors pick."""
    return None if picked is None else picked.data if picked.op == "columns" else (picked.data, picked.data)
