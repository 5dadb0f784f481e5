"""A user's own rules: read from their files, checked once, and in use where a request is answered."""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import numpy as np

from matcalc.algebra.walk import in_order
from matcalc.book.rules import Book, Table, book_of, in_use, use
from matcalc.calculus.rule_checks import check_strings
from matcalc.calculus.rule_numbers import check_numbers
from matcalc.errors import MatcalcError, UsageError
from matcalc.numbers.evaluate import Program
from matcalc.numbers.sampling import sample
from matcalc.numbers.sizes import dimension_names
from matcalc.simplify.identities import Identity, read_identity

Rules = str | os.PathLike[str] | Sequence[str | os.PathLike[str]] | Book
IDENTITY_KEYS: Final = frozenset({"name", "args", "left", "right", "source"})
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
    try:
        with use(book):
            for rule in book.own_rules():
                check_strings(rule)
            for rule in book.own_rules():
                check_numbers(rule)
            for table in book.own_identities():
                check_identity(table)
    except BaseException:
        book.is_checked = False
        raise


def check_identity(table: Table) -> None:
    """Refuse an identity with an unknown key, or whose sides differ in shape, in what they bind, or on numbers."""
    if unknown := sorted(set(table.says) - IDENTITY_KEYS):
        raise UsageError(f"{table.place}: an identity has an unknown key {unknown[0]!r}")
    try:
        found = list(read_identity(table))
    except UsageError:
        raise
    except MatcalcError as error:
        what = f"{table.place}: {table.says['name']}: {error.message}"
        raise UsageError(what, error.span, error.source, error.hint) from None
    for identity in found:
        _check_sides(table, identity)


def _check_sides(table: Table, identity: Identity) -> None:
    letters = [e for e in in_order([identity.left, identity.right]) if e.op == "sym"]
    sizes = dict(zip(dimension_names(letters, [identity.left, identity.right]), (3, 4, 2, 5, 6, 7), strict=False))
    program, compared = Program([identity.left, identity.right]), 0
    for seed, manner in enumerate(("normal", "positive", "unit", "spd", "normal", "positive")):
        rng = np.random.default_rng(seed)
        left, right = program({v.data.name: sample(v, sizes, manner, rng) for v in letters}, sizes)
        finite = np.isfinite(left) & np.isfinite(right)
        compared += int(np.sum(finite))
        error = np.abs(np.asarray(left) - right)
        scale = np.abs(left) + np.abs(right) + 1e-6
        if np.any(finite & (error > 1e-8 * scale)):
            raise UsageError(f"{table.place}: {identity.name}: the two sides differ, by {np.max(error[finite]):.2g} at random values")
    if not compared:
        raise UsageError(f"{table.place}: {identity.name}: no values were found at which both sides are finite")
