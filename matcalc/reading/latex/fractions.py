r"""Fractions in the old spelling, {a \over b}, as \frac{a}{b}."""

from __future__ import annotations

from collections.abc import Sequence

from matcalc.errors import ParseError
from matcalc.reading.latex.scan import Piece


def with_fractions(pieces: Sequence[Piece], source: str) -> list[Piece]:
    r"""The pieces with {a \over b} as {\frac{a}{b}}.

    Raises ParseError for an \over outside of braces, or the second in a group.
    """
    if not any(p.text == "over" and p.kind == "command" for p in pieces):
        return list(pieces)
    made: list[Piece] = []
    opened: list[tuple[int, bool]] = []
    for p in pieces:
        if p.kind == "op" and p.text == "{":
            opened.append((len(made) + 1, False))
        elif p.kind == "op" and p.text == "}" and opened:
            at, is_fraction = opened.pop()
            if is_fraction:
                made.append(p)
                made[at:at] = [Piece("command", "frac", made[at].start, made[at].start), Piece("op", "{", made[at].start, made[at].start)]
        elif p.kind == "command" and p.text == "over":
            if not opened or opened[-1][1]:
                raise ParseError(r"which part is above this \over is not clear", (p.start, p.end), source, r"write \frac{a}{b}")
            opened[-1] = (opened[-1][0], True)
            made += [Piece("op", "}", p.start, p.start), Piece("op", "{", p.end, p.end)]
            continue
        made.append(p)
    return made
