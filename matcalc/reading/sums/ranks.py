"""The ranks of the parts of an expression: number, column, row or matrix, whatever their sizes.

A rank is told by the kinds of the names. A part that can have none is a contradiction; what is allowed but seldom meant, such as the
transpose of a number, costs something.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from matcalc.book import rules as rulebook
from matcalc.book.sizes import ONE
from matcalc.reading.grammar.syntax import (
    ArrayLiteral,
    Bars,
    Binary,
    Call,
    Colon,
    Index,
    Listing,
    Name,
    Negation,
    Number,
    Sum,
    Syntax,
    Transposition,
)
from matcalc.reading.inference.scope import SIZED, Function
from matcalc.reading.inference.steps import Step

SCALAR: Final = "scalar"
VECTOR: Final = "vector"
ROW: Final = "row"
MATRIX: Final = "matrix"
MATRICES: Final = "matrices"
TURNED: Final[Mapping[str, str]] = {SCALAR: SCALAR, VECTOR: ROW, ROW: VECTOR, MATRIX: MATRIX}
PRODUCTS: Final[Mapping[tuple[str, str], str]] = {
    (ROW, VECTOR): SCALAR, (VECTOR, ROW): MATRIX, (MATRIX, VECTOR): VECTOR, (ROW, MATRIX): ROW, (MATRIX, MATRIX): MATRIX,
}  # fmt: skip
# What a number costs where an array is expected, a norm that is named, and a named number that is added to every entry.
OF_A_NUMBER: Final = 3.0
NAMED_NORM: Final = 9.0
BROADCAST: Final = 5.0
# What an entry costs that a matrix or a column is multiplied by: a column or a number is more likely.
SCALED_BY_ENTRY: Final[Mapping[str, float]] = {MATRIX: 1.0, VECTOR: 1.5}


@dataclass(frozen=True, slots=True)
class Names:
    """What the names of a request are: their kinds, the unknown functions, and the labels that sums go over.

    `labelled` has the kinds of names where they have a label: x_i may be a row of a matrix that is called X, beside a vector x.
    """

    kinds: Mapping[str, str]
    functions: Mapping[str, Function]
    labels: frozenset[str]
    labelled: Mapping[str, str] = field(default_factory=dict)


class Contradiction(Exception):
    """A part that has no rank: the step, and what is wrong with it."""

    def __init__(self, step: int, told: str) -> None:
        super().__init__(told)
        self.step = step
        self.told = told


@dataclass(slots=True)
class Ranked:
    """The rank of every step, and those that cost something."""

    ranks: list[str]
    costs: dict[int, float]

    def charge(self, step: int, cost: float) -> None:
        self.costs[step] = self.costs.get(step, 0.0) + cost


def ranked(steps: Sequence[Step], names: Names) -> Ranked:
    """The ranks of all steps.

    Raises Contradiction at the first step that has none.
    """
    found = Ranked([], {})
    for k, step in enumerate(steps):
        rank = _RULES[type(step.node)](step, [found.ranks[i] for i in step.operands], names, partial(found.charge, k))
        if rank not in TURNED:
            raise Contradiction(k, rank)
        found.ranks.append(rank)
    return found


Charge = Callable[[float], None]
Operands = list[str]


def multiplied(left: str, right: str) -> str | None:
    """The rank of a product; None where the factors do not conform."""
    if left == SCALAR or right == SCALAR:
        return left if right == SCALAR else right
    return PRODUCTS.get((left, right))


def _name(step: Step, operands: Operands, names: Names, charge: Charge) -> str:
    assert isinstance(step.node, Name)
    kind = names.kinds.get(step.node.name) or names.labelled[step.node.name]
    return MATRIX if kind == MATRICES else kind


def _turned(step: Step, operands: Operands, names: Names, charge: Charge) -> str:
    if operands[0] == SCALAR:
        charge(OF_A_NUMBER)
    return TURNED[operands[0]]


def _same(step: Step, operands: Operands, names: Names, charge: Charge) -> str:
    return operands[0] if len(operands) == 1 else "a list in parentheses has no meaning here"


def _summed(step: Step, operands: Operands, names: Names, charge: Charge) -> str:
    """A sum has the rank of its terms; all values of a number make a column, all values of a column the rows of a matrix."""
    assert isinstance(step.node, Sum)
    if not step.node.kept:
        return operands[0]
    return {SCALAR: VECTOR, VECTOR: MATRIX}.get(operands[0], f"a {operands[0]} for each index has too many axes")


def _binary(step: Step, operands: Operands, names: Names, charge: Charge) -> str:
    assert isinstance(step.node, Binary)
    if step.node.op in ("add", "subtract"):
        return _added(operands, charge)
    if step.node.op in ("power", "epow"):
        base, exponent = operands
        if exponent != SCALAR and (step.node.op == "power" or base not in (SCALAR, exponent)):
            return "an exponent is a number"
        if step.node.op == "power" and base in (VECTOR, ROW):
            return "a power with ^ needs a square matrix"
        return exponent if base == SCALAR else base
    rank = operands[0]
    for op, right in zip(step.ops, operands[1:], strict=True):
        made = _combined(op.op, rank, right)
        if made is None:
            return f"a {rank} and a {right} cannot be multiplied" if op.op != "divide" else f"a {right} cannot divide"
        if rank in SCALED_BY_ENTRY and right == SCALAR and isinstance(op.right, Index) and op.op == "multiply":
            charge(SCALED_BY_ENTRY[rank])
        rank = made
    return rank


def _combined(op: str, left: str, right: str) -> str | None:
    match op:
        case "divide":
            return left if right == SCALAR else None
        case "had" | "quotient":
            return right if left == SCALAR else left if right in (SCALAR, left) else None
        case "solve":
            return right if left in (SCALAR, MATRIX) else None
        case "kron":
            return left if left == right else MATRIX
        case "dot" if left == VECTOR and right in (VECTOR, MATRIX):
            return multiplied(ROW, right)
    return multiplied(left, right)


def _added(operands: Operands, charge: Charge) -> str:
    arrays = [rank for rank in operands if rank != SCALAR]
    if len(set(arrays)) > 1:
        return f"a {arrays[0]} and a {next(r for r in arrays if r != arrays[0])} cannot be added"
    if arrays and len(arrays) < len(operands):
        charge(BROADCAST)
    return arrays[0] if arrays else SCALAR


def _index(step: Step, operands: Operands, names: Names, charge: Charge) -> str:
    """x_i, X_{ij}, the row of a matrix that X_i is, which is a column by itself; and positions, X[1,:]."""
    node = step.node
    assert isinstance(node, Index)
    labelled = any(isinstance(i, Name) and i.name in names.labels for i in node.indices)
    base = names.labelled[node.base.name] if labelled and isinstance(node.base, Name) else operands[0]
    whole = [isinstance(i, Colon) or isinstance(i, Binary) and i.op == "range" for i in node.indices]
    if base == SCALAR or len(node.indices) > 2:
        return f"a {base} has no entries with {_counted(len(node.indices))}"
    if len(node.indices) == 1:
        if base == MATRICES:
            return MATRIX
        if base == MATRIX:
            return VECTOR if labelled else f"a matrix has no entries with {_counted(1)}"
        return base if whole[0] else SCALAR
    if base != MATRIX:
        return f"a {base} has no entries with two indices" if labelled else SCALAR
    return MATRIX if all(whole) else ROW if whole[1] else VECTOR if whole[0] else SCALAR


def _counted(count: int) -> str:
    return "one index" if count == 1 else "two indices"


def _bars(step: Step, operands: Operands, names: Names, charge: Charge) -> str:
    assert isinstance(step.node, Bars)
    if step.node.weight is not None:
        fits = operands[0] in (VECTOR, ROW) and operands[1] == MATRIX
        return SCALAR if fits else f"a {operands[0]} has no norm with a {operands[1]} for its weight"
    if step.node.double and operands[0] == SCALAR:
        charge(NAMED_NORM if step.node.subscript else OF_A_NUMBER)
    if not step.node.double and operands[0] in (VECTOR, ROW):
        return f"a {operands[0]} has no determinant"
    return SCALAR


def _array(step: Step, operands: Operands, names: Names, charge: Charge) -> str:
    assert isinstance(step.node, ArrayLiteral)
    tall, wide = len(step.node.rows) > 1, len(step.node.rows[0]) > 1
    if MATRIX in operands or tall and (wide or ROW in operands) or wide and VECTOR in operands:
        return MATRIX
    return VECTOR if tall or VECTOR in operands else ROW


def _rank_of_value(f: Function, argument: str) -> str:
    if f.kind == "elementwise" or f.kind == "scalar" and f.order == 1:
        return argument
    if f.kind == "scalar" and not f.order:
        return SCALAR
    return VECTOR if not f.order and f.columns is ONE else MATRIX


def _call(step: Step, operands: Operands, names: Names, charge: Charge) -> str:
    assert isinstance(step.node, Call)
    name = step.node.name
    if name in names.functions:
        return _rank_of_value(names.functions[name], operands[0] if operands else SCALAR)
    if name in SIZED:
        return VECTOR if name in ("ones", "zeros") and len(step.node.args) == 1 else MATRIX
    rule = rulebook.find(name)
    if rule is None or rule.kind == "elementwise" or len(rule.params) != len(operands):
        return operands[0] if operands else SCALAR
    if rule.name == "diag":
        return {SCALAR: SCALAR, MATRIX: VECTOR}.get(operands[0], MATRIX)
    return _by_rule(rule, operands, charge)


def _by_rule(rule: rulebook.Rule, operands: Operands, charge: Charge) -> str:
    """The rank of a function of the rule book from the shapes of its parameters, in which "1" is a length of one."""
    lengths: dict[str, bool] = {"1": True}
    turned = False
    for param, rank in zip(rule.params, operands, strict=True):
        if rank == SCALAR and param.shape != ("1", "1"):
            charge(OF_A_NUMBER)
            continue
        turned |= param.shape[1] == "1" and rank == ROW
        sides = {VECTOR: (False, True), ROW: (True, False), MATRIX: (False, False), SCALAR: (True, True)}[rank]
        for size, is_one in zip(param.shape, sides[::-1] if turned else sides, strict=True):
            if lengths.setdefault(size, is_one) != is_one:
                return f"{rule.name} has another argument than a {rank}"
    rows, columns = (lengths.get(size, False) for size in rule.value)
    if all(rank == SCALAR for rank in operands) and rule.value != ("1", "1"):
        return SCALAR
    rank = {(True, True): SCALAR, (False, True): VECTOR, (True, False): ROW, (False, False): MATRIX}[rows, columns]
    return TURNED[rank] if turned else rank


_RULES: Final[Mapping[type[Syntax], Callable[[Step, Operands, Names, Charge], str]]] = {
    Number: lambda step, operands, names, charge: SCALAR,
    Colon: lambda step, operands, names, charge: SCALAR,
    Name: _name,
    Negation: _same,
    Listing: _same,
    Sum: _summed,
    Transposition: _turned,
    Binary: _binary,
    Index: _index,
    Bars: _bars,
    ArrayLiteral: _array,
    Call: _call,
}
