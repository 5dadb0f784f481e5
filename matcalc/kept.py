"""What takes long to work out and is small, kept beside the compiled modules as Python keeps these."""

from __future__ import annotations

import contextlib
import marshal
import os
import sys
from collections.abc import Callable, Iterable
from importlib.util import cache_from_source
from pathlib import Path
from typing import Any


def kept(source: str, stamp: tuple[Any, ...], make: Callable[[], Any]) -> Any:
    """What `make` makes of the file `source`, in values that `marshal` writes; it is made anew where the stamp is another one."""
    place = Path(cache_from_source(source)).with_suffix(".tables")
    with contextlib.suppress(OSError, ValueError, EOFError, TypeError):
        found_stamp, found = marshal.loads(place.read_bytes())
        if found_stamp == stamp:
            return found
    made = make()
    if not sys.dont_write_bytecode:
        _keep(place, marshal.dumps((stamp, made)))
    return made


def times_of(files: Iterable[Path]) -> tuple[tuple[int, int], ...]:
    """When files were written and how long they are: the stamp of what is made of them."""
    return tuple([_time_of(file) for file in files])


def _time_of(file: Path) -> tuple[int, int]:
    try:
        status = file.stat()
    except OSError:
        # An installation may hold the compiled modules alone.
        return 0, 0
    return status.st_mtime_ns, status.st_size


def _keep(place: Path, content: bytes) -> None:
    """Written beside and moved into place, so that nobody reads half of it; where nothing can be written, nothing is kept."""
    part = place.with_suffix(f".{os.getpid()}")
    with contextlib.suppress(OSError):
        place.parent.mkdir(exist_ok=True)
        part.write_bytes(content)
        part.replace(place)
