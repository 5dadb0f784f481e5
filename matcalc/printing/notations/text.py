"""The plain notation: what the parser reads back to the same expression."""

from __future__ import annotations

from collections.abc import Container
from typing import ClassVar, Final

from matcalc.algebra.node import Expr, Unknown
from matcalc.book.operators import BY_NAME
from matcalc.printing.forms import FACTOR, Form, numerator_level
from matcalc.printing.notations.printer import Printer, rows_of
from matcalc.printing.writing import PLAIN, Writing


def text(e: Expr, hadamard: str = "dot", taken: Container[str] = (), writing: Writing = PLAIN) -> str:
    """The expression in the plain notation."""
    return TEXT.print(e, hadamard, taken, writing)


def called(unknown: Unknown) -> str:
    """The name that an unknown function or a derivative of one has in the plain notation."""
    return unknown.prefix + unknown.name + "'" * unknown.primes


class TextPrinter(Printer):
    """The plain notation."""

    constants: ClassVar[dict[str, str]] = {
        "comm": "K", "comm_": "K_", "dup": "D", "dup_": "D_", "elim": "L", "elim_": "L_",
    }  # fmt: skip
    times: ClassVar[str] = BY_NAME["multiply"].text
    over: ClassVar[str] = BY_NAME["divide"].text
    entrywise_times: ClassVar[str] = BY_NAME["had"].text
    entrywise_over: ClassVar[str] = BY_NAME["quotient"].text

    def write_product(self, form: Form, strings: list[str]) -> str:
        return self.times.join(self.all_within(form, strings, FACTOR))

    def write_quotient(self, form: Form, strings: list[str]) -> str:
        top, bottom = form.parts
        return self.within(top, strings[0], numerator_level(top)) + self.over + self.within(bottom, strings[1], FACTOR)

    def write_had(self, form: Form, strings: list[str]) -> str:
        out = self.entrywise(form, strings)
        return self.entrywise_over.join([self.entrywise_times.join(out[: form.data]), *out[form.data :]])

    def write_power(self, form: Form, strings: list[str]) -> str:
        return self.base(form, strings) + BY_NAME["power"].text + self.exponent(form.parts[1], strings[1])

    def write_epower(self, form: Form, strings: list[str]) -> str:
        return self.base(form, strings) + BY_NAME["epow"].text + self.exponent(form.parts[1], strings[1])

    def write_sqrt(self, form: Form, strings: list[str]) -> str:
        return f"sqrt({strings[0]})"

    def write_transpose(self, form: Form, strings: list[str]) -> str:
        return self.base(form, strings) + BY_NAME["transpose"].text

    def write_inverse_transpose(self, form: Form, strings: list[str]) -> str:
        return self.base(form, strings) + "^-T"

    def write_adjoint(self, form: Form, strings: list[str]) -> str:
        return self.base(form, strings) + "^H"

    def write_inverse_adjoint(self, form: Form, strings: list[str]) -> str:
        return self.base(form, strings) + "^-H"

    def write_constant(self, form: Form, strings: list[str]) -> str:
        return f"{self.constants.get(form.data, form.data)}({','.join(strings)})"

    def write_unit(self, form: Form, strings: list[str]) -> str:
        return f"eye({strings[0]})[:,{form.data}]"

    def write_unit_row(self, form: Form, strings: list[str]) -> str:
        return f"eye({strings[0]})[{form.data},:]"

    def write_slice(self, form: Form, strings: list[str]) -> str:
        return f"{self.base(form, strings)}[{self.slice_text(form)}]"

    def write_apply(self, form: Form, strings: list[str]) -> str:
        return f"{form.data}({','.join(strings)})"

    def write_call(self, form: Form, strings: list[str]) -> str:
        return f"{self.name_of(called(form.data))}({strings[0]})"

    def write_entry(self, form: Form, strings: list[str]) -> str:
        return f"{self.base(form, strings)}[{','.join(map(str, form.data))}]"

    def write_array(self, form: Form, strings: list[str]) -> str:
        return "[" + "; ".join(", ".join(row) for row in rows_of(form, strings)) + "]"

    def write_block_diagonal(self, form: Form, strings: list[str]) -> str:
        return f"blkdiag({','.join(strings)})"

    def write_indexed(self, form: Form, strings: list[str]) -> str:
        return f"{self.base(form, strings)}[{','.join(form.data)}]"

    def write_delta(self, form: Form, strings: list[str]) -> str:
        return f"{self.name_of('delta')}[{','.join(form.data)}]"

    def write_fused_delta(self, form: Form, strings: list[str]) -> str:
        return f"{self.name_of('delta')}[{','.join(strings)}]"

    def write_summation(self, form: Form, strings: list[str]) -> str:
        return f"sum_{form.data}({strings[0]})"


TEXT: Final = TextPrinter()
