"""What can go wrong, in the user's words: each error says what, where, what disagrees and what to try."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matcalc.records import dataclass

Span = tuple[int, int]


class MatcalcError(Exception):
    """The base of every error that a request can cause.

    `message` is one sentence, `span` the half-open range of characters of `source` that it is about,
    `hint` what to try instead.
    """

    kind = "error"

    def __init__(self, message: str, span: Span | None = None, source: str | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.span = span
        self.source = source
        self.hint = hint

    def at(self, span: Span | None, source: str | None) -> MatcalcError:
        """The same error, pointing at `span` of `source` unless it already points somewhere."""
        if self.span is None and span is not None:
            self.span = span
        if self.source is None and source is not None:
            self.source = source
        return self

    def __str__(self) -> str:
        return "\n".join([self.message, *self._pointer(), *([f"hint: {self.hint}"] if self.hint else [])])

    def _pointer(self) -> list[str]:
        if self.span is None or self.source is None:
            return []
        start, end = self.span
        head = max(0, start - 60)
        window = self.source[head : max(start + 40, min(end, start + 60))].replace("\n", " ").replace("\t", " ")
        lead = "..." if head else ""
        width = max(1, min(end, head + len(window)) - start)
        return [f"  {lead}{window}", "  " + " " * (len(lead) + start - head) + "^" * width]


class ParseError(MatcalcError):
    """The text does not follow the notation."""

    kind = "parse"


class ShapeError(MatcalcError):
    """Two shapes disagree, or a shape cannot be told."""

    kind = "shape"


class Misplaced(ShapeError):
    """Shapes disagree since an operator reaches further, or less far, than was meant: no other kinds of the names would be a remedy."""


class UnknownFunction(MatcalcError):
    """A function name that neither the rule book nor a declaration knows."""

    kind = "unknown-function"


class NotDifferentiable(MatcalcError):
    """No derivative of this function exists or is known in closed form."""

    kind = "not-differentiable"


class UsageError(MatcalcError):
    """The request is well-formed but asks for something that does not exist."""

    kind = "usage"


class BrokenProperty(UsageError, ValueError):
    """A value has not the properties that its variable is declared to have."""


@dataclass(frozen=True)
class OneReading:
    """One of several readings of a text: the declarations that pick it, and the answer to it, empty where it was not asked for."""

    variables: Mapping[str, str]
    text: str = ""

    def __str__(self) -> str:
        told = ", ".join(f"{name}: {kind}" for name, kind in self.variables.items())
        return f"{told}: {self.text}" if self.text else told


class Ambiguous(MatcalcError):
    """The text can be read in several ways, which are listed in `readings`."""

    kind = "ambiguous"

    def __init__(
        self,
        message: str,
        span: Span | None = None,
        source: str | None = None,
        hint: str | None = None,
        readings: Sequence[OneReading] = (),
    ) -> None:
        super().__init__(message, span, source, hint)
        self.readings = readings

    def __str__(self) -> str:
        first, *rest = super().__str__().split("\n")
        return "\n".join([first, *(f"  with {reading}" for reading in self.readings), *rest])


class LimitError(MatcalcError):
    """The input is larger than what an answer at once allows."""

    kind = "limit"


class NoClosedForm(MatcalcError):
    """An equation has no solution in closed form, or none that is known here; the message shows it."""

    kind = "no_closed_form"


class CertificateError(MatcalcError):
    """The derived formula disagrees with finite differences of the input: an internal error, never an answer."""

    kind = "certificate"
