"""The numeric value of expressions on arrays.

Scalars are floats, columns and rows are 1-D arrays, matrices 2-D: the convention of the generated code. Which of the two
a 1-D array is, its expression's shape tells. An operation that has no value, such as the inverse of a singular matrix,
gives nan.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import partial
from operator import itemgetter
from typing import Any, Final, TypeVar

import numpy as np

from matcalc.algebra.node import Expr, node, sym
from matcalc.algebra.walk import is_vector, nodes_in
from matcalc.book import rules as rulebook
from matcalc.book.sizes import ONE, Dim
from matcalc.memory import remembered
from matcalc.numbers.matrix_functions import commutation, duplication, elimination, in_double, matrix_power, regular_inverse
from matcalc.numbers.sampling.sizes import reduced, size_of
from matcalc.numbers.structured import FORMED, Structured, applied_only, chained, commuting, identity, kronecker
from matcalc.scalars import is_real

N = TypeVar("N")
Value = Any
Unknowns = Mapping[tuple[str, str, int], Callable[..., Value]]
COMPLEX: Final = (complex, np.complexfloating)
JITTER: Final = ("", "jitter", 0)
Handler = Callable[[Expr, list[Value], "Context"], Value]
Step = tuple[Handler, Expr, list[int]]
Chain = Callable[[Sequence[Value]], Value]


class Context:
    """What an evaluation is given: the variables' values, the sizes of dimension names, stand-ins for unknown functions.

    Where the values are long doubles, so are the results, but for those of LAPACK. A stand-in (name, "shift", 0) is put before
    a function of the rule book, JITTER behind every operation.
    """

    def __init__(self, values: Mapping[str, Value], sizes: Mapping[str, int], unknowns: Unknowns) -> None:
        self.values = values
        self.sizes = sizes
        self.unknowns = unknowns
        self.real = np.longdouble if getattr(next(iter(values.values()), None), "dtype", None) == np.longdouble else np.float64
        self._names = sizes
        self.reduces = True in [name.isdigit() for name in sizes]

    def size(self, d: Dim) -> int:
        """The size that a dimension has here."""
        if d.is_Integer and not self.reduces:
            return int(d)
        if d.is_Symbol:
            return self._names[d.name]
        return size_of(d, self._names)

    def scalar(self, value: Value) -> Value:
        """A number in the precision of this evaluation; a complex one as it is."""
        return value if isinstance(value, COMPLEX) else self.real(value)

    def number(self, c: Dim) -> Any:
        """The value of a constant."""
        c = reduced(c, self._names) if self.reduces else c
        if not c.free_symbols:
            return fixed_number(c)
        return _as_number(c.subs({s: self._names[s.name] for s in c.free_symbols}), is_real(c))


@remembered(4096)
def fixed_number(c: Dim) -> Any:
    """A constant without dimension names as a float, or as a complex number where 1j stands in it; nan where it is not finite."""
    return _as_number(c, is_real(c))


def _as_number(c: Dim, real: bool) -> Any:
    try:
        return float(c)
    except TypeError:
        return math.nan if real else complex(c.as_sympy())


def evaluate(exprs: Sequence[Expr], values: Mapping[str, Value], sizes: Mapping[str, int], unknowns: Unknowns | None = None) -> list[Value]:
    """The values of the expressions, each shared part evaluated once.

    `sizes` maps dimension names to integers, `unknowns` maps (name, kind, order) of a function that only the user
    knows to a concrete stand-in. Raises KeyError for a variable without a value.
    """
    return Program(exprs)(values, sizes, unknowns)


def is_complex(value: Value) -> bool:
    """Whether a number or an array is of complex numbers."""
    kind = getattr(value, "dtype", None)
    return isinstance(value, complex) if kind is None else kind.kind == "c"


class Program:
    """Expressions prepared to be evaluated at many points."""

    def __init__(self, exprs: Sequence[Expr]) -> None:
        nodes = nodes_in(exprs)
        slot = {e: i for i, e in enumerate(nodes)}
        unformed = applied_only(exprs, nodes)
        self.steps: list[Step] = [(_handler(e, unformed), e, [slot[a] for a in e.args]) for e in nodes]
        self.results = [slot[e] for e in exprs]

    def __call__(self, values: Mapping[str, Value], sizes: Mapping[str, int], unknowns: Unknowns | None = None) -> list[Value]:
        """The values of the expressions at one point; see `evaluate`."""
        with np.errstate(all="ignore"):
            done = self.run(Context(values, sizes, unknowns or {}))
        return [done[i] for i in self.results]

    def run(self, context: Context) -> list[Value]:
        """The value of every step."""
        done: list[Value] = []
        jitter = context.unknowns.get(JITTER)
        for handler, e, slots in self.steps:
            args = [done[i] for i in slots]
            value = handler(e, args, context)
            done.append(value if jitter is None or isinstance(value, Structured) else jitter(value, e, args))
        return done

    def moving(self, names: frozenset[str]) -> list[int]:
        """The steps that depend on the variables of these names."""
        moves: list[bool] = []
        for _, e, slots in self.steps:
            moves.append(e.data.name in names if e.op == "sym" else True in [moves[i] for i in slots])
        return [k for k, does in enumerate(moves) if does]


def _handler(e: Expr, unformed: AbstractSet[Expr] = frozenset()) -> Handler:
    """What evaluates a node, with what its operands and the rule book tell looked up once."""
    if e in unformed:
        return APPLIED[e.op]
    if e.op == "const" and not e.data.free_symbols:
        return partial(_fixed, fixed_number(e.data))
    if e.op == "mul":
        return partial(_mul, *_planned(e, unformed))
    if (known := HANDLERS.get(e.op)) is not None:
        return known
    rule = rulebook.find(e.op)
    if rule is None:
        raise KeyError(e.op)
    from matcalc.numbers.of_rules import function_of  # products, inverses and traces need nothing of it

    wanted = tuple(i for i, a in enumerate(e.args) if wants_matrix(rule, i, a))
    return partial(_of_rule, function_of(rule), wanted)


def as_matrix(e: Expr, value: Value) -> Value:
    """The value with two axes."""
    if e.is_scalar:
        return np.reshape(value, (1, 1))
    if e.shape[1] is ONE:
        return value.reshape(-1, 1)
    return value.reshape(1, -1) if e.shape[0] is ONE else value


def from_matrix(e: Expr, value: Value) -> Value:
    """A value with two axes as the convention has it."""
    if e.is_scalar:
        return np.asarray(value).reshape(-1)[0]
    return np.ravel(value) if is_vector(e) else value


def _nan(e: Expr, context: Context) -> Value:
    m, n = context.size(e.shape[0]), context.size(e.shape[1])
    return from_matrix(e, np.full((m, n), np.nan))


# ------------------------------------------------------------------------------------------------ leaves


def _sym(e: Expr, args: list[Value], context: Context) -> Value:
    value = context.values[e.data.name]
    if e.is_scalar:
        return context.scalar(value if np.ndim(value) == 0 else np.ravel(value)[0])
    array = np.asarray(value) if is_complex(value) else np.asarray(value, dtype=context.real)
    return array.reshape(-1) if array.ndim != 1 and is_vector(e) else array


def _const(e: Expr, args: list[Value], context: Context) -> Value:
    return context.scalar(context.number(e.data))


def _fixed(number: complex, e: Expr, args: list[Value], context: Context) -> Value:
    """A constant without dimension names, which is another number only where small sizes stand for large ones."""
    return context.scalar(context.number(e.data) if context.reduces else number)


def _eye(e: Expr, args: list[Value], context: Context) -> Value:
    return np.eye(context.size(e.shape[0]))


def _filled(number: float) -> Handler:
    def fill(e: Expr, args: list[Value], context: Context) -> Value:
        lengths = [context.size(d) for d in e.shape if d is not ONE]
        return np.full(lengths, number) if lengths else np.float64(number)

    return fill


def _comm(e: Expr, args: list[Value], context: Context) -> Value:
    return commutation(context.size(e.data[0]), context.size(e.data[1]))


def _duplication(e: Expr, args: list[Value], context: Context) -> Value:
    return duplication(context.size(e.data))


def _elimination(e: Expr, args: list[Value], context: Context) -> Value:
    return elimination(context.size(e.data))


def _triangle(e: Expr, args: list[Value], context: Context) -> Value:
    n = context.size(e.shape[0])
    side, halved = e.data
    ones = np.ones((n, n))
    return (np.tril(ones) if side == "lower" else np.triu(ones)) - halved * np.eye(n) / 2


def _unit(e: Expr, args: list[Value], context: Context) -> Value:
    n = context.size(e.shape[0])
    if e.data > n:
        return np.full(n, np.nan)
    return np.eye(1, n, e.data - 1)[0]


def _columns(e: Expr, args: list[Value], context: Context) -> Value:
    n, first, last = context.size(e.shape[0]), *map(context.size, e.data)
    if not 1 <= first <= last <= n:
        return np.full((n, max(0, last - first + 1)), np.nan)
    return from_matrix(e, np.eye(n)[:, first - 1 : last])


# ------------------------------------------------------------------------------------- sums and products


def _add(e: Expr, args: list[Value], context: Context) -> Value:
    total = args[0]
    for value in args[1:]:
        total = total + value
    return total


def _planned(e: Expr, unformed: AbstractSet[Expr]) -> tuple[int, Chain | None]:
    """How many scalars a product begins with, and what multiplies its matrices."""
    k = next((k for k, a in enumerate(e.args) if not a.is_scalar), len(e.args))
    factors = e.args[k:]
    if not factors:
        return k, None
    return k, _planned_chain(factors) if unformed.isdisjoint(factors) else partial(_through_structured, factors)


def _planned_chain(factors: Sequence[Expr]) -> Chain:
    """A product of matrices, the cheap way round: a column is multiplied from the right, an outer product last."""
    if len(factors) == 1:
        return itemgetter(0)
    cut = next((i for i, f in enumerate(factors[:-1]) if f.shape[1] is ONE), None)
    if cut is not None:
        return partial(_outer, cut + 1, _planned_chain(factors[cut + 1 :]))
    return _from_right if factors[-1].shape[1] is ONE else _from_left


def _outer(cut: int, rest: Chain, values: Sequence[Value]) -> Value:
    return np.multiply.outer(_from_right(values[:cut]), rest(values[cut:]))


def _mul(k: int, chain: Chain | None, e: Expr, args: list[Value], context: Context) -> Value:
    if not k:
        return None if chain is None else chain(args)
    scale = args[0]
    for value in args[1:k]:
        scale = scale * value
    return scale if chain is None else scale * chain(args[k:])


def _through_structured(factors: Sequence[Expr], values: Sequence[Value]) -> Value:
    """A product with structured factors; with one column or row it has one axis."""
    if not any(isinstance(v, Structured) for v in values):
        return _planned_chain(factors)(values)
    made = chained([v if isinstance(v, Structured) else as_matrix(f, v) for f, v in zip(factors, values, strict=True)])
    return made.reshape(-1) if ONE in (factors[0].shape[0], factors[-1].shape[1]) else made


def _from_right(values: Sequence[Value]) -> Value:
    product = values[-1]
    for value in reversed(values[:-1]):
        product = value @ product
    return product


def _from_left(values: Sequence[Value]) -> Value:
    product = values[0]
    for value in values[1:]:
        product = product @ value
    return product


def _inner(e: Expr, args: list[Value], context: Context) -> Value:
    # In what stands as it was written the norm of a number may be squared.
    return context.scalar(args[0] * args[1] if e.args[0].is_scalar else _from_right(args))


def _pow(e: Expr, args: list[Value], context: Context) -> Value:
    base, exponent = args
    if e.is_scalar:
        return np.power(base, exponent)
    try:
        if exponent < 0 and float(exponent).is_integer():
            return matrix_power(regular_inverse(base), -exponent)
        return _real(in_double(lambda a: matrix_power(a, exponent), [base]), [base])
    except (np.linalg.LinAlgError, ValueError):
        return np.full_like(base, np.nan)


def _real(value: Value, given: Sequence[Value]) -> Value:
    """The value where it is real, or one of what is complex; nan where the function of real arguments has none."""
    return np.full(np.shape(value), np.nan) if is_complex(value) and not any(map(is_complex, given)) else value


def _transpose(e: Expr, args: list[Value], context: Context) -> Value:
    return args[0].T


def _had(e: Expr, args: list[Value], context: Context) -> Value:
    product = args[0]
    for value in args[1:]:
        product = product * value
    return product


def _epow(e: Expr, args: list[Value], context: Context) -> Value:
    base, exponent = args
    return base * base if exponent == 2 else np.power(base, exponent)


# ----------------------------------------------------------------------------- what is applied, not formed


def _unformed(form: Handler, apply: Handler) -> Handler:
    """The matrix, which is formed where it is small."""

    def made(e: Expr, args: list[Value], context: Context) -> Value:
        small = context.size(e.shape[0]) * context.size(e.shape[1]) <= FORMED
        return form(e, args, context) if small else apply(e, args, context)

    return made


def _kron_applied(e: Expr, args: list[Value], context: Context) -> Value:
    made, *rest = [v if isinstance(v, Structured) else as_matrix(a, v) for a, v in zip(e.args, args, strict=True)]
    for value in rest:
        made = kronecker(made, value)
    return made


def _scaled(e: Expr, args: list[Value], context: Context) -> Value:
    """A number times one matrix that need not be formed."""
    *numbers, array = args
    scale = math.prod(numbers)
    return array.scaled(scale) if isinstance(array, Structured) else scale * array


# ------------------------------------------------------------------------------------ rearranged entries


def _entry(e: Expr, args: list[Value], context: Context) -> Value:
    array = as_matrix(e.args[0], args[0])
    i, j = e.data
    return context.scalar(array[i - 1, j - 1]) if i <= array.shape[0] and j <= array.shape[1] else context.real(np.nan)


def _array(e: Expr, args: list[Value], context: Context) -> Value:
    return from_matrix(e, np.array(args, dtype=None if any(map(is_complex, args)) else context.real).reshape(e.data))


def _block(e: Expr, args: list[Value], context: Context) -> Value:
    parts, width = [as_matrix(a, value) for a, value in zip(e.args, args, strict=True)], e.data[1]
    return from_matrix(e, np.block([parts[k : k + width] for k in range(0, len(parts), width)]))


def _kron(e: Expr, args: list[Value], context: Context) -> Value:
    product = as_matrix(e.args[0], args[0])
    for a, value in zip(e.args[1:], args[1:], strict=True):
        product = np.kron(product, as_matrix(a, value))
    return from_matrix(e, product)


def _vec(e: Expr, args: list[Value], context: Context) -> Value:
    return from_matrix(e, np.ravel(as_matrix(e.args[0], args[0]), order="F"))


def _diag(e: Expr, args: list[Value], context: Context) -> Value:
    return from_matrix(e, np.diag(np.ravel(args[0])))


def _diagv(e: Expr, args: list[Value], context: Context) -> Value:
    return from_matrix(e, np.diagonal(as_matrix(e.args[0], args[0])))


def _sum(e: Expr, args: list[Value], context: Context) -> Value:
    if isinstance(args[0], Structured):
        return args[0].sum()
    return args[0] if e.args[0].is_scalar else np.add.reduce(args[0], axis=None)


def _tr(e: Expr, args: list[Value], context: Context) -> Value:
    return args[0].trace() if isinstance(args[0], Structured) else as_matrix(e.args[0], args[0]).trace()


# ------------------------------------------------------------------------------------------- functions


def _call(e: Expr, args: list[Value], context: Context) -> Value:
    unknown = e.data
    value = context.unknowns[unknown.name, unknown.kind, unknown.order](args[0])
    return context.real(np.ravel(value)[0]) if e.is_scalar else np.ravel(value) if ONE in e.shape else value


def _of_rule(function: Callable[..., Value], wanted: Sequence[int], e: Expr, args: list[Value], context: Context) -> Value:
    """A function of the rule book, by the NumPy meaning that its rule gives; the operands that are `wanted` as matrices have two axes."""
    given = [as_matrix(a, v) if i in wanted else v for i, (a, v) in enumerate(zip(e.args, args, strict=True))] if wanted else args
    shift = context.unknowns.get((e.op, "shift", 0)) if context.unknowns else None
    given = given if shift is None else [shift(given[0])]
    try:
        value = _real(in_double(function, given), given)
    except (np.linalg.LinAlgError, ValueError, OverflowError, IndexError):
        return _nan(e, context)
    if e.is_scalar:
        return context.scalar(np.ravel(value)[0])
    return np.ravel(value) if is_vector(e) and np.ndim(value) == 2 else value


def _imag(e: Expr, args: list[Value], context: Context) -> Value:
    """The imaginary part; where real numbers give no value, as log(-2) of them, there is none, for which NumPy has 0."""
    return np.imag(args[0]) if is_complex(args[0]) else 0 * args[0]


def _operator(e: Expr, args: list[Value], context: Context) -> Value:
    """A linear operator of the book as a matrix, column by column: what it makes of the unit matrices."""
    name, value, argument = e.data
    applied = node(name, (*e.args, sym("E", argument)), None, value)
    function = _handler(applied)
    m, n = map(context.size, argument)
    columns = []
    for k in range(m * n):
        unit = from_matrix(applied.args[-1], np.eye(1, m * n, k, dtype=context.real).reshape(n, m).T)
        columns.append(np.ravel(as_matrix(applied, function(applied, [*args, unit], context)), order="F"))
    return from_matrix(e, np.stack(columns, axis=1))


def wants_matrix(rule: rulebook.Rule, i: int, a: Expr) -> bool:
    """A vector or a number given where a function that is not elementwise expects a matrix."""
    return rule.kind != "elementwise" and "1" not in rule.params[i].shape and ONE in a.shape


APPLIED: Final[dict[str, Handler]] = {
    "eye": _unformed(_eye, lambda e, args, context: identity(context.size(e.shape[0]))),
    "comm": _unformed(_comm, lambda e, args, context: commuting(context.size(e.data[0]), context.size(e.data[1]))),
    "kron": _unformed(_kron, _kron_applied),
    "T": _transpose,
    "mul": _scaled,
}
HANDLERS: Final[dict[str, Handler]] = {
    "sym": _sym,
    "const": _const,
    "eye": _eye,
    "ones": _filled(1.0),
    "zeros": _filled(0.0),
    "comm": _comm,
    "dup": _duplication,
    "elim": _elimination,
    "triangle": _triangle,
    "unit": _unit,
    "columns": _columns,
    "add": _add,
    "inner": _inner,
    "pow": _pow,
    "T": _transpose,
    "had": _had,
    "epow": _epow,
    "entry": _entry,
    "array": _array,
    "block": _block,
    "kron": _kron,
    "vec": _vec,
    "diag": _diag,
    "diagv": _diagv,
    "sum": _sum,
    "tr": _tr,
    "call": _call,
    "imag": _imag,
    "operator": _operator,
}
