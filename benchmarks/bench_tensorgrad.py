"""`derive()`, certificate and text included, against tensorgrad's gradient and full simplification, on its own examples.

Both sides are warm, and every repetition uses new names, so that neither answers from its memory. A case that takes tensorgrad longer
than the limit counts as the limit, and its ratio as a lower bound.

usage: python benchmarks/bench_tensorgrad.py [LIMIT_IN_SECONDS]
"""

from __future__ import annotations

import signal
import statistics
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final, NamedTuple

from bench_sympy import seconds

from matcalc import Derivative, derive

LIMIT: Final = 30
REPETITIONS: Final = 3
# What stands for the number of the repetition in a name.
NUMBER: Final = "@"
Tensor = Any


class Names(NamedTuple):
    """tensorgrad's functions, its variables, and sizes, of one repetition."""

    F: Any
    variable: Callable[..., Tensor]
    sizes: Mapping[str, Any]

    def vector(self, name: str, size: str) -> Tensor:
        """A variable with one edge."""
        return self.variable(name, self.sizes[size])

    def matrix(self, name: str, rows: str, columns: str) -> Tensor:
        """A variable with two edges, the second called like the first and primed where the sizes are equal."""
        if rows != columns:
            return self.variable(name, self.sizes[rows], self.sizes[columns])
        return self.variable(name, **{rows: self.sizes[rows], f"{rows}_": self.sizes[rows]})


def once(e: Tensor, x: Tensor) -> Tensor:
    return e.grad(x)


def twice(e: Tensor, x: Tensor) -> Tensor:
    return e.grad(x).grad(x)


def residual(s: Names) -> tuple[Tensor, Tensor]:
    W = s.matrix("W", "n", "p")
    r = s.matrix("X", "m", "n") @ W - s.matrix("Y", "m", "p")
    return r @ r, W


def cross_entropy(s: Names) -> tuple[Tensor, Tensor]:
    z, t = s.vector("z", "n"), s.vector("t", "n")
    e = s.F.exp(z)
    return -t @ s.F.log(e / s.F.sum(e)), z


def quadratic(s: Names) -> tuple[Tensor, Tensor]:
    x = s.vector("x", "n")
    return x @ s.matrix("A", "n", "n") @ x.rename(n="n_"), x


def logistic(s: Names) -> tuple[Tensor, Tensor]:
    x = s.vector("x", "n")
    return s.F.sum(s.F.log(1 + s.F.exp(-s.vector("y", "m") * (s.matrix("A", "m", "n") @ x)))), x


def layer_norm(s: Names) -> Tensor:
    x = s.vector("x", "n")
    c = x - s.F.mean(x, ["n"], keepdims=True)
    return (c / s.F.sqrt(s.F.mean(c * c, ["n"], keepdims=True))).grad(x)


def logsumexp(s: Names) -> Tensor:
    x = s.vector("x", "n")
    return twice(s.F.log(s.F.sum(s.F.exp(x))), x)


def softmax(s: Names) -> Tensor:
    x = s.vector("x", "n")
    return s.F.softmax(x, ["n"]).grad(x)


def inverse(s: Names) -> Tensor:
    X = s.variable("X", n=s.sizes["n"], n_=s.sizes["n"])
    return (s.variable("A", n=s.sizes["n"], n_=s.sizes["n"]) @ s.F.inverse(X)).grad(X)


def norm(s: Names) -> Tensor:
    x = s.vector("x", "n")
    return s.F.sqrt(x @ x).grad(x)


def network(s: Names) -> Tensor:
    x = s.vector("x", "n")
    return twice(s.F.sum(s.F.tanh(x @ s.matrix("W", "n", "p")) * s.vector("w", "p")), x)


# What it is, the request with numbered names, and the same for tensorgrad.
CASES: Final[tuple[tuple[str, str, Callable[[Names], Tensor]], ...]] = (
    ("squared loss, gradient (README)", "d ||X@*W@ - Y@||_F^2 / dW@", lambda s: once(*residual(s))),
    ("squared loss, Hessian", "d^2 ||X@*W@ - Y@||_F^2 / dW@^2", lambda s: twice(*residual(s))),
    ("cross-entropy, Hessian (README)", "d^2 (-t@^T*log(exp(z@)/sum(exp(z@)))) / dz@^2", lambda s: twice(*cross_entropy(s))),
    ("quadratic form, Hessian", "d^2 (x@^T*A@*x@) / dx@^2", lambda s: twice(*quadratic(s))),
    ("softmax, Jacobian", "d softmax(x@) / dx@", softmax),
    ("log-sum-exp, Hessian", "d^2 log(sum(exp(x@))) / dx@^2", logsumexp),
    (
        "layer norm, Jacobian",
        "d ((x@ - sum(x@)/n*ones(n))/sqrt(sum((x@ - sum(x@)/n*ones(n)).^2)/n)) / dx@ where x@: n",
        layer_norm,
    ),
    ("logistic loss, gradient", "d sum(log(1 + exp(-y@.*(A@*x@)))) / dx@", lambda s: once(*logistic(s))),
    ("logistic loss, Hessian", "d^2 sum(log(1 + exp(-y@.*(A@*x@)))) / dx@^2", lambda s: twice(*logistic(s))),
    ("sum(A.*X^-1), gradient", "d sum(A@.*X@^-1) / dX@", inverse),
    ("norm, gradient", "d ||x@|| / dx@", norm),
    ("network of one layer, Hessian", "d^2 (w@^T*tanh(W@^T*x@)) / dx@^2", network),
)


class TooLong(BaseException):
    """The alarm; no handler of Exception may swallow it."""


@contextmanager
def alarm(seconds: int) -> Iterator[None]:
    """Raises TooLong in what runs longer."""

    def ring(*_: object) -> None:
        raise TooLong

    signal.signal(signal.SIGALRM, ring)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)


def main() -> None:
    """Prints the ratio of every case, CPU time of tensorgrad over ours."""
    if find_spec("tensorgrad") is None:
        print("tensorgrad is not installed: pip install tensorgrad")
        return
    limit = int(sys.argv[1]) if len(sys.argv) > 1 else LIMIT
    derive("d tr(W x)/dW")
    twice(*quadratic(names(0))).full_simplify()
    ratios = []
    print("| case | tensorgrad over matcalc |\n| --- | ---: |")
    for label, request, build in CASES:
        ours = statistics.median(seconds(partial(answered, request.replace(NUMBER, str(k)))) for k in range(REPETITIONS))
        theirs, over = limited(build, limit)
        ratios.append(theirs / ours)
        print(f"| {label} | {'more than ' if over else ''}{ratios[-1]:.0f} |", flush=True)
    print(f"median {statistics.median(ratios):.0f}, least {min(ratios):.1f}; target: none below 1")


def limited(build: Callable[[Names], Tensor], limit: int) -> tuple[float, bool]:
    """The seconds that tensorgrad takes, and whether they are only the limit."""
    times = []
    for k in range(REPETITIONS):
        try:
            with alarm(limit):
                times.append(seconds(partial(simplified, build, names(k + 1))))
        except TooLong:
            return float(limit), True
        if sum(times) > limit / REPETITIONS:
            break
    return statistics.median(times), False


def answered(request: str) -> str:
    """Our answer."""
    found = derive(request)
    assert isinstance(found, Derivative)
    return found.text


def simplified(build: Callable[[Names], Tensor], given: Names) -> str:
    """That of tensorgrad."""
    return str(build(given).full_simplify())


def names(k: int) -> Names:
    """Variables that nobody has seen before; sizes of the repetition's own."""
    tensorgrad, sympy = import_module("tensorgrad"), import_module("sympy")
    sizes = {name: sympy.Symbol(name) for name in "mnp"}
    return Names(
        import_module("tensorgrad.functions"), lambda name, *edges, **named: tensorgrad.Variable(f"{name}{k}", *edges, **named), sizes
    )


if __name__ == "__main__":
    main()
