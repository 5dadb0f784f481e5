"""What is printed beside an answer: the shapes, the layout, the assumptions and the certificate."""

from __future__ import annotations

import json
import re
from functools import partial
from typing import TYPE_CHECKING, Final

from matcalc.book.choices import TARGETS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from matcalc.answers.derive import Derivative

# What stands between two sizes, where it is not the letter x.
BY: Final = {"unicode": " × "}
# Assumptions that say again what the line of shapes says.
RESTATED: Final = re.compile(r"\w+ is a (scalar|column vector with|row vector with|matrix of)\b")


def plain(results: Sequence[Derivative], notation: str = "text") -> str:
    """The formulas first, then what they rest on."""
    formulas = [owner(r, results, notation) + (r.unicode if notation == "unicode" else r.text) for r in results]
    return "\n".join([*formulas, "", *(f"  {line}" for line in notes(results, notation))])


def owner(result: Derivative, results: Sequence[Derivative], notation: str = "text") -> str:
    """Which variable a line is about, where there are several."""
    d = "∂" if notation == "unicode" else "d"
    return f"{d}/{d}{result.wrt}: " if len(results) > 1 else ""


def notes(results: Sequence[Derivative], notation: str = "text") -> list[str]:
    """The shapes, the layout, the assumptions and the certificates, a line each, without repetition."""
    increments = {"d" + x.data.name for r in results if r.form == "differential" for x in r.request.wrt}
    shapes = {name: shape for r in results for name, shape in r.variables.items() if name not in increments}
    by = BY.get(notation, " x ")
    lines = [", ".join(described(name, shape, by) for name, shape in shapes.items())]
    for r in results:
        whose = owner(r, results, notation)
        lines += [f"{whose}{arrangement(r)}: {axes(r.shape, by)}"]
        lines += [f"{whose}{remark}" for remark in r.remarks]
        lines += [f"{whose}assuming {a}" for a in r.assumptions if not RESTATED.match(a)]
        lines += [f"{whose}{r.certificate or 'not checked'}"]
    return [line for line in dict.fromkeys(lines) if line]


def arrangement(result: Derivative) -> str:
    """The layout and the form; a differential and its value in a direction are the same in every layout."""
    if result.form in ("differential", "directional"):
        return "differential form" if result.form == "differential" else f"derivative along {result.wrt}"
    return f"{result.layout} layout" + ("" if result.form == "matrix" else f", {result.form} form")


def described(name: str, shape: str, by: str = " x ") -> str:
    """`W is m x n`, `x has n entries`, `c is a scalar`, with the properties after a comma."""
    if "->" in shape:
        return f"{name}: {shape}"
    words = shape.split()
    if not words or words[0] == "scalar":
        return ", ".join([f"{name} is a scalar", *words[1:]])
    if len(words) > 2 and words[1] == "x":
        size, properties = words[:3], words[3:]
        told = f"{name} has {size[0]} entries" if size[2] == "1" else f"{name} is {size[0]}{by}{size[2]}"
    else:
        told, properties = f"{name} has {words[0]} entries", words[1:]
    return " ".join([told, *([f"({', '.join(properties)})"] if properties else [])])


def axes(shape: Sequence[str], by: str = " x ") -> str:
    """The axes of a result in words."""
    return "a scalar" if all(a == "1" for a in shape) else by.join(f"({a})" if " " in a else a for a in shape)


def as_json(results: Sequence[Derivative], steps: bool = False) -> str:
    """One object, or a list of them where the request names several variables; with the derivation where it is asked for."""
    told = [r.to_dict() | ({"steps": [vars(s) for s in r.steps]} if steps else {}) for r in results]
    return json.dumps(told[0] if len(told) == 1 else told, ensure_ascii=False)


def as_code(results: Sequence[Derivative], target: str, tested: bool = False) -> str:
    """One module with a function for each answer, perhaps with its own test."""
    from matcalc.answers.selftest import code_of

    return code_of(results, target, tested).rstrip()


RENDERERS: Final[dict[str, Callable[[Sequence[Derivative]], str]]] = {
    "text": plain,
    "unicode": lambda results: plain(results, "unicode"),
    "latex": lambda results: "\n".join(r.latex for r in results),
    **{target: partial(as_code, target=target) for target in TARGETS},
    "sympy": lambda results: "\n\n".join(r.sympy.rstrip() for r in results),
    "json": as_json,
}
