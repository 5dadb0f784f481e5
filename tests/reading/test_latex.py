r"""LaTeX as it is written in papers: every text reads to the same expression as its plain twin, and what is printed reads back."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matcalc import derive
from matcalc.algebra import fun
from matcalc.algebra.node import Expr, Unknown, node, sym, unknown_value
from matcalc.answers.claims.verification import verify
from matcalc.book import rules as rulebook
from matcalc.book.sizes import ONE, SCALAR, dim
from matcalc.errors import MatcalcError, ParseError
from matcalc.printing.notations.latex import latex
from matcalc.printing.notations.unicode import unicode
from matcalc.reading.alone import parse_expression, read_expression
from matcalc.reading.latex.scan import is_latex
from matcalc.reading.request import read_request

DECLARED = {
    "A": "n n", "B": "n n", "X": "n n", "Y": "n n", "S": "n n", "W": "m n", "M": "m m", "x": "n", "y": "n", "z": "n", "a": "n", "b": "n",
    "w": "n", "u": "m", "v": "m", "r": "1 n", "c": "", "t": "", "alpha": "", "theta": "n", "Sigma": "n n", "Phi": "m n", "W1": "n n",
    "W_hh": "n n", "b_1": "n", "y_hat": "n", "mu_0": "n", "k": "",
}  # fmt: skip
PAIRS = [
    (r"A^\top", "A^T"),
    (r"A^{\top}", "A^T"),
    (r"A^T B", "A^T*B"),
    (r"A^{T}", "A^T"),
    (r"A^{\mathsf T}", "A^T"),
    (r"A^{\mathsf{T}}", "A^T"),
    (r"A^\mathsf{T}B", "A^T*B"),
    (r"A^{\mathrm{T}}", "A^T"),
    (r"A^{\text{T}}", "A^T"),
    (r"A^\intercal", "A^T"),
    (r"A^{\intercal}x", "A^T*x"),
    (r"A^{\prime}\,x", "A^T*x"),
    (r"\mathbf{A}'", "A^T"),
    (r"x^\top Ax", "x^T*A*x"),
    (r"x^{T}Ax", "x^T*A*x"),
    (r"x^\top Ay+c\,x^\top x", "x^T*A*y + c*x^T*x"),
    (r"\mathbf{x}^\top \mathbf{A} \mathbf{x}", "x^T*A*x"),
    (r"\mathbf x^\top\mathbf A\mathbf x", "x^T*A*x"),
    (r"\boldsymbol{\theta}^{\top}\boldsymbol\theta", "theta^T*theta"),
    (r"\bm{x}^\top\bm{y}", "x^T*y"),
    (r"\vec{x}^\top\vec y", "x^T*y"),
    (r"\mathbf{AXB}", "A*X*B"),
    (r"$AXB$", "A*X*B"),
    (r"\[ AXB \]", "A*X*B"),
    (r"\(AXB\)\,", "A*X*B"),
    (r"$$AXB.$$", "A*X*B"),
    (r"\begin{equation} AXB, \end{equation}", "A*X*B"),
    (r"\begin{align*} &AX + B \end{align*}", "A*X + B"),
    (r"AX{}B{}^\top", "A*X*B^T"),
    (r"A\,X\;B\!", "A*X*B"),
    (r"A~X\quad B", "A*X*B"),
    (r"AXB^\top", "A*X*B^T"),
    (r"2AX-3BY\cdot c", "2*A*X - 3*B*Y*c"),
    (r"2 \times 3 \cdot \alpha", "2*3*alpha"),
    (r"\alpha A", "alpha*A"),
    (r"\alpha\beta^{2}A", "alpha*beta^2*A"),
    (r"\Sigma x", "Sigma*x"),
    (r"\Sigma^{-1}(x-\mu_0)", "inv(Sigma)*(x - mu_0)"),
    (r"A^{-1}", "A^-1"),
    (r"A^{-1}B", "A^-1*B"),
    (r"A^-1B", "A^-1*B"),
    (r"A^{-\top}", "A^-T"),
    (r"A^{-T}b", "A^-T*b"),
    (r"A^{-\mathsf{T}}", "A^-T"),
    (r"\left(A^{-1}\right)^{\top}", "A^-T"),
    (r"A^2", "A^2"),
    (r"A^2x", "A^2*x"),
    (r"A^{10}", "A^10"),
    (r"A^{k}", "A^k"),
    (r"A^kx", "A^k*x"),
    (r"A^{k-1}", "A^(k-1)"),
    (r"A^{-2}", "A^-2"),
    (r"A^{1/2}", "sqrtm(A)"),
    (r"A^{\frac12}x", "sqrtm(A)*x"),
    (r"A^{-1/2}", "inv(sqrtm(A))"),
    (r"A^{-\frac{1}{2}}", "inv(sqrtm(A))"),
    (r"c^{1/2}", "sqrt(c)"),
    (r"(1+c)^{3/2}", "(1+c)^(3/2)"),
    (r"A^{+}", "pinv(A)"),
    (r"(W x)^+", "pinv(W*x)"),
    (r"x^{\circ 2}", "x.^2"),
    (r"x^{\odot 2}", "x.^2"),
    (r"x^{\circ -1/2}", "x.^(-1/2)"),
    (r"\alpha^{2t}", "alpha^(2*t)"),
    (r"\operatorname{tr}(AX)", "tr(A*X)"),
    (r"\operatorname{Tr}(AX)", "tr(A*X)"),
    (r"\mathrm{tr}(AX)", "tr(A*X)"),
    (r"\mathrm{Tr}\left(AX\right)", "tr(A*X)"),
    (r"\text{tr}(AX)", "tr(A*X)"),
    (r"\tr(AX)", "tr(A*X)"),
    (r"\Tr(AX)", "tr(A*X)"),
    (r"\operatorname{trace}(AX)", "tr(A*X)"),
    (r"\operatorname{tr}\{AX\}", "tr(A*X)"),
    (r"\operatorname{tr}\left[AX\right]", "tr(A*X)"),
    (r"\operatorname{tr}\left\{AX\right\}", "tr(A*X)"),
    (r"\operatorname{tr}\bigl(A\bigr)B", "tr(A)*B"),
    (r"\operatorname{tr} (A) X", "tr(A)*X"),
    (r"\operatorname{tr} A", "tr(A)"),
    (r"\operatorname{tr}\big(A(X+B)\big)", "tr(A*(X+B))"),
    (r"\operatorname{tr}^2(A)", "tr(A)^2"),
    (r"\det(A)", "det(A)"),
    (r"\det A", "det(A)"),
    (r"\log\det(A)", "log(det(A))"),
    (r"\log \det A", "log(det(A))"),
    (r"\ln|A|", "log(|A|)"),
    (r"\log\left|A\right|", "log(det(A))"),
    (r"\log\lvert AX\rvert", "log(det(A*X))"),
    (r"|A|", "det(A)"),
    (r"\left| A \right| \left| B \right|", "det(A)*det(B)"),
    (r"|A||B|", "det(A)*det(B)"),
    (r"c\left|A\right|", "c*det(A)"),
    (r"\left|\left|A\right| + c\right|", "abs(det(A)+c)"),
    (r"\begin{vmatrix} c & t \\ 1 & \alpha \end{vmatrix}", "det([c, t; 1, alpha])"),
    (r"\begin{bmatrix} c & t \\ 1 & \alpha \end{bmatrix}", "[c, t; 1, alpha]"),
    (r"\begin{pmatrix} c & t \\ 1 & \alpha \\ \end{pmatrix}", "[c, t; 1, alpha]"),
    (r"\begin{array}{cc} c & t \end{array}", "[c, t]"),
    (r"\|x\|", "norm2(x)"),
    (r"\|x\|_2", "norm2(x)"),
    (r"\|x\|_2^2", "norm2(x)^2"),
    (r"\|x\|^2_2", "norm2(x)^2"),
    (r"\|x\|^{2}", "norm2(x)^2"),
    (r"\lVert Ax-b\rVert_2^2", "norm2(A*x-b)^2"),
    (r"\left\| Ax-b \right\|^2", "norm2(A*x-b)^2"),
    (r"\left\lVert Ax-b \right\rVert_{2}^{2}", "norm2(A*x-b)^2"),
    (r"\bigl\|x\bigr\|", "norm2(x)"),
    (r"\Vert x\Vert", "norm2(x)"),
    (r"||x||_1", "norm1(x)"),
    (r"\|x\|_1", "norm1(x)"),
    (r"\|x\|_{\ell_1}", "norm1(x)"),
    (r"\|A\|_F", "normF(A)"),
    (r"\|A\|_{F}^2", "normF(A)^2"),
    (r"\|A\|_{\mathrm{F}}", "normF(A)"),
    (r"\left\|A-X\right\|_{\text{F}}^2", "normF(A-X)^2"),
    (r"x\left\|y\right\|", "x*norm2(y)"),
    (r"\left\| x\left\|y\right\| \right\|", "norm2(x*norm2(y))"),
    (r"\frac{1}{2}x", "x/2"),
    (r"\frac12x", "x/2"),
    (r"\tfrac12\|x\|^2", "norm2(x)^2/2"),
    (r"\dfrac{c}{t}A", "c/t*A"),
    (r"\frac{x^\top Ax}{x^\top x}", "(x^T*A*x)/(x^T*x)"),
    (r"\frac\alpha2", "alpha/2"),
    (r"\frac{\frac{c}{2}}{t}", "c/2/t"),
    (r"x/\|x\|", "x/norm2(x)"),
    (r"\sqrt{c}", "sqrt(c)"),
    (r"\sqrt c", "sqrt(c)"),
    (r"\sqrt{x^\top x}", "sqrt(x^T*x)"),
    (r"\sqrt[3]{c}", "c^(1/3)"),
    (r"\sqrt{1+c^2}\,x", "sqrt(1+c^2)*x"),
    (r"A \odot B", "A.*B"),
    (r"A \circ B", "A.*B"),
    (r"x \oslash y", "x./y"),
    (r"A \otimes B", "kron(A,B)"),
    (r"AX \otimes B", "kron(A*X,B)"),
    (r"\langle A, B\rangle", "sum(A.*B)"),
    (r"\left\langle x, Ay \right\rangle", "x^T*A*y"),
    (r"\langle x,y\rangle^2", "(x^T*y)^2"),
    (r"A : B", "sum(A.*B)"),
    (r"A:BX+c", "sum(A.*(B*X)) + c"),
    (r"c - A:B", "c - sum(A.*B)"),
    (r"(A+B):X", "sum((A+B).*X)"),
    (r"\operatorname{vec}(A)", "vec(A)"),
    (r"\vec(A)", "vec(A)"),
    (r"\mathrm{vec}\,(AXB)", "vec(A*X*B)"),
    (r"\operatorname{diag}(x)", "diag(x)"),
    (r"\mathrm{diag}(A)", "diagv(A)"),
    (r"\operatorname{diag}\left(x \odot y\right)", "diag(x.*y)"),
    (r"\exp(x)", "exp(x)"),
    (r"\exp\left(-\tfrac{1}{2}x^\top x\right)", "exp(-x^T*x/2)"),
    (r"\exp\{-c\}", "exp(-c)"),
    (r"e^{-x^\top x}", "exp(-x^T*x)"),
    (r"e^{c}A", "exp(c)*A"),
    (r"\mathrm{e}^{c}", "exp(c)"),
    (r"e^{A}", "expm(A)"),
    (r"e^c", "exp(c)"),
    (r"\tanh(Wx)", "tanh(W*x)"),
    (r"\sin^2(c)", "sin(c)^2"),
    (r"\sin^2 c", "sin(c)^2"),
    (r"\cos^{2}(x)", "cos(x).^2"),
    (r"\log(1+e^{-c})", "log(1+exp(-c))"),
    (r"\operatorname{softmax}(Ax)", "softmax(A*x)"),
    (r"\operatorname{softmax}_{\mathrm{rows}}(A)", "softmax_rows(A)"),
    (r"\operatorname{sigmoid}(Wx)", "sigmoid(W*x)"),
    (r"\sigma(Wx)", "sigmoid(W*x)"),
    (r"\sigma\left(w^\top x\right)", "sigmoid(w^T*x)"),
    (r"\sigma^2 x", "sigma^2*x"),
    (r"\hat{y}-y", "y_hat-y"),
    (r"(\hat y-y)^\top(\hat{y}-y)", "(y_hat-y)^T*(y_hat-y)"),
    (r"\mathbf{\bar x}^\top\bar{\mathbf{x}}", "x_bar^T*x_bar"),
    (r"(x - \bar x)^\top(x - \overline{x})", "(x - x_bar)^T*(x - x_bar)"),
    (r"h_{t-1}", "h_tm1"),
    (r"\hat{x}_{k|k-1}", "x_hat_k_km1"),
    (r"P^{(1)}x", "P_1*x"),
    (r"W^{[2]}h^{(l-1)}", "W_2*h_lm1"),
    (r"{W^{(2)}}^\top W^{(2)\top}", "W_2^T*W_2^T"),
    (r"{\bf w}^T {\rm tr}(A)", "w^T*tr(A)"),
    (r"\boldsymbol{A x - y}", "A*x - y"),
    (r"\vec{1}^\top x", "sum(x)"),
    (r"\mathbf{u}\cdot\mathbf{v} + \vec p\cdot\vec q", "u^T*v + p^T*q"),
    (r"\mathcal{L}L", "L_cal*L"),
    (r"\tilde{q}", "q_tilde"),
    (r"W_{hh}x", "W_hh*x"),
    (r"W_{\mathrm{hh}}x", "W_hh*x"),
    (r"W_1x", "W1*x"),
    (r"W_{1}x", "W1*x"),
    (r"b_{1}+b_1", "2*b_1"),
    (r"\mu_0", "mu_0"),
    (r"\boldsymbol{\mu}_0", "mu_0"),
    (r"x_{2}", "x[2]"),
    (r"A_{1,2}", "A[1,2]"),
    (r"A_{:,1}", "A[:,1]"),
    (r"(Ax)_{2}", "(A*x)[2]"),
    (r"\left[AX\right]_{1,2}", "(A*X)[1,2]"),
    (r"x[2]\cdot y[1]\,", "x[2]*y[1]"),
    (r"[x+y]^\top z", "(x+y)^T*z"),
    (r"\mathbf{1}^\top x", "sum(x)"),
    (r"\mathbb{1}^\top x", "sum(x)"),
    (r"\mathbf{1}_n^\top x", "ones(n)^T*x"),
    (r"\mathbf{1}_{m \times n}", "ones(m,n)"),
    (r"\mathbf{0}_{n}", "zeros(n)"),
    (r"I_n", "eye(n)"),
    (r"A+\mathbf{I}", "A+I"),
    (r"A+cI_{n}", "A+c*eye(n)"),
    (r"K_{m,n}\operatorname{vec}(W)", "K(m,n)*vec(W)"),
    (r"A_{1,2}\mathbf{e}_{1}^\top x", "A[1,2]*x[1]"),
    (r"\pi c", "pi*c"),
    (r"\sum_i a_i x_i", "a^T*x"),
    (r"\sum_{i} x_i^2", "x^T*x"),
    (r"\sum_{i=1}^n x_i", "sum(x)"),
    (r"\sum_{i=1}^{n} a_i\,x_i\,y_i", "sum(a.*x.*y)"),
    (r"\sum\limits_{i,j} X_{ij}^2", "sum(X.^2)"),
    (r"\sum_{ij} X_{ij}", "sum(X)"),
    (r"\sum_i\sum_j A_{ij} X_{ij}", "sum(A.*X)"),
    (r"\sum_{i,j} A_{ij} x_i y_j", "x^T*A*y"),
    (r"\sum_{i,j} A_{ij} X_{ji}", "tr(A*X)"),
    (r"\sum_{i,j,k} A_{ij} X_{jk} B_{ki}", "tr(A*X*B)"),
    (r"\sum_i A_{ii}", "tr(A)"),
    (r"\sum_i A_{i,i} x_i", "diagv(A)^T*x"),
    (r"\sum_{i} (x_i-y_i)^2 + c", "sum((x-y).^2) + c"),
    (r"\sum_i 2x_i - y_i + c", "2*sum(x) - sum(y) + c"),
    (r"\sum_i x_i - \sum_i y_i z_i", "sum(x) - sum(y.*z)"),
    (r"\sum_i x_i \left( \sum_j A_{ij} y_j - z_i \right) + \frac{1}{2} w_i^2", "x^T*(A*y - z) + w^T*w/2"),
    (r"c\sum_i x_i", "c*sum(x)"),
    (r"\frac1n\sum_{i=1}^n (x_i-y_i)^2", "sum((x-y).^2)/n"),
    (r"\sum_i \log x_i", "sum(log(x))"),
    (r"\sum_i \exp(-x_i)", "sum(exp(-x))"),
    (r"\sum_i e^{x_i}", "sum(exp(x))"),
    (r"\log\sum_i e^{x_i}", "log(sum(exp(x)))"),
    (r"\sum_i |x_i|", "sum(abs(x))"),
    (r"\sum_i \sqrt{x_i}", "sum(sqrt(x))"),
    (r"\sum_i \frac{x_i}{y_i}", "sum(x./y)"),
    (r"\sum_i (\sum_j A_{ij}x_j - b_i)^2", "sum((A*x-b).^2)"),
    (r"\sum_{i}\left((Ax)_i - b_i\right)^2", "sum((A*x-b).^2)"),
    (r"\sum_{i,j} (x_i - y_j)^2", "sum((x*ones(n)^T - ones(n)*y^T).^2)"),
    (r"\sum_{i,j} (A_{ij} - x_i y_j)^2", "sum((A - x*y^T).^2)"),
    (r"\sum_{i,j} \delta_{ij} x_i y_j", "x^T*y"),
    (r"\sum_i \operatorname{tr}(A) x_i", "tr(A)*sum(x)"),
    (r"\sum_{i=1}^{n} c", "c*n"),
    (r"\sum_i r_i x_i", "r*x"),
    (r"\sum_{i}x_iy_i\sum_j a_jx_j", "(x^T*y)*(a^T*x)"),
    (r"\sum_{i=1}^{m}\sum_{j=1}^{n} W_{ij}^2", "sum(W.^2)"),
    (r"\sum_i x_i/\sum_j y_j", "sum(x)/sum(y)"),
    (r"\frac{\sum_i x_iw_i}{\sum_i w_i}", "x^T*w/sum(w)"),
    (r"x^2_{1}+x_2^{-1}", "x[1]^2+1/x[2]"),
    (r"-\sum_i \left[ y_i\log\sigma((Ax)_i) + (1-y_i)\log(1-\sigma((Ax)_i)) \right]",
     "-y^T*log(sigmoid(A*x)) - (ones(n)-y)^T*log(ones(n)-sigmoid(A*x))"),
    (r"\operatorname{tr}\sin^2(A)", "tr(sin(A).^2)"),
    (r"\log\sin^2 c", "log(sin(c)^2)"),
    (r"\log\sqrt[3]{c}", "log(c^(1/3))"),
    (r"t\sqrt[3]{c}", "t*c^(1/3)"),
    (r"t\sin^2(c)x", "t*sin(c)^2*x"),
    (r"\log\sum_i x_i^2", "log(x^T*x)"),
    (r"-\sum_i x_i \log y_i", "-x^T*log(y)"),
    (r"\sum_{i,j,k} W_{ij} x_j W_{ik} y_k", "(W*x)^T*(W*y)"),
]


@pytest.mark.parametrize(("written", "plain"), PAIRS, ids=[p[0] for p in PAIRS])
def test_the_plain_twin_is_the_same_expression(written: str, plain: str) -> None:
    assert is_latex(written) or written.isascii()
    wanted = parse_expression(plain, variables=DECLARED)
    assert parse_expression(written if is_latex(written) else f"${written}$", variables=DECLARED) is wanted


REQUESTS = [
    (r"\frac{\partial}{\partial X} \operatorname{tr}(A X^\top)", "d tr(A*X^T)/dX"),
    (r"\frac{\partial \operatorname{tr}(AX^\top)}{\partial X}", "d tr(A*X^T)/dX"),
    (r"\frac{\mathrm{d}}{\mathrm{d}x} x^\top Ax", "d x^T*A*x/dx"),
    (r"\frac{d}{dx} x^\top Ax", "d x^T*A*x/dx"),
    (r"\frac{d\,x^\top Ax}{dx}", "d x^T*A*x/dx"),
    (r"\dfrac{\partial}{\partial \mathbf{x}} \left(\mathbf{x}^\top\mathbf{A}\mathbf{x}\right)", "d (x^T*A*x)/dx"),
    (r"d\,\operatorname{tr}(AX)/dX", "d tr(A*X)/dX"),
    (r"\partial \log\det X / \partial X", "d logdet(X)/dX"),
    (r"\frac{\partial^2}{\partial x\,\partial x^\top} x^\top Ax", "d^2 x^T*A*x/dx^2"),
    (r"\frac{\partial^2 x^\top Ay}{\partial x\,\partial y^\top}", "d^2 x^T*A*y/dx dy^T"),
    (r"\frac{d^2}{dx^2} x^\top Ax", "d^2 x^T*A*x/dx^2"),
    (r"\nabla_x \lVert Ax - b \rVert_2^2", "grad_x ||A*x - b||^2"),
    (r"\nabla_{\mathbf{W}} \|\mathbf{W}x\|^2", "grad_W ||W*x||^2"),
    (r"\nabla^2_x\, x^\top Ax", "hess_x x^T*A*x"),
    (r"\nabla_x^2\, x^\top Ax", "hess_x x^T*A*x"),
    (r"\partial_x\, x^\top Ax", "d x^T*A*x/dx"),
    (r"\nabla_{\theta_1} \theta_1^2", "d theta_1^2/dtheta_1"),
    (r"\frac{\partial f}{\partial x} \text{ where } f = x^\top Ax", "df/dx where f = x^T*A*x"),
    (r"$\frac{\partial f}{\partial x}$ where $f = y^\top y$, $y = Ax$", "df/dx where f = y^T*y; y = A*x"),
    (r"\frac{dL}{dx} where y = Ax; L = \operatorname{loss}(y); dL/dy = g", "dL/dx where y = A*x; L = loss(y); dL/dy = g"),
    (r"\frac{\partial}{\partial x} \|x\|^2 + \|Wx\|^2 where W \in \mathbb{R}^{2 \times 3}", "d (||x||^2 + ||W*x||^2)/dx where W: 2 x 3"),
    (r"\frac{\partial}{\partial A} A:B", "d sum(A.*B)/dA"),
    (r"\frac{\partial}{\partial c} \sum_i (c-x_i)^2 where c \in \mathbb{R} \text{ and } x: n", "d sum((c-x).^2)/dc where c: scalar"),
    (r"\frac{\partial \hat{y}^\top y}{\partial \hat{y}}", "d y_hat^T*y/dy_hat"),
    (r"\frac{\partial}{\partial w}\sum_{i=1}^{n}(y_i-\sum_j X_{ij}w_j)^2", "d sum((y - X*w).^2)/dw"),
]


@pytest.mark.parametrize(("written", "plain"), REQUESTS, ids=[p[0] for p in REQUESTS])
def test_a_request_is_the_same_as_its_plain_twin(written: str, plain: str) -> None:
    found, wanted = read_request(written), read_request(plain)
    assert (found.expr, found.wrt, found.order, found.wrt2) == (wanted.expr, wanted.wrt, wanted.order, wanted.wrt2)


def test_the_variable_may_be_latex_too() -> None:
    assert read_request(r"\theta_1^\top x", wrt=r"\theta_{1}", variables=["theta_1: n"]).wrt[0].data.name == "theta_1"


def test_the_sigmoid_is_told() -> None:
    found = derive(r"\frac{\partial}{\partial x}\sigma(w^\top x)")
    assert not isinstance(found, tuple)
    assert "sigma is the logistic sigmoid" in found.assumptions


def test_among_definitions_sigma_is_unknown() -> None:
    found = read_request(r"\frac{dL}{dW} where L = \mathbf{1}^\top\sigma(Wx)")
    assert "sigma acts on every entry" in found.assumptions


@pytest.mark.parametrize(
    ("claim", "right"),
    [
        (r"\frac{\partial}{\partial X}\operatorname{tr}(AXB) = A^\top B^\top", True),
        (r"\frac{\partial}{\partial X}\operatorname{tr}(AXB) = 2A^\top B^\top", False),
        (r"$\nabla_x\, x^\top Ax = Ax + A^\top x$", True),
        (r"\frac{d\,x^\top Ax}{dx} = 2Ax", False),
    ],
)
def test_a_claim_in_latex(claim: str, right: bool) -> None:
    assert verify(claim).right is right


REFUSED = [
    (r"\sigma'(x)", "sigma is no function here, so a prime on it is no derivative", "'"),
    (r"A^{-1\top}x", "this exponent is transposed", r"{-1\top}"),
    (r"A^{-1T}x", "this exponent could be transposed or a product with T", "^{-1T}"),
    (r"\frac{\partial}{\partial x} \foo(x)", r"\foo is not read here", r"\foo"),
    (r"\operatorname{tr}(AX", "this '(' is never closed", "("),
    (r"\operatorname{tr}\left(AX\right]", "before", r"\right]"),
    (r"{AX", "this '{' is never closed", "{"),
    (r"\alpha loss", "loss could be one name or the product l*o*s*s", "loss"),
    (r"\alpha trX", "trX could be the function tr and a factor", "trX"),
    (r"\alpha AXtr(B)", "AXtr could be the function tr and a factor", "AXtr"),
    (r"W_hh \alpha", None, "_h"),
    (r"A^{\dagger}", "could be a conjugate transpose", r"^{\dagger}"),
    (r"A^*\alpha", "could be a conjugate transpose", "^*"),
    (r"\vec{A}", "could be an arrow or the operator", r"\vec"),
    (r"\mathbf{x}^\top x", "would be one name", "x"),
    (r"q_1 + \mathbf{q}^\top q", None, None),
    (r"q_1 q^\top q\,", "could be an entry of q or a name of its own", "q_1"),
    (r"\sum_{ij} Q_{ij} + Q_{12}", None, None),
    (r"\operatorname{tr}(Q) Q_{ij}", "could be an entry of Q or a name of its own", "Q_{ij}"),
    (r"\sum_i (x - x_i)^2", "a power with ^ needs a square matrix", "(x - x_i)^2"),
    (r"\sum_i c_i", "has no entries with one index", "c_i"),
    (r"\sum_{i \in S} x_i", "this range of a sum is not read", r"_{i \in S}"),
    (r"\sum_{i=2}^{n} x_i", "this range of a sum is not read", "_{i=2}"),
    (r"\sum_{i=1} x_i", "a sum from 1 says how far it goes", "_{i=1}"),
    (r"\sum x", "does not say over which index", r"\sum"),
    (r"\sum_i x_{i+1}", "only i is summed over", "_{i+1}"),
    (r"\sum_{i} A_{ij}", "only i is summed over", "_{ij}"),
    (r"\sum_i A_{ij}x_j", "only i is summed over", "_{ij}"),
    (r"\sum_{i,j,k,l} A_{ij}A_{ik}A_{il}B_{jk}B_{kl}B_{jl}", "is on 3 matrices", None),
    (r"\sum_i \alpha", "how many terms it has is not said", None),
    (r"\prod_i x_i", "products over an index are not read", r"\prod"),
    (r"\int x", "integrals are not read", r"\int"),
    (r"x_1 + \dots + x_n", "what the dots stand for cannot be told", r"\dots"),
    (r"\left. x \right|_{x=0}", "a bar that evaluates is not read", r"\left."),
    (r"x2^{2}", "x2 is no name in LaTeX", "x2"),
    (r"\alpha^12", "where the exponent 12 ends is not clear", "^12"),
    (r"\frac123", r"where the arguments of \frac end is not clear", "123"),
    (r"\sin^{-1}(x)", "this exponent of sin is not clear", "^{-1}"),
    (r"\sin^2 A^{-1}", "where the argument of sin ends is not clear", r"\sin"),
    (r"\sin^2 c \alpha", "where the argument of sin ends is not clear", r"\sin"),
    (r"\log_3 c", "log has no subscript here", "_3"),
    (r"\mathbf{Ax}^\top", "is not clear", "^"),
    (r"\overline{AX}", "is not on a single name", r"\overline"),
    (r"x_{1", "this '{' is never closed", "{"),
    (r"\mathbf{0}", "the size of this zero cannot be told", r"\mathbf{0}"),
    (r"\mathbb{R}", "a blackboard letter is no variable", r"\mathbb{R}"),
    (r"\mathbb{E}x", "an expectation has brackets", r"\mathbb{E}"),
    (r"\mathbb{E}_x[x]", "what is random under this expectation", "_x"),
    (r"AX \\ B", "a line break has no meaning here", r"\\"),
    (r"\langle A\rangle", "an inner product in angles has two factors", None),
    (r"A : B : X", None, ":"),
    (r"x^\top x$", "this '$' has no partner", "$"),
    (r"\|x\|_k", "is not known", None),
    (r"e^{c} + e^\top e", "e is a name elsewhere", "e"),
    (r"\sigma(x) + \sigma", "sigma is a name elsewhere", None),
    (r"\begin{cases} x \end{cases}", "the environment cases is not read", r"\begin{cases}"),
    (r"\operatorname{foo}(x)", "foo is not a known function", None),
    (r"\delta_{ij} A_{ij}", "delta with two indices", r"\delta_{ij}"),
    (r"(c+1) A^{-1}_{1,2}", "could be of the entry or of the whole array", "^{-1}"),
    (r"A_{1,2}^\top", "could be of the entry or of the whole array", r"^\top"),
    (r"A^2_{1,2}", "could be of the entry or of the whole array", "^2"),
    (r"\sum_{i,j} A_{ij}^{-1}", "could be of the entry or of the whole array", "^{-1}"),
    (r"A_{ij}", "could be an entry of A or a name of its own", "A_{ij}"),
    (r"x_{i}", "could be an entry of x or a name of its own", "x_{i}"),
    (r"y_i\sum_i 2x_i", "y_i stands outside the sum over i", "y_i"),
    (r"\sum_i i x_i", "stands in it as a number", "i"),
    (r"\sum_i G_i x", "G_i would be a matrix for every i", "G_i"),
    (r"\delta_{i l} A_{k i}", "this subscript can be part of no name", None),
]


@pytest.mark.parametrize(("text", "message", "at"), REFUSED, ids=[r[0] for r in REFUSED])
def test_what_is_not_read_is_refused_where_it_stands(text: str, message: str | None, at: str | None) -> None:
    with pytest.raises(MatcalcError) as raised:
        parse_expression(text, variables={"A": "n n", "x": "n", "y": "n", "c": ""})
    error = raised.value
    assert error.span is not None and error.source == text
    assert message is None or message in error.message
    assert at is None or text[slice(*error.span)] == at


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A\\b", False), ("A \\ b", False), ("A\\(B + C)", False), ("A\\[1;2]", False), ("d tr(A X)/dX", False), ("x_1 + W_hh", False),
        ("X^-1 + X^T", False), ("5 $", False), ("\\foo", True), ("A\\top", True), ("A^{-1}", True), ("x_{1}", True), ("$x$", True),
        ("A\\,B", True), ("\\[x\\]", True), ("x + \\foo(x)", True),
    ],
)  # fmt: skip
def test_what_is_taken_for_latex(text: str, expected: bool) -> None:
    assert is_latex(text) is expected


def test_names_that_look_alike_are_refused() -> None:
    with pytest.raises(ParseError, match="W1 and W_1 look alike"):
        parse_expression(r"W_{1}x\,", variables={"W1": "n n", "W_1": "n n", "x": "n"})


def test_a_declared_e_is_no_exponential() -> None:
    assert parse_expression(r"e^{c}", variables={"e": "", "c": ""}) is parse_expression("e^c", variables={"e": "", "c": ""})


def test_a_declared_word_is_one_name() -> None:
    variables = {"AB": "n n", "x": "n", "A": "n n", "B": "n n"}
    assert parse_expression(r"AB\,x", variables=variables) is parse_expression("AB*x", variables=variables)


# ------------------------------------------------------------------------------------- what is printed reads back

m, n = dim("m"), dim("n")


def arguments(rule: rulebook.Rule, square: bool) -> list[Expr]:
    """A variable for every parameter of a rule."""
    sizes = {"1": ONE, "m": m, "n": m if square else n}
    return [
        sym(f"Q{k}", (rows, columns))
        for k, param in enumerate(rule.params, 2)
        for rows, columns in [[sizes.get(d, dim(d) if d.isalnum() else n) for d in param.shape]]
    ]


@pytest.mark.parametrize("name", rulebook.names())
@pytest.mark.parametrize("square", [True, False])
def test_every_function_reads_back(name: str, square: bool) -> None:
    rule = rulebook.find(name)
    assert rule is not None
    args = arguments(rule, square)
    e = fun(name, *args)
    names = {a.data.name: a for a in args}
    assert read_expression(latex(e), names, dimensions=["m", "n"], latex=True) is e
    assert read_expression(unicode(e), names, dimensions=["m", "n"]) is e


def takes_numbers(rule: rulebook.Rule | None) -> bool:
    """Whether a function has one argument, which a number may be."""
    return rule is not None and len(rule.params) == 1 and not any(d.isdigit() and d != "1" for d in rule.params[0].shape)


@pytest.mark.parametrize("name", [name for name in rulebook.names() if takes_numbers(rulebook.find(name))])
def test_every_function_of_a_number_reads_back(name: str) -> None:
    s = sym("s", SCALAR)
    e = fun(name, s)
    assert read_expression(latex(e), {"s": s}, latex=True) is e
    assert read_expression(unicode(e), {"s": s}) is e


@pytest.mark.parametrize("order", range(6))
def test_unknown_functions_read_back(order: int) -> None:
    x = sym("x", (n, ONE))
    f = Unknown("sigma", "elementwise", order)
    e = node("call", (x,), f, x.shape)
    assert read_expression(latex(e), {"x": x}, {"sigma": Unknown("sigma", "elementwise")}, latex=True) is e


def test_gradients_and_jacobians_read_back() -> None:
    x = sym("x", (n, ONE))
    known = {"f": Unknown("f", "scalar"), "h": Unknown("h", "array", 0, m), "C": Unknown("C", "array", 0, m, n)}
    for name, order in product(known, (0, 1, 2)):
        e = unknown_value(replace(known[name], order=order), x)
        assert read_expression(latex(e), {"x": x}, known, latex=True) is e


SHOWN = ["x", "W1", "W_1", "x_max", "delta_z1", "alpha", "Sigma_0", "loss", "dW", "dW1", "dalpha", "y_hat", "W_hh", "α"]


@pytest.mark.parametrize("name", SHOWN)
def test_every_name_reads_back(name: str) -> None:
    variable = sym(name, (n, n))
    assert read_expression(latex(variable), {name: variable}, latex=True) is variable
    assert read_expression(unicode(variable), {name: variable}) is variable


def test_index_forms_are_no_expressions() -> None:
    found = derive("d (A*X) / dX", variables={"A": "m n", "X": "n p"}, form="index")
    assert not isinstance(found, tuple)
    with pytest.raises(MatcalcError):
        read_expression(found.latex, found.request.variables, latex=True)


# --------------------------------------------------------------------------------------------- odd texts

FRAGMENTS = [
    "x", "A", "y", "c", " ", "_", "^", "{", "}", "(", ")", "[", "]", "|", r"\|", "+", "-", "=", ",", ";", ":", "'", "2", "i", "_i", "_{ij}",
    "^2", "^{-1}", r"^\top ", "_{1,2}", r"\frac", r"\sqrt", r"\sum_i ", r"\sum_{i=1}^n ", r"\left(", r"\right)", r"\left|", r"\right|",
    r"\lVert ", r"\rVert ", r"\mathbf", r"\mathbf{x}", r"\hat", r"\operatorname{tr}", r"\log", r"\sin^2 ", r"\partial ", r"\nabla_x ", "$",
    r"\begin{bmatrix}", r"\end{bmatrix}", "&", r"\\", r"\langle ", r"\rangle ", r"\text{where}", "where ", r"\in ", r"\mathbb{R}", "e^",
    "I_n", r"\mathbf{1}", r"\sigma", r"\delta_{ij}", "d", r"\mathrm{d}", "K_{m,n}", r"\circ ", r"\otimes ", r"\vec", r"\bigl", ".", "²",
    "ᵀ", "₁",
]  # fmt: skip


@given(pieces=st.lists(st.sampled_from(FRAGMENTS), min_size=1, max_size=14))
@settings(max_examples=600, deadline=None, suppress_health_check=list(HealthCheck))
def test_odd_texts_are_read_or_refused_with_a_place(pieces: list[str]) -> None:
    written = "".join(pieces)
    for read in (parse_expression, read_request):
        try:
            read(written, variables={"A": "n n", "x": "n", "y": "n", "c": ""})
        except MatcalcError as error:
            assert error.span is None or error.source is None or 0 <= error.span[0] <= error.span[1]


NESTED_SUMS = "".join(rf"\sum_{{{i}}} x_{i} (" for i in "abcfghijklmnopqrstuvw")
LONG = [
    r"\|x\| + " * 8_000 + "c", r"\left\|x\right\| + " * 8_000 + "c", r"\sigma(c) + " * 8_000 + "c", r"\sum_i x_i + " * 3_000 + "c",
    "{" * 150 + "x" + "}" * 150, r"\hat{" * 300 + "x" + "}" * 300, r"\left(" * 190 + "c" + r"\right)" * 190,
    "[" * 190 + "c" + "]" * 190 + r"\,", r"\frac{c}{" * 150 + "c" + "}" * 150, r"\mathbf{" * 190 + "c" + "}" * 190, "x_1 " * 20_000 + r"\,",
    "^{" * 150 + "}" * 150, r"\sum_i (x_i + " * 150, NESTED_SUMS + "1" + ")" * 21,
]  # fmt: skip


@pytest.mark.parametrize("written", LONG, ids=[w[:20] for w in LONG])
def test_long_and_deep_texts_are_read_or_refused(written: str) -> None:
    try:
        parse_expression(written, variables={"x": "n", "c": ""})
    except MatcalcError as error:
        assert error.message
