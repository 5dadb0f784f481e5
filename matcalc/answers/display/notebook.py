"""Answers that belong together, and answers with their derivations folded below, as a notebook shows them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from matcalc.answers.derivative import Derivative
from matcalc.answers.display.report import notes, owner
from matcalc.answers.display.shown import Bundle, Shown, escaped
from matcalc.book.rules import Book, in_use
from matcalc.printing.notations.printer import Printer


class Answers(tuple[Derivative, ...], Shown):
    """The derivatives by several variables, which show themselves one below the other."""

    __slots__ = ()

    called = "an answer by several variables"

    @property
    def book(self) -> Book:  # type: ignore[override]
        """The book of the answers."""
        return self[0].book if self else in_use()

    def written(self, notation: Printer) -> str:
        """A line for every variable."""
        return notation.several([(owner(d, self, notation), d.written(notation)) for d in self])

    def shown(self, notation: Printer) -> str:
        """A line for every variable, with names for the parts of long ones."""
        return notation.several([(owner(d, self, notation), d.shown(notation)) for d in self])

    def notes(self, notation: Printer) -> Sequence[str]:
        """What the answers rest on, without repetition."""
        return notes(self, notation)

    def code(self, target: str = "numpy", *, documented: bool = False) -> str:
        """One module with a function for each answer."""
        from matcalc.answers.selftest import code_of  # only those need it who ask for code

        return code_of(self, target)

    def program(
        self, target: str = "numpy", give: str = "derivative", *, dtype: str = "", sizes: Mapping[str, int] | None = None
    ) -> str:
        """Source of one function called `give` for all variables, which shares its work; a dict by variable where it has a part for each.

        See `Derivative.program` for what it gives and raises.
        """
        from matcalc.answers.programs.source import source  # only those need it who ask for one function

        return source(self, give, target, check=self[0].certificate is not None, dtype=dtype, sizes=sizes)

    def function(self, target: str = "numpy", give: str = "derivative") -> Callable[..., Any]:
        """That function of arrays."""
        from matcalc.answers.programs.source import function  # only those need it who ask for one function

        return function(self, give, target)

    @property
    def sympy(self) -> str:
        """The source of each answer."""
        return "\n\n".join(d.sympy.rstrip() for d in self)

    def to_dict(self) -> Any:
        """The fields of each answer."""
        return [d.to_dict() for d in self]

    def __repr__(self) -> str:
        return self.text


class Explanation:
    """Answers with their derivations folded below."""

    def __init__(self, results: Sequence[Derivative]) -> None:
        self.results = results

    def _repr_mimebundle_(self, **_wanted: Any) -> Bundle:
        whole: Shown = self.results[0] if len(self.results) == 1 else Answers(self.results)
        bundle = whole._repr_mimebundle_()
        for d in self.results:
            bundle["text/plain"] += f"\n\n{d.derivation('unicode')}"
            bundle["text/markdown"] += folded(f"derivation by {d.wrt}", d.derivation("latex"))
        return bundle


def folded(title: str, latex: str) -> str:
    """A derivation that opens when one clicks its title."""
    body = latex.replace("{align*}", "{aligned}")
    return f"\n\n<details><summary>{escaped(title)}</summary>\n\n$$\n{body}\n$$\n\n</details>"
