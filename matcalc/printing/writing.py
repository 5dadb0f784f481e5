"""How a request is written: among equally short spellings of an answer, its own are shown.

The forms of its parts as they were written, which of their differences an answer has the other way round, and where each
name stands first, by which the terms of a sum and factors that commute are ordered.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Final

from matcalc.algebra import negative, transpose
from matcalc.algebra.node import Expr
from matcalc.algebra.normal_form.norms import SQUARES
from matcalc.printing.as_written import written_out
from matcalc.printing.forms import Form
from matcalc.reading.grammar.syntax import ArrayLiteral, Index, Name
from matcalc.reading.inference.steps import Typed
from matcalc.reading.request import Asked

NOWHERE: Final = 10**9
# Longer sums keep the order of the normal form.
LONGEST: Final = 64
# A definition of more tokens is not written in the place of its name: Y*Y with Y = Z*Z and so on has a thousand tokens after ten.
MAX_IN_FULL: Final = 2_000
LEAVES: Final = frozenset({"sym", "const", "eye", "ones", "zeros", "comm", "dup", "elim", "unit"})


class Writing:
    """What is known of the writing of one request; its parts are shown in its own forms where that is `verbatim`."""

    def __init__(self, asked: Asked | None, verbatim: bool = True) -> None:
        self._asked, self._verbatim = asked, verbatim
        self._places: dict[Expr, int] = {}

    @property
    def vocabulary(self) -> frozenset[str]:
        """The functions that the request speaks of."""
        return frozenset() if self._asked is None else self._asked.vocabulary

    @cached_property
    def forms(self) -> Mapping[Expr, Form]:
        """The parts of the request that are written in one way, each as it is written first."""
        found: dict[Expr, Form] = {}
        if self._asked is None:
            return found
        definitions: dict[str, Form | None] = {}
        for name, tree in self._trees():
            forms = written_out(tree, definitions)
            definitions[name] = forms[-1] if forms[-1] is not None and forms[-1].cost <= MAX_IN_FULL else None
            for e, form in zip(self._asked.nodes[name], forms, strict=True):
                if form is not None and e.op not in LEAVES and form.kind != "name":
                    found.setdefault(e, form)
        return found

    @property
    def shown(self) -> Mapping[Expr, Form]:
        """The parts that are shown as they are written; none where the laws that lead to their normal form are told."""
        return self.forms if self._verbatim else {}

    @cached_property
    def norms(self) -> Mapping[Expr, Form]:
        """The norms that are written, by their squares: the root of a sum of squares is then such a norm."""
        return {SQUARES[e.op](e): form for e, form in self.forms.items() if e.op in SQUARES}

    @cached_property
    def divided(self) -> bool:
        """Whether the request has block matrices and no ranges: what picks rows is then a block matrix, [I, zeros(m,n)], no slice."""
        steps = [] if self._asked is None else [step for _, tree in self._trees() for step in tree.steps]
        ranges = any(isinstance(step.node, Index) for step in steps)
        return not ranges and any(isinstance(step.node, ArrayLiteral) and step.meaning is not None for step in steps)

    def _trees(self) -> Iterable[tuple[str, Typed]]:
        assert self._asked is not None
        return [*self._asked.definitions.items(), ("", self._asked.function)]

    @cached_property
    def turned(self) -> frozenset[Expr]:
        """The differences that are written the other way round, x - y for y - x, and their transposes."""
        sums = [e for e in self.forms if e.op == "add" and len(e.args) <= LONGEST]
        others = [negative(e) for e in sums]
        return frozenset([*others, *map(transpose, others)]) - {*sums, *map(transpose, sums)}

    def oriented(self, e: Expr) -> Expr:
        """A difference as it is written, whichever way round it is kept; anything else as it is."""
        return negative(e) if e in self.turned else e

    @cached_property
    def _first(self) -> Mapping[str, int]:
        """Where each name stands first, the names of a definition where that is named."""
        if self._asked is None:
            return {}
        trees = dict(self._trees())
        found: dict[str, int] = {}
        pending, opened = [""], set()
        while pending:
            name = pending.pop()
            if name in trees and name not in opened:
                opened.add(name)
                nodes = [step.node for step in trees[name].steps]
                pending += [node.name for node in reversed(sorted_by_place(nodes))]
            elif name not in trees:
                found.setdefault(name, len(found))
        return found

    def place(self, e: Expr) -> int:
        """The first place of a name in an expression, dX standing where X stands; NOWHERE where it has none of the request's."""
        known, pending = self._places, [e]
        while pending:
            part = pending[-1]
            missing = [a for a in part.args if a not in known]
            if missing:
                pending += missing
                continue
            pending.pop()
            if part.op == "sym":
                at = self._first.get(part.data.name, self._first.get(part.data.name.removeprefix("d")))
                known[part] = NOWHERE if at is None else at
            else:
                known[part] = min([known[a] for a in part.args], default=NOWHERE)
        return known[e]

    def terms(self, terms: Sequence[Expr]) -> Sequence[Expr]:
        """The terms of a sum in the order in which their names are written first; those without names stay where they are."""
        return self._moved(terms, [range(len(terms))])

    def factors(self, factors: Sequence[Expr]) -> Sequence[Expr]:
        """Factors that commute in that order, names among names and compounds among compounds."""
        names = [k for k, f in enumerate(factors) if f.op == "sym" and f.data.name in self._first]
        return self._moved(factors, [names, [k for k, f in enumerate(factors) if f.op != "sym"]])

    def _moved(self, parts: Sequence[Expr], groups: Iterable[Iterable[int]]) -> Sequence[Expr]:
        if not self._first or len(parts) > LONGEST:
            return parts
        found = list(parts)
        for group in groups:
            slots = [k for k in group if self.place(parts[k]) < NOWHERE]
            for k, at in zip(slots, sorted(slots, key=lambda at: self.place(parts[at])), strict=True):
                found[k] = parts[at]
        return found


def sorted_by_place(nodes: Iterable[object]) -> list[Name]:
    """The names among the nodes of a tree, from left to right."""
    return sorted((n for n in nodes if isinstance(n, Name)), key=lambda n: n.span[0])


PLAIN: Final = Writing(None)
