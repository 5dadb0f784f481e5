"""Algebraic identities of rules/identities.toml: patterns over expressions, matched up to the order of sums and products."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from operator import itemgetter
from typing import Final

from matcalc.algebra import add, epow, fun, had, mul, negative, power, rebuild, transpose
from matcalc.algebra.node import Expr, const, is_const, split_coefficient, split_product, sym
from matcalc.algebra.normal_form.functions import stays
from matcalc.algebra.operations import COMMUTATIVE
from matcalc.algebra.structure import properties
from matcalc.algebra.walk import in_order, substitute
from matcalc.book import rules as rulebook
from matcalc.book.properties import is_property
from matcalc.book.rules import ARRAYS, CALL, Table, holds_of_complex, in_use, per_book, read_param
from matcalc.book.sizes import ONE, Dim, dim, show
from matcalc.errors import UsageError
from matcalc.memory import remembered
from matcalc.records import dataclass
from matcalc.scalars import S, Scalar

HEADS: Final = {"mul": ("mul", "inner")}
# Operations that no letter stands for: where a left side has one, so has what it matches.
MATCHED_AS_IT_IS: Final = frozenset({"add", "triangle"})
# Operations that a left side is told by as by a function: what has none has no use for it.
TOLD: Final = frozenset({"pow", "eye"})
MAX_OPERANDS: Final = 12
MAX_TURNED: Final = 500


@dataclass(frozen=True)
class Bindings:
    """What the letters and the sizes of a left side stand for."""

    values: dict[str, Expr]
    sizes: dict[Dim, Dim]


@dataclass(frozen=True)
class Identity:
    """left => right, for every value of the parameters."""

    name: str
    left: Expr
    right: Expr
    source: str
    letters: frozenset[str]
    complex: bool = False

    def __str__(self) -> str:
        return f"{self.name}: {self.left} => {self.right}"

    def made(self, b: Bindings) -> Expr:
        """The right side."""
        return substitute(self.right, b.values, b.sizes)


@per_book
def identities() -> tuple[Identity, ...]:
    """Every identity of the book; one over arrays is there once more for scalars, a product once more transposed."""
    return tuple(i for table in in_use().identities for i in read_identity(table))


def read_identity(table: Table) -> Iterator[Identity]:
    """The identity of a table, and what follows from it for scalars and for the transpose.

    Raises UsageError, with the place of the table, for a part that is missing, sides of different shapes, or a right side with
    a letter or a size that the left side does not bind: it would stay in what is rewritten.
    """
    says = table.says
    missing = {"name", "args", "left", "right", "source"} - set(says)
    if missing:
        raise UsageError(f"{table.place}: {says.get('name', 'an identity')} lacks {', '.join(sorted(missing))}")
    params = {}
    known = {}
    for text in says["args"]:
        letter, _, shape = (part.strip() for part in text.partition(":"))
        words = shape.split()
        known[letter] = frozenset(w for w in words if is_property(w))
        params[letter] = read_param(f"{letter}: {' '.join(w for w in words if not is_property(w))}").shape
    name, source = str(says["name"]), str(says["source"])
    complexly = bool(says.get("complex")) or holds_of_complex((str(says["left"]), str(says["right"])), frozenset().union(*known.values()))
    sides = [_side(str(says[side]), params, known) for side in ("left", "right")]
    for scalar in (False, True):
        if scalar and any(s[1] == "1" for s in params.values()):
            return
        left, right = (_of_scalars(side, params) for side in sides) if scalar else sides
        if left is right:
            return
        _check_bound(f"{table.place}: {name}", left, right)
        yield Identity(name, left, right, source, frozenset(params), complexly)
        if left.op == "mul" and transpose(left) not in (left, right):
            yield Identity(f"{name}, transposed", transpose(left), transpose(right), source, frozenset(params), complexly)


def _side(text: str, params: dict[str, tuple[str, str]], known: dict[str, frozenset[str]]) -> Expr:
    from matcalc.reading.alone import read_expression  # few requests come near an identity

    names = {k: sym(k, (dim(s[0]), dim(s[1])), properties=known[k]) for k, s in params.items()}
    return read_expression(text, names, dimensions=_told(params))


def _of_scalars(side: Expr, params: dict[str, tuple[str, str]]) -> Expr:
    """A side of an identity for scalars: every size that is told by a parameter is 1, so that ones(m,n) is 1."""
    return substitute(side, {k: sym(k, (ONE, ONE)) for k in params}, {dim(d): ONE for d in _told(params)})


def _told(params: dict[str, tuple[str, str]]) -> set[str]:
    """The sizes that the parameters have."""
    return {d for s in params.values() for d in s if d != "1"}


def _check_bound(where: str, left: Expr, right: Expr) -> None:
    if left.shape != right.shape:
        raise UsageError(f"{where}: the left side is {show(left.shape)}, the right side {show(right.shape)}")
    given = {n.data.name for n in in_order([left]) if n.op == "sym"} | {str(d) for n in in_order([left]) for d in n.shape}
    held = {n.data.name for n in in_order([right]) if n.op == "sym"} | _sizes(right)
    if not held <= given:
        raise UsageError(f"{where}: the left side does not tell {', '.join(sorted(held - given))} of the right side")


def _sizes(e: Expr) -> set[str]:
    """The names of sizes in an expression: in shapes, in K(m,n), and in numbers such as 2*n."""
    data = [d for n in in_order([e]) for d in (*n.shape, *(n.data if isinstance(n.data, tuple) else (n.data,)))]
    return {s.name for d in data if isinstance(d, Scalar) for s in d.free_symbols}


class Known:
    """The identities of a book by the operation at their root, each read when the operations that it is about have been met.

    An expression without softmax has no use for what the book says of it, and reading all takes as long as ten derivations.
    """

    def __init__(self, tables: Sequence[Table]) -> None:
        self.heads: dict[str, list[tuple[int, frozenset[str], Identity]]] = {}
        self.fitting: dict[str, tuple[frozenset[str], dict[frozenset[str], list[Identity]]]] = {}
        self.met: set[str] = set()
        self.waiting = [(at, waits_for(table), table) for at, table in enumerate(tables)]
        self.names = set(rulebook.names()) - {"sym"} | MATCHED_AS_IT_IS
        self.meet(set())

    def meet(self, ops: set[str]) -> None:
        """Read what is about these operations and those met before; the order is that of the book all the same.

        All is taken up at once: where a limit or an alarm ends the reading, it is as if nothing had been met.
        """
        met = self.met | ops
        ready = [w for w in self.waiting if _has_met(met, w[1])]
        read = [(at, i) for at, _, table in ready for i in read_identity(table)]
        heads = {head: list(known) for head, known in self.heads.items()} if read else self.heads
        for at, i in read:
            entry = (at, frozenset(_near_root(i.left) & (self.names | TOLD)), i)
            for head in HEADS.get(i.left.op, (i.left.op,)):
                heads[head] = sorted([*heads.get(head, []), entry], key=itemgetter(0))
        waiting = [w for w in self.waiting if not _has_met(met, w[1])]
        fitting: dict[str, tuple[frozenset[str], dict[frozenset[str], list[Identity]]]]
        fitting = {head: (frozenset[str]().union(*(needed for _, needed, _ in known)), {}) for head, known in heads.items()}
        self.heads, self.fitting, self.waiting, self.met = heads, fitting, waiting, met

    def rewritten_by(self, e: Expr) -> tuple[Identity, Expr] | None:
        """The first identity that applies at the root of an expression, and what it makes of it."""
        if len(e.args) > MAX_OPERANDS:
            return None
        present = _near_root(e)
        if not present <= self.met:
            self.meet(present)
        for i in self._fitting(e.op, present):
            found = apply(i, e) if i.complex or not e.has_complex else None
            if found is not None:
                return i, found
        return None

    def _fitting(self, op: str, present: set[str]) -> Sequence[Identity]:
        """The identities with this root that need no other operations."""
        if op not in self.fitting:
            return ()
        needed, known = self.fitting[op]
        told = needed & present
        if told not in known:
            known[told] = [i for _, those, i in self.heads[op] if those <= told]
        return known[told]


Waits = frozenset[frozenset[str]]
# What a sign in the left side of an identity of the package's own is built as.
SIGNS: Final = {"+": frozenset({"add"}), " - ": frozenset({"add"}), "/": frozenset({"pow", "epow"}), "^-": frozenset({"pow", "epow"})}
# A constant, and what is made of one alone: tril(ones(n,n)).
CONSTANT: Final = re.compile(rf"(?:\w+\()?\b(?:{'|'.join(ARRAYS)})\([^()]*\)")


def waits_for(table: Table) -> Waits:
    """The operations, of each group one, without which a left side has nothing to match: functions that it names, sums, quotients.

    In a user's identity these may be built as something else, 2*x of x + x; in the package's own only what is made of constants is.
    """
    left = str(table.says.get("left", ""))
    if table.line == 0:
        text = CONSTANT.sub("", left)
        rules = {name: rulebook.find(name) for name in CALL.findall(text)}
        groups = [frozenset({name if rule is None else rule.name}) for name, rule in rules.items()]
        groups += [operations for sign, operations in SIGNS.items() if sign in text]
        return frozenset(groups)
    found = [rulebook.find(name) for name in CALL.findall(left)]
    return frozenset(frozenset({rule.name}) for rule in found if rule is not None and stays(rule.name))


def _has_met(met: set[str], waits: Waits) -> bool:
    return not any(group.isdisjoint(met) for group in waits)


@per_book
def named_in_identities() -> frozenset[str]:
    """The functions that the left sides of identities name."""
    rules = [rulebook.find(name) for table in in_use().identities for name in CALL.findall(str(table.says.get("left", "")))]
    return frozenset(rule.name for rule in rules if rule is not None)


@per_book
def _known() -> Known:
    return Known(in_use().identities)


def _near_root(e: Expr) -> set[str]:
    """The operations up to three levels below an expression."""
    found = {e.op}
    for a in e.args:
        found.add(a.op)
        for b in a.args:
            found.add(b.op)
            found.update([c.op for c in b.args])
    return found


def rewrite(e: Expr) -> Expr | None:
    """The expression after the first identity that applies at its root, or None."""
    found = rewritten_by(e)
    return None if found is None else found[1]


@remembered(4096)
def rewritten_by(e: Expr) -> tuple[Identity, Expr] | None:
    """The first identity that applies at the root of an expression, and what it makes of it."""
    return _known().rewritten_by(e)


def apply(i: Identity, e: Expr) -> Expr | None:
    """The expression after an identity at its root, or None where it does not apply."""
    if e.op == "add":
        return _apply_to_sum(i, e)
    if e.op in ("mul", "had", "inner"):
        return _apply_to_product(i, e)
    b = match(i.left, e, Bindings({}, {}), i.letters)
    return None if b is None else i.made(b)


def _coefficient(c: Scalar, b: Bindings) -> Scalar:
    """The constant factor of a left side, with the sizes that its letters have."""
    return substitute(const(c), {}, b.sizes).data if c.free_symbols else c


# ------------------------------------------------------------------------------------------------------ sums


def _apply_to_sum(i: Identity, e: Expr) -> Expr | None:
    """The terms that the identity names replaced, the others kept; it applies to the negative of a sum too."""
    if len(e.args) < len(i.left.args):
        return None
    for turned in (False, True):
        args = [negative(a) for a in e.args] if turned else list(e.args)
        for b, used in _choose(list(i.left.args), args, Bindings({}, {}), i.letters):
            right = i.made(b)
            return add(negative(right) if turned else right, *(a for k, a in enumerate(e.args) if k not in used))
    return None


def _choose(patterns: list[Expr], args: list[Expr], b: Bindings, letters: frozenset[str]) -> Iterator[tuple[Bindings, frozenset[int]]]:
    """Every way to match the patterns with distinct operands; those with most structure are matched first."""
    ordered = sorted(patterns, key=lambda p: -p.weight if p.op != "sym" else 0)
    yield from _choose_from(ordered, args, b, frozenset(), letters)


def _choose_from(
    patterns: list[Expr], args: list[Expr], b: Bindings, used: frozenset[int], letters: frozenset[str]
) -> Iterator[tuple[Bindings, frozenset[int]]]:
    if not patterns:
        yield b, used
        return
    for k, a in enumerate(args):
        if k not in used:
            found = match(patterns[0], a, b, letters)
            if found is not None:
                yield from _choose_from(patterns[1:], args, found, used | {k}, letters)


# -------------------------------------------------------------------------------------------------- products


def _apply_to_product(i: Identity, e: Expr) -> Expr | None:
    """Commuting factors wherever they stand, each to as high a power as the others allow; matrices next to each other."""
    (outside, wanted, chain), (c, given, mats) = _factors(i.left), _factors(e)
    if not chain:
        found = _match_powers(wanted, given, Bindings({}, {}), i.letters) if len(wanted) <= len(given) else None
        if found is None:
            return None
        b, times, rest = found
        right = i.made(b)
        c = c / _coefficient(outside, b) ** times
        if e.op == "had":
            return mul(const(c), had(*(epow(base, n) for base, n in rest), epow(right, times)))
        return mul(const(c), *(power(base, n) for base, n in rest), power(right, times), *mats)
    for k, others in enumerate([mats, *(f.args if f.op == "inner" and n == 1 else () for f, n in given)]):
        beside = [f for j, f in enumerate(given) if j != k - 1]
        made = _apply_to_chain(i, beside, others) if len(wanted) <= len(beside) else None
        if made is not None:
            return mul(const(c), made, *(mats if k else ()))
    return None


def _apply_to_chain(i: Identity, given: Powers, mats: Sequence[Expr]) -> Expr | None:
    """The identity applied to a stretch of a chain, or to one factor of a Hadamard product or diagonal in it."""
    outside, wanted, chain = _factors(i.left)
    for k in range(len(mats) - len(chain) + 1):
        stretch = tuple(mats[k : k + len(chain)])
        places = [(stretch, _itself)] if len(chain) > 1 else _places(stretch[0])
        for part, put_back in places:
            b = _match_chain(chain, part, Bindings({}, {}), i.letters)
            found = None if b is None else _match_once(wanted, given, b, i.letters)
            if found is not None:
                b, rest = found
                right = put_back(i.made(b))
                c = const(1 / _coefficient(outside, b))
                return mul(c, *(power(base, n) for base, n in rest), *mats[:k], right, *mats[k + len(chain) :])
    return None


def _places(f: Expr) -> list[tuple[tuple[Expr, ...], Callable[[Expr], Expr]]]:
    """Where one factor of a chain may stand: alone, in a Hadamard product, on a diagonal; and how it is put back there."""
    if f.op == "diag":
        return [(part, partial(_on_diagonal, put)) for part, put in _places(f.args[0])]
    if f.op == "had":
        return [((f,), _itself), *(((g,), partial(had, *(h for h in f.args if h is not g))) for g in f.args)]
    return [((f,), _itself)]


def _itself(e: Expr) -> Expr:
    return e


def _on_diagonal(put: Callable[[Expr], Expr], e: Expr) -> Expr:
    return fun("diag", put(e))


Powers = list[tuple[Expr, int]]


@remembered(4096)
def _factors(e: Expr) -> tuple[Scalar, Powers, tuple[Expr, ...]]:
    """(coefficient, commuting factors with their exponents, matrices in order)."""
    if e.op == "had":
        return S.One, [_base_and_exponent(f) for f in e.args], ()
    if e.op == "inner":
        return S.One, [], e.args
    c, scalars, mats = split_product(e)
    return c, [_base_and_exponent(f) for f in scalars], mats


def _base_and_exponent(f: Expr) -> tuple[Expr, int]:
    """(base, k) with f = base^k; the algebra says whether f(3 x) is f(x)^3, as exp(3 x) is."""
    # Not a power of a square matrix: sign(A) .* A^2 is not sign(A) .* A.^2.
    power = f.op == "epow" or f.op == "pow" and f.is_scalar
    if power and f.args[1].op == "const" and f.args[1].data.is_Integer:
        return f.args[0], int(f.args[1].data)
    if len(f.args) == 1:
        c, rest = split_coefficient(f.args[0])
        if c.is_Integer and c > 1 and rest.op != "const":
            base = rebuild(f, (rest,))
            return (base, int(c)) if epow(base, const(c)) is f else (f, 1)
    return f, 1


def _match_chain(patterns: Sequence[Expr], mats: Sequence[Expr], b: Bindings, letters: frozenset[str]) -> Bindings | None:
    found: Bindings | None = b
    for p, a in zip(patterns, mats, strict=True):
        found = match(p, a, found, letters) if found is not None else None
    return found


def _match_powers(wanted: Powers, given: Powers, b: Bindings, letters: frozenset[str]) -> tuple[Bindings, int, Powers] | None:
    """Bindings, how often the wanted factors occur among those given, and what is left of these."""
    ordered = sorted(wanted, key=lambda w: -w[0].weight if w[0].op != "sym" else 0)
    for found, used in _choose_powers(ordered, given, b, {}, letters):
        times = min(given[k][1] // n for k, n in used.items())
        return found, times, _left_over(given, used, times)
    return None


def _match_once(wanted: Powers, given: Powers, b: Bindings, letters: frozenset[str]) -> tuple[Bindings, Powers] | None:
    for found, used in _choose_powers(wanted, given, b, {}, letters):
        return found, _left_over(given, used, 1)
    return None


def _left_over(given: Powers, used: dict[int, int], times: int) -> Powers:
    return [(base, n - times * used.get(k, 0)) for k, (base, n) in enumerate(given)]


def _choose_powers(
    wanted: Powers, given: Powers, b: Bindings, used: dict[int, int], letters: frozenset[str]
) -> Iterator[tuple[Bindings, dict[int, int]]]:
    """Every way to match the wanted factors with distinct given ones; `used` maps these to the exponent that is wanted."""
    if not wanted:
        yield b, used
        return
    base, n = wanted[0]
    for k, (other, m) in enumerate(given):
        if k not in used and m // n > 0:
            found = match(base, other, b, letters)
            if found is not None:
                yield from _choose_powers(wanted[1:], given, found, {**used, k: n}, letters)


# -------------------------------------------------------------------------------------------------- matching


def match(pattern: Expr, e: Expr, b: Bindings, letters: frozenset[str]) -> Bindings | None:
    """The bindings under which the pattern is the expression, extending those given; None if there are none."""
    if pattern.op == "sym" and pattern.data.name in letters:
        return _bind(pattern, e, b)
    if pattern.op == "T" and pattern.args[0].op == "sym" and pattern.args[0].data.name in letters:
        # A transpose goes inside, and what is long may be deep.
        return _bind(pattern.args[0], transpose(e), b) if e.op == "T" or e.weight <= MAX_TURNED else None
    if _is_negative_letter(pattern, letters):
        return match(pattern.args[1], negative(e), b, letters)
    if pattern.op != e.op or pattern.data != e.data:
        return None
    if len(pattern.args) != len(e.args):
        return _match_rest(pattern, e, b, letters) if pattern.op == "add" and len(e.args) <= MAX_OPERANDS else None
    sized = _bind_shape(pattern, e, b)
    if sized is None:
        return None
    if pattern.op in COMMUTATIVE or pattern.op == "mul" and pattern.is_scalar:
        return next((found for found, _ in _choose(list(pattern.args), list(e.args), sized, letters)), None)
    return _match_chain(pattern.args, e.args, sized, letters)


def _match_rest(pattern: Expr, e: Expr, b: Bindings, letters: frozenset[str]) -> Bindings | None:
    """A letter that is a term of a sum is all that the other terms of the pattern leave of a longer sum."""
    alone = [p for p in pattern.args if p.op == "sym" and p.data.name in letters]
    if len(alone) != 1:
        return None
    others = [p for p in pattern.args if p is not alone[0]]
    for found, used in _choose(others, list(e.args), b, letters):
        whole = _bind(alone[0], add(*(a for k, a in enumerate(e.args) if k not in used)), found)
        if whole is not None:
            return whole
    return None


def _is_negative_letter(pattern: Expr, letters: frozenset[str]) -> bool:
    """-x in a pattern is any expression with its sign turned."""
    if pattern.op != "mul" or len(pattern.args) != 2 or not is_const(pattern.args[0], -1):
        return False
    return pattern.args[1].op == "sym" and pattern.args[1].data.name in letters


def _bind(pattern: Expr, e: Expr, b: Bindings) -> Bindings | None:
    name = pattern.data.name
    if name in b.values:
        return b if b.values[name] is e else None
    sized = _bind_shape(pattern, e, b) if pattern.data.properties <= properties(e) else None
    return None if sized is None else Bindings({**sized.values, name: e}, sized.sizes)


def _bind_shape(pattern: Expr, e: Expr, b: Bindings) -> Bindings | None:
    sizes = b.sizes
    for mine, theirs in zip(pattern.shape, e.shape, strict=True):
        if not mine.is_Symbol:
            if mine != theirs:
                return None
        elif mine not in sizes:
            sizes = {**sizes, mine: theirs}
        elif sizes[mine] != theirs:
            return None
    return b if sizes is b.sizes else Bindings(b.values, sizes)
