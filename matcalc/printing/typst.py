r"""Formulas in the markup of Typst, which sets them without a TeX installation.

A comma or semicolon would separate the arguments of a Typst function, and a slash would set a fraction, so that each is
written with a backslash where it is meant as a sign. Words are strings, since bare words are Typst's own names.
"""

from __future__ import annotations

import re
from collections.abc import Container
from itertools import pairwise
from typing import ClassVar, Final

from matcalc.algebra.node import Expr
from matcalc.book import rules as rulebook
from matcalc.book.letters import GREEK, LATEX_CAPITALS, LETTERS, parts_of_name, quoted
from matcalc.book.operators import ATOM
from matcalc.printing.forms import FACTOR, LEVELS, POSTFIX, PRODUCT, Form
from matcalc.printing.latex import is_postfix
from matcalc.printing.printer import Printer, rows_of

COMMA: Final = r"\, "
TOP: Final = "^⊤"
INCREMENT: Final = 'upright("d")'
CLOSED: Final = 'class("normal", '
VARIANTS: Final = {"varepsilon": "ε", "vartheta": "ϑ", "varphi": "φ", "varrho": "ϱ", "varsigma": "ς", "varkappa": "ϰ"}
SHAPED: Final = {"epsilon": "ϵ", "phi": "ϕ"}
PIECE: Final = re.compile(
    r"\\operatorname\{(?P<operator>\w+)\}|\\mathrm\{(?P<word>\w+)\}|\{(?P<part>[A-Za-z]\w*)\}"
    r"|(?P<sign>\\left[(|]|\\right[)|]|\\(?:left|right)\\[A-Za-z]+|\\[A-Za-z]+)|."
)
SIGNS: Final = {
    r"\left(": "(",
    r"\right)": ")",
    r"\left|": "lr(|",
    r"\right|": "|)",
    r"\left\lVert": "lr(‖",
    r"\right\rVert": "‖)",
    r"\left\langle": "lr(⟨",
    r"\right\rangle": "⟩)",
    r"\otimes": "⊗",
}
PLAIN: Final = {"{": "(", "}": ")", ",": COMMA, "/": r"\/"}


def typst(e: Expr, hadamard: str = "dot", taken: Container[str] = ()) -> str:
    """The expression in Typst's mathematics."""
    return TYPST.print(e, hadamard, taken)


def typst_name(name: str) -> str:
    """W1 as W_(1), alpha as α, loss as an upright word, the increment dW as dif W."""
    first, *subscripts = parts_of_name(name)
    out = _word(first)
    return out + "_(" + COMMA.join(typst_name(s) for s in subscripts) + ")" if subscripts else out


def _word(word: str) -> str:
    if len(word) == 1 or word.isdigit():
        return word
    if word in VARIANTS or word in SHAPED:
        return VARIANTS.get(word) or SHAPED[word]
    if word in LETTERS or word in LATEX_CAPITALS:
        return GREEK[word]
    if word[0] == "d" and (len(word) == 2 or word[1:] in LETTERS or word[1:] in LATEX_CAPITALS):
        return INCREMENT + _word(word[1:])
    return f"upright({quoted(word)})"


class TypstPrinter(Printer):
    """Typst."""

    levels: ClassVar[dict[str, int]] = {**LEVELS, "quotient": FACTOR, "summation": PRODUCT, "unit_row": POSTFIX}
    where: ClassVar[str] = ' quad "where" quad '
    separator: ClassVar[str] = r"\, quad "
    differential: ClassVar[str] = INCREMENT
    thin_space: ClassVar[str] = " thin "

    def level(self, form: Form) -> int:
        if form.kind == "apply":
            return PRODUCT if form.data == "kron" else POSTFIX if is_postfix(form.data) else ATOM
        if form.kind == "sqrt" and form.data:
            return POSTFIX
        return super().level(form)

    def name_of(self, name: str) -> str:
        return typst_name(name)

    def lowered(self, name: str) -> str:
        return f"_({self.name_of(name)}) "

    def base(self, form: Form, strings: list[str]) -> str:
        """What is raised: a function with its argument is one thing, or Typst would set a space between the two."""
        string = super().base(form, strings)
        return f"{CLOSED}{string})" if string.startswith("op(") else string

    def exponent(self, form: Form, string: str) -> str:
        return string

    def write_product(self, form: Form, strings: list[str]) -> str:
        out = self.all_within(form, strings, FACTOR)
        return "".join([out[0], *(self._gap(left, right) + right for left, right in pairwise(out))])

    def _gap(self, left: str, right: str) -> str:
        """A dot before a number; some space around an increment and before what is closed off from its surroundings."""
        if right[0].isdigit():
            return " dot "
        return " thin " if left.startswith(INCREMENT) or right.startswith((INCREMENT, CLOSED)) else " "

    def write_quotient(self, form: Form, strings: list[str]) -> str:
        return f"frac({strings[0]}, {strings[1]})"

    def write_had(self, form: Form, strings: list[str]) -> str:
        out = self.all_within(form, strings, FACTOR)
        times, over = out[: form.data], out[form.data :]
        top = " ⊙ ".join(times)
        if over and len(times) > 1:
            top = f"({top})"
        return " ⊘ ".join([top, *over])

    def write_power(self, form: Form, strings: list[str]) -> str:
        return f"{self.base(form, strings)}^({self._flat(form.parts[1], strings[1])})"

    def write_epower(self, form: Form, strings: list[str]) -> str:
        return f"{self.base(form, strings)}^(∘ {self._flat(form.parts[1], strings[1])})"

    def _flat(self, form: Form, string: str) -> str:
        """An exponent with a slash in place of a fraction of numbers."""
        if form.kind == "negative":
            return "-" + self._flat(form.parts[0], string[1:])
        if form.kind == "name" and form.data == "T":
            return f"({string})"
        if form.kind == "quotient" and all(p.kind == "number" for p in form.parts):
            return r"\/".join(str(p.data) for p in form.parts)
        return string

    def write_half(self, form: Form, strings: list[str]) -> str:
        return r"\/".join(map(str, form.data))

    def write_sqrt(self, form: Form, strings: list[str]) -> str:
        return rf"{self.base(form, strings)}^(∘ 1\/2)" if form.data else f"sqrt({strings[0]})"

    def write_transpose(self, form: Form, strings: list[str]) -> str:
        return self.base(form, strings) + TOP

    def write_inverse_transpose(self, form: Form, strings: list[str]) -> str:
        return self.base(form, strings) + "^(-⊤)"

    def write_constant(self, form: Form, strings: list[str]) -> str:
        if form.data == "comm":
            return f"K_({COMMA.join(strings)})"
        return {"eye": "I", "ones": "bold(1)", "zeros": "bold(0)"}[form.data] + f"_({' times '.join(strings)})"

    def write_unit(self, form: Form, strings: list[str]) -> str:
        return f"bold(upright(e))_({form.data})"

    def write_unit_row(self, form: Form, strings: list[str]) -> str:
        return f"bold(upright(e))_({form.data}){TOP}"

    def write_slice(self, form: Form, strings: list[str]) -> str:
        return self._lowered(form, strings, self.slice_text(form).replace(",", COMMA))

    def write_apply(self, form: Form, strings: list[str]) -> str:
        if form.data == "kron":
            sides = self.all_within(form, strings, FACTOR)
            right = strings[1] if form.parts[1].kind == "apply" and form.parts[1].data == "kron" else sides[1]
            return f"{sides[0]} ⊗ {right}"
        rule = rulebook.find(form.data)
        filled = self._filled(rule, form, strings) if rule is not None and rule.latex else None
        return filled if filled is not None else f"op({quoted(form.data)})({COMMA.join(strings)})"

    def _filled(self, rule: rulebook.Rule, form: Form, strings: list[str]) -> str | None:
        """The rule's LaTeX template with Typst's signs; None where it has one that has no counterpart here."""
        at = {param.name: i for i, param in enumerate(rule.params)}
        out: list[str] = []
        for found in PIECE.finditer(rule.latex):
            part, sign = found["part"], found["sign"]
            if part in at:
                raised = rule.latex[found.end() : found.end() + 1] in ("^", "_")
                out.append(self.within(form.parts[at[part]], strings[at[part]], ATOM) if raised else strings[at[part]])
            elif sign and sign not in SIGNS and not sign[1:].isalpha():
                return None
            elif sign or found["operator"]:
                out.append(SIGNS.get(sign) or _operator(found["operator"] or sign[1:]))
            else:
                out.append(f"upright({quoted(found['word'])})" if found["word"] else PLAIN.get(found[0], found[0]))
        return "".join(out)

    def write_call(self, form: Form, strings: list[str]) -> str:
        unknown = form.data
        before = {"gradient": "∇ ", "jacobian": 'upright("D")'}.get(unknown.kind, "")
        primes = "'" * unknown.order if unknown.order < 4 else f"^(({unknown.order}))"
        return f"{before}{typst_name(unknown.name)}{primes}({strings[0]})"

    def write_entry(self, form: Form, strings: list[str]) -> str:
        return self._lowered(form, strings, COMMA.join(map(str, form.data)))

    def write_indexed(self, form: Form, strings: list[str]) -> str:
        return self._lowered(form, strings, " ".join(map(typst_name, form.data)))

    def _lowered(self, form: Form, strings: list[str], index: str) -> str:
        """The base with a subscript, in brackets where it has one already or is compound."""
        base = strings[0]
        if form.parts[0].kind != "name" or "_" in base:
            base = f"[{base}]"
        return f"{base}_({index})"

    def write_array(self, form: Form, strings: list[str]) -> str:
        return 'mat(delim: "[", ' + "; ".join(", ".join(row) for row in rows_of(form, strings)) + ")"

    def write_delta(self, form: Form, strings: list[str]) -> str:
        return f"δ_({' '.join(map(typst_name, form.data))})"

    def write_fused_delta(self, form: Form, strings: list[str]) -> str:
        return f"δ_({COMMA.join(strings)})"

    def write_summation(self, form: Form, strings: list[str]) -> str:
        return f"sum_({typst_name(form.data)}) {self.within(form.parts[0], strings[0], PRODUCT)}"


def _operator(word: str) -> str:
    """A function's name: a Greek letter such as Phi, or an upright word."""
    return GREEK[word] if word in GREEK else f"op({quoted(word)})"


TYPST: Final = TypstPrinter()
