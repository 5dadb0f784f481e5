"""The product A : B of two arrays, the sum of the products of their entries."""

from __future__ import annotations

from matcalc.errors import ParseError
from matcalc.reading.grammar.tokens import Token


def _after_operator(tokens: list[Token]) -> int:
    r"""Where the function begins after a leading \frac{\partial}{\partial X}."""
    if not tokens or tokens[0].text != "frac" or len(tokens) < 3 or tokens[2].text not in ("∂", "d"):
        return 0
    depth = groups = 0
    for k, t in enumerate(tokens):
        depth += (t.text == "{") - (t.text == "}")
        groups += t.text == "}" and not depth
        if groups == 2:
            return k + 1 if k + 1 < len(tokens) else 0
    return 0


def with_products(tokens: list[Token], source: str) -> list[Token]:
    """A : B is the sum of products of entries; it binds tighter than a sum and looser than a product."""
    depths, depth = [], 0
    for t in tokens:
        depth -= t.kind == "op" and t.text in (")", "]", "}")
        depths.append(depth)
        depth += t.kind == "op" and t.text in ("(", "[", "{")
    ends = [k for k, t in enumerate(tokens) if not depths[k] and t.kind == "op" and t.text in ("+", "-", ",", ";", "=") and not (
        t.text == "-" and k and tokens[k - 1].text in (":", "^", ".^"))]  # fmt: skip
    out: list[Token] = []
    begin = _after_operator(tokens)
    out += tokens[:begin]
    for end in [*(k for k in ends if k >= begin), len(tokens)]:
        out += _product_of(tokens[begin:end], depths[begin:end], source)
        out += tokens[end : end + 1]
        begin = end + 1
    return out


def _product_of(tokens: list[Token], depths: list[int], source: str) -> list[Token]:
    colons = [k for k, t in enumerate(tokens) if not depths[k] and t.text == ":" and t.kind == "op"]
    if not colons:
        return tokens
    at = tokens[colons[0]]
    left, right = tokens[: colons[0]], tokens[colons[0] + 1 :]
    if len(colons) > 1 or not left or not right:
        raise ParseError("A : B has one factor on either side", (at.start, at.end), source)
    start, end = left[0].start, right[-1].end
    opening = [Token("name", "dot", start, start), Token("op", "(", start, start)]
    return [*opening, *left, Token("op", ",", at.start, at.end), *right, Token("op", ")", end, end)]
