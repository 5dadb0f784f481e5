"""The rule book is the only place that knows a function: no pass of the engine names one."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from places import ROOT

from matcalc.algebra.operations import OPERATIONS
from matcalc.book.properties import property_names
from matcalc.book.rules import Rule, Table, in_use
from matcalc.calculus.own_checks import check_identity
from matcalc.calculus.rule_checks import check_strings
from matcalc.calculus.rule_numbers import check_numbers

ROOMS: Final = ("algebra", "index", "simplify", "calculus")
FILES: Final = sorted(file for room in ROOMS for file in (ROOT / "matcalc" / room).rglob("*.py"))
BOOK: Final = in_use()
# A stretch of a message, such as "the sign of": it has words that are no names of operations.
MESSAGE: Final = re.compile(r"\b(the|a|of|is|no|it)\b")
# Functions that are operations of an expression as well, and the inverse and the adjugate, which are written with powers and det.
BUILT_IN: Final = frozenset({*OPERATIONS, "inv", "adj"})

# The roots of inner products, which the algebra of powers makes and undoes: (x^T x)^(1/2) is norm2(x), norm2(x)^2 is x^T x.
ROOTS: Final = {"norms.py": {"norm2", "normF"}, "functions.py": {"norm2", "normF"}}


def literals(file: Path) -> Iterator[tuple[int, str]]:
    """The strings of a module that are names or lists of names, with their lines; docstrings left out."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    said = {id(n.value) for n in ast.walk(tree) if isinstance(n, ast.Expr)}
    for n in ast.walk(tree):
        if isinstance(n, ast.Constant) and isinstance(n.value, str) and id(n) not in said:
            words = re.split(r"[\s,]+", n.value)
            if all(word.isidentifier() for word in words) and not MESSAGE.search(n.value):
                yield from ((n.lineno, word) for word in words)


@pytest.mark.parametrize("file", FILES, ids=lambda f: f"{f.parent.name}/{f.name}")
def test_no_pass_names_a_function(file: Path) -> None:
    functions = {name for rule in BOOK.functions.values() if rule.name not in BUILT_IN for name in (rule.name, *rule.aliases)}
    # skew is a property as well.
    functions -= set(property_names())
    functions -= ROOTS.get(file.name, set()) if file.parent.name == "normal_form" else set()
    assert [(line, word) for line, word in literals(file) if word in functions] == []


@pytest.mark.parametrize("rule", [r for r in BOOK.functions.values() if r.name not in BUILT_IN], ids=lambda r: r.name)
def test_every_shipped_rule_passes_the_check_of_a_users_own(rule: Rule) -> None:
    check_strings(rule)
    check_numbers(rule)


@pytest.mark.parametrize("table", BOOK.identities, ids=lambda t: t.says["name"])
def test_every_shipped_identity_passes_the_check_of_a_users_own(table: Table) -> None:
    check_identity(table)


def test_the_functions_that_are_operations_have_their_slopes() -> None:
    for rule in (BOOK.functions[name] for name in sorted(BUILT_IN & set(BOOK.functions) - {"sym"})):
        check_numbers(rule)
