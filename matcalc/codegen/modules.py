"""Whole functions and modules: parameters, conversions, counts, sizes, docstring, helpers, imports."""

from __future__ import annotations

import contextlib
import inspect
import io
import re
import textwrap
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from matcalc.algebra import is_real
from matcalc.algebra.entries import IndexTerm
from matcalc.algebra.node import Expr
from matcalc.algebra.walk import in_order, is_vector
from matcalc.book.sizes import ONE, Dim
from matcalc.codegen.arguments import conversions, counts, likeness, refusals, size_lines
from matcalc.codegen.arrays import Node
from matcalc.codegen.chains import assumed as size_of
from matcalc.codegen.complex_arrays import CONVERTER, complex_values
from matcalc.codegen.contraction import contracted
from matcalc.codegen.dialects import NUMPY, Dialect
from matcalc.codegen.emitting import NO_LABELS, Emitter, parameter
from matcalc.codegen.folding import folded
from matcalc.codegen.planning import Planner
from matcalc.errors import UsageError
from matcalc.scalars import S

NAME: Final = "derivative"
NO_NAMES: Final[Mapping[Expr, str]] = {}


@dataclass(frozen=True)
class Function:
    """A generated function: its source, the parameters that it needs, what it calls and imports.

    `unknowns` are the unknown functions among the parameters, `sizes` those that are given by name: lengths that no argument tells.
    """

    name: str
    text: str
    helpers: tuple[str, ...]
    dialect: Dialect
    parameters: tuple[str, ...]
    unknowns: tuple[str, ...] = ()
    imports: tuple[str, ...] = ()
    sizes: tuple[str, ...] = ()


def matrix_function(
    result: Expr,
    variables: Sequence[Expr],
    dialect: Dialect = NUMPY,
    *,
    keep2d: bool = False,
    name: str = NAME,
    docstring: str = "",
    names: Mapping[Expr, str] = NO_NAMES,
) -> Function:
    """A function that returns the value of `result`; parts of it that are used again have the `names` that they are given.

    Its parameters are those of `variables` that the result needs, in their order, then the unknown functions that it
    calls, then the other variables, which are accepted and ignored, then by name the sizes that no parameter tells. It
    raises ValueError for arrays of wrong shapes. Axes of static length 1 are dropped from the value unless `keep2d` asks
    for both.
    """
    result = folded(result)
    planner = Planner([result])
    root = _whole(planner, result, keep2d)
    assumed = tuple(planner.assumed)
    labels = planner.labelled({folded(part): label for part, label in names.items()})
    return _function(root, variables, dialect, name, docstring, assumed, labels=labels)


@dataclass(frozen=True)
class Returned:
    """One of the values that a function returns, with both axes where it is so asked; those with a label are in a dict by it."""

    value: Expr
    label: str = ""
    keep2d: bool = False


def several_function(
    returned: Sequence[Returned],
    variables: Sequence[Expr],
    dialect: Dialect = NUMPY,
    *,
    by_name: Sequence[Expr] = (),
    name: str = NAME,
    docstring: str = "",
) -> Function:
    """A function that returns several values, what they share computed once: those without labels, then a dict of the others.

    The parameters `by_name` can only be given by their names, the others are as `matrix_function` has them.
    """
    results = [folded(r.value) for r in returned]
    planner = Planner(results)
    nodes = tuple(_whole(planner, e, r.keep2d) for r, e in zip(returned, results, strict=True))
    root = planner.arrays.node("returned", nodes, tuple(r.label for r in returned))
    return _function(root, variables, dialect, name, docstring, tuple(planner.assumed), by_name)


def _whole(planner: Planner, e: Expr, keep2d: bool) -> Node:
    """The array of a value that is returned."""
    root = planner.value(e)
    # A real function of complex variables is returned in real numbers.
    if e.has_complex and is_real(e) and root in complex_values(in_order([root])):
        root = planner.arrays.node("real_part", (root,), None, root.dims)
    if keep2d and (e.is_scalar or is_vector(e)):
        return planner.arrays.node("two_axes", (root,), tuple(1 if d is ONE else -1 for d in e.shape), e.shape)
    return planner.arrays.node("broadcast", (root,)) if root.python else root


def index_function(
    terms: Sequence[IndexTerm],
    labels: Sequence[str],
    variables: Sequence[Expr],
    dims: Sequence[Dim] = (),
    dialect: Dialect = NUMPY,
    *,
    name: str = NAME,
    docstring: str = "",
) -> Function:
    """A function that returns a sum of products of entries.

    `labels` names the axes of the value in their order; `dims` are their sizes, needed for an axis on which no
    factor has entries.
    """
    return _function(contracted(terms, labels, dims), variables, dialect, name, docstring, ())


def program_function(
    definitions: Mapping[str, Expr],
    gradients: Sequence[tuple[str, str, Expr]],
    variables: Sequence[Expr],
    names: Mapping[str, Expr],
    dialect: Dialect = NUMPY,
    *,
    name: str = "backprop",
    docstring: str = "",
) -> Function:
    """A function that returns the values of definitions and the gradients, each by name.

    `names` are the symbols that stand for definitions and for the gradients that later ones are written with; a gradient
    is what it is by, its name among those or nothing, and its value.
    """
    planner = Planner([*definitions.values(), *(value for _, _, value in gradients)])
    taken = {parameter(e.data.name, dialect) for e in (*variables, *names.values())}
    targets = [(parameter(label, dialect), planner.value(value)) for label, value in definitions.items()]
    told = {label: parameter(label, dialect) for label in definitions}
    found = {}
    for wrt, label, value in gradients:
        given = value.op == "sym" and value.data.name == label
        found[wrt] = parameter(label, dialect) if label else free(f"d_{wrt}", taken)
        targets += [] if given else [(found[wrt], planner.value(value))]
    labels = {label for label, _ in targets}
    assigned = {e for e in names.values() if parameter(e.data.name, dialect) in labels}
    emitter = Emitter(planner.arrays.number(S.One), variables, dialect, targets, assigned)
    return _written(emitter, f"{_dict(told)}, {_dict(found)}", name, docstring, tuple(planner.assumed))


def free(label: str, taken: set[str]) -> str:
    """A name that nothing else has, taken from now on."""
    while label in taken:
        label += "_"
    taken.add(label)
    return label


def _dict(items: Mapping[str, str]) -> str:
    return "{" + ", ".join(f'"{name}": {label}' for name, label in items.items()) + "}"


def module(functions: Sequence[Function], program: str = "") -> str:
    """Source that defines the functions: imports, every helper once, then they; last what is done when it is run."""
    dialect = functions[0].dialect
    parts = [*dict.fromkeys(h for f in functions for h in f.helpers), *(f.text for f in functions)]
    main = [f'if __name__ == "__main__":\n{textwrap.indent(program, "    ")}'] if program else []
    body = "\n\n\n".join(part.strip("\n") for part in [*parts, *main])
    needed = [i for i in dialect.imports if " as " in i or re.search(rf"\b{i.split()[-1]}\.", body)]
    standard = ["import math", ""] if re.search(r"\bmath\.", body) else []
    needed += dict.fromkeys(i for f in functions for i in f.imports)
    return "\n".join([*standard, *needed]) + f"\n\n\n{body}\n"


def compile_function(source: str, name: str = NAME) -> Callable[..., Any]:
    """A function of source that this package generated; never to be given other text.

    Raises UsageError where the library that it imports is not installed.
    """
    scope: dict[str, Any] = {}
    try:
        exec(compile(source, f"<{name}>", "exec"), scope)  # noqa: S102 - generated here, from expressions, not from user text
    except ModuleNotFoundError as error:
        raise UsageError(f"{error.name} is not installed", hint=f"pip install {error.name}") from None
    function: Callable[..., Any] = scope[name]
    return function


def run(source: str) -> bool:
    """Whether a generated module, run as a program, passes its own test."""
    try:
        with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            exec(compile(source, "<test>", "exec"), {"__name__": "__main__"})  # noqa: S102 - generated here, from expressions
    except (ArithmeticError, AssertionError, ValueError):
        return False
    return True


def parameters_of(function: Callable[..., Any]) -> tuple[str, ...]:
    """The names of the parameters that a compiled function needs."""
    given = inspect.signature(function).parameters.values()
    return tuple(p.name for p in given if p.default is p.empty)


# ----------------------------------------------------------------------------------------------- one function


def _function(
    root: Node,
    variables: Sequence[Expr],
    dialect: Dialect,
    name: str,
    docstring: str,
    assumed: Sequence[Dim],
    by_name: Sequence[Expr] = (),
    labels: Mapping[Node, str] = NO_LABELS,
) -> Function:
    emitter = Emitter(root, [*variables, *by_name], dialect, labels=labels)
    return _written(emitter, emitter.value, name, docstring, assumed, by_name)


def _written(
    emitter: Emitter, value: str, name: str, docstring: str, assumed: Sequence[Dim], by_name: Sequence[Expr] = ()
) -> Function:
    """The function whose statements an emitter has written, and which returns `value`."""
    dialect = emitter.dialect
    sizes, needed = size_lines(emitter)
    given = [e for e in emitter.variables if e in emitter.used or e in needed]
    ignored = [e for e in emitter.variables if e not in given]
    missing = [label for d, label in emitter.dims.items() if d not in sizes]
    parameters = [parameter(e.data.name, dialect) for e in given if e not in by_name] + emitter.unknowns
    told = [parameter(e.data.name, dialect) + ("=None" if e in ignored else "") for e in by_name]
    others = [f"{parameter(e.data.name, dialect)}=None" for e in ignored if e not in by_name]
    signature = [*parameters, *others, *(["*", *told, *missing] if told or missing else [])]
    arrays = [e for e in given if e not in emitter.exponents]
    body = [
        *_quoted(docstring),
        *_remark(assumed),
        *conversions(arrays, dialect),
        *refusals(arrays, dialect),
        *counts(missing),
        *likeness(emitter, given),
        *(f"{emitter.dims[d]} = {read}" for d, read in sizes.items()),
        *emitter.lines,
        f"return {value}",
    ]
    convert = CONVERTER if any(e.has_complex for e in arrays) else "convert"
    helpers = (*([dialect.helpers[convert]] if convert in dialect.helpers and given else []), *emitter.helpers)
    text = f"def {name}({', '.join(signature)}):\n{textwrap.indent(chr(10).join(body), '    ')}\n"
    names = (*parameters, *(t for t in told if t.isidentifier()), *missing)
    return Function(name, text, helpers, dialect, names, tuple(emitter.unknowns), sizes=tuple(missing))


def _remark(assumed: Sequence[Dim]) -> list[str]:
    if len(assumed) < 2:
        return []
    told: dict[int, list[str]] = {}
    for d in assumed:
        told.setdefault(size_of(str(d)), []).append(str(d))
    return [f"# products are bracketed for {', '.join(' = '.join([*names, str(size)]) for size, names in told.items())}"]


def _quoted(docstring: str) -> list[str]:
    safe = docstring.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    return [f'"""{safe}"""'] if safe else []
