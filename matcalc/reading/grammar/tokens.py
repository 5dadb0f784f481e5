"""Tokens, as every notation gives them to the parser, and the names that a reader knows beforehand."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from functools import cached_property
from typing import Final, NamedTuple

from matcalc.book.letters import GREEK_NAMES as SPELLED_OUT
from matcalc.errors import LimitError
from matcalc.reading.notes import Note
from matcalc.records import dataclass

MAX_LENGTH: Final = 200_000
MAX_TOKENS: Final = 30_000
MAX_DIGITS: Final = 60
MAX_EXPONENT: Final = 300

GREEK_NAMES: Final = frozenset(
    "alpha beta gamma delta epsilon varepsilon zeta eta theta iota kappa lambda mu nu xi omicron rho sigma tau upsilon phi chi psi"
    " omega".split()
)
BOLD_ONE: Final = "𝟏"
FOR_EACH: Final = "∀"
# Euler's number, the base of e^x where e is no name.
EULER: Final = "ℯ"
ACTIVATIONS: Final = frozenset({"sigma", "phi", "psi", "σ", "φ", "ψ"})
FUNCTIONS: Final = ACTIVATIONS | {"f", "g", "h"}
# Names that may stand for a constant or a function.
OTHERWISE: Final = FUNCTIONS | {"e"}
OPERATOR_SPELLINGS: Final = {
    "−": "-", "–": "-", "×": "*", "·": "·", "⋅": "·", "∗": "*", "∘": ".*", "⊙": ".*", "⊘": "./", "÷": "/", "‖": "||", "∥": "||",
    "∣": "|", "′": "'", "’": "'", ".'": ".T", ".mT": ".T", ".mH": ".H", "**": "^",
    ".(": "(", ".+": "+", ".-": "-", "%*%": "@", "%x%": "⊗",
}  # fmt: skip
# What stands above an operand and makes another array of it: its transpose, its conjugate transpose, its conjugate.
TURNED: Final = ("T", "H", "*")
# Two signs that say one of these or something else: a conjugate transpose or the pseudo-inverse, a conjugate or a name.
DAGGER: Final = "†"
BAR: Final = "¯"
RAISED: Final = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ᵀ⊤ᴴ†\u0304\u0305ᵏⁿᵐ"
SUPERSCRIPTS: Final = str.maketrans(RAISED, f"0123456789+-TTH{DAGGER}{BAR}{BAR}knm")
LOWERED: Final = "₀-₉ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓᵦᵧᵨᵩᵪ"
SUBSCRIPTS: Final = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789") | {
    ord(below): "_" + letter for below, letter in zip("ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓᵦᵧᵨᵩᵪ", "aehijklmnoprstuvxβγρφχ", strict=True)
}
# A text in which none of these stands is no LaTeX.
SIGNS_OF_LATEX: Final = ("\\", "$", "^{", "_{", "∑", "sum_")
LETTERS: Final = "A-Za-zΑ-ΡΣ-Ωα-ωϑϕϖϱϵℓ"
_PARTS: Final = re.compile(r"[^\W\d_]+|[0-9]+")


class Token(NamedTuple):
    """`kind` is number, name, op, sup (a superscript), sub (a subscript), method (of x.sum()), string, sum or end; `text` is the
    canonical spelling, with the tool before it for a function of another one: numpy.dot.

    That of a sum lists its labels with their limits and the pairs that differ: i=n,j=n,i<j; it stands in parentheses with its body.
    FOR_EACH before a label says that nothing is summed: the values for each are kept.
    """

    kind: str
    text: str
    start: int
    end: int


class Look(NamedTuple):
    """What the writing of a name says that it is: scalar, vector, row or matrix, for a `reason`; `cost` is that of reading it otherwise."""

    kind: str
    reason: str
    cost: float


BOLD: Final = 6.0
SUMMED: Final = 10.0
UNMARKED: Final = 1.0


class Lexed(NamedTuple):
    """The tokens, the last of kind `end`; `numpy` tells that the text uses NumPy's operators, `notes` what was assumed.

    `looks` has the names whose kind the writing tells: bold and arrows (at the cost BOLD), an index that is summed (SUMMED).
    """

    tokens: list[Token]
    numpy: bool
    notes: tuple[Note, ...] = ()
    looks: Mapping[str, Look] = {}


@dataclass(frozen=True)
class Known:
    """The names that are known before a text is read.

    `kinds` says of each what it is: scalar, vector, row, matrix, function, or "" where that is open. In a `closed` text
    there are no others; `is_complex` tells that some are complex.
    """

    kinds: Mapping[str, str] = field(default_factory=dict)
    closed: bool = False
    is_complex: bool = False

    @cached_property
    def _spellings(self) -> dict[tuple[str, ...], list[str]]:
        found: dict[tuple[str, ...], list[str]] = {}
        for name in self.kinds:
            found.setdefault(parts_of(name), []).append(name)
        return found

    def spellings(self, name: str) -> list[str]:
        """The known names that typography does not tell from this one: W1 and W_1 are both a W with a subscript."""
        return self._spellings.get(parts_of(name), [])


NOTHING: Final = Known()


def known_names(names: Iterable[str]) -> Known:
    """Names of which nothing else is known."""
    return Known(dict.fromkeys(names, ""))


def parts_of(name: str) -> tuple[str, ...]:
    """The letter and the subscripts of a name, whichever way it is written: W1, W_1 and W₁ are W with 1, α is alpha."""
    return tuple(SPELLED_OUT.get(part, part) for part in _PARTS.findall(name))


def check_number(text: str, start: int, end: int, source: str) -> None:
    """Refuse a number with more digits than an answer could show."""
    mantissa, _, exponent = text.lower().partition("e")
    if len(mantissa) > MAX_DIGITS or exponent and (len(exponent) > 5 or abs(int(exponent)) > MAX_EXPONENT):
        raise LimitError(f"a number has at most {MAX_DIGITS} digits and an exponent of at most {MAX_EXPONENT}", (start, end), source)


def check_length(source: str) -> None:
    """Refuse a text that is longer than what is read."""
    if len(source) > MAX_LENGTH:
        raise LimitError(f"the input has {len(source)} characters; at most {MAX_LENGTH} are read", (MAX_LENGTH, MAX_LENGTH + 1), source)


def check_count(tokens: list[Token], source: str) -> None:
    """Refuse a text of more tokens than are read."""
    if len(tokens) > MAX_TOKENS:
        at = tokens[MAX_TOKENS]
        raise LimitError(f"the input has more than {MAX_TOKENS} tokens", (at.start, at.end), source)


def ended(tokens: Sequence[Token]) -> list[Token]:
    """Tokens with an end after them."""
    end = tokens[-1].end if tokens else 0
    return [*tokens, Token("end", "", end, end)]
