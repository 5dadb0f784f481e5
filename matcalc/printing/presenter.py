"""The presenter: the forms of every node of an expression, and of its transpose, each the shortest of equal spellings."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final

from sympy import Expr as Scalar
from sympy import S

from matcalc.algebra import negative, transpose
from matcalc.algebra.node import Expr, node, split_coefficient, split_product
from matcalc.algebra.normal_form.selection import picks_rows
from matcalc.book import rules as rulebook
from matcalc.book.operators import ATOM
from matcalc.book.sizes import ONE, Dim
from matcalc.printing.constants import constant, constant_factors, dimension, exponent_number, sized
from matcalc.printing.forms import (
    FACTOR,
    NUMERATOR,
    PRODUCT,
    TRIANGLES,
    Form,
    Signed,
    applied,
    increment,
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

LONGEST_GROUP: Final = 10
MAX_UNIT: Final = 20

Range = tuple[Any, Any] | None


class Presenter:
    """Forms of expressions, memoised; `prepare` walks the operands first, so that nothing recurs deeply.

    The names of `variables` stand for something: where I is one there is no bare identity, where K is one the commutation matrix
    is K_(m,n).
    """

    def __init__(
        self, named: dict[Expr, str], variables: Container[str] = (), increments: Mapping[Expr, Expr] = MappingProxyType({})
    ) -> None:
        self._named = named
        self._increments = increments
        self._direct: dict[Expr, Signed] = {}
        self._identity = Form("identity") if "I" not in variables else None
        self._comm = "comm" if "K" not in variables else "comm_"

    def prepare(self, roots: Sequence[Expr]) -> None:
        """Find the forms of all operands of these expressions, and of their transposes."""
        roots = [*roots, *(transpose(r) for r in roots)]
        pending = [(r, False) for r in roots]
        seen: set[Expr] = set()
        while pending:
            e, ready = pending.pop()
            if ready:
                self._direct[e] = SPELLINGS.get(e.op, Presenter._function)(self, e)
            elif e not in seen and e not in self._direct:
                seen.add(e)
                pending.append((e, True))
                for a in e.args:
                    pending.append((a, False))
                    if not a.is_scalar:
                        pending.append((transpose(a), False))

    def spelled(self, e: Expr) -> Form:
        """The shortest form of an expression that stands by itself, its own name aside."""
        return min((unsigned(o) for o in self._spellings(e)), key=lambda form: form.cost)

    def pick(self, e: Expr, level: int = 0) -> Signed:
        """The shortest form where at least `level` is needed."""
        return min(self._options(e), key=lambda o: unsigned(o).cost_in(level))

    def shown(self, e: Expr, level: int = 0) -> Form:
        return unsigned(self.pick(e, level))

    def _options(self, e: Expr) -> list[Signed]:
        if e in self._named:
            return [(False, name(self._named[e]))]
        if not e.is_scalar and transpose(e) in self._named:
            return [(False, turned(name(self._named[transpose(e)])))]
        return self._spellings(e)

    def _spellings(self, e: Expr) -> list[Signed]:
        if e not in self._direct:  # a node that a spelling has made, as a difference turned has new terms
            self.prepare([e])
        options = [self._direct[e]]
        if e.op == "diag":
            options += self._diagonal(e)
        if not e.is_scalar and e.op not in ("T", "sym", "mul", "ones", "zeros", "array", "unit"):
            other = transpose(e)
            if other is not e and other.op not in ("T", "mul") and other in self._direct:
                minus, form = self._direct[other]
                outside = (minus, turned(form))
                first = e.op == "pow" or e.op == "had" and e.shape[0] is ONE
                options = [outside, *options] if first else [*options, outside]
        return options

    def _diagonal(self, e: Expr) -> list[Signed]:
        """Other spellings of diag(..): diag(v.^k) is diag(v)^k, and v.*diagv(M) on the diagonal is M.*diag(v)."""
        inside = e.args[0]
        if inside in self._named:
            return []
        if inside.op == "epow" and inside.args[1].op == "const" and inside.args[1].data.is_Integer:
            base = applied("diag", [self.shown(inside.args[0])])
            return [(False, raised("power", base, self._exponent(inside.args[1])))]
        factors = inside.args if inside.op == "had" else e.args
        at = next((i for i, f in enumerate(factors) if f.op == "diagv" and f not in self._named), None)
        if at is None or self._identity is None:
            return []
        rest = [self.shown(f, FACTOR) for i, f in enumerate(factors) if i != at]
        mask = applied("diag", [joined("had", rest, len(rest))]) if rest else self._identity
        return [(False, joined("had", [self.shown(factors[at].args[0], FACTOR), mask], 2))]

    # -- leaves

    def _symbol(self, e: Expr) -> Signed:
        return False, increment(self.shown(self._increments[e])) if e in self._increments else name(e.data.name)

    def _constant(self, e: Expr) -> Signed:
        return constant(e.data)

    def _filled(self, e: Expr) -> Signed:
        m, n = e.shape
        if m is ONE:
            return False, turned(sized(e.op, (n,)))
        return False, sized(e.op, (m,) if n is ONE or e.op == "eye" else (m, n))

    def _commutation(self, e: Expr) -> Signed:
        return False, sized(self._comm, e.data)

    def _columns(self, e: Expr) -> Signed:
        """Columns of the identity, as a slice of it."""
        base = sized("eye", e.shape[:1])
        return False, Form("slice", (base,), (None, tuple(map(dimension, e.data))), base.cost + 5)

    def _unit(self, e: Expr) -> Signed:
        n = e.shape[0]
        if not _is_short(n):
            return False, Form("unit", (dimension(n),), e.data, 9)
        return False, _unit_array(e, as_row=False)

    # -- sums and products

    def _sum(self, e: Expr) -> Signed:
        bare = [_is_scaled_identity(t) for t in e.args]
        identity = None if all(bare) else self._identity
        terms = [
            self._product_of(*split_product(t), identity) if is_identity or t not in self._direct else self.pick(t, PRODUCT)
            for t, is_identity in zip(e.args, bare, strict=True)
        ]
        if not all(_is_negative(t) for t in e.args):
            terms = [self._signed_term(t) if _is_negative(t) else term for t, term in zip(e.args, terms, strict=True)]
        return signed_sum(terms)

    def _signed_term(self, t: Expr) -> Signed:
        """A negative term after others: its minus costs nothing, so nothing is turned to take it in."""
        if t in self._named or t.op != "mul":
            return self.pick(t, PRODUCT) if t in self._named or t in self._direct else self._product_of(*split_product(t))
        c, scalars, mats = split_product(t)
        minus, form = self._product_of(-c, scalars, mats)
        return not minus, form

    def _product(self, e: Expr) -> Signed:
        return self._product_of(*split_product(e))

    def _product_of(self, c: Scalar, scalars: Sequence[Expr], mats: Sequence[Expr], identity: Form | None = None) -> Signed:
        if c.could_extract_minus_sign():
            c, scalars, mats = self._sign_absorbed(c, list(scalars), list(mats))
        minus, above, below = self.factors(c, scalars)
        if len(scalars) == 1 and not mats and above and scalars[0].op == "inner" and scalars[0] not in self._named:
            above[-1:] = self._chain(scalars[0].args)
        if len(mats) == 1 and mats[0].op == "eye" and identity is not None:
            above.append(identity)
        elif len(mats) == 1 and not scalars and not above:
            minus_too, form = self.pick(mats[0], NUMERATOR if below else PRODUCT)
            return minus is not minus_too, quotient([form], below)
        else:
            above += self._chain(mats)
        return minus, quotient(above, below)

    def term(self, c: Scalar, scalars: Sequence[Expr], chain: Sequence[Expr], traced: bool, last: Container[Expr]) -> Signed:
        """A term of a derivation; an increment among its scalars stands last."""
        minus, above, below = self.factors(c, [s for s in scalars if s not in last])
        factors = [self.shown(f, FACTOR) for f in chain]
        above += [applied("tr", [joined("product", factors)])] if traced else factors
        above += [self.shown(s, FACTOR) for s in scalars if s in last]
        return minus, quotient(above, below)

    def _sign_absorbed(self, c: Scalar, scalars: list[Expr], mats: list[Expr]) -> tuple[Scalar, Sequence[Expr], Sequence[Expr]]:
        """-2 W (s - x) as 2 W (x - s): the sign goes into a difference, where there is one."""
        for factors in (mats, scalars):
            for k, f in enumerate(factors):
                squared = any(g is not f and g is transpose(f) for g in factors)
                other = None if squared else self._difference_turned(f)
                if other is not None:
                    factors[k] = other
                    return -c, scalars, mats
        return c, scalars, mats

    def _difference_turned(self, f: Expr) -> Expr | None:
        """b - a for a - b; an odd function of a difference, such as a linear one, with the difference turned."""
        if f in self._named:
            return None
        if f.op in ("diag", "vec") or _is_odd(f.op):
            inside = self._difference_turned(f.args[0])
            if inside is None:
                return None
            other = node(f.op, (inside,), None, f.shape)
            self._direct[other] = self._function(other)
        elif f.op == "add" and any(map(_is_negative, f.args)):
            other = negative(f)
            self._direct[other] = self._sum(other)
        else:
            return None
        if not f.is_scalar and transpose(other) not in self._direct:
            self._direct[transpose(other)] = self._sum(transpose(other)) if f.op == "add" else self._direct[other]
            if f.op not in ("add", "diag"):
                self._direct[transpose(other)] = (False, turned(unsigned(self._direct[other])))
        return other

    def factors(self, c: Scalar, scalars: Sequence[Expr], mats: Sequence[Expr] = ()) -> tuple[bool, list[Form], list[Form]]:
        """(negative, numerators, denominators) of a product of scalars."""
        minus, above, below = constant_factors(c)
        for s in scalars:
            form, divides = self._scalar_factor(s)
            (below if divides else above).append(form)
        return minus, above, below

    def _scalar_factor(self, s: Expr) -> tuple[Form, bool]:
        """A scalar factor, and whether it divides."""
        return self._power_of_number(s) if s.op == "pow" and s not in self._named else (self.shown(s, FACTOR), False)

    def _power_of_number(self, e: Expr) -> tuple[Form, bool]:
        """A power of a number, and whether it divides."""
        c, rest = split_coefficient(e.args[1])
        if c.could_extract_minus_sign():
            return self._scalar_power(e.args[0], self._negated(-c, rest)), True
        return self._scalar_power(e.args[0], self._exponent(e.args[1])), False

    def _negated(self, c: Scalar, rest: Expr) -> Form:
        """c times the rest of an exponent."""
        if rest.op == "const":
            return exponent_number(c * rest.data)
        return unsigned(self._product_of(c, *split_product(rest)[1:]))

    def _scalar_power(self, base: Expr, exponent: Form) -> Form:
        if exponent.kind == "number" and exponent.data == "1":
            return self.shown(base, FACTOR)
        if is_half(exponent):
            return square_root(self.shown(base))
        form = self.shown(base)
        if base.op == "tr" and form.kind == "power" and exponent.kind == "number" and exponent.data.isdigit():
            return raised("power", form.parts[0], number(2 * int(exponent.data)))
        return raised("power", self.shown(base, ATOM), exponent)

    def _chain(self, mats: Sequence[Expr]) -> list[Form]:
        """The factors of a product, stretches of them under one transpose where that is shorter."""
        best: list[tuple[int, list[Form]]] = [(0, [])]
        links = self._links(mats)
        scaled = self._scaled_by_outer(mats)
        if scaled is not None and scaled.cost < joined("product", [one for one, _ in links]).cost:
            return [scaled]
        single, flipped = [one for one, _ in links], [other for _, other in links]
        for j in range(1, len(single) + 1):
            cost, forms = best[j - 1]
            best.append((cost + single[j - 1].cost_in(FACTOR) + 1, [*forms, single[j - 1]]))
            for i in range(max(0, j - LONGEST_GROUP), j - 1):
                group = turned(joined("product", flipped[i:j][::-1]))
                if best[i][0] + group.cost + 1 < best[j][0]:
                    best[j] = (best[i][0] + group.cost + 1, [*best[i][1], group])
        return best[-1][1]

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
            row = mats[k].args[0] if picks_rows(mats[k]) and k + 1 < len(mats) else None
            f = mats[k] if row is None else mats[k + 1]
            k += 1 if row is None else 2
            column = mats[k] if k < len(mats) and mats[k].op in ("unit", "columns") else None
            if column is not None and (picks_rows(f) or f.shape[1] is ONE):
                column = None
            k += column is not None
            if row is None and column is None:
                scaled = self._scaled_column(f) if len(mats) > 1 else []
                links += scaled or [(self.shown(f, FACTOR), self._flipped(f))]
            else:
                links.append(self._sliced(f, (_range(row), _range(column))))
        return links

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
        return False, joined("product", self._chain(e.args))

    # -- powers and transposes

    def _power(self, e: Expr) -> Signed:
        base, exponent = e.args
        if e.is_scalar:
            # Its own name aside: what spells the part t2 is not t2.
            form, divides = self._power_of_number(e)
            return False, quotient([], [form]) if divides else form
        if exponent.op == "const" and exponent.data == -1:
            forms = [inverted(unsigned(o)) for o in self._options(base)]
            return False, min(forms, key=lambda form: form.cost)
        return False, raised("power", self.shown(base, ATOM), self._exponent(exponent))

    def _exponent(self, e: Expr) -> Form:
        return exponent_number(e.data) if e.op == "const" else self.shown(e)

    def _transposed(self, e: Expr) -> Signed:
        if e.args[0].op == "unit":
            n = e.args[0].shape[0]
            return False, _unit_array(e.args[0], as_row=True) if _is_short(n) else Form("unit_row", (dimension(n),), e.args[0].data, 9)
        if e.args[0].op == "columns":
            base = sized("eye", e.shape[1:])
            return False, Form("slice", (base,), (tuple(map(dimension, e.args[0].data)), None), base.cost + 5)
        return False, turned(self.shown(e.args[0], ATOM))

    def _elementwise_power(self, e: Expr) -> Signed:
        base, exponent = e.args
        k = exponent.data if exponent.op == "const" else None
        if k == S.Half:
            return False, square_root(self.shown(base), elementwise=True)
        return False, raised("epower", self.shown(base, ATOM), self._exponent(exponent))

    def _triangle(self, e: Expr) -> Signed:
        return False, applied(TRIANGLES[e.data], [sized("ones", e.shape)])

    def _elementwise_product(self, e: Expr) -> Signed:
        triangles = [f for f in e.args if f.op == "triangle" and f not in self._named]
        if triangles:
            rest = [f for f in e.args if f not in triangles] or [triangles.pop()]
            inside = self.shown(rest[0]) if len(rest) == 1 else self._entry_by_entry([], rest)
            for f in triangles:
                inside = applied(TRIANGLES[f.data], [inside])
            return False, inside
        return False, replace(self._entry_by_entry([], e.args), of_columns=e.shape[1] is ONE)

    def _entry_by_entry(self, above: list[Form], factors: Sequence[Expr]) -> Form:
        below: list[Form] = []
        for f in factors:
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

    # -- entries and functions

    def _entry(self, e: Expr) -> Signed:
        base = self.shown(e.args[0], ATOM)
        i, j = e.data
        indices = (i,) if e.args[0].shape[1] is ONE else (i, j)
        return False, Form("entry", (base,), indices, base.cost_in(ATOM) + 2 * len(indices) + 1)

    def _array(self, e: Expr) -> Signed:
        parts = tuple(self.shown(a) for a in e.args)
        return False, Form("array", parts, e.data, sum(p.cost for p in parts) + len(parts) + 1)

    def _call(self, e: Expr) -> Signed:
        part = self.shown(e.args[0])
        return False, Form("call", (part,), e.data, part.cost + 3 + e.data.order)

    def _function(self, e: Expr) -> Signed:
        return False, applied(e.op, [self.shown(a) for a in e.args])

    def _trace(self, e: Expr) -> Signed:
        """tr(A^T*B) as sum(A.*B) and tr(A^T*A) as normF(A)^2, where that is shorter."""
        plain = self._function(e)
        mats = e.args[0].args if e.args[0].op == "mul" else ()
        if len(mats) != 2 or e.args[0] in self._named:
            return plain
        others = []
        for a, b in ((transpose(mats[0]), mats[1]), (mats[0], transpose(mats[1]))):
            if a is b:
                others.append(raised("power", applied("normF", [self.shown(a)]), number(2)))
            else:
                others.append(applied("sum", [joined("had", [self.shown(f, FACTOR) for f in (a, b)], 2)]))
        return min([plain, *((False, form) for form in others)], key=lambda s: s[1].cost)


SPELLINGS: Final[dict[str, Callable[[Presenter, Expr], Signed]]] = {
    "sym": Presenter._symbol,
    "const": Presenter._constant,
    "eye": Presenter._filled,
    "ones": Presenter._filled,
    "zeros": Presenter._filled,
    "comm": Presenter._commutation,
    "tr": Presenter._trace,
    "triangle": Presenter._triangle,
    "unit": Presenter._unit,
    "columns": Presenter._columns,
    "add": Presenter._sum,
    "mul": Presenter._product,
    "inner": Presenter._inner,
    "pow": Presenter._power,
    "T": Presenter._transposed,
    "epow": Presenter._elementwise_power,
    "had": Presenter._elementwise_product,
    "entry": Presenter._entry,
    "array": Presenter._array,
    "call": Presenter._call,
}


def _is_odd(function: str) -> bool:
    rule = rulebook.find(function)
    return rule is not None and rule.parity == "odd"


def _is_negative(t: Expr) -> bool:
    return bool(split_coefficient(t)[0].could_extract_minus_sign())


def _is_scaled_identity(t: Expr) -> bool:
    mats = split_product(t)[2]
    return len(mats) == 1 and mats[0].op == "eye"


def _range(picked: Expr | None) -> Range:
    """The ends of what unit vectors pick."""
    return None if picked is None else picked.data if picked.op == "columns" else (picked.data, picked.data)


def _is_short(n: Dim) -> bool:
    """Whether a unit vector of this length is written out."""
    return bool(n.is_Integer) and n <= MAX_UNIT


def _unit_array(e: Expr, as_row: bool) -> Form:
    """A unit vector of a length in numbers, written out."""
    n = int(e.shape[0])
    entries = tuple(number(int(i == e.data)) for i in range(1, n + 1))
    return Form("array", entries, (1, n) if as_row else (n, 1), 2 * n + 1)
