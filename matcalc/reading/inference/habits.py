"""What the look of an undeclared name says that it is, and what it costs to read it as something else.

Capitals are matrices, lower-case Latin letters columns, lower-case Greek ones scalars. These are habits with weights: a reading
that breaks the fewest and weakest of them is what was meant. The order of the costs matters, not the numbers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from matcalc.reading.inference.scope import ARRAYS, CAPITAL_NUMBERS, EXPONENTS, Scope, is_greek, letter_of

GREEK_VECTOR: Final = 0.5
COUNT: Final = 1.0
COEFFICIENT: Final = 3.0
SECOND_COEFFICIENT: Final = 2.0
BESIDE_POWER: Final = 0.5
ROW: Final = 3.0
SECOND_ROW: Final = 1.0
EXPONENT_ARRAY: Final = 3.0
CAPITAL_NUMBER: Final = 2.25
_COUNTS: Final = EXPONENTS | {"c"}
_NUMBERED: Final = re.compile(r"(.*?\D)_?[0-9]+")


def others(name: str, scope: Scope, kinds: Mapping[str, str]) -> dict[str, float]:
    """What a name could be besides its habit, and what that costs where `kinds` are overruled already.

    A capital becomes a column or a row by its shape alone. Where one Latin letter is a number
    or a row, the next is so more easily, above all beside a square, which is calculus.
    """
    look = scope.looks.get(name)
    if look is not None:
        return {kind: look.cost for kind in ("scalar", "vector", "matrix") if kind != look.kind}
    if name in scope.exponents:
        return {"vector": EXPONENT_ARRAY}
    stem = letter_of(name)
    if name[0].isupper():
        return {"scalar": CAPITAL_NUMBER} if stem in CAPITAL_NUMBERS else {}
    if is_greek(name):
        return {"vector": GREEK_VECTOR}
    numbers = [n for n, kind in kinds.items() if kind == "scalar" and not is_greek(n) and letter_of(n) not in _COUNTS]
    numbers = numbers if len(stem) == 1 else []
    made = {"scalar": COUNT if stem in _COUNTS else SECOND_COEFFICIENT if numbers else COEFFICIENT}
    if any(n in scope.powers for n in numbers):
        made["scalar"] = BESIDE_POWER
    if "row" in kinds.values():
        made["row"] = SECOND_ROW
    elif stem in ARRAYS:
        made["row"] = ROW
    return made


def may_be_scalar(name: str, scope: Scope) -> bool:
    """Whether a name may be a number after all."""
    return name not in scope.looks and (name[0].islower() or letter_of(name) in CAPITAL_NUMBERS)


def is_column(name: str) -> bool:
    """Whether a name without a number is a letter of columns: x, y, u_t."""
    return letter_of(name) in ARRAYS and not _NUMBERED.fullmatch(name)


def is_count(name: str) -> bool:
    """Whether a name is a letter of counts and coefficients."""
    return letter_of(name) in _COUNTS


def family(name: str) -> str:
    """What is decided alike: x_1 and x_2 are of one kind, which x itself need not be."""
    numbered = _NUMBERED.fullmatch(name)
    return f"{numbered[1]}#" if numbered else name
