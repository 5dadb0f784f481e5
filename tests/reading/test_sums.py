r"""Sums over samples and entries: every request is asked as it stands, its answer compared with differences of the sum, term by term."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from keyword import iskeyword

import numpy as np
import pytest

from matcalc import derive
from matcalc.answers.derivative import Derivative
from matcalc.errors import MatcalcError
from matcalc.reading.request import read_request

Arrays = Mapping[str, np.ndarray]
SIZES = {"n": 4, "k": 3, "m": 2, "d": 3, "1": 1}
STEP = 1e-5


def drawn(shapes: Mapping[str, str]) -> dict[str, np.ndarray]:
    """Random arrays; those called spd are symmetric and positive definite, those called positive positive."""
    rng = np.random.default_rng(7)
    found = {}
    for name, shape in shapes.items():
        words = shape.split()
        sizes = [SIZES[w] for w in words if w in SIZES]
        a = rng.normal(size=sizes)
        found[name] = a @ a.T + np.eye(len(a)) if "spd" in words else abs(a) + 0.5 if "positive" in words else a
    return found


def slopes(function: Callable[[Arrays], float], arrays: dict[str, np.ndarray], by: str) -> np.ndarray:
    """The gradient by central differences, entry by entry."""
    found = np.zeros_like(arrays[by])
    for index in np.ndindex(found.shape):
        ends = []
        for sign in (1, -1):
            moved = arrays[by].copy()
            moved[index] += sign * STEP
            ends.append(function({**arrays, by: moved}))
        found[index] = (ends[0] - ends[1]) / (2 * STEP)
    return found


def over(count: int, term: Callable[[int], float]) -> float:
    """A sum, term by term."""
    return float(sum(term(i) for i in range(count)))


def pairs(count: int, term: Callable[[int, int], float]) -> float:
    return over(count, lambda i: over(count, lambda j: term(i, j)))


def answer(request: str) -> Derivative:
    found = derive(request)
    assert isinstance(found, Derivative)
    return found


N = SIZES["n"]
CASES: list[tuple[str, str, dict[str, str], Callable[[Arrays], float]]] = [
    # least squares, as every course writes it
    (r"\nabla_w \sum_{i=1}^n (y_i - w^\top x_i)^2", "w", {"X": "n k", "y": "n", "w": "k"},
     lambda v: over(N, lambda i: (v["y"][i] - v["w"] @ v["X"][i]) ** 2)),
    (r"\frac{\partial}{\partial w} \frac{1}{2n} \sum_{i=1}^{n} \left( w^T x_i - y_i \right)^2", "w", {"X": "n k", "y": "n", "w": "k"},
     lambda v: over(N, lambda i: (v["y"][i] - v["w"] @ v["X"][i]) ** 2) / (2 * N)),
    (r"\nabla_\beta \sum_{i} (y_i - x_i^T \beta)^2 + \lambda \|\beta\|_2^2", "beta", {"X": "n k", "y": "n", "beta": "k", "lambda": ""},
     lambda v: over(N, lambda i: (v["y"][i] - v["beta"] @ v["X"][i]) ** 2) + float(v["lambda"]) * float(v["beta"] @ v["beta"])),
    (r"\nabla_\beta \sum_{i=1}^n (Y_i - X_i^\top\beta)^2", "beta", {"X": "n k", "Y": "n", "beta": "k"},
     lambda v: over(N, lambda i: (v["Y"][i] - v["beta"] @ v["X"][i]) ** 2)),
    (r"\nabla_w \sum_{i=1}^n c_i (y_i - w^\top x_i)^2", "w", {"X": "n k", "y": "n", "w": "k", "c": "n"},
     lambda v: over(N, lambda i: v["c"][i] * (v["y"][i] - v["w"] @ v["X"][i]) ** 2)),
    (r"\nabla_W \sum_{i=1}^{n} \left\| y_i - W x_i \right\|^2", "W", {"X": "n k", "Y": "n m", "W": "m k"},
     lambda v: over(N, lambda i: float(np.sum((v["Y"][i] - v["W"] @ v["X"][i]) ** 2)))),
    # generalised linear models
    (r"\nabla_w \sum_i \log(1+\exp(-y_i w^\top x_i))", "w", {"X": "n k", "y": "n", "w": "k"},
     lambda v: over(N, lambda i: np.log1p(np.exp(-v["y"][i] * (v["w"] @ v["X"][i]))))),
    (r"\frac{\partial}{\partial\theta} \sum_{i=1}^n \left( y_i \theta^\top x_i - e^{\theta^\top x_i} \right)", "theta",
     {"X": "n k", "y": "n", "theta": "k"},
     lambda v: over(N, lambda i: v["y"][i] * (v["theta"] @ v["X"][i]) - np.exp(v["theta"] @ v["X"][i]))),
    (r"\frac{\partial}{\partial W} \sum_{i=1}^n \log \sum_{k=1}^K \exp(w_k^\top x_i)", "W", {"X": "n d", "W": "m d"},
     lambda v: over(N, lambda i: np.log(np.sum(np.exp(v["W"] @ v["X"][i]))))),
    # Gaussian likelihoods
    (r"\frac{\partial}{\partial \mu} \sum_{n} (x_n-\mu)^\top\Sigma^{-1}(x_n-\mu)", "mu", {"X": "n k", "mu": "k", "Sigma": "k k spd"},
     lambda v: over(N, lambda i: (v["X"][i] - v["mu"]) @ np.linalg.solve(v["Sigma"], v["X"][i] - v["mu"]))),
    (r"\frac{\partial}{\partial \Sigma} \left(\frac{n}{2}\log\det\Sigma + \frac12\sum_{i=1}^n (x_i-\mu)^\top\Sigma^{-1}(x_i-\mu)\right)",
     "Sigma", {"X": "n k", "mu": "k", "Sigma": "k k spd"},
     lambda v: N / 2 * np.log(np.linalg.det(v["Sigma"]))
     + over(N, lambda i: (v["X"][i] - v["mu"]) @ np.linalg.solve(v["Sigma"], v["X"][i] - v["mu"])) / 2),
    # second moments, graphs, kernels
    (r"\frac{\partial}{\partial A} \operatorname{tr}\left(A \sum_i b_i x_i x_i^\top\right)", "A", {"A": "k k", "X": "n k", "b": "n"},
     lambda v: float(np.trace(v["A"] @ sum(v["b"][i] * np.outer(v["X"][i], v["X"][i]) for i in range(N))))),
    (r"\nabla_\alpha \sum_i \alpha_i - \frac{1}{2}\sum_{i}\sum_{j} \alpha_i\alpha_j y_i y_j x_i^\top x_j", "alpha",
     {"alpha": "n", "y": "n", "X": "n k"},
     lambda v: float(v["alpha"].sum())
     - pairs(N, lambda i, j: v["alpha"][i] * v["alpha"][j] * v["y"][i] * v["y"][j] * (v["X"][i] @ v["X"][j])) / 2),
    (r"\frac{\partial}{\partial c} \sum_{i=1}^n \|x_i - c\|^2", "c", {"X": "n k", "c": "k"},
     lambda v: over(N, lambda i: float(np.sum((v["X"][i] - v["c"]) ** 2)))),
    (r"\frac{\partial}{\partial X} \sum_{i,j} W_{ij}\|x_i - x_j\|^2", "X", {"X": "n k", "W": "n n"},
     lambda v: pairs(N, lambda i, j: v["W"][i, j] * float(np.sum((v["X"][i] - v["X"][j]) ** 2)))),
    (r"\nabla_b \left( \sum_i \|y_i - b\| + \|\sum_i y_i - b\|^2 \right)", "b", {"Y": "n k", "b": "k"},
     lambda v: over(N, lambda i: float(np.linalg.norm(v["Y"][i] - v["b"]))) + float(np.sum((v["Y"].sum(axis=0) - v["b"]) ** 2))),
    (r"\nabla_w \sum_{i=1}^n \max(0, 1 - y_i w^\top x_i)", "w", {"X": "n k", "y": "n", "w": "k"},
     lambda v: over(N, lambda i: max(0.0, 1 - v["y"][i] * (v["w"] @ v["X"][i])))),
    (r"\nabla_w \sum_{i=1}^n \max\{0, 1 - y_i w^\top x_i\}^2", "w", {"X": "n k", "y": "n", "w": "k"},
     lambda v: over(N, lambda i: max(0.0, 1 - v["y"][i] * (v["w"] @ v["X"][i])) ** 2)),
    (r"\frac{\partial}{\partial w}\sum_{i<j} (w^\top x_i - w^\top x_j)^2", "w", {"X": "n k", "w": "k"},
     lambda v: pairs(N, lambda i, j: (i < j) * (v["w"] @ (v["X"][i] - v["X"][j])) ** 2)),
    (r"\nabla_X \sum_{1 \le i < j \le n} \|x_i - x_j\|^2", "X", {"X": "n k"},
     lambda v: pairs(N, lambda i, j: (i < j) * float(np.sum((v["X"][i] - v["X"][j]) ** 2)))),
    (r"\nabla_X \sum_{i=1}^n \sum_{j=i+1}^n (x_i^\top x_j)^2", "X", {"X": "n k"},
     lambda v: pairs(N, lambda i, j: (i < j) * (v["X"][i] @ v["X"][j]) ** 2)),
    (r"\nabla_x \sum_{i \ne j} A_{ij} x_i x_j", "x", {"A": "n n", "x": "n"},
     lambda v: pairs(N, lambda i, j: (i != j) * v["A"][i, j] * v["x"][i] * v["x"][j])),
    (r"\nabla_w \frac1m \sum_{i=1}^m \left( w^\top x^{(i)} - y^{(i)} \right)^2", "w", {"X": "n k", "y": "n", "w": "k"},
     lambda v: over(N, lambda i: (v["w"] @ v["X"][i] - v["y"][i]) ** 2) / N),
    (r"\nabla_\theta \frac{1}{2}\sum_{i=1}^m (x^{(i)\top}\theta - y^{(i)})^2", "theta", {"X": "n k", "y": "n", "theta": "k"},
     lambda v: over(N, lambda i: (v["X"][i] @ v["theta"] - v["y"][i]) ** 2) / 2),
    (r"\nabla_\theta \sum_{i=1}^m \left( \sum_{j=1}^n \theta_j x_j^{(i)} - y^{(i)} \right)^2", "theta",
     {"X": "n k", "y": "n", "theta": "k"},
     lambda v: over(N, lambda i: (v["X"][i] @ v["theta"] - v["y"][i]) ** 2)),
    (r"\frac{\partial}{\partial\mu} \sum_i \|x_i - \mu\|_{\Sigma^{-1}}^2", "mu", {"X": "n k", "mu": "k", "Sigma": "k k spd"},
     lambda v: over(N, lambda i: (v["X"][i] - v["mu"]) @ np.linalg.solve(v["Sigma"], v["X"][i] - v["mu"]))),
    # entries, with Greek letters
    (r"\nabla_\gamma \sum_{i=1}^{N} \left( z_i - \sum_{j=1}^{K} H_{ij}\gamma_j \right)^2", "gamma", {"z": "n", "H": "n k", "gamma": "k"},
     lambda v: over(N, lambda i: (v["z"][i] - v["H"][i] @ v["gamma"]) ** 2)),
    (r"\nabla_x \sum_{i,j} a_{ij} x_i x_j", "x", {"A": "n n", "x": "n"},
     lambda v: pairs(N, lambda i, j: v["A"][i, j] * v["x"][i] * v["x"][j])),
]  # fmt: skip


@pytest.mark.parametrize(("asked", "by", "shapes", "term_by_term"), CASES, ids=[c[0] for c in CASES])
def test_the_answer_is_the_slope_of_the_sum(asked: str, by: str, shapes: dict[str, str], term_by_term: Callable[[Arrays], float]) -> None:
    found = answer(asked)
    arrays = drawn(shapes)
    assert set(found.variables) <= set(arrays)
    value = found.function()(**{f"{name}_" if iskeyword(name) else name: a for name, a in arrays.items()})
    assert np.allclose(np.squeeze(value), slopes(term_by_term, arrays, by), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (r"\nabla_X \sum_{i<j} w_{ij}\|x_i - x_j\|^2", "the terms of this sum are not the same for i, j and for j, i"),
        (r"\nabla_w \sum_{i=1}^n a_i \sum_{j=i+1}^n (w^T x_i - w^T x_j)^2", "a sum over i < j stands inside another product with i"),
        (r"\nabla_w \mathbb{E}_x[w^\top x]", "what is random under this expectation has no closed form"),
    ],
)
def test_what_has_no_closed_form_is_refused(asked: str, message: str) -> None:
    with pytest.raises(MatcalcError, match=re.escape(message)):
        read_request(asked)


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        (r"\nabla_x \|Ax-b\|_W^2", "2*A^T*W*(A*x - b)"),
        (r"\nabla_x \|Ax-b\|_{R^{-1}}^2", "2*A^T*R^-1*(A*x - b)"),
        ("d ||A*x - b||_W^2/dx", "2*A^T*W*(A*x - b)"),
        ("d ||x||_W/dx", "W*x/sqrt(x^T*W*x)"),
        (r"\nabla_x \|x\|_{\Sigma_1^{-1}}^2", "2*Sigma_1^-1*x"),
        (r"\nabla_x \|x\|_{W_1}^2 + \|x\|_{W_2}^2", "2*(W_1 + W_2)*x"),
        (r"\frac{\partial}{\partial a}\sum_i a x_i", "sum(x)"),
        (r"\nabla_x \sum_i (A x - b)_i^2", "2*A^T*(A*x - b)"),
        (
            r"\frac{\partial}{\partial\mu} \left( -\frac{n}{2}\log(2\pi\sigma^2) - \frac{1}{2\sigma^2}\sum_{i=1}^n (x_i-\mu)^2 \right)",
            "(sum(x) - n*mu)/sigma^2",
        ),
        (r"\nabla_X \langle A, X B \rangle_F", "A*B^T"),
        (r"\nabla_x \langle x, y \rangle_W", "W*y"),
        (r"\nabla_x \mathbf{1}^\top \max(0, Ax - b)", "A^T*heaviside(A*x - b)"),
        ("d sum(max(c, x))/dx where c: scalar", "heaviside(x - c*ones(n))"),
        ("d sum(min(x, 0))/dx", "heaviside(-x)"),
        (r"\nabla_w \mathbb{E}\left[ w^\top \Sigma w \right]", "(Sigma + Sigma^T)*w"),
    ],
)
def test_weights_angles_and_extremes(asked: str, text: str) -> None:
    assert answer(asked).text == text


def test_a_weight_is_told_to_be_positive_definite() -> None:
    found = answer(r"\nabla_x \|x\|_W^2")
    assert "W is symmetric and positive definite, as the weight of a norm" in found.assumptions
    assert answer(r"\nabla_x \|x\|_W^2 \text{ where } W: n \times n").text == "(W + W^T)*x"


def test_the_samples_are_told() -> None:
    assert "x_i^T is row i of X (n x m)" in answer(r"\nabla_w \sum_{i=1}^n (y_i - w^\top x_i)^2").assumptions


def test_a_bare_family_is_no_variable() -> None:
    with pytest.raises(MatcalcError, match="its samples are the rows of X") as raised:
        read_request(r"\nabla_x \sum_{i=1}^n \|x_i - c\|^2")
    assert raised.value.hint == "differentiate by X"


def test_two_indices_that_spell_a_function_are_two_indices() -> None:
    assert answer(r"\nabla_x \sum_{k,l} A_{kl} x_k x_l").text == "(A + A^T)*x"


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        (r"\nabla_w \sum_i (y_i - \hat{y}_i)^2 \text{ where } \hat{y}_i = w^\top x_i", "2*X^T*(X*w - y)"),
        (r"\nabla_\beta \sum_{i=1}^n r_i^2 \text{ where } r_i = y_i - x_i^\top \beta", "2*X^T*(X*beta - y)"),
        (r"\nabla_w \sum_i (y_i - z_i)^2 \text{ where } z = Xw", "2*X^T*(X*w - y)"),
        (r"\nabla_b \sum_{i=1}^n \|y_i - z_i\|^2 \text{ where } z_i = W x_i + b", "2*(W*X^T + b*ones(n)^T - Y^T)*ones(n)"),
    ],
)
def test_what_is_defined_for_each_index(asked: str, text: str) -> None:
    assert answer(asked).text == text


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (r"\nabla_x \sum_i \|A_i x - b_i\|^2", "A_i would be a matrix for every i"),
        (r"\frac{\partial}{\partial \mu_k} \sum_k r_k \|x - \mu_k\|^2", "stands outside the sum over k"),
        (r"\nabla_x \sum_{i=1}^n i x_i", "stands in it as a number"),
        (r"\nabla_A \sum_i \lambda_i(A)", "a function for each index or a product"),
        (r"\nabla_x \|x\|_{TV}", "of this n x 1 array is not known"),
        (r"\nabla_x \|x\|_{L_2}", "of this n x 1 array is not known"),
        (r"\nabla_x \sum_i f(x_i) \text{ where } f: vector -> scalar", "has no closed form here"),
    ],
)
def test_what_could_be_misread_is_refused(asked: str, message: str) -> None:
    with pytest.raises(MatcalcError, match=re.escape(message)):
        read_request(asked)
