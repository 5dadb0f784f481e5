"""SymPy's expressions read as SymPy evaluates them, and answers written so that SymPy evaluates them to the same numbers."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import sympy as sp
from click.testing import CliRunner
from places import CORPUS_FOLDER
from sympy.matrices.expressions import (
    DiagMatrix,
    DiagonalMatrix,
    DiagonalOf,
    DotProduct,
    HadamardPower,
    HadamardProduct,
    Identity,
    KroneckerProduct,
    OneMatrix,
    Trace,
    ZeroMatrix,
)

from matcalc import MatcalcError, ShapeError, UnknownFunction, UsageError, codegen, derive
from matcalc.algebra.entries import IndexTerm
from matcalc.algebra.node import const, sym
from matcalc.answers.derivative import Derivative
from matcalc.book.sizes import ONE, dim
from matcalc.commands.derive import derive_command
from matcalc.numbers.evaluate import as_matrix, evaluate
from matcalc.objects import from_sympy
from matcalc.objects.writing import write
from matcalc.printing.sympy_source import code as sympy_code
from matcalc.printing.sympy_source.nodes import Commutation, MatrixFunction, PseudoInverse, ValueOfUnknown, Vec, explicit
from matcalc.reading.alone import parse_expression, read_expression

m, n = sp.symbols("m n", integer=True)
A, X, S = sp.MatrixSymbol("A", m, n), sp.MatrixSymbol("X", n, n), sp.MatrixSymbol("S", n, n)
x, y, b, r = sp.MatrixSymbol("x", n, 1), sp.MatrixSymbol("y", n, 1), sp.MatrixSymbol("b", m, 1), sp.MatrixSymbol("r", 1, n)
Z = sp.MatrixSymbol("Z", 2, 2)
c, k = sp.Symbol("c"), sp.Symbol("k", integer=True)
z, i, j = sp.Symbol("z"), sp.Symbol("i", integer=True), sp.Symbol("j", integer=True)
rng = np.random.default_rng(11)
root = rng.normal(size=(3, 3))
VALUES: dict[str, Any] = {
    "A": rng.normal(size=(2, 3)), "X": rng.normal(size=(3, 3)), "S": root @ root.T + np.eye(3), "x": rng.uniform(0.2, 0.9, (3, 1)),
    "y": rng.uniform(0.2, 0.9, (3, 1)), "b": rng.normal(size=(2, 1)), "r": rng.normal(size=(1, 3)), "Z": rng.normal(size=(2, 2)),
    "c": 1.3, "k": 2, "m": 2,
}  # fmt: skip
SIZES = {"m": 2, "n": 3}


def text_of(node: Any) -> str:
    return write(from_sympy.read(from_sympy.reader_of([node]), node)).text


def value_of(node: Any) -> Any:
    """The value of the text that a node is read as."""
    written = write(from_sympy.read(from_sympy.reader_of([node]), node))
    e = parse_expression(written.text, variables=written.variables)
    return as_matrix(e, evaluate([e], VALUES, SIZES)[0])


def by_sympy(node: Any) -> Any:
    """The value that SymPy gives it."""
    given = {s: VALUES[s.name] for s in (A, X, S, x, y, b, r, Z, c, k)}
    found = explicit(node, {**given, m: 2, n: 3})
    return np.array(sp.Matrix(found).tolist() if hasattr(found, "shape") else [[found]], dtype=float)


def derived(request: Any, **options: Any) -> Derivative:
    found = derive(request, **options)
    assert isinstance(found, Derivative)
    return found


READ: list[tuple[Any, str]] = [
    (x.T * X * x, "x^T*X*x"),
    (2 * A.T * (A * x - b), "2*A^T*(-b + A*x)"),
    (X.T.I + X**-2, "(X^T)^-1 + X^-2"),
    (X**3 - X**k, "-X^k + X^3"),
    (Trace(X * S) * X, "tr(X*S)*X"),
    (sp.log(sp.Determinant(S)), "log(det(S))"),
    (sp.exp(Trace(X)) / c, "exp(tr(X))/c"),
    (sp.sqrt(Trace(X.T * X)), "sqrt(tr(X^T*X))"),
    (sp.sqrt(x.T * S * x), "sqrt(x^T*S*x)"),
    (c**2 + c**-2 + sp.pi / 3, "c^-2 + c^2 + pi/3"),
    (sp.Rational(-2, 3) * X, "-2*X/3"),
    (sp.Float(0.1) * X, "0.1*X"),
    (HadamardProduct(X, S, X), "X.*S.*X"),
    (HadamardPower(x, -2), "x.^-2"),
    (KroneckerProduct(A, X, x), "kron(kron(A,X),x)"),
    (OneMatrix(m, n) + A, "A + ones(m,n)"),
    (X + Identity(n), "eye(n) + X"),
    (ZeroMatrix(n, n), "zeros(n,n)"),
    (DiagMatrix(x) * X, "diag(x)*X"),
    (DiagonalOf(X), "diagv(X)"),
    (DiagonalMatrix(X), "diag(diagv(X))"),
    (X.applyfunc(sp.sin), "sin(X)"),
    ((A * x).applyfunc(sp.Lambda(z, 1 / (1 + sp.exp(-z)))), "(1 + exp(-A*x)).^-1"),
    (x.applyfunc(sp.Lambda(z, z * sp.tanh(z) + c * z**2)), "c*x.^2 + x.*tanh(x)"),
    (x.applyfunc(sp.Lambda(z, 3 * c)), "3*c*ones(n)"),
    (x.applyfunc(sp.Lambda(z, sp.Max(z, 0))), "relu(x)"),
    (sp.Abs(c) * sp.sign(c) * sp.asin(c / 4), "abs(c)*arcsin(c/4)*sign(c)"),
    (X[0, 1] + x[2, 0], "X[1,2] + x[3]"),
    (X[:, 0] + X[1, :].T, "X[:,1] + X[2,:]^T"),
    (sp.Matrix([[1, c], [sp.Rational(1, 2), 2]]) * Z, "[1, c; 1/2, 2]*Z"),
    (n * X / (m * n), "X/m"),
    (r * X * r.T, "r*X*r^T"),
    (DotProduct(x, y) + DotProduct(r, y), "r*y + x^T*y"),
    (x.T * X * x * (x.T * x).I, "x^T*X*x*(x^T*x)^-1"),
    (Trace(X * X) * x.T * y, "tr(X^2)*x^T*y"),
    (Vec(A), "vec(A)"),
    (sp.BlockMatrix([[X, x], [x.T, sp.Matrix([[c]])]]), "[X, x; x^T, c]"),
    (sp.BlockDiagMatrix(X, S), "[X, zeros(n,n); zeros(n,n), S]"),
    (Commutation(m, n) * Vec(A), "K(m,n)*vec(A)"),
    (PseudoInverse(A), "pinv(A)"),
    (MatrixFunction("expm", X), "expm(X)"),
    (S**sp.Rational(1, 2), "sqrtm(S)"),
    (sp.Sum(X[i, j] * x[i, 0] * x[j, 0], (i, 0, n - 1), (j, 0, n - 1)), "x^T*X*x"),
    (sp.Sum(A[i, j] * b[i, 0] * x[j, 0], (i, 0, m - 1), (j, 0, n - 1)), "b^T*A*x"),
    (sp.Sum(X[i, i], (i, 0, n - 1)), "tr(X)"),
    (sp.Sum(X[i, j] * X[j, k] * S[k, i], (i, 0, n - 1), (j, 0, n - 1), (k, 0, n - 1)), "tr(S*X*X)"),
    (c * sp.Sum(sp.exp(x[i, 0]) * r[0, i] ** 2, (i, 0, n - 1)), "c*sum((r^T).^2.*exp(x))"),
    (sp.Sum(X[i, j] * S[j, i] + 1, (i, 0, n - 1), (j, 0, n - 1)), "sum(1 + S^T.*X)"),
    ((x.T * X * x)[0, 0], "x^T*X*x"),
]


@pytest.mark.parametrize("node", [node for node, _ in READ if node != S**sp.Rational(1, 2)], ids=str)
def test_a_node_is_read_as_sympy_evaluates_it(node: Any) -> None:
    np.testing.assert_allclose(value_of(node), by_sympy(node), rtol=1e-9)


@pytest.mark.parametrize(("node", "text"), READ, ids=lambda v: str(v)[:40])
def test_how_a_node_is_written(node: Any, text: str) -> None:
    assert text_of(node) == text


@pytest.mark.parametrize(
    ("node", "wrt", "options", "text"),
    [
        (x.T * X * x, x, {}, "(X + X^T)*x"),
        (x.T * X * x, x, {"attrs": {X: ["symmetric"]}}, "2*X*x"),
        (x.T * X * x, x[0], {}, "(X^T*x)[1] + (X*x)[1]"),
        (Trace(A.T * A) * c, c, {}, "normF(A)^2"),
        (sp.log(sp.Determinant(X)), X, {}, "X^-T"),
        (sp.exp(x.T * y), x, {}, "exp(x^T*y)*y"),
        ((x.T * X * x) / (x.T * x), x, {"attrs": {"X": ["symmetric"]}}, "2*X*x/(x^T*x) - 2*(x^T*X*x)*x/(x^T*x)^2"),
        (X.I, X, {"form": "differential"}, "-X^-1*dX*X^-1"),
        (sp.Function("f")(A * x), x, {}, "A^T*grad_f(A*x)"),
        ((A * x).applyfunc(sp.Function("s")), x, {}, "A^T*diag(s'(A*x))"),
        (x.T * X * x, None, {"along": {x: y}}, "x^T*X*y + y^T*X*x"),
        (c * x, y, {"form": "index"}, "0"),
    ],
    ids=str,
)
def test_a_derivative(node: Any, wrt: Any, options: dict[str, Any], text: str) -> None:
    assert derived(node, wrt=wrt, **options).text == text


@pytest.mark.parametrize(
    ("node", "error", "message"),
    [
        (X.conjugate(), UnknownFunction, "SymPy's Adjoint is not known: Adjoint(X.T)\nhint: matrices are real here: write X.T"),
        (sp.sec(c), UnknownFunction, "SymPy's sec is not known: sec(c)\nhint: matcalc rules lists what is known"),
        (sp.exp(X), ShapeError, "exp of a matrix has no meaning here: exp(X)\nhint: X.applyfunc(f) acts on every entry"),
        (sp.I * Trace(X), UnknownFunction, "SymPy's ImaginaryUnit is not known: I\nhint: matcalc rules lists what is known"),
        (sp.Derivative(Trace(X), X), UnknownFunction, "SymPy's Derivative is not known"),
        (sp.Function("f")(c, z), UsageError, "f(c, z) is a function of 2 arguments\nhint: leave out the arguments that are constant"),
        (X[::2, :], UnknownFunction, "the slice X[::2, :] is no range of numbers in steps of one"),
        (
            sp.MatrixSymbol("E", n - 1, n), UsageError,
            "the size n - 1 is no sum or product of names and positive integers\nhint: name it: k for n - 1",
        ),
        (c * sp.Symbol("c", positive=True), UsageError, "are both called c\nhint: give them different names"),
        (DiagonalOf(A), ShapeError, "diagv needs a square matrix, but A is m x n"),
        (sp.Sum(x[i, 0] ** 2, (i, 1, n - 1)), UnknownFunction, "this Sum is no product of matrices: Sum(x[i, 0]**2, (i, 1, n - 1))"),
        (sp.Sum(X[i, j] * x[j, 0], (j, 0, n - 1)), UnknownFunction, "this Sum is no product of matrices"),
        (X[i, j], UsageError, "the entry X[i, j] has an index that is no number"),
        (sp.oo * Trace(X), UnknownFunction, "SymPy's Infinity is not known"),
    ],
    ids=lambda v: str(v)[:30],
)  # fmt: skip
def test_a_node_is_refused_by_its_name(node: Any, error: type[MatcalcError], message: str) -> None:
    with pytest.raises(error) as caught:
        derive(node, wrt=X)
    assert message in str(caught.value)


def test_what_is_no_variable_is_refused() -> None:
    with pytest.raises(UsageError, match="is no variable to differentiate by"):
        derive(x.T * x, wrt=X * x)


# ------------------------------------------------------------------------------------------------------- out


def sizes_of(d: Derivative) -> dict[str, int]:
    names = {s.name for dims in [*(v.shape for v in d.parameters), d.dims] for size in dims for s in size.free_symbols}
    return dict(zip(sorted(names), (3, 2, 4, 2, 3), strict=False))


def arrays_of(d: Derivative, sizes: dict[str, int]) -> dict[str, Any]:
    """Positive entries, and positive definite where square, so that every function has a value."""
    found = {}
    for v in d.parameters:
        rows, columns = (int(s.subs({e: sizes[e.name] for e in s.free_symbols})) for s in v.shape)
        a = rng.uniform(0.2, 0.9, size=(rows, columns))
        known = d.request.properties.get(v.data.name, frozenset()) | v.data.properties
        a = a @ a.T + np.eye(rows) if rows == columns > 1 else a
        found[v.data.name] = np.diag(np.diag(a)) if "diagonal" in known else np.full((1, 1), 2.0) if "integer" in known else a
    return found


def by_numpy(d: Derivative, arrays: dict[str, Any], sizes: dict[str, int]) -> Any:
    function = d.function()
    given: dict[str, Any] = dict(sizes)
    for v in d.parameters:
        a = arrays[v.data.name]
        given[codegen.parameter(v.data.name, codegen.NUMPY)] = a.item() if v.data.ndim == 0 else a.ravel() if v.data.ndim == 1 else a
    return np.asarray(function(**{name: given[name] for name in codegen.parameters_of(function)}), dtype=float)


def value_in_sympy(d: Derivative, node: Any, arrays: dict[str, Any], sizes: dict[str, int], shape: tuple[int, ...]) -> Any:
    given = {}
    for s in sp.sympify(node).free_symbols:
        if s.name in arrays:
            given[s] = arrays[s.name] if isinstance(s, sp.MatrixSymbol) else arrays[s.name].item()
        elif s.name in sizes and s.is_positive:
            given[s] = sizes[s.name]
    if d.form != "index":
        found = explicit(sp.sympify(node), given)
        return np.array(sp.Matrix(found).tolist() if hasattr(found, "shape") else [[found]], dtype=float).reshape(shape)
    places = [sp.Symbol(label, integer=True) for label in d.labels]
    values = [float(explicit(sp.sympify(node), {**given, **dict(zip(places, at, strict=True))})) for at in np.ndindex(*shape)]
    return np.reshape(values, shape)


REQUESTS = [
    "grad_x ||A x - b||^2", "d (A X B) / dX", "d tr(A X)/dX", "d softmax(x)/dx", "d^2 logsumexp(x)/dx^2", "d log det(X)/dX",
    "d X^-1/dX", "d sum(gelu(W*x))/dx", "d sum(sigmoid(W*x) + softplus(W*x))/dx", "d (x^T x)^2/dx", "d x/dX", "d norm2(x)/dx",
    "d normF(X)/dX", "d norm1(X)/dX", "d det(X)/dX", "d sum(adj(X))/dX", "d tr(pinv(X)^T*A)/dA", "d tr(expm(X))/dX",
    "d tr(sqrtm(X))/dX", "d (x.^3)/dx", "d sum(X.^c)/dc", "d tr(X^3)/dX", "d tr(kron(A,X))/dX", "d diagv(X)/dX", "d diag(x)/dx",
    "d (x/norm2(x))/dx", "d [x[1]^2; x[1]*x[2]]/dx", "d X[1,2]^2/dX", "d sum(exp(X)./(1 + X.^2))/dX", "d relu(x)/dx", "d (c*x)/dc",
    "d (a^T*X*b)/dX", "d X^T/dX", "d sum(softmax_rows(X).*Y)/dY", "d (1/(x^T*A*x))/dx",
    "d (-3*X^T*X)/dX", "d (X*a)^T/dX", "d sum(arctan(x) + arcsin(x/9) + log(x))/dx", "d (W*x + b)/dW",
]  # fmt: skip
FORMS = [("auto", "denominator"), ("index", "mixed"), ("vec", "numerator")]


@pytest.mark.parametrize("request_text", REQUESTS)
@pytest.mark.parametrize(("form", "layout"), FORMS)
def test_an_answer_has_its_value_in_sympy(request_text: str, form: str, layout: str) -> None:
    try:
        d = derived(request_text, form=form, layout=layout, check=False)
    except MatcalcError:
        pytest.skip("there is no such form")
    sizes = sizes_of(d)
    arrays = arrays_of(d, sizes)
    expected = by_numpy(d, arrays, sizes)
    if expected.size > 100:
        pytest.skip("SymPy takes long over large arrays")
    np.testing.assert_allclose(value_in_sympy(d, d.to_sympy(), arrays, sizes, expected.shape), expected, rtol=1e-8, atol=1e-10)
    scope: dict[str, Any] = {}
    exec(d.sympy, scope)
    assert str(scope["derivative"]) == str(d.to_sympy())


@pytest.mark.parametrize(
    ("request_text", "variables", "source"),
    [
        ("d x^T*x/dx", {}, "2*x"),
        ("d (c*logdet(X))/dc", {}, "log(Abs(Determinant(X)))"),
        ("d (c*(-2)^q)/dc", {"q": ""}, "(-2)**q"),
        ("d (x^T*x - 3*c)/dc", {}, "Integer(-3)"),
        ("d (c^3)/dc", {"c": ""}, "3*c**2"),
        ("d x[2:4]/dx", {"x": "n"}, "Identity(n)[:, 1:4]"),
        ("d x[end-1]/dx", {"x": "n"}, "Identity(n)[:, n - 2:n - 1]"),
        ("d c^(-3)/dc", {"c": ""}, "-3*c**(-4)"),
        ("d (1 - sqrt(2))*tr(A*X)/dX", {}, "(1 - sqrt(2))*A.T"),
    ],
)
def test_the_source_of_small_answers(request_text: str, variables: dict[str, str], source: str) -> None:
    d = derive(request_text, variables=variables, check=False)
    assert isinstance(d, Derivative)
    assert d.sympy.splitlines()[-1] == f"derivative = {source}"


@pytest.mark.parametrize("constant", ["", "I*", "(2 - 3j)*"])
@pytest.mark.parametrize("part", ["real", "imag"])
def test_imaginary_numbers_in_sympy(constant: str, part: str) -> None:
    variables, attrs = {"I": "scalar"} if constant == "I*" else {}, {"W": ["complex"]}
    d = derived(f"d {constant}tr({part}(W)*X)/dX", variables=variables, attrs=attrs, check=False)
    scope: dict[str, Any] = {}
    exec(d.sympy, scope)
    w = rng.normal(size=(2, 3)) + 1j * rng.normal(size=(2, 3))
    sizes = dict(zip((s.name for s in d.parameters[-1].shape), w.shape, strict=True))
    factor = {"": 1, "I*": 0.7, "(2 - 3j)*": 2 - 3j}[constant]
    for node in (scope["derivative"], d.to_sympy()):
        given = {s: {**sizes, "I": 0.7, "W": sp.Matrix(w)}[s.name] for s in node.free_symbols}
        found = np.array(sp.Matrix(explicit(node, given)).tolist(), dtype=complex)
        np.testing.assert_allclose(found, factor * getattr(w, part).T, rtol=1e-12)


def test_an_inverse_needs_no_imaginary_unit() -> None:
    assert derived("d tr(X^-1*A)/dX", check=False).sympy.startswith("from sympy import MatrixSymbol, Symbol\n")


def test_one_sum_has_all_indices() -> None:
    layer = "d A*(B.*(C*(D.*(M*X))))/dX"
    assert derived(layer, form="index", check=False).sympy.endswith(", (r, 0, n - 1), (s, 0, q - 1))\n")


def test_a_label_is_as_long_as_the_one_that_it_equals() -> None:
    size = dim("n")
    term = IndexTerm(const(2), ((sym("x", (size, ONE)), ("i",)),), (("i", "r"),), ("r",))
    source = sympy_code.index_source([term], ["i"], [size]).text()
    assert source.endswith("derivative = Sum(2*x[i, 0]*KroneckerDelta(i, r), (r, 0, n - 1))\n")


def test_as_many_sums_as_layers_are_python() -> None:
    count = 210
    layers = "; ".join(f"Y{k} = B.*(A*Y{k - 1})" for k in range(1, count))
    d = derived(f"d Y{count - 1}/dX where Y0 = B.*(A*X); {layers}", form="index", check=False)
    source = d.sympy
    compile(source, "<sympy>", "exec")
    assert source.count(", 0, n - 1)") > 200


CORPUS = CORPUS_FOLDER / "sample.jsonl"
CASES = [json.loads(line) for line in CORPUS.read_text(encoding="utf-8").splitlines()][::4]


def derived_case(case: dict[str, Any]) -> Derivative:
    options = {k: case[k] for k in ("attrs", "layout", "form", "order", "wrt2") if k in case}
    return derived(case["expr"], wrt=case["wrt"], variables=case.get("vars"), check=False, **options)


@pytest.mark.parametrize("case", CASES, ids=lambda c: c["id"])
def test_reading_back_gives_the_same_expression(case: dict[str, Any]) -> None:
    """Where SymPy rewrites nothing, and has every function as a node of its own."""
    d = derived_case(case)
    if d.expr is None:
        pytest.skip("index form")
    node = d.to_sympy()
    read = from_sympy.read(from_sympy.reader_of([sp.sympify(node)]), sp.sympify(node))
    known = {v.data.name: v for v in d.parameters}
    sizes = {s.name for v in d.parameters for size in v.shape for s in size.free_symbols}
    back = read_expression(write(read).text, known, dimensions=sizes)
    if back is not d.expr:
        sizes_in = sizes_of(d)
        arrays = arrays_of(d, sizes_in)
        values = {name: a.item() if known[name].is_scalar else a for name, a in arrays.items()}
        one, other = evaluate([back, d.expr], values, sizes_in)
        np.testing.assert_allclose(one, other, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize(
    "request_text",
    ["grad_x ||A x - b||^2", "d (A X B) / dX", "d log det(X)/dX", "d tr(X^3*A)/dX", "d sum(exp(X*a))/dX", "d X^-1/dX", "d X^T/dX"],
)
def test_nodes_that_sympy_keeps_come_back_identical(request_text: str) -> None:
    d = derived(request_text)
    node = d.to_sympy()
    text = write(from_sympy.read(from_sympy.reader_of([node]), node)).text
    assert read_expression(text, {v.data.name: v for v in d.parameters}) is d.expr


def test_the_symbols_of_the_request_are_those_of_the_answer() -> None:
    positive = sp.Symbol("c", positive=True)
    assert derived(positive * x.T * X * x, wrt=x).to_sympy() == positive * (X + X.T) * x
    f = sp.Function("f")
    assert derived(c * Trace(X.applyfunc(f)), wrt=c).to_sympy() == Trace(X.applyfunc(sp.Lambda(z, f(z))))


def test_unknown_functions() -> None:
    d = derived("d f(A*x)/dx", variables={"f": "vector -> scalar", "A": "m n", "x": "n"})
    mm, nn = sp.symbols("m n", integer=True, positive=True)
    a, v = sp.MatrixSymbol("A", mm, nn), sp.MatrixSymbol("x", nn, 1)
    assert d.to_sympy() == a.T * ValueOfUnknown("grad_f", a * v, mm, 1)
    second = derived("d sum(s(x))/dx", variables={"s": "elementwise", "x": "n"}).to_sympy()
    values = explicit(second, {v: [[0.5], [1.0]]}).replace(sp.Function("s"), sp.sin).doit()
    np.testing.assert_allclose(np.array(values.tolist(), dtype=float).ravel(), np.cos([0.5, 1.0]))


def test_names_that_are_python_words_or_sympy_names() -> None:
    d = derived("lambda*exp_*K*x + K*K*Trace*x", wrt="x", variables={"lambda": "", "exp_": "", "K": "n n", "Trace": "", "x": "n"})
    node = d.to_sympy()
    assert {s.name for s in node.free_symbols} == {"lambda", "exp_", "K", "Trace"}
    compile(d.sympy, "<source>", "exec")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: explicit(X, {}), "X has no value"),
        (lambda: explicit(Z, {Z: [[1.0]]}), "Z is 2 x 2, and its value 1 x 1"),
        (lambda: explicit(OneMatrix(n, 1), {}), "the size of 1 is open"),
        (lambda: MatrixFunction("sinm", X), "sinm is not one of expm, logm, sqrtm"),
    ],
)
def test_what_has_no_value(make: Callable[[], Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        make()


def test_nodes_evaluate_without_help() -> None:
    """`doit` and `as_explicit` of the nodes that SymPy lacks."""
    numbers = sp.Matrix([[4, 1], [1, 3]])
    assert Vec(Z).as_explicit() == sp.Matrix([Z[0, 0], Z[1, 0], Z[0, 1], Z[1, 1]])
    assert Vec(Z).subs(Z, numbers).doit() == sp.Matrix([4, 1, 1, 3])
    assert Commutation(2, 3).doit() * Vec(sp.MatrixSymbol("Q", 2, 3)).as_explicit() == Vec(sp.MatrixSymbol("Q", 2, 3).T).as_explicit()
    assert PseudoInverse(Z).subs(Z, numbers).doit() == numbers.inv()
    half = MatrixFunction("sqrtm", Z).subs(Z, numbers).doit()
    np.testing.assert_allclose(np.array((half * half).tolist(), dtype=float), np.array(numbers.tolist(), dtype=float))


def test_the_command_prints_a_program() -> None:
    found = CliRunner().invoke(derive_command, ["d (A X B) / dX", "--to", "sympy"])
    assert found.exit_code == 0
    scope: dict[str, Any] = {}
    exec(found.output, scope)
    assert str(scope["derivative"]) == "KroneckerProduct(B, A.T)"


def test_a_function_that_sympy_lacks_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sympy_code, "SPELLED", {})
    with pytest.raises(UsageError, match="SymPy has no relu"):
        derived("d sum(relu(x).*relu(x).*x)/dx").to_sympy()
