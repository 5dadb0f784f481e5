"""The tables of the package's own TOML files, kept beside them as Python keeps what it has compiled: parsing takes longer than deriving."""

from __future__ import annotations

import contextlib
import marshal
import os
import sys
from importlib.util import cache_from_source
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable


def tables_of(file: Traversable) -> dict[str, Any]:
    """What a file says; what was kept of it is used as long as the file has the same time and length.

    Raises TOMLDecodeError for what is no TOML.
    """
    if not isinstance(file, Path):
        return _parsed(file)
    status = file.stat()
    stamp = (status.st_mtime_ns, status.st_size)
    kept = Path(cache_from_source(os.fspath(file))).with_suffix(".tables")
    with contextlib.suppress(OSError, ValueError, EOFError, TypeError):
        found_stamp, found = marshal.loads(kept.read_bytes())
        if found_stamp == stamp and isinstance(found, dict):
            return found
    tables = _parsed(file)
    if not sys.dont_write_bytecode:
        _keep(kept, marshal.dumps((stamp, tables)))
    return tables


def _parsed(file: Traversable) -> dict[str, Any]:
    import tomllib  # what is kept is not parsed

    return tomllib.loads(file.read_text(encoding="utf-8"))


def _keep(kept: Path, content: bytes) -> None:
    """Written beside and moved into place, so that nobody reads half of it; where nothing can be written, nothing is kept."""
    part = kept.with_suffix(f".{os.getpid()}")
    with contextlib.suppress(OSError):
        kept.parent.mkdir(exist_ok=True)
        part.write_bytes(content)
        part.replace(kept)
