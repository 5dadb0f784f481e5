"""Which parts of a long formula get names: those that are written several times, where a name saves more than telling it takes.

The cost of a formula is the number of its tokens. A part of w tokens that is written k times costs k*w, and w + k + 3 where it is
told once and called by its name, so that the part with the largest difference is named first, and the others are counted anew.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import field
from typing import Final

from matcalc.algebra import negative, transpose
from matcalc.algebra.node import Expr, split_coefficient, sym
from matcalc.algebra.structure import properties
from matcalc.algebra.walk import in_order, substitute
from matcalc.records import dataclass
from matcalc.simplify.called import name_for

# Tokens of " where p = " beside the part itself.
TELLING: Final = 3
LEAST_PART: Final = 4
MOST: Final = 8
LONGEST: Final = 1500
NONE: Final[Mapping[Expr, str]] = {}
LEAVES: Final = frozenset({"sym", "const", "eye", "ones", "zeros", "comm", "dup", "elim", "unit", "columns", "triangle"})
# What only puts entries elsewhere has no name of its own: diag(x) is told by x.
ARRANGED: Final = frozenset({"T", "diag", "vec"})


@dataclass(frozen=True)
class Repeated:
    """A part, how often it is written in any form, and how many tokens it takes with the names that others have."""

    part: Expr
    uses: int
    cost: int

    @property
    def gain(self) -> int:
        """How many tokens a name saves."""
        return self.uses * (self.cost - 1) - self.cost - TELLING


@dataclass(frozen=True)
class Abbreviated:
    """An expression in which symbols stand for parts, which may hold the symbols before them; `names` are those of the whole parts."""

    expr: Expr
    parts: tuple[tuple[Expr, Expr], ...] = ()
    names: Mapping[Expr, str] = field(default_factory=dict)


def abbreviated(
    e: Expr, taken: Iterable[str], given: Mapping[Expr, str] = NONE, *, least: int = 1, oriented: Callable[[Expr], Expr] = lambda e: e
) -> Abbreviated:
    """An expression with symbols for the parts that are worth at least `least` tokens each; `oriented` turns a difference as it is read.

    Parts that have a name by `given` keep it, other names are none of those `taken`. What is longer than 1500 tokens is left as it is.
    """
    if e.weight > LONGEST:
        return Abbreviated(e)
    known: dict[Expr, Expr] = {}
    told: list[tuple[Expr, Expr]] = []
    names: dict[Expr, str] = {}
    for part, label in named_parts(e, taken, given, least=least).items():
        part = part if part in given else oriented(part)
        symbol = sym(label, part.shape, properties=properties(part))
        names[part] = label
        told.append((symbol, substitute(part, {}, {}, known)))
        known |= forms_of(part, symbol)
    return Abbreviated(substitute(e, {}, {}, known), tuple(told), names) if told else Abbreviated(e)


def forms_of(part: Expr, symbol: Expr) -> dict[Expr, Expr]:
    """A part, its transpose and, of a difference, its negative, with what stands for each."""
    forms = {part: symbol, transpose(part): transpose(symbol)}
    if part.op == "add":
        forms |= {negative(form): negative(stands) for form, stands in forms.items()}
    return forms


def named_parts(
    e: Expr, taken: Iterable[str], given: Mapping[Expr, str] = NONE, *, least: int = 1, others: Sequence[Expr] = ()
) -> dict[Expr, str]:
    """Names for parts of an expression, from the inside outwards, each worth at least `least` tokens; `taken` are names that it has.

    What `others` write counts too.

    Each part is written at least twice, in the expression or in the parts after it.
    """
    chosen: list[Expr] = []
    while len(chosen) < MOST:
        found = [r for r in repeated([e, *others, *chosen], chosen) if r.gain >= least and r.part not in (e, *others)]
        if not found:
            break
        chosen.append(max(found, key=lambda r: (r.gain, r.cost)).part)
    chosen = _worth_it([e, *others], chosen, least)
    order = {n: k for k, n in enumerate(in_order([e, *others]))}
    names: dict[Expr, str] = {}
    used = set(taken)
    for part in sorted(chosen, key=lambda n: order[n]):
        as_given = next((form for form in forms_of(part, part) if form in given), part)
        names[as_given] = given[as_given] if as_given in given else name_for(part, used)
        used.add(names[as_given])
    return names


def _worth_it(roots: Sequence[Expr], chosen: list[Expr], least: int) -> list[Expr]:
    """The parts that are still worth a name beside the others; one that was chosen early may stand in one later part alone."""
    while True:
        counted = {r.part: r for r in repeated([*roots, *chosen], chosen, chosen)}
        kept = [part for part in chosen if part in counted and counted[part].gain >= least]
        if kept == chosen:
            return kept
        chosen = kept


def repeated(roots: Sequence[Expr], named: Sequence[Expr], among: Iterable[Expr] | None = None) -> list[Repeated]:
    """The parts that are written more than once, those `among` others where these are told, none of them `named` else."""
    known = {n for part in named for n in forms_of(part, part)}
    uses = _uses(roots, known)
    candidates = dict.fromkeys(_upright(n, uses) for n in uses if _may_be_named(n)) if among is None else among
    costs = _costs(roots, known)
    return [
        Repeated(part, times, costs[part])
        for part in candidates
        if (times := _either_way(uses, part)) > 1 and (among is not None or part not in known)
    ]


def _uses(roots: Sequence[Expr], known: Container[Expr]) -> Counter[Expr]:
    """How often each part is written, what has a name once at most and not inside."""
    written: Counter[Expr] = Counter()
    for root in roots:
        inside: Counter[Expr] = Counter({root: 1})
        for n in reversed(in_order([root])):
            if n is root or n not in known:
                for a in n.args:
                    inside[a] += inside[n]
        inside[root] -= 1
        written.update({n: k for n, k in inside.items() if k})
    return written


def _costs(roots: Sequence[Expr], known: Container[Expr]) -> Mapping[Expr, int]:
    """How many tokens each part takes with the names of others."""
    saved: dict[Expr, int] = {}
    costs: dict[Expr, int] = {}
    for n in in_order(list(roots)):
        inside = sum(saved[a] for a in n.args)
        costs[n] = n.weight - inside
        saved[n] = n.weight - 1 if n in known else inside
    return costs


def _either_way(uses: Counter[Expr], e: Expr) -> int:
    """How often an expression, its transpose or, of a difference, its negative is written."""
    return sum(uses[form] for form in forms_of(e, e))


def _upright(e: Expr, uses: Container[Expr]) -> Expr:
    """The shortest one of the forms of a part that are written."""
    others = [form for form in forms_of(e, e) if form.op != "T" and form in uses]
    return min(others, key=lambda n: (n.weight, n.sort_key), default=e)


def _may_be_named(e: Expr) -> bool:
    """Whether a person would name a part: no transpose, no multiple by a number, no power of a name, no reciprocal."""
    if e.op in LEAVES or e.op in ARRANGED or e.weight < LEAST_PART or split_coefficient(e)[0] != 1:
        return False
    if e.op in ("pow", "epow"):
        base, exponent = e.args
        is_reciprocal = split_coefficient(exponent)[0].is_negative and (e.op == "epow" or e.is_scalar)
        return base.op not in LEAVES and base.op != "T" and not is_reciprocal
    return True
