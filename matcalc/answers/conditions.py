"""What an answer assumes beyond what the functions themselves need to have a value."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from matcalc.algebra.node import Expr
from matcalc.calculus.differentiate import conditions
from matcalc.printing.notations.text import text


def assumed_of(functions: Sequence[Expr], answers: Iterable[Expr], known: Callable[[Expr], Expr] = lambda m: m) -> tuple[str, ...]:
    """The assumptions that are printed with an answer: `X^T*A*X is invertible`.

    Raises NotDifferentiable where one of them never holds.
    """
    return tuple(f"{text(m)} is invertible" for m in conditions(functions, answers, known))
