"""Answers kept from one run to the next, so that an unchanged entry is not derived again.

One file an answer, named by what it depends on: the question, the layout, and a fingerprint of the program and its rule
book. A file holds a line with the digest of the rest; one that is damaged is as good as none and is written again. The
folder may be deleted at any time. Errors are not kept.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import matcalc
from matcalc.book.files import rule_files
from matcalc.book.rules import in_use, per_book
from matcalc.sheet.formula import Answer, from_dict

if TYPE_CHECKING:
    from matcalc.sheet.formula import Job


def default_folder() -> Path:
    """The user's cache folder: $XDG_CACHE_HOME/matcalc, or ~/.cache/matcalc."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(base) if Path(base).is_absolute() else Path.home() / ".cache") / "matcalc" / "sheets"


@per_book
def fingerprint() -> str:
    """The version, and a digest of the modules and rules, the user's own included, that answers come from."""
    digest = hashlib.sha256(matcalc.__version__.encode())
    package = Path(matcalc.__file__).parent
    for file in sorted(package.rglob("*.py")):
        digest.update(file.read_bytes())
    for rules in (*rule_files(), *map(Path, in_use().own)):
        digest.update(rules.read_bytes())
    return digest.hexdigest()


class Cache:
    """Answers in a folder; without a folder, none are kept."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder

    def path(self, job: Job) -> Path | None:
        """Where the answer of a job is kept."""
        if self.folder is None:
            return None
        name = hashlib.sha256(f"{fingerprint()} {job.key}".encode()).hexdigest()
        return self.folder / name[:2] / f"{name[2:]}.json"

    def get(self, job: Job) -> Answer | None:
        """The kept answer; None where there is none, or where the file is damaged."""
        path = self.path(job)
        if path is None:
            return None
        try:
            digest, _, body = path.read_text(encoding="utf-8").partition("\n")
            if hashlib.sha256(body.encode()).hexdigest() != digest:
                return None
            found = from_dict(json.loads(body))
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None
        return found

    def put(self, job: Job, answer: Answer) -> None:
        """Keep an answer; a folder that cannot be written to keeps nothing."""
        path = self.path(job)
        if path is None or answer.error:
            return
        body = json.dumps(answer.to_dict())
        with contextlib.suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            _replace(path, f"{hashlib.sha256(body.encode()).hexdigest()}\n{body}")


def _replace(path: Path, text: str) -> None:
    """Write a file so that another process sees the whole of it or nothing."""
    handle, partial = tempfile.mkstemp(prefix=".", suffix=".partial", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(partial).replace(path)
    except BaseException:
        Path(partial).unlink(missing_ok=True)
        raise
