"""Which of several equal spellings of an expression is shown.

`present` turns an expression into a tree of forms: what a reader sees, before a dialect (text, LaTeX, Unicode) gives it
characters. Every choice made here is between spellings that the parser reads back to the same expression, and the one
with the fewest tokens is taken:

    A^T X^T A^T              (A X A)^T               a transpose is pulled out of products, sums and functions
    (X^T A^T X)^-1           (X^T A X)^-T
    diag(diagv(M))           M.*I
    A.*B.^-1                 A./B

A long answer with repeated parts gets names for them; the work is linear in the number of distinct parts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from types import MappingProxyType
from typing import Any, Final

from sympy import Add, Mul, Pow, S
from sympy import Expr as Scalar

from matcalc.algebra import negative, transpose
from matcalc.algebra.node import Expr, node, split_coefficient, split_product
from matcalc.algebra.selection import picks_rows
from matcalc.algebra.walk import in_order
from matcalc.book import rules as rulebook
from matcalc.book.operators import ATOM, BY_NAME
from matcalc.book.sizes import ONE, Dim

LONG: Final = 1500
PART: Final = 150
SHARED: Final = 4
LONGEST_GROUP: Final = 10
MAX_UNIT: Final = 20

SUM: Final = BY_NAME["add"].precedence
PRODUCT: Final = BY_NAME["multiply"].precedence
NUMERATOR: Final = PRODUCT + 1
FACTOR: Final = BY_NAME["negate"].precedence
POSTFIX: Final = BY_NAME["power"].precedence

LEVELS: Final[dict[str, int]] = {
    "sum": SUM,
    "negative": SUM,
    "had": PRODUCT,
    "quotient": PRODUCT,
    "product": NUMERATOR,
    "power": POSTFIX,
    "epower": POSTFIX,
    "transpose": POSTFIX,
    "inverse_transpose": POSTFIX,
}


@dataclass(frozen=True, slots=True, eq=False)
class Form:
    """A part of a formula as it is shown.

    `kind` is one of sum (data: which terms are subtracted), negative, product, quotient, had (data: how many factors
    are multiplied; the rest divide), power, epower, sqrt (data: whether elementwise), transpose, inverse_transpose,
    name, increment (of what its part is), number, half (an exponent; data: numerator and denominator), identity, constant
    (eye, ones, zeros, comm of given sizes), unit, unit_row, slice (data: for rows and columns the ends of a range or None),
    apply (data: function), call, entry, array, and in index form indexed (data: labels), delta, fused_delta (a label and
    what its parts make), summation (data: label).
    `cost` is the number of tokens that it takes in the plain text; an elementwise product `of_columns` is diag(u)*v too.
    """

    kind: str
    parts: tuple[Form, ...] = ()
    data: Any = None
    cost: int = 1
    of_columns: bool = False

    @property
    def level(self) -> int:
        """How tightly the plain notation binds it."""
        return LEVELS.get(self.kind, ATOM)

    def cost_in(self, level: int) -> int:
        """The tokens where at least `level` is needed, parentheses included."""
        return self.cost + (2 if self.level < level else 0)


Signed = tuple[bool, Form]
Range = tuple[Any, Any] | None


@dataclass(frozen=True)
class Presentation:
    """A formula, and the named parts that it is written with, each using earlier ones only."""

    form: Form
    parts: tuple[tuple[str, Form], ...] = ()


# ------------------------------------------------------------------------------------- building forms


def name(text: str) -> Form:
    return Form("name", (), text)


def increment(form: Form) -> Form:
    """dx, d(A*x - b)."""
    return Form("increment", (form,), None, 1 if form.kind == "name" else form.cost + 3)


def joined(kind: str, parts: Sequence[Form], data: Any = None) -> Form:
    """A product or elementwise product of at least one part."""
    if len(parts) == 1 and data in (None, 1):
        return parts[0]
    return Form(kind, tuple(parts), data, sum(p.cost_in(FACTOR) for p in parts) + len(parts) - 1)


def quotient(numerators: Sequence[Form], denominators: Sequence[Form]) -> Form:
    """numerators / denominators, each a product."""
    top = joined("product", numerators) if numerators else number(1)
    if not denominators:
        return top
    bottom = joined("product", denominators)
    return Form("quotient", (top, bottom), None, top.cost_in(numerator_level(top)) + 1 + bottom.cost_in(FACTOR))


def numerator_level(top: Form) -> int:
    """What a numerator needs: x.*y/2 reads the same both ways, x./y/2 does not."""
    return PRODUCT if top.kind == "had" and top.data == len(top.parts) else NUMERATOR


def number(value: int | str) -> Form:
    return Form("number", (), str(value))


def exponent_number(value: Scalar) -> Form:
    """A constant exponent; halves are decimals in the plain notation: x.^-0.5."""
    minus = bool(value.could_extract_minus_sign())
    size = -value if minus else value
    if size.is_Rational and size.q == 2:
        return unsigned((minus, Form("half", (), (size.p, size.q))))
    return unsigned(constant(value))


def signed_sum(terms: Sequence[Signed]) -> Signed:
    """The sum with its positive terms first, x before its increment dx; the sign of the whole is never pulled out."""
    if len(terms) == 1:
        return terms[0]
    moving = {f"d{form.data}" for _, form in terms if form.kind == "name"}
    ordered = sorted(terms, key=lambda t: (t[0], t[1].kind == "name" and t[1].data in moving))
    cost = sum(form.cost_in(PRODUCT) for _, form in ordered) + len(ordered) - 1 + ordered[0][0]
    return False, Form("sum", tuple(form for _, form in ordered), tuple(minus for minus, _ in ordered), cost)


def unsigned(signed: Signed) -> Form:
    minus, form = signed
    return Form("negative", (form,), None, form.cost_in(PRODUCT) + 1) if minus else form


def raised(kind: str, base: Form, exponent: Form) -> Form:
    return Form(kind, (base, exponent), None, base.cost_in(ATOM) + 1 + exponent.cost + (0 if is_plain_exponent(exponent) else 2))


def is_plain_exponent(form: Form) -> bool:
    """An exponent that is written without parentheses: 2, k, -1, but not T, which would be the transpose."""
    inner = form.parts[0] if form.kind == "negative" else form
    return inner.level == ATOM and not (inner.kind == "name" and inner.data == "T")


def turned(form: Form) -> Form:
    return Form("transpose", (form,), None, form.cost_in(ATOM) + 2)


def applied(function: str, parts: Sequence[Form]) -> Form:
    return Form("apply", tuple(parts), function, sum(p.cost for p in parts) + len(parts) + 2)


def square_root(form: Form, elementwise: bool = False) -> Form:
    return Form("sqrt", (form,), elementwise, form.cost + 3)


# ----------------------------------------------------------------------------------------- constants


def constant(value: Scalar) -> Signed:
    """A number, pi, a dimension, or what is made of them."""
    minus, above, below = constant_factors(value)
    return minus, quotient(above, below)


def constant_factors(value: Scalar) -> tuple[bool, list[Form], list[Form]]:
    """(negative, numerators, denominators) of a constant, without the factor 1."""
    if isinstance(value, Add):
        return False, [signed_sum([constant(t) for t in value.as_ordered_terms()])[1]], []
    minus, above, below = False, [], []
    for factor in Mul.make_args(value):
        if factor.is_Rational:
            minus = minus is not bool(factor < 0)
            above += [number(abs(factor.p))] if abs(factor.p) != 1 else []
            below += [number(factor.q)] if factor.q != 1 else []
        elif isinstance(factor, Pow) and factor.exp.could_extract_minus_sign():
            below.append(_constant_power(factor.base, -factor.exp))
        else:
            above.append(_constant_atom(factor))
    return minus, above, below


def _constant_atom(value: Scalar) -> Form:
    if isinstance(value, Pow):
        return _constant_power(value.base, value.exp)
    if isinstance(value, Add):
        return constant_factors(value)[1][0]
    if value.is_Float and value < 0:
        return unsigned((True, number(str(-value))))
    if value.is_Number:
        return number(str(value))
    return applied(value.func.__name__, [unsigned(constant(a)) for a in value.args]) if value.args else name(str(value))


def _constant_power(base: Scalar, exponent: Scalar) -> Form:
    form = unsigned(constant(base))
    if exponent is S.One:
        return form
    return square_root(form) if exponent == S.Half else raised("power", form, exponent_number(exponent))


def dimension(d: Dim) -> Form:
    """A size; the notation has no powers of dimensions, so that n^2 is n*n."""
    factors = [base for f in Mul.make_args(d) for base in ([f.base] * int(f.exp) if isinstance(f, Pow) and f.exp.is_Integer else [f])]
    return joined("product", [unsigned(constant(f)) for f in factors])


def sized(function: str, dims: Iterable[Dim]) -> Form:
    """eye(n), ones(m,n), zeros(n), K(m,n)."""
    parts = tuple(dimension(d) for d in dims)
    return Form("constant", parts, function, sum(p.cost for p in parts) + len(parts) + 2)


# -------------------------------------------------------------------------------------- expressions


def present_named(e: Expr, named: Mapping[Expr, str], taken: Container[str] = ()) -> Form:
    """The shortest spelling of an expression some parts of which have names of their own, where the names in `taken` are variables."""
    _transpose_all(in_order([e]))
    presenter = _Presenter({part: label for part, label in named.items() if part is not e}, "I" not in taken)
    presenter.prepare([e])
    return presenter.spelled(e)


def present(e: Expr, taken: Container[str] = ()) -> Presentation:
    """The shortest spelling of an expression, with named parts where it would be too long without; `taken` are further names."""
    nodes = in_order([e])
    _transpose_all(nodes)
    variables = {n.data.name for n in nodes if n.op == "sym"}
    named = _named_parts(e, nodes, variables, taken) if e.weight > LONG else {}
    presenter = _Presenter(named, "I" not in variables and "I" not in taken)
    presenter.prepare([e, *named])
    parts = tuple((label, presenter.spelled(part)) for part, label in named.items())
    return Presentation(presenter.spelled(e), parts)


def present_factors(e: Expr) -> tuple[bool, list[Form], list[Form]]:
    """(negative, numerators, denominators) of a scalar, for one who has more factors to add to it."""
    nodes = in_order([e])
    _transpose_all(nodes)
    presenter = _Presenter({}, may_write_identity=all(n.op != "sym" or n.data.name != "I" for n in nodes))
    presenter.prepare([e])
    return presenter.factors(*split_product(e))


def present_terms(
    terms: Sequence[tuple[Scalar, Sequence[Expr], Sequence[Expr], bool]], increments: Mapping[Expr, Expr], named: Mapping[Expr, str],
    taken: Container[str] = (),
) -> Form:
    """A line of a derivation: terms (c, scalars, factors, whether traced), their factors in the order in which they are.

    `increments` says what each increment is the differential of, `named` which expressions have names of their own; the names
    in `taken` are variables.
    """
    presenter = _Presenter(dict(named), "I" not in taken, increments)
    for roots in (tuple(increments.values()), [f for _, scalars, chain, _ in terms for f in (*scalars, *chain)]):
        _transpose_all(in_order(roots))
        presenter.prepare(roots)
    return unsigned(signed_sum([presenter.term(*t, increments) for t in terms]))


def _transpose_all(nodes: Sequence[Expr]) -> None:
    """Transposes bottom up, since a transpose goes inside recursively where its operands' transposes are not known yet."""
    for n in nodes:
        transpose(n)


def _named_parts(e: Expr, nodes: Sequence[Expr], variables: set[str], taken: Container[str]) -> dict[Expr, str]:
    """Names for the parts that occur more than once, and for parts of them that would be long."""
    known = set(nodes)
    either = {n: _either_way(n, known) for n in nodes}
    uses = Counter(either[a] for n in nodes for a in n.args if n.op != "T")
    weights: dict[Expr, int] = {}
    chosen: list[Expr] = []
    repeated = False
    for n in nodes:
        part = either[n]
        if part not in weights:
            weights[part] = weight = 1 + sum(weights.get(either[a], 1) for a in n.args)
            shared = uses[part] > 1 and weight >= SHARED
            if (shared or weight > PART) and part is not either[e]:
                repeated = repeated or shared
                weights[part] = 1
                chosen.append(part)
    if not repeated:
        return {}
    dims = {s.name for n in nodes for d in n.shape for s in d.free_symbols}
    labels = (f"t{i}" for i in count(1))
    free = (label for label in labels if label not in variables and label not in dims and label not in taken)
    return dict(zip(chosen, free, strict=False))


def _either_way(e: Expr, nodes: set[Expr]) -> Expr:
    """The one of an expression and its transpose that stands for both."""
    if e.is_scalar:
        return e
    if e.op == "T":
        return e.args[0]
    other = transpose(e)
    if other.op == "T" or other not in nodes:
        return e
    return e if (e.weight, e.sort_key) <= (other.weight, other.sort_key) else other


class _Presenter:
    """Forms of expressions, memoised; `prepare` walks the operands first, so that nothing recurs deeply."""

    def __init__(self, named: dict[Expr, str], may_write_identity: bool, increments: Mapping[Expr, Expr] = MappingProxyType({})) -> None:
        self._named = named
        self._increments = increments
        self._direct: dict[Expr, Signed] = {}
        self._identity = Form("identity") if may_write_identity else None

    def prepare(self, roots: Sequence[Expr]) -> None:
        """Find the forms of all operands of these expressions, and of their transposes."""
        roots = [*roots, *(transpose(r) for r in roots)]
        pending = [(r, False) for r in roots]
        seen: set[Expr] = set()
        while pending:
            e, ready = pending.pop()
            if ready:
                self._direct[e] = SPELLINGS.get(e.op, _Presenter._function)(self, e)
            elif e not in seen:
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
        return False, sized("comm", e.data)

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
        if s.op == "pow" and s not in self._named:
            c, rest = split_coefficient(s.args[1])
            if c.could_extract_minus_sign():
                return self._scalar_power(s.args[0], self._negated(-c, rest)), True
            return self._scalar_power(s.args[0], self._exponent(s.args[1])), False
        return self.shown(s, FACTOR), False

    def _negated(self, c: Scalar, rest: Expr) -> Form:
        """c times the rest of an exponent."""
        if rest.op == "const":
            return exponent_number(c * rest.data)
        return unsigned(self._product_of(c, *split_product(rest)[1:]))

    def _scalar_power(self, base: Expr, exponent: Form) -> Form:
        if exponent.kind == "number" and exponent.data == "1":
            return self.shown(base, FACTOR)
        if _is_half(exponent):
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
            return self._product_of(S.One, (e,), ())
        if exponent.op == "const" and exponent.data == -1:
            forms = [_inverted(unsigned(o)) for o in self._options(base)]
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

    def _elementwise_product(self, e: Expr) -> Signed:
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


SPELLINGS: Final[dict[str, Callable[[_Presenter, Expr], Signed]]] = {
    "sym": _Presenter._symbol,
    "const": _Presenter._constant,
    "eye": _Presenter._filled,
    "ones": _Presenter._filled,
    "zeros": _Presenter._filled,
    "comm": _Presenter._commutation,
    "tr": _Presenter._trace,
    "unit": _Presenter._unit,
    "columns": _Presenter._columns,
    "add": _Presenter._sum,
    "mul": _Presenter._product,
    "inner": _Presenter._inner,
    "pow": _Presenter._power,
    "T": _Presenter._transposed,
    "epow": _Presenter._elementwise_power,
    "had": _Presenter._elementwise_product,
    "entry": _Presenter._entry,
    "array": _Presenter._array,
    "call": _Presenter._call,
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


def with_diagonals(root: Form) -> Form:
    """The formula with diag(u)*v for every elementwise product u.*v of columns."""
    done: dict[int, Form] = {}
    pending: list[tuple[Form, bool]] = [(root, False)]
    while pending:
        form, ready = pending.pop()
        if not ready:
            pending.append((form, True))
            pending += [(p, False) for p in form.parts if id(p) not in done]
            continue
        parts = tuple(done[id(p)] for p in form.parts)
        if form.kind == "had" and form.of_columns:
            done[id(form)] = _as_diagonal(form, parts)
        elif form.kind == "product":
            opened = [new.parts if old.kind == "had" != new.kind else (new,) for old, new in zip(form.parts, parts, strict=True)]
            done[id(form)] = joined("product", [p for parts in opened for p in parts])
        else:
            done[id(form)] = replace(form, parts=parts)
    return done[id(root)]


def _as_diagonal(form: Form, parts: tuple[Form, ...]) -> Form:
    """The factor that is a name or a product is the vector, the others stand on the diagonal."""
    times, over = list(parts[: form.data]), list(parts[form.data :])
    if len(times) < 2:
        return replace(form, parts=parts)
    at = next((k for k, f in enumerate(times) if f.kind in ("name", "product", "transpose")), len(times) - 1)
    vector = times.pop(at)
    diagonal = applied("diag", [joined("had", [*times, *over], len(times))])
    return joined("product", [diagonal, *(vector.parts if vector.kind == "product" else [vector])])


def _is_half(form: Form) -> bool:
    return form.kind == "half" and form.data == (1, 2)


def _inverted(form: Form) -> Form:
    if form.kind == "transpose":
        inner = form.parts[0]
        return Form("inverse_transpose", (inner,), None, inner.cost_in(ATOM) + 3)
    return raised("power", form, unsigned(constant(S.NegativeOne)))
