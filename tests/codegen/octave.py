"""Runs generated MATLAB code in GNU Octave, many functions in one process."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest

OCTAVE: Final = shutil.which("octave-cli") or shutil.which("octave")
needs_octave: Final = pytest.mark.skipif(OCTAVE is None, reason="GNU Octave is not installed")
CALL: Final = """
try
    r = {call};
    printf('%s = %s :', '{name}', mat2str(size(r)));
    printf(' %.17g', r);
    printf('\\n');
catch e
    printf('%s ! %s\\n', '{name}', strrep(e.message, char(10), ' '));
end
"""


def literal(value: Any) -> str:
    """An array in MATLAB: a vector is a column."""
    array = np.asarray(value, dtype=float)
    rows = array.reshape(1, 1) if array.ndim == 0 else array.reshape(-1, 1) if array.ndim == 1 else array
    return "[" + "; ".join(", ".join(repr(float(x)) for x in row) for row in rows) + "]"


def values(folder: Path, sources: Mapping[str, str], calls: Mapping[str, tuple[str, Sequence[Any]]]) -> dict[str, Any]:
    """The values of calls, (file, arguments), by their names; an error is its message."""
    assert OCTAVE is not None
    for name, source in sources.items():
        head, _, rest = source.partition("(")
        (folder / f"{name}.m").write_text(f"{head.rpartition(' ')[0]} {name}({rest}", encoding="utf-8")
    lines = [CALL.format(name=name, call=f"{of}({', '.join(map(literal, given))})") for name, (of, given) in calls.items()]
    (folder / "main.m").write_text("warning off;\n" + "".join(lines), encoding="utf-8")
    ran = subprocess.run([OCTAVE, "-q", "main.m"], cwd=folder, capture_output=True, text=True, check=False, timeout=300)
    return dict(map(_read, ran.stdout.splitlines()))


def _read(line: str) -> tuple[str, Any]:
    name, sign, rest = line.split(" ", 2)
    if sign == "!":
        return name, rest
    size, _, entries = rest.partition(":")
    shape = tuple(int(n) for n in size.strip().strip("[]").split())
    return name, np.array([float(x) for x in entries.split()]).reshape(shape, order="F")
