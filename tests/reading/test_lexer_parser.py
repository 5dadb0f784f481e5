"""The spellings of the notation: every one parses to the tree of its plain form, written here with full parentheses."""

from __future__ import annotations

import pytest

from matcalc.errors import ParseError
from matcalc.reading.grammar.parser import parse
from matcalc.reading.grammar.syntax import ArrayLiteral, Bars, Binary, Call, Index, Listing, Name, Negation, Number, Syntax, Transposition
from matcalc.reading.inference.scope import Scope
from matcalc.reading.lexer import lex

SIGNS = {
    "dot": "*",
    "add": "+", "subtract": "-", "multiply": "*", "divide": "/", "had": ".*", "quotient": "./", "kron": "⊗", "matmul": "@",
    "solve": "\\", "power": "^", "epow": ".^",
}  # fmt: skip


def shown(node: Syntax) -> str:  # noqa: C901 - one case a node
    match node:
        case Number():
            return node.text
        case Name():
            return node.name
        case Negation():
            return f"(-{shown(node.operand)})"
        case Transposition():
            return f"{shown(node.operand)}'"
        case Binary():
            return f"({shown(node.left)}{SIGNS[node.op]}{shown(node.right)})"
        case Call():
            return f"{node.name}{chr(39) * node.primes}({','.join(map(shown, node.args))})"
        case Index():
            return f"{shown(node.base)}[{','.join(map(shown, node.indices))}]"
        case ArrayLiteral():
            return f"[{';'.join(','.join(map(shown, row)) for row in node.rows)}]"
        case Bars():
            return f"norm{node.subscript}({shown(node.operand)})" if node.double else f"bar({shown(node.operand)})"
        case Listing():
            return ",".join(map(shown, node.items))
        case _:
            raise AssertionError(f"{type(node).__name__} is not shown")


def tree(text: str) -> Syntax:
    scope = Scope()
    lexed = lex(text)
    scope.note_bare(lexed.tokens)
    return parse(lexed.tokens, text, scope, lexed.numpy).tree


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A*B*c", "((A*B)*c)"),
        ("a-b-c", "((a-b)-c)"),
        ("√x*y", "((x.^0.5)*y)"),
        ("2 √x y", "((2*(x.^0.5))*y)"),
        ("x/√(x+y)", "(x/((x+y).^0.5))"),
        ("√2", "(2.^0.5)"),
        ("√x − y", "((x.^0.5)-y)"),
        ("a/b*c", "((a/b)*c)"),
        ("a+b*c", "(a+(b*c))"),
        ("a*b.*c./d", "(((a*b).*c)./d)"),
        ("A ⊗ B*C", "((A⊗B)*C)"),
        ("-x^2", "(-(x^2))"),
        ("-a*b", "((-a)*b)"),
        ("a*-b", "(a*(-b))"),
        ("a--b", "(a-(-b))"),
        ("+a", "a"),
        ("x^-2*y", "((x^(-2))*y)"),
        ("x.^2'", "(x.^2)'"),
        ("2*x.^2", "(2*(x.^2))"),
        ("x.^n*y", "((x.^n)*y)"),
        ("e^-x.*y", "((e^(-x)).*y)"),
        ("(a+b)*c", "((a+b)*c)"),
        ("a*(b*c)", "(a*(b*c))"),
        ("A^(k-1)", "(A^(k-1))"),
        ("A\\b", "(A\\b)"),
        ("x[1]^2", "(x[1]^2)"),
        ("x^x[2]", "(x^x[2])"),
        ("x.^2[1]", "(x.^2)[1]"),
        ("A^T[1,2]", "A'[1,2]"),
        ("[a, b; c, d]'", "[a,b;c,d]'"),
    ],
)
def test_precedence(text: str, expected: str) -> None:
    assert shown(tree(text)) == expected


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("x' A x", "x^T*A*x"),
        ("2x' x", "2*x^T*x"),
        ("A.'", "A^T"),
        ("X.T", "X^T"),
        ("Xᵀ", "X^T"),
        ("X⊤", "X^T"),
        ("X^⊤", "X^T"),
        ("A^{\\top}", "A^T"),
        ("A^{T}", "A^T"),
        ("A′", "A^T"),
        ("X⁻¹", "X^-1"),
        ("A^{-1}", "A^-1"),
        ("X²", "X^2"),
        ("Xᵏ", "X^k"),
        ("X⁻ᵀ", "(X^-1)^T"),
        ("A^-T x", "(A^-1)^T*x"),
        ("A^{-T}", "(A^-1)^T"),
        ("A·B", "A*B"),
        ("A × B", "A*B"),
        ("a − b", "a-b"),
        ("x ⊙ y", "x.*y"),
        ("x ∘ y", "x.*y"),
        ("x ⊘ y", "x./y"),
        ("x**2", "x^2"),
        ("‖x‖₂", "||x||_2"),
        ("\\|x\\|_{2}", "||x||_2"),
        ("\\lVert x\\rVert_F", "||x||_F"),
        ("W₁ x", "W1*x"),
        ("x_{ij}", "x_ij"),
        ("𝟙^T x", "𝟏^T x"),
        ("\\mathbf{1}^\\top x", "𝟏^T*x"),
        ("\\frac{1}{2} x^\\top A x", "(1/2)*x^T*A*x"),
        ("\\operatorname{tr}\\left(A X\\right)", "tr(A*X)"),
        ("\\log\\det(X)", "log(det(X))"),
        ("\\sqrt{x}", "sqrt(x)"),
        ("\\alpha\\, A \\otimes \\mathbf{B}", "alpha*A⊗B"),
        ("\\boldsymbol{\\beta}^{\\mathsf T}", "beta^T"),
        ("np.trace(A @ X.T)", "trace(A @ X^T)"),
        ("numpy.linalg.inv(X)", "inv(X)"),
        ("log det(X)", "log(det(X))"),
        ("tr A^2 + c", "tr(A^2)+c"),
        ("log |X|", "log(|X|)"),
        ("2|X||Y|", "2*|X|*|Y|"),
        ("||x|| ||y||", "||x||*||y||"),
        ("|||x|||", "|| (|x|) ||"),
        ("W (x+b)", "W*(x+b)"),
        ("A(B+C)'", "A*(B+C)^T"),
        ("W_1(x+b)^2", "W_1*(x+b)^2"),
        ("lambda(x^T x-1)", "lambda*(x^T*x-1)"),
        ("c + c(x+y)", "c+c*(x+y)"),
        ("x (y^T z)", "x*(y^T*z)"),
        ("A\\b", "A \\ b"),
        ("1./x + 2.*x + .5x", "1 ./ x + 2 .* x + .5*x"),
    ],
)
def test_spelling(text: str, plain: str) -> None:
    assert shown(tree(text)) == shown(tree(plain))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tr(A)", "tr(A)"),
        ("f(x)", "f(x)"),
        ("foo(x, y)", "foo(x,y)"),
        ("sigma(W x)", "sigma((W*x))"),
        ("Foo(x)", "Foo(x)"),
        ("K(m,n)*x", "(K(m,n)*x)"),
        ("K (z - H x)", "(K*(z-(H*x)))"),
        ("I(n)", "I(n)"),
        ("I(A+B)", "(I*(A+B))"),
        ("ones(2*n)", "ones((2*n))"),
    ],
)
def test_call_or_product(text: str, expected: str) -> None:
    assert shown(tree(text)) == expected


@pytest.mark.parametrize(
    ("text", "numpy"), [("np.sum(A*B)", True), ("A @ B", True), ("numpy.exp(x)", True), ("X.T", False), ("A*B", False)]
)
def test_numpy_mode(text: str, numpy: bool) -> None:
    assert lex(text).numpy is numpy


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("alpha_1x", "name"),
        ("Σx", "name"),
        ("X²", "name sup"),
        ("2e3x", "number name"),
        ("2e", "number name"),
        ("x.T", "name op"),
        ("x.Ty", "name method"),
        ("x_1_", "name"),
        ("0.1.^x", "number op name"),
    ],
)
def test_tokens(text: str, kinds: str | None) -> None:
    if kinds is None:
        with pytest.raises(ParseError):
            lex(text)
    else:
        assert " ".join(t.kind for t in lex(text).tokens[:-1]) == kinds


def test_spans_point_into_the_text() -> None:
    text = "tr(A X) + 2 ||x - b||"
    node = tree(text)
    assert isinstance(node, Binary)
    assert text[slice(*node.span)] == text
    assert text[slice(*node.at)] == "+"
    assert text[slice(*node.left.span)] == "tr(A X)"
    assert isinstance(node.right, Binary)
    assert text[slice(*node.right.right.span)] == "||x - b||"
