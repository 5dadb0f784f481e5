"""A function, the variables by which its curvature is asked for, and the domain: read as derive reads its requests."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from matcalc.algebra.node import Expr, sym
from matcalc.algebra.walk import is_vector, substitute
from matcalc.answers.result import known_of, shape_text
from matcalc.book.properties import implied, is_surface, stated
from matcalc.errors import MatcalcError, UsageError
from matcalc.reading.request import Request, read_request

RELATION: Final = re.compile(r"(<=|>=|<|>|≤|≥|\\leq?|\\geq?|\\succ(?:eq)?|≻|≽|⪰)")
LESS: Final = frozenset({"<", "<=", "≤", r"\le", r"\leq"})
BOUNDED: Final = frozenset({"simplex", "unit"})


@dataclass(frozen=True)
class Problem:
    """A function with the properties of its variables in it, as it was written, and expressions that are positive on the domain."""

    read: Request
    f: Expr
    literal: Expr
    variables: tuple[Expr, ...]
    names: tuple[Expr, ...]
    bounds: tuple[Expr, ...]

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
    bounds = tuple(b for told in domain for b in _bounds(told, read))
    names = tuple(v for name, v in read.variables.items() if name not in xs)
    inside = tuple(substitute(b, xs, {}) for b in bounds)
    return Problem(read, substitute(read.expr, xs, {}), read.literal, tuple(xs.values()), names, inside)


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


def _bounds(text: str, read: Request) -> list[Expr]:
    """The expressions whose entries a domain says to be positive: `b - A*x > 0`, `0 < x < 1`."""
    sides = RELATION.split(text)
    if len(sides) < 3 or not all(side.strip() for side in sides):
        raise UsageError(f"the domain {text!r} is no inequality", (0, len(text)), text, "write it as b - A*x > 0")
    found = []
    for k in range(1, len(sides), 2):
        if sides[k] not in LESS and sides[k] not in (">", ">=", "≥", r"\ge", r"\geq"):
            raise UsageError("an order of matrices is said by a property here", (0, len(text)), text, "declare the variable spd or psd")
        left, right = (sides[k + 1], sides[k - 1]) if sides[k] in LESS else (sides[k - 1], sides[k + 1])
        found.append(_read_bound(left.strip(), right.strip(), read))
    return found


def _read_bound(larger: str, smaller: str, read: Request) -> Expr:
    told = larger if smaller == "0" else f"-({smaller})" if larger == "0" else f"({larger}) - ({smaller})"
    shapes = {name: shape_text(v) for name, v in read.variables.items()}
    known = {name: sorted(known_of(v, read)) for name, v in read.variables.items() if known_of(v, read)}
    return read_request(told, wrt=read.wrt[0].data.name, variables=shapes, attrs=known).expr
