"""How each gradient of a chain follows from those before it, in the language of differentials.

    dL     = delta_z2^T*dz2                 chain rule
           = delta_z2^T*W2*da1              linearity
    dL/da1 = delta_a1 = W2^T*delta_z2       first identification theorem: m x 1

The lines are those of a request of its own, in which every definition that holds the variable has a gradient with a name.

Source: Magnus and Neudecker, Matrix Differential Calculus (2019), section 5.12; Goodfellow, Bengio and Courville (2016) section 6.5.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import chain, count
from typing import Final, Protocol

from matcalc.algebra import add
from matcalc.algebra.node import Expr
from matcalc.algebra.walk import in_order
from matcalc.answers.derivative import Derivative
from matcalc.answers.derive import derive
from matcalc.answers.telling.lines import Row, row, rows_of
from matcalc.book.moves import Move, move
from matcalc.book.sizes import axes
from matcalc.derivation.lines import Line
from matcalc.errors import MatcalcError
from matcalc.printing.notations.printer import Printer
from matcalc.printing.notations.text import text
from matcalc.reading.chain import Chain

INCREMENTS: Final = ("increment", "vec_increment", "row_vec_increment")
KINDS: Final = ("scalar", "vector", "matrix")
IDENTIFIED: Final = "first_identification_scalar"


class Gradient(Protocol):
    """dL/dv by its `wrt` v, the `name` that later gradients call it by, its value and its shape."""

    @property
    def wrt(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def value(self) -> Expr: ...
    @property
    def shape(self) -> tuple[str, str]: ...
    def sides(self, notation: Printer, /) -> tuple[str, str]:
        """The two sides of its equation."""


class Backwards:
    """The lines of a whole chain; `variables` are the shapes of its variables and definitions."""

    def __init__(self, chain: Chain, gradients: Sequence[Gradient], layout: str, variables: Mapping[str, str]) -> None:
        self.chain, self.layout, self.variables, self.gradients = chain, layout, variables, gradients
        self.symbols = {n: _names(v) for n, v in self.chain.values.items()}
        self.by_name = {g.wrt: g for g in gradients}
        self.names = {*self.chain.values, *self.chain.variables, *(g.name for g in gradients), *self.chain.gradient_names.values()}

    def rows(self) -> list[Row]:
        """The gradients in their order, each after the differential that it is read off."""
        return [r for g in self.gradients for r in self._of(g)]

    def _of(self, g: Gradient) -> list[Row]:
        size = ": a scalar" if g.shape == ("1", "1") else ": {} x {}".format(*g.shape)
        if g.wrt in self.chain.gradient_names:
            return [row(g.sides, "upstream", size)]
        holders = [n for n, held in self.symbols.items() if g.wrt in held]
        try:
            lines = self._apart(g, holders) if self._are_coupled(holders) else self._lines(g, holders)
        except MatcalcError:
            return [row(g.sides, "chain", size)]
        return [*lines, row(g.sides, IDENTIFIED if lines else "chain", size)]

    def _are_coupled(self, holders: Sequence[str]) -> bool:
        """Whether a definition that holds the variable holds another one that does."""
        return any(h in self.symbols[other] for h in holders for other in holders if other != self.chain.function)

    def _apart(self, g: Gradient, holders: Sequence[str]) -> list[Row]:
        """The part of the differential through each of the definitions, while the others are held."""
        return [r for h in holders for r in self._lines(g, [h], h)]

    def _lines(self, g: Gradient, holders: Sequence[str], through: str = "") -> list[Row]:
        """The differential of the function in terms of this increment alone, or of the part of it through one definition.

        Raises a MatcalcError where it cannot be told.
        """
        if not holders:
            return []
        request, has_deltas = self._request(g, holders)
        found = derive(request, variables=self._declared(holders), layout=self.layout, check=False)
        assert isinstance(found, Derivative)
        q, lines = found.explained
        told = _opened(lines) if has_deltas else _before_the_end(lines)
        return rows_of(q, [replace(line, left=replace(line.left, by=through)) for line in told] if through else told)

    # --------------------------------------------------------------------------------- a request of its own

    def _request(self, g: Gradient, holders: Sequence[str]) -> tuple[str, bool]:
        """The function in terms of the definitions that hold a variable, and whether their gradients have names in it."""
        function, values = self.chain.function, self.chain.values
        clauses = [f"{h} = {text(values[h])}" for h in holders if h != function]
        if list(holders) == [function]:
            return f"d {function}/d{g.wrt} where {function} = {text(values[function])}", False
        summands, named = [], []
        for k, h in enumerate(holders):
            if h == function:
                summands.append(text(self._own_part(g.wrt, holders)))
                continue
            part, loss = self._free(f"{function}{k}"), self._free(f"loss{k}")
            summands.append(part)
            named += [f"{part} = {loss}({h})", f"d{part}/d{h} = {self._delta(h, holders)}"]
        whole = f"{function} = {' + '.join(summands)}" if len(summands) > 1 else ""
        if not whole:
            named = [clause.replace(summands[0], function) for clause in named]
        return f"d {function}/d{g.wrt} where {'; '.join([*clauses, *named, *([whole] if whole else [])])}", True

    def _own_part(self, wrt: str, holders: Sequence[str]) -> Expr:
        """The summands of the function that hold a variable themselves.

        Raises MatcalcError where one holds a definition too that does.
        """
        value = self.chain.values[self.chain.function]
        parts = [a for a in (value.args if value.op == "add" else (value,)) if wrt in _names(a)]
        if any(h in _names(a) for a in parts for h in holders):
            raise MatcalcError("the function holds the variable beside a definition that does")
        return add(*parts)

    def _delta(self, holder: str, holders: Sequence[str]) -> str:
        """The name of the gradient by a definition.

        Raises MatcalcError where it has none.
        """
        g = self.by_name[holder]
        label = g.name or (g.value.data.name if g.value.op == "sym" else "")
        if not label or label in self.chain.values or label in self.chain.variables:
            raise MatcalcError(f"the gradient by {holder} has no name of its own")
        return label

    def _free(self, name: str) -> str:
        return next(n for n in chain((name,), (f"{name}_{k}" for k in count(1))) if n not in self.names)

    def _declared(self, holders: Iterable[str]) -> list[str]:
        """The shapes of all that is no definition here, and the kinds of the unknown functions."""
        shapes = [f"{n}: {shape}" for n, shape in self.variables.items() if n not in holders and n != self.chain.function]
        calls = {n.data.name: n for h in holders for n in in_order([self.chain.values[h]]) if n.op == "call"}
        return [*shapes, *(f"{name}: {_kind(n)}" for name, n in calls.items() if not n.data.order)]


def _names(e: Expr) -> set[str]:
    """The variables in an expression."""
    return {n.data.name for n in in_order([e]) if n.op == "sym"}


def _opened(lines: Sequence[Line]) -> list[Line]:
    """The differentials from the line on in which the definitions stand with their gradients."""
    moved = [line for line in lines if line.left.kind in INCREMENTS]
    start = next((k for k, line in enumerate(moved) if move("unknown") in line.moves), len(moved))
    through: tuple[Move, ...] = (move("chain"),)
    return [replace(line, moves=through) if k == start else line for k, line in enumerate(moved)][start:]


def _before_the_end(lines: Sequence[Line]) -> list[Line]:
    """The function and its differentials."""
    return [line for line in lines if line.left.kind in (*INCREMENTS, "value")]


def _kind(call: Expr) -> str:
    """The declaration of the unknown function of a call."""
    if call.data.kind == "elementwise":
        return "elementwise"
    argument, value = (KINDS[len(axes(e.shape))] for e in (call.args[0], call))
    return f"{argument} -> {value}"
