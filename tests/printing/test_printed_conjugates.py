"""Conjugates in every notation: the shortest of equal spellings, which is read back to the same expression."""

from __future__ import annotations

from typing import Final

import pytest

from matcalc import read
from matcalc.algebra.node import Expr, sym
from matcalc.book.sizes import dim
from matcalc.printing.notations.latex import latex
from matcalc.printing.notations.text import text
from matcalc.printing.notations.unicode import unicode
from matcalc.reading.alone import read_expression

N: Final = dim("n")
NAMES: Final[dict[str, Expr]] = {
    **{name: sym(name, (N, N), 2, ("complex",)) for name in "ABZ"},
    "R": sym("R", (N, N), 2, ("hermitian", "invertible")),
    **{name: sym(name, (N, dim(1)), 1, ("complex",)) for name in "xz"},
    "c": sym("c", (dim(1), dim(1)), 0, ("complex",)),
    "t": sym("t", (dim(1), dim(1)), 0),
}
SPELLINGS: Final = {
    "Z^H": (r"Z^{\mathsf{H}}", "Zᴴ"),
    "Z^-H": (r"Z^{-\mathsf{H}}", "Z⁻ᴴ"),
    "conj(Z)": (r"\overline{Z}", "conj(Z)"),
    "conj(A^H*A*x)": (r"\overline{A^{\mathsf{H}} A x}", "conj(Aᴴ A x)"),
    "conj(A*x - z)": (r"\overline{A x - z}", "conj(A x − z)"),
    "z^H*R*z": (r"z^{\mathsf{H}} R z", "zᴴ R z"),
    "(A + B)^H*x": (r"(A + B)^{\mathsf{H}} x", "(A + B)ᴴ x"),
    "(A*Z*B)^H": (r"(A Z B)^{\mathsf{H}}", "(A Z B)ᴴ"),
    "1j*A": (r"\mathrm{j} A", "1j A"),
    "-2j*x": (r"-2\mathrm{j} x", "−2j x"),
    "1j/(2*conj(c))": (r"\frac{\mathrm{j}}{2 \overline{c}}", "1j/(2 conj(c))"),
    "exp(1j*t)*x": (r"\exp(\mathrm{j} t) x", "exp(1j t) x"),
}


@pytest.mark.parametrize("written", SPELLINGS)
def test_a_conjugate_is_written_in_every_notation(written: str) -> None:
    e = read_expression(written, NAMES)
    assert text(e) == written
    assert (latex(e), unicode(e)) == SPELLINGS[written]


@pytest.mark.parametrize("written", SPELLINGS)
def test_every_notation_is_read_back(written: str) -> None:
    e = read_expression(written, NAMES)
    for shown in (text(e), latex(e), unicode(e)):
        assert read_expression(shown, NAMES) is e


@pytest.mark.parametrize(
    ("long", "short"),
    [
        ("conj(A)^T*x", "A^H*x"),
        ("A^T*conj(A)*conj(x)", "conj(A^H*A*x)"),
        ("B^H*A^H*x", "B^H*A^H*x"),
        ("conj(R)", "R^T"),
        ("R^H", "R"),
        ("conj(A)*conj(x) - conj(z)", "conj(A*x - z)"),
        ("conj(z)^T*A*z", "z^H*A*z"),
        ("(conj(Z)^T)^-1", "Z^-H"),
        ("A + conj(A)", "2*real(A)"),
        ("A*x - conj(A)*conj(x)", "2j*imag(A*x)"),
        ("A + A^H", "A + A^H"),
    ],
)
def test_the_shortest_of_equal_spellings_is_shown(long: str, short: str) -> None:
    assert text(read_expression(long, NAMES)) == short



@pytest.mark.parametrize(
    ("request_", "left"),
    [
        ("d w^H R w/dw^*", (r"\frac{\partial}{\partial \overline{w}} w^{\mathsf{H}} R w", "d/dconj(w) w^H*R*w")),
        ("grad_w w^H R w, R hermitian", (r"\nabla_{w} w^{\mathsf{H}} R w", "grad_w w^H*R*w")),
        ("d tr(A X)/d imag(X)", (r"\frac{\partial}{\partial \operatorname{Im}(X)} \operatorname{tr}(A X)", "d/dimag(X) tr(A*X)")),
        ("d^2 (z^H z)/(dconj(z) dz^T)", (r"\frac{\partial^2}{\partial \overline{z} \partial z} z^{\mathsf{H}} z", "d^2/dconj(z) dz z^H*z")),
    ],
)
def test_the_left_side_says_what_is_differentiated_by_and_is_read_back(request_: str, left: tuple[str, str]) -> None:
    found = read(request_)
    assert (found.latex, found.text) == left
    for shown in (found.text, found.unicode, found.latex, found.declared):
        assert read(shown).text == found.text
