"""What users of the library call: `derive` of a text, an expression built in Python or one of SymPy, and the other questions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from matcalc.answers import derive as texts
from matcalc.answers.constraints import Constraint
from matcalc.answers.derivative import Derivative
from matcalc.calculus.loading import Rules, in_force

if TYPE_CHECKING:
    from matcalc.answers.display.notebook import Answers
    from matcalc.convexity.judged import Judged

__all__ = ["curvature", "derive"]


def derive(
    request: Any,
    wrt: Any = None,
    *,
    variables: Mapping[str, str] | Sequence[str] | None = None,
    attrs: Mapping[Any, Sequence[str]] | None = None,
    lets: Sequence[str] = (),
    layout: str | None = None,
    form: str = "auto",
    order: int = 1,
    wrt2: Any = None,
    check: bool = True,
    vec_order: str = "column",
    along: Mapping[Any, Any] | Sequence[str] = (),
    hadamard: str = "dot",
    structured: bool = False,
    reading: str | None = None,
    manifold: str | None = None,
    named: str = "auto",
    rules: Rules | None = None,
    detail: str = "normal",
    style: str = "trace",
) -> Derivative | Answers:
    """The derivative that a request asks for; a tuple of them for several variables.

    The request is a text, an expression built in Python or one of SymPy; so are the variables, the directions of `along`, and
    the keys of `attrs`. The differential form is one for all variables together. `along` asks for the derivative in a
    direction, {"X": "V"} or "X = V", and names the variables where the request is an expression alone. `rules` names files of
    functions of the user's own, whose code is run, or is a Book. `structured` constrains the variable to what its own property says,
    in a `reading`, independent or projected; `manifold` asks for the Riemannian gradient on sphere, stiefel, orthogonal, grassmann or spd.
    The steps tell little or much by `detail`, in a `style`; repeated parts of an answer are `named` automatically, never or always.

    Raises a MatcalcError that says why if there is none: ParseError, ShapeError, UnknownFunction, NotDifferentiable.
    """
    options: dict[str, Any] = {
        "lets": lets, "layout": layout, "form": form, "order": order, "check": check, "vec_order": vec_order, "hadamard": hadamard,
        "constraint": Constraint(structured, reading, manifold),
    }  # fmt: skip
    with in_force(rules):
        return texts.told_so(_answer(request, wrt, wrt2, variables, attrs, along, options), detail, style, named)


def _answer(request: Any, wrt: Any, wrt2: Any, variables: Any, attrs: Any, along: Any, options: Mapping[str, Any]) -> Derivative | Answers:
    """The derivative that a text or an expression asks for."""
    if all(isinstance(part, str) for part in (request, *_given(wrt, wrt2), *(attrs or ()), *_flat(along))):
        return texts.derive(request, wrt, variables=variables, attrs=attrs, wrt2=wrt2, along=along, **options)
    return _of_objects(request, wrt, wrt2, variables, attrs, along, options)


def curvature(
    function: Any,
    wrt: Any = None,
    *,
    variables: Mapping[str, str] | Sequence[str] | None = None,
    attrs: Mapping[Any, Sequence[str]] | None = None,
    lets: Sequence[str] = (),
    domain: Sequence[str] = (),
    rules: Rules | None = None,
) -> Judged:
    """Whether a function is convex, concave, affine or neither in its variables, jointly, and why; unknown where nothing is proved.

    The function and the variables are texts, expressions built in Python or those of SymPy. A property of a variable is its domain, with
    the inequalities of `domain`; the verdict holds for all sizes and all values of the other names, or under the `condition` that it comes
    with. `rules` is as in `derive`.

    Raises a MatcalcError that points into the text where it cannot be read; UsageError where the domain is no convex set.
    """
    from matcalc.convexity.judging import curvature as judged  # a derivative needs nothing of it

    by = list(wrt) if isinstance(wrt, (tuple, list)) else [] if wrt is None else [wrt]
    with in_force(rules):
        if not all(isinstance(part, str) for part in (function, *by, *(attrs or ()))):
            from matcalc.objects.request import asked  # a text needs nothing of it

            told = asked(function, wrt, None, variables, attrs)
            return judged(told.request, told.wrt, variables=told.variables, attrs=told.attrs, lets=lets, domain=domain)
        return judged(function, wrt, variables=variables, attrs=attrs, lets=lets, domain=domain)


def _of_objects(
    request: Any, wrt: Any, wrt2: Any, variables: Any, attrs: Any, along: Any, options: Mapping[str, Any]
) -> Derivative | Answers:
    """The derivative that an expression of Python or SymPy asks for, once it is written as a text."""
    from matcalc.objects.request import asked  # a text needs nothing of it

    told = asked(request, wrt, wrt2, variables, attrs, along)
    found = texts.derive(
        told.request, told.wrt, variables=told.variables, attrs=told.attrs, wrt2=told.wrt2, along=told.along, **options
    )
    if isinstance(found, Derivative):
        return replace(found, symbols=told.symbols)
    return texts.together(replace(d, symbols=told.symbols) for d in found)


def _given(*parts: Any) -> list[Any]:
    return [part for part in parts if part is not None]


def _flat(along: Mapping[Any, Any] | Sequence[str]) -> Iterable[Any]:
    return [*along, *along.values()] if isinstance(along, Mapping) else along
