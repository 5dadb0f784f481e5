"""What an answer assumes beyond what the functions themselves need to have a value."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from matcalc.algebra.node import Expr
from matcalc.algebra.walk import in_order
from matcalc.book import rules as rulebook
from matcalc.calculus.differentiate import conditions
from matcalc.printing.notations.text import text
from matcalc.reading.templates import instance_of
from matcalc.simplify.simplify import simplify, transform
from matcalc.simplify.spectral import without_frames

BRACES: Final = re.compile(r"\{([^{}]+)\}")


def assumed_of(functions: Sequence[Expr], answers: Iterable[Expr], known: Callable[[Expr], Expr] = lambda m: m) -> tuple[str, ...]:
    """The assumptions that are printed with an answer: `X^T*A*X is invertible`.

    Raises NotDifferentiable where one of them never holds.
    """
    answers = list(answers)
    needed = tuple(f"{text(m)} is invertible" for m in conditions(functions, answers, known))
    nodes = in_order([without_frames(e, transform) for e in answers])
    return (*needed, *dict.fromkeys(told for n in nodes if (told := _taken_for_granted(n))))


def _taken_for_granted(e: Expr) -> str:
    """What the rule of a function says that an answer with it assumes, its expressions those of these arguments."""
    rule = rulebook.find(e.op)
    return "" if rule is None else BRACES.sub(lambda found: text(simplify(instance_of(rule, found[1], e.args))), rule.assumes)
