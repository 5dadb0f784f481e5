"""Every table that is keyed by an operation has each operation, or says here why it lacks it.

Whoever adds an operation to matcalc/algebra/operations.py is told by these tests which tables want an entry.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

import pytest

from matcalc.algebra import structure, weight
from matcalc.algebra.normal_form import functions, parts, rebuilding, reductions, transposes
from matcalc.algebra.operations import COMMUTATIVE, MULTILINEAR, OPERATIONS
from matcalc.book import rules as rulebook
from matcalc.codegen import planning
from matcalc.index import lower
from matcalc.numbers import evaluate
from matcalc.printing import presenter
from matcalc.printing.sympy_source import code as sympy_code

LEAVES: Final = frozenset(o.name for o in OPERATIONS.values() if o.operands == 0)
FUNCTIONS: Final = frozenset(o.name for o in OPERATIONS.values() if o.function)
NUMBERS: Final = frozenset({"const", "inner", "entry", "tr", "sum", "det", "logdet"})
COMPLEX: Final = ("conj", "real", "imag")
A_NUMBER: Final = "its value is a number, which is returned before the table is asked"
ITS_RULE: Final = "its rule in the book says it"
ITSELF: Final = "a node of its own is all that can be said"


def because(reason: str, names: Collection[str]) -> dict[str, str]:
    return dict.fromkeys(names, reason)


# The table, and the operations that it lacks on purpose.
TABLES: Final[dict[str, tuple[Mapping[str, object], dict[str, str]]]] = {
    "the length of the text (weight.WEIGHERS)": (
        weight.WEIGHERS,
        because("the name, a comma and parentheses, as any call", FUNCTIONS | {"array", "call", "operator"}),
    ),
    "an entry (parts.ENTRIES)": (
        parts.ENTRIES,
        because(A_NUMBER, NUMBERS)
        | because(ITSELF, ["sym", "comm", "dup", "elim", "pow", "call", "operator", "diag", "diagv", "vec", "vech", "kron", *COMPLEX]),
    ),
    "the transpose (transposes.TRANSPOSED)": (
        transposes.TRANSPOSED,
        because(A_NUMBER, NUMBERS)
        | because("it is wrapped", ["dup", "elim", "unit", "columns", "diagv", "vec", "vech"])
        | because(ITS_RULE, ["real", "imag"]),
    ),
    "other operands (rebuilding.REBUILT)": (
        rebuilding.REBUILT,
        because("a leaf has none", LEAVES)
        | because("built by its name", FUNCTIONS)
        | because("it needs its parameter, see rebuild", ["entry", "array", "block", "call", "operator"]),
    ),
    "other sizes (rebuilding.RESIZED)": (
        rebuilding.RESIZED,
        because("its sizes are those of its operands", set(OPERATIONS) - LEAVES) | {"sym": "it is replaced by a value of the new size"},
    ),
    "functions by name (functions.BUILDERS)": (
        functions.BUILDERS,
        because("it is written with a sign", set(OPERATIONS) - FUNCTIONS),
    ),
    "the sum of the entries (reductions.TOTALS)": (
        reductions.TOTALS,
        because(A_NUMBER, NUMBERS)
        | because("total says it before it asks the table", ["eye", "ones", "zeros", "unit", "columns", "add", "mul", "T", "diag"])
        | because(ITSELF, ["sym", "comm", "dup", "elim", "triangle", "pow", "call", "operator", "vec", "vech", "kron", *COMPLEX]),
    ),
    "what is known (structure.INFERENCES)": (
        structure.INFERENCES,
        because("nothing follows", ["zeros", "unit", "columns", "array", "call", "operator", "logdet", "real", "imag"])
        | {"sym": "it is what was declared"},
    ),
    "index terms (lower.LOWERED)": (
        lower.LOWERED,
        because("a factor with a label on each axis", ["sym", "const", "dup", "elim", "unit", "columns", "triangle", "call", "operator"])
        | because("Z and conj(Z) are two variables while one varies", COMPLEX)
        | because("its differential comes from its rule", ["det", "logdet"]),
    ),
    "the value (evaluate.HANDLERS)": (
        evaluate.HANDLERS,
        because(ITS_RULE, ["conj", "real", "det", "logdet", "vech"])
        | because("the order of its factors is planned for each node", ["mul"]),
    ),
    "the plan of the code (planning.HANDLERS)": (planning.HANDLERS, because(ITS_RULE, [*COMPLEX, "det", "logdet", "vech"])),
    "how it is written (presenter.SPELLINGS)": (
        presenter.SPELLINGS,
        because("its name with what it is applied to", FUNCTIONS - {"tr"})
        | {"operator": "it stands in index terms only, applied to a unit matrix: printing/index.py"},
    ),
    "SymPy source (sympy_code.WRITERS)": (sympy_code.WRITERS, {}),
}


@pytest.mark.parametrize("table", TABLES)
def test_a_table_has_every_operation_that_is_not_missing_on_purpose(table: str) -> None:
    entries, missing = TABLES[table]
    assert sorted(set(OPERATIONS) - set(entries)) == sorted(missing)


@pytest.mark.parametrize("table", TABLES)
def test_a_table_holds_operations_and_functions_of_the_book_only(table: str) -> None:
    known = {*OPERATIONS, *rulebook.names(), "sqrt"}
    assert set(TABLES[table][0]) <= known


def test_operations_that_are_functions_have_a_rule_that_says_the_same_of_them() -> None:
    for name in FUNCTIONS:
        rule = rulebook.find(name)
        assert rule is not None and OPERATIONS[name].operands == len(rule.params)
        assert (rule.kind in ("linear", "bilinear")) == (OPERATIONS[name].linear == "each")


def test_what_is_commutative_and_what_is_linear() -> None:
    assert {"add", "had"} == COMMUTATIVE
    assert {"mul", "inner", "had", "T", "tr", "kron"} <= MULTILINEAR and not {"pow", "det", "add"} & MULTILINEAR
