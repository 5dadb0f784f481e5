"""The files of the page: held in memory, under a name that changes with them, so that a browser may keep them for ever."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).resolve().parent
SHEET: Final = HERE.parent / "sheet"
KINDS: Final = {".js": "text/javascript", ".css": "text/css", ".woff2": "font/woff2", ".svg": "image/svg+xml", ".html": "text/html"}


@dataclass(frozen=True)
class Asset:
    """A file as it is sent."""

    kind: str
    data: bytes


class Assets:
    """The files of the page, those of KaTeX, and what the page shares with the sheets."""

    @cached_property
    def files(self) -> dict[str, Asset]:
        """Every file by its name."""
        found = {f.name: f for f in (HERE / "site").iterdir() if f.suffix in KINDS and f.suffix != ".html"}
        found |= {f"katex/{f.name}": f for f in (SHEET / "katex").iterdir() if f.suffix in KINDS}
        found |= {f"katex/fonts/{f.name}": f for f in (SHEET / "katex" / "fonts").iterdir()}
        found |= {"shared.js": SHEET / "page" / "shared.js"}
        return {name: Asset(KINDS[file.suffix], file.read_bytes()) for name, file in sorted(found.items())}

    @cached_property
    def version(self) -> str:
        """What changes with any of the files."""
        told = hashlib.sha256()
        for name, asset in self.files.items():
            told.update(name.encode() + asset.data)
        return told.hexdigest()[:16]

    def page(self, version: str, embedded: bool = False) -> Asset:
        """The page itself, with what it is to say of the program; without its head and its foot where it stands in another page."""
        text = (HERE / "site" / "index.html").read_text(encoding="utf-8")
        told = {"assets": f"assets/{self.version}", "version": version, "kind": "embedded" if embedded else "whole"}
        for name, value in told.items():
            text = text.replace(f"{{{{{name}}}}}", value)
        return Asset("text/html", text.encode())
