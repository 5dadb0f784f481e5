"""The source of a function that gives what is asked for, and the function itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from matcalc import codegen
from matcalc.algebra.node import Expr
from matcalc.answers.programs.wanted import PRODUCTS, Wanted, wanted
from matcalc.answers.result import Result, known_of
from matcalc.book.choices import ARRAYS, DTYPES, TARGETS
from matcalc.book.properties import stated
from matcalc.book.sizes import ONE, spell
from matcalc.codegen.chains import sized
from matcalc.errors import UsageError
from matcalc.reading.notes import Note

RETURNS: Final = {
    "value": "the value",
    "derivative": "the derivative",
    "value_and_derivative": "the value, then the derivative",
    "hvp": "the Hessian times {moved}, in the shape of what it is by",
    "jvp": "the derivative along {moved}, in the shape of the value",
    "vjp": "the gradient of <{moved}, value>, in the shape of what it is by",
}


def source(
    results: Sequence[Result],
    give: str = "derivative",
    target: str = "numpy",
    *,
    check: bool = True,
    dtype: str = "",
    sizes: Mapping[str, int] | None = None,
) -> str:
    """Source of one function, called like what it gives, for all answers to a request.

    Raises UsageError where there is no such function, or for sizes that the request has not.
    """
    TARGETS.check(target)
    if dtype:
        DTYPES.check(dtype)
        if target not in ARRAYS:
            raise UsageError(f"{target} code has no dtype of its own", hint=f"it is for --to {', '.join(ARRAYS[:-1])} or {ARRAYS[-1]}")
        _refuse_complex(dtype, results[0])
    _refuse_unknown(sizes or {}, results[0])
    return codegen.module([_made(results, wanted(results, give, check), give, codegen.DIALECTS[target].of(dtype), sizes or {})])


def function(results: Sequence[Result], give: str, target: str = "numpy") -> Callable[..., Any]:
    """That function of arrays.

    It raises UsageError for an argument that has not the properties that its variable is declared to have.
    """
    from matcalc.numbers.sampling.declared import checking

    ARRAYS.check(target)
    found = codegen.compile_function(source(results, give, target), give)
    read, dialect = results[0].request, codegen.DIALECTS[target]
    return checking(found, {codegen.parameter(v.data.name, dialect): (v, known_of(v, read)) for v in read.variables.values()})


def _made(results: Sequence[Result], asked: Wanted, give: str, dialect: codegen.Dialect, sizes: Mapping[str, int]) -> codegen.Function:
    returned = [codegen.Returned(p.expr, p.label, p.two_axes) for p in asked.parts]
    with sized(sizes):
        return codegen.several_function(
            returned,
            tuple(results[0].request.variables.values()),
            dialect,
            by_name=asked.moved,
            name=give,
            docstring=_docstring(results, asked, give, dialect.name),
        )


def _refuse_complex(dtype: str, result: Result) -> None:
    real = codegen.PRECISIONS.get(dtype)
    if real and not any(v.has_complex for v in result.parameters):
        raise UsageError(f"no variable is complex, so there are no arrays of {dtype}", hint=f"ask for {real}, or declare one complex")


def _refuse_unknown(sizes: Mapping[str, int], result: Result) -> None:
    known = sorted({s.name for v in result.request.variables.values() for d in v.shape for s in d.free_symbols})
    for name in sizes:
        if name not in known:
            raise UsageError(f"{name} is no size here", hint=f"the sizes are {', '.join(known)}" if known else "all sizes are given")


def _docstring(results: Sequence[Result], asked: Wanted, give: str, target: str) -> str:
    """What is returned, the shapes of the parameters, what that is by complex variables, and what the formulas take for granted."""
    moved = " and ".join(v.data.name for v in asked.moved)
    labels = [p.label for p in asked.parts if p.label]
    told = RETURNS[give].format(moved=moved) + (f", a dict by {', '.join(labels)}" if labels else "")
    declared = {**results[0].variables, **{v.data.name: _shape(v) for v in asked.moved}}
    shapes = ", ".join(f"{name}: {shape}" for name, shape in declared.items())
    assumed = dict.fromkeys(a for d in results for a in d.assumptions if not isinstance(a, Note))
    means = _conventions(results, give, target) if results[0].request.expr.has_complex else ""
    return f"Returns {told}.\n\n{shapes}\n{means}" + "".join(f"assuming {a}\n" for a in assumed)


def _conventions(results: Sequence[Result], give: str, target: str) -> str:
    """What the derivatives by complex variables are, and how the target's own gradient has them."""
    from matcalc.answers.display.conventions import convention, convention_of_product  # few derivatives are by complex variables

    if give == "value":
        return ""
    if give in PRODUCTS:
        return convention_of_product(results[0].request, give, target)
    return "".join(convention(d.request, d.wrt, d.layout, d.form, target) for d in results)


def _shape(v: Expr) -> str:
    return " ".join([" x ".join(spell(d) for d in v.shape if d is not ONE) or "scalar", *stated(v.data.properties)])
