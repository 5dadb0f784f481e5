"""The base of the presenter: forms of expressions, memoised, the choice among equal ones, and the forms of what has no operands."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from matcalc.algebra import add, adjoint, conjugate, mul, negative, transpose
from matcalc.algebra.node import Expr, const, split_coefficient, split_product, zeros
from matcalc.book import rules as rulebook
from matcalc.book.rules import CALL
from matcalc.book.sizes import ONE, Dim, minus
from matcalc.printing.constants import constant, dimension, exponent_number, sized
from matcalc.printing.forms import FACTOR, Form, Signed, applied, conjugated, increment, joined, name, number, raised, turned, unsigned
from matcalc.printing.forms import adjoint as conjugate_transposed
from matcalc.printing.writing import PLAIN, Writing
from matcalc.reading.templates import template

MAX_UNIT: Final = 20
# What is written in one way, whatever is done to it.
LEAVES: Final = frozenset({"T", "sym", "conj", "const", "eye", "ones", "zeros", "unit", "array"})
LETTERS: Final = {"comm": "K", "dup": "D", "elim": "L"}


class Leaves:
    """Forms of expressions, memoised; `prepare` walks the operands first, so that nothing recurs deeply.

    The names of `variables` stand for something: where I is one there is no bare identity, where K is one the commutation matrix
    is K_(m,n), and so are D_(n) and L_(n).
    """

    def __init__(
        self,
        named: dict[Expr, str],
        variables: Container[str] = (),
        increments: Mapping[Expr, Expr] = MappingProxyType({}),
        writing: Writing = PLAIN,
    ) -> None:
        self._named = named
        # The opposite of a part that has a name, and its transpose. A part -f is written by f, so that f is not written by it.
        signed = {part: label for part, label in named.items() if not split_coefficient(part)[0].is_negative}
        self._opposite = {negative(transpose(part)): turned(name(label)) for part, label in signed.items() if not part.is_scalar}
        self._opposite |= {negative(part): name(label) for part, label in signed.items()}
        self._writing = writing
        self._increments = increments
        self._direct: dict[Expr, Signed] = {}
        self._identity = Form("identity") if "I" not in variables else None
        # The constant and its other name beside a variable that is called like it.
        self._names = {op: op if letter not in variables else f"{op}_" for op, letter in LETTERS.items()}

    def prepare(self, roots: Sequence[Expr]) -> None:
        """Find the forms of all operands of these expressions, and of their transposes."""
        roots = [other for r in roots for other in sides(r)]
        pending = [(r, False) for r in roots]
        seen: set[Expr] = set()
        while pending:
            e, ready = pending.pop()
            if ready:
                self._direct[e] = self.spell(e)
            elif e not in seen and e not in self._direct:
                seen.add(e)
                pending.append((e, True))
                pending += [(other, False) for a in e.args for other in sides(a)]

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
        return [(True, self._opposite[e])] if e in self._opposite else self._spellings(e)

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
                first = e.op == "pow" or e.op in ("had", "epow") and e.shape[0] is ONE
                options = [outside, *options] if first else [*options, outside]
        if e.has_complex and e.op not in LEAVES:
            options += self._conjugated(e)
        return [*self._as_written(e), *options]

    def _conjugated(self, e: Expr) -> list[Signed]:
        """conj(A*x - b) and (A + B)^H, whose conjugates stand at the leaves in normal form."""
        found: list[Signed] = []
        for other, turning in ((conjugate(e), conjugated), (adjoint(e), conjugate_transposed)):
            if other is not e and other.op not in LEAVES and other in self._direct and not (other.is_scalar and found):
                minus, form = self._direct[other]
                found.append((minus, turning(form)))
        return found if e.op != "mul" else found[:1]

    def _as_written(self, e: Expr) -> list[Signed]:
        """The form that the request has for an expression or its transpose; none where parts have other names now."""
        forms = self._writing.shown
        if not forms or self._named:
            return []
        if e in forms:
            return [(False, forms[e])]
        if e.is_scalar or transpose(e) not in forms:
            return []
        return [(False, turned(forms[transpose(e)]))]

    def _diagonal(self, e: Expr) -> list[Signed]:
        """Other spellings of diag(..): diag(v.^k) is diag(v)^k, and v.*diagv(M) on the diagonal is M.*diag(v)."""
        inside = e.args[0]
        if inside in self._named:
            return []
        if inside.op == "epow" and inside.args[1].op == "const" and inside.args[1].data.is_Integer:
            base = applied("diag", [self.shown(inside.args[0])])
            return [(False, raised("power", base, self._exponent(inside.args[1])))]
        if inside.op == "add" and (masked := self._masked(inside)) is not None:
            return [(False, masked)]
        factors = inside.args if inside.op == "had" else e.args
        at = next((i for i, f in enumerate(factors) if f.op == "diagv" and f not in self._named), None)
        if at is None or self._identity is None:
            return []
        rest = [self.shown(f, FACTOR) for i, f in enumerate(factors) if i != at]
        mask = applied("diag", [joined("had", rest, len(rest))]) if rest else self._identity
        return [(False, joined("had", [self.shown(factors[at].args[0], FACTOR), mask], 2))]

    def _masked(self, v: Expr) -> Form | None:
        """A sum of multiples of diagonals on the diagonal: (A - B).*I."""
        whole = None if self._identity is None else self._under_diagonals(v)
        return None if whole is None or self._identity is None else joined("had", [self.shown(whole, FACTOR), self._identity], 2)

    def _under_diagonals(self, v: Expr) -> Expr | None:
        """The matrix whose diagonal a sum of multiples of diagonals is; None for another sum."""
        if any((t.args[-1] if t.op == "mul" else t).op != "diagv" for t in v.args):
            return None
        parts = [split_product(t) for t in v.args]
        if any(len(mats) != 1 or mats[0].op != "diagv" or mats[0] in self._named for _, _, mats in parts):
            return None
        whole = add(*(mul(const(c), *scalars, mats[0].args[0]) for c, scalars, mats in parts))
        self.prepare([whole])
        return whole

    def even(self, e: Expr) -> Expr:
        """What stands where its sign makes no difference: a part by its name, a difference as it is written."""
        other = negative(e) if e in self._opposite else self._writing.oriented(e)
        if other is not e:
            self.prepare([other])
        return other

    def spell(self, e: Expr) -> Signed:
        """The form of an operation, its operands being prepared."""
        raise NotImplementedError

    def _function(self, e: Expr) -> Signed:
        shorter = spelling_of(e)
        if shorter is not None:
            return False, applied(shorter, [self.shown(a) for a in e.args[:1]])
        rule = rulebook.find(e.op)
        if rule is not None and rule.indexed and e.args[1].op == "const":
            base = applied(rule.indexed, [self.shown(e.args[0])])
            return False, Form("entry", (base,), (e.args[1].data,), base.cost + 3)
        rule = rule if self._writing.turned or self._opposite else None
        is_even = rule is not None and rule.parity == "even"
        return False, applied(e.op, [self.shown(self.even(a) if is_even else a) for a in e.args])

    def _exponent(self, e: Expr) -> Form:
        return exponent_number(e.data) if e.op == "const" else self.shown(e)

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
        return False, sized(self._names["comm"], e.data)

    def _halved(self, e: Expr) -> Signed:
        return False, sized(self._names[e.op], (e.data,))

    def _columns(self, e: Expr) -> Signed:
        """Columns of the identity, as a slice of it or as a block matrix."""
        if self._writing.divided:
            return False, self._in_place(e, [self._square_identity(e.shape[1])], e.shape[1])
        base = sized("eye", e.shape[:1])
        return False, Form("slice", (base,), (None, tuple(map(dimension, e.data))), base.cost + 5)

    def _square_identity(self, n: Dim) -> Form:
        """The identity matrix where what stands beside it tells its size; 1 where it is a number."""
        return number(1) if n is ONE else self._identity or sized("eye", (n,))

    def _in_place(self, chosen: Expr, factors: Sequence[Form], width: Dim, turned_too: bool = False) -> Form:
        """Columns of the identity times a product, as a block matrix: the product between zeros; its transpose on demand."""
        start, end = chosen.data[0] - 1, chosen.data[1]
        parts = [self._zeros(size, width, turned_too) for size in (start, minus(chosen.shape[0], end))]
        middle = joined("product", factors)
        return block_form([f for f in (parts[0], middle, parts[1]) if f is not None], turned_too)

    def _zeros(self, size: Dim, width: Dim, turned_too: bool) -> Form | None:
        if size == 0:
            return None
        return self._filled(zeros(width, size) if turned_too else zeros(size, width))[1]

    def _unit(self, e: Expr) -> Signed:
        if not is_told(e):
            return False, Form("unit", (dimension(e.shape[0]),), e.data, 9)
        return False, unit_array(e, as_row=False)


def sides(e: Expr) -> list[Expr]:
    """An expression with its transpose, its conjugate and its conjugate transpose, as far as they are others."""
    found = [e] if e.is_scalar else [e, transpose(e)]
    return found if not e.has_complex else [*found, *map(conjugate, found)]


def block_form(parts: Sequence[Form], beside: bool) -> Form:
    """Blocks beside or below each other."""
    return Form("array", tuple(parts), (1, len(parts)) if beside else (len(parts), 1), sum(p.cost for p in parts) + len(parts) + 1)


@rulebook.per_book
def _with_short_forms() -> frozenset[str]:
    """The functions that such expressions name: only where one of them stands are these read."""
    told = [rule.short_for for function in rulebook.names() if (rule := rulebook.find(function)) is not None]
    rules = [rulebook.find(name) for text in told for name in CALL.findall(text)]
    return frozenset(rule.name for rule in rules if rule is not None)


@rulebook.per_book
def _short_forms() -> dict[str, list[tuple[str, Expr]]]:
    """By the head of what a name is a shorter spelling of, the name and that expression."""
    found: dict[str, list[tuple[str, Expr]]] = {}
    for function in rulebook.names():
        rule = rulebook.find(function)
        if rule is not None and rule.short_for:
            form = template(function, "short_for")
            found.setdefault(form.op, []).append((function, form))
    return found


def spelling_of(e: Expr) -> str | None:
    """The function of its first operand alone that spells a function in a shorter way: lambda_max(A) is eigval(A,n)."""
    for function, form in _short_forms().get(e.op, ()) if e.op in _with_short_forms() else ():
        sizes = dict(zip(form.args[0].shape, e.args[0].shape, strict=True))
        if all(a.op == p.op == "const" and a.data == p.data.xreplace(sizes) for a, p in zip(e.args[1:], form.args[1:], strict=True)):
            return function
    return None


def is_short(n: Dim) -> bool:
    """Whether a unit vector of this length is written out."""
    return bool(n.is_Integer) and n <= MAX_UNIT


def is_told(unit: Expr) -> bool:
    """Whether a unit vector is written out: of a short length in numbers, its place a number and no label of an index form."""
    return is_short(unit.shape[0]) and isinstance(unit.data, int)


def unit_array(e: Expr, as_row: bool) -> Form:
    """A unit vector of a length in numbers, written out."""
    n = int(e.shape[0])
    entries = tuple(number(int(i == e.data)) for i in range(1, n + 1))
    return Form("array", entries, (1, n) if as_row else (n, 1), 2 * n + 1)
