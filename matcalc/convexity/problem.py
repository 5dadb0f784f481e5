"""A function, the variables by which its curvature is asked for, and the domain: read as derive reads its requests."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from matcalc.algebra import fun
from matcalc.algebra.node import Expr, sym
from matcalc.algebra.structure import properties
from matcalc.algebra.walk import is_vector, substitute
from matcalc.answers.result import known_of, shape_text
from matcalc.book.properties import implied, is_surface, stated
from matcalc.errors import MatcalcError, UsageError
from matcalc.reading.request import Request, read_request
from matcalc.records import dataclass

RELATION: Final = re.compile(r"(<=|>=|<|>|≤|≥|\\leq?(?![a-z])|\\geq?(?![a-z])|\\[lg]t(?![a-z])|\\(?:succ|prec)(?:eq)?(?![a-z])|[≻≽⪰≺≼⪯])")
SMALLER: Final = frozenset({"≺", "≼", "⪯", r"\prec", r"\preceq"})
LARGER: Final = frozenset({"≻", "≽", "⪰", r"\succ", r"\succeq"})
LESS: Final = frozenset({"<", "<=", "≤", r"\le", r"\leq", r"\lt"}) | SMALLER
NAME: Final = re.compile(r"\w+")
BOUNDED: Final = frozenset({"simplex", "normalised", "unit"})


@dataclass(frozen=True)
class Problem:
    """A function with the properties of its variables in it, as it was written.

    `bounds` are expressions that are positive on the domain, `definite` are matrices that are positive definite there.
    """

    read: Request
    f: Expr
    literal: Expr
    variables: tuple[Expr, ...]
    names: tuple[Expr, ...]
    bounds: tuple[Expr, ...]
    definite: tuple[Expr, ...] = ()

    @property
    def is_cone(self) -> bool:
        """Whether the domain holds every positive multiple of its points."""
        return not self.bounds and not any(implied(v.data.properties) & BOUNDED for v in self.variables)


def read_problem(
    text: str,
    wrt: str | Sequence[str] | None,
    variables: Mapping[str, str] | Sequence[str] | None = None,
    attrs: Mapping[str, Sequence[str]] | None = None,
    lets: Sequence[str] = (),
    domain: Sequence[str] = (),
) -> Problem:
    """The function that a text holds, with its variables and the domain.

    Raises a MatcalcError that points into the text; UsageError for a function that is no number, or a domain that is not convex.
    """
    by = wrt if wrt is None or isinstance(wrt, str) else ", ".join(wrt)
    positive, rest = _positive_names(domain)
    attrs = {**(attrs or {}), **{name: [*(attrs or {}).get(name, ()), "spd"] for name in positive}}
    options: dict[str, Any] = {"variables": variables, "attrs": attrs, "lets": lets}
    read = as_number(read_request(text, wrt=by, **options), lambda kinds: read_request(text, wrt=by, **declared_too(options, kinds)))
    if read.expr.has_complex:
        told = "curvature is that of a function of real variables"
        raise UsageError(told, (0, len(text)), text, "write the function of the real and the imaginary parts")
    if not read.expr.is_scalar:
        told = "curvature is that of a function whose value is a number"
        raise UsageError(told, (0, len(text)), text, "take the sum of its entries, its trace or a norm")
    xs = {x.data.name: sym(x.data.name, x.shape, x.data.ndim, known_of(x, read)) for x in read.wrt}
    for name, x in xs.items():
        curved = next((p for p in stated(x.data.properties) if is_surface(p) and p not in BOUNDED or p == "invertible"), None)
        if curved is not None:
            raise UsageError(f"the {curved} arrays that {name} may be are no convex set", hint=f"declare {name} without {curved}")
    bounds = [b for told in rest for b in _bounds(told, read)]
    names = tuple(v for name, v in read.variables.items() if name not in xs)
    inside = [(substitute(b, xs, {}), in_order) for b, in_order in bounds]
    positive_ones = tuple(_least_eigenvalue(b) if in_order else b for b, in_order in inside)
    definite = tuple(b for b, in_order in inside if in_order)
    return Problem(read, substitute(read.expr, xs, {}), read.literal, tuple(xs.values()), names, positive_ones, definite)


def _positive_names(domain: Sequence[str]) -> tuple[list[str], list[str]]:
    """The names that a domain says to be positive definite, X ≻ 0, and the rest of it."""
    cut = [(RELATION.split(told), told) for told in domain]
    names = {told: _positive_name([s.strip() for s in sides]) for sides, told in cut}
    return [n for n in names.values() if n], [told for told, n in names.items() if not n]


def _positive_name(sides: Sequence[str]) -> str:
    if len(sides) != 3:
        return ""
    left, relation, right = sides if sides[1] in LARGER else (sides[2], sides[1] if sides[1] in SMALLER else "", sides[0])
    return left if relation and right == "0" and NAME.fullmatch(left) else ""


def _least_eigenvalue(m: Expr) -> Expr:
    """The number that is positive where a matrix is positive definite.

    Raises UsageError for a matrix that is not known to be symmetric.
    """
    if "symmetric" not in properties(m):
        raise UsageError("only symmetric matrices have an order", hint="declare both sides symmetric")
    return fun("lambda_min", m)


def as_number(read: Request, again: Callable[[Mapping[str, str]], Request]) -> Request:
    """The reading whose value is a number, where one name that nothing declares may be a number for that."""
    if read.expr.is_scalar:
        return read
    found = []
    for name, v in read.variables.items():
        if v not in read.wrt and is_vector(v) and not v.data.properties:
            try:
                tried = again({name: "scalar"})
            except MatcalcError:
                continue
            found += [tried] if tried.expr.is_scalar else []
    return found[0] if len(found) == 1 else read


def declared_too(options: Mapping[str, Any], kinds: Mapping[str, str]) -> dict[str, Any]:
    """The options with more declarations.

    Raises UsageError for a name that is declared already.
    """
    given = options["variables"]
    if isinstance(given, Mapping):
        if kinds.keys() & given.keys():
            raise UsageError("declared twice")
        return {**options, "variables": {**given, **kinds}}
    lines = [given] if isinstance(given, str) else given or ()
    if any(line.partition(":")[0].strip() in kinds for line in lines):
        raise UsageError("declared twice")
    return {**options, "variables": [*lines, *(f"{name}: {kind}" for name, kind in kinds.items())]}


def _bounds(text: str, read: Request) -> list[tuple[Expr, bool]]:
    """The expressions that a domain says to be positive, and whether as matrices: `b - A*x > 0`, `0 < x < 1`, `A - X ≻ 0`."""
    sides = RELATION.split(text)
    if len(sides) < 3 or not all(side.strip() for side in sides):
        raise UsageError(f"the domain {text!r} is no inequality", (0, len(text)), text, "write it as b - A*x > 0")
    found = []
    for k in range(1, len(sides), 2):
        left, right = (sides[k + 1], sides[k - 1]) if sides[k] in LESS else (sides[k - 1], sides[k + 1])
        found.append((_read_bound(left.strip(), right.strip(), read), sides[k] in SMALLER | LARGER))
    return found


def _read_bound(larger: str, smaller: str, read: Request) -> Expr:
    told = larger if smaller == "0" else f"-({smaller})" if larger == "0" else f"({larger}) - ({smaller})"
    shapes = {name: shape_text(v) for name, v in read.variables.items()}
    known = {name: sorted(known_of(v, read)) for name, v in read.variables.items() if known_of(v, read)}
    return read_request(told, wrt=read.wrt[0].data.name, variables=shapes, attrs=known).expr
