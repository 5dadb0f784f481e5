"""What the parser asks about the names of a request."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from matcalc.reading.grammar.syntax import Binary, Call, Index, Name, Syntax
from matcalc.reading.grammar.tokens import Token
from matcalc.records import dataclass


@dataclass(frozen=True)
class Respelt:
    """What a call is another spelling of, with the calls and powers that this brings in, and the names that it drops."""

    tree: Syntax
    calls: Sequence[Call] = ()
    powers: Sequence[Binary] = ()
    unused: frozenset[Name] = frozenset()


class Vocabulary(Protocol):
    """What the parser asks about names."""

    def is_call(self, tokens: Sequence[Token], i: int) -> bool:
        """Whether the name at i, before an opening parenthesis, is a function rather than a factor."""

    def is_function(self, name: str) -> bool:
        """Whether a name that stands alone is a known function."""

    def is_unknown_function(self, name: str) -> bool:
        """Whether a name was declared as a function, so that sigma'(z) is its derivative."""

    def rewritten(self, node: Call | Index, source: str) -> Respelt | None:
        """What a call, or the entry of one, is another spelling of; None where it is none."""
