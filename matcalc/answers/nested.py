"""A derivative inside the function of another is taken first, and its closed form stands in its place."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from matcalc.errors import UsageError
from matcalc.reading.declarations import Declared
from matcalc.reading.forms.nested import innermost
from matcalc.reading.notes import SPELLING, Note

if TYPE_CHECKING:
    from matcalc.answers.derivative import Derivative

MAX_NESTED: Final = 4


def unnested(
    text: str, has_variable: bool, declared: Mapping[str, Declared], derive: Callable[[str], Derivative]
) -> tuple[str, tuple[tuple[str, Derivative], ...]]:
    """The text with a closed form in place of every derivative inside it, and those derivatives as they are written.

    `has_variable` tells that the variable of the whole is named beside the text.

    Raises UsageError for more than four.
    """
    found: list[tuple[str, Derivative]] = []
    while (inner := innermost(text, declared, has_variable)) is not None:
        if len(found) == MAX_NESTED:
            raise UsageError(f"a request holds at most {MAX_NESTED} derivatives inside others", inner.span, text)
        made = derive(inner.request + inner.where)
        found.append((inner.request, made))
        start, end = inner.span
        text = f"{text[:start]}({made.latex if inner.latex else made.text}){text[end:]}"
    return text, tuple(found)


def told(inner: Sequence[tuple[str, Derivative]], whole: Mapping[str, str]) -> tuple[Note, ...]:
    """A note for every derivative inside; the variables must be of one kind inside and outside.

    Raises UsageError where one is not.
    """
    for _, d in inner:
        for name, shape in d.variables.items():
            outside = whole.get(name, shape)
            if shape.count(" x ") != outside.count(" x ") or ("scalar" in shape) != ("scalar" in outside):
                raise UsageError(f"{name} is {shape} in the derivative inside and {outside} around it", hint=f"declare {name}")
    return tuple(Note(f"{written} inside is {d.text}", SPELLING) for written, d in inner)
