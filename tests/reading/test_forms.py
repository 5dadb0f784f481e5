"""The forms of a request: words around it, operators as calls, definitions in front, what is said of names; each with its plain twin."""

from __future__ import annotations

from typing import Any

import pytest

from matcalc.algebra.node import Expr
from matcalc.errors import MatcalcError, ParseError, UsageError
from matcalc.reading.request import asks_for_a_derivative, read_request


def asked(text: str, variables: Any = None, wrt: str | None = None) -> tuple[Expr, list[Expr], int, dict[str, frozenset[str]]]:
    read = read_request(text, variables=variables, wrt=wrt)
    wrt2 = [] if read.wrt2 is None else [read.wrt2]
    return read.expr, [*read.wrt, *wrt2], read.order, read.properties


S: Any = ["A: n x n symmetric", "x: n"]
N: Any = ["A: n x n", "x: n"]


@pytest.mark.parametrize(
    ("written", "plain", "variables"),
    [
        ("d x^T A x / dx where A symmetric", "d x^T*A*x/dx", S),
        ("d x^T A x / dx where A is symmetric", "d x^T*A*x/dx", S),
        ("d (x^T A x)/dx, A symmetric", "d x^T*A*x/dx", S),
        ("d (x^T A x)/dx with A = A^T", "d x^T*A*x/dx", S),
        ("d (x^T A x)/dx for symmetric A", "d x^T*A*x/dx", S),
        ("d (x^T A x)/dx, where A' = A.", "d x^T*A*x/dx", S),
        ("A symmetric; d (x^T A x)/dx", "d x^T*A*x/dx", S),
        ("Let A be a symmetric n x n matrix. Find d (x^T A x)/dx.", "d x^T*A*x/dx", S),
        ("d (x^T A x)/dx with symmetric matrix A", "d x^T*A*x/dx", S),
        (r"\frac{\partial}{\partial x}\, x^\top A x \text{ where } A \text{ is symmetric}", "d x^T*A*x/dx", S),
        (r"\frac{\partial}{\partial x} x^\top A x, \quad A = A^\top", "d x^T*A*x/dx", S),
        (r"\nabla_x \, x^\top A x, \quad A \in \mathbb{S}^{n}", "d x^T*A*x/dx", S),
        (r"$\nabla_x \, x^\top A x$ with $A$ symmetric", "d x^T*A*x/dx", S),
        ("d tr(S*X*S)/dS, S symmetric", "d tr(S*X*S)/dS", ["S: n x n symmetric"]),
        ("d tr(S*X*S)/dS, S and X symmetric", "d tr(S*X*S)/dS", ["S: n x n symmetric", "X: n x n symmetric"]),
        ("d tr(S*X*S)/dS, S, X symmetric", "d tr(S*X*S)/dS", ["S: n x n symmetric", "X: n x n symmetric"]),
        ("d logdet(X)/dX, X positive definite", "d logdet(X)/dX", ["X: n x n spd"]),
        (r"\nabla_X ( \log\det X - \tr(CX) ), \quad X \in \mathbb{S}^n_{++}", "d (logdet(X) - tr(C*X))/dX", ["X: n x n spd"]),
        (r"\nabla_X \log\det X, \; X \succ 0", "d logdet(X)/dX", ["X: n x n spd"]),
        (r"\nabla_x x^\top Q x \quad x \in \mathbb{R}^n, Q \succeq 0", "d x^T*Q*x/dx", ["Q: n x n psd"]),
        ("d sum(log(x))/dx, x > 0", "d sum(log(x))/dx", ["x: n positive"]),
        ("d ||A x - b||^2/dx, A in R^(m x n), b in R^m", "d ||A*x - b||^2/dx", ["A: m x n", "b: m"]),
        ("d ||A x - b||^2/dx, A ∈ ℝᵐˣⁿ, b ∈ ℝᵐ", "d ||A*x - b||^2/dx", ["A: m x n", "b: m"]),
        ("d ||A x - b||^2/dx where A is m x n and b is a vector of length m", "d ||A*x - b||^2/dx", ["A: m x n", "b: m"]),
        (
            r"\nabla_b \; \|Xb-y\|^2, \quad X \in \mathbb{R}^{n\times p}, \; b \in \mathbb{R}^p, \; y \in \mathbb{R}^n",
            "d ||X*b - y||^2/db", ["X: n x p", "b: p", "y: n"],
        ),
        ("d ||Q*x||^2/dx, Q^T Q = I", "d ||Q*x||^2/dx", ["Q: n x n orthogonal"]),
        ("d tr(W*S)/dS where W^T = -W", "d tr(W*S)/dS", ["W: n x n skew"]),
        ("d c*x^T*x/dx, c is a scalar", "d c*x^T*x/dx", ["c: scalar"]),
        ("d c*x^T*x/dx where c in R", "d c*x^T*x/dx", ["c: scalar"]),
    ],
)  # fmt: skip
def test_what_is_said_of_names_is_declared(written: str, plain: str, variables: Any) -> None:
    assert asked(written) == asked(plain, variables)


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("derivative of tr(A X B) with respect to X", "d tr(A*X*B)/dX"),
        ("The derivative of tr(A X B) w.r.t. X?", "d tr(A*X*B)/dX"),
        ("derivative with respect to X of tr(A X B)", "d tr(A*X*B)/dX"),
        ("gradient of x^T A x wrt the vector x", "d x^T*A*x/dx"),
        ("x^T A x with respect to x", "d x^T*A*x/dx"),
        ("d x^T A x wrt x", "d x^T*A*x/dx"),
        ("d(x^T A x) with respect to x", "d x^T*A*x/dx"),
        ("Hessian of x^T A x in x", "d^2 (x^T*A*x)/dx^2"),
        ("second derivative of x^T A x with respect to x", "d^2 (x^T*A*x)/dx^2"),
        ("differentiate tr(X^T A X) by X", "d tr(X^T*A*X)/dX"),
        ("Please compute the Jacobian of A x with respect to x.", "d A*x/dx"),
        ("What is the derivative of $x^T A x$ with respect to $x$?", "d x^T*A*x/dx"),
        (r"gradient of $\|Ax - b\|^2$ w.r.t. $x$", "d ||A*x - b||^2/dx"),
        ("Let $f(x) = x^T A x$. Find the gradient of $f$ with respect to $x$.", "d x^T*A*x/dx"),
        ("d/dx of x^T A x", "d x^T*A*x/dx"),
        ("gradient of f with respect to x where f = x^T A x", "d x^T*A*x/dx"),
        ("diff(tr(A*X*B), X)", "d tr(A*X*B)/dX"),
        ("diff(x'*A*x, x, 2)", "d^2 (x^T*A*x)/dx^2"),
        ("diff(x'*A*x, x, x)", "d^2 (x^T*A*x)/dx^2"),
        ("diff(x'*A*y, x, y)", "d^2 (x^T*A*y)/dx dy"),
        ("D[tr(A*X), X]", "d tr(A*X)/dX"),
        ("D[x'*A*x, {x, 2}]", "d^2 (x^T*A*x)/dx^2"),
        ("grad(x'*A*x, x)", "d x^T*A*x/dx"),
        ("gradient(x -> x'*A*x, x)", "d x^T*A*x/dx"),
        ("ForwardDiff.gradient(x -> x'*A*x, x)", "d x^T*A*x/dx"),
        ("gradient(@(x) x'*A*x, x)", "d x^T*A*x/dx"),
        ("jacobian(tanh(W*x + b), x)", "d tanh(W*x + b)/dx"),
        ("hessian(x'*A*x, x)", "d^2 (x^T*A*x)/dx^2"),
        ("tr(A*X*B).diff(X)", "d tr(A*X*B)/dX"),
        ("(x'*A*x).diff(x, 2)", "d^2 (x^T*A*x)/dx^2"),
        ("jax.grad(lambda x: x.T @ A @ x)(x)", "d x^T*A*x/dx"),
        ("jax.grad(lambda z: z.T @ A @ z)(x)", "d x^T*A*x/dx"),
        ("jax.hessian(lambda x: x.T @ A @ x)(x)", "d^2 (x^T*A*x)/dx^2"),
        ("jax.grad(lambda x, A: x.T @ A @ x, argnums=1)(x, A)", "d x^T*A*x/dA"),
        ("jax.grad(lambda x, A: x.T @ A @ x, argnums=(0, 1))(x, A)", "d x^T*A*x/d(x, A)"),
        ("f(x) = x^T A x; df/dx", "d x^T*A*x/dx"),
        ("f(x) = x^T A x, df/dx", "d x^T*A*x/dx"),
        ("f = x^T A x\ndf/dx", "d x^T*A*x/dx"),
        ("df/dx, f = x^T A x", "d x^T*A*x/dx"),
        ("df/dx with f = x^T A x", "d x^T*A*x/dx"),
        ("r = A x - b; f = r^T r; df/dx", "d (A*x - b)^T*(A*x - b)/dx"),
        ("r = A x - b, f = r^T r, grad_x f", "d (A*x - b)^T*(A*x - b)/dx"),
        ("f(x) := x^T A x; df/dx", "d x^T*A*x/dx"),
        (r"f(x) = x^\top A x, \quad \frac{\partial f}{\partial x}", "d x^T*A*x/dx"),
        (r"\frac{\partial f}{\partial x} \quad \text{where} \quad f = x^\top A x", "d x^T*A*x/dx"),
        (r"\begin{align} f &= x^\top A x \\ \frac{\partial f}{\partial x} \end{align}", "d x^T*A*x/dx"),
        (r"\begin{aligned} \frac{\partial}{\partial x} \Big( & x^\top A x \\ & + b^\top x \Big) \end{aligned}", "d (x^T*A*x + b^T*x)/dx"),
        (r"\[ \frac{\partial}{\partial x} x^\top A x . \]", "d x^T*A*x/dx"),
        ("d tr(A X)/dX.", "d tr(A*X)/dX"),
        ("d tr(A X)/dX = ?", "d tr(A*X)/dX"),
        (r"\min_w \|Xw - y\|^2", "d ||X*w - y||^2/dw"),
        (r"\arg\min_{w \in \mathbb{R}^n} \|Xw - y\|^2", "d ||X*w - y||^2/dw"),
        (r"\operatorname{arg\,max}_{w} -\|Xw - y\|^2", "d (-||X*w - y||^2)/dw"),
    ],
)
def test_forms_of_the_operator(written: str, plain: str) -> None:
    assert asked(written) == asked(plain)
    assert asks_for_a_derivative(written)


def test_commas_separate_definitions() -> None:
    shapes = {"A": "m n"}
    assert asked("d r^T r/dx where r = A x - b, b = 2*c", shapes) == asked("d (A*x - 2*c)^T*(A*x - 2*c)/dx", shapes)


@pytest.mark.parametrize(
    ("written", "wrt", "plain"),
    [
        ("f(x) = x^T A x", "x", "d x^T*A*x/dx"),
        ("f = x^T A x", "A", "d x^T*A*x/dA"),
        (r"L(w) = \|Xw - y\|^2", "w", "d ||X*w - y||^2/dw"),
        ("r = A x - b; r^T r", "x", "d (A*x - b)^T*(A*x - b)/dx"),
        ("x^T A x.", "x", "d x^T*A*x/dx"),
    ],
)
def test_a_definition_in_front_with_the_variable_beside(written: str, wrt: str, plain: str) -> None:
    assert asked(written, wrt=wrt) == asked(plain)


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("d tr(A X)/dX, d tr(B X)/dX", "second question"),
        ("d tr(A X)/dX, A > 0", "positive definite or that its entries"),
        (r"\min_w w^T w \text{ s.t. } A w = b", "minimum under constraints"),
        ("jax.grad(lambda z: z.T @ A @ x)(x)", "x stands in the function too"),
        ("d x^T A x/dx, A in R^(m x n), A in R^(p x q)", "two sizes"),
        ("gradient of the gradient of x^T A x wrt x", "the word"),
        (r"\frac{\partial}{\partial} x^\top A x", "below the bar is missing"),
        ("d x^T x/dx where x: n; x: m", "declared twice"),
    ],
)
def test_what_could_be_two_things_is_refused(written: str, told: str) -> None:
    with pytest.raises((ParseError, UsageError, MatcalcError), match=told) as caught:
        read_request(written)
    assert caught.value.source in (None, written)


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        (r"\frac{1}{2}\frac{\partial}{\partial X}\operatorname{tr}(X^\top A X)", "d 1/2*tr(X^T*A*X)/dX"),
        (r"-\nabla_x \log(x^T A x)", "d (-log(x^T*A*x))/dx"),
        ("-1/2 d/dx x^T A x", "d (-1/2*(x^T*A*x))/dx"),
        ("2 d(x^T A x)/dx", "d 2*(x^T*A*x)/dx"),
        (r"\lambda \nabla_w \|w\|^2", "d lambda*||w||^2/dw"),
        (r"\frac{\delta L}{\delta q} \text{ where } L = q^\top A q", "d q^T*A*q/dq"),
        ("δ tr(A X)/δX", "d tr(A*X)/dX"),
        ("delta tr(A X)/delta X", "d tr(A*X)/dX"),
        ("D_x x^T A x", "d x^T*A*x/dx"),
        (r"\partial_x (x^\top A x)", "d x^T*A*x/dx"),
        ("∂_x x^T A x", "d x^T*A*x/dx"),
        ("∇ₓ ‖A x − b‖²", "d ||A*x - b||^2/dx"),
        ("∂ₓ (xᵀ A x)", "d x^T*A*x/dx"),
        ("∇_xₖ xₖᵀ A xₖ", "d x_k^T*A*x_k/dx_k"),
        (r"\nabla f(x), f(x) = x^T A x", "d x^T*A*x/dx"),
        ("f(x) = x^T A x; grad f", "d x^T*A*x/dx"),
        ("f(x) = x^T A x; f'(x)", "d x^T*A*x/dx"),
        ("f(x) = x^T A x; f''(x)", "d^2 (x^T*A*x)/dx^2"),
        (r"f : x \mapsto \tfrac13 \|x\|^3, \quad \nabla f", "d ||x||^3/3/dx"),
        (r"J(w) := \frac{1}{2}\|Xw - y\|^2, \quad \nabla J(w)", "d ||X*w - y||^2/2/dw"),
        (r"J(w) = \|y - \hat{y}(w)\|^2, \; \hat{y}(w) = Xw; \; \nabla J(w)", "d ||y - X*w||^2/dw"),
        (r"f(x) = x^\top A x, \nabla^2 f(x)", "d^2 (x^T*A*x)/dx^2"),
        (r"L = \|Xw-y\|^2, \nabla L(w)", "d ||X*w - y||^2/dw"),
    ],
)
def test_marks_of_the_operator(written: str, plain: str) -> None:
    shapes = {"X": "m n"} if "X" in written else {"A": "n n"} if "‖" not in written else {"A": "m n"}
    assert asked(written, shapes) == asked(plain, shapes)


def test_the_variable_before_the_operator_is_refused() -> None:
    with pytest.raises(MatcalcError):
        read_request(r"x \nabla_x x^T x")
    with pytest.raises(ParseError, match="before the operator"):
        read_request(r"\lambda \nabla_\lambda \lambda^2")


@pytest.mark.parametrize(
    ("written", "plain", "variables"),
    [
        (
            r"\frac{\partial}{\partial u_k} (A x_k + B u_k - x_{k+1})^\top Q (A x_k + B u_k - x_{k+1})",
            "d (A*x_k + B*u_k - x_kp1)^T*Q*(A*x_k + B*u_k - x_kp1)/du_k", None,
        ),
        (
            r"\frac{\partial}{\partial K_{k}} \left( \tr(K_k S_{k} K_k^\top) - 2\tr(K_k H_k P_{k|k-1}) \right)",
            "d (tr(K_k*S_k*K_k^T) - 2*tr(K_k*H_k*P_k_km1))/dK_k", None,
        ),
        (r"\frac{\partial}{\partial W^{(2)}} \left\| W^{(2)} h^{(1)} - y \right\|^2", "d ||W_2*h_1 - y||^2/dW_2", None),
        (r"\nabla_{W^{[2]}} \| W^{[2]} a^{[1]} - y \|^2", "d ||W_2*a_1 - y||^2/dW_2", None),
        (r"\frac{\partial}{\partial {\bf w}} {\bf w}^T {\bf S}_W {\bf w}", "d w^T*S_W*w/dw", None),
        (
            r"\frac{\partial}{\partial\vec{v}}\left(\frac12 m\,\vec{v}\cdot\vec{v} - \vec{F}\cdot\vec{v}\right)",
            "d (1/2*m*v^T*v - F^T*v)/dv", ["m: scalar", "F: vector"],
        ),
        (
            r"\frac{\partial}{\partial b} \left\| y_{n\times 1} - X_{n\times p}\, b_{p\times 1} \right\|^2",
            "d ||y - X*b||^2/db", ["y: n", "X: n x p", "b: p"],
        ),
        (r"\nabla_b \| \underset{n \times 1}{y} - \underset{n \times p}{X} b \|^2", "d ||y - X*b||^2/db", ["y: n", "X: n x p"]),
        (r"\frac{\partial}{\partial \mathbf{w}} (\boldsymbol{X w - y})^{T} (\boldsymbol{X w - y})", "d ||X*w - y||^2/dw", None),
        (r"\nabla_{\bar x} \|x - \bar{x}\|^2", "d ||x - x_bar||^2/dx_bar", None),
        (r"\nabla_x \| I_{n\times n} x - b\|^2", "d ||eye(n)*x - b||^2/dx", None),
    ],
)  # fmt: skip
def test_names_that_latex_makes(written: str, plain: str, variables: Any) -> None:
    assert asked(written) == asked(plain, variables)


def test_one_name_written_above_and_below_is_refused() -> None:
    with pytest.raises(ParseError, match="above and below"):
        read_request(r"\nabla_x \|W^{(2)} x - W_2 x\|^2")


@pytest.mark.parametrize(
    ("written", "plain", "variables"),
    [
        (r"\frac{d}{d\alpha} f(x + \alpha p), \quad f(x) = \frac12 x^\top Q x", "d 1/2*((x + alpha*p)^T*Q*(x + alpha*p))/dalpha", None),
        ("d g(A*x)/dx where g(z) = z^T z", "d (A*x)^T*(A*x)/dx", None),
        ("d g(g(x))/dx, g(z) = S*z, S symmetric", "d S*S*x/dx", ["S: n x n symmetric"]),
        (
            r"\frac{\partial L}{\partial \bm{q}} \text{ with } L = \tfrac12 \bm{q}^\top \bm{M} \bm{q} - \bm{q}^\top\bm{g}",
            "d (1/2*(q^T*M*q) - q^T*g)/dq", None,
        ),
        (r"Let $f(\mathbf{x}) = \mathbf{x}^T \mathbf{A} \mathbf{x}$ where $\mathbf{A}$ is symmetric. Find $\nabla f(\mathbf{x})$.",
         "d x^T*A*x/dx", S),
        (r"\hat{\beta} = \arg\min_{\beta} \|y - X\beta\|_2^2 + \lambda\|\beta\|_2^2", "d (||y - X*beta||^2 + lambda*||beta||^2)/dbeta",
         ["X: n x m", "beta: m", "lambda: scalar"]),
        ("d(x'Ax)/dx, with A symmetric and x in R^n", "d x^T*A*x/dx", S),
        (r"\frac{\partial V}{\partial x}, \quad V(x) = x^\top P x, \quad P = P^\top \succ 0", "d x^T*P*x/dx", ["P: n x n spd"]),
        ("Suppose that A is invertible. d tr(A^-1 B)/dA", "d tr(A^-1*B)/dA", ["A: n x n invertible"]),
        (r"{\partial \over \partial x} x^T A x", "d x^T*A*x/dx", N),
        (r"\nabla_w {w^\top S w \over w^\top w}", "d (w^T*S*w)/(w^T*w)/dw", None),
        (r"\operatorname{Hess}_x x^T A x", "d^2 (x^T*A*x)/dx^2", N),
        ("derivative of f with respect to x, f = sin(a^T x)", "d sin(a^T*x)/dx", None),
        ("y := W x + b; L := ||y - t||^2; dL/db", "d ||W*x + b - t||^2/db", None),
        ("f(x, y) = x^T A y, d^2 f/dx dy", "d^2 (x^T*A*y)/dx dy", None),
        (r"\begin{align*} \frac{\partial L}{\partial W} \end{align*} where L = ||W x - y||^2", "d ||W*x - y||^2/dW", None),
        (r"\max_{w} \; w^\top \mu - \frac{\gamma}{2} w^\top \Sigma w", "d (w^T*mu - gamma/2*(w^T*Sigma*w))/dw", ["w: n", "mu: n"]),
        (
            r"\nabla_{\bm{u}} \left[ (\bm{A}\bm{x} + \bm{B}\bm{u})^\top \bm{P} (\bm{A}\bm{x} + \bm{B}\bm{u}) \right]",
            "d (A*x + B*u)^T*P*(A*x + B*u)/du", None,
        ),
        (
            r"\frac{\partial}{\partial\mu} \left( -\frac{d}{2}\log 2\pi - \frac12 (x-\mu)^\top(x-\mu) \right)",
            "d (-d/2*log(2*pi) - 1/2*((x - mu)^T*(x - mu)))/dmu", ["d: scalar", "mu: n", "x: n"],
        ),
        (r"\frac{\partial^2 f}{\partial x \partial x^\top}, f(x) = \log(1 + e^{a^\top x})", "d^2 log(1 + exp(a^T*x))/dx^2", None),
    ],
)  # fmt: skip
def test_lines_of_papers_and_questions(written: str, plain: str, variables: Any) -> None:
    found, wanted = read_request(written), read_request(plain, variables=variables)
    assert (found.expr, [v.data for v in found.wrt], found.order) == (wanted.expr, [v.data for v in wanted.wrt], wanted.order)


def test_a_function_applied_to_itself_has_an_end() -> None:
    with pytest.raises(MatcalcError, match="applied inside itself too often"):
        read_request("d f(2*x)/dx where f(x) = f(3*x)")


def test_where_the_argument_of_a_logarithm_ends() -> None:
    with pytest.raises(ParseError, match="where the argument of log ends"):
        read_request(r"\nabla_\mu ( \log 2\pi\sigma^2 + \mu^\top \mu )")


def test_a_gradient_of_what_is_not_defined() -> None:
    with pytest.raises(UsageError, match="f is not defined"):
        read_request("grad(f, x)")


@pytest.mark.parametrize("written", ["diff(x^T A x, x)", r"\min_x x^\top A x", "gradient of x^T A x wrt x"])
def test_a_variable_beside_words_is_the_same_one(written: str) -> None:
    assert asked(written, wrt="x") == asked("d x^T*A*x/dx")
    assert read_request(written, order=2).order == 2
    with pytest.raises(UsageError, match="differentiates by x, and wrt is A"):
        read_request(written, wrt="A")
