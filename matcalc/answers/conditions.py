"""What an answer assumes beyond what the functions themselves need to have a value."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from matcalc.algebra import negative
from matcalc.algebra.node import Expr
from matcalc.algebra.walk import parts_of, substitute
from matcalc.book import rules as rulebook
from matcalc.book.sizes import LEAST, spell
from matcalc.calculus.differentiate import conditions
from matcalc.numbers.sampling.sizes import ranked
from matcalc.patterns import late
from matcalc.printing.notations.text import text
from matcalc.reading.templates import instance_of
from matcalc.simplify.simplify import simplify, transform
from matcalc.simplify.spectral import without_frames

BRACES: Final = late(r"\{([^{}]+)\}")


def assumed_of(functions: Sequence[Expr], answers: Iterable[Expr], known: Callable[[Expr], Expr] = lambda m: m) -> tuple[str, ...]:
    """The assumptions that are printed with an answer: `X^T*A*X is invertible`.

    Raises NotDifferentiable where one of them never holds.
    """
    answers = list(answers)
    needed = tuple(f"{text(m)} is invertible" for m in conditions(functions, answers, known))
    shown = [without_frames(e, transform) for e in answers]
    nodes = [n for e in shown if not e.operations.isdisjoint(_assuming()) for n in parts_of(e)]
    return (*needed, *dict.fromkeys(told for n in nodes if (told := _taken_for_granted(n))), *_signs(answers))


@rulebook.per_book
def _assuming() -> frozenset[str]:
    """The functions with which an answer takes something for granted."""
    return frozenset(name for name, rule in rulebook.in_use().functions.items() if rule.assumes)


@rulebook.per_book
def _signed() -> frozenset[str]:
    """The functions that give one of two opposite vectors."""
    return frozenset(name for name, rule in rulebook.in_use().functions.items() if rule.signed)


def sizes_assumed(function: Expr) -> tuple[str, ...]:
    """Which sizes are taken for large enough: a matrix of 5 columns has 5 singular values where it has as many rows."""
    if function.operations.isdisjoint(_ranked()):
        return ()
    return tuple(dict.fromkeys(f"{spell(d)} is at least {k}" for n in parts_of(function) for k, d in ranked(n)))


@rulebook.per_book
def _ranked() -> frozenset[str]:
    """The functions whose value has as many rows or columns as the smaller side of an array."""
    return frozenset(name for name, rule in rulebook.in_use().functions.items() if any(size.startswith(LEAST) for size in rule.value))


def _signs(answers: Sequence[Expr]) -> list[str]:
    """What says which of two opposite vectors is meant, where an answer is another for the other one."""
    signed = _signed()
    holders = [e for e in answers if not e.operations.isdisjoint(signed)]
    vectors = [n for n in dict.fromkeys(n for e in holders for n in parts_of(e)) if n.op in signed]
    told = []
    for args in dict.fromkeys(n.args for n in vectors):
        pair = [n for n in vectors if n.args == args]
        turned = [substitute(e, {}, {}, {n: negative(n) for n in pair}) for e in answers]
        if len(answers) == 1 and turned[0] is not answers[0]:
            told.append(f"the sign of {text(pair[0])} is that with which its largest entry is positive")
    return told


def _taken_for_granted(e: Expr) -> str:
    """What the rule of a function says that an answer with it assumes, its expressions those of these arguments."""
    rule = rulebook.find(e.op)
    return "" if rule is None else BRACES().sub(lambda found: text(simplify(instance_of(rule, found[1], e.args))), rule.assumes)
