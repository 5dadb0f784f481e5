"""The check of a book's own rules and identities: as texts, then with numbers."""

from __future__ import annotations

from typing import Final

import numpy as np

from matcalc.algebra.walk import in_order
from matcalc.book.frechet import is_frechet
from matcalc.book.rules import Book, Rule, Table
from matcalc.calculus.rule_checks import check_strings
from matcalc.calculus.rule_curvature import check_curvature
from matcalc.calculus.rule_numbers import check_numbers
from matcalc.errors import MatcalcError, UsageError
from matcalc.numbers.evaluate import Program
from matcalc.numbers.sampling.random_points import sample
from matcalc.numbers.sampling.sizes import dimension_names
from matcalc.simplify.identities import Identity, read_identity

IDENTITY_KEYS: Final = frozenset({"name", "args", "left", "right", "source"})


def check_own(book: Book) -> None:
    """Check the user's own rules and identities of the book in use.

    Raises UsageError with the file and the line of the first that is wrong.
    """
    written = [rule for rule in book.own_rules() if not is_frechet(rule)]
    for rule in written:
        check_strings(rule)
    for rule in written:
        check_numbers(rule)
        check_curvature(rule)
    for rule in filter(is_frechet, book.own_rules()):
        _check_frechet(book, rule)
    for table in book.own_identities():
        check_identity(table)


def _check_frechet(book: Book, rule: Rule) -> None:
    """Leave out a Fréchet derivative that the code of its function does not give: code by eigenvectors has no value at [A, E; 0, A]."""
    try:
        check_numbers(rule)
    except UsageError:
        book.leave_out(rule)


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
