"""Complex arrays in generated code: what makes them of arguments, which values are complex, and the refusal of complex numbers elsewhere.

A variable that is declared real stays an array of real numbers beside complex ones.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Final

from matcalc.algebra import is_real as real_expression
from matcalc.algebra.node import COMPLEX, Expr, node, sym
from matcalc.book.rules import per_book
from matcalc.book.sizes import SCALAR
from matcalc.codegen.arrays import Node
from matcalc.codegen.code import tupled
from matcalc.codegen.dialects import Dialect
from matcalc.scalars import is_real

CONVERTER: Final = "convert complex"
# Operations whose operands must be of one dtype in PyTorch.
ALIKE: Final = frozenset({"matmul", "solve", "einsum"})


def conversions(given: Sequence[Expr], names: Sequence[str], dialect: Dialect) -> list[str]:
    """Statements that make arrays of arguments some of which are complex, and raise ValueError for complex numbers in the others."""
    complexes = [name for name, e in zip(names, given, strict=True) if e.has_complex]
    reals = [name for name in names if name not in complexes]
    if not dialect.converted:
        made = [*reals, *complexes]
        left = tupled(made) if len(made) == 1 else ", ".join(made)
        return [f"{left} = _complex_tensors({_grouped(reals)}, {_grouped(complexes)})"]
    met = " or ".join(dialect.is_complex.format(name) for name in reals)
    return [
        *([f"if {met}:", f"    raise ValueError({_told(reals)})"] if reals else []),
        *(f"{name} = {dialect.converted.format(name)}" for name in reals),
        *(f"{name} = {dialect.complexly.format(name)}" for name in complexes),
    ]


def _grouped(names: Sequence[str]) -> str:
    return tupled(names) if names else "()"


def _told(names: Sequence[str]) -> str:
    last = f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]
    return f'"expected real numbers for {last}, got complex ones"'


def complex_values(nodes: Iterable[Node]) -> set[Node]:
    """Those of the arrays, operands first, whose dtype is complex."""
    found: set[Node] = set()
    for n in nodes:
        if _is_complex(n, found):
            found.add(n)
    return found


def _is_complex(n: Node, known: Collection[Node]) -> bool:
    if n.op == "parameter":
        complexly: bool = n.data.has_complex
        return complexly
    if n.op == "number":
        return not is_real(n.data)
    if n.op == "real_part" or n.op == "rule" and n.data.complex and is_real_valued(n.data.name):
        return False
    return any(a in known for a in n.args) or n.op == "product" and not is_real(n.data[0])


@per_book
def is_real_valued(name: str) -> bool:
    """Whether a function of the book has real values at complex arguments."""
    return real_expression(node(name, (sym("A", SCALAR, properties=(COMPLEX,)),), None, SCALAR))
