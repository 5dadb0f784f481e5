"""Julia code: what is printed, and that it is Julia where a parser of it is installed."""

from __future__ import annotations

from typing import Any

import pytest

from matcalc import codegen
from matcalc.algebra.entries import IndexTerm
from matcalc.algebra.node import const, sym
from matcalc.answers.derivative import Derivative
from matcalc.answers.derive import derive
from matcalc.answers.programs.source import source
from matcalc.book import rules as rulebook
from matcalc.book.sizes import ONE, dim

REQUESTS = [
    "d tr(A*X*B)/dX", "d ||A*x - b||^2/dx", "d^2 logdet(X)/dX^2", "d (X*A*X)/dX", "d^2 logsumexp(A*x)/dx^2", "d softmax(x)/dx",
    "d x/||x||/dx", "d tr(X^4)/dX", "d (c*x + b)/dc", "d sum(x./y)/dy", "d vec(X*B)/dX", "d x[2]*sum(x)/dx", "d svec_left(X,1)/dX",
    "d lambda_max(S)/dS",
]  # fmt: skip


def one(request: str, **options: Any) -> Derivative:
    found = derive(request, **{"check": False, **options})
    assert isinstance(found, Derivative)
    return found


def returned(request: str, **options: Any) -> str:
    """What the function returns."""
    lines = one(request, **options).code("julia").splitlines()
    return next(line.strip().removeprefix("return ") for line in reversed(lines) if line.strip().startswith("return "))


@pytest.mark.parametrize(
    ("request_", "told"),
    [
        ("d tr(A*X*B)/dX", "A'*B'"),
        ("d ||A*x - b||^2/dx", "2*(A'*(A*x - b))"),
        ("d sum(x./y)/dy", "-x ./ y .^ 2"),
        ("d x^T*A*y/dA", "x*y'"),
        ("d tr(X^-1*A)/dX", "-(X\\(X'\\A')')'"),
        ("d exp(x)/dx", "diagm(exp.(x))"),
        ("d sum(A*x)*c/dx", "c*vec(sum(A, dims=1))"),
        ("d c^2/dc", "2*c"),
    ],
)
def test_operations(request_: str, told: str) -> None:
    assert returned(request_) == told


@pytest.mark.parametrize("request_", REQUESTS)
@pytest.mark.parametrize("form", ["auto", "index"])
def test_a_parser_of_julia_reads_it(request_: str, form: str) -> None:
    tree_sitter, julia = pytest.importorskip("tree_sitter"), pytest.importorskip("tree_sitter_julia")
    code = one(request_, form=form).code("julia", documented=True)
    tree = tree_sitter.Parser(tree_sitter.Language(julia.language())).parse(code.encode())
    assert not tree.root_node.has_error, code


def test_arguments_are_checked() -> None:
    code = one("d ||A*x - b||^2/dx").code("julia")
    assert 'throw(DimensionMismatch("expected shapes A: m x n, x: n, b: m, got $(size(A)), $(size(x)), $(size(b))"))' in code
    assert "    x = vec(x)\n" in code


@pytest.mark.parametrize(
    ("request_", "give", "told"),
    [
        ("d ||X*w - y||^2/dw", "hvp", "function hvp(X, w=nothing, y=nothing; v)"),
        ("d a^T*x/dx", "hvp", "function hvp(a, x=nothing; v=nothing)"),
        ("d A*x/dx", "jvp", "function jvp(A, x=nothing; v)"),
    ],
)
def test_what_the_value_does_not_depend_on_may_be_left_out(request_: str, give: str, told: str) -> None:
    assert told in source([one(request_)], give, "julia").splitlines()


def test_a_delta_is_one_loop() -> None:
    code = one("d X^T*A*X/dX", form="index").code("julia")
    assert "for l in 1:m, r in 1:n, i in 1:n, j in 1:m\n" in code
    assert code.count("for ") == 2


@pytest.mark.parametrize("language", ["julia", "matlab", "mathematica"])
def test_of_an_axis_made_of_others_nothing_is_made_but_its_place(language: str) -> None:
    code = one("d kron(X,X)/dX", form="index").code(language)
    assert "(j - 1)*n + s" in code
    assert not any(name in code for name in ("eye(", "1.0I", "IdentityMatrix"))


def test_loops_fill_an_array_or_one_number() -> None:
    n = dim("n")
    x, y, z = (sym(name, (n, ONE)) for name in "xyz")
    term = IndexTerm(const(1), factors=((x, ("r",)), (y, ("r",)), (z, ("r",))), summed=("r",))
    number = codegen.module([codegen.index_function((term,), (), (x, y, z), (), codegen.DIALECTS["julia"])])
    assert number.splitlines()[-6:] == [
        "    t1 = zeros()", "    for r in 1:n", "        t1[] += x[r]*y[r]*z[r]", "    end", "    return t1[]", "end"
    ]  # fmt: skip
    assert one("d tr(A*X)/dX", form="index").code("julia").splitlines()[-6:] == [
        "    t1 = zeros(n, m)", "    for j in 1:m, i in 1:n", "        t1[i, j] += A[j, i]", "    end", "    return t1", "end"
    ]  # fmt: skip


def test_every_function_of_the_rule_book_has_code() -> None:
    missing = [name for name in rulebook.names() if (rule := rulebook.find(name)) is None or "julia" not in rule.code]
    assert missing == []
