"""Random expressions over matrix functions, spectra, singular values, norms, factors, blocks and the everyday."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from apart.trees import Dim, Node

if TYPE_CHECKING:
    from apart.making import Maker

EVERY_ENTRY = ("log1p", "erf", "silu", "expm1", "arcsinh")
OF_ARRAYS = ("mean", "var", "std", "max", "min", "prod", "norminf", "normp")
OF_VECTORS = ("layernorm", "rmsnorm", "logsoftmax", "cumsum")
ANYWHERE = ("expm", "sinm", "cosm", "logm", "sqrtm", "powm")


def exponent(m: Maker) -> Node:
    """A power or the order of a norm."""
    if m.coin(0.3):
        return m.variable("1", "1", "positive")
    return Node("num", data=m.rng.choice([Fraction(3), Fraction(2), Fraction(4), Fraction(1, 2), Fraction(3, 2)]), rows="1", cols="1")


def symmetrical(m: Maker, n: Dim, d: int) -> Node:
    """A matrix whose eigenvalues are real."""
    manner = m.rng.randrange(6)
    if n == "1":
        return m.make(n, n, d - 1)
    if manner == 0 and d > 0:
        a = m.make(n, n, d - 1)
        return Node("add", (a, Node("T", (a,), rows=n, cols=n)), rows=n, cols=n)
    if manner == 1 and d > 0:
        return m.definite(n, d)
    if manner == 2:
        scaled = m.called("diag", n, n, m.make(n, "1", d - 1))
        return Node("add", (scaled, m.variable(n, n, "symmetric")), rows=n, cols=n)
    if manner == 3 and d > 0:
        return Node("mul", (m.make("1", "1", 0), m.variable(n, n, "symmetric")), rows=n, cols=n)
    return m.variable(n, n, m.rng.choice(["symmetric", "spd", "symmetric", "diagonal"]))


def place(m: Maker, n: Dim) -> Node:
    """Which eigenvalue."""
    if n.isdigit():
        return Node("num", data=Fraction(m.rng.randint(1, int(n))), rows="1", cols="1")
    return Node("name", data=n, rows="1", cols="1") if m.coin(0.3) else Node("num", data=Fraction(1), rows="1", cols="1")


def of_spectrum(m: Maker, r: Dim, c: Dim, d: int) -> Node:
    """A number made of eigenvalues or eigenvectors."""
    n = m.dim()
    a = symmetrical(m, n, d - 1)
    manner = m.rng.randrange(6)
    if manner == 0:
        return m.called("eigval", "1", "1", a, place(m, n))
    if manner == 1:
        v = m.called("eigvec", n, "1", a, place(m, n))
        left = Node("mul", (Node("T", (v,), rows="1", cols=n), m.make(n, n, d - 1)), rows="1", cols=n)
        return Node("mul", (left, v), rows="1", cols="1")
    if manner == 2:
        values = m.called("eigvals", n, "1", a)
        inside = m.called(m.rng.choice(["exp", "tanh", "sin", "softplus"]), n, "1", values) if m.coin(0.6) else values
        return m.called(m.rng.choice(["sum", "norm2", "logsumexp", "max", "mean"]), "1", "1", inside)
    return m.called(m.rng.choice(["lambda_max", "lambda_min"]), "1", "1", a)


def of_singular(m: Maker, r: Dim, c: Dim, d: int) -> Node:
    """A number made of singular values."""
    x = m.make(m.dim(), m.dim(), d - 1)
    manner = m.rng.randrange(6)
    if manner == 0:
        return m.called("schatten", "1", "1", x, exponent(m))
    if manner == 1:
        values = m.called("svdvals", "?", "1", x)
        inside = m.called(m.rng.choice(["log", "exp", "tanh"]), "?", "1", values) if m.coin(0.6) else values
        return m.called(m.rng.choice(["sum", "norm2", "max"]), "1", "1", inside)
    if manner == 2:
        other = m.make(x.rows, x.cols, d - 1)
        return m.called("dot", "1", "1", other, m.called("polar", x.rows, x.cols, x))
    return m.called(m.rng.choice(["normN", "sigma_max", "sigma_min", "normN"]), "1", "1", x)


def everyday(m: Maker, r: Dim, c: Dim, d: int) -> Node:
    """A number made of the entries of an array."""
    name = m.rng.choice(OF_ARRAYS)
    x = m.make(m.dim(), "1" if m.coin(0.7) else m.dim(), d - 1)
    if name in ("normp", "norminf"):
        x = m.make(m.dim(), "1", d - 1)
    if name == "normp":
        return m.called(name, "1", "1", x, exponent(m))
    return m.called(name, "1", "1", x)


def of_factor(m: Maker, r: Dim, c: Dim, d: int) -> Node:
    """A number made of a factor, a half of a matrix or blocks."""
    n = m.dim()
    manner = m.rng.randrange(5)
    if manner == 0:
        return m.called("logdet", "1", "1", m.called("chol", n, n, m.definite(n, d - 1)))
    if manner == 1:
        return m.called("norm2", "1", "1", m.called("vech", "?", "1", m.make(n, n, d - 1)))
    if manner == 2:
        low = m.called("vech", "?", "1", m.make(n, n, d - 1)), m.called("vech", "?", "1", m.make(n, n, d - 1))
        return m.called("dot", "1", "1", *low)
    k = m.dim()
    blocks = m.make(n, n, d - 1), m.make(n, k, d - 1), m.make(k, n, d - 1), m.make(k, k, d - 1)
    whole = Node("array", blocks, data=2, rows="?", cols="?")
    if manner == 3:
        return m.called(m.rng.choice(["logdet", "tr", "det", "sum", "normF", "normN", "sigma_max"]), "1", "1", whole)
    x = Node("array", (m.make(n, "1", d - 1), m.make(k, "1", d - 1)), data=1, rows="?", cols="1")
    left = Node("mul", (Node("T", (x,), rows="1", cols="?"), whole), rows="1", cols="?")
    return Node("mul", (left, x), rows="1", cols="1")


def every_entry(m: Maker, r: Dim, c: Dim, d: int) -> Node:
    """A function of every entry, or of two."""
    if m.kinks and m.coin(0.5):
        return m.called(m.rng.choice(["maximum", "minimum"]), r, c, m.make(r, c, d), m.make(r, c, d - 1))
    return m.called(m.rng.choice(EVERY_ENTRY), r, c, m.make(r, c, d))


def of_vector(m: Maker, r: Dim, c: Dim, d: int) -> Node:
    """A column made of an array."""
    manner = m.rng.randrange(4)
    if manner == 0:
        return m.called(m.rng.choice(["rowsums", "rowmeans"]), r, "1", m.make(r, m.dim(), d))
    if manner == 1:
        return m.called(m.rng.choice(["colsums", "colmeans"]), r, "1", m.make(m.dim(), r, d))
    if manner == 2 and r != "1":
        return m.called("eigvals", r, "1", symmetrical(m, r, d - 1))
    return m.called(m.rng.choice(OF_VECTORS), r, "1", m.make(r, "1", d))


def of_matrix(m: Maker, r: Dim, c: Dim, d: int) -> Node:
    """A matrix made of one that need not be square."""
    if m.coin(0.5) or r == c:
        return m.called("polar", r, c, m.make(r, c, d - 1))
    square = m.make(r, r, 0), m.make(c, c, 0)
    return m.called("sylvester", r, c, *square, m.make(r, c, d - 1))


def of_square(m: Maker, n: Dim, c: Dim, d: int) -> Node:
    """A matrix made of a square one."""
    name = m.rng.choice([*ANYWHERE, *ANYWHERE, "toeplitz", "frechet", "chol", "skew", "lyap", "sylvester", "projector"])
    if name == "toeplitz":
        return m.called(name, n, n, m.make(n, "1", d - 1))
    if name in ("logm", "sqrtm", "chol"):
        return m.called(name, n, n, m.definite(n, d - 1))
    if name == "powm":
        return m.called(name, n, n, m.definite(n, d - 1), exponent(m))
    if name == "frechet":
        chosen = m.rng.choice(["expm", "logm", "sqrtm", "sinm"])
        inside = m.definite(n, 0) if chosen in ("logm", "sqrtm") else m.make(n, n, d - 1)
        return m.called(f"{chosen}_frechet", n, n, inside, m.make(n, n, d - 1))
    if name in ("lyap", "sylvester"):
        fixed = [m.make(n, n, 0) for _ in range(1 if name == "lyap" else 2)]
        return m.called(name, n, n, *fixed, m.make(n, n, d - 1))
    if name == "projector":
        v = m.called("eigvec", n, "1", symmetrical(m, n, d - 1), place(m, n))
        return Node("mul", (v, Node("T", (v,), rows="1", cols=n)), rows=n, cols=n)
    return m.called(name, n, n, m.make(n, n, d))
