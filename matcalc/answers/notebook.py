"""What an answer shows of itself in a notebook: a bundle of the same in plain text, LaTeX and Markdown.

Markdown holds the formula in display mode and the notes below it; every notebook typesets it. Where a derivation is
asked for, it is folded under the formula.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from matcalc.answers.report import notes, plain
from matcalc.book.letters import latex_name

if TYPE_CHECKING:
    from matcalc.answers.derive import Derivative

SPECIAL: Final = re.compile(r"([\\`*_{}\[\]()<>#+.!|$~^-])")

Bundle = dict[str, str]


class Answers(tuple["Derivative", ...]):
    """The derivatives by several variables, which show themselves one below the other."""

    __slots__ = ()

    @property
    def latex(self) -> str:
        """A line for every variable."""
        rows = [rf"\frac{{\partial}}{{\partial {latex_name(d.wrt)}}} \colon\quad & {d.latex}" for d in self]
        return "\\begin{aligned}\n" + " \\\\\n".join(rows) + "\n\\end{aligned}"

    def _repr_mimebundle_(self, **_wanted: Any) -> Bundle:
        return of_answers(self, self.latex)


class Explanation:
    """Answers with their derivations folded below."""

    def __init__(self, results: Sequence[Derivative]) -> None:
        self.results = results

    def _repr_mimebundle_(self, **_wanted: Any) -> Bundle:
        latex = self.results[0].latex if len(self.results) == 1 else Answers(self.results).latex
        bundle = of_answers(self.results, latex)
        for d in self.results:
            bundle["text/plain"] += f"\n\n{d.derivation('unicode')}"
            bundle["text/markdown"] += folded(f"derivation by {d.wrt}", d.derivation("latex"))
        return bundle


def folded(title: str, latex: str) -> str:
    """A derivation that opens when one clicks its title."""
    body = latex.replace("{align*}", "{aligned}")
    return f"\n\n<details><summary>{escaped(title)}</summary>\n\n$$\n{body}\n$$\n\n</details>"


def of_answers(results: Sequence[Derivative], latex: str) -> Bundle:
    """The bundle of answers that belong together."""
    return bundled(plain(results, "unicode"), latex, notes(results, "unicode"))


def bundled(shown: str, latex: str, remarks: Sequence[str]) -> Bundle:
    """A formula with notes on it."""
    below = "  \n".join(map(escaped, remarks))
    return {
        "text/plain": shown,
        "text/latex": f"$\\displaystyle {latex}$",
        "text/markdown": f"$$\n{latex}\n$$" + (f"\n\n{below}" if below else ""),
    }


def escaped(text: str) -> str:
    """Text that Markdown shows as it is."""
    return SPECIAL.sub(r"\\\1", text)
