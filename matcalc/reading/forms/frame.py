r"""What stands around the formulas of a request: words, environments, what is said of names, the operator that words or a call name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from matcalc.patterns import late
from matcalc.reading.declarations import Declared
from matcalc.reading.forms.framed import Framed
from matcalc.reading.grammar.tokens import check_length

# A text that has none of these words and signs is a formula and nothing else.
_WORDS: Final = frozenset(
    "wrt respect regard differentiate let find compute calculate evaluate determine what given with for of if subject is are in"
    " diff grad gradient derivative derivatives jacobian jac jacfwd jacrev hessian hess differential symmetric antisymmetric"
    " nonnegative posdef psd spd pd invertible orthogonal diagonal lower upper constant constants fixed integer toeplitz simplex"
    " hermitian unitary vector vectors scalar scalars matrix matrices number numbers real".split()
)
_BEGINNINGS: Final = ("skew", "positive", "non", "complex")
_WORD: Final = re.compile(r"(?<![\w\\])\w+")
_MARKS: Final = frozenset("\n~≔?∈≻⪰≽<>≥≠→↦$")
_ABOUT: Final = frozenset(".,;:=![_")
# Each alternative has one of the characters above.
_SIGNS: Final = late(
    r":=|!=|[.,;:=!]\s{0,9}$"
    r"|=\s?-?\s?[\w\\]{1,20}\s?(?:\^|'|\.[TH]|ᵀ|ᴴ)|(?:\^|'|ᵀ|ᴴ|\.[TH])[^\s=]{0,20}\s?=|=\s?(?:I\b|\\mathbf)"
    r"|(?:min|max)(?:imi[sz]e)?(?:\\limits)?\}?\s?_|[\[.]diff\b|^\s*[\w.]{0,40}D\s?\[|(?<![\w\\])(?:w\.\s?r\.\s?t|s\.\s?t\.)(?!\w)",
    re.IGNORECASE,
)
_COMMANDS: Final = late(
    r"\\(?:text|mbox|rm|mapsto|in(?![a-z])|succ|g[et]|ne|coloneqq|triangleq|equiv|doteq|underset|times|begin|q?quad|[\\\[\](),;:!])",
    re.IGNORECASE,
)


def is_alone(text: str) -> bool:
    """Whether a text has no word and no sign that says anything beside a formula."""
    words = _WORD.findall(text.lower())
    if not _WORDS.isdisjoint(words) or any(word.startswith(_BEGINNINGS) for word in words):
        return False
    if not _MARKS.isdisjoint(text) or not _ABOUT.isdisjoint(text) and _SIGNS().search(text) is not None:
        return False
    return "\\" not in text or _COMMANDS().search(text) is None


def framed(text: str, declared: Mapping[str, Declared]) -> Framed:
    """What a text says in words and around its formulas; a text that has none of this comes back as it is.

    Raises ParseError, pointing into the text.
    """
    check_length(text)
    if is_alone(text):
        return Framed(text, declared=declared)
    from matcalc.reading.forms.framing import Framing  # a formula alone needs nothing of it

    return Framing(text, declared).read()
