"""What is made with a rule book in use, and needs that book again when it is asked something later."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, wraps
from typing import Any

from matcalc.book.rules import IN_USE, Book, use


class OfBook:
    """An object that keeps the book that was in use when it was made: its methods and properties run with that book in use."""

    book: Book

    def __new__(cls, *_args: Any, **_named: Any) -> Any:
        made = object.__new__(cls)
        object.__setattr__(made, "book", IN_USE.get())
        return made

    def __init_subclass__(cls, **named: Any) -> None:
        super().__init_subclass__(**named)
        for name, member in list(vars(cls).items()):
            if name == "book":
                continue
            if isinstance(member, cached_property):
                member.func = _with_its_book(member.func)
            elif isinstance(member, property) and member.fget is not None:
                setattr(cls, name, property(_with_its_book(member.fget), doc=member.__doc__))
            elif callable(member) and not isinstance(member, type) and (not name.startswith("__") or name == "__str__"):
                setattr(cls, name, _with_its_book(member))


def _with_its_book(method: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(method)
    def inside(self: OfBook, *args: Any, **named: Any) -> Any:
        if IN_USE.get() is self.book:
            return method(self, *args, **named)
        with use(self.book):
            return method(self, *args, **named)

    return inside
