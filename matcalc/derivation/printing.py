"""Derivations in print: lines of one alignment, with the names of the moves at the right.

    f  = tr(A*X*B)                                    the function
    df = tr(A*dX*B)                                   linearity
       = tr(B*A*dX)                                   cyclic property of the trace
    df/dX = A^T*B^T                                   first identification theorem

How the lines stand in a notation is its printer's (`Printer.derivation`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from matcalc.algebra import negative
from matcalc.algebra.entries import IndexTerm
from matcalc.algebra.node import Expr
from matcalc.algebra.walk import in_order
from matcalc.book.moves import Move, move
from matcalc.calculus.wirtinger import GRADIENT
from matcalc.derivation.conjugates import alone, complex_lines, variable_of
from matcalc.derivation.detail import reasoned, shortened
from matcalc.derivation.elements import element_lines
from matcalc.derivation.frobenius import HEAD, frobenius_lines
from matcalc.derivation.lines import Answered, Entries, Left, Line, Pair, Paired, Question, function_told, lines_of
from matcalc.derivation.merging import merged
from matcalc.derivation.names import named_parts
from matcalc.derivation.terms import Term
from matcalc.printing import index
from matcalc.printing.alignment import Told
from matcalc.printing.forms import Form, applied, increment, joined, name, number, paired, signed_sum, turned, unsigned
from matcalc.printing.notations.latex import LATEX
from matcalc.printing.notations.printer import Printer
from matcalc.printing.notations.text import TEXT
from matcalc.printing.notations.unicode import UNICODE
from matcalc.printing.spelling import present_named, present_terms
from matcalc.records import dataclass

LONGEST: Final = 52
WORD: Final = re.compile(r"\w+")


@dataclass(frozen=True)
class Step:
    """A step of a derivation: the rule that is applied and its source, the line before it and the line that it leads to.

    `before` and `after` are in the plain notation, such as "df = tr(A*dX)"; `latex` and `unicode` are the line `after`.
    """

    rule: str
    source: str
    before: str
    after: str
    latex: str
    unicode: str

    def __str__(self) -> str:
        return f"{self.after}    [{self.rule}]"


def told(q: Question) -> tuple[Question, list[Line]]:
    """The derivation, with names for parts of the function where its lines would be long."""
    lines = _reasoned(q)
    if q.detail == "short":
        return q, shortened(lines)
    if q.in_entries:
        return q, lines
    y = function_told(q.read.expr)
    factors = [f for line in lines if isinstance(line.right, tuple) for t in line.right for f in (*t.scalars, *t.chain)]
    parts: Mapping[Expr, str] = {y: q.name} if len(q.variables) > 1 and y.is_scalar and any(y in in_order([f]) for f in factors) else {}
    if any(len(_right(line, TEXT, q)) > LONGEST for line in lines if isinstance(line.right, tuple)):
        parts = named_parts(y, q.name, q.variables[0], factors, q.taken | {q.gradient}, q.writing.oriented) or parts
    if not parts:
        return q, lines
    return _with_names(q, parts)


def _with_names(q: Question, parts: Mapping[Expr, str]) -> tuple[Question, list[Line]]:
    """The derivation with these names, save those that no line after the head has a use for."""
    named = replace(q, parts=parts)
    lines = _reasoned(named)
    head = next((k for k, line in enumerate(lines) if line.where), 0)
    words = {word for line in lines[head + 1 :] for word in WORD.findall(_right(line, TEXT, named))}
    used = {part: label for part, label in parts.items() if {label, f"d{label}"} & words}
    return (named, lines) if len(used) == len(parts) else _with_names(q, used) if used else (q, _reasoned(q))


def _reasoned(q: Question) -> list[Line]:
    """The lines of a derivation without those that repeat the line before, each with its reason."""
    lines = _lines(q)
    told = [sides(line, TEXT, q) for line in lines]
    news = _without_returns([(told[k], line) for k, line in enumerate(lines) if k == 0 or told[k] != told[k - 1]])
    return reasoned(news, lambda line: _right(line, TEXT, q))


def _without_returns(told: Sequence[tuple[tuple[str, str], Line]]) -> list[Line]:
    """The lines without two of the function that lead away from a line and back to it."""
    out: list[tuple[tuple[str, str], Line]] = []
    for one in told:
        is_back = len(out) > 1 and one[1].left.kind == "value" and one[0] == out[-2][0]
        out = out[:-1] if is_back else [*out, one]
    return [line for _, line in out]


def _lines(q: Question) -> list[Line]:
    """The lines in the style that is asked for; those by complex variables have one style."""
    if q.read.expr.has_complex or any(v.has_complex for v in q.variables):
        return complex_lines(q)
    return element_lines(q) if q.in_entries else frobenius_lines(q) if q.style == "frobenius" else lines_of(q)


def steps(q: Question, lines: Sequence[Line]) -> tuple[Step, ...]:
    """The lines as steps."""
    told = [[" = ".join(sides(line, p, q)) for p in (TEXT, LATEX, UNICODE)] for line in lines]
    befores = ["", *(after for after, _, _ in told)]
    sources = [sources_of(line.moves) for line in lines]
    rules = [rule_of(line.moves, q.detail == "short") for line in lines]
    return tuple(Step(rule, source, before, *after) for rule, source, before, after in zip(rules, sources, befores, told, strict=False))


def printed(q: Question, lines: Sequence[Line], printer: Printer) -> str:
    """The whole derivation in a notation."""
    both = [sides(line, printer, q) for line in lines]
    repeated = [k > 0 and lines[k - 1].left == line.left for k, line in enumerate(lines)]
    rules = [rule_of(line.moves, q.detail == "short") for line in lines]
    head = _head(printer) if q.style == "frobenius" and not q.in_entries else []
    return printer.derivation([*head, *(Told(*told, rule, again) for told, rule, again in zip(both, rules, repeated, strict=True))])


def _head(printer: Printer) -> list[Told]:
    """The rules of the Frobenius product, above a derivation that goes by them."""
    a, b, c = map(name, "ABC")
    across, entries = joined("product", [turned(b), a]), joined("had", [a, b], 2)
    rules = [
        (paired(a, b), applied("tr", [joined("product", [turned(a), b])])),
        (paired(turned(a), turned(b)), paired(a, b)),
        (paired(a, joined("product", [b, c])), paired(across, c)),
        (paired(a, joined("had", [b, c], 2)), paired(entries, c)),
    ]
    return [Told(printer.render(left), printer.render(right), move(key).name) for (left, right), key in zip(rules, HEAD, strict=True)]


def sources_of(moves: Sequence[Move]) -> str:
    """Where the moves of one line are proved."""
    return "; ".join(dict.fromkeys(m.source for m in (*moves, merged(moves))))


def rule_of(moves: Sequence[Move], is_short: bool) -> str:
    """The name of the rule of one line, that of its moves together; each by itself where the derivation is short."""
    return ", ".join(dict.fromkeys(m.name for m in moves)) if is_short else merged(moves).name


# ---------------------------------------------------------------------------------------------- the two sides


def sides(line: Line, printer: Printer, q: Question) -> tuple[str, str]:
    """The two sides of a line in a notation."""
    return _left(line.left, printer), _right(line, printer, q)


def _left(left: Left, printer: Printer) -> str:
    of = name(left.of)
    if left.kind == "value":
        return printer.at(printer.render(of), left.at[0])
    if left.kind == "increment":
        moved = printer.render(increment(of))
        return printer.at(alone(left.by, moved, printer), left.at[0])
    if left.kind in ("vec_increment", "row_vec_increment"):
        stacked = Form("transpose", (of,)) if left.kind == "row_vec_increment" else of
        return alone(left.by, printer.render(increment(Form("apply", (stacked,), "vec"))), printer)
    if left.by.startswith(f"{GRADIENT}:"):
        return f"{printer.gradient(printer.name_of(left.by.partition(':')[2]))} {printer.name_of(left.of)}"
    names = [variable_of(x, printer) for x in left.by.split(" ")]
    above, *below = ((), *left.at) if left.kind == "second" else left.at
    variables = [printer.at(x, labels) for x, labels in zip(names, below if left.kind == "second" else below * len(names), strict=True)]
    ratio = printer.derivative(printer.at(printer.name_of(left.of), above), *variables)
    ratio = printer.turned.format(ratio) if left.turned else ratio
    return f"{printer.at(printer.name_of(left.called), below[0])}{printer.equals}{ratio}" if left.called else ratio


def _right(line: Line, printer: Printer, q: Question) -> str:
    if isinstance(line.right, Answered):
        return line.right.written(printer)
    if isinstance(line.right, Entries):
        moved = {leaf: increment(_spelled(q.names.in_place(e), q)) for leaf, e in line.right.increments.items()}
        return index.printed([_shown(t, q) for t in line.right.terms], printer, moved)
    if isinstance(line.right, Paired):
        return printer.render(_paired(line.right.items, line.increments, q))
    if line.shown is not None:
        told = [f"{printer.name_of(s.data.name)}{printer.equals}{printer.render(q.plainly(e))}" for s, e in line.parts]
        return printer.render(q.plainly(line.shown)) + (printer.where + printer.separator.join(told) if told else "")
    if isinstance(line.right, Expr) and line.plain:
        return printer.render(q.plainly(line.right))
    if isinstance(line.right, Expr):
        return _named(q.names.in_place(line.right), q, printer) + (_where(q, printer) if line.where else "")
    if not line.right:
        return printer.render(number(0))
    return printer.render(_form(line.right, line.increments, q))


def _form(terms: Sequence[Term], increments: Mapping[Expr, Expr], q: Question) -> Form:
    shown = q.names.in_place
    told = [(t.coefficient, tuple(map(shown, t.scalars)), tuple(map(shown, t.chain)), t.traced) for t in terms]
    return present_terms(told, {leaf: shown(e) for leaf, e in increments.items()}, q.definitions, q.taken, q.writing)


def _paired(items: Sequence[Pair | Term], increments: Mapping[Expr, Expr], q: Question) -> Form:
    """A sum of Frobenius products; their signs are those of the sum."""
    signed = []
    for item in items:
        terms = item.right if isinstance(item, Pair) else (item,)
        minus, form = _signed(_form(terms, increments, q))
        if isinstance(item, Pair):
            turned, left = _signed(_spelled(q.names.in_place(item.left), q))
            minus, form = minus is not turned, paired(left, form)
        signed.append((minus, form))
    return unsigned(signed_sum(signed)) if signed else number(0)


def _signed(form: Form) -> tuple[bool, Form]:
    return (True, form.parts[0]) if form.kind == "negative" else (False, form)


def _shown(t: IndexTerm, q: Question) -> IndexTerm:
    """A term with the names that the request gives."""
    named = q.names.in_place
    return replace(t, coefficient=named(t.coefficient), factors=tuple((named(f), at) for f, at in t.factors))


def _spelled(e: Expr, q: Question) -> Form:
    return present_named(e, q.definitions, q.taken, q.writing)


def _named(e: Expr, q: Question, printer: Printer) -> str:
    return printer.render(_spelled(e, q))


def _where(q: Question, printer: Printer) -> str:
    """The parts that have names, each told by the names before it."""
    known = set(in_order([q.read.expr, function_told(q.read.expr)]))
    parts = [(label, e) for e, label in q.definitions.items() if (e in known or negative(e) in known) and label != q.name]
    told = [f"{printer.name_of(label)}{printer.equals}{_named(e, q, printer)}" for label, e in parts]
    return printer.where + printer.separator.join(told) if told else ""
