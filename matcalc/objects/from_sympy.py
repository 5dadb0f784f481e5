"""SymPy's matrix expressions, read as expressions built in Python.

Every node of SymPy has one meaning here or is refused by its name. A product of matrices that is 1 x 1 is a number, as everywhere
in the notation; an n x 1 MatrixSymbol is a column. A function with one letter bound, in applyfunc, is read with the array
in place of the letter, products and powers entry by entry. Nothing passes through a text that SymPy would evaluate.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import reduce
from typing import Any, Final

import sympy
from sympy.core.function import AppliedUndef
from sympy.matrices.expressions import diagonal
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction
from sympy.matrices.expressions.blockmatrix import BlockMatrix
from sympy.matrices.expressions.dotproduct import DotProduct
from sympy.matrices.expressions.matexpr import MatrixElement
from sympy.matrices.expressions.slice import MatrixSlice
from sympy.matrices.matrixbase import MatrixBase

from matcalc.algebra.node import Unknown
from matcalc.book import rules as rulebook
from matcalc.book.sizes import ONE, Dim, dim
from matcalc.errors import LimitError, MatcalcError, ShapeError, UnknownFunction, UsageError
from matcalc.objects.expression import (
    Expression,
    array,
    called,
    constant_array,
    decimal,
    divided,
    entrywise,
    entrywise_power,
    exact,
    indexed,
    inverse,
    named,
    negated,
    pi,
    power,
    product,
    size_as_number,
    square_rooted,
    summed,
    transposed,
    unknown_call,
)
from matcalc.objects.indices import size_text
from matcalc.objects.sympy_sums import as_matrices, entrywise_body
from matcalc.printing.sympy_source.nodes import (
    Commutation,
    Duplication,
    Elimination,
    FunctionOfArrays,
    MatrixFunction,
    PseudoInverse,
    Vec,
)
from matcalc.reading.declarations import read_declarations
from matcalc.reading.inference.brackets import MAX_ENTRIES
from matcalc.scalars import as_scalar

Node = Any
_ELEMENTARY: Final = {
    "log": "log", "exp": "exp", "sin": "sin", "cos": "cos", "tan": "tan", "sinh": "sinh", "cosh": "cosh", "tanh": "tanh",
    "asin": "arcsin", "acos": "arccos", "atan": "arctan", "Abs": "abs", "sign": "sign", "Heaviside": "heaviside",
}  # fmt: skip
_SPECIAL: Final = frozenset(
    "asinh acosh atanh erf erfc erfi erfinv gamma loggamma digamma sinc floor ceiling sec csc cot sech csch coth LambertW".split()
)
_HINTS: Final = {
    "Adjoint": "matrices are real here: write X.T",
    "Derivative": "give the function itself, and order=2 for a second derivative",
    "Integral": "only closed forms are read",
    "Piecewise": "Max(x, 0), Abs, sign and Heaviside are known",
}


def reader_of(nodes: Sequence[Node]) -> Reader:
    """A reader for the nodes of one request, which share their names."""
    try:
        return Reader(_dimensions(nodes))
    except RecursionError:
        raise LimitError("the expression is nested too deeply") from None


def read(reader: Reader, node: Node) -> Expression:
    """An expression; `reader.symbols` then has SymPy's symbols and functions by the names that they got.

    Raises a MatcalcError that names the node for what has no meaning here.
    """
    try:
        return reader.read(node)
    except RecursionError:
        raise LimitError("the expression is nested too deeply") from None


def is_sympy(value: object) -> bool:
    """Whether a value is SymPy's."""
    return isinstance(value, (sympy.Basic, MatrixBase))


def _dimensions(nodes: Sequence[Node]) -> frozenset[Node]:
    """The symbols in the shapes of some expressions."""
    found: set[Node] = set()
    for node in nodes:
        leaves = node.atoms(sympy.MatrixSymbol, sympy.Identity, sympy.OneMatrix, sympy.ZeroMatrix) if hasattr(node, "atoms") else ()
        found |= {s for leaf in leaves for d in leaf.shape for s in d.free_symbols}
    return frozenset(found)


class Reader:
    """Reads the nodes of one request; `bound` has the arrays that stand for bound letters."""

    def __init__(self, dimensions: frozenset[Node], bound: Mapping[Node, Expression] | None = None) -> None:
        self.dimensions = dimensions
        self.bound = dict(bound or {})
        self.symbols: dict[str, Node] = {}
        self._done: dict[Node, Expression] = {}

    def within(self, bound: Mapping[Node, Expression]) -> Reader:
        """A reader of the same request with more letters bound."""
        inner = Reader(self.dimensions, {**self.bound, **bound})
        inner.symbols = self.symbols
        return inner

    def read(self, root: Node) -> Expression:
        """The expression of a node, operands first."""
        pending = [(root, False)]
        while pending:
            node, ready = pending.pop()
            node = node.as_immutable() if isinstance(node, MatrixBase) else node
            if node in self._done:
                continue
            meaning = self._meaning(node)
            if ready or not meaning.operands:
                parts = [self._done[p] for p in meaning.operands]
                try:
                    self._done[node] = meaning.build(self, node, parts)
                except MatcalcError as error:
                    raise _located(error, node) from None
            else:
                pending.append((node, True))
                pending.extend((p, False) for p in reversed(meaning.operands))
        return self._done[root.as_immutable() if isinstance(root, MatrixBase) else root]

    def _meaning(self, node: Node) -> _Meaning:
        if node in self.bound:
            return _Meaning(lambda reader, node, parts: reader.bound[node])
        for cls in type(node).__mro__:
            if cls in _MEANINGS:
                operands, build = _MEANINGS[cls]
                return _Meaning(build, tuple(operands(node)))
        raise _unknown(node)

    # ------------------------------------------------------------------------------------------------ names

    def name(self, symbol: Node) -> str:
        """The name of a symbol or function as the notation spells it.

        Raises UsageError where two different ones get the same.
        """
        spelled = symbol.name if isinstance(symbol.name, str) else str(symbol.name)
        (canonical,) = read_declarations({spelled.replace("\\", "").replace("{", "").replace("}", ""): "scalar"}, None)
        other = self.symbols.setdefault(canonical, symbol)
        if other != symbol:
            told = f"{sympy.srepr(other)[:60]} and {sympy.srepr(symbol)[:60]} are both called {canonical}"
            raise UsageError(told, hint="give them different names")
        return canonical

    def size(self, d: Node) -> Dim:
        """A dimension."""
        found = as_scalar(d.xreplace({s: dim(self.name(s)).as_sympy() for s in d.free_symbols}))
        size_text(found)
        return found


class _Meaning:
    """How a node is built, and the operands that are needed for it."""

    __slots__ = ("build", "operands")

    def __init__(self, build: Callable[[Reader, Node, list[Expression]], Expression], operands: tuple[Node, ...] = ()) -> None:
        self.build = build
        self.operands = operands


def _located(error: MatcalcError, node: Node) -> MatcalcError:
    """An error in the words of the plain notation, with the node that it arose in."""
    if error.hint is None and error.span is None:
        error.hint = f"in {type(node).__name__}, {_clipped(str(node))}"
    return error


def _clipped(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."


def _unknown(node: Node) -> UnknownFunction:
    kind = type(node).__name__
    hint = _HINTS.get(kind, "matcalc rules lists what is known")
    return UnknownFunction(f"SymPy's {kind} is not known: {_clipped(str(node))}", hint=hint)


# --------------------------------------------------------------------------------------------------- leaves


def _symbol(reader: Reader, node: Node, parts: list[Expression]) -> Expression:
    """A scalar, or a dimension that stands in the expression as a number."""
    label = reader.name(node)
    if node in reader.dimensions:
        return size_as_number(dim(label))
    return named(label, (ONE, ONE), ["positive"] * bool(node.is_positive))


def _matrix_symbol(reader: Reader, node: Node, parts: list[Expression]) -> Expression:
    return named(reader.name(node), (reader.size(node.shape[0]), reader.size(node.shape[1])))


def _rational(reader: Reader, node: Node, parts: list[Expression]) -> Expression:
    return exact(Fraction(int(node.p), int(node.q)))


def _float(reader: Reader, node: Node, parts: list[Expression]) -> Expression:
    return decimal(float(node))


def _filled(function: str) -> Callable[[Reader, Node, list[Expression]], Expression]:
    return lambda reader, node, parts: constant_array(function, *(reader.size(d) for d in node.shape))


def _identity(reader: Reader, node: Node, parts: list[Expression]) -> Expression:
    return constant_array("eye", reader.size(node.shape[0]))


def _explicit(reader: Reader, node: Node, parts: list[Expression]) -> Expression:
    rows, columns = node.shape
    if not rows * columns:
        raise ShapeError(f"a matrix of {rows} x {columns} has no entries")
    return array([parts[i * columns : (i + 1) * columns] for i in range(rows)])


def _entries(node: Node) -> Sequence[Node]:
    if len(node) > MAX_ENTRIES:
        raise LimitError(f"an explicit array has at most {MAX_ENTRIES} entries, not {len(node)}")
    return list(node)


def _blocks(reader: Reader, node: Node, parts: list[Expression]) -> Expression:
    columns = node.blocks.shape[1]
    return array([parts[k : k + columns] for k in range(0, len(parts), columns)])


# ------------------------------------------------------------------------------------------ sums and products


def _sum(reader: Reader, node: Node, parts: list[Expression]) -> Expression:
    return reduce(summed, parts)


def _scalar_product(reader: Reader, node: Node, parts: list[Expression]) -> Expression:
    """A product of numbers, or entry by entry of what stands for a bound letter."""
    _refuse_matrices(reader, node, parts)
    return _scaled(node, parts, entrywise)


def _matrix_product(reader: Reader, node: Node, parts: list[Expression]) -> Expression:
    return _scaled(node, parts, product)


def _scaled(node: Node, parts: Sequence[Expression], combine: Callable[[object, object], Expression]) -> Expression:
    """A product, its number in front as a sign, a factor and a divisor; negative powers of numbers divide."""
    c = node.args[0] if node.args[0].is_Rational else sympy.S.One
    pairs = list(zip(parts, node.args, strict=True))[int(c is not sympy.S.One) :]
    above = [exact(Fraction(abs(int(c.p))))] * (abs(c.p) != 1) + [p for p, a in pairs if not _divides(a)]
    below = [exact(Fraction(int(c.q)))] * (c.q != 1) + [p for p, a in pairs if _divides(a)]
    made = reduce(combine, above) if above else exact(Fraction(1))
    made = divided(made, reduce(entrywise, below)) if below else made
    return negated(made) if c < 0 else made


def _divides(factor: Node) -> bool:
    return isinstance(factor, sympy.Pow) and factor.exp.is_Number and factor.exp.is_negative


def _factors(node: Node) -> Sequence[Node]:
    """The factors of a product, those that divide without their sign."""
    return [a if not _divides(a) else a.base if a.exp == -1 else sympy.Pow(a.base, -a.exp, evaluate=False) for a in node.args]


def _refuse_matrices(reader: Reader, node: Node, parts: Sequence[Expression]) -> None:
    """Outside a function of entries, SymPy's scalar functions take numbers: its exp(X) is another function of a matrix."""
    if not reader.bound and any(not p.is_scalar for p in parts):
        told = f"{type(node).__name__} of a matrix has no meaning here: {_clipped(str(node))}"
        raise ShapeError(told, hint="X.applyfunc(f) acts on every entry")


def _entrywise_product(reader: Reader, node: Node, parts: list[Expression]) -> Expression:
    return reduce(entrywise, parts)


def _kron(reader: Reader, node: Node, parts: list[Expression]) -> Expression:
    return reduce(lambda a, b: called("kron", a, b), parts)


# --------------------------------------------------------------------------------------------------- powers


def _power(reader: Reader, node: Node, parts: list[Expression]) -> Expression:
    _refuse_matrices(reader, node, parts)
    base, exponent = parts
    return square_rooted(base) if node.exp == sympy.S.Half else entrywise_power(base, exponent)


def _matrix_power(reader: Reader, node: Node, parts: list[Expression]) -> Expression:
    base, exponent = parts
    if base.is_scalar:
        return _power(reader, node, parts)
    if node.exp == sympy.S.Half:
        return called("sqrtm", base)
    if node.exp.is_integer is not True:
        return called("powm", base, exponent)
    if exponent.kind == "name":
        exponent = named(exponent.data, exponent.shape, ["integer"])
    return power(base, exponent)


def _inverse(reader: Reader, node: Node, parts: list[Expression]) -> Expression:
    return inverse(parts[0])


def _entrywise_power(reader: Reader, node: Node, parts: list[Expression]) -> Expression:
    return entrywise_power(*parts)


# ------------------------------------------------------------------------------------------------ functions


def _function_of_matrix(*names: str) -> Callable[[Reader, Node, list[Expression]], Expression]:
    """A composition of functions of the rule book, the outer one first."""
    return lambda reader, node, parts: reduce(lambda e, name: called(name, e), reversed(names), parts[0])


def _transpose(reader: Reader, node: Node, parts: list[Expression]) -> Expression:
    return transposed(parts[0])


def _dot(reader: Reader, node: Node, parts: list[Expression]) -> Expression:
    columns = [transposed(p) if p.shape[0] is ONE else p for p in parts]
    return product(transposed(columns[0]), columns[1])


def _function(reader: Reader, node: Node, parts: list[Expression]) -> Expression:
    """A function of numbers; of entries where a letter is bound."""
    kind = type(node).__name__
    known = _ELEMENTARY.get(kind) or (kind if kind in _SPECIAL and rulebook.find(kind) is not None else None)
    if known is None or len(parts) != 1:
        raise _unknown(node)
    _refuse_matrices(reader, node, parts)
    return called(known, parts[0])


def _function_operands(node: Node) -> Sequence[Node]:
    """The argument; the value at 0 that a Heaviside names is that of one point."""
    return list(node.args[:1] if isinstance(node, sympy.Heaviside) else node.args)


def _maximum(reader: Reader, node: Node, parts: list[Expression]) -> Expression:
    rest = [p for p, a in zip(parts, node.args, strict=True) if a != 0]
    if len(parts) != 2 or len(rest) != 1:
        raise _unknown(node)
    return called("relu", rest[0])


def _undefined(reader: Reader, node: Node, parts: list[Expression]) -> Expression:
    """f(x) of a number acts on every entry where a letter is bound; of a matrix it is a number."""
    if len(parts) != 1:
        raise UsageError(f"{node} is a function of {len(parts)} arguments", hint="leave out the arguments that are constant")
    label = reader.name(node.func)
    if reader.bound or parts[0].is_scalar:
        return unknown_call(Unknown(label, "elementwise"), "elementwise", parts[0])
    kind = "vector" if ONE in parts[0].shape else "matrix"
    return unknown_call(Unknown(label, "scalar"), f"{kind} -> scalar", parts[0])


def _applied(reader: Reader, node: Node, parts: list[Expression]) -> Expression:
    """f applied to every entry: its body, with the array in place of the letter."""
    letters, body = node.function.variables, node.function.expr
    if len(letters) != 1:
        raise _unknown(node)
    found = reader.within({letters[0]: parts[0]}).read(body)
    return found if found.shape == parts[0].shape else product(found, constant_array("ones", *parts[0].shape))


# -------------------------------------------------------------------------------------------------- entries


def _element(reader: Reader, node: Node, parts: list[Expression]) -> Expression:
    """An entry; SymPy counts from 0."""
    if not (node.i.is_Integer and node.j.is_Integer):
        raise UsageError(f"the entry {node} has an index that is no number", hint="its index is free, or its sum is no product of matrices")
    return parts[0] if parts[0].is_scalar else indexed(parts[0], (int(node.i), int(node.j)))


def _slice(reader: Reader, node: Node, parts: list[Expression]) -> Expression:
    """A range of rows and columns."""
    at = tuple(_place(s, d) for s, d in zip((node.rowslice, node.colslice), node.parent.shape, strict=True))
    if None in at:
        raise UnknownFunction(f"the slice {node} is no range of numbers in steps of one")
    return indexed(parts[0], at)


def _place(written: Node, d: Node) -> slice | int | None:
    start, stop, step = written
    if start == 0 and stop == d and step == 1:
        return slice(None)
    if step != 1 or not all(getattr(k, "is_Integer", isinstance(k, int)) for k in (start, stop)):
        return None
    return int(start) if stop == start + 1 else slice(int(start), int(stop))


def _none(node: Node) -> Sequence[Node]:
    return ()


def _all(node: Node) -> Sequence[Node]:
    return node.args  # type: ignore[no-any-return]


def _first(node: Node) -> Sequence[Node]:
    return node.args[:1]  # type: ignore[no-any-return]


def _contraction(reader: Reader, node: Node, parts: list[Expression]) -> Expression:
    """A sum over entries, where it is the sum of a whole array or a product of matrices."""
    found = entrywise_body(node)
    if found is not None:
        body, arrays = found
        return called("sum", reader.within({letter: reader.read(a) for letter, a in arrays.items()}).read(body))
    made = as_matrices(node)
    if made is None:
        told = f"this Sum is no product of matrices: {_clipped(str(node))}"
        raise UnknownFunction(told, hint="write it with MatrixSymbols, Trace and .T")
    return reader.read(made)


_MEANINGS: Final[dict[type, tuple[Callable[[Node], Sequence[Node]], Callable[[Reader, Node, list[Expression]], Expression]]]] = {
    sympy.Symbol: (_none, _symbol),
    sympy.MatrixSymbol: (_none, _matrix_symbol),
    sympy.Rational: (_none, _rational),
    sympy.Float: (_none, _float),
    type(sympy.pi): (_none, lambda reader, node, parts: pi()),
    type(sympy.E): (_none, lambda reader, node, parts: called("exp", 1)),
    sympy.OneMatrix: (_none, _filled("ones")),
    sympy.ZeroMatrix: (_none, _filled("zeros")),
    sympy.Identity: (_none, _identity),
    sympy.ImmutableDenseMatrix: (_entries, _explicit),
    sympy.ImmutableSparseMatrix: (_entries, _explicit),
    BlockMatrix: (lambda node: _entries(node.blocks), _blocks),
    sympy.Add: (_all, _sum),
    sympy.MatAdd: (_all, _sum),
    sympy.Mul: (_factors, _scalar_product),
    sympy.MatMul: (_factors, _matrix_product),
    sympy.HadamardProduct: (_all, _entrywise_product),
    sympy.KroneckerProduct: (_all, _kron),
    sympy.Pow: (_all, _power),
    sympy.MatPow: (_all, _matrix_power),
    sympy.Inverse: (_first, _inverse),
    sympy.HadamardPower: (_all, _entrywise_power),
    sympy.Transpose: (_all, _transpose),
    sympy.Trace: (_all, _function_of_matrix("tr")),
    sympy.Determinant: (_all, _function_of_matrix("det")),
    diagonal.DiagMatrix: (_all, _function_of_matrix("diag")),
    diagonal.DiagonalMatrix: (_all, _function_of_matrix("diag", "diagv")),
    diagonal.DiagonalOf: (_all, _function_of_matrix("diagv")),
    DotProduct: (_all, _dot),
    ElementwiseApplyFunction: (lambda node: (node.expr,), _applied),
    sympy.exp: (_all, _function),
    sympy.Function: (_function_operands, _function),
    AppliedUndef: (_all, _undefined),
    sympy.Max: (_all, _maximum),
    MatrixElement: (_first, _element),
    MatrixSlice: (_first, _slice),
    Vec: (_all, _function_of_matrix("vec")),
    PseudoInverse: (_all, _function_of_matrix("pinv")),
    MatrixFunction: (lambda node: (node.arg,), lambda reader, node, parts: called(node.name, parts[0])),
    FunctionOfArrays: (lambda node: node.arguments, lambda reader, node, parts: called(node.name, *parts)),
    Commutation: (_none, lambda reader, node, parts: constant_array("comm", *map(reader.size, node.args))),
    Duplication: (_none, lambda reader, node, parts: constant_array("dup", *map(reader.size, node.args))),
    Elimination: (_none, lambda reader, node, parts: constant_array("elim", *map(reader.size, node.args))),
    sympy.Sum: (_none, _contraction),
}
