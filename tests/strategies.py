"""Random well-typed expressions, as text with declarations: what a user could have typed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

VARIABLES = {
    "A": "m n", "B": "n p", "C": "m p", "S": "n n", "Q": "n n", "M": "m m", "X": "m n", "Y": "n n", "Z": "n p",
    "x": "n", "y": "n", "u": "m", "v": "p", "r": "1 n", "c": "", "t": "",
}  # fmt: skip
BY_SHAPE: dict[tuple[str, str], list[str]] = {}
for _name, _spec in VARIABLES.items():
    _dims = _spec.split()
    _shape = (_dims[0], _dims[1]) if len(_dims) == 2 else (_dims[0], "1") if _dims else ("1", "1")
    BY_SHAPE.setdefault(_shape, []).append(_name)
DIMS = ("m", "n", "p")
SMOOTH = ("sin", "cos", "tanh", "sigmoid", "softplus", "arctan", "exp", "relu", "abs")
FUNCTIONS_OF_A_SCALAR = ("sin({})", "tanh({})", "log(1 + {}^2)", "sqrt(1 + {}^2)", "exp(-{}^2)")
Draw = Callable[..., Any]
Shape = tuple[str, str]


@st.composite
def cases(draw: Draw, depth: int = 3) -> tuple[str, str]:
    """(expression, variable): mostly scalars, which have the richest derivatives."""
    shape = draw(st.sampled_from([("1", "1")] * 4 + [("n", "1"), ("m", "1"), ("1", "n"), ("m", "n"), ("n", "n")]))
    return draw(expressions(shape, depth)), draw(st.sampled_from(sorted(VARIABLES)))


@st.composite
def expressions(draw: Draw, shape: Shape, depth: int) -> str:
    """An expression of a shape."""
    if depth == 0:
        return draw(leaves(shape))
    makers = [_sum, _difference, _scaled]
    if shape == ("1", "1"):
        makers += [_scalar_function, _trace, _total, _inner, _quadratic, _norm, _logdet, _det, _quotient, _product, _logsumexp]
    else:
        makers += [_hadamard, _elementwise, _matmul, _matmul, _transpose, _square, _normalised]
        if shape[1] == "1":
            makers += [_softmax, _diagv]
        elif shape[0] != "1":
            makers += [_outer]
        if shape[0] == shape[1]:
            makers += [_diag, _inverse, _power]
    return draw(st.sampled_from(makers))(draw, shape, depth - 1)


@st.composite
def leaves(draw: Draw, shape: Shape) -> str:
    """A variable or constant of a shape, or the transpose of one."""
    names = list(BY_SHAPE.get(shape, []))
    names += [f"{n}^T" for n in BY_SHAPE.get(shape[::-1], []) if shape != ("1", "1")]
    if shape == ("1", "1"):
        names += ["2", "3/2", "0.5", "n"]
    elif shape[1] == "1":
        names.append(f"ones({shape[0]})")
    elif shape[0] == "1":
        names.append(f"ones({shape[1]})^T")
    else:
        names.append(f"ones({shape[0]},{shape[1]})")
    return draw(st.sampled_from(names))


def _of(draw: Draw, shape: Shape, depth: int) -> str:
    return f"({draw(expressions(shape, depth))})"


def _dim(draw: Draw) -> str:
    return draw(st.sampled_from(DIMS))


def _sum(draw: Draw, shape: Shape, depth: int) -> str:
    return f"{_of(draw, shape, depth)} + {_of(draw, shape, depth)}"


def _difference(draw: Draw, shape: Shape, depth: int) -> str:
    return f"{_of(draw, shape, depth)} - {_of(draw, shape, depth)}"


def _scaled(draw: Draw, shape: Shape, depth: int) -> str:
    return f"{_of(draw, ('1', '1'), min(depth, 1))}*{_of(draw, shape, depth)}"


def _product(draw: Draw, shape: Shape, depth: int) -> str:
    return f"{_of(draw, shape, depth)}*{_of(draw, shape, depth)}"


def _quotient(draw: Draw, shape: Shape, depth: int) -> str:
    return f"{_of(draw, shape, depth)}/(1 + {_of(draw, shape, depth)}^2)"


def _scalar_function(draw: Draw, shape: Shape, depth: int) -> str:
    inside = _of(draw, shape, depth)
    return draw(st.sampled_from(FUNCTIONS_OF_A_SCALAR)).format(inside)


def _trace(draw: Draw, shape: Shape, depth: int) -> str:
    d = _dim(draw)
    return f"tr({_of(draw, (d, d), depth)})"


def _any_array(draw: Draw) -> Shape:
    return draw(st.sampled_from([("m", "n"), ("n", "p"), ("n", "n"), ("n", "1"), ("m", "1"), ("1", "n")]))


def _total(draw: Draw, shape: Shape, depth: int) -> str:
    return f"sum({_of(draw, _any_array(draw), depth)})"


def _inner(draw: Draw, shape: Shape, depth: int) -> str:
    d = _dim(draw)
    return f"{_of(draw, (d, '1'), depth)}^T*{_of(draw, (d, '1'), depth)}"


def _quadratic(draw: Draw, shape: Shape, depth: int) -> str:
    d = _dim(draw)
    return f"{_of(draw, (d, '1'), depth)}^T*{_of(draw, (d, d), depth)}*{_of(draw, (d, '1'), depth)}"


def _norm(draw: Draw, shape: Shape, depth: int) -> str:
    s = _any_array(draw)
    name = "norm2" if "1" in s else "normF"
    return f"{name}({_of(draw, s, depth)})" + draw(st.sampled_from(["", "^2", "^3"]))


def _gram(draw: Draw, depth: int, d: str) -> str:
    inside = _of(draw, (d, d), depth)
    return f"{inside}^T*{inside} + eye({d})"


def _logdet(draw: Draw, shape: Shape, depth: int) -> str:
    return f"logdet({_gram(draw, min(depth, 1), _dim(draw))})"


def _det(draw: Draw, shape: Shape, depth: int) -> str:
    d = _dim(draw)
    return f"det({_of(draw, (d, d), min(depth, 1))} + 2*eye({d}))"


def _logsumexp(draw: Draw, shape: Shape, depth: int) -> str:
    return f"logsumexp({_of(draw, (_dim(draw), '1'), depth)})"


def _hadamard(draw: Draw, shape: Shape, depth: int) -> str:
    return f"{_of(draw, shape, depth)}.*{_of(draw, shape, depth)}"


def _elementwise(draw: Draw, shape: Shape, depth: int) -> str:
    return f"{draw(st.sampled_from(SMOOTH))}({draw(expressions(shape, depth))})"


def _matmul(draw: Draw, shape: Shape, depth: int) -> str:
    d = _dim(draw)
    return f"{_of(draw, (shape[0], d), depth)}*{_of(draw, (d, shape[1]), depth)}"


def _transpose(draw: Draw, shape: Shape, depth: int) -> str:
    return f"{_of(draw, shape[::-1], depth)}^T"


def _square(draw: Draw, shape: Shape, depth: int) -> str:
    return f"{_of(draw, shape, depth)}.^2"


def _normalised(draw: Draw, shape: Shape, depth: int) -> str:
    return f"{_of(draw, shape, depth)}/(1 + {_of(draw, ('1', '1'), depth)}^2)"


def _softmax(draw: Draw, shape: Shape, depth: int) -> str:
    return f"softmax({draw(expressions(shape, depth))})"


def _diagv(draw: Draw, shape: Shape, depth: int) -> str:
    return f"diagv({draw(expressions((shape[0], shape[0]), depth))})"


def _outer(draw: Draw, shape: Shape, depth: int) -> str:
    return f"{_of(draw, (shape[0], '1'), depth)}*{_of(draw, (shape[1], '1'), depth)}^T"


def _diag(draw: Draw, shape: Shape, depth: int) -> str:
    return f"diag({draw(expressions((shape[0], '1'), depth))})"


def _inverse(draw: Draw, shape: Shape, depth: int) -> str:
    return f"inv({_gram(draw, min(depth, 1), shape[0])})"


def _power(draw: Draw, shape: Shape, depth: int) -> str:
    return f"{_of(draw, shape, min(depth, 1))}^{draw(st.sampled_from(['2', '3']))}"
