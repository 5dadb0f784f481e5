"""Every entry of the rule book against numbers: nobody writes a test for a new function."""

from __future__ import annotations

import re
import textwrap
import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from operands import SIZES, free, operands, values_of
from places import ROOT

from matcalc.algebra import fun
from matcalc.algebra.node import Expr, increment, is_zero, sym, zeros
from matcalc.algebra.walk import in_order, substitute
from matcalc.answers.derivative import Derivative
from matcalc.answers.derive import derive
from matcalc.book import rules as rulebook
from matcalc.book.files import rule_files
from matcalc.book.rules import Book, in_use
from matcalc.calculus.adjoint import tangent
from matcalc.calculus.differential import differential
from matcalc.calculus.rule_checks import check_strings
from matcalc.errors import UsageError
from matcalc.index.lower import label, lower
from matcalc.numbers.evaluate import evaluate
from matcalc.reading.templates import template
from matcalc.simplify.identities import Identity, identities

RULES = [r for name in rulebook.names() if (r := rulebook.find(name)) is not None]


def change(rule: rulebook.Rule, args: list[Expr], k: int, direction: Expr) -> Expr:
    """The differential as the rule states it, also where the function is written with others in normal form."""
    if rule.d:
        still = {f"d{p.name}": zeros(*a.shape) for p, a in zip(rule.params, args, strict=True)}
        indices = {p.name: a for p, a in zip(rule.params, args, strict=True) if p.counts}
        return substitute(template(rule.name, "d"), {**still, f"d{rule.params[k].name}": direction, **indices}, {})
    whole = fun(rule.name, *args)
    return differential(whole, k, direction) if whole.op == rule.name else tangent(whole, args[k], direction)


@pytest.mark.parametrize("rule", [r for r in RULES if r.kind != "matrix function"], ids=lambda r: r.name)
def test_differential_is_the_slope(rule: rulebook.Rule) -> None:
    args = free(rule)
    sizes = {**SIZES, "m": SIZES["n"], "n": SIZES["m"]} if rule.tall else SIZES
    values = values_of(operands(rule), "unit" if rule.domain in ("unit", "x > -1") else "normal", sizes=sizes)
    whole = fun(rule.name, *args)
    if not np.all(np.isfinite(evaluate([whole], values, sizes)[0])):
        values = values_of(operands(rule), "spd", sizes=sizes)
    for k, (a, v) in enumerate(zip(args, args, strict=True)):
        if a.op == "const":
            continue
        direction = np.random.default_rng(2).standard_normal(np.shape(values[v.data.name]))
        d = change(rule, args, k, sym("V", a.shape))
        (claimed,) = evaluate([d], {**values, "V": direction}, sizes)
        h = 1e-5
        above, below = (evaluate([whole], {**values, v.data.name: values[v.data.name] + s * h * direction}, sizes)[0] for s in (1, -1))
        assert np.all(np.isfinite(claimed))
        np.testing.assert_allclose(claimed, (above - below) / (2 * h), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("rule", [r for r in RULES if r.kind == "explicit" and r.d], ids=lambda r: r.name)
def test_differential_is_linear_in_the_increment(rule: rulebook.Rule) -> None:
    args = free(rule)
    d = increment(args[0].shape)
    made = change(rule, args, 0, d)
    terms = lower(made, label(made.shape[0]), label(made.shape[1]))
    assert terms or is_zero(made)
    for t in terms:
        assert sum(f[0] is d for f in t.factors) + sum(s is d for s in t.scalars) == 1


@pytest.mark.parametrize("rule", [r for r in RULES if r.means], ids=lambda r: r.name)
def test_meaning_in_simpler_terms(rule: rulebook.Rule) -> None:
    values = values_of(operands(rule), "normal")
    args = free(rule)
    simple, whole = evaluate([template(rule.name, "means"), fun(rule.name, *args)], values, SIZES)
    np.testing.assert_allclose(whole, simple, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("identity", identities(), ids=lambda i: f"{i.name} {'scalar' if i.left.is_scalar else ''}")
def test_identity_holds(identity: Identity) -> None:
    letters = sorted(set(_symbols(identity.left)), key=lambda v: v.data.name)
    domains = {rule.domain for n in in_order([identity.left]) if (rule := rulebook.find(n.op)) is not None}
    for seed in (1, 2):
        left, right = evaluate([identity.left, identity.right], values_of(letters, "spd" if "spd" in domains else "normal", seed), SIZES)
        if not np.all(np.isfinite(left)):
            left, right = evaluate([identity.left, identity.right], values_of(letters, "spd", seed), SIZES)
        assert np.all(np.isfinite(left))
        np.testing.assert_allclose(left, right, rtol=1e-9, atol=1e-9)


def _symbols(e: Expr) -> list[Expr]:
    return [e] if e.op == "sym" else [s for a in e.args for s in _symbols(a)]


@pytest.mark.parametrize("rule", RULES, ids=lambda r: r.name)
def test_entry_is_complete(rule: rulebook.Rule) -> None:
    assert rule.source and rule.numpy and rule.latex
    for p in rule.params:
        assert "{" + p.name + "}" in rule.latex
        assert "{" + p.name + "}" in rule.numpy


def test_unknown_key_is_refused_with_a_suggestion() -> None:
    with pytest.raises(UsageError, match="unknown key 'derivatve'") as caught:
        rulebook.read_rule("f", {"kind": "elementwise", "derivatve": "x"}, "my.toml")
    assert caught.value.hint == "did you mean 'derivative'?"


def test_unknown_kind_is_refused() -> None:
    with pytest.raises(UsageError, match="kind 'odd'"):
        rulebook.read_rule("f", {"kind": "odd"}, "my.toml")


@pytest.mark.parametrize("kind", ["explicit", "matrix function"])
def test_a_table_with_a_function_is_a_matrix_function(kind: str) -> None:
    table = {"kind": kind, "args": ["A: n x n"], "value": "n x n", "function": "A", "numpy": "{A}", "source": "nobody"}
    assert rulebook.read_rule("f", table, "my.toml").kind == "matrix function"


def test_missing_source_is_refused() -> None:
    with pytest.raises(UsageError, match="lacks 'source'"):
        rulebook.read_rule("f", {"kind": "linear", "numpy": "x"}, "my.toml")


def with_differential(name: str, d: str) -> rulebook.Book:
    """The book with another differential of one of its functions."""
    rule = rulebook.find(name)
    assert rule is not None
    return rulebook.in_use().with_rules(replace(rule, d=d))


@pytest.mark.parametrize(
    ("name", "d", "message"),
    [
        ("inv", "tr(dA)", "d of inv has shape scalar, it must have n x n"),
        ("inv", "-dA*A^-1*dA", "d of inv is not linear in dA: a term holds 2 increments"),
        ("det", "det(A)", "a term holds 0 increments"),
    ],
)
def test_a_differential_that_is_none_is_refused(name: str, d: str, message: str) -> None:
    with rulebook.use(with_differential(name, d)), pytest.raises(UsageError, match=message):
        rule = rulebook.find(name)
        assert rule is not None
        check_strings(rule)


def test_the_file_of_the_documentation_has_the_example_of_its_page() -> None:
    page = (ROOT / "docs" / "adding-a-function.md").read_text(encoding="utf-8")
    assert page.split("```toml\n")[1].split("```")[0] in (ROOT / "docs" / "own.toml").read_text(encoding="utf-8")
    block = re.search(r"^    \[toeplitz\]\n(?:    .*\n)+", page, re.MULTILINE)
    assert block is not None
    assert textwrap.dedent(block[0]) in (ROOT / "rules" / "properties.toml").read_text(encoding="utf-8")


def test_the_documented_example_is_a_whole_function() -> None:
    text = (ROOT / "docs" / "adding-a-function.md").read_text(encoding="utf-8")
    table = tomllib.loads(text.split("```toml\n")[1].split("```")[0])["cube"]
    with rulebook.use(rulebook.in_use().with_rules(rulebook.read_rule("cube", table, "elementwise.toml"))):
        found = derive("sum(cube(A*x))", wrt="x", order=2)
        assert isinstance(found, Derivative)
        assert found.text == "6*A^T*diag(A*x)*A"
        assert r"A" in found.latex


def test_kept_rules_are_those_that_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for file in rule_files():
        (tmp_path / file.name).write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
    monkeypatch.setattr("matcalc.book.files.INSTALLED", tmp_path)
    monkeypatch.setattr("sys.dont_write_bytecode", False)
    first, second = Book(()), Book(())
    assert first.functions == in_use().functions
    assert (tmp_path / "__pycache__").is_dir()
    assert dict(second.functions) == dict(first.functions)
    assert [(t.says, t.file) for t in second.identities] == [(t.says, t.file) for t in in_use().identities]
    text = (tmp_path / "elementwise.toml").read_text(encoding="utf-8")
    (tmp_path / "elementwise.toml").write_text(text.replace("[exp]", "[expo]", 1), encoding="utf-8")
    assert Book(()).functions.keys() ^ first.functions.keys() == {"exp", "expo"}
