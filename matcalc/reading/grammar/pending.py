"""What waits on the parser's stack, the exponents that are written above, and arguments without parentheses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field
from typing import Final

from matcalc.errors import ParseError, Span
from matcalc.reading.grammar.syntax import Binary, Name, Negation, Number, Syntax
from matcalc.reading.grammar.tokens import TURNED, Token
from matcalc.records import dataclass

_RAISED: Final = frozenset({"^", ".^", "'", "("})


@dataclass
class Pending:
    """An operator whose right operand is being read."""

    op: str
    precedence: int
    at: Span
    function: str = ""
    bare: bool = False


@dataclass
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


def turned_power(tokens: Sequence[Token], i: int) -> tuple[str, int] | None:
    """The exponent T, -T, H, -H or * after the ^ at i, in braces or not, and where what follows begins; * stands before no operand."""
    braced = tokens[i + 1].text == "{"
    start = i + 1 + braced
    sign = "-" if tokens[start].text == "-" else ""
    at = start + len(sign)
    turned = tokens[at].text
    if turned not in TURNED or braced and tokens[at + 1].text != "}":
        return None
    if turned == "*" and (sign or not braced and _begins_operand(tokens[at + 1])):
        return None
    return sign + turned, at + 1 + braced


def _begins_operand(token: Token) -> bool:
    return token.kind in ("name", "number", "sum", "string") or token.text in ("(", "[", "{", "frac", "∇", "∂")


def literal_exponent(text: str, at: Span, source: str, names: list[Name]) -> Syntax:
    """The exponent that a superscript writes: a number or a name, which joins `names`, perhaps with a sign."""
    digits = text[1:] if text[0] in "+-" else text
    if not (digits.isdigit() or len(digits) == 1 and digits.isalpha() and digits != "T"):
        raise ParseError(f"the exponent {text!r} cannot be read", at, source)
    number: Syntax = Number(digits, at) if digits.isdigit() else Name(digits, at)
    if isinstance(number, Name):
        names.append(number)
    return Negation(number, at) if text[0] == "-" else number


def argument_of_two(stack: Sequence[Pending | Open], operands: list[Syntax], names: list[Name], token: Token, after: Token) -> bool:
    """Whether a name, to which nothing is done, is part of an argument without parentheses, as in log 2π; then it is taken into it."""
    top, number = stack[-1] if stack else None, operands[-1]
    is_plain = token.kind == "name" and after.kind not in ("sup", "sub") and after.text not in _RAISED
    if not (isinstance(top, Pending) and top.bare and isinstance(number, Number) and is_plain):
        return False
    names.append(Name(token.text, (token.start, token.end)))
    operands[-1] = Binary("multiply", number, names[-1], (token.start, token.start), (number.span[0], token.end))
    return True
