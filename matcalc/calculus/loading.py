"""A user's own rules: read from their files, checked once, and in use where a request is answered."""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from matcalc.book.rules import Book, book_of, in_use, use

Rules = str | os.PathLike[str] | Sequence[str | os.PathLike[str]] | Book
REMEMBERED: Final = 8
_loaded: OrderedDict[tuple[tuple[str, int, int], ...], Book] = OrderedDict()


def load(rules: Rules) -> Book:
    """The book in use with a user's own files over it, or another book; each is checked the first time.

    Raises UsageError, with the file and the line, for what cannot be read, what is in two files, and what its own numbers refute.
    """
    if isinstance(rules, Book):
        check_book(rules)
        return rules
    paths = [rules] if isinstance(rules, (str, os.PathLike)) else list(rules)
    made = book_of(paths)
    key = tuple(_version(path) for path in made.own)
    if key not in _loaded:
        check_book(made)
        _loaded[key] = made
        while len(_loaded) > REMEMBERED:
            _loaded.popitem(last=False)
    _loaded.move_to_end(key)
    return _loaded[key]


@contextmanager
def in_force(rules: Rules | None) -> Iterator[Book]:
    """Within it, the book in use has these rules as well; see `load` for what it raises."""
    if rules is None:
        yield in_use()
        return
    with use(load(rules)) as book:
        yield book


def _version(path: str) -> tuple[str, int, int]:
    """A file as it is now, so that one that was changed is read again."""
    try:
        told = Path(path).stat()
    except OSError:
        return path, 0, 0
    return path, told.st_mtime_ns, told.st_size


def check_in_use() -> None:
    """Check the book in use, if it has files of the user's own that were not checked yet."""
    book = in_use()
    if not book.is_checked:
        check_book(book)


def check_book(book: Book) -> None:
    """Check the user's own rules and identities of a book, once.

    Raises UsageError with the file and the line of the first that is wrong.
    """
    if book.is_checked:
        return
    book.is_checked = True
    if not book.own:
        return
    from matcalc.calculus.own_checks import check_own  # only who has rules of his own needs the checks

    try:
        with use(book):
            check_own(book)
    except BaseException:
        book.is_checked = False
        raise
