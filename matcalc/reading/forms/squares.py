"""A derivative by a square: sigma^2 as a variable of its own, of which sigma is the root."""

from __future__ import annotations

from collections.abc import Sequence

from matcalc.reading.grammar.tokens import Token

_SQUARED = (("^", "2"), ("^", "{", "2", "}"))


def name_of_square(name: str, taken: Sequence[str]) -> str:
    """A name for the square that nothing else has."""
    found = f"{name}_sq"
    while found in taken:
        found += "_"
    return found


def with_square(tokens: Sequence[Token], name: str, square: str) -> list[Token]:
    """The tokens with v in place of x^2 and sqrt(v) in place of x, where v is the name of the square of x."""
    out: list[Token] = []
    i = 0
    while i < len(tokens):
        t = tokens[i]
        i += 1
        if t.kind != "name" or t.text != name:
            out.append(t)
            continue
        v = t._replace(text=square)
        length = _length_of_two(tokens, i)
        if length:
            out.append(v)
            i += length
        else:
            at = t.end
            out += [Token("name", "sqrt", t.start, t.start), Token("op", "(", t.start, t.start), v, Token("op", ")", at, at)]
    return out


def _length_of_two(tokens: Sequence[Token], i: int) -> int:
    """How many tokens an exponent 2 at i has, none where another stands there."""
    if i < len(tokens) and tokens[i].kind == "sup" and tokens[i].text == "2":
        return 1
    return next((len(s) for s in _SQUARED if tuple(t.text for t in tokens[i : i + len(s)]) == s), 0)
