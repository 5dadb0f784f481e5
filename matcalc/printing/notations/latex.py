r"""LaTeX for display mode, with nothing beyond amsmath and amssymb."""

from __future__ import annotations

import re
from collections.abc import Container, Sequence
from itertools import pairwise
from typing import ClassVar, Final

from matcalc.algebra.node import Expr, Unknown
from matcalc.book import rules as rulebook
from matcalc.book.letters import latex_name
from matcalc.book.operators import ATOM, BY_NAME
from matcalc.printing import alignment
from matcalc.printing.alignment import Told
from matcalc.printing.forms import FACTOR, PRODUCT, Form
from matcalc.printing.notations.typeset import TypesetPrinter

NAMED: Final = {"diagv": r"\operatorname{diag}"}
FENCE: Final = re.compile(r"\\left\(|\\right\)|\\left(?![a-z(])|\\left(?=\\)|\\right(?![a-z)])|\\right(?=\\)|\\(?:frac|sqrt|sum|begin)\b")


def slim(text: str) -> str:
    r"""The formula with plain parentheses around what is no taller than a line: \left( and \right) set space around them."""
    out: list[str] = []
    open_at: list[int] = []
    tall: list[bool] = [False]
    end = 0
    for found in FENCE.finditer(text):
        out += [text[end : found.start()], found[0]]
        end = found.end()
        if found[0].startswith(r"\left"):
            open_at.append(len(out) - 1)
            tall.append(False)
        elif found[0].startswith(r"\right") and open_at:
            start, is_tall = open_at.pop(), tall.pop()
            if out[start] == r"\left(" and found[0] == r"\right)" and not is_tall:
                out[start], out[-1] = "(", ")"
            else:
                tall[-1] = True
        else:
            tall[-1] = True
    return "".join([*out, text[end:]])


def latex(e: Expr, hadamard: str = "dot", taken: Container[str] = ()) -> str:
    """The expression in LaTeX."""
    return LATEX.print(e, hadamard, taken)


class LatexPrinter(TypesetPrinter):
    """LaTeX."""

    opening: ClassVar[str] = r"\left("
    closing: ClassVar[str] = r"\right)"
    at_least: ClassVar[str] = r" \ge "
    at_most: ClassVar[str] = r" \le "
    semidefinite: ClassVar[tuple[str, str]] = (r" \succeq 0", r" \preceq 0")
    where: ClassVar[str] = r" \quad\text{where}\quad "
    separator: ClassVar[str] = r",\quad "
    differential: ClassVar[str] = r"\mathrm{d}"
    thin_space: ClassVar[str] = r"\,"
    by: ClassVar[str] = r" \times "
    partial: ClassVar[str] = r"\partial "
    turned: ClassVar[str] = r"\left({}\right)^\top"
    group: ClassVar[tuple[str, str]] = ("{", "}")
    brackets: ClassVar[tuple[str, str]] = (r"\left[", r"\right]")
    fence: ClassVar[tuple[str, str]] = (r"\left(", r"\right)")
    had: ClassVar[str] = BY_NAME["had"].latex
    had_over: ClassVar[str] = BY_NAME["quotient"].latex
    kron: ClassVar[str] = BY_NAME["kron"].latex
    top: ClassVar[str] = r"\top"
    hermitian: ClassVar[str] = r"\mathsf{H}"
    imaginary: ClassVar[str] = r"\mathrm{j}"
    circle: ClassVar[str] = r"\circ "
    slash: ClassVar[str] = "/"
    comma: ClassVar[str] = ","
    times: ClassVar[str] = r" \times "
    dot: ClassVar[str] = r" \cdot "
    delta: ClassVar[str] = r"\delta"
    unit: ClassVar[str] = r"\mathbf{e}"
    arrays: ClassVar[dict[str, str]] = {
        "eye": "I", "ones": r"\mathbf{1}", "zeros": r"\mathbf{0}", "comm": "K", "comm_": r"\mathrm{K}",
        "dup": r"\mathrm{D}", "dup_": r"\mathrm{D}", "elim": r"\mathrm{L}", "elim_": r"\mathrm{L}",
    }  # fmt: skip

    def words(self, text: str) -> str:
        return rf"\text{{{text}}}"

    def render(self, root: Form) -> str:
        return slim(super().render(root))

    def name_of(self, name: str) -> str:
        return latex_name(name)

    def lowered(self, name: str) -> str:
        return f"_{{{self.name_of(name)}}}"

    def write_product(self, form: Form, strings: list[str]) -> str:
        """A dot before a number; some space around an increment, since A dX A would read as A d(XA)."""
        out = self.all_within(form, strings, FACTOR)
        return out[0] + "".join(self._gap(left, right) + right for left, right in pairwise(out))

    def _gap(self, left: str, right: str) -> str:
        if right[0].isdigit():
            return r" \cdot "
        return r" \," if left.startswith(self.differential) or right.startswith(self.differential) else " "

    def write_quotient(self, form: Form, strings: list[str]) -> str:
        return rf"\frac{{{strings[0]}}}{{{strings[1]}}}"

    def root(self, string: str) -> str:
        return rf"\sqrt{{{string}}}"

    def function(self, form: Form, strings: list[str]) -> str:
        rule = rulebook.find(form.data)
        # min(m,n) is a size, and no minimum of an array.
        if rule is None or not rule.latex or len(rule.params) != len(strings):
            function = NAMED.get(form.data, rf"\operatorname{{{form.data}}}")
            return rf"{function}\left({', '.join(strings)}\right)"
        return self._filled(rule, form, strings)

    def _filled(self, rule: rulebook.Rule, form: Form, strings: list[str]) -> str:
        """The rule's template; an argument with something raised or lowered next to it is put in parentheses."""
        pieces = re.split(r"\{([A-Za-z]\w*)\}", rule.latex)
        at = {param.name: i for i, param in enumerate(rule.params)}
        out = [pieces[0]]
        for name, after in zip(pieces[1::2], pieces[2::2], strict=True):
            if name not in at:
                out += ["{" + name + "}", after]
                continue
            i = at[name]
            out += [self.within(form.parts[i], strings[i], ATOM) if after.startswith(("^", "_")) else strings[i], after]
        return "".join(out)

    def write_call(self, form: Form, strings: list[str]) -> str:
        unknown = form.data
        primes = "'" * unknown.primes if unknown.primes < 4 else f"^{{({unknown.primes})}}"
        return rf"{_derivative_sign(unknown)}{latex_name(unknown.name)}{primes}\left({strings[0]}\right)"

    def array(self, rows: Sequence[Sequence[str]]) -> str:
        return r"\begin{bmatrix} " + r" \\ ".join(" & ".join(row) for row in rows) + r" \end{bmatrix}"

    def write_summation(self, form: Form, strings: list[str]) -> str:
        return rf"\sum_{{{latex_name(form.data)}}} {self.within(form.parts[0], strings[0], PRODUCT)}"

    # -- around a formula

    def gradient(self, by: str) -> str:
        return rf"\nabla_{{{by}}}"

    def ratio(self, above: str, below: str) -> str:
        return rf"\frac{{{above}}}{{{below}}}"

    def derivation(self, lines: Sequence[Told]) -> str:
        return alignment.align(lines)

    def gathered(self, formulas: Sequence[str]) -> str:
        return formulas[0] if len(formulas) == 1 else _aligned([f"& {f}" for f in formulas])

    def chained(self, equal: Sequence[str]) -> str:
        first, *rest = equal
        return _aligned([f"& {first}", *(f"&= {f}" for f in rest)]) if rest else first

    def finished(self, formula: str) -> str:
        return slim(formula)

    def equations(self, sides: Sequence[tuple[str, str]]) -> str:
        return _aligned([f"{left} &= {right}" for left, right in sides])

    def several(self, formulas: Sequence[tuple[str, str]]) -> str:
        return _aligned([rf"{told} \colon\quad & {formula}" for told, formula in formulas])

    def case(self, value: str, met: Sequence[tuple[str, str]]) -> str:
        told = ", ".join(f"{a} = {b}" for a, b in met)
        return rf"\begin{{cases}} {value} & {told} \\ 0 & \text{{otherwise}} \end{{cases}}"

    def added(self, terms: Sequence[str]) -> str:
        return " + ".join(terms)

    def block(self, place: str) -> str:
        return rf"\left[\,\cdot\,\right]_{{{place}}}"

    def compressed(self, formula: str, whole: str, part: str, deltas: str) -> str:
        return rf"{formula} \qquad \text{{compressed: entry }} [{whole}] \text{{ is entry }} [{part}] \text{{ of it times }} {deltas}"


def _derivative_sign(unknown: Unknown) -> str:
    r"""\nabla f, \nabla^{2} f, \mathrm{D}h, \mathrm{D}^{2}h."""
    if not unknown.prefix:
        return ""
    order = f"^{{{unknown.order}}}" if unknown.order > 1 else ""
    return rf"\nabla{order} " if unknown.kind == "scalar" else rf"\mathrm{{D}}{order}"


def _aligned(rows: Sequence[str]) -> str:
    return "\\begin{aligned}\n" + " \\\\\n".join(rows) + "\n\\end{aligned}"


LATEX: Final = LatexPrinter()
