"""The spellings of other tools: every line of every table reads as what stands beside it."""

from __future__ import annotations

import re
import time

import pytest

from matcalc import derive
from matcalc.algebra.node import Expr
from matcalc.errors import MatcalcError
from matcalc.reading.alone import parse_expression
from matcalc.reading.dialects.tools import TOOLS, WORDS, Line, lines_of, table

LINES = [(tool, line) for tool in TOOLS for line in lines_of(tool)]
SHAPES = {**dict.fromkeys("ABCWXYZ", "n n"), **dict.fromkeys("xyb", "n"), **dict.fromkeys("akpq", "")}
# The number 1 with a mark of the tool, for lines that have none by themselves.
ONE = {
    "numpy": "np.exp(0)", "jax": "jnp.exp(0)", "torch": "torch.exp(0)", "tensorflow": "tf.exp(0)", "sympy": "Determinant(1)",
    "r": "(1 %*% 1)", "mathematica": "Exp[0]",
}  # fmt: skip


def read(text: str, tool: str = "") -> Expr:
    text = f"{ONE[tool]}*({text})" if tool in ONE else text
    text = re.sub(r"\bf\b", "tanh", text)
    used = {name: shape for name, shape in SHAPES.items() if re.search(rf"(?<![A-Za-z0-9_]){name}(?![A-Za-z0-9_])", text)}
    return parse_expression(text, variables=used, attrs={"k": ["integer"]} if "k" in used else None)


@pytest.mark.parametrize(("tool", "line"), [p for p in LINES if not p[1].refused], ids=lambda p: p.theirs if isinstance(p, Line) else p)
def test_a_spelling_is_read_as_ours(tool: str, line: Line) -> None:
    assert read(line.theirs, tool) is read(line.ours)


@pytest.mark.parametrize(("tool", "line"), [p for p in LINES if p[1].refused], ids=lambda p: p.theirs if isinstance(p, Line) else p)
def test_a_spelling_that_means_something_else_is_refused(tool: str, line: Line) -> None:
    with pytest.raises(MatcalcError, match=re.escape(line.refused.partition("; ")[0])):
        read(line.theirs, tool)


def test_the_words_of_a_tool_stand_in_its_table() -> None:
    missing = {word: tool for word, tool in WORDS.items() if word not in table(tool) and f"{word}[" not in table(tool)}
    assert missing == {}


@pytest.mark.parametrize("line", lines_of("latex"), ids=lambda line: line.theirs)
def test_a_word_of_latex_is_read_as_ours(line: Line) -> None:
    used = {name: shape for name, shape in SHAPES.items() if re.search(rf"\b{name}\b", line.ours)}
    theirs = line.theirs if line.theirs.count("\\") or "{" in line.theirs else f"${line.theirs}$"
    assert parse_expression(theirs, variables=used) is read(line.ours)


NOTEBOOKS = [
    ("d np.sum((X @ w - y)**2)/dw", "d sum((X*w - y).^2)/dw"),
    ("d 0.5*np.dot(x, A @ x)/dx", "d x^T*A*x/2/dx"),
    ("d np.mean(np.log(1 + np.exp(-y * (X @ w))))/dw", "d mean(log(1 + exp(-y.*(X*w))))/dw"),
    ("d np.linalg.slogdet(X.T @ X)[1]/dX", "d logdet(X^T*X)/dX"),
    ("d np.sum(X * Y)/dX", "d sum(X.*Y)/dX"),
    ("d np.trace(X @ X @ A)/dX", "d tr(X*X*A)/dX"),
    ("d np.sum(np.maximum(A @ x, 0))/dx", "d sum(relu(A*x))/dx"),
    ("d np.sum(np.sum(X, axis=0)**2)/dX", "d sum(colsums(X).^2)/dX"),
    ("d ((X @ w - y)**2).mean()/dw", "d mean((X*w - y).^2)/dw"),
    ("d (A @ x).pow(2).sum()/dx", "d sum((A*x).^2)/dx"),
    ("d torch.logdet(X @ X.T)/dX", "d logdet(X*X^T)/dX"),
    ("d F.softplus(A @ x).sum()/dx", "d sum(softplus(A*x))/dx"),
    ("d F.mse_loss(W @ x, y)/dW", "d mean((W*x - y).^2)/dW"),
    ("d x.T @ x.exp()/dx", "d x^T*exp(x)/dx"),
    ("d torch.norm(A @ x - b)**2/dx", "d ||A*x - b||^2/dx"),
    ("d jnp.sum(jax.nn.log_softmax(A @ x) * y)/dx", "d y^T*logsoftmax(A*x)/dx"),
    ("d jax.scipy.special.logsumexp(A @ x)/dx", "d logsumexp(A*x)/dx"),
    ("d tf.reduce_mean(tf.square(tf.linalg.matvec(X, w) - y))/dw", "d mean((X*w - y).^2)/dw"),
    ("d Trace(A*X*X.T)/dX", "d tr(A*X*X^T)/dX"),
    ("d Trace(HadamardProduct(A, X))/dX", "d tr(A.*X)/dX"),
    ("d log(Determinant(X))/dX", "d logdet(X)/dX"),
    ("d (x.T*A*x)**2/dx", "d (x^T*A*x)^2/dx"),
    ("d X.det()/dX", "d det(X)/dX"),
    ("d norm(X, 'fro')^2/dX", "d ||X||_F^2/dX"),
    ("d sum(A(:))/dA", "d sum(A)/dA"),
    ("d trace(A*X'*B*X)/dX", "d tr(A*X^T*B*X)/dX"),
    ("d y'*(A\\y)/dA", "d y^T*A^-1*y/dA"),
    ("d sum(abs2, A*x - b)/dx", "d sum((A*x - b).^2)/dx"),
    ("d sum(log.(1 .+ exp.(A*x)))/dx", "d sum(log(1 + exp(A*x)))/dx"),
    ("d dot(x, A, x)/dx", "d x^T*A*x/dx"),
    ("d t(b) %*% crossprod(X) %*% b/db", "d b^T*X^T*X*b/db"),
    ("d sum((y - X %*% b)^2) + l*sum(b^2)/db", "d sum((y - X*b).^2) + l*sum(b.^2)/db"),
    ("d Tr[Inverse[X].A]/dX", "d tr(X^-1*A)/dX"),
    ("d Log[Det[X]]/dX", "d logdet(X)/dX"),
    ("d Total[Tanh[A.x + b]]/dx", "d sum(tanh(A*x + b))/dx"),
    ("d Norm[A.x - b]^2/dx", "d ||A*x - b||^2/dx"),
    ("d x.A.x/dx", "d x^T*A*x/dx"),
]


@pytest.mark.parametrize(("theirs", "ours"), NOTEBOOKS)
def test_a_line_of_a_notebook_has_the_answer_of_its_plain_twin(theirs: str, ours: str) -> None:
    shapes = {"A": "n n", "X": "n n", "Y": "n n", "B": "n n", "W": "n n", "w": "n", "x": "n", "y": "n", "b": "n", "l": ""}
    assert derive(theirs, variables=shapes).text == derive(ours, variables=shapes).text


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("d np.sum(X, axis=2)/dX", "sum is not read with the argument axis=2", "np.sum(X, axis=0)"),
        ("d np.linalg.norm(X, 'max')/dX", "norm is not read with the argument 'max'", "np.linalg.norm(X, 'fro')"),
        ("d torch.var(x)/dx", "torch.var divides by n - 1", "torch.var(x, correction=0)"),
        ("d sum(X, 1)/dX", "MATLAB adds up columns", "rowsums(X)"),
        ("d Trace(A*X) + np.sum(X)/dX", "* acts entry by entry in NumPy and SciPy", "write .* for the one"),
        ("d tr(X, 'a')/dX", "tr is not read with the argument 'a'", "leave the argument out"),
        ("d rank(X)/dX", "a rank has no derivative where it changes", ""),
    ],
)
def test_what_is_not_read_says_what_is(text: str, message: str, hint: str) -> None:
    with pytest.raises(MatcalcError) as caught:
        derive(text)
    assert message in caught.value.message
    assert hint in (caught.value.hint or "")


@pytest.mark.parametrize("nest", ["max(a, {})", "max({}, a)", "leaky_relu({}, 0.1)", "leaky_relu({})"])
def test_nested_spellings_do_not_grow(nest: str) -> None:
    text = "a"
    for _ in range(40):
        text = nest.format(text)
    parse_expression(text, variables={"a": ""})


def test_what_is_differentiable_but_for_ties_says_so() -> None:
    assert "no derivative where the largest entry of A*x is attained twice" in derive("d max(A*x)/dx").to_dict()["notes"]


@pytest.mark.parametrize("text", ["a." * 30_000, "F." * 30_000, "dot(x @ " * 3_000, "np." * 30_000, "Tr[" * 20_000, "A(:)" * 15_000])
def test_a_long_line_of_marks_is_read_in_time(text: str) -> None:
    began = time.process_time()
    with pytest.raises(MatcalcError):
        parse_expression(text)
    assert time.process_time() - began < 3
