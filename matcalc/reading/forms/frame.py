r"""What stands around the formulas of a request: words, environments, what is said of names, the operator that words or a call name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from matcalc.reading.declarations import Declared
from matcalc.reading.forms.framed import Framed
from matcalc.reading.grammar.tokens import check_length

# A text in which none of these stands is a formula and nothing else.
_SIGNS: Final = re.compile(
    r"[\n~≔?∈≻⪰≽<>≥≠→↦]|[$]|:=|!=|[.,;:=!]\s{0,9}$"
    r"|\\(?:text|mbox|rm|mapsto|in(?![a-z])|succ|g[et]|ne|coloneqq|triangleq|equiv|doteq|underset|times|begin|q?quad|[\\\[\](),;:!])"
    r"|=\s?-?\s?[\w\\]{1,20}\s?(?:\^|'|\.[TH]|ᵀ|ᴴ)|(?:\^|'|ᵀ|ᴴ|\.[TH])[^\s=]{0,20}\s?=|=\s?(?:I\b|\\mathbf)"
    r"|(?:min|max)(?:imi[sz]e)?(?:\\limits)?\}?\s?_|[\[(.]diff\b|^\s*[\w.]{0,40}D\s?\["
    r"|(?<![\w\\])(?:wrt|w\.\s?r\.\s?t|respect|regard|differentiate|let|find|compute|calculate|evaluate|determine|what|given|with|for|of"
    r"|if|subject|s\.\s?t\."
    r"|is|are|in|diff|grad|gradient|derivatives?|jacobian|jac|jacfwd|jacrev|hessian|hess|differential|symmetric|skew\S*|antisymmetric"
    r"|positive\S*|nonnegative|non\S*|posdef|psd|spd|pd|invertible|orthogonal|diagonal|lower|upper|constants?|fixed|integer|toeplitz|simplex"
    r"|complex\S*|hermitian|unitary|vectors?|scalars?|matri(?:x|ces)|numbers?|real)(?![\w_])",
    re.IGNORECASE,
)


def framed(text: str, declared: Mapping[str, Declared]) -> Framed:
    """What a text says in words and around its formulas; a text that has none of this comes back as it is.

    Raises ParseError, pointing into the text.
    """
    check_length(text)
    if _SIGNS.search(text) is None:
        return Framed(text, declared=declared)
    from matcalc.reading.forms.framing import Framing  # a formula alone needs nothing of it

    return Framing(text, declared).read()
