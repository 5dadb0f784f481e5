"""A problem as it is read: the goal, the unknowns, the function, and what must vanish.

The whole problem is one expression for the inference of shapes, F + sum(lhs - rhs) + ..., so that it is read exactly as the
function of a derivative is, with the habits and their evidence; then each part is read again with all names declared.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from typing import Any, Final

from matcalc.algebra import is_real
from matcalc.algebra.node import Expr, sym
from matcalc.algebra.walk import is_vector
from matcalc.answers.result import declared_text
from matcalc.book.properties import implied
from matcalc.convexity.problem import as_number, declared_too
from matcalc.errors import MatcalcError, ShapeError, UsageError
from matcalc.reading.notes import Note
from matcalc.reading.request import Request, read_request
from matcalc.records import dataclass
from matcalc.simplify.simplify import recognise
from matcalc.stationary.phrases import Phrase, Piece, cut

Variables = Mapping[str, str] | Sequence[str] | None
# A property of an unknown that is an equation.
EQUATIONS: Final = {
    "orthogonal": "{x}^T*{x} - I", "orthonormal": "{x}^T*{x} - I", "unit": "{x}^T*{x} - 1", "simplex": "sum({x}) - 1",
    "normalised": "sum({x}) - 1", "unitary": "{x}^H*{x} - I",
}  # fmt: skip


@dataclass(frozen=True)
class Problem:
    """What is sought: `min`, `max` or `stationary` points of a function of the unknowns, where every constraint is zero.

    `function` and `constraints` are requests by the unknowns; `known` are the other variables.
    """

    source: str
    goal: str
    function: Request
    constraints: tuple[Request, ...]
    unknowns: tuple[Expr, ...]
    known: tuple[Expr, ...]
    assumptions: tuple[Note, ...] = field(default=(), compare=False)

    def properties(self, x: Expr) -> frozenset[str]:
        """The set that an unknown runs over, in the words of properties, with all that follows."""
        return implied(self.function.properties.get(x.data.name, frozenset()) | x.data.properties)

    def at_point(self, x: Expr) -> Expr:
        """The unknown with what is known of it where it does not move; what an equation says, a constraint does."""
        return sym(x.data.name, x.shape, x.data.ndim, self.properties(x) - EQUATIONS.keys())


def read_problem(
    text: str,
    *,
    over: str | None = None,
    variables: Variables = None,
    attrs: Mapping[str, Sequence[str]] | None = None,
    lets: Sequence[str] = (),
) -> Problem:
    """Read a problem.

    Raises a MatcalcError that points into the text.
    """
    phrase = cut(text, over)
    whole = _Composed(phrase)
    try:
        options: dict[str, Any] = {"variables": variables, "attrs": attrs, "lets": lets}
        read = _read(whole.text, phrase.names, options)
        told = {v.data.name: declared_text(v, read) for v in read.variables.values()}
        if numbers := _numbers(phrase, read, lambda side: _part(whole.of(side), phrase.names, told, lets)):
            read = _with_numbers(whole.text, phrase.names, options, numbers) or read
    except MatcalcError as error:
        raise whole.in_the_text(error, text) from None
    if not read.expr.is_scalar:
        raise ShapeError("what is minimised or maximised is a number", phrase.function.span, text, "take its norm, sum or trace")
    told = {v.data.name: declared_text(v, read) for v in read.variables.values()}
    names = [x.data.name for x in read.wrt]
    stated = tuple(_equation(p, x) for x in read.wrt for p in sorted(read.properties.get(x.data.name, ())) if p in EQUATIONS)
    parts = (*(f"({left.text}) - ({right.text})" for left, right in phrase.constraints), *stated)
    alone = not parts and not phrase.said
    function = read if alone else _part(whole.of(phrase.function.text), names, told, lets)
    each = tuple(_part(whole.of(part), names, told, lets) for part in parts)
    unknowns = tuple(next(v for v in function.wrt if v.data.name == n) for n in names)
    if not is_real(recognise(function.expr)):
        refusal = "what is minimised or maximised is real, and this function is not known to be"
        raise UsageError(refusal, phrase.function.span, text, "take real(...) of it, or declare what makes it real")
    known = tuple(v for n, v in read.variables.items() if n not in names)
    return Problem(text, phrase.goal, function, each, unknowns, known, read.assumptions)


def _read(text: str, names: Sequence[str], options: Mapping[str, Any]) -> Request:
    """The problem as one request, whose value is a number where one undeclared name may be a number for that."""
    by = ", ".join(names)
    return as_number(read_request(text, wrt=by, **options), lambda kinds: read_request(text, wrt=by, **declared_too(options, kinds)))


def _with_numbers(text: str, names: Sequence[str], options: Mapping[str, Any], numbers: Mapping[str, str]) -> Request | None:
    """The problem with some names as numbers; None where they are declared otherwise."""
    try:
        return read_request(text, wrt=", ".join(names), **declared_too(options, numbers))
    except MatcalcError:
        return None


def _numbers(phrase: Phrase, read: Request, part: Callable[[str], Request]) -> dict[str, str]:
    """The vectors that stand alone on one side of a constraint whose other side is a number, as numbers."""
    found = {}
    for sides in phrase.constraints:
        for alone, other in (sides, sides[::-1]):
            v = read.variables.get(alone.text)
            may_be = v is not None and is_vector(v) and alone.text not in phrase.names and not v.data.properties
            if may_be and part(other.text).expr.is_scalar:
                found[alone.text] = "scalar"
    return found


def _equation(name: str, x: Expr) -> str:
    """What is zero where an unknown has a property; of a complex one with conjugates."""
    told = EQUATIONS[name].format(x=x.data.name)
    return told.replace("^T", "^H") if x.has_complex else told


def _part(text: str, names: Sequence[str], told: Mapping[str, str], lets: Sequence[str]) -> Request:
    return read_request(text, wrt=", ".join(names), variables=[f"{n}: {t}" for n, t in told.items()], lets=lets)


class _Composed:
    """The pieces of a problem as one request, and where each of them stands in the text."""

    def __init__(self, phrase: Phrase) -> None:
        self.text = ""
        self.places: list[tuple[int, int, int]] = []
        self.tail = "".join(f", {p.text}" for p in phrase.said)
        self._put("(", phrase.function, ")")
        for left, right in phrase.constraints:
            self._put("+sum((", left, ")-(")
            self._put("", right, "))")
        before = " where "
        for piece in phrase.said:
            self._put(before, piece, "")
            before = ", "
        self.tail = f" where {self.tail[2:]}" if self.tail else ""

    def of(self, part: str) -> str:
        """A part with what is said of the names."""
        return part + self.tail

    def _put(self, before: str, piece: Piece, after: str) -> None:
        start = len(self.text) + len(before)
        self.text += before + piece.text + after
        self.places.append((start, start + len(piece.text), piece.start))

    def in_the_text(self, error: MatcalcError, text: str) -> MatcalcError:
        """The error, pointing into the problem as it was written."""
        if error.source != self.text or error.span is None:
            return error
        for start, end, place in self.places:
            if start <= error.span[0] <= end:
                last = min(error.span[1], end)
                error.span, error.source = (error.span[0] - start + place, max(last, error.span[0] + 1) - start + place), text
                return error
        error.span, error.source = (0, len(text)), text
        return error
