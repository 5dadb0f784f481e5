r"""What the notations of typesetters share: subscripts and exponents in groups, fractions and roots that need no parentheses."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import ClassVar

from matcalc.book import rules as rulebook
from matcalc.book.operators import ATOM
from matcalc.book.rules import per_book
from matcalc.printing.forms import FACTOR, LEVELS, POSTFIX, PRODUCT, Form
from matcalc.printing.notations.printer import Printer, rows_of


class TypesetPrinter(Printer):
    """A notation that is set by a program; `group` holds what is raised or lowered, the other facts are its signs."""

    levels: ClassVar[dict[str, int]] = {**LEVELS, "quotient": FACTOR, "summation": PRODUCT, "unit_row": POSTFIX}
    group: ClassVar[tuple[str, str]]
    brackets: ClassVar[tuple[str, str]]
    fence: ClassVar[tuple[str, str]]
    had: ClassVar[str]
    had_over: ClassVar[str]
    kron: ClassVar[str]
    top: ClassVar[str]
    hermitian: ClassVar[str]
    imaginary: ClassVar[str]
    circle: ClassVar[str]
    slash: ClassVar[str]
    comma: ClassVar[str]
    times: ClassVar[str]
    dot: ClassVar[str]
    delta: ClassVar[str]
    unit: ClassVar[str]
    arrays: ClassVar[dict[str, str]]

    def level(self, form: Form) -> int:
        if form.kind == "apply":
            return PRODUCT if form.data == "kron" else POSTFIX if is_postfix(form.data) else ATOM
        return POSTFIX if form.kind == "sqrt" and form.data else super().level(form)

    def exponent(self, form: Form, string: str) -> str:
        return string

    def grouped(self, string: str) -> str:
        """What is raised or lowered as one."""
        return string.join(self.group)

    def at(self, base: str, labels: Sequence[str]) -> str:
        return f"{base}_{self.grouped(' '.join(map(self.name_of, labels)))}" if labels else base

    def write_had(self, form: Form, strings: list[str]) -> str:
        out = self.entrywise(form, strings)
        times, over = out[: form.data], out[form.data :]
        top = self.had.join(times)
        return self.had_over.join([top.join(self.fence) if over and len(times) > 1 else top, *over])

    def write_power(self, form: Form, strings: list[str]) -> str:
        return f"{self.base(form, strings)}^{self.grouped(self.flat(form.parts[1], strings[1]))}"

    def write_epower(self, form: Form, strings: list[str]) -> str:
        return f"{self.base(form, strings)}^{self.grouped(self.circle + self.flat(form.parts[1], strings[1]))}"

    def flat(self, form: Form, string: str) -> str:
        """An exponent with a slash in place of a fraction of numbers."""
        if form.kind == "negative":
            return "-" + self.flat(form.parts[0], string[1:])
        if form.kind == "name" and form.data == "T":
            return f"({string})"
        if form.kind == "quotient" and all(p.kind == "number" for p in form.parts):
            return self.slash.join(str(p.data) for p in form.parts)
        return string

    def write_half(self, form: Form, strings: list[str]) -> str:
        return self.slash.join(map(str, form.data))

    def write_sqrt(self, form: Form, strings: list[str]) -> str:
        if form.data:
            return f"{self.base(form, strings)}^{self.grouped(f'{self.circle}1{self.slash}2')}"
        return self.root(strings[0])

    def root(self, string: str) -> str:
        """The square root of a number."""
        raise NotImplementedError

    def write_transpose(self, form: Form, strings: list[str]) -> str:
        return f"{self.base(form, strings)}^{self.top}"

    def write_inverse_transpose(self, form: Form, strings: list[str]) -> str:
        return f"{self.base(form, strings)}^{self.grouped('-' + self.top)}"

    def write_adjoint(self, form: Form, strings: list[str]) -> str:
        return f"{self.base(form, strings)}^{self.grouped(self.hermitian)}"

    def write_inverse_adjoint(self, form: Form, strings: list[str]) -> str:
        return f"{self.base(form, strings)}^{self.grouped('-' + self.hermitian)}"

    def write_number(self, form: Form, strings: list[str]) -> str:
        """A number; 2j with an upright j."""
        if not form.data.endswith("j"):
            return super().write_number(form, strings)
        return (form.data[:-1] if form.data != "1j" else "") + self.imaginary

    def write_constant(self, form: Form, strings: list[str]) -> str:
        """A constant array with its sizes; I_{n \\cdot m}, since I_{n m} would be read as one of n x m."""
        between = self.comma if form.data.startswith("comm") else self.times
        sizes = [self._size(p, s) for p, s in zip(form.parts, strings, strict=True)]
        return f"{self.arrays[form.data]}_{self.grouped(between.join(sizes))}"

    def _size(self, form: Form, string: str) -> str:
        if form.kind == "quotient":
            return self.slash.join(self._size(part, self.render(part)) for part in form.parts)
        return self.dot.join(map(self.render, form.parts)) if _is_plain_product(form) else string

    def write_unit(self, form: Form, strings: list[str]) -> str:
        return f"{self.unit}_{self.grouped(form.data if isinstance(form.data, str) else str(form.data))}"

    def write_unit_row(self, form: Form, strings: list[str]) -> str:
        return f"{self.write_unit(form, strings)}^{self.top}"

    def write_slice(self, form: Form, strings: list[str]) -> str:
        return self.lowered_to(form, strings, self.slice_text(form).replace(",", self.comma))

    def write_apply(self, form: Form, strings: list[str]) -> str:
        if form.data == "kron":
            left, right = self.all_within(form, strings, FACTOR)
            return left + self.kron + (strings[1] if form.parts[1].kind == "apply" and form.parts[1].data == "kron" else right)
        return self.function(form, strings)

    def write_block_diagonal(self, form: Form, strings: list[str]) -> str:
        n = len(strings)
        return self.array([[strings[i] if i == j else "0" for j in range(n)] for i in range(n)])

    def write_array(self, form: Form, strings: list[str]) -> str:
        """An array; zeros whose size the blocks beside and below them tell are 0."""
        width = form.data[1]
        told = [p.kind not in ("identity", "constant") for p in form.parts]
        shown = list(strings)
        for k, p in enumerate(form.parts):
            start = k - k % width
            if p.kind == "constant" and p.data == "zeros" and any(told[start : start + width]) and any(told[k % width :: width]):
                shown[k] = "0"
        return self.array(rows_of(form, shown))

    def array(self, rows: Sequence[Sequence[str]]) -> str:
        """Rows of entries or blocks in brackets."""
        raise NotImplementedError

    def function(self, form: Form, strings: list[str]) -> str:
        """A function of the rule book with its arguments."""
        raise NotImplementedError

    def write_entry(self, form: Form, strings: list[str]) -> str:
        return self.lowered_to(form, strings, self.comma.join(map(str, form.data)))

    def write_indexed(self, form: Form, strings: list[str]) -> str:
        return self.lowered_to(form, strings, " ".join(map(self.name_of, form.data)))

    def lowered_to(self, form: Form, strings: list[str], index: str) -> str:
        """The base with a subscript, in brackets where it has one already or is compound."""
        base = strings[0]
        if form.parts[0].kind != "name" or "_" in base:
            base = base.join(self.brackets)
        return f"{base}_{self.grouped(index)}"

    def write_delta(self, form: Form, strings: list[str]) -> str:
        return f"{self.delta}_{self.grouped(' '.join(map(self.name_of, form.data)))}"

    def write_fused_delta(self, form: Form, strings: list[str]) -> str:
        return f"{self.delta}_{self.grouped((self.comma.rstrip() + ' ').join(strings))}"

    def annotated(self, sides: Sequence[tuple[str, str]], remarks: Sequence[str]) -> str:
        return self.equations(sides)


def _is_plain_product(form: Form) -> bool:
    """Whether a size is a product of names and numbers."""
    return form.kind == "product" and all(p.kind in ("name", "number") for p in form.parts)


@per_book
def is_postfix(function: str) -> bool:
    r"""Whether an exponent may not follow: the function is a superscript itself, as in A^+, or two, as in \log\det(A)."""
    rule = rulebook.find(function)
    return rule is not None and re.search(r"\^(\{[^{}]*\}|\S)$|^\\[a-z]+\\(?!left)[a-z]+\\left", rule.latex) is not None
