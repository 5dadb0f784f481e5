"""Functions and modules in Python: conversions, refusals, counts, sizes, docstring, helpers, imports."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from typing import Final

from matcalc.codegen.arguments import conversions, counts, likeness, refusals
from matcalc.codegen.complex_arrays import CONVERTER
from matcalc.codegen.languages.language import Frame, Function, Language, helpers_of


class Python(Language):
    """Functions of NumPy, JAX and PyTorch."""

    def function(self, frame: Frame) -> Function:
        emitter, dialect = frame.emitter, frame.dialect
        told = [frame.named(e) + ("=None" if e in frame.ignored else "") for e in frame.by_name]
        others = [f"{frame.named(e)}=None" for e in frame.ignored if e not in frame.by_name]
        signature = [*frame.parameters, *others, *(["*", *told, *frame.missing] if told or frame.missing else [])]
        body = [
            *_quoted(frame.docstring),
            *([f"# {frame.remark}"] if frame.remark else []),
            *self.conversions(frame),
            *counts(frame.missing),
            *likeness(emitter, frame.given),
            *(f"{label} = {read}" for label, read in frame.read.items()),
            *emitter.lines,
            f"return {frame.value}",
        ]
        convert = CONVERTER if any(e.has_complex for e in frame.arrays) else "convert"
        helpers = [dialect.helpers[convert]] if convert in dialect.helpers and frame.given else []
        return frame.made(f"def {frame.name}({', '.join(signature)}):\n{textwrap.indent(chr(10).join(body), '    ')}\n", helpers)

    def conversions(self, frame: Frame) -> list[str]:
        """What makes arrays of the arguments, and refuses those that do not fit."""
        return [*conversions(frame.arrays, frame.dialect), *refusals(frame.arrays, frame.dialect)]

    def module(self, functions: Sequence[Function], program: str = "") -> str:
        parts = [*helpers_of(functions), *(f.text for f in functions)]
        main = [f'if __name__ == "__main__":\n{textwrap.indent(program, "    ")}'] if program else []
        body = "\n\n\n".join(part.strip("\n") for part in [*parts, *main])
        imports = functions[0].dialect.imports
        needed = [i for i in imports if " as " in i or re.search(rf"\b{i.split()[-1]}\.", body)]
        standard = ["import math", ""] if re.search(r"\bmath\.", body) else []
        needed += dict.fromkeys(i for f in functions for i in f.imports)
        return "\n".join([*standard, *needed]) + f"\n\n\n{body}\n"


def _quoted(docstring: str) -> list[str]:
    safe = docstring.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    return [f'"""{safe}"""'] if safe else []


PYTHON: Final = Python()
