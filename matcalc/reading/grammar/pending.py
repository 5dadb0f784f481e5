"""What waits on the parser's stack, and the exponents that are written above."""

from __future__ import annotations

from dataclasses import dataclass, field

from matcalc.errors import ParseError, Span
from matcalc.reading.grammar.syntax import Name, Negation, Number, Syntax
from matcalc.reading.grammar.tokens import Token


@dataclass(slots=True)
class Pending:
    """An operator whose right operand is being read."""

    op: str
    precedence: int
    at: Span
    function: str = ""
    bare: bool = False


@dataclass(slots=True)
class Open:
    """A bracket that waits for its end: what it is, the operands read in it, and for an array the rows before."""

    kind: str
    closer: str
    start: int
    token: Token
    name: str = ""
    primes: int = 0
    items: list[Syntax] = field(default_factory=list)
    rows: list[tuple[Syntax, ...]] = field(default_factory=list)


def literal_exponent(text: str, at: Span, source: str) -> Syntax:
    """The exponent that a superscript writes: a number or a name, perhaps with a sign."""
    digits = text[1:] if text[0] in "+-" else text
    if not (digits.isdigit() or digits.isalpha()):
        raise ParseError(f"the exponent {text!r} cannot be read", at, source)
    number: Syntax = Number(digits, at) if digits.isdigit() else Name(digits, at)
    return Negation(number, at) if text[0] == "-" else number
