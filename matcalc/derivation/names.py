"""Names for the parts of a function whose derivation would have long lines without them: z = W*x, h = tanh(z), r = V*h - y.

What is named varies and occurs several times in the lines: the argument of a function, its value, a residual.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from itertools import chain
from typing import Final

from matcalc.algebra import negative, transpose
from matcalc.algebra.node import Expr, split_coefficient
from matcalc.algebra.walk import depends, in_order
from matcalc.derivation.terms import is_linear, square_root
from matcalc.simplify.called import name_for

LEAST: Final = 3
OFTEN: Final = 2


def named_parts(
    y: Expr, whole: str, x: Expr, used: Sequence[Expr], taken: set[str], oriented: Callable[[Expr], Expr]
) -> dict[Expr, str]:
    """Names for parts of y that vary with x, from the inside outwards; `used` are the factors of the lines.

    A part and its opposite have one name, that of the difference as `oriented` has it, or of the one without a minus sign.
    Where y itself occurs in them, as the softmax does in its differential, it has its own name `whole`.
    """
    uses = _occurrences(used)
    varying = depends(y, x)
    candidates = dict.fromkeys(chain.from_iterable(_parts_of(n) for n in varying))
    chosen = [e for e in varying if e in candidates and e.op != "T" and e.weight >= LEAST and _either_way(uses, e) >= OFTEN]
    names: dict[Expr, str] = {}
    for e in dict.fromkeys(upright(e, y, oriented) for e in chosen):
        if negative(e) in names:
            continue
        names[e] = whole if e is y else name_for(e, taken | {whole, *names.values()})
    return names


def upright(e: Expr, y: Expr, oriented: Callable[[Expr], Expr]) -> Expr:
    """A part of y as it is named."""
    return e if e is y else negative(e) if split_coefficient(e)[0].is_negative else oriented(e)


def _occurrences(factors: Sequence[Expr]) -> Counter[Expr]:
    """How often every part is written in these factors."""
    found: Counter[Expr] = Counter()
    for f in factors:
        inside: Counter[Expr] = Counter({f: 1})
        for n in reversed(in_order([f])):
            for a in n.args:
                inside[a] += inside[n]
        found.update(inside)
    return found


def _either_way(uses: Counter[Expr], e: Expr) -> int:
    """How often an expression or its transpose is written."""
    turned = transpose(e)
    return uses[e] + (uses[turned] if turned is not e else 0)


def _parts_of(n: Expr) -> list[Expr]:
    """The parts of an operation that a person would name."""
    root = square_root(n)
    if root is not None:
        return [root]
    if is_linear(n):
        return []
    return [n.args[0]] if n.op in ("pow", "epow") else [n, *n.args]
