"""Mutation of the rule book: a rule with a sign turned, a transpose dropped, factors swapped or left out fails its tests.

Mutants are made of the text of a rule. One that cannot be read, has other shapes or the same normal form is no mutant.
"""

from __future__ import annotations

import dataclasses
import random
import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import test_rulebook
from operands import SIZES, free, operands, values_of

from matcalc import CertificateError, MatcalcError, NotDifferentiable, UsageError, derive
from matcalc.algebra import fun, transpose
from matcalc.algebra.node import Expr, sym
from matcalc.book import rules as rulebook
from matcalc.book.sizes import dim
from matcalc.numbers.evaluate import evaluate
from matcalc.numbers.sampling.random_points import sample
from matcalc.reading.alone import read_expression
from matcalc.simplify.identities import Identity, read_identity

MOST = 4
RULES = {name: rule for name in rulebook.names() if (rule := rulebook.find(name)) is not None}
FIELDS = ("derivative", "d", "function", "jacobian", "means")
TOKEN = re.compile(r"\s*(\.\*|\.\^|\./|[A-Za-z_][A-Za-z_0-9]*|[0-9.]+|\S)")
TIMES = ("*", ".*")
ENDS = ("+", "-", *TIMES, "/", "./", ",")


# What a slip leaves true: functions of one matrix commute.
RIGHT = {"powm_frechet(A,t,dA)+dt*powm(A,t)*logm(A)"}


# ------------------------------------------------------------------------------------------------ mutants


def mutants(text: str) -> Iterator[tuple[str, str]]:
    """(what was done, the text with one slip of the pen)."""
    tokens = TOKEN.findall(text)
    for k, token in enumerate(tokens):
        before = tokens[k - 1] if k else "("
        if token in "+-" and before not in ("(", ",", "^", ".^", *TIMES):
            yield "sign", _joined(tokens[:k], "-" if token == "+" else "+", tokens[k + 1 :])
        elif token == "-":
            yield "sign", _joined(tokens[:k], tokens[k + 1 :])
        if token == "T" and before == "^":
            yield "transpose", _joined(tokens[: k - 1], tokens[k + 1 :])
        if token in TIMES:
            start, end = _factor_before(tokens, k), _factor_after(tokens, k)
            yield "swap", _joined(tokens[:start], tokens[k + 1 : end], token, tokens[start:k], tokens[end:])
            yield "left factor", _joined(tokens[:start], tokens[k + 1 :])
            yield "right factor", _joined(tokens[:k], tokens[end:])
        if token in ("/", "./"):
            yield "divisor", _joined(tokens[:k], tokens[_factor_after(tokens, k) :])
    yield "whole sign", f"-({text})"
    yield "whole factor", f"2*({text})"


def _joined(*parts: list[str] | str) -> str:
    return "".join(t for part in parts for t in ([part] if isinstance(part, str) else part))


def _factor_before(tokens: list[str], k: int) -> int:
    """Where the factor that ends before position k starts."""
    depth, at = 0, k
    while at:
        token = tokens[at - 1]
        depth += (token == ")") - (token == "(")
        signed_exponent = token == "-" and at > 1 and tokens[at - 2] in ("^", ".^")
        if depth < 0 or not depth and token in ENDS and not signed_exponent:
            break
        at -= 1
    return at


def _factor_after(tokens: list[str], k: int) -> int:
    """Where the factor that starts after position k ends."""
    depth, at = 0, k + 1
    while at < len(tokens):
        token = tokens[at]
        depth += (token == "(") - (token == ")")
        signed = token == "-" and tokens[at - 1] in ("^", ".^", tokens[k])
        if depth < 0 or not depth and token in ENDS and not signed:
            break
        at += 1
    return at


def _read_again(rule: rulebook.Rule, field: str, text: str) -> Expr | None:
    """The text as an expression in the rule's parameters; None where it cannot be read."""
    try:
        return _form(with_field(rule, field, text), field)
    except (MatcalcError, ValueError):
        return None


def with_field(rule: rulebook.Rule, field: str, text: str) -> rulebook.Rule:
    changed: dict[str, Any] = {field: text}
    return dataclasses.replace(rule, **changed)


def _form(rule: rulebook.Rule, field: str) -> Expr:
    names = {v.data.name: v for p in rule.params for v in _parameter(p)}
    return read_expression(getattr(rule, field), names)


def _parameter(p: rulebook.Param) -> list[Expr]:
    return [sym(prefix + p.name, (dim(p.shape[0]), dim(p.shape[1]))) for prefix in ("", "d")]


def _mutated() -> Iterator[Any]:
    """Some of the mutants of every rule, of every sort."""
    for rule in RULES.values():
        for field in FIELDS:
            text = getattr(rule, field)
            original = _form(rule, field) if text else None
            if original is None:
                continue
            found: dict[Expr, tuple[str, str]] = {}
            for what, slip in mutants(text):
                made = _read_again(rule, field, slip)
                if made is not None and made is not original and made.shape == original.shape and slip not in RIGHT:
                    found.setdefault(made, (what, slip))
            for what, slip in chosen(list(found.values()), rule.name):
                yield pytest.param(with_field(rule, field, slip), field, id=f"{rule.name}-{field}-{what}: {slip}")


def chosen(found: list[tuple[str, str]], seed: str) -> list[tuple[str, str]]:
    """At most MOST of them: one of each sort first."""
    rng = random.Random(seed)
    rng.shuffle(found)
    sorts: dict[str, int] = {}
    ranked = []
    for what, slip in found:
        sorts[what] = sorts.get(what, 0) + 1
        ranked.append((sorts[what], what.startswith("whole"), what, slip))
    return [(what, slip) for *_, what, slip in sorted(ranked)[:MOST]]


# ------------------------------------------------------------------------------------- the tests of a rule


def check(rule: rulebook.Rule, field: str) -> None:
    """Raises AssertionError unless the field says what the function does."""
    if field == "means":
        test_rulebook.test_meaning_in_simpler_terms(rule)
    elif field == "d" and rule.kind == "matrix function":
        _check_differential(rule)
    elif field in ("function", "jacobian") or fun(rule.name, *free(rule)).op != rule.name:
        _check_by_itself(rule, field)
    else:
        test_rulebook.test_differential_is_the_slope(rule)


def _check_by_itself(rule: rulebook.Rule, field: str) -> None:
    """The field's own value against the slope of the function, at a matrix without symmetry."""
    args = free(rule)
    values: dict[str, Any] = values_of(operands(rule), "unit" if rule.domain == "x > -1" else "normal")
    a = args[-1 if rule.adjoint and field == "jacobian" else 0]
    for square in (v for v in args if v.shape[0] == v.shape[1] and not v.is_scalar):
        values[square.data.name] = _with_positive_eigenvalues(SIZES[str(square.shape[0])])
    direction = np.random.default_rng(2).standard_normal(np.shape(values[a.data.name]))
    form, whole = _form(rule, field), fun(rule.name, *args)
    (claimed,) = evaluate([form], {**values, f"d{a.data.name}": direction}, SIZES)
    h = 1e-5
    above, below = (evaluate([whole], {**values, a.data.name: values[a.data.name] + s * h * direction}, SIZES)[0] for s in (1, -1))
    slope = (above - below) / (2 * h)
    if field == "function":
        claimed, slope = np.trace(claimed @ direction), np.trace(slope)
    if field == "derivative":
        claimed = claimed * direction
    if field == "jacobian":
        claimed, slope = claimed @ direction.ravel(order="F"), slope.ravel(order="F")
    np.testing.assert_allclose(claimed, slope, rtol=1e-5, atol=1e-6)


def _check_differential(rule: rulebook.Rule) -> None:
    """The differential of a matrix function by each of its parameters, at a matrix without symmetry."""
    args = free(rule)
    values: dict[str, Any] = {**values_of(args, "normal"), args[0].data.name: _with_positive_eigenvalues(SIZES["n"])}
    for k, a in enumerate(args):
        name = a.data.name
        direction = np.random.default_rng(2).standard_normal(np.shape(values[name]))
        d = test_rulebook.change(rule, args, k, sym("V", a.shape))
        moved = [{**values, name: values[name] + s * 1e-5 * direction} for s in (1, -1)]
        (claimed,) = evaluate([d], {**values, "V": direction}, SIZES)
        above, below = (evaluate([fun(rule.name, *args)], v, SIZES)[0] for v in moved)
        np.testing.assert_allclose(claimed, (above - below) / 2e-5, rtol=1e-5, atol=1e-6)


def _with_positive_eigenvalues(n: int) -> Any:
    rng = np.random.default_rng(3)
    vectors = np.eye(n) + 0.3 * rng.standard_normal((n, n))
    return vectors @ np.diag(rng.uniform(0.5, 2, n)) @ np.linalg.inv(vectors)


MUTANTS = list(_mutated())
PRESENT = [pytest.param(r, f, id=f"{r.name}-{f}") for r in RULES.values() for f in FIELDS if getattr(r, f)]


@pytest.mark.parametrize(("rule", "field"), PRESENT)
def test_the_rule_as_it_stands_passes(rule: rulebook.Rule, field: str) -> None:
    check(rule, field)


@pytest.mark.parametrize(("rule", "field"), MUTANTS)
def test_a_mutant_of_a_rule_fails(rule: rulebook.Rule, field: str) -> None:
    with rulebook.use(rulebook.in_use().with_rules(rule)), pytest.raises((AssertionError, UsageError)):
        check(rule, field)


# --------------------------------------------------------------------------------- the certificate catches it


def _used() -> Iterator[Any]:
    """The mutants of what a derivative is made of: the rules that no builder writes in terms of others."""
    for param in MUTANTS:
        rule, field = param.values
        if field != "means" and fun(rule.name, *free(rule)).op == rule.name:
            yield param


def request_for(rule: rulebook.Rule, field: str) -> tuple[str, dict[str, str]]:
    """A request whose answer needs the field: of a function known by its trace, that of its trace."""
    shapes = {p.name: " ".join(s for s in p.shape if s != "1") for p in rule.params if not p.counts}
    by = f"({','.join(shapes)})" if len(shapes) > 1 else rule.params[0].name
    if field == "jacobian" and rule.adjoint:
        by = rule.params[-1].name
    value = f"{rule.name}({','.join('2' if p.counts else p.name for p in rule.params)})"
    if field == "function":
        return f"d tr({value})/d{rule.params[0].name}", shapes
    return f"d {value if rule.value != ('1', '1') else f'2*{value}'}/d{by}", shapes


@pytest.mark.parametrize(("rule", "field"), list(_used()))
def test_a_mutant_of_a_rule_never_answers(rule: rulebook.Rule, field: str) -> None:
    request, variables = request_for(rule, field)
    form = "vec" if field == "jacobian" and (rule.adjoint or rule.kind == "matrix function") else "auto"
    derive(request, variables=variables, form=form)
    with rulebook.use(rulebook.in_use().with_rules(rule)), pytest.raises((CertificateError, NotDifferentiable, UsageError)):
        derive(request, variables=variables, form=form)


# ----------------------------------------------------------------------------------------------- identities


def _with_right(table: rulebook.Table, right: str) -> rulebook.Table:
    return dataclasses.replace(table, says={**table.says, "right": right})


def _mutated_identities() -> Iterator[Any]:
    """Some of the mutants of the right side of every identity."""
    for table in rulebook.in_use().identities:
        original = next(iter(read_identity(table)))
        found: dict[Expr, tuple[str, str]] = {}
        for what, slip in mutants(str(table.says["right"])):
            try:
                made = next(iter(read_identity(_with_right(table, slip))))
            except (MatcalcError, ValueError):
                continue
            if made.right is not original.right and made.right.shape == original.left.shape:
                found.setdefault(made.right, (what, slip))
        for what, slip in chosen(list(found.values()), original.name):
            yield pytest.param(_with_right(table, slip), id=f"{original.name}-{what}: {slip}")


@pytest.mark.parametrize("table", list(_mutated_identities()))
def test_a_mutant_of_an_identity_fails(table: rulebook.Table) -> None:
    mutant: Identity = next(iter(read_identity(table)))
    with pytest.raises(AssertionError):
        test_rulebook.test_identity_holds(mutant)


# ------------------------------------------------------------------------------------------ the mutants made


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "-A^-1*dA*A^-1",
            {"A^-1*dA*A^-1", "-A^1*dA*A^-1", "-A^-1*dA*A^1", "-dA*A^-1*A^-1", "-dA*A^-1", "-A^-1*A^-1", "-A^-1*A^-1*dA", "-A^-1*dA"},
        ),
        ("x^T*dx/norm2(x)", {"x*dx/norm2(x)", "dx*x^T/norm2(x)", "dx/norm2(x)", "x^T/norm2(x)", "x^T*dx"}),
        ("1 - tanh(x).^2", {"1+tanh(x).^2"}),
        ("f(x).*(1 - f(x))", {"f(x).*(1+f(x))", "(1-f(x)).*f(x)", "(1-f(x))", "f(x)"}),
        ("-(1 - x.^2).^(-1/2)", {"(1-x.^2).^(-1/2)", "-(1+x.^2).^(-1/2)", "-(1-x.^2).^(1/2)", "-(1-x.^2).^(-1)"}),
    ],
)
def test_slips_of_the_pen(text: str, expected: set[str]) -> None:
    assert {slip for what, slip in mutants(text) if not what.startswith("whole")} == expected


def test_there_are_mutants_of_every_rule_with_a_formula() -> None:
    constant = {"sign", "heaviside"}
    mutated_rules = {param.values[0].name for param in MUTANTS}
    assert mutated_rules == {r.name for r in RULES.values() if any(getattr(r, f) for f in FIELDS)} - constant


def test_samples_are_no_special_case() -> None:
    """A transpose that is dropped shows only at a matrix without symmetry."""
    a = _with_positive_eigenvalues(4)
    assert np.max(np.abs(a - a.T)) > 0.05
    assert np.all(np.linalg.eigvals(a).real > 0)
    (v,) = free(RULES["inv"])
    plain = sample(v, SIZES, "normal", np.random.default_rng(1))
    assert np.max(np.abs(plain - plain.T)) > 0.05
    assert transpose(v) is not v
