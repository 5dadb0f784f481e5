r"""LaTeX for display mode, with nothing beyond amsmath and amssymb."""

from __future__ import annotations

import re
from collections.abc import Container
from typing import ClassVar, Final

from matcalc.algebra.node import Expr
from matcalc.book import rules as rulebook
from matcalc.book.letters import latex_name
from matcalc.book.operators import ATOM, BY_NAME
from matcalc.book.rules import per_book
from matcalc.printing.forms import FACTOR, LEVELS, POSTFIX, PRODUCT, Form
from matcalc.printing.printer import Printer, rows_of

NAMED: Final = {"diagv": r"\operatorname{diag}"}
TOP: Final = BY_NAME["transpose"].latex


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


class LatexPrinter(Printer):
    """LaTeX."""

    levels: ClassVar[dict[str, int]] = {**LEVELS, "quotient": FACTOR, "summation": PRODUCT, "unit_row": POSTFIX}
    opening: ClassVar[str] = r"\left("
    closing: ClassVar[str] = r"\right)"
    where: ClassVar[str] = r" \quad\text{where}\quad "
    separator: ClassVar[str] = r",\quad "
    differential: ClassVar[str] = r"\mathrm{d}"
    thin_space: ClassVar[str] = r"\,"

    def render(self, root: Form) -> str:
        return slim(super().render(root))

    def level(self, form: Form) -> int:
        if form.kind == "apply":
            return PRODUCT if form.data == "kron" else POSTFIX if is_postfix(form.data) else ATOM
        if form.kind == "sqrt" and form.data:
            return POSTFIX
        return super().level(form)

    def name_of(self, name: str) -> str:
        return latex_name(name)

    def lowered(self, name: str) -> str:
        return f"_{{{self.name_of(name)}}}"

    def exponent(self, form: Form, string: str) -> str:
        return string

    def write_product(self, form: Form, strings: list[str]) -> str:
        out = self.all_within(form, strings, FACTOR)
        return out[0] + "".join(
            (r" \cdot " if s[0].isdigit() else r" \," if _is_increment(p) or _is_increment(before) else " ") + s
            for before, p, s in zip(form.parts, form.parts[1:], out[1:], strict=False)
        )

    def write_quotient(self, form: Form, strings: list[str]) -> str:
        return rf"\frac{{{strings[0]}}}{{{strings[1]}}}"

    def write_had(self, form: Form, strings: list[str]) -> str:
        out = self.all_within(form, strings, FACTOR)
        times, over = out[: form.data], out[form.data :]
        top = BY_NAME["had"].latex.join(times)
        if over and len(times) > 1:
            top = self.opening + top + self.closing
        return BY_NAME["quotient"].latex.join([top, *over])

    def write_power(self, form: Form, strings: list[str]) -> str:
        return f"{self.base(form, strings)}^{{{self._flat(form.parts[1], strings[1])}}}"

    def write_epower(self, form: Form, strings: list[str]) -> str:
        exponent = self._flat(form.parts[1], strings[1])
        return f"{self.base(form, strings)}{BY_NAME['epow'].latex}{exponent}}}"

    def _flat(self, form: Form, string: str) -> str:
        """An exponent with a slash in place of a fraction of numbers."""
        if form.kind == "negative":
            return "-" + self._flat(form.parts[0], string[1:])
        if form.kind == "name" and form.data == "T":
            return f"({string})"
        if form.kind == "quotient" and all(p.kind == "number" for p in form.parts):
            return "/".join(str(p.data) for p in form.parts)
        return string

    def write_half(self, form: Form, strings: list[str]) -> str:
        return "/".join(map(str, form.data))

    def write_sqrt(self, form: Form, strings: list[str]) -> str:
        return rf"{self.base(form, strings)}^{{\circ 1/2}}" if form.data else rf"\sqrt{{{strings[0]}}}"

    def write_transpose(self, form: Form, strings: list[str]) -> str:
        return self.base(form, strings) + TOP

    def write_inverse_transpose(self, form: Form, strings: list[str]) -> str:
        return self.base(form, strings) + r"^{-\top}"

    def write_constant(self, form: Form, strings: list[str]) -> str:
        if form.data == "comm":
            return f"K_{{{','.join(strings)}}}"
        symbol = {"eye": "I", "ones": r"\mathbf{1}", "zeros": r"\mathbf{0}"}[form.data]
        return symbol + "_{" + r" \times ".join(strings) + "}"

    def write_unit(self, form: Form, strings: list[str]) -> str:
        return rf"\mathbf{{e}}_{{{form.data}}}"

    def write_unit_row(self, form: Form, strings: list[str]) -> str:
        return rf"\mathbf{{e}}_{{{form.data}}}{TOP}"

    def write_slice(self, form: Form, strings: list[str]) -> str:
        return self._lowered(form, strings, self.slice_text(form))

    def write_apply(self, form: Form, strings: list[str]) -> str:
        if form.data == "kron":
            sides = self.all_within(form, strings, FACTOR)
            right = strings[1] if form.parts[1].kind == "apply" and form.parts[1].data == "kron" else sides[1]
            return sides[0] + BY_NAME["kron"].latex + right
        rule = rulebook.find(form.data)
        if rule is None or not rule.latex:
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
        before = {"gradient": r"\nabla ", "jacobian": r"\mathrm{D}"}.get(unknown.kind, "")
        primes = "'" * unknown.order if unknown.order < 4 else f"^{{({unknown.order})}}"
        return rf"{before}{latex_name(unknown.name)}{primes}\left({strings[0]}\right)"

    def write_entry(self, form: Form, strings: list[str]) -> str:
        return self._lowered(form, strings, ",".join(map(str, form.data)))

    def write_indexed(self, form: Form, strings: list[str]) -> str:
        return self._lowered(form, strings, " ".join(map(latex_name, form.data)))

    def _lowered(self, form: Form, strings: list[str], index: str) -> str:
        """The base with a subscript, in brackets where it has one already or is compound."""
        base = strings[0]
        if form.parts[0].kind != "name" or "_" in base:
            base = rf"\left[{base}\right]"
        return f"{base}_{{{index}}}"

    def write_array(self, form: Form, strings: list[str]) -> str:
        return r"\begin{bmatrix} " + r" \\ ".join(" & ".join(row) for row in rows_of(form, strings)) + r" \end{bmatrix}"

    def write_delta(self, form: Form, strings: list[str]) -> str:
        return rf"\delta_{{{' '.join(map(latex_name, form.data))}}}"

    def write_fused_delta(self, form: Form, strings: list[str]) -> str:
        return rf"\delta_{{{', '.join(strings)}}}"

    def write_summation(self, form: Form, strings: list[str]) -> str:
        return rf"\sum_{{{latex_name(form.data)}}} {self.within(form.parts[0], strings[0], PRODUCT)}"


def _is_increment(form: Form) -> bool:
    """Whether the form is dX or its transpose, which stands a little apart in a product."""
    return form.kind == "increment" or form.kind == "transpose" and form.parts[0].kind == "increment"


@per_book
def is_postfix(function: str) -> bool:
    r"""Whether an exponent may not follow: the function is a superscript itself, as in A^+, or two, as in \log\det(A)."""
    rule = rulebook.find(function)
    return rule is not None and re.search(r"\^(\{[^{}]*\}|\S)$|^\\[a-z]+\\(?!left)[a-z]+\\left", rule.latex) is not None


LATEX: Final = LatexPrinter()
