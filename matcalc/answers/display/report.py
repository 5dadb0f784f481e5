"""What is said below an answer: the shapes, the layout, the assumptions and the certificate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import takewhile

from matcalc.answers.result import Result, shape_text
from matcalc.book.properties import is_property
from matcalc.numbers.outcome import CHECKED, Certificate, weakest
from matcalc.printing.forms import name
from matcalc.printing.notations.printer import Printer
from matcalc.reading.grammar.components import GRADIENT
from matcalc.reading.notes import lines_of


def owner(result: Result, results: Sequence[Result], notation: Printer) -> str:
    """Which variable a line is about, d/dX, where there are several; a part of one, W[2,:], as it was written."""
    if len(results) == 1:
        return ""
    written = result.wrt if "[" in result.wrt else notation.name_of(result.wrt)
    meant = next((c for x, c in zip(result.request.wrt, result.request.components, strict=False) if x.data.name == result.wrt), "")
    if meant == GRADIENT:
        return notation.gradient(written)
    if not meant:
        return notation.derivative("", written)
    from matcalc.printing.asked import component  # of a real variable there is one

    return notation.derivative("", notation.render(component(name(result.wrt), meant)))


def notes(results: Sequence[Result], notation: Printer) -> list[str]:
    """The shapes, the layout, the assumptions and the certificates, a line each, without repetition."""
    increments = {"d" + x.data.name for r in results if r.form == "differential" for x in r.request.wrt}
    shapes = {name: shape for r in results for name, shape in r.variables.items() if name not in increments}
    lines = [shapes_told(shapes, notation.by)]
    lines += named_shapes(results, notation)
    for r in results:
        whose = f"{owner(r, results, notation)}: ".removeprefix(": ")
        lines += [f"{whose}{arrangement(r)}: {axes(r.shape, notation.by)}"]
        lines += [f"{whose}{remark}" for remark in r.remarks]
        lines += [f"{whose}{a}" for a in lines_of(r.assumptions)]
    lines.append(certified([r.certificate for r in results]))
    return [line for line in dict.fromkeys(lines) if line]


def named_shapes(results: Sequence[Result], notation: Printer) -> list[str]:
    """The shapes of the named parts; for each result apart where a name has two shapes."""
    each = [{p.data.name: shape_text(p) for p in r.named.symbols} if r.named is not None else {} for r in results]
    together = {name: shape for shapes in each for name, shape in shapes.items()}
    if all(together[name] == shape for shapes in each for name, shape in shapes.items()):
        return [shapes_told(together, notation.by)]
    told = zip(results, each, strict=True)
    return [f"{owner(r, results, notation)}: {shapes_told(shapes, notation.by)}" for r, shapes in told if shapes]


def certified(certificates: Sequence[Certificate | None]) -> str:
    """What was checked, of several answers the weakest check."""
    known = [c for c in certificates if c is not None]
    if len(known) < len(certificates) or not known:
        return "not checked"
    least = weakest(known)
    return f"each {least}" if len(known) > 1 and all(c.status == CHECKED for c in known) else str(least)


def shapes_told(shapes: Mapping[str, str], by: str) -> str:
    """Every variable with its shape."""
    return ", ".join(described(name, shape, by) for name, shape in shapes.items())


def arrangement(result: Result) -> str:
    """The layout and the form; a differential and its value in a direction are the same in every layout."""
    if result.form in ("differential", "directional"):
        return "differential form" if result.form == "differential" else f"derivative along {result.wrt}"
    return f"{result.layout} layout" + ("" if result.form == "matrix" else f", {result.form} form")


def described(name: str, shape: str, by: str = " x ") -> str:
    """`W is m x n symmetric`, `x has n entries, positive`, `c is a scalar, positive`."""
    if "->" in shape:
        return f"{name}: {shape}"
    words = shape.split()
    properties = list(takewhile(is_property, reversed(words)))[::-1]
    size = " ".join(words[: len(words) - len(properties)])
    if size in ("", "scalar"):
        return ", ".join([f"{name} is a scalar", *properties])
    rows, _, columns = size.partition(" x ")
    if columns not in ("", "1"):
        return " ".join([f"{name} is {rows}{by}{columns}", *properties])
    length = rows[1:-1] if columns and " " in rows else rows
    return ", ".join([f"{name} has {counted(length)}", *properties])


def counted(size: str) -> str:
    """`n entries`, `1 entry`."""
    return "1 entry" if size == "1" else f"{size} entries"


def axes(shape: Sequence[str], by: str = " x ") -> str:
    """The axes of a result in words."""
    return "a scalar" if all(a == "1" for a in shape) else by.join(f"({a})" if " " in a else a for a in shape)
