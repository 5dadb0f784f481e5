"""Identities of the rule book: for scalars as for arrays, and refused where the right side is not bound by the left."""

from __future__ import annotations

import numpy as np
import pytest
from contraction import VARIABLES, entries, sampled, symbols

from matcalc import Derivative, UsageError, derive
from matcalc.algebra.node import sym
from matcalc.algebra.walk import in_order
from matcalc.book.rules import Table, in_use
from matcalc.book.sizes import ONE, dim
from matcalc.reading.alone import read_expression
from matcalc.simplify.identities import Bindings, identities, match, read_identity, waits_for
from matcalc.simplify.simplify import simplify


def table(left: str, right: str, args: str = "x: m x n") -> Table:
    return Table({"name": "of a test", "args": args.split(", "), "left": left, "right": right, "source": "nobody"}, "my.toml")


@pytest.mark.parametrize("identity", identities(), ids=lambda i: f"{i.name}, {'scalar' if i.left.is_scalar else 'array'}")
def test_both_sides_have_one_shape(identity: object) -> None:
    assert identity.left.shape == identity.right.shape  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("left", "right", "args", "missing"),
    [
        ("sum(sin(x))", "sum(x)*sum(eye(p))", "x: n", "p"),
        ("sum(sin(x))", "sum(ones(p))", "x: n", "p"),
        ("sum(A)", "sum(K(p,q))", "A: m x n", "p, q"),
        ("sum(x)", "x^T*y", "x: n, y: n", "y"),
    ],
)
def test_a_right_side_that_the_left_does_not_bind_is_refused(left: str, right: str, args: str, missing: str) -> None:
    with pytest.raises(UsageError, match=f"of a test: the left side does not tell {missing} of the right side"):
        list(read_identity(table(left, right, args)))


@pytest.mark.parametrize("table", in_use().identities, ids=lambda t: str(t.says["name"]))
def test_an_identity_of_scalars_is_what_is_read_of_scalars(table: Table) -> None:
    for i in read_identity(table):
        if i.left.is_scalar and i.name == table.says["name"] and all(n.is_scalar for n in in_order([i.left])):
            numbers = {letter: sym(letter, (ONE, ONE)) for letter in i.letters}
            assert i.left is read_expression(table.says["left"], numbers)


@pytest.mark.parametrize("table", in_use().identities, ids=lambda t: str(t.says["name"]))
def test_an_identity_waits_for_operations_that_its_left_side_has(table: Table) -> None:
    held = [{n.op for n in in_order([i.left])} for i in read_identity(table)]
    assert all(group & operations for group in waits_for(table) for operations in held)


def test_identities_of_sums_and_named_functions_wait_until_these_are_met() -> None:
    power = {"pow", "epow"}
    assert waits_for(table("(eye(n) + x*x^T)^-1*x", "x/(1 + x^T*x)", "x: n")) == {frozenset({"add"}), frozenset(power)}
    assert waits_for(table("det(A)*tr(A)", "tr(adj(A))", "A: n x n")) == {frozenset({"det"}), frozenset({"tr"})}
    assert waits_for(table("diag(u)*tril(ones(n,n))*diag(v)", "tril(u*v^T)", "u: n, v: n")) == {frozenset({"diag"})}
    of_a_user = Table({"left": "(tr(A) + sin(A))^-1"}, "my.toml", 3)
    assert waits_for(of_a_user) == {frozenset({"sin"})}


def test_sides_of_two_shapes_are_refused() -> None:
    with pytest.raises(UsageError, match="of a test: the left side is m x n, the right side scalar"):
        list(read_identity(table("sin(x)", "1")))


@pytest.mark.parametrize("right", ["m*n*ones(m,n)", "m*x - m*x + n"])
def test_a_scalar_right_side_holds_no_size(right: str) -> None:
    found = {i.left.is_scalar: i.right for i in read_identity(table("sin(x).^2 + cos(x).^2", right))}
    assert found[True] is read_expression("1", {})


SQUARES = [
    ("x^T*(sin(c)^2+cos(c)^2)*x", "c", 1, "0", ["1", "1"]),
    ("t^2*sin(c)^2+t^2*cos(c)^2", "c", 1, "0", ["1", "1"]),
    ("t^2*sin(c)^2+t^2*cos(c)^2", "t", 1, "2*t", ["1", "1"]),
    ("log(sin(c)^2+cos(c)^2)", "c", 1, "0", ["1", "1"]),
    ("(sin(c)^2+cos(c)^2)*x", "x", 1, "eye(n)", ["n", "n"]),
    ("((t*sin(c))^2+(t*cos(c))^2)", "t", 2, "2", ["1", "1"]),
    ("sqrt((t*sin(c))^2+(t*cos(c))^2)", "t", 1, "t/sqrt(t^2)", ["1", "1"]),
    ("sum(sin(x).^2 + cos(x).^2)", "x", 1, "zeros(n)", ["n", "1"]),
    ("y^T*(y.*(sin(x).^2 + cos(x).^2))", "y", 1, "2*y", ["n", "1"]),
]


@pytest.mark.parametrize("check", [True, False])
@pytest.mark.parametrize(("expr", "wrt", "order", "text", "shape"), SQUARES)
def test_squares_of_sine_and_cosine_are_one_of_their_shape(
    expr: str, wrt: str, order: int, text: str, shape: list[str], check: bool
) -> None:
    found = derive(expr, wrt=wrt, order=order, variables={"x": "n", "y": "n", "c": "", "t": ""}, check=check)
    assert isinstance(found, Derivative)
    assert (found.text, list(found.shape)) == (text, shape)


@pytest.mark.parametrize(
    "text",
    ["sign(Y).*Y^2", "sign(Y).*Y^-1", "heaviside(Y).*Y^3", "Y^2.*relu(Y)", "Y^2.*sign(Y) + Z", "sinh(Y)^2.*cosh(Y).^-1", "sign(Y)^2.*Y",
     "exp(Y)^2.*sigmoid(-Y)", "sin(Y)^2 + cos(Y)^2", "sin(Y)^2.*cos(Y).^-1", "heaviside(Y)^2", "diag(sign(x))*Y^2.*sign(Y)"],
)  # fmt: skip
def test_a_power_of_a_matrix_is_no_power_entry_by_entry(text: str) -> None:
    e = read_expression(text, VARIABLES)
    values = sampled(symbols(e))
    np.testing.assert_allclose(entries(simplify(e), values), entries(e, values), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(("text", "is_matched"), [("expm(A*B^-1)", True), ("expm(B*A^-1)", True), ("expm(A^-1*B)", False)])
def test_the_factors_of_a_pattern_stand_in_their_order(text: str, is_matched: bool) -> None:
    n = dim("n")
    square = {name: sym(name, (n, n)) for name in "ABYZ"}
    pattern, e = read_expression("expm(Y*Z^-1)", square), read_expression(text, square)
    found = match(pattern, e, Bindings({}, {}), frozenset("YZ"))
    assert (found is not None) is is_matched
