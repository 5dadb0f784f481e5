"""The plain notation: what the parser reads back to the same expression."""

from __future__ import annotations

from typing import Final

from matcalc.expr import Expr, Unknown
from matcalc.operators import ATOM, BY_NAME
from matcalc.present import FACTOR, NUMERATOR, Form
from matcalc.printing.base import Printer, primes

CONSTANTS: Final = {"comm": "K"}


def text(e: Expr) -> str:
    """The expression in the plain notation."""
    return TEXT.print(e)


def called(unknown: Unknown) -> str:
    """The name under which the plain notation knows a derivative of an unknown function."""
    prefix = {"gradient": "grad_", "jacobian": "D_"}.get(unknown.kind, "")
    return prefix + unknown.name + primes(unknown)


class TextPrinter(Printer):
    """The plain notation."""

    def write_product(self, form: Form, strings: list[str]) -> str:
        return BY_NAME["multiply"].text.join(self.all_within(form, strings, FACTOR))

    def write_quotient(self, form: Form, strings: list[str]) -> str:
        top, bottom = form.parts
        return self.within(top, strings[0], NUMERATOR) + BY_NAME["divide"].text + self.within(bottom, strings[1], FACTOR)

    def write_had(self, form: Form, strings: list[str]) -> str:
        out = self.all_within(form, strings, FACTOR)
        times = BY_NAME["had"].text.join(out[: form.data])
        return BY_NAME["quotient"].text.join([times, *out[form.data :]])

    def write_power(self, form: Form, strings: list[str]) -> str:
        return self._raised(form, strings, BY_NAME["power"].text)

    def write_epower(self, form: Form, strings: list[str]) -> str:
        return self._raised(form, strings, BY_NAME["epow"].text)

    def _raised(self, form: Form, strings: list[str], operator: str) -> str:
        return self.within(form.parts[0], strings[0], ATOM) + operator + self.exponent(form.parts[1], strings[1])

    def write_sqrt(self, form: Form, strings: list[str]) -> str:
        return f"sqrt({strings[0]})"

    def write_transpose(self, form: Form, strings: list[str]) -> str:
        return self.within(form.parts[0], strings[0], ATOM) + BY_NAME["transpose"].text

    def write_inverse_transpose(self, form: Form, strings: list[str]) -> str:
        return self.within(form.parts[0], strings[0], ATOM) + "^-T"

    def write_constant(self, form: Form, strings: list[str]) -> str:
        return f"{CONSTANTS.get(form.data, form.data)}({','.join(strings)})"

    def write_unit(self, form: Form, strings: list[str]) -> str:
        return f"eye({strings[0]})[:,{form.data}]"

    def write_apply(self, form: Form, strings: list[str]) -> str:
        return f"{form.data}({','.join(strings)})"

    def write_call(self, form: Form, strings: list[str]) -> str:
        return f"{called(form.data)}({strings[0]})"

    def write_entry(self, form: Form, strings: list[str]) -> str:
        return f"{self.within(form.parts[0], strings[0], ATOM)}[{','.join(map(str, form.data))}]"

    def write_array(self, form: Form, strings: list[str]) -> str:
        rows, columns = form.data
        return "[" + "; ".join(", ".join(strings[i * columns : (i + 1) * columns]) for i in range(rows)) + "]"


TEXT: Final = TextPrinter()
