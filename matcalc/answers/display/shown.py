"""One way to show a result: a result says what it is in a notation and what it rests on, and everything else follows.

    text, unicode, latex, typst       the formula in a notation; `printed` has any notation by its name
    told("text")                      the formula, and below it what it rests on
    as_json(), code("numpy"), sympy   the fields, and programs
    in a notebook                     text, LaTeX, and Markdown with the notes below the formula
"""

from __future__ import annotations

import re
import textwrap
from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Final

from matcalc.book.belonging import OfBook
from matcalc.book.choices import TARGETS
from matcalc.errors import UsageError
from matcalc.patterns import late
from matcalc.printing.notations.table import NOTATIONS, printer

if TYPE_CHECKING:
    from matcalc.algebra.node import Expr
    from matcalc.printing.notations.printer import Printer

SPECIAL: Final = late(r"([\\`*_{}\[\]()<>#+.!|$~^-])")
INDENT: Final = "  "
WIDTH: Final = 80

Bundle = dict[str, str]


class Shown(OfBook, ABC):
    """A result. A kind of result says what it is called, its formulas, its notes and its fields."""

    called: str = "this"

    @abstractmethod
    def written(self, notation: Printer) -> str:
        """The result in a notation, without what it rests on."""

    def shown(self, notation: Printer) -> str:
        """The result as a reader sees it, with names for its parts where that is shorter."""
        return self.written(notation)

    @abstractmethod
    def to_dict(self) -> Any:
        """The fields of the result as plain data."""

    def notes(self, notation: Printer) -> Sequence[str]:
        """What the result rests on, a line each."""
        return ()

    def code(self, target: str = "numpy", *, documented: bool = False) -> str:
        """Source of a function in one of the languages of `TARGETS`.

        Raises UsageError where there is none.
        """
        raise UsageError(f"{self.called} is no function of arrays, so there is no {target} code of it")

    @property
    def sympy(self) -> str:
        """SymPy source.

        Raises UsageError where there is none.
        """
        raise UsageError(f"{self.called} is no expression of SymPy")

    # ------------------------------------------------------------------------------------- what follows

    def printed(self, notation: str) -> str:
        """The result in a notation, by name.

        Raises UsageError for one that there is not.
        """
        return self.written(printer(notation))

    @cached_property
    def text(self) -> str:
        """The plain notation, which is read back to the same."""
        return self.printed("text")

    @cached_property
    def unicode(self) -> str:
        """The signs of mathematics, for a terminal."""
        return self.printed("unicode")

    @cached_property
    def latex(self) -> str:
        """LaTeX for display mode, with nothing beyond amsmath and amssymb."""
        return self.printed("latex")

    @cached_property
    def typst(self) -> str:
        """Typst, for a mathematical block."""
        return self.printed("typst")

    def told(self, notation: str = "text") -> str:
        """The result, and below it what it rests on, where the notation leaves room for words."""
        formulas = self.shown(printer(notation))
        if not NOTATIONS[notation].prose:
            return formulas
        return "\n".join([formulas, "", *indented(self.notes(printer(notation)))])

    def as_json(self) -> str:
        """The fields as JSON."""
        import json  # most answers are no JSON

        return json.dumps(self.to_dict(), ensure_ascii=False)

    def __str__(self) -> str:
        return self.text

    def _repr_latex_(self) -> str | None:
        return f"$\\displaystyle {self.shown(printer('latex'))}$"

    def _repr_mimebundle_(self, **_wanted: Any) -> Bundle:
        return bundled(self.told("unicode"), self.shown(printer("latex")), self.notes(printer("unicode")))


class Formula(Shown):
    """A result that is one expression in variables, and so a function of arrays; `called` is the name of the function."""

    @property
    @abstractmethod
    def value(self) -> Expr:
        """The expression."""

    @property
    @abstractmethod
    def parameters(self) -> tuple[Expr, ...]:
        """Its variables."""

    def code(self, target: str = "numpy", *, documented: bool = False) -> str:
        """Source of a function in one of the languages of `TARGETS`, with its formula where it is to be documented.

        Raises UsageError for an unknown target, or where a function of the rule book is not known there.
        """
        from matcalc import codegen  # only those need it who ask for code

        TARGETS.check(target)
        docstring = f"{self.text}\n" if documented else ""
        made = codegen.matrix_function(self.value, self.parameters, codegen.DIALECTS[target], name=self.called, docstring=docstring)
        return codegen.module([made])

    @property
    def sympy(self) -> str:
        """SymPy source that defines `derivative`, the expression."""
        from matcalc.printing.sympy_source.code import matrix_source  # only those need it who ask for SymPy

        return matrix_source(self.value).text()


class Derivation(str):
    """A derivation in a notation, a text that a notebook shows as lines."""

    __slots__ = ()

    def _repr_mimebundle_(self, **_wanted: Any) -> Bundle:
        bundle = {"text/plain": str(self)}
        if self.startswith("\\begin{align*}"):
            bundle |= {"text/latex": str(self), "text/markdown": f"$$\n{self.replace('{align*}', '{aligned}')}\n$$"}
        return bundle


def indented(notes: Sequence[str]) -> list[str]:
    """Notes below a formula, none wider than a terminal of 80 columns as far as it can be broken."""
    return [line for note in notes for line in fitted(note)]


def fitted(note: str) -> list[str]:
    """A note on lines that end after a comma, or between words where there is none."""
    if len(note) + len(INDENT) <= WIDTH:
        return [INDENT + note]
    lines, line = [], INDENT
    for piece in re.split(r"(?<=,) ", note):
        joined = f"{line} {piece}" if line.strip() else line + piece
        if len(joined) > WIDTH and line.strip():
            lines.append(line)
            joined = 2 * INDENT + piece
        line = joined
    wrap = partial(textwrap.wrap, width=WIDTH, subsequent_indent=2 * INDENT, break_long_words=False, break_on_hyphens=False)
    return [part for whole in (*lines, line) for part in (wrap(whole) if len(whole) > WIDTH else [whole])]


def bundled(shown: str, latex: str, remarks: Sequence[str]) -> Bundle:
    """A formula with notes on it: plain text, LaTeX, and Markdown, which every notebook typesets."""
    below = "  \n".join(map(escaped, remarks))
    return {
        "text/plain": shown,
        "text/latex": f"$\\displaystyle {latex}$",
        "text/markdown": f"$$\n{latex}\n$$" + (f"\n\n{below}" if below else ""),
    }


def escaped(text: str) -> str:
    """Text that Markdown shows as it is."""
    return SPECIAL().sub(r"\\\1", text)
