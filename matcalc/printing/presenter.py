"""The presenter: the forms of every node of an expression, and of its transpose, each the shortest of equal spellings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from matcalc.algebra import conjugate, transpose
from matcalc.algebra.node import Expr, split_product
from matcalc.algebra.normal_form.blocks.building import only_diagonal_blocks
from matcalc.algebra.weight import is_identity
from matcalc.book.operators import ATOM
from matcalc.book.sizes import ONE
from matcalc.printing.constants import dimension, sized
from matcalc.printing.forms import (
    FACTOR,
    TRIANGLES,
    TURNED,
    Form,
    Signed,
    applied,
    block_diagonal,
    inverted,
    joined,
    number,
    quotient,
    raised,
    square_root,
    turned,
    unsigned,
)
from matcalc.printing.leaves import is_told, unit_array
from matcalc.printing.products import Products, without_signs
from matcalc.scalars import S


class Presenter(Products):
    """Forms of expressions, each operation in a method that SPELLINGS names."""

    def spell(self, e: Expr) -> Signed:
        return SPELLINGS.get(e.op, Presenter._function)(self, e)

    # -- powers and transposes

    def _power(self, e: Expr) -> Signed:
        base, exponent = e.args
        if e.is_scalar:
            # Its own name aside: what spells the part t2 is not t2.
            form, divides = self._power_of_number(e)
            return False, quotient([], [form]) if divides else form
        if exponent.op == "const" and exponent.data == -1:
            forms = [(minus, inverted(form)) for minus, form in self._options(base)]
            return min(forms, key=lambda signed: signed[1].cost)
        base = self.even(base) if exponent.op == "const" and exponent.data.is_even else base
        return False, raised("power", self.shown(base, ATOM), self._exponent(exponent))

    def _transposed(self, e: Expr) -> Signed:
        if e.args[0].op == "unit":
            told, n = is_told(e.args[0]), e.args[0].shape[0]
            return False, unit_array(e.args[0], as_row=True) if told else Form("unit_row", (dimension(n),), e.args[0].data, 9)
        if e.args[0].op == "columns" and self._writing.divided:
            return False, self._in_place(e.args[0], [self._square_identity(e.shape[0])], e.shape[0], turned_too=True)
        if e.args[0].op == "columns":
            base = sized("eye", e.shape[1:])
            return False, Form("slice", (base,), (tuple(map(dimension, e.args[0].data)), None), base.cost + 5)
        return False, turned(self.shown(e.args[0], ATOM))

    def _elementwise_power(self, e: Expr) -> Signed:
        base, exponent = e.args
        k = exponent.data if exponent.op == "const" else None
        base = self.even(base) if k is not None and k.is_even else base
        if k == S.Half:
            return False, square_root(self.shown(base), elementwise=True)
        return False, raised("epower", self.shown(base, ATOM), self._exponent(exponent))

    def _triangle(self, e: Expr) -> Signed:
        return False, _of_triangle(e.data, sized("ones", e.shape))

    def _elementwise_product(self, e: Expr) -> Signed:
        triangles = [f for f in e.args if f.op == "triangle" and f not in self._named]
        if any(f.data in TURNED for f in triangles):
            return False, turned(unsigned(self._elementwise_product(transpose(e))))
        if triangles:
            rest = [f for f in e.args if f not in triangles] or [triangles.pop()]
            inside = self.shown(rest[0]) if len(rest) == 1 else self._entry_by_entry([], rest)
            for f in triangles:
                inside = applied(TRIANGLES[f.data], [inside])
            return False, inside
        made = self._entry_by_entry([], e.args)
        turns, parts = without_signs(made.parts) if self._opposite and made.kind == "had" else (False, [])
        made = joined("had", parts, made.data) if turns else made
        return turns, replace(made, of_columns=e.shape[1] is ONE)

    # -- entries and functions

    def _entry(self, e: Expr) -> Signed:
        base = self.shown(e.args[0], ATOM)
        i, j = e.data
        indices = (i,) if e.args[0].shape[1] is ONE else (i, j)
        return False, Form("entry", (base,), indices, base.cost_in(ATOM) + 2 * len(indices) + 1)

    def _array(self, e: Expr) -> Signed:
        parts = tuple(self.shown(a) for a in e.args)
        return False, Form("array", parts, e.data, sum(p.cost for p in parts) + len(parts) + 1)

    def _blocks(self, e: Expr) -> Signed:
        """A block matrix; one of functions of entries as that function of a block matrix, where that is shorter."""
        diagonal = only_diagonal_blocks(e)
        if diagonal is not None:
            return False, block_diagonal([self.shown(a) for a in diagonal])
        parts = [self._bare_identity(a) if is_identity(a) and _is_sized(e, k) else self.shown(a) for k, a in enumerate(e.args)]
        return False, Form("array", tuple(parts), e.data, sum(p.cost for p in parts) + len(parts) + 1)

    def _bare_identity(self, a: Expr) -> Form:
        """A multiple of the identity whose size what stands beside it tells."""
        return self.shown(a) if a in self._named else unsigned(self._product_of(*split_product(a), self._identity))

    def _call(self, e: Expr) -> Signed:
        part = self.shown(e.args[0])
        return False, Form("call", (part,), e.data, part.cost + 3 + e.data.order)

    def _trace(self, e: Expr) -> Signed:
        """tr(A^T*B) as sum(A.*B) and tr(A^H*A) as normF(A)^2, where that is shorter."""
        plain = self._function(e)
        mats = e.args[0].args if e.args[0].op == "mul" else ()
        if len(mats) != 2 or e.args[0] in self._named:
            return plain
        others = []
        for a, b in ((transpose(mats[0]), mats[1]), (mats[0], transpose(mats[1]))):
            if conjugate(a) is b:
                others.append(raised("power", applied("normF", [self.shown(self.even(a))]), number(2)))
            else:
                others.append(applied("sum", [joined("had", [self.shown(f, FACTOR) for f in (a, b)], 2)]))
        return min([plain, *((False, form) for form in others)], key=lambda s: s[1].cost)


def _of_triangle(data: tuple[str, bool], ones: Form) -> Form:
    return turned(applied(TURNED[data], [ones])) if data in TURNED else applied(TRIANGLES[data], [ones])


def _is_sized(e: Expr, k: int) -> bool:
    """Whether a block beside the k-th one, or above or below it, is no identity and so tells its size."""
    width = e.data[1]
    start = k - k % width
    return not all(map(is_identity, (*e.args[start : start + width], *e.args[k % width :: width])))


SPELLINGS: Final[dict[str, Callable[[Presenter, Expr], Signed]]] = {
    "sym": Presenter._symbol,
    "const": Presenter._constant,
    "eye": Presenter._filled,
    "ones": Presenter._filled,
    "zeros": Presenter._filled,
    "comm": Presenter._commutation,
    "dup": Presenter._halved,
    "elim": Presenter._halved,
    "tr": Presenter._trace,
    "triangle": Presenter._triangle,
    "unit": Presenter._unit,
    "columns": Presenter._columns,
    "add": Presenter._sum,
    "mul": Presenter._product,
    "inner": Presenter._inner,
    "pow": Presenter._power,
    "T": Presenter._transposed,
    "epow": Presenter._elementwise_power,
    "had": Presenter._elementwise_product,
    "entry": Presenter._entry,
    "array": Presenter._array,
    "block": Presenter._blocks,
    "call": Presenter._call,
}
