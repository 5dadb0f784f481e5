"""The tables of the package's own TOML files, which are kept: parsing takes longer than deriving."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from matcalc.kept import kept, times_of

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable


def tables_of(file: Traversable) -> dict[str, Any]:
    """What a file says; what was kept of it is used as long as the file has the same time and length.

    Raises TOMLDecodeError for what is no TOML.
    """
    if not isinstance(file, Path):
        return _parsed(file)
    found: dict[str, Any] = kept(os.fspath(file), times_of([file]), lambda: _parsed(file))
    return found


def _parsed(file: Traversable) -> dict[str, Any]:
    import tomllib  # what is kept is not parsed

    return tomllib.loads(file.read_text(encoding="utf-8"))
