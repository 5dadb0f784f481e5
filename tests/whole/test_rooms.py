"""Rooms stand in the order of the data: a module imports from its own room or from one below, and every module can be imported alone."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from places import ROOT

PACKAGE: Final = ROOT / "matcalc"
FLOORS: Final = (
    "records", "errors engine memory patterns kept", "scalars",
    "book", "algebra", "reading", "index simplify numbers printing", "calculus", "derivation codegen",
    "answers", "convexity", "stationary", "objects", "build api batch", "sheet", "page", "commands", "cli", "__main__",
)  # fmt: skip
FLOOR: Final = {room: k for k, rooms in enumerate(FLOORS) for room in rooms.split()}

# Each module is imported by a process of its own that has nothing of this package, only what takes long to load.
IMPORT_EACH: Final = """
import importlib, os, sys
import click, numpy, sympy
failed = []
for name in sys.argv[1:]:
    if not (child := os.fork()):
        importlib.import_module(name)
        os._exit(0)
    if os.waitpid(child, 0)[1]:
        failed.append(name)
sys.exit(" ".join(failed) or 0)
"""


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def dotted(file: Path) -> str:
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def room_of(file: Path) -> str:
    return file.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(file: Path) -> Iterator[str]:
    """The rooms that a module names in its imports, those for typing and those in functions included."""
    for n in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(n, ast.ImportFrom) and n.module:
            names = [f"{n.module}.{a.name}" for a in n.names] if n.module == "matcalc" else [n.module]
        elif isinstance(n, ast.Import):
            names = [a.name for a in n.names]
        else:
            continue
        yield from (name.split(".")[1] for name in names if name.startswith("matcalc."))


def test_no_room_imports_from_one_above() -> None:
    wrong = set()
    for file in modules():
        room = room_of(file)
        if room != "__init__":
            assert room in FLOOR, f"{file} stands in no room"
            wrong |= {f"{file.relative_to(PACKAGE)} -> {other}" for other in imported(file)
                      if room != other and FLOOR.get(other, -1) >= FLOOR[room]}  # fmt: skip
    assert wrong == set()


def targets(file: Path, known: set[str]) -> set[str]:
    """The modules that a module imports, those for typing and those in functions included."""
    found = set()
    for n in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(n, ast.ImportFrom) and n.module:
            found |= {name if (name := f"{n.module}.{a.name}") in known else n.module for a in n.names}
        elif isinstance(n, ast.Import):
            found |= {a.name for a in n.names}
    return found & known - {dotted(file)}


def test_no_module_imports_itself_in_a_circle() -> None:
    """Whatever is imported by nothing that is left goes; what stays stands in circles."""
    names = {dotted(f) for f in modules() if f != PACKAGE / "__init__.py"}
    graph = {dotted(f): targets(f, names) for f in modules() if dotted(f) in names}
    while free := [m for m in graph if not graph[m] & graph.keys()]:
        for m in free:
            del graph[m]
    circles = {m: sorted(graph[m] & graph.keys()) for m in graph if any(m in graph[other] for other in graph)}
    assert circles == {}


def test_every_module_can_be_imported_alone() -> None:
    names = [dotted(f) for f in modules() if f.name != "__main__.py"]
    ran = subprocess.run([sys.executable, "-c", IMPORT_EACH, *names], capture_output=True, text=True, cwd=ROOT)
    assert (ran.returncode, ran.stderr) == (0, ""), ran.stderr


def test_the_map_of_the_house_names_what_there_is() -> None:
    text = (ROOT / "docs" / "how-it-works.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`([a-z_]+/[a-z_]+)`", text))
    missing = {n for n in named if not (PACKAGE / n).is_dir() and not (PACKAGE / f"{n}.py").exists()}
    assert missing == set()
    rooms = {f.name for f in PACKAGE.iterdir() if (f / "__init__.py").exists()}
    assert rooms == set(re.findall(r"^\*\*([a-z]+)\.\*\*", text, re.MULTILINE))
