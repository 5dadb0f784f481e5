"""What a function is asked to give, as expressions: the value, the derivatives, and products of derivatives with arrays.

    value                   f
    derivative              the derivatives as the answers have them
    value_and_derivative    both
    hvp                     the derivative of the gradient along v: the Hessian times v, in the shape of the variable
    jvp                     dY along v, in the shape of Y
    vjp                     the gradient of <g, Y>, in the shape of the variable

Several variables move together: hvp and jvp are sums over them, and hvp and vjp have a part for each. By complex variables the gradient
is 2*d f/dconj(Z), <g, Y> is real(tr(g^H*Y)), and a direction is complex: dY is the same whichever of Z and conj(Z) is asked by.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from matcalc.algebra import conjugate, had, is_real, mul, real, total
from matcalc.algebra.node import Expr, sym
from matcalc.algebra.steps import limited
from matcalc.answers.certified import certified
from matcalc.answers.expansions.linear_map import directional, gradient_request
from matcalc.answers.rendering import Rendering
from matcalc.answers.result import MAX_WORK, Result
from matcalc.book.choices import GIVEN
from matcalc.book.properties import FIELD, while_varying
from matcalc.calculus.differentiate import at_point, differentiate
from matcalc.calculus.wirtinger import GRADIENT, is_complex
from matcalc.errors import UsageError
from matcalc.reading.request import Request
from matcalc.records import dataclass
from matcalc.simplify.simplify import recognise

DIRECTION: Final = "v"
COTANGENT: Final = "g"
PARTS_ALONE: Final = frozenset({"real", "imaginary"})


@dataclass(frozen=True)
class Part:
    """One value that a function returns: what it is by where it is one of several, and whether it keeps both axes."""

    expr: Expr
    label: str = ""
    two_axes: bool = False


@dataclass(frozen=True)
class Wanted:
    """What a function returns, and its parameters beyond the variables, which are given by name."""

    parts: tuple[Part, ...]
    moved: tuple[Expr, ...] = ()


def wanted(results: Sequence[Result], give: str, check: bool) -> Wanted:
    """What is asked for of some answers to one request.

    Raises UsageError where there is no such function, CertificateError where it is not what differences say.
    """
    GIVEN.check(give)
    read = results[0].request
    with limited(MAX_WORK):
        if give in PRODUCTS:
            _refuse_restricted(results, give)
            return PRODUCTS[give](read, check)
        # As the derivative has it, so that both share work: symmetric matrices as such, log(1 + exp(x)) by what does not overflow.
        value = (Part(recognise(at_point(read)(read.expr))),) if give != "derivative" else ()
        return Wanted(value if give == "value" else (*value, *_derivatives(results)), _increments(results))


def _derivatives(results: Sequence[Result]) -> tuple[Part, ...]:
    for d in results:
        if d.expr is None:
            told = f"the derivative by {d.wrt} is no matrix, so it is not returned with others"
            raise UsageError(told, hint="ask for jvp or vjp, its product with an array")
    label = len(results) > 1
    return tuple(Part(d.expr, d.wrt if label else "", d.form == "vec") for d in results if d.expr is not None)


def _increments(results: Sequence[Result]) -> tuple[Expr, ...]:
    """The increments and directions of a differential."""
    known = results[0].request.variables.values()
    return tuple(v for v in results[0].parameters if v not in known)


def _refuse_restricted(results: Sequence[Result], give: str) -> None:
    first = results[0]
    why = ""
    if first.constraint:
        why = "on a constrained variable"
    elif any(first.request.parts):
        why = "by an entry or slice of a variable"
    elif first.form in ("differential", "directional"):
        why = f"of a {first.form} form"
    elif any(part in PARTS_ALONE for part in first.request.components):
        why = "by the real or the imaginary part of a variable"
    elif first.request.order == 2 and any(x.has_complex for x in first.request.wrt):
        raise UsageError(f"there is no {give} of a second derivative by complex variables", hint="ask for hvp of the function's grad")
    if why:
        raise UsageError(f"there is no {give} {why}", hint="ask for the derivative by the whole variable")


# ------------------------------------------------------------------------------------------------ products


def hessian_product(read: Request, check: bool) -> Wanted:
    """The Hessian times a direction: the derivative of the gradient along it; of a mixed one, along the second variable."""
    rows = list(dict.fromkeys(read.wrt))
    moved = rows if read.wrt2 is None else [read.wrt2]
    along = directions(read, moved)
    each = [directional(gradient_request(read, x, moved), along, check).expr for x in rows]
    return Wanted(tuple(Part(e, _label(x, rows)) for e, x in zip(each, rows, strict=True)), tuple(along.values()))


def jacobian_product(read: Request, check: bool) -> Wanted:
    """The derivative along a direction, in the shape of the function."""
    _refuse_second(read, "jvp")
    along = directions(read, list(dict.fromkeys(read.wrt)))
    return Wanted((Part(directional(read, along, check).expr),), tuple(along.values()))


def gradient_product(read: Request, check: bool) -> Wanted:
    """The gradient of <g, Y>, a cotangent g in the shape of Y held constant."""
    _refuse_second(read, "vjp")
    g = sym(free(COTANGENT, read), read.expr.shape, properties=() if is_real(read.expr) else FIELD)
    met = [_met(g, e, read.expr) for e in (read.expr, read.literal)]
    xs = list(dict.fromkeys(read.wrt))
    scalar = replace(read, expr=met[0], literal=met[1], variables={**read.variables, g.data.name: g})
    return Wanted(tuple(Part(_gradient(scalar, x, check), _label(x, xs)) for x in xs), (g,))


def _met(g: Expr, value: Expr, y: Expr) -> Expr:
    """The real number <g, Y>."""
    over = g if is_real(y) else conjugate(g)
    found = mul(over, value) if y.is_scalar else total(had(over, value))
    return found if is_real(y) else real(found)


def _gradient(read: Request, x: Expr, check: bool) -> Expr:
    """The gradient of a scalar function by x, in the shape of x."""
    steps = differentiate(read.expr, x, None, (GRADIENT,) if is_complex(x) else ())
    made = Rendering(read, steps[-1], "denominator", "matrix", "column")
    found = made.result()
    assert found.expr is not None
    if check:
        certified(read, steps, made, found, None)
    return found.expr


PRODUCTS: Final[dict[str, Callable[[Request, bool], Wanted]]] = {
    "hvp": hessian_product,
    "jvp": jacobian_product,
    "vjp": gradient_product,
}


def directions(read: Request, xs: Sequence[Expr]) -> dict[str, Expr]:
    """A direction for each variable, in its shape: v, or v_X where there are several."""
    names = [DIRECTION if len(xs) == 1 and DIRECTION not in read.variables else f"{DIRECTION}_{x.data.name}" for x in xs]
    made = [sym(free(name, read), x.shape, x.data.ndim, while_varying(x.data.properties)) for x, name in zip(xs, names, strict=True)]
    return {x.data.name: v for x, v in zip(xs, made, strict=True)}


def free(name: str, read: Request) -> str:
    """A name that no variable of the request has."""
    while name in read.variables:
        name += "_"
    return name


def _label(x: Expr, xs: Sequence[Expr]) -> str:
    return x.data.name if len(xs) > 1 else ""


def _refuse_second(read: Request, give: str) -> None:
    if read.order != 1:
        raise UsageError(f"there is no {give} of a second derivative", hint="ask for hvp, the Hessian times a direction")
