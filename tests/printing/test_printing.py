"""Text, LaTeX, Unicode and index form of expressions built node by node."""

from __future__ import annotations

from dataclasses import replace

import pytest
from readable import NAMES, READ_BACK, W1, A, B, S, X, alpha, b, c, length, m, n, quadratic, s, sigma1, x, y

from matcalc import Derivative, derive
from matcalc.algebra import add, block, entry, epow, fun, had, inverse, mul, negative, power, subtract, transpose
from matcalc.algebra.entries import IndexTerm
from matcalc.algebra.node import Expr, Unknown, array, columns, const, eye, node, ones, sym, unit, unknown_value, zeros
from matcalc.algebra.walk import in_order
from matcalc.book import rules as rulebook
from matcalc.book.sizes import ONE, dim
from matcalc.printing import index
from matcalc.printing.notations.latex import LATEX, latex
from matcalc.printing.notations.text import TEXT, text
from matcalc.printing.notations.unicode import unicode
from matcalc.printing.presenter import Presenter
from matcalc.printing.spelling import present
from matcalc.reading.alone import read_expression


@pytest.mark.parametrize(("e", "expected"), READ_BACK, ids=[t for _, t in READ_BACK])
def test_text(e: Expr, expected: str) -> None:
    assert text(e) == expected


@pytest.mark.parametrize("e", [e for e, _ in READ_BACK], ids=[t for _, t in READ_BACK])
def test_text_reads_back(e: Expr) -> None:
    assert read_expression(text(e), NAMES) is e


def test_unit_vector_of_known_length_is_an_array() -> None:
    assert text(unit(2, dim(3))) == "[0; 1; 0]"
    assert text(unit(2, n)) == "eye(n)[:,2]"


def test_unknown_functions() -> None:
    assert text(node("call", (x,), sigma1, x.shape)) == "sigma'(x)"
    assert text(node("call", (x,), Unknown("f", "scalar", 1), x.shape)) == "grad_f(x)"
    assert text(node("call", (x,), Unknown("h", "array", 1, m), (m, n))) == "D_h(x)"
    assert text(unknown_value(Unknown("h", "array", 2, m), x)) == "D2_h(x)"
    assert text(unknown_value(Unknown("f", "scalar", 2), x)) == "hess_f(x)"
    assert text(unknown_value(Unknown("C", "curve", 1, m, n), alpha)) == "C'(alpha)"
    assert latex(unknown_value(Unknown("f", "scalar", 2), x)) == r"\nabla^{2} f(x)"
    assert latex(unknown_value(Unknown("h", "array", 2, m), x)) == r"\mathrm{D}^{2}h(x)"
    assert latex(node("call", (x,), Unknown("f", "scalar", 1), x.shape)) == r"\nabla f(x)"


def test_a_variable_called_i_is_not_taken_for_the_identity() -> None:
    variable = sym("I", (n, n))
    assert text(add(variable, eye(n))) == "eye(n) + I"


@pytest.mark.parametrize(
    ("e", "expected"),
    [
        (mul(alpha, W1), r"\alpha W_{1}"),
        (inverse(transpose(X)), r"X^{-\top}"),
        (mul(transpose(S), transpose(X), transpose(S)), r"(S X S)^\top"),
        (mul(power(length, -1), x), r"\frac{x}{\left\lVert x \right\rVert_2}"),
        (mul(const("-3/2"), X), r"-\frac{3 X}{2}"),
        (power(s, const("-3/2")), r"\frac{1}{s^{3/2}}"),
        (power(s, const("1/2")), r"\sqrt{s}"),
        (epow(x, const("1/2")), r"x^{\circ 1/2}"),
        (epow(x, const("-1/2")), r"x^{\circ -1/2}"),
        (had(x, y, epow(fun("tanh", x), -1)), r"(x \odot y) \oslash \tanh(x)"),
        (fun("kron", mul(A, X), fun("kron", X, A)), r"(A X) \otimes X \otimes A"),
        (fun("pinv", mul(A, X)), r"(A X)^{+}"),
        (transpose(fun("pinv", A)), r"(A^{+})^\top"),
        (ones(m, n), r"\mathbf{1}_{m \times n}"),
        (entry(W1, 1, 2), r"\left[W_{1}\right]_{1,2}"),
        (array([[s, c], [c, s]]), r"\begin{bmatrix} s & c \\ c & s \end{bmatrix}"),
        (fun("tr", mul(X, B)), r"\operatorname{tr}(B X)"),
    ],
)
def test_latex(e: Expr, expected: str) -> None:
    assert latex(e) == expected


@pytest.mark.parametrize(
    ("e", "expected"),
    [
        (mul(alpha, inverse(transpose(W1))), "α W₁⁻ᵀ"),
        (had(x, epow(y, -1)), "x ⊘ y"),
        (power(X, -1), "X⁻¹"),
        (mul(fun("kron", X, A), const(2)), "2 (X ⊗ A)"),
        (mul(power(length, -1), x), "x/‖x‖₂"),
        (mul(fun("norm2", subtract(mul(A, x), b)), b), "‖A x − b‖₂ b"),
        (power(fun("normF", subtract(X, B)), -2), "1/‖B − X‖_F²"),
        (transpose(power(X, 2)), "(X²)ᵀ"),
        (mul(transpose(A), subtract(mul(A, x), b)), "Aᵀ (A x − b)"),
        (inverse(mul(transpose(X), B)), "(Xᵀ B)⁻¹"),
        (inverse(transpose(mul(X, B))), "(X B)⁻ᵀ"),
        (power(X, -2), "X⁻²"),
        (power(X, const(n)), "Xⁿ"),
        (power(X, const(-m)), "X⁻ᵐ"),
        (mul(const(n), power(X, const(n - 1))), "n X^(n − 1)"),
        (negative(mul(s, power(c, -2), x)), "−s x/c²"),
        (power(s, const("1/2")), "√s"),
        (mul(power(s, const("1/2")), x), "√s x"),
        (mul(power(quadratic, const("-1/2")), x), "x/√(xᵀ S x)"),
        (epow(x, -1), "x.^−1"),
        (zeros(n * n, m + 1), "zeros(n·n,m + 1)"),
        (fun("kron", transpose(X), eye(m)), "Xᵀ ⊗ eye(m)"),
        (had(x, add(y, mul(S, x))), "(S x + y) ⊙ x"),
    ],
)
def test_unicode(e: Expr, expected: str) -> None:
    assert unicode(e) == expected
    greek = {**NAMES, "α": alpha}
    assert read_expression(unicode(e), greek, dimensions=("m", "n")) is e


@pytest.mark.parametrize(("e", "_expected"), READ_BACK, ids=[t for _, t in READ_BACK])
def test_unicode_reads_back(e: Expr, _expected: str) -> None:
    assert read_expression(unicode(e), NAMES) is e


TERMS = (
    IndexTerm(const("-3/2"), ((transpose(A), ("i", "k")), (B, ("l", "j"))), (("i", "l"),)),
    IndexTerm(s, ((x, ("r",)), (mul(A, X), ("k", "r")), (W1, ("j", "i"))), (("l", "i"),), ("r",)),
)


def test_index_form() -> None:
    assert index.printed(TERMS[:1], TEXT) == "-3*A[k,i]*B[l,j]*delta[i,l]/2"
    assert index.printed(TERMS, TEXT) == "s*W1[j,i]*delta[l,i]*sum_r(x[r]*(A*X)[k,r]) - 3*A[k,i]*B[l,j]*delta[i,l]/2"
    assert index.printed((), TEXT) == "0"
    assert index.printed(TERMS[:1], LATEX) == r"-\frac{3 A_{k i} B_{l j} \delta_{i l}}{2}"


def test_a_fused_label_that_more_than_an_operator_has_is_bound_and_compared() -> None:
    """It was left without its sum and its delta, so that the text said another thing than the formula that was checked."""
    answer = derive("logsumexp(vec(sinm(C)))", wrt="C", variables={"C": "n x n"})
    assert answer.text == (
        "sum_r(sum_t(sum_u(softmax(vec(sinm(C)))[r]*sinm_frechet(C,eye(n)[:,i]*eye(n)[j,:])[u,t]*delta[r,u + n*(t - 1)])))"
    )


def test_columns_say_how_far_a_sum_over_their_label_goes_where_nothing_else_does() -> None:
    """delta[r,s] alone says that s has as many values as r."""
    two = dim("n") * 2
    some, last = columns(ONE, dim("n"), two), columns(dim("n") + 1, two, two)
    operand = sym("B", (two, two))
    first = IndexTerm(const(1), ((some, ("r", "s")), (operand, ("i", "r")), (some, ("j", "s"))), (), ("r", "s"))
    assert index.printed([first], TEXT) == "sum_r(sum_s(eye(2*n)[:,1:n][r,s]*B[i,r]*delta[j,s]))"
    other = IndexTerm(const(1), ((last, ("r", "s")), (operand, ("i", "r")), (some, ("j", "s"))), (), ("r", "s"))
    assert index.printed([other], TEXT) == "sum_r(sum_s(delta[r,s + n]*B[i,r]*delta[j,s]))"


def test_repeated_parts_of_a_long_answer_are_named() -> None:
    e = x
    for _ in range(40):
        e = had(add(e, fun("tanh", e)), fun("sigmoid", e))
    shown = text(e)
    assert " where t1 = " in shown
    assert len(shown) < 5000
    assert r"\quad\text{where}\quad" in latex(e)


def test_deep_expressions_print() -> None:
    e = x
    for _ in range(3000):
        e = fun("sin", add(e, x))
    assert text(e).count("sin") == 3000


def test_a_function_in_unicode_is_its_name_or_its_rule() -> None:
    assert unicode(fun("det", B)) == "det(B)"
    rule = rulebook.find("det")
    assert rule is not None
    with rulebook.use(rulebook.in_use().with_rules(replace(rule, unicode="|{A}|"))):
        assert unicode(fun("det", sym("B", B.shape))) == "|B|"


CLASHING = ("d K^T/dK", "d softmax_rows(Q*K^T)*V/dQ", "d K*A*K^T/dK", "d^2 tr(K*A*K)/dK^2", "d kron(K,B)/dK")


@pytest.mark.parametrize("notation", ["text", "unicode", "latex"])
@pytest.mark.parametrize("request_text", CLASHING)
def test_a_constant_beside_a_variable_of_its_name(request_text: str, notation: str) -> None:
    """The commutation matrix is K_(m,n) where K is a variable, and reads back to itself."""
    found = derive(request_text)
    assert isinstance(found, Derivative) and found.expr is not None
    assert any(n.op == "comm" for n in in_order([found.expr]))
    known = {p.data.name: p for p in found.parameters}
    written = found.printed(notation)
    read = read_expression(written, known, like=found.expr.shape, closed=False)
    assert read is found.expr
    if notation != "latex":
        assert "K_(" in written


def test_a_commutation_matrix_alone_keeps_its_name() -> None:
    found = derive("d X^T/dX")
    assert isinstance(found, Derivative) and found.text == "K(n,m)"


@pytest.mark.parametrize("written", ["x - ones(n).^3", "diag(x - y)*A", "tanh(x - y)", "vec(A - B)"])
def test_a_node_that_was_not_looked_at_beforehand_is_spelled_all_the_same(written: str) -> None:
    e = read_expression(written, {v: sym(v, (dim("n"), ONE), 1) for v in "xy"} | {v: sym(v, (dim("n"), dim("n")), 2) for v in "AB"})
    prepared, unprepared = Presenter({}), Presenter({})
    prepared.prepare([e])
    assert repr(unprepared.shown(e)) == repr(prepared.shown(e))


def test_a_size_that_is_a_product_is_no_pair_of_sizes() -> None:
    """I_{n q} would be set as I with two indices."""
    found = derive("d kron(A,B)/dA", form="vec")
    assert isinstance(found, Derivative) and r"I_{n \cdot q}" in found.latex
    for e in (eye(n * m), ones(n * m, m), zeros(2 * n, m)):
        assert read_expression(latex(e), {}, like=e.shape, closed=False) is e


@pytest.mark.parametrize(("power", "expected"), [("-1/2", "x./sqrt(y)"), ("-1/3", "x./y.^(1/3)"), ("1/2", "x.*sqrt(y)")])
def test_a_root_below_a_line(power: str, expected: str) -> None:
    assert text(had(x, epow(y, const(power)))) == expected


def test_an_entry_costs_its_brackets_and_indices() -> None:
    assert Presenter({}).shown(entry(X, 1, 2)).cost == 6


@pytest.mark.parametrize(("chain", "expected"), [("A*B*C", "delta[j,k]*sum_r(sum_s("), ("A*B*C*D", "(A*B*C*D)[l,i]*delta[j,k]")])
def test_the_index_form_opens_products_of_three(chain: str, expected: str) -> None:
    variables = dict.fromkeys(["X", *chain.split("*")], "n n")
    found = derive(f"d ({chain}*X)/dX", form="index", variables=variables)
    assert isinstance(found, Derivative)
    assert found.text.startswith(expected)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("diag(x)*Y*diag(y)", "(x*y^T).*Y"), ("Y*Z*diag(x)", "Y*Z*diag(x)"), ("diag(x)*Y*Z", "diag(x)*Y*Z"),
        ("Y*diag(x)*Z", "Y*diag(x)*Z"), ("Y*Z*Y*diag(x)", "Y*Z*Y*diag(x)"),
    ],
)  # fmt: skip
def test_diagonal_matrices_on_both_sides_are_an_outer_product(written: str, expected: str) -> None:
    square = {name: sym(name, (n, n)) for name in "YZ"} | {name: sym(name, (n, ONE)) for name in "xy"}
    assert text(read_expression(written, square)) == expected


@pytest.mark.parametrize(
    ("request_text", "variables", "expected"),
    [
        ("d (A.*X)/dX", {"A": "m n", "X": "m n"}, "A[i,j]*delta[j,k]*delta[i,l]"),
        ("d ((A.*B)*X)/dX", {"A": "m n", "B": "m n", "X": "n p"}, "A[l,i]*B[l,i]*delta[j,k]"),
        ("d (diag(x)*X)/dX", {"x": "m", "X": "m n"}, "x[i]*delta[j,k]*delta[i,l]"),
        ("d (diag(x)*A*diag(y)*X)/dX", {"x": "m", "A": "m n", "y": "n", "X": "n p"}, "A[l,i]*x[l]*y[i]*delta[j,k]"),
        ("d (c*A*X)/dX", {"c": "", "A": "m n", "X": "n p"}, "c*A[l,i]*delta[j,k]"),
    ],
)
def test_factors_of_the_index_form_are_entries(request_text: str, variables: dict[str, str], expected: str) -> None:
    found = derive(request_text, form="index", variables=variables)
    assert isinstance(found, Derivative)
    assert found.text == expected


def test_a_factor_whose_transpose_is_minus_another_one_ends_the_search_for_named_opposites() -> None:
    """Each was spelled for the sake of the other's transpose, without end."""
    f = "ones(m)^T*eigvec(sylvester(W, W, X) + sylvester(W, W, X)^T, 1)"
    answer = derive(f, wrt="X", variables={"W": "m x m", "X": "m x m"}, order=2, check=False)
    assert isinstance(answer, Derivative)
    assert "kron(" in answer.text and "eigvec(" in answer.text


def test_the_cost_of_a_block_matrix_is_the_number_of_its_tokens() -> None:
    C, zero = sym("C", (n, n)), zeros(n, n)
    square = sym("B", (n, n))
    full = present(block(((C, square), (square, C))), []).form
    assert (full.kind, full.cost) == ("array", 9)
    assert present(block(((C, zero), (zero, square))), []).form.kind == "block_diagonal"
    assert text(block(((C, zero), (zero, square)))) == "blkdiag(C,B)"


def test_zeros_keep_their_size_in_latex_where_no_block_beside_or_below_tells_it() -> None:
    square, tall, wide = sym("B", (n, n)), sym("C", (m, n)), sym("D", (n, m))
    assert latex(block(((wide, square), (zeros(m, m), tall)))) == r"\begin{bmatrix} D & B \\ 0 & C \end{bmatrix}"
    assert latex(block(((zeros(n, m), square), (tall, zeros(m, n))))) == r"\begin{bmatrix} 0 & B \\ C & 0 \end{bmatrix}"
    assert latex(block(((square, zeros(n, m)), (tall, eye(m))))) == r"\begin{bmatrix} B & \mathbf{0}_{n \times m} \\ C & I \end{bmatrix}"
    assert latex(block(((square, wide), (zeros(m, n), eye(m))))) == r"\begin{bmatrix} B & D \\ \mathbf{0}_{m \times n} & I \end{bmatrix}"
    assert latex(block(((square, wide, zeros(n, n)),))) == r"\begin{bmatrix} B & D & \mathbf{0}_{n \times n} \end{bmatrix}"


def test_ones_stand_in_an_index_form_where_their_label_is_summed_over() -> None:
    C, u = sym("C", (n, n)), sym("u", (n, ONE))
    assert index.printed([IndexTerm(const(1), ((ones(n, ONE), ("i",)), (u, ("j",))))], TEXT) == "u[j]"
    summed = IndexTerm(const(1), ((ones(n, ONE), ("r",)), (C, ("r", "i"))), (), ("r",))
    assert index.printed([summed], TEXT) == "sum_r(ones(n)[r]*C[r,i])"
