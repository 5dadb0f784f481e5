"""The one table of operators: the parser and every printer read precedence, fixity and spelling from here.

Infix operators associate to the left; powers do not chain, so that `a^b^c` is an error with both readings as a hint.
"""

from __future__ import annotations

from matcalc.records import dataclass


@dataclass(frozen=True)
class Operator:
    """An operator of the notation.

    `name` is what it does, `text` its spelling in the plain notation, `latex` in LaTeX, `unicode` on a terminal;
    a higher `precedence` binds tighter; `fixity` is infix, prefix or postfix.
    """

    name: str
    text: str
    latex: str
    unicode: str
    precedence: int
    fixity: str = "infix"


OPERATORS = (
    Operator("add", "+", "+", "+", 10),
    Operator("subtract", "-", "-", "-", 10),
    Operator("multiply", "*", " ", " ", 20),
    Operator("divide", "/", "/", "/", 20),
    Operator("had", ".*", r" \odot ", " ⊙ ", 20),
    Operator("quotient", "./", r" \oslash ", " ⊘ ", 20),
    Operator("kron", "⊗", r" \otimes ", " ⊗ ", 20),
    Operator("negate", "-", "-", "-", 30, "prefix"),
    Operator("power", "^", "^", "^", 40),
    Operator("epow", ".^", r"^{\circ ", ".^", 40),
    Operator("transpose", "^T", r"^\top", "ᵀ", 40, "postfix"),
)
BY_NAME = {o.name: o for o in OPERATORS}
ATOM = 100
