r"""Derivations in print: lines of one alignment, with the names of the moves at the right.

    f  = tr(A*X*B)                                    the function
    df = tr(A*dX*B)                                   linearity
       = tr(B*A*dX)                                   cyclic property of the trace
    df/dX = A^T*B^T                                   first identification theorem

In LaTeX this is an align* environment, where a sum too long for its line is broken before a sign, and the names of the
moves go below the formulas where there is no room beside them. In Typst it is a call of a function `derivation`, which
the document defines, with a triple for each line: the two sides and the moves.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Final

from matcalc.algebra.entries import IndexTerm
from matcalc.algebra.node import Expr
from matcalc.algebra.walk import in_order
from matcalc.book.letters import quoted
from matcalc.book.moves import Move, move
from matcalc.derivation.lines import Entries, Left, Line, Question, Written, lines_of
from matcalc.derivation.names import named_parts
from matcalc.derivation.terms import Term
from matcalc.printing import index
from matcalc.printing.forms import Form, increment, name, number
from matcalc.printing.latex import LATEX
from matcalc.printing.printer import Printer
from matcalc.printing.spelling import present_named, present_terms
from matcalc.printing.text import TEXT
from matcalc.printing.typst import TYPST
from matcalc.printing.unicode import UNICODE
from matcalc.printing.widths import joined, packed, pieces_of, width
from matcalc.simplify.simplify import recognise

PRINTERS: Final[dict[str, Printer]] = {"text": TEXT, "latex": LATEX, "unicode": UNICODE}
TURNED: Final = {"text": "({})^T", "latex": r"\left({}\right)^\top", "unicode": "({})ᵀ", "typst": "lr(({}))^⊤"}
SPELLED: Final[dict[str, Printer]] = {**PRINTERS, "typst": TYPST}
WIDEST: Final = 60
LONGEST: Final = 52
LATEX_LINE: Final = 70
RATIO_SIGNS: Final = {"text": ("d", "^2"), "unicode": ("∂", "²"), "latex": (r"\partial ", "^2"), "typst": ("∂ ", "^2")}


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
    lines = _news(lines_of(q), q)
    if all(len(_right(line, "text", q)) <= LONGEST for line in lines if isinstance(line.right, tuple)):
        return q, lines
    factors = [f for line in lines if isinstance(line.right, tuple) for t in line.right for f in (*t.scalars, *t.chain)]
    parts = named_parts(recognise(q.read.expr), q.name, q.variables[0], factors, q.taken | {q.gradient})
    if not parts:
        return q, lines
    shorter = replace(q, parts=parts)
    return shorter, _news(lines_of(shorter), shorter)


def _news(lines: Sequence[Line], q: Question) -> list[Line]:
    """The lines without those that repeat the line before."""
    told = [_sides(line, "text", q) for line in lines]
    return [line for k, line in enumerate(lines) if k == 0 or told[k] != told[k - 1]]


def steps(q: Question, lines: Sequence[Line]) -> tuple[Step, ...]:
    """The lines as steps."""
    told = [{n: " = ".join(_sides(line, n, q)) for n in PRINTERS} for line in lines]
    befores = ["", *(t["text"] for t in told)]
    return tuple(
        Step(rule_of(line.moves), "; ".join(dict.fromkeys(m.source for m in line.moves)), before, t["text"], t["latex"], t["unicode"])
        for line, t, before in zip(lines, told, befores, strict=False)
    )


def printed(q: Question, lines: Sequence[Line], notation: str) -> str:
    """The whole derivation in a notation: text, unicode, latex or typst."""
    sides = [_sides(line, notation, q) for line in lines]
    repeated = [k > 0 and lines[k - 1].left == line.left for k, line in enumerate(lines)]
    rules = [rule_of(line.moves) for line in lines]
    return {"latex": _latex, "typst": _typst}.get(notation, _plain)(sides, repeated, rules)


def rule_of(moves: Sequence[Move]) -> str:
    """The names of the moves of one line."""
    return ", ".join(dict.fromkeys(m.name for m in moves))


def _plain(sides: Sequence[tuple[str, str]], repeated: Sequence[bool], rules: Sequence[str]) -> str:
    width = max(len(left) for left, _ in sides)
    lines = [f"{'' if again else left:<{width}} = {right}" for (left, right), again in zip(sides, repeated, strict=True)]
    column = max((len(line) for line in lines if len(line) <= WIDEST), default=0)
    return "\n".join(f"{line:<{column}}   {rule}" for line, rule in zip(lines, rules, strict=True))


def _latex(sides: Sequence[tuple[str, str]], repeated: Sequence[bool], rules: Sequence[str]) -> str:
    lefts = ["" if again else left for (left, _), again in zip(sides, repeated, strict=True)]
    pieces = [pieces_of(right) for _, right in sides]
    room = LATEX_LINE - max(map(width, lefts))
    widest = max(width(p) for found in pieces for p in found)
    whole, split = [[rule] for rule in rules], [re.split("(?<=,) ", rule) for rule in rules]
    names, beside = next(((n, free) for n in (whole, split) if (free := room - _longest(n)) >= widest), (whole, None))
    rows: list[str] = []
    for left, found, named in zip(lefts, pieces, names, strict=True):
        told = joined(found, packed(found, 0, room if beside is None else beside), "\n&\\quad ").split("\n")
        rules_told = [rf"\text{{{_escaped(n)}}}" for n in named]
        rows += [*_headed(left, told), rf"&\quad {rules_told[0]}"] if beside is None else _in_columns(_headed(left, told), rules_told)
    return "\\begin{align*}\n" + " \\\\\n".join(rows) + "\n\\end{align*}"


def _longest(names: Sequence[Sequence[str]]) -> int:
    return max(len(n) for found in names for n in found)


def _headed(left: str, told: Sequence[str]) -> list[str]:
    return [f"{left} &= {told[0]}", *told[1:]]


def _in_columns(formulas: Sequence[str], rules: Sequence[str]) -> list[str]:
    """Rows with the pieces of a formula and, at the right, those of the names of its moves."""
    return [f"{f or '&'} && {r}" if r else f for f, r in zip_longest(formulas, rules, fillvalue="")]


def _typst(sides: Sequence[tuple[str, str]], repeated: Sequence[bool], rules: Sequence[str]) -> str:
    lines = [
        f"  (${'' if again else left}$, $= {right}$, {quoted(rule)}),"
        for (left, right), again, rule in zip(sides, repeated, rules, strict=True)
    ]
    return "\n".join(["#derivation(", *lines, ")"])


def _escaped(rule: str) -> str:
    return re.sub(r"([_&%#$])", r"\\\1", rule)


# ---------------------------------------------------------------------------------------------- the two sides


def _sides(line: Line, notation: str, q: Question) -> tuple[str, str]:
    return _left(line.left, notation), _right(line, notation, q)


def _left(left: Left, notation: str) -> str:
    printer = SPELLED[notation]
    of = name(left.of)
    if left.kind == "value":
        return printer.render(of)
    if left.kind == "increment":
        moved = printer.render(increment(of))
        if left.by:
            moved = moved.replace(printer.differential, printer.differential + printer.lowered(left.by), 1)
        return _entry(printer, moved, left.at[0])
    if left.kind in ("vec_increment", "row_vec_increment"):
        stacked = Form("transpose", (of,)) if left.kind == "row_vec_increment" else of
        return printer.render(increment(Form("apply", (stacked,), "vec")))
    variables = [_entry(printer, printer.name_of(x), left.at[1]) for x in left.by.split(" ")]
    ratio = _ratio(_entry(printer, printer.name_of(left.of), left.at[0]), variables, notation)
    return TURNED[notation].format(ratio) if left.turned else ratio


def _entry(printer: Printer, base: str, labels: Sequence[str]) -> str:
    """Y[i,j]."""
    if not labels:
        return base
    lowered = " ".join(map(printer.name_of, labels))
    return f"{base}_{{{lowered}}}" if printer is LATEX else f"{base}_({lowered})" if printer is TYPST else f"{base}[{','.join(labels)}]"


def _ratio(of: str, by: Sequence[str], notation: str) -> str:
    """df/dX, or d^2f/dx^2."""
    d, squared = RATIO_SIGNS[notation]
    square = squared if len(by) == 2 else ""
    top = f"{d.strip()}{square}{' ' if d.endswith(' ') else ''}{of}"
    bottom = f"{d}{by[0]}{square}" if len(set(by)) < len(by) else " ".join(d + x for x in by)
    return {"latex": rf"\frac{{{top}}}{{{bottom}}}", "typst": f"frac({top}, {bottom})"}.get(notation, f"{top}/{bottom}")


def _right(line: Line, notation: str, q: Question) -> str:
    printer = SPELLED[notation]
    if isinstance(line.right, Written):
        return str(getattr(line.right, notation))
    if isinstance(line.right, Entries):
        return index.printed([_shown(t, q) for t in line.right.terms], notation)
    if isinstance(line.right, Expr):
        return _named(q.names.in_place(line.right), q, printer) + (_where(q, printer) if line.moves == (move("definition"),) else "")
    if not line.right:
        return printer.render(number(0))
    return printer.render(_form(line.right, line.increments, q))


def _form(terms: Sequence[Term], increments: Mapping[Expr, Expr], q: Question) -> Form:
    shown = q.names.in_place
    told = [(t.coefficient, tuple(map(shown, t.scalars)), tuple(map(shown, t.chain)), t.traced) for t in terms]
    return present_terms(told, {leaf: shown(e) for leaf, e in increments.items()}, q.definitions, q.taken)


def _shown(t: IndexTerm, q: Question) -> IndexTerm:
    """A term with the names that the request gives."""
    named = q.names.in_place
    return replace(t, coefficient=named(t.coefficient), factors=tuple((named(f), at) for f, at in t.factors))


def _named(e: Expr, q: Question, printer: Printer) -> str:
    return printer.render(present_named(e, q.definitions, q.taken))


def _where(q: Question, printer: Printer) -> str:
    """The parts that have names, each told by the names before it."""
    known = set(in_order([q.read.expr, recognise(q.read.expr)]))
    parts = [(label, e) for e, label in q.definitions.items() if e in known and label != q.name]
    told = [f"{printer.name_of(label)}{printer.equals}{_named(e, q, printer)}" for label, e in parts]
    return printer.where + printer.separator.join(told) if told else ""
