"""Formulas for a terminal: Xᵀ, X⁻¹, ⊙, ⊗, √, ‖x‖₂. The parser reads them back."""

from __future__ import annotations

import re
from collections.abc import Container
from typing import ClassVar, Final

from matcalc.algebra.node import Expr
from matcalc.book import rules as rulebook
from matcalc.book.letters import unicode_name
from matcalc.book.operators import BY_NAME
from matcalc.printing.forms import FACTOR, LEVELS, POSTFIX, PRODUCT, Form
from matcalc.printing.notations.text import TextPrinter

SUPERSCRIPTS: Final = str.maketrans("0123456789−knm", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻ᵏⁿᵐ")
RAISED: Final = re.compile(r"−?(\d+|[knm])")
NORM: Final = re.compile(r"\\left\\lVert \{\w+\} \\right\\rVert_(\w)")
LOWERED: Final = {"1": "₁", "2": "₂", "F": "_F"}


def unicode(e: Expr, hadamard: str = "dot", taken: Container[str] = ()) -> str:
    """The expression in Unicode."""
    return UNICODE.print(e, hadamard, taken)


class UnicodePrinter(TextPrinter):
    """The plain notation with the signs of mathematics."""

    levels: ClassVar[dict[str, int]] = {**LEVELS, "sqrt": POSTFIX}
    minus: ClassVar[str] = " − "
    sign: ClassVar[str] = "−"
    by: ClassVar[str] = " × "
    partial: ClassVar[str] = "∂"
    squared: ClassVar[str] = "²"
    turned: ClassVar[str] = "({})ᵀ"
    at_least: ClassVar[str] = " ≥ "
    at_most: ClassVar[str] = " ≤ "
    semidefinite: ClassVar[tuple[str, str]] = (" ⪰ 0", " ⪯ 0")
    times: ClassVar[str] = BY_NAME["multiply"].unicode
    entrywise_times: ClassVar[str] = BY_NAME["had"].unicode
    entrywise_over: ClassVar[str] = BY_NAME["quotient"].unicode

    def level(self, form: Form) -> int:
        return PRODUCT if form.kind == "apply" and form.data == "kron" else super().level(form)

    def name_of(self, name: str) -> str:
        return unicode_name(name)

    def gradient(self, by: str) -> str:
        return f"∇_{by}"

    def write_power(self, form: Form, strings: list[str]) -> str:
        if RAISED.fullmatch(strings[1]):
            return self.base(form, strings) + strings[1].translate(SUPERSCRIPTS)
        return super().write_power(form, strings)

    def write_transpose(self, form: Form, strings: list[str]) -> str:
        turned = BY_NAME["transpose"].unicode
        inverted = form.parts[0].kind == "power" and strings[0].endswith("⁻¹")
        return strings[0].removesuffix("¹") + turned if inverted else self.base(form, strings) + turned

    def write_inverse_transpose(self, form: Form, strings: list[str]) -> str:
        return self.base(form, strings) + "⁻ᵀ"

    def write_adjoint(self, form: Form, strings: list[str]) -> str:
        return self.base(form, strings) + "ᴴ"

    def write_inverse_adjoint(self, form: Form, strings: list[str]) -> str:
        return self.base(form, strings) + "⁻ᴴ"

    def write_sqrt(self, form: Form, strings: list[str]) -> str:
        return "√" + strings[0] if form.parts[0].kind in ("name", "number") else f"√({strings[0]})"

    def write_constant(self, form: Form, strings: list[str]) -> str:
        sizes = [s.replace(" ", "·") if p.kind == "product" else s for p, s in zip(form.parts, strings, strict=True)]
        return super().write_constant(form, sizes)

    def write_apply(self, form: Form, strings: list[str]) -> str:
        if form.data == "kron":
            sides = self.all_within(form, strings, FACTOR)
            return sides[0] + BY_NAME["kron"].unicode + sides[1]
        rule = rulebook.find(form.data)
        if rule is None:
            return super().write_apply(form, strings)
        norm = NORM.fullmatch(rule.latex)
        if norm is not None:
            return f"‖{strings[0]}‖{LOWERED.get(norm[1], '_' + norm[1])}"
        if not rule.unicode:
            return super().write_apply(form, strings)
        out = rule.unicode
        for param, string in zip(rule.params, strings, strict=True):
            out = out.replace("{" + param.name + "}", string)
        return out

    def write_delta(self, form: Form, strings: list[str]) -> str:
        return f"δ[{','.join(form.data)}]"

    def write_summation(self, form: Form, strings: list[str]) -> str:
        return f"Σ_{form.data}({strings[0]})"


UNICODE: Final = UnicodePrinter()
