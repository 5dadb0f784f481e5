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
from collections.abc import Container, Mapping, Sequence
from itertools import count
from typing import Final

from matcalc.algebra import negative, transpose
from matcalc.algebra.expr import first_of
from matcalc.algebra.node import Expr, split_product
from matcalc.algebra.walk import in_order
from matcalc.printing.forms import Form, signed_sum, unsigned
from matcalc.printing.presenter import Presenter
from matcalc.printing.writing import PLAIN, Writing
from matcalc.records import dataclass
from matcalc.scalars import Scalar

LONG: Final = 1500
PART: Final = 150
SHARED: Final = 4
# The names of constants that may be names of variables.
CONSTANTS: Final = ("I", "K", "D", "L")


@dataclass(frozen=True)
class Presentation:
    """A formula, and the named parts that it is written with, each using earlier ones only."""

    form: Form
    parts: tuple[tuple[str, Form], ...] = ()


def present_named(e: Expr, named: Mapping[Expr, str], taken: Container[str] = (), writing: Writing = PLAIN) -> Form:
    """The shortest spelling of an expression some parts of which have names of their own, where the names in `taken` are variables."""
    _transpose_all(in_order([e]))
    presenter = Presenter({part: label for part, label in named.items() if part is not e}, taken, writing=writing)
    presenter.prepare([e])
    return presenter.spelled(e)


def present(e: Expr, taken: Container[str] = (), writing: Writing = PLAIN) -> Presentation:
    """The shortest spelling of an expression, with named parts where it would be too long without; `taken` are further names."""
    nodes = in_order([e])
    _transpose_all(nodes)
    variables = {n.data.name for n in nodes if n.op == "sym"}
    named = _named_parts(e, nodes, variables, taken) if e.weight > LONG else {}
    presenter = Presenter(named, variables | {name for name in CONSTANTS if name in taken}, writing=writing)
    presenter.prepare([e, *named])
    parts = tuple((label, presenter.spelled(part)) for part, label in named.items())
    return Presentation(presenter.spelled(e), parts)


def present_factors(e: Expr) -> tuple[bool, list[Form], list[Form]]:
    """(negative, numerators, denominators) of a scalar, for one who has more factors to add to it."""
    nodes = in_order([e])
    _transpose_all(nodes)
    presenter = Presenter({}, {n.data.name for n in nodes if n.op == "sym"})
    presenter.prepare([e])
    return presenter.factors(*split_product(e))


def present_terms(
    terms: Sequence[tuple[Scalar, Sequence[Expr], Sequence[Expr], bool]],
    increments: Mapping[Expr, Expr],
    named: Mapping[Expr, str],
    taken: Container[str] = (),
    writing: Writing = PLAIN,
) -> Form:
    """A line of a derivation: terms (c, scalars, factors, whether traced), their factors in the order in which they are.

    `increments` says what each increment is the differential of, `named` which expressions have names of their own; the names
    in `taken` are variables.
    """
    turned = {leaf for leaf, e in increments.items() if e not in named and (e in writing.turned or named and negative(e) in named)}
    increments = {leaf: negative(e) if leaf in turned else e for leaf, e in increments.items()}
    presenter = Presenter(dict(named), taken, increments, writing)
    for roots in (tuple(increments.values()), [f for _, scalars, chain, _ in terms for f in (*scalars, *chain)]):
        _transpose_all(in_order(roots))
        presenter.prepare(roots)
    signed = [presenter.term(*t, increments) for t in terms]
    minus = [_holds_odd(t[1], t[2], turned) for t in terms] if turned else [False] * len(terms)
    return unsigned(signed_sum([(is_minus is not turn, form) for (is_minus, form), turn in zip(signed, minus, strict=True)]))


def _holds_odd(scalars: Sequence[Expr], chain: Sequence[Expr], leaves: Container[Expr]) -> bool:
    """Whether a term, which is linear in one increment, has one of these."""
    return any(n in leaves for n in in_order([*scalars, *chain]))


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
    return first_of(e, other)
