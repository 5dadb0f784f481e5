"""What the parser asks about the names of a request."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from matcalc.reading.grammar.tokens import Token


class Vocabulary(Protocol):
    """What the parser asks about names."""

    def is_call(self, tokens: Sequence[Token], i: int) -> bool:
        """Whether the name at i, before an opening parenthesis, is a function rather than a factor."""

    def is_function(self, name: str) -> bool:
        """Whether a name that stands alone is a known function."""

    def is_unknown_function(self, name: str) -> bool:
        """Whether a name was declared as a function, so that sigma'(z) is its derivative."""
