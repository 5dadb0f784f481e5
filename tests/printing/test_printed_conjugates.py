"""Conjugates in every notation: the shortest of equal spellings, which is read back to the same expression."""

from __future__ import annotations

from typing import Final

import pytest

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
    ],
)
def test_the_shortest_of_equal_spellings_is_shown(long: str, short: str) -> None:
    assert text(read_expression(long, NAMES)) == short

