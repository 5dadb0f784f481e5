"""Where specifications come from: a file, or the built-in sheets in rules/sheets."""

from __future__ import annotations

import difflib
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

from matcalc.book.files import rules_folder
from matcalc.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from importlib.resources.abc import Traversable


def built_in() -> dict[str, Traversable]:
    """The built-in specifications by name, sorted."""
    files = [f for f in (rules_folder() / "sheets").iterdir() if f.name.endswith(".toml")]
    return {f.name.removesuffix(".toml"): f for f in sorted(files, key=lambda f: f.name)}


def titles() -> dict[str, str]:
    """The title of each by its name."""
    return {name: tomllib.loads(f.read_text(encoding="utf-8"))["title"] for name, f in built_in().items()}


def summaries(titles: Mapping[str, str]) -> list[str]:
    """A line for each: its name and title."""
    width = max(map(len, titles))
    return [f"{name:<{width}}  {title}" for name, title in titles.items()]


def load(spec: str) -> tuple[bytes, str]:
    """The document, and the name that messages call it by; a file goes before a built-in sheet of the same name.

    Raises UsageError for what is neither.
    """
    path = Path(spec)
    if path.is_file():
        return path.read_bytes(), spec
    sheets = built_in()
    if spec in sheets:
        return sheets[spec].read_bytes(), f"{spec}.toml"
    if path.exists():
        return path.read_bytes(), spec
    near = difflib.get_close_matches(spec, sheets, 1)
    hint = f"did you mean {near[0]!r}?" if near else f"the built-in sheets are {', '.join(sheets)}"
    raise UsageError(f"there is no file {spec!r} and no built-in sheet of that name", hint=hint)
