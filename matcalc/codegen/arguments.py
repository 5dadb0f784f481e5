"""The arguments of a generated function: arrays made of them, the sizes that they tell, and the refusal of shapes that do not fit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from matcalc.algebra.node import Expr
from matcalc.algebra.walk import is_vector
from matcalc.book.sizes import Dim, axes, show, spell
from matcalc.codegen import complex_arrays
from matcalc.codegen.code import SIGNS, Constants, Signs, tupled
from matcalc.codegen.dialects import Dialect
from matcalc.codegen.emitting import Emitter, parameter
from matcalc.scalars import S

LONGEST: Final = 110


def conversions(given: Sequence[Expr], dialect: Dialect) -> list[str]:
    """Statements that make arrays of the arguments, rows and columns with one axis, numbers with none."""
    names = [parameter(e.data.name, dialect) for e in given]
    lines = [f"{name} = {dialect.converted.format(name)}" for name in names] if dialect.converted else []
    if any(e.has_complex for e in given):
        lines = complex_arrays.conversions(given, names, dialect)
    elif not dialect.converted and given:
        together = ", ".join(names)
        lines = [f"{tupled(names) if len(names) == 1 else together} = _tensors({together})"]
    return lines + [f"{name} = {how}" for name, e in zip(names, given, strict=True) if (how := _unpacked(name, e))]


def _unpacked(name: str, e: Expr) -> str:
    """What gives an argument the axes that it has inside."""
    if is_vector(e):
        return f"{name}.reshape(-1) if 1 in {name}.shape else {name}"
    return f"{name}.reshape(()) if {{*{name}.shape}} <= {{1}} else {name}" if e.data.ndim and e.is_scalar else ""


def refusals(given: Sequence[Expr], dialect: Dialect) -> list[str]:
    """A statement that raises ValueError where the shapes of the arguments do not fit, with those that would and those that are."""
    named = [(parameter(e.data.name, dialect), axes(e.shape)) for e in given]
    read: dict[Dim, str] = {}
    for name, lengths in named:
        for axis, d in enumerate(lengths):
            if d.is_Symbol:
                read.setdefault(d, f"{name}.shape[{axis}]")
    ranks: list[str] = []
    others: list[str] = []
    for name, lengths in named:
        wanted = [length_of(d, read) for d in lengths]
        if lengths and all(w is not None and not w.startswith(f"{name}.") for w in wanted):
            others.append(f"{name}.shape != {tupled([str(w) for w in wanted])}")
            continue
        ranks.append(f"{name}.ndim != {len(lengths)}" if lengths else f"{name}.ndim")
        mine = [f"{name}.shape[{axis}]" for axis in range(len(lengths))]
        others += [f"{own} != {w}" for own, w in zip(mine, wanted, strict=True) if w is not None and w != own]
    if not given:
        return []
    expected = ", ".join(f"{name}: {told_shape(e)}" for (name, _), e in zip(named, given, strict=True))
    shape = "{tuple(%s.shape)}" if dialect.like else "{%s.shape}"
    return [*_condition([*ranks, *others]), *_raised(f"expected shapes {expected}, got ", ", ".join(shape % name for name, _ in named))]


def counts(names: Sequence[str]) -> list[str]:
    """Statements that raise ValueError where a size that no array tells is no positive integer."""
    return [line for name in names for line in (
        f"if {name} != int({name}) or {name} < 1:",
        f'    raise ValueError(f"expected a positive integer {name}, got {{{name}}}")',
    )]  # fmt: skip


def length_of(d: Dim, read: Mapping[Dim, str], signs: Signs = SIGNS) -> str | None:
    """Source of a length, None where no argument tells it."""
    if any(s not in read for s in d.free_symbols):
        return None
    return Constants(lambda s: read[s], signs).code(d).text


def told_shape(e: Expr) -> str:
    """A shape as an error tells it."""
    if e.is_scalar and not e.data.ndim:
        return "scalar"
    return show(e.shape) if e.data.ndim == 2 else spell(e.shape[0])


def _condition(conditions: Sequence[str]) -> list[str]:
    line = f"if {' or '.join(conditions)}:"
    if len(line) <= LONGEST:
        return [line]
    first, *rest = conditions
    return ["if (", f"    {first}", *(f"    or {c}" for c in rest), "):"]


def _raised(expected: str, found: str) -> list[str]:
    line = f'    raise ValueError(f"{expected}{found}")'
    if len(line) <= LONGEST:
        return [line]
    return ["    raise ValueError(", f'        "{expected}"', f'        f"{found}"', "    )"]


def likeness(emitter: Emitter, given: Sequence[Expr]) -> list[str]:
    """The dtype and device of new arrays, where the dialect has them."""
    if not emitter.like:
        return []
    array = next((e for e in given if e not in emitter.exponents), None)
    first = None if array is None else parameter(array.data.name, emitter.dialect)
    real = ".real" if array is not None and array.has_complex else ""
    return [f'{emitter.like} = {{"dtype": {first}{real}.dtype, "device": {first}.device}}' if first else f"{emitter.like} = {{}}"]


def size_lines(emitter: Emitter) -> tuple[dict[Dim, str], list[Expr]]:
    """What reads sizes off parameters, and the parameters that it reads."""
    used = emitter.used
    ordered = [e for e in emitter.variables if e in used] + [e for e in emitter.variables if e not in used]
    lines: dict[Dim, str] = {}
    needed: list[Expr] = []
    for d in emitter.dims:
        found = _first_with(d, ordered, emitter.dialect)
        if found is not None:
            lines[d] = found[1]
            needed.append(found[0])
    return lines, needed


def _first_with(d: Dim, variables: Iterable[Expr], dialect: Dialect) -> tuple[Expr, str] | None:
    """A variable with this dimension, and the source that reads it off."""
    partly = None
    for e in variables:
        for axis, length in enumerate(axes(e.shape)):
            read = dialect.length.format(parameter(e.data.name, dialect), axis, axis + 1)
            if length is d:
                return e, read
            if partly is None and length.free_symbols == {d}:
                b = length.xreplace({d: S.Zero})
                a = length.xreplace({d: S.One}) - b
                if a.is_Integer and b.is_Integer and a * d + b == length:
                    shifted = f"{read} {'-' if b > 0 else '+'} {abs(b)}"
                    partly = e, shifted if a == 1 else f"({shifted}){dialect.signs.quotient}{a}"
    return partly
