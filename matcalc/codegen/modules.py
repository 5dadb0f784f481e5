"""Whole functions and modules, of a value, of several, of an entry, of a chain of definitions."""

from __future__ import annotations

import contextlib
import inspect
import io
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from matcalc.algebra import is_real
from matcalc.algebra.entries import IndexTerm
from matcalc.algebra.node import Expr
from matcalc.algebra.walk import in_order, is_vector
from matcalc.book.sizes import ONE, Dim
from matcalc.codegen.arrays import Node
from matcalc.codegen.complex_arrays import complex_values
from matcalc.codegen.contraction import contracted
from matcalc.codegen.dialects import NUMPY, Dialect
from matcalc.codegen.emitting import NO_LABELS, parameter
from matcalc.codegen.finishing import finished
from matcalc.codegen.folding import folded
from matcalc.codegen.languages.language import Frame, Function, language_of
from matcalc.codegen.planning import Planner
from matcalc.errors import UsageError
from matcalc.records import dataclass
from matcalc.scalars import S

NAME: Final = "derivative"
NO_NAMES: Final[Mapping[Expr, str]] = {}


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
    root = _whole(planner, result, keep2d or dialect.two_axes)
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
    nodes = tuple(_whole(planner, e, r.keep2d or dialect.two_axes) for r, e in zip(returned, results, strict=True))
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
    dims: Sequence[Dim],
    dialect: Dialect = NUMPY,
    *,
    name: str = NAME,
    docstring: str = "",
) -> Function:
    """A function that returns a sum of products of entries.

    `dims` are the sizes of the axes of the value; `labels` names those that are no single entry, in their order.
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
    definitions = {label: folded(value) for label, value in definitions.items()}
    gradients = [(wrt, label, folded(value)) for wrt, label, value in gradients]
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
    language, made = language_of(dialect), finished([n for _, n in targets], dialect.by_cholesky)
    targets = [(label, made[n]) for label, n in targets]
    emitter = language.emitter(planner.arrays.number(S.One), variables, dialect, targets, assigned)
    returned = emitter.together([emitter.by_labels(told), emitter.by_labels(found)])
    return language.function(Frame(emitter, returned, name, docstring, tuple(planner.assumed)))


def free(label: str, taken: set[str]) -> str:
    """A name that nothing else has, taken from now on."""
    while label in taken:
        label += "_"
    taken.add(label)
    return label


def module(functions: Sequence[Function], program: str = "") -> str:
    """Source that defines the functions: imports, every helper once, then they; last what is done when it is run."""
    return language_of(functions[0].dialect).module(functions, program)


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
    language, made = language_of(dialect), finished([root], dialect.by_cholesky)
    labels = {made[n]: label for n, label in labels.items() if n in made}
    emitter = language.emitter(made[root], [*variables, *by_name], dialect, labels=labels)
    return language.function(Frame(emitter, emitter.value, name, docstring, assumed, by_name))
