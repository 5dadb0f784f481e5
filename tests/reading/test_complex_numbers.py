"""Complex numbers as people write them: what is read, in text, Unicode and LaTeX, what is said of it, and what is refused."""

from __future__ import annotations

from typing import Final

import pytest

from matcalc import Derivative, MatcalcError, derive
from matcalc.reading.grammar.complex_marks import speaks_of_complex_numbers
from matcalc.reading.request import read_request

READ: Final = {
    "d w^H R w / dw^*": "R*w",
    "d (w^H R w)/dconj(w)": "R*w",
    "d (z^H A z)/dz where A is hermitian, z complex": "conj(A*z)",
    "d tr(A X^H)/d real(X)": "A",
    "d tr(A X^H)/dIm(X)": "-1j*A",
    "d (z^3)/dz^* where z: complex": "0",
    "d^2 (z^H A z)/(dconj(z) dz^T)": "A^T",
    "d^2 (z^H A z)/(dz dz^T)": "zeros(n,n)",
    "grad_w (w^H R w - w^H p - p^H w), R hermitian": "2*(R*w - p)",
    "grad_w w^H R w, R = R^H": "2*R*w",
    "grad_w w^H R w where R hermitian positive definite": "2*R*w",
    "grad_z |z|^2, z in C": "2*z",
    "d tr(Q^H A Q B)/dQ^*, Q unitary": "A*Q*B",
    "d ||A z - b||^2/dz^* where A in C^(m x n), z in C^n": "A^H*(A*z - b)",
    "d log det(I + H Q H^H)/dH^*, Q hermitian": "(I + H*Q*H^H)^-1*H*Q",
    "∂(zᴴ A z)/∂z̄": "A*z",
    "∂(zᴴ A⁻ᴴ z)/∂z̄": "A^-H*z",
    "d w^HRw/dw^*": "R*w",
    "gradient of w^H R w with respect to w^*": "R*w",
    "differentiate w^H R w - 2 Re(w^H p) with respect to conj(w)": "R*w - p",
    "derivative of ||A z - b||^2 with respect to the conjugate of z, where z is a complex vector": "A^H*(A*z - b)",
    "df/dz* where f = z^H A z": "A*z",
    "d tr(A X)/dimag(X)": "1j*A^T",
    r"\nabla_w w^H R w, R \succ 0": "2*R*w",
    "d (conj(z)*z^2)/dz": "2*z*conj(z)",
    "d (z*conj(z)^2)/dz^*": "2*z*conj(z)",
    r"\frac{\partial}{\partial \boldsymbol{\psi}^*} \boldsymbol{\psi}^\dagger H \boldsymbol{\psi}": "H*psi",
    "d (w^H R w)/dw where R is positive definite": "conj(R*w)",
    r"\nabla_{\mathbf{w}^*} \mathbf{w}^H \mathbf{R} \mathbf{w}": "R*w",
    r"\frac{\partial}{\partial \mathbf{w}^*} \mathbf{w}^{\mathsf H}\mathbf{R}\mathbf{w}": "R*w",
    r"\frac{\partial}{\partial w^*} |d - w^H x|^2": "conj(w^H*x - d)*x",
    r"\frac{\partial}{\partial Z^*} \Re\{\operatorname{tr}(A^H Z)\}": "A/2",
    r"\frac{\partial}{\partial Z^*} \operatorname{Im}\left(\operatorname{tr}(A^{H} Z)\right)": "1j*A/2",
    r"\frac{\partial \log\det(I + H H^H)}{\partial H^*}": "(I + H*H^H)^-1*H",
    r"\frac{\partial}{\partial a^*} a^{\dagger} R a": "R*a",
    r"\frac{\partial}{\partial \bar{z}} \|A z - b\|^2 \text{ where } A \in \mathbb{C}^{m \times n}, z \in \mathbb{C}^n": "A^H*(A*z - b)",
    r"\frac{\partial}{\partial z^*} \overline{z}^T A z": "A*z",
    r"\frac{\partial}{\partial \mathbf{W}^*} \operatorname{tr}(\mathbf{W}^H \mathbf{A} \mathbf{W})"
    r" - 2 \operatorname{Re}\operatorname{tr}(\mathbf{W}^H \mathbf{B})": "A*W - B",
    r"\frac{\partial}{\partial w^*} \sum_{i=1}^{N} |y_i - w^H x_i|^2": "X^T*conj(X*conj(w) - y)",
    r"\frac{\partial}{\partial W^*} \sum_{i} \| y_i - W x_i \|^2": "(W*X^T - Y^T)*conj(X)",
    r"\frac{\partial}{\partial w^*} w^H \left(\sum_k h_k h_k^H\right) w": "H^T*conj(H)*w",
    "d np.trace(X.conj().T @ A @ X)/dX": "A^T*conj(X)",
    "D[ConjugateTranspose[z].A.z, z]": "A^T*conj(z)",
    "d np.vdot(x, A @ x)/dx where x in C^n": "A^T*conj(x)",
}


@pytest.mark.parametrize(("request_", "text"), READ.items(), ids=READ)
def test_a_request_with_complex_numbers_is_read(request_: str, text: str) -> None:
    assert derive(request_).text == text


@pytest.mark.parametrize(
    ("wrt", "second", "text"),
    [("conj(z)", None, "A*z"), ("z^*", None, "A*z"), ("z", None, "A^T*conj(z)"), ("conj(z)", "z", "A^T"), ("z", "conj(z)", "A")],
)
def test_a_variable_that_is_given_beside_the_text_may_be_a_conjugate(wrt: str, second: str | None, text: str) -> None:
    told = {"order": 2, "wrt2": second} if second else {}
    assert derive("z^H*A*z", wrt=wrt, variables={"z": "n complex", "A": "n n complex"}, **told).text == text  # type: ignore[arg-type]


def test_what_a_request_differentiates_by_is_kept() -> None:
    declared = {"z": "n complex", "w": "n complex", "t": ""}
    assert read_request("grad_z z^H*z", variables=declared).components == ("gradient",)
    assert read_request("d (z^H*w)/d(z, w)", variables=declared).components == ()
    assert read_request("d^2 (z^H*w)/(dconj(z) dw^T)", variables=declared).components == ("conjugate", "")
    assert read_request("grad_t (t^2)", variables=declared).components == ()


def notes(request: str) -> list[str]:
    return [str(note) for note in read_request(request).assumptions]


def test_what_is_read_as_complex_is_said() -> None:
    assert "w and R are complex (declare 'R: n x n hermitian' if so)" in notes("d w^H R w/dw^*")
    assert "sigma is real" in notes(r"\nabla_w (\sigma^2 w^H w)")
    assert "t is real" in notes("d abs(h^H*exp(1j*t))^2/dt")
    assert not any("complex" in note for note in notes("d tr(A*X)/dX"))


def test_a_conjugate_transpose_below_the_bar_asks_for_rows() -> None:
    found = derive("d (z^H A z)/dz^H")
    assert isinstance(found, Derivative)
    assert (found.text, found.layout) == ("z^T*A^T", "numerator")


def test_a_declared_name_is_the_imaginary_unit() -> None:
    found = derive("d exp(i*z)/dz", variables={"z": ""}, attrs={"i": ["imaginary"], "z": ["complex"]})
    assert found.text == "1j*exp(1j*z)"
    read = read_request("d exp(i*z)/dz", variables={"z": ""}, attrs={"i": ["imaginary"], "z": ["complex"]})
    assert "i is the imaginary unit, 1j" in map(str, read.assumptions)


def test_an_exponent_h_is_the_conjugate_transpose_also_of_a_variable_h() -> None:
    assert derive("d tr(A*H^H)/dconj(H)", variables={"A": "m n complex", "H": "m n complex"}).text == "A"


def test_a_prime_is_the_conjugate_transpose_of_complex_arrays_alone() -> None:
    assert derive("d (z'*A*z)/dconj(z)", variables={"z": "n complex", "A": "n n complex"}).text == "A*z"
    assert derive("d (x'*A*x)/dx").text == "(A + A^T)*x"
    assert derive("d (z.'*A*z)/dz", variables={"z": "n complex", "A": "n n complex"}).text == "(A + A^T)*z"


def test_a_j_that_is_a_name_is_none_in_a_number() -> None:
    assert derive("d (2j + j^2)/dj", variables={"j": ""}, check=False).text == "2 + 2*j"


REFUSED: Final = {
    r"\frac{\partial}{\partial a} a^{\dagger} R a": "could be a conjugate transpose or the pseudo-inverse",
    "d tr(A^†)/dA": "could be the conjugate transpose or the pseudo-inverse",
    r"\frac{\partial}{\partial x} x^* A x": "could be a conjugate transpose, a conjugate or a mark",
    "d (x^* A x)/dx where x: n complex": "x^* before a factor could be the conjugate or the conjugate transpose",
    "d (x^H x)/dconj(x) where x: n": "x is real, and a derivative by its conjugate or a part of it is asked for",
    "hessian of z^H z with respect to z^*": "z is complex, of which a function has several Hessians",
    r"\frac{\partial}{\partial z^*} \langle a, z \rangle, z \in \mathbb{C}^n": "write a^H z or z^H a",
    "hess_z z^H z": "z is complex, of which a function has several Hessians",
    "∂/∂z̄ ‖A z − b‖²": "for the conjugate of z write d/dconj(z)",
    "grad_z (z^H A z)": "is of a function that is real",
}


@pytest.mark.parametrize(("request_", "told"), REFUSED.items(), ids=REFUSED)
def test_what_could_be_something_else_is_refused(request_: str, told: str) -> None:
    with pytest.raises(MatcalcError) as caught:
        derive(request_, check=False)
    assert told in str(caught.value)


def test_a_bar_is_part_of_a_name_without_another_mark() -> None:
    assert derive(r"\frac{\partial}{\partial \bar x} \bar x^\top A \bar x").text == "(A + A^T)*x_bar"
    assert derive("d (x̄ᵀ A x̄)/dx̄").text == "(A + A^T)*x_bar"


MARKED: Final = [
    "d w^H w/dw^*", "x^{-H}", r"x^{\mathsf H}", r"\mathbf{x}^\mathrm{H}", "d f/d real(Z)", "d/dimag(X)", "z in C^n", r"z \in \mathbb{C}^n",
    "exp(1j*t)", r"e^{\mathrm{j}t}", r"\frac{\partial f}{\partial z^*}", r"\nabla_{w^*} f", "∇_{w^*} f", "Q unitary", "A.H", "x.conj()",
]  # fmt: skip
UNMARKED: Final = [
    "d tr(C^T X)/dX", r"\frac{\partial x^*}{\partial p}", "dx^*/dp", "x_{1j} y_j", r"x_{\mathrm{i}}", "tr(H H^T)", r"\arg\min_x x",
    "X^{H_1}", r"\langle x, y\rangle", "x_1j",
]  # fmt: skip


@pytest.mark.parametrize("text", MARKED)
def test_a_text_speaks_of_complex_numbers(text: str) -> None:
    assert speaks_of_complex_numbers(text)


@pytest.mark.parametrize("text", UNMARKED)
def test_a_text_of_real_numbers_has_no_mark(text: str) -> None:
    assert not speaks_of_complex_numbers(text)
