"""Tools whose spellings are read, and how a text shows which one it is from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Final

from matcalc.kept import kept, times_of
from matcalc.patterns import late
from matcalc.records import dataclass

COMMON: Final = "common"


@dataclass(frozen=True)
class Tool:
    """A tool by its title; whether its * and its powers act entry by entry, whether ^ is its power, and whose table is looked in next."""

    title: str
    entrywise: bool = False
    caret: bool = False
    beside: str = COMMON


TOOLS: Final[Mapping[str, Tool]] = {
    COMMON: Tool("Any text", beside="matlab"),
    "numpy": Tool("NumPy and SciPy", entrywise=True),
    "jax": Tool("JAX", entrywise=True, beside="numpy"),
    "torch": Tool("PyTorch", entrywise=True, beside="numpy"),
    "tensorflow": Tool("TensorFlow", entrywise=True, beside="numpy"),
    "sympy": Tool("SymPy"),
    "matlab": Tool("MATLAB and Octave", beside="julia"),
    "julia": Tool("Julia", beside=""),
    "r": Tool("R", entrywise=True, caret=True),
    "mathematica": Tool("Mathematica", entrywise=True, caret=True),
}
MODULES: Final[Mapping[str, str]] = {
    "np": "numpy", "numpy": "numpy", "scipy": "numpy", "sp": "numpy", "math": "numpy", "cp": "numpy", "jnp": "jax", "jax": "jax",
    "torch": "torch", "nn": "torch", "tf": "tensorflow", "tensorflow": "tensorflow", "sympy": "sympy", "sy": "sympy",
}  # fmt: skip
KEYWORDS: Final[Mapping[str, str]] = {"axis": "numpy", "keepdims": "numpy", "ddof": "numpy", "dim": "torch", "dims": "julia"}
# Words that no variable is called, each a function of one tool.
WORDS: Final[Mapping[str, str]] = {
    **dict.fromkeys(
        "Trace Determinant Inverse Transpose MatMul MatAdd MatPow HadamardProduct HadamardPower KroneckerProduct DotProduct DiagMatrix"
        " hadamard_product hadamard_power kronecker_product diagonalize_vector Identity OneMatrix ZeroMatrix ElementwiseApplyFunction"
        " Mul Add Pow Abs Max Min Heaviside".split(),
        "sympy",
    ),
    **dict.fromkeys("tcrossprod crossprod rowSums colSums rowMeans colMeans plogis pmax pmin".split(), "r"),
}
# Mathematica's brackets around the argument of a function.
BRACKETS: Final = late(r"(?<![A-Za-z0-9_.])([A-Z][A-Za-z]+)\[")
_ANY: Final = re.compile(r"(?<!\w)[A-Za-z](?!\w)")
_KEYS: Final = (re.compile(r"\.(\w+)$"), re.compile(r"([a-z_]\w*|[A-Z]\w+)[(\[]"))


@dataclass(frozen=True)
class Line:
    """A line of a table: their spelling and ours, or why theirs is refused."""

    theirs: str
    ours: str
    refused: str


def lines_of(tool: str) -> list[Line]:
    """The table of a tool, line by line."""
    text: str = import_module(f"matcalc.reading.dialects.tables.{tool}").PAIRS
    found = []
    for line in text.strip().splitlines():
        theirs, is_refused, why = line.partition(" !")
        theirs, _, ours = theirs.partition("  ")
        found.append(Line(theirs, "", why) if is_refused else Line(theirs, ours.strip(), ""))
    return found


@cache
def table(tool: str) -> dict[str, list[Line]]:
    """The lines of a tool by the name of the function, "name[" for an entry of its value, those with the fewest open arguments first."""
    made: dict[str, list[Line]] = {}
    for line in lines_of(tool):
        key = "" if line.theirs == line.ours else _key_of(line.theirs, tool == "mathematica")
        if key:
            made.setdefault(key, []).append(line)
    for lines in made.values():
        if len(lines) > 1:
            lines.sort(key=lambda line: len(_ANY.findall(line.theirs)))
    return made


@cache
def plain() -> frozenset[str]:
    """The functions that are read in every text, whatever tool it is from."""
    tools = [COMMON]
    while beside := TOOLS[tools[-1]].beside:
        tools.append(beside)
    folder = Path(__file__).with_name("tables")
    files = [Path(__file__), *(folder / f"{tool}.py" for tool in tools)]
    # Few texts have one of them, and their tables take longer to read than most texts.
    found: frozenset[str] = kept(str(folder / "plain.names"), times_of(files), lambda: frozenset().union(*map(table, tools)))
    return found


@cache
def offered() -> frozenset[str]:
    """Those of them that are read in some way, and not only refused with a reason."""
    tables = [table(tool) for tool in (COMMON, *TOOLS)]
    return frozenset(name for name in plain() if any(not line.refused for lines in tables for line in lines.get(name, ())))


def _key_of(theirs: str, has_brackets: bool) -> str:
    if theirs.endswith("]") and not has_brackets:
        found = re.search(r"(\w+)\(", theirs)
        return f"{found[1]}[" if found else ""
    return next((found[1] for key in _KEYS if (found := key.search(theirs))), "")


def holder(name: str, tool: str) -> str:
    """The tool in whose table a function stands, this one or one beside it; empty where there is none."""
    while tool and name not in table(tool) and f"{name}[" not in table(tool):
        tool = TOOLS[tool].beside
    return tool
