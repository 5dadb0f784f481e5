"""What of a complex variable a derivative is by: Z itself, its conjugate, its real or its imaginary part.

d f / dconj(Z)    d f / dZ^*    ∂f/∂z̄    d f / dz^H    d f / d real(Z)    ∇_{w^*} f
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from matcalc.reading.grammar.tokens import Token

CONJUGATE: Final = "conjugate"
GRADIENT: Final = "gradient"
REAL: Final = "real"
IMAGINARY: Final = "imaginary"
# The functions that a variable may stand under below the bar.
UNDER: Final = {"conj": CONJUGATE, "conjugate": CONJUGATE, "real": REAL, "Re": REAL, "imag": IMAGINARY, "Im": IMAGINARY}
_OPENERS: Final = {"(": ")", "{": "}"}


class Under(NamedTuple):
    """A variable with what of it is meant, and where what follows begins."""

    name: Token
    component: str
    after: int


def under_at(tokens: Sequence[Token], i: int) -> Under | None:
    """conj(Z), dconj(Z), real(Z) and Re Z at i."""
    if i + 1 >= len(tokens) or tokens[i].kind != "name":
        return None
    component = UNDER.get(tokens[i].text) or UNDER.get(tokens[i].text.removeprefix("d"))
    if component is None:
        return None
    closer = _OPENERS.get(tokens[i + 1].text)
    if closer is None:
        return Under(tokens[i + 1], component, i + 2) if tokens[i + 1].kind == "name" else None
    inside = [t.text for t in tokens[i + 2 : i + 4]]
    return Under(tokens[i + 2], component, i + 4) if inside[1:] == [closer] and tokens[i + 2].kind == "name" else None


def conjugated_at(tokens: Sequence[Token], i: int) -> tuple[int, bool]:
    """Where what follows a conjugate, or a conjugate transpose, that stands above at i begins, i where none does; and which it is."""
    if i >= len(tokens):
        return i, False
    if tokens[i].kind == "sup" and tokens[i].text in ("*", "H"):
        return i + 1, tokens[i].text == "H"
    if tokens[i].text == ".H" or tokens[i].text == "*" and i + 1 == len(tokens):
        return i + 1, tokens[i].text == ".H"
    texts = [t.text for t in tokens[i : i + 4]]
    if texts[:1] == ["^"] and texts[1:2] in (["*"], ["H"]):
        return i + 2, texts[1] == "H"
    braced = texts[:2] == ["^", "{"] and texts[2:3] in (["*"], ["H"]) and texts[3:] == ["}"]
    return (i + 4, texts[2] == "H") if braced else (i, False)


def component_of(tokens: Sequence[Token]) -> Under | None:
    """What tokens alone say: conj(Z), Z^*, real(Z); None of a name alone and of anything else."""
    under = under_at(tokens, 0)
    if under is None and tokens and tokens[0].kind == "name" and not conjugated_at(tokens, 1)[1]:
        after = conjugated_at(tokens, 1)[0]
        under = Under(tokens[0], CONJUGATE, after) if after > 1 else None
    return under if under is not None and under.after == len(tokens) else None
