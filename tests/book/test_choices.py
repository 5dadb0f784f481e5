"""The choices of a request: one declaration that the command line, Python, batches and sheets read."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from click.testing import CliRunner
from places import ROOT

from matcalc import codegen, derive
from matcalc.batch.keys import KEYS
from matcalc.book import choices
from matcalc.book.choices import FORMS, HADAMARD, LAYOUTS, TARGETS, VEC_ORDERS, Choices, nearest
from matcalc.cli import group
from matcalc.commands.derive import derive_command
from matcalc.errors import UsageError


@pytest.mark.parametrize(
    ("choices", "word", "name"),
    [
        (LAYOUTS, "num", "numerator"), (LAYOUTS, "row", "numerator"), (LAYOUTS, "jacobian", "numerator"), (LAYOUTS, "Denom", "denominator"),
        (LAYOUTS, "mix", "mixed"), (LAYOUTS, "zebra", None), (LAYOUTS, "", None), (FORMS, "kronecker", "vec"), (FORMS, "matrixx", "matrix"),
        (VEC_ORDERS, "col", "column"), (TARGETS, "pytorch", "torch"), (HADAMARD, "diagonal", "diag"),
    ],
)  # fmt: skip
def test_the_nearest_name_is_suggested(choices: Choices, word: str, name: str | None) -> None:
    assert nearest(word, choices, choices.others) == name
    with pytest.raises(UsageError, match=re.escape(f"unknown {choices.what} {word!r}; it is one of {', '.join(choices)}")) as failed:
        choices.check(word)
    assert failed.value.hint == (f"did you mean {name}?" if name else None)


@pytest.mark.parametrize(
    ("option", "word", "name"), [("layout", "num", "numerator"), ("form", "indx", "index"), ("vec_order", "rows", "row")]
)
def test_the_command_line_and_python_suggest_the_same(option: str, word: str, name: str) -> None:
    asked: dict[str, Any] = {option: word}
    with pytest.raises(UsageError) as failed:
        derive("d tr(X)/dX", **asked)
    assert failed.value.hint == f"did you mean {name}?"
    ran = CliRunner().invoke(group, ["derive", "d tr(X)/dX", "--" + option.replace("_", "-"), word])
    assert ran.exit_code == 2
    assert f"Did you mean {name}?" in " ".join(ran.stderr.split())


def test_every_reader_has_the_same_choices() -> None:
    options = {p.name: p.type for p in derive_command.params}
    for name, declared in (("layout", LAYOUTS), ("form", FORMS), ("vec_order", VEC_ORDERS)):
        assert tuple(options[name].choices) == tuple(declared)  # type: ignore[attr-defined]
        assert all(KEYS[name].holds(choice) for choice in declared)
        assert not KEYS[name].holds("no such choice")
        assert KEYS[name].told == f"one of {', '.join(map(json.dumps, declared))}"
    assert set(TARGETS) == set(codegen.DIALECTS)


def test_no_module_lists_the_names_of_a_choice_again() -> None:
    lists = {tuple(c) for c in vars(choices).values() if isinstance(c, Choices) and len(c) > 2}
    written = [re.escape(", ".join(map(json.dumps, names))) for names in lists]
    others = [f for f in (ROOT / "matcalc").rglob("*.py") if f.name != "choices.py"]
    assert [f for f in others if re.search("|".join(written), f.read_text(encoding="utf-8"))] == []
