"""What is known of a function stands in the rule book: no pass names one, apart from the operations of expressions themselves."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from places import ROOT

from matcalc.book import rules as rulebook
from matcalc.simplify.told_by_identities import cancelling, opposites

# Operations of expressions, and names of properties.
OPERATIONS = frozenset("tr det inv sum diag diagv vec vech kron adj sym skew".split())
FILES = [f for room in ("index", "simplify") for f in sorted((ROOT / "matcalc" / room).rglob("*.py"))]


@pytest.mark.parametrize("file", FILES, ids=lambda f: f"{f.parent.name}/{f.name}")
def test_no_function_of_the_book_is_named(file: Path) -> None:
    names = set(rulebook.names()) - OPERATIONS
    texts = {n.value for n in ast.walk(ast.parse(file.read_text(encoding="utf-8"))) if isinstance(n, ast.Constant)}
    assert not names & {t for t in texts if isinstance(t, str)}


def test_the_book_tells_what_adds_up_and_what_cancels() -> None:
    assert opposites() == {"sigmoid"}
    assert cancelling() == {"pinv", "chol"}
