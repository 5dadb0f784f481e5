"""`derive()`, certificate included, against SymPy's own matrix derivative, on classic cases that SymPy gets right too.

Every repetition uses new names, so that neither side answers from its memory.
usage: python benchmarks/bench_sympy.py [REPETITIONS]
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from sympy import MatrixSymbol, Symbol, Trace

from matcalc import derive

SIZE = Symbol("n", integer=True, positive=True)


class Names(NamedTuple):
    """The symbols of one repetition, as SymPy has them."""

    X: Any
    A: Any
    B: Any
    C: Any
    x: Any
    a: Any
    b: Any
    c: Any


Build = Callable[[Names], Any]

# The function in our notation, the variable, the same function for SymPy.
CASES: tuple[tuple[str, str, Build], ...] = (
    ("tr(X)", "X", lambda s: Trace(s.X)),
    ("tr(A*X)", "X", lambda s: Trace(s.A * s.X)),
    ("tr(A*X^T)", "X", lambda s: Trace(s.A * s.X.T)),
    ("tr(A*X*B)", "X", lambda s: Trace(s.A * s.X * s.B)),
    ("tr(A*X^T*B)", "X", lambda s: Trace(s.A * s.X.T * s.B)),
    ("tr(X^T*X)", "X", lambda s: Trace(s.X.T * s.X)),
    ("tr(X^T*A*X)", "X", lambda s: Trace(s.X.T * s.A * s.X)),
    ("tr(A*X*B*X)", "X", lambda s: Trace(s.A * s.X * s.B * s.X)),
    ("tr(A*X*B*X^T*C)", "X", lambda s: Trace(s.A * s.X * s.B * s.X.T * s.C)),
    ("tr(X^2)", "X", lambda s: Trace(s.X**2)),
    ("tr(X^3)", "X", lambda s: Trace(s.X**3)),
    ("tr(X^-1)", "X", lambda s: Trace(s.X.I)),
    ("tr(A*X^-1*B)", "X", lambda s: Trace(s.A * s.X.I * s.B)),
    ("a^T*X*b", "X", lambda s: s.a.T * s.X * s.b),
    ("a^T*X^T*b", "X", lambda s: s.a.T * s.X.T * s.b),
    ("a^T*X^-1*b", "X", lambda s: s.a.T * s.X.I * s.b),
    ("a^T*X^T*X*b", "X", lambda s: s.a.T * s.X.T * s.X * s.b),
    ("a^T*x", "x", lambda s: s.a.T * s.x),
    ("x^T*x", "x", lambda s: s.x.T * s.x),
    ("x^T*A*x", "x", lambda s: s.x.T * s.A * s.x),
    ("A*x", "x", lambda s: s.A * s.x),
    ("(A*x - b)^T*(A*x - b)", "x", lambda s: (s.A * s.x - s.b).T * (s.A * s.x - s.b)),
    ("(A*x - b)^T*C*(A*x - b)", "x", lambda s: (s.A * s.x - s.b).T * s.C * (s.A * s.x - s.b)),
)


def main() -> None:
    """Prints the times and their ratio for every case."""
    repetitions = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    compare(*CASES[2], "warm")
    print(f"{'function':<26} {'matcalc':>10} {'SymPy':>10} {'ratio':>7}")
    ratios = []
    for case in CASES:
        pairs = [compare(*case, str(k)) for k in range(repetitions)]
        ours, theirs = (statistics.median(t) for t in zip(*pairs, strict=True))
        ratios.append(ours / theirs)
        print(f"{case[0]:<26} {ours * 1e3:7.2f} ms {theirs * 1e3:7.2f} ms {ratios[-1]:7.3f}")
    print(f"median ratio {statistics.median(ratios):.3f}, worst {max(ratios):.3f}; target: none above 1")


def compare(text: str, wrt: str, build: Build, tag: str) -> tuple[float, float]:
    """The seconds that both take for one case, with names that nobody has seen before."""
    for name in Names._fields:
        text = spelt(text, name, tag)
    shapes = {f"{name}{tag}": "n n" if name.isupper() else "n" for name in Names._fields}
    ours = seconds(lambda: derive(text, wrt=f"{wrt}{tag}", variables=shapes))
    symbols = Names(*(MatrixSymbol(f"{name}{tag}", SIZE, SIZE if name.isupper() else 1) for name in Names._fields))
    theirs = seconds(lambda: build(symbols).diff(getattr(symbols, wrt)))
    return ours, theirs


def spelt(text: str, name: str, tag: str) -> str:
    """The function with a name made unique; no function of the cases has a name of one letter."""
    letters = f" {text} "
    return "".join(
        c + tag if c == name and not (letters[i].isalpha() or letters[i + 2].isalpha()) else c for i, c in enumerate(text)
    )


def seconds(work: Callable[[], object]) -> float:
    """The CPU time of one call."""
    start = time.process_time()
    work()
    return time.process_time() - start


if __name__ == "__main__":
    main()
