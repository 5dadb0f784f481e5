r"""Formulas in the markup of Typst, which sets them without a TeX installation.

A comma or semicolon would separate the arguments of a Typst function, and a slash would set a fraction, so that each is
written with a backslash where it is meant as a sign. Words are strings, since bare words are Typst's own names.
"""

from __future__ import annotations

import re
from collections.abc import Container, Sequence
from itertools import pairwise
from typing import ClassVar, Final

from matcalc.algebra.node import Expr, Unknown
from matcalc.book import rules as rulebook
from matcalc.book.letters import GREEK, LATEX_CAPITALS, LETTERS, parts_of_name, quoted
from matcalc.book.operators import ATOM
from matcalc.printing.alignment import Told
from matcalc.printing.forms import FACTOR, PRODUCT, Form
from matcalc.printing.notations.typeset import TypesetPrinter

COMMA: Final = r"\, "
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


class TypstPrinter(TypesetPrinter):
    """Typst."""

    where: ClassVar[str] = ' quad "where" quad '
    separator: ClassVar[str] = r"\, quad "
    differential: ClassVar[str] = INCREMENT
    semidefinite: ClassVar[tuple[str, str]] = (" succ.eq 0", " prec.eq 0")
    thin_space: ClassVar[str] = " thin "
    by: ClassVar[str] = " times "
    partial: ClassVar[str] = "∂ "
    turned: ClassVar[str] = "lr(({}))^⊤"
    group: ClassVar[tuple[str, str]] = ("(", ")")
    brackets: ClassVar[tuple[str, str]] = ("[", "]")
    fence: ClassVar[tuple[str, str]] = ("(", ")")
    had: ClassVar[str] = " ⊙ "
    had_over: ClassVar[str] = " ⊘ "
    kron: ClassVar[str] = " ⊗ "
    top: ClassVar[str] = "⊤"
    hermitian: ClassVar[str] = "upright(H)"
    imaginary: ClassVar[str] = " upright(j)"
    circle: ClassVar[str] = "∘ "
    slash: ClassVar[str] = r"\/"
    comma: ClassVar[str] = COMMA
    times: ClassVar[str] = " times "
    dot: ClassVar[str] = " dot "
    delta: ClassVar[str] = "δ"
    unit: ClassVar[str] = "bold(upright(e))"
    arrays: ClassVar[dict[str, str]] = {
        "eye": "I", "ones": "bold(1)", "zeros": "bold(0)", "comm": "K", "comm_": "upright(K)",
        "dup": "upright(D)", "dup_": "upright(D)", "elim": "upright(L)", "elim_": "upright(L)",
    }  # fmt: skip

    def words(self, text: str) -> str:
        return quoted(text)

    def name_of(self, name: str) -> str:
        return typst_name(name)

    def lowered(self, name: str) -> str:
        return f"_({self.name_of(name)}) "

    def base(self, form: Form, strings: list[str]) -> str:
        """What is raised: a function with its argument is one thing, or Typst would set a space between the two."""
        string = super().base(form, strings)
        return f"{CLOSED}{string})" if string.startswith("op(") else string

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

    def root(self, string: str) -> str:
        return f"sqrt({string})"

    def function(self, form: Form, strings: list[str]) -> str:
        rule = rulebook.find(form.data)
        fits = rule is not None and rule.latex and len(rule.params) == len(strings)
        filled = self._filled(rule, form, strings) if rule is not None and fits else None
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
        primes = "'" * unknown.primes if unknown.primes < 4 else f"^(({unknown.primes}))"
        return f"{_derivative_sign(unknown)}{typst_name(unknown.name)}{primes}({strings[0]})"

    def array(self, rows: Sequence[Sequence[str]]) -> str:
        return 'mat(delim: "[", ' + "; ".join(", ".join(row) for row in rows) + ")"

    def write_summation(self, form: Form, strings: list[str]) -> str:
        return f"sum_({typst_name(form.data)}) {self.within(form.parts[0], strings[0], PRODUCT)}"

    # -- around a formula

    def gradient(self, by: str) -> str:
        return f"∇_({by})"

    def ratio(self, above: str, below: str) -> str:
        return f"frac({above}, {below})"

    def derivation(self, lines: Sequence[Told]) -> str:
        """A call of a function `derivation`, which the document defines: a triple for each line, its two sides and the rule."""
        told = [f"  (${line.head}$, $= {line.right}$, {quoted(line.rule)})," for line in lines]
        return "\n".join(["#derivation(", *told, ")"])

    def gathered(self, formulas: Sequence[str]) -> str:
        return formulas[0] if len(formulas) == 1 else " \\\n".join(f"& {f}" for f in formulas)

    def chained(self, equal: Sequence[str]) -> str:
        first, *rest = equal
        return " \\\n".join([f"& {first}", *(f"&= {f}" for f in rest)]) if rest else first

    def equations(self, sides: Sequence[tuple[str, str]]) -> str:
        return " \\\n".join(f"{left} &= {right}" for left, right in sides)

    def several(self, formulas: Sequence[tuple[str, str]]) -> str:
        return " \\\n".join(f"{told}: quad & {formula}" for told, formula in formulas)

    def case(self, value: str, met: Sequence[tuple[str, str]]) -> str:
        told = COMMA.join(f"{typst_name(a)} = {typst_name(b)}" for a, b in met)
        return f'cases({value} & "if" {told}, 0 & "otherwise")'

    def added(self, terms: Sequence[str]) -> str:
        return " + ".join(terms)

    def block(self, place: str) -> str:
        return f"[dot]_({place.replace(',', COMMA)})"

    def compressed(self, formula: str, whole: str, part: str, deltas: str) -> str:
        return f'{formula} quad "compressed: entry [{whole}] is entry [{part}] of it times" {deltas}'


def _derivative_sign(unknown: Unknown) -> str:
    if not unknown.prefix:
        return ""
    order = f"^{unknown.order}" if unknown.order > 1 else ""
    return f"∇{order} " if unknown.kind == "scalar" else f'upright("D"){order}'


def _operator(word: str) -> str:
    """A function's name: a Greek letter such as Phi, or an upright word."""
    return GREEK[word] if word in GREEK else f"op({quoted(word)})"


TYPST: Final = TypstPrinter()
