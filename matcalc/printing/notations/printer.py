"""What the notations share: where parentheses go, the walk over a formula, and what is said around one."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from typing import TYPE_CHECKING, ClassVar

from matcalc.algebra.node import Expr
from matcalc.book.operators import ATOM
from matcalc.printing.forms import FACTOR, LEVELS, PRODUCT, Form, is_plain_exponent, with_diagonals
from matcalc.printing.spelling import Presentation, present
from matcalc.printing.writing import PLAIN, Writing

if TYPE_CHECKING:
    from matcalc.printing.alignment import Told


class Printer:
    """A notation: a method for each kind of form, given the strings of its parts.

    `levels` says how tightly a kind binds, which differs between notations where one writes a function or a fraction
    in another way. The facts below it are signs; the methods after the forms say how ratios, derivations, displays and
    several formulas are written, by default as lines of text.
    """

    levels: ClassVar[dict[str, int]] = LEVELS
    opening: ClassVar[str] = "("
    closing: ClassVar[str] = ")"
    plus: ClassVar[str] = " + "
    minus: ClassVar[str] = " - "
    sign: ClassVar[str] = "-"
    where: ClassVar[str] = " where "
    equals: ClassVar[str] = " = "
    separator: ClassVar[str] = "; "
    differential: ClassVar[str] = "d"
    thin_space: ClassVar[str] = " "
    by: ClassVar[str] = " x "
    partial: ClassVar[str] = "d"
    squared: ClassVar[str] = "^2"
    turned: ClassVar[str] = "({})^T"
    at_least: ClassVar[str] = " >= "
    at_most: ClassVar[str] = " <= "
    semidefinite: ClassVar[tuple[str, str]] = (" psd", " nsd")

    def print(self, e: Expr, hadamard: str = "dot", taken: Container[str] = (), writing: Writing = PLAIN) -> str:
        """The expression in this dialect, with its named parts after it; with `diag`, diag(u)*v stands for u.*v.

        The names in `taken` stand for something already, beside the variables of the expression. Among equal spellings, those of
        `writing` are taken.
        """
        shown = present(e, taken, writing)
        if hadamard == "diag":
            shown = Presentation(with_diagonals(shown.form), tuple((label, with_diagonals(form)) for label, form in shown.parts))
        return self.with_parts(shown.form, shown.parts)

    def words(self, text: str) -> str:
        """Words in a line of formulas."""
        return text

    def with_parts(self, form: Form, parts: Sequence[tuple[str, Form]]) -> str:
        """A form with the named parts that it is written with after it."""
        main = self.render(form)
        if not parts:
            return main
        named = self.separator.join(self.name_of(label) + self.equals + self.render(part) for label, part in parts)
        return main + self.where + named

    def render(self, root: Form) -> str:
        """A form as a string, without recursion."""
        done: dict[int, str] = {}
        pending: list[tuple[Form, bool]] = [(root, False)]
        while pending:
            form, ready = pending.pop()
            if ready:
                write: Callable[[Form, list[str]], str] = getattr(self, "write_" + form.kind)
                done[id(form)] = write(form, [done[id(p)] for p in form.parts])
            elif id(form) not in done:
                pending.append((form, True))
                pending.extend((p, False) for p in form.parts)
        return done[id(root)]

    def level(self, form: Form) -> int:
        """How tightly a form binds in this dialect."""
        return self.levels.get(form.kind, ATOM)

    def within(self, form: Form, string: str, level: int) -> str:
        """The string, in parentheses where the form binds less tightly than `level`."""
        return string if self.level(form) >= level else self.opening + string + self.closing

    def all_within(self, form: Form, strings: list[str], level: int) -> list[str]:
        """The strings of a form's parts, in parentheses where needed."""
        return [self.within(p, s, level) for p, s in zip(form.parts, strings, strict=True)]

    def entrywise(self, form: Form, strings: list[str]) -> list[str]:
        """The strings of the parts of an elementwise product; a multiple in front needs no parentheses."""
        first = form.parts[0]
        level = PRODUCT if first.kind == "product" and first.parts[0].kind == "number" else FACTOR
        return [self.within(first, strings[0], level), *self.all_within(form, strings, FACTOR)[1:]]

    def base(self, form: Form, strings: list[str]) -> str:
        """The first part, as what a postfix applies to."""
        return self.within(form.parts[0], strings[0], ATOM)

    def exponent(self, form: Form, string: str) -> str:
        """An exponent, in parentheses unless it is plain."""
        return string if is_plain_exponent(form) else self.opening + string + self.closing

    def name_of(self, name: str) -> str:
        """A variable's name."""
        return name

    def lowered(self, name: str) -> str:
        """A name as a subscript."""
        return f"_{self.name_of(name)} "

    def write_sum(self, form: Form, strings: list[str]) -> str:
        out = []
        for i, (minus, string) in enumerate(zip(form.data, self.all_within(form, strings, PRODUCT), strict=True)):
            out.append((self.sign if minus else "") if i == 0 else self.minus if minus else self.plus)
            out.append(string)
        return "".join(out)

    def write_negative(self, form: Form, strings: list[str]) -> str:
        return self.sign + self.within(form.parts[0], strings[0], PRODUCT)

    def write_frobenius(self, form: Form, strings: list[str]) -> str:
        return " : ".join(self.all_within(form, strings, PRODUCT))

    def write_name(self, form: Form, strings: list[str]) -> str:
        return self.name_of(form.data)

    def write_increment(self, form: Form, strings: list[str]) -> str:
        inside = form.parts[0]
        if inside.kind == "apply" and inside.data == "vec":
            return f"{self.differential}{self.thin_space}{strings[0]}"
        return self.differential + (strings[0] if inside.kind == "name" else self.opening + strings[0] + self.closing)

    def write_number(self, form: Form, strings: list[str]) -> str:
        return str(form.data)

    def write_half(self, form: Form, strings: list[str]) -> str:
        top, bottom = form.data
        return str(top / bottom)

    def slice_text(self, form: Form) -> str:
        """The index of a slice: 2,: or 1:3,2."""
        return ",".join(":" if r is None else ":".join(dict.fromkeys(map(self.render, r))) for r in form.data)

    def write_identity(self, form: Form, strings: list[str]) -> str:
        return "I"

    # -- around a formula

    def ratio(self, above: str, below: str) -> str:
        """dY/dX, of its two sides."""
        return f"{above}/{below}"

    def derivative(self, of: str, *by: str) -> str:
        """df/dX, or d^2f/dx^2 and d^2f/dx dy, of what is written already."""
        square = self.squared if len(by) > 1 else ""
        gap = " " if of and self.partial.endswith(" ") else ""
        below = self.partial + by[0] + square if len(set(by)) < len(by) else " ".join(self.partial + x for x in by)
        return self.ratio(f"{self.partial.strip()}{square}{gap}{of}", below)

    def gradient(self, by: str) -> str:
        """grad_x, of what is written already."""
        return f"grad_{by}"

    def at(self, base: str, labels: Sequence[str]) -> str:
        """Y[i,j], the entry of what is written already."""
        return f"{base}[{','.join(labels)}]" if labels else base

    def derivation(self, lines: Sequence[Told]) -> str:
        """A derivation, line by line."""
        from matcalc.printing.alignment import plain  # only those need it who ask for the derivation

        return plain(lines)

    def gathered(self, formulas: Sequence[str]) -> str:
        """Formulas that belong together, one below the other."""
        return "\n".join(formulas)

    def chained(self, equal: Sequence[str]) -> str:
        """Formulas that are equal, one below the other."""
        return "\n".join(equal)

    def finished(self, formula: str) -> str:
        """A formula that was put together from others."""
        return formula

    def equations(self, sides: Sequence[tuple[str, str]]) -> str:
        """Equations, one below the other."""
        return self.gathered([f"{left} = {right}" for left, right in sides])

    def several(self, formulas: Sequence[tuple[str, str]]) -> str:
        """Derivatives by several variables: each variable as it is told, with its formula."""
        return "\n".join(f"{told}: {formula}" for told, formula in formulas)

    def annotated(self, sides: Sequence[tuple[str, str]], remarks: Sequence[str]) -> str:
        """Equations with a remark on each, in a column behind them where there is room for words."""
        told = [f"{left} = {right}" for left, right in sides]
        longest = max(map(len, told), default=0)
        return "\n".join(f"{equation:<{longest}}   {remark}" for equation, remark in zip(told, remarks, strict=True))

    def case(self, value: str, met: Sequence[tuple[str, str]]) -> str:
        """A value where labels are equal, zero elsewhere."""
        return f"{value} if {' and '.join(f'{a} = {b}' for a, b in met)}, else 0"

    def added(self, terms: Sequence[str]) -> str:
        """The sum of what `case` writes."""
        return " + ".join(f"({t})" for t in terms)

    def block(self, place: str) -> str:
        """The part of an array at a place, such as 1,:,2."""
        return f"[{place}]"

    def compressed(self, formula: str, whole: str, part: str, deltas: str) -> str:
        """A formula without the deltas that all its entries share, and what was left out."""
        return f"{formula}   (compressed: entry [{whole}] of the derivative is entry [{part}] of this times {deltas})"


def rows_of(form: Form, strings: list[str]) -> list[list[str]]:
    """The strings of an array's entries, row by row."""
    rows, columns = form.data
    return [strings[i * columns : (i + 1) * columns] for i in range(rows)]
