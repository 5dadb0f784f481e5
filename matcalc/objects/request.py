"""A request in another shape than a text: an expression built in Python, or one of SymPy. Both become the text that says the same."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from matcalc.algebra.walk import in_order
from matcalc.errors import UsageError
from matcalc.objects import from_sympy
from matcalc.objects.expression import Expression
from matcalc.objects.writing import declarations, write
from matcalc.reading.declarations import read_declarations

Declarations = Mapping[str, str] | Sequence[str] | None


class AskedInText(NamedTuple):
    """A request as texts; `symbols` has SymPy's symbols and functions by name where the request was SymPy's."""

    request: str
    wrt: str | None
    wrt2: str | None
    variables: Declarations
    attrs: Mapping[str, Sequence[str]] | None
    along: Mapping[str, str] | Sequence[str]
    symbols: Mapping[str, Any]


def asked(
    request: Any,
    wrt: Any = None,
    wrt2: Any = None,
    variables: Declarations = None,
    attrs: Mapping[Any, Sequence[str]] | None = None,
    along: Mapping[Any, Any] | Sequence[str] = (),
) -> AskedInText:
    """A request whose parts may be expressions, as texts with the declarations of their variables.

    Raises UsageError for a part that is neither, and for what is declared again in another way.
    """
    reader = _Parts([request, *_listed(wrt), *_listed(wrt2), *_of_directions(along), *(attrs or ())])
    text = reader.text(request)
    by, second = reader.names(wrt), reader.names(wrt2)
    known = {reader.name(x): tuple(words) for x, words in attrs.items()} if attrs else None
    if isinstance(along, Mapping):
        along = {reader.name(x): reader.text(v) for x, v in along.items()}
    return AskedInText(text, by, second, reader.declared(variables), known, along, reader.symbols)


def _listed(wrt: Any) -> list[Any]:
    return list(wrt) if isinstance(wrt, (tuple, list)) else [] if wrt is None else [wrt]


def _of_directions(along: Mapping[Any, Any] | Sequence[str]) -> list[Any]:
    return [*along, *along.values()] if isinstance(along, Mapping) else []


class _Parts:
    """Reads the parts of one request, which share their names."""

    def __init__(self, parts: Iterable[Any]) -> None:
        self._sympy = from_sympy.reader_of([p for p in parts if from_sympy.is_sympy(p)])
        self._built: list[Expression] = []

    @property
    def symbols(self) -> Mapping[str, Any]:
        return self._sympy.symbols

    def expression(self, part: Any) -> Expression:
        """A part that is no text.

        Raises UsageError for what is no expression either.
        """
        made = part if isinstance(part, Expression) else None
        if from_sympy.is_sympy(part):
            made = from_sympy.read(self._sympy, part)
        if made is None:
            told = f"a value of type {type(part).__name__} cannot be differentiated"
            raise UsageError(told, hint="give a text, an expression of matcalc.build, or one of SymPy")
        self._built.append(made)
        return made

    def text(self, part: Any) -> str:
        return part if isinstance(part, str) else write(self.expression(part)).text

    def name(self, part: Any) -> str:
        """A variable, or an entry, row or column of one.

        Raises UsageError for anything else.
        """
        if isinstance(part, str):
            return part
        e = self.expression(part)
        whole = e.args[0] if e.kind in ("entry", "slice") else e
        if whole.kind != "name":
            raise UsageError(f"{e} is no variable to differentiate by", hint="a derivative is by a variable, or by a part of one, X[0, 1]")
        return e.text

    def names(self, wrt: Any) -> str | None:
        return None if wrt is None else ", ".join(self.name(x) for x in _listed(wrt))

    def declared(self, variables: Declarations) -> Declarations:
        """The declarations of the expressions, with those that are given for other names."""
        known = declarations(node for e in self._built for node in in_order([e]))
        again = sorted(known.keys() & read_declarations(variables, None).keys())
        if again:
            told = f"{again[0]} is declared twice: the expression has it as {known[again[0]]}"
            raise UsageError(told, hint="attrs={...} says what else is known of a variable of an expression")
        if variables is None or isinstance(variables, Mapping):
            return {**known, **(variables or {})}
        return [*(f"{name}: {body}" for name, body in known.items()), *([variables] if isinstance(variables, str) else variables)]
