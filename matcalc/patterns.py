"""Regular expressions that few requests need, each compiled when it is first used: all together would take as long as a derivation."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, partial


def late(text: str, flags: int = 0) -> Callable[[], re.Pattern[str]]:
    """A function that gives the pattern."""
    return cache(partial(re.compile, text, flags))
