"""Files and functions are of a size that a person takes in at once, and what is public says what it does."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from places import ROOT

PACKAGE: Final = ROOT / "matcalc"
FILE: Final = 500
FUNCTION: Final = 40
FOLDER: Final = 20
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def definitions(file: Path) -> Iterator[tuple[str, Definition]]:
    """The functions and classes of a module, with the dotted name inside it."""
    stack: list[tuple[str, ast.AST]] = [("", ast.parse(file.read_text(encoding="utf-8")))]
    while stack:
        prefix, parent = stack.pop()
        for node in ast.iter_child_nodes(parent):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                yield f"{prefix}{node.name}", node
                stack.append((f"{prefix}{node.name}.", node))
            else:
                stack.append((prefix, node))


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def test_files_are_short() -> None:
    lengths = {str(f.relative_to(ROOT)): len(f.read_text(encoding="utf-8").splitlines()) for f in modules()}
    assert {name: n for name, n in lengths.items() if n > FILE} == {}


def test_folders_are_short() -> None:
    """`__init__` is the page of contents and no module."""
    lengths = Counter(str(f.parent.relative_to(ROOT)) for f in modules() if f.name != "__init__.py")
    assert {name: n for name, n in lengths.items() if n > FOLDER} == {}


def test_functions_are_short() -> None:
    found = {
        f"{file.relative_to(ROOT)}:{name}": node.end_lineno - node.lineno + 1
        for file in modules()
        for name, node in definitions(file)
        if not isinstance(node, ast.ClassDef) and node.end_lineno is not None
    }
    assert {name: n for name, n in found.items() if n > FUNCTION} == {}


def test_what_is_public_has_a_docstring() -> None:
    """A name says enough of what is three lines long."""
    assert [
        f"{file.relative_to(ROOT)}:{name}"
        for file in modules()
        for name, node in definitions(file)
        if not name.startswith("_") and "." not in name and not ast.get_docstring(node) and (node.end_lineno or 0) - node.lineno >= 3
    ] == []
