"""Formulas in the markup of Typst: what is printed, and that Typst reads it."""

from __future__ import annotations

import importlib.util
import json

import pytest
from places import CORPUS_FOLDER

from matcalc import Derivative, derive
from matcalc.book import rules as rulebook
from matcalc.book.letters import quoted
from matcalc.printing.forms import Form, name
from matcalc.printing.index import shown
from matcalc.printing.notations.typst import TYPST, typst, typst_name

SAMPLE = CORPUS_FOLDER / "sample.jsonl"
CASES = [json.loads(line) for line in SAMPLE.read_text(encoding="utf-8").splitlines()]
needs_typst = pytest.mark.skipif(importlib.util.find_spec("typst") is None, reason="needs the extra `sheets`")


def compiled(*formulas: str) -> bytes:
    import typst as typesetter

    source = "\n\n".join(f"$ {f} $" for f in formulas)
    made: bytes = typesetter.compile(source.encode(), format="svg")
    return made


def printed(request: str, form: str = "auto") -> str:
    found = derive(request, check=False, form=form)
    assert isinstance(found, Derivative)
    return typst(found.expr) if found.expr is not None else TYPST.with_parts(*shown(found.terms))


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        ("d tr(A X B)/dX", "A^⊤ B^⊤"),
        ("d log(det(X))/dX", "X^(-⊤)"),
        ("d x'*A*x/(x'*x)/dx", "frac((A + A^⊤) x, x^⊤ x) - frac(2 (x^⊤ A x) x, (x^⊤ x)^(2))"),
        ("d norm2(x)/dx", "frac(x, lr(‖ x ‖)_2)"),
        ("d sum(sqrt(x))/dx", r"frac(x^(∘ -1\/2), 2)"),
        ("d sum(A .* X ./ B)/dX", "A ⊘ B"),
        ("d kron(x, a)/dx", "I_(n) ⊗ a^⊤"),
        ("d dot(alpha1*x, y)/dx", "α_(1) y"),
        ("d sum(exp(x) .* [1; 2])/dx", 'mat(delim: "[", op("exp")(x_(1)); 2 op("exp")(x_(2)))'),
    ],
)
def test_printed(request_: str, expected: str) -> None:
    assert printed(request_) == expected


@pytest.mark.parametrize(
    ("variable", "expected"),
    [
        ("x", "x"),
        ("W1", "W_(1)"),
        ("alpha", "α"),
        ("x_max", 'x_(upright("max"))'),
        ("loss", 'upright("loss")'),
        ("dX", 'upright("d")X'),
        ("varphi", "φ"),
        ("x_1_2", r"x_(1\, 2)"),
    ],
)
def test_names(variable: str, expected: str) -> None:
    assert typst_name(variable) == expected


def test_a_string_cannot_be_left() -> None:
    assert quoted('a"b\\') == '"a\\"b\\\\"'


def applied(function: str) -> str:
    rule = rulebook.find(function)
    assert rule is not None
    return TYPST.render(Form("apply", tuple(name(p.name) for p in rule.params), function))


@pytest.mark.parametrize("function", rulebook.names())
def test_every_function_of_the_rule_book_uses_its_template(function: str) -> None:
    rule = rulebook.find(function)
    assert rule is not None
    made = applied(function)
    assert "\\left" not in made
    assert "operatorname" not in made
    assert made.count("(") == made.count(")")
    if "^" in rule.latex or "lVert" in rule.latex or "langle" in rule.latex:
        assert f'op("{function}")' not in made


@needs_typst
def test_typst_reads_every_function() -> None:
    assert compiled(*map(applied, rulebook.names()))


@needs_typst
def test_typst_reads_the_answers_to_the_sample() -> None:
    formulas = []
    for case in CASES:
        asked = {key: case[key] for key in ("order", "wrt2", "attrs") if key in case}
        for form in ("auto", "index"):
            found = derive(case["expr"], wrt=case["wrt"], variables=case["vars"], check=False, form=form, **asked)
            assert isinstance(found, Derivative)
            formulas.append(typst(found.expr) if found.expr is not None else TYPST.with_parts(*shown(found.terms)))
    assert compiled(*formulas)


def test_a_derivation() -> None:
    found = derive("d tr(A X B)/dX", check=False)
    assert isinstance(found, Derivative)
    assert found.derivation("typst").splitlines() == [
        "#derivation(",
        '  ($f$, $= op("tr")(A X B)$, "the function"),',
        '  ($upright("d")f$, $= op("tr")(A thin upright("d")X thin B)$, "linearity"),',
        '  ($$, $= op("tr")(B A thin upright("d")X)$, "cyclic property of the trace"),',
        '  ($frac(∂ f, ∂ X)$, $= A^⊤ B^⊤$, "first identification theorem"),',
        ")",
    ]


DERIVED = {
    "d (A*x)/dx": "auto",
    "d A*X*B/dX": "index",
    "d^2 (x^T*S*x)/dx^2": "auto",
    "d A*X/dX": "vec",
    "d X*A/dX[1,:]": "auto",
    "d softmax(x)/dx": "auto",
    "d sum((W2*tanh(W1*x) - y).^2)/dW1": "auto",
    "d (W*x)/dW": "differential",
}


@needs_typst
def test_typst_reads_derivations() -> None:
    import typst as typesetter

    found = [derive(request, check=False, form=form) for request, form in DERIVED.items()]
    told = "\n".join(d.derivation("typst") for d in found if isinstance(d, Derivative))
    assert told.count("#derivation(") == len(DERIVED)
    assert typesetter.compile(f"#let derivation(..lines) = for line in lines.pos() {{ par(line.join()) }}\n{told}".encode(), format="svg")


@needs_typst
def test_typst_refuses_what_is_no_formula() -> None:
    with pytest.raises(RuntimeError):
        compiled("A ^ nonsense(")
