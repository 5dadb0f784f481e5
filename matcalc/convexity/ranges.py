"""What values an expression has on the domain: intervals of its entries, and whether a symmetric matrix is semidefinite.

The book says what a variable and a function have; sums, products and squares follow (Boyd and Vandenberghe 2004, section A.5).
What is asked of a part that the variables do not move, and is not known, is remembered: it is what a condition could be about.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from functools import reduce
from typing import Final

from matcalc.algebra import add, mul, negative, transpose
from matcalc.algebra.node import Expr, const, split_product, sym
from matcalc.algebra.structure import properties
from matcalc.algebra.walk import in_order
from matcalc.book import rules as rulebook
from matcalc.book.properties import implied
from matcalc.book.rules import Rule
from matcalc.book.sizes import ONE
from matcalc.convexity.intervals import ANY, NONNEGATIVE, POSITIVE, Interval, exactly, product, read_interval
from matcalc.numbers.evaluate import Program, fixed_number
from matcalc.reading.templates import part_of
from matcalc.records import dataclass

PASSED: Final = frozenset({"T", "vec", "diagv", "entry"})
ENTRIES_OF_UNITS: Final = frozenset({"eye", "unit", "columns", "comm", "elim", "dup", "triangle"})
UNIT: Final = Interval(0.0, 1.0)


@dataclass
class Domain:
    """Where the variables and the other names lie: what is known of parts of the expression beside their own properties.

    `entries` has intervals of parts, `definite` 1 for what is positive and -1 for what is negative semidefinite; `asked` collects
    the parts without variables whose sign was wanted and is not known, `natural` what must be positive for a logarithm or a root, `poles`
    what may be zero and is divided by.
    """

    variables: frozenset[Expr]
    entries: Mapping[Expr, Interval] = field(default_factory=dict)
    definite: Mapping[Expr, int] = field(default_factory=dict)
    asked: dict[tuple[Expr, str], None] = field(default_factory=dict)
    natural: dict[Expr, None] = field(default_factory=dict)
    poles: dict[Expr, None] = field(default_factory=dict)
    is_cone: bool = False
    _intervals: dict[Expr, Interval] = field(default_factory=dict)
    _moved: dict[Expr, bool] = field(default_factory=dict)

    def moves(self, e: Expr) -> bool:
        """Whether an expression holds one of the variables."""
        if e not in self._moved:
            for n in in_order([e]):
                self._moved[n] = n in self.variables or any(self._moved[a] for a in n.args)
        return self._moved[e]

    def interval(self, e: Expr) -> Interval:
        """The interval of all entries."""
        for n in in_order([e]):
            if n not in self._intervals:
                self._intervals[n] = self._interval(n)
        return self._intervals[e]

    def sign(self, e: Expr) -> int:
        """1 or -1 where no entry has the other sign, 0 where that is not known."""
        found = self.interval(e).sign
        if not found and not self.moves(e) and e.op != "const":
            self.asked[e, "sign"] = None
        return found

    def assume_positive(self, e: Expr) -> None:
        """Part of the natural domain: a logarithm or a root of it is taken."""
        self.natural[e] = None
        self._intervals.clear()

    # ------------------------------------------------------------------------------------------- entries

    def _interval(self, e: Expr) -> Interval:
        found = self._by_operation(e)
        if "positive" in properties(e) and not {"lower", "upper"} & properties(e):
            found = found.meet(POSITIVE)
        if e in self.entries:
            found = found.meet(self.entries[e])
        elif self.entries and e.op in ("add", "mul", "inner") and negative(e) in self.entries:
            found = found.meet(-self.entries[negative(e)])
        return found.meet(POSITIVE) if e in self.natural else found

    def _by_operation(self, e: Expr) -> Interval:
        if not e.args:
            return _of_leaf(e)
        args = [self._intervals[a] for a in e.args]
        match e.op:
            case "add":
                return self._sum(e, args)
            case "mul" | "had" | "kron" | "inner":
                return self._product(e, args)
            case "pow" | "epow":
                return self._power(e, args)
            case "diag" | "array" | "block":
                return reduce(Interval.join, args, exactly(0.0) if e.op == "diag" else args[0])
            case "sum":
                return args[0].summed()
            case "tr" | "det":
                return self._of_square(e, args[0])
        return args[0] if e.op in PASSED else self._of_function(e, args)

    def _sum(self, e: Expr, args: list[Interval]) -> Interval:
        """The sum of the intervals; a known part of the sum, such as b - A*x, has what is known of it."""
        total = args[0]
        for other in args[1:]:
            total = total + other
        for part, known in self.entries.items():
            if part.op == "add" and part.shape == e.shape and set(part.args) < set(e.args):
                rest = [i for a, i in zip(e.args, args, strict=True) if a not in part.args]
                for other in rest:
                    known = known + other
                total = total.meet(known)
        return total

    def _product(self, e: Expr, args: list[Interval]) -> Interval:
        if e.op == "had" and len(e.args) == 2 and e.args[0] is e.args[1]:
            return args[0].power(2.0)
        found = product(args)
        mats = e.args if e.op == "inner" else split_product(e)[2]
        summed = len(mats) > 1 and e.op in ("inner", "mul")
        found = found.summed() if summed else found
        if e.op == "inner" and (sign := self.square_sign(e.args)):
            return found.meet(NONNEGATIVE if sign > 0 else -NONNEGATIVE)
        return found

    def square_sign(self, factors: tuple[Expr, ...]) -> int:
        """1 where a product is B^T*C*B with a positive, -1 with a negative semidefinite C; 0 else."""
        half = len(factors) // 2
        left, middle, right = factors[:half], factors[half : len(factors) - half], factors[len(factors) - half :]
        if any(transpose(f) is not g for f, g in zip(left, reversed(right), strict=True)):
            return 0
        return self.definiteness(middle[0]) if middle else 1

    def _power(self, e: Expr, args: list[Interval]) -> Interval:
        base, exponent = args
        if e.op == "pow" and not e.is_scalar:
            return ANY
        if exponent.low == exponent.high:
            return base.power(exponent.low)
        return POSITIVE if base.is_positive else ANY

    def _of_square(self, e: Expr, entries: Interval) -> Interval:
        """A trace or determinant: of what is definite it has its sign."""
        inside = e.args[0]
        if e.op == "det":
            return POSITIVE if "spd" in properties(inside) or self.definite.get(inside) == 2 else ANY
        sign = self.trace_sign(inside)
        found = entries.summed() if inside.op != "mul" else ANY
        if inside.op == "mul":
            found = entries.summed() if entries.sign else ANY
        if "spd" in properties(inside):
            return POSITIVE
        return found.meet(NONNEGATIVE) if sign > 0 else found.meet(-NONNEGATIVE) if sign < 0 else found

    def trace_sign(self, inside: Expr) -> int:
        """The sign of a trace: of a semidefinite matrix, of the product of two, of B^T*C*B."""
        scalars, mats = self._factors(inside)
        sign = 1
        for s in scalars:
            sign *= self._intervals[s].sign if s in self._intervals else self.interval(s).sign
        if not sign or not mats:
            return 0
        for k in range(len(mats)):
            turned = mats[k:] + mats[:k]
            if found := self._rotated_sign(turned):
                return sign * found
        return 0

    def _rotated_sign(self, mats: tuple[Expr, ...]) -> int:
        """The sign of the trace of one order of the factors: P*Q, or P*B^T*Q*B."""
        if len(mats) == 1:
            return self.definiteness(mats[0])
        if len(mats) % 2 == 0 and self.square_sign(mats):
            return 1
        first = self.definiteness(mats[0])
        return first * self.square_sign(mats[1:]) if first else 0

    def _factors(self, e: Expr) -> tuple[tuple[Expr, ...], tuple[Expr, ...]]:
        c, scalars, mats = split_product(e)
        return (const(c), *scalars), mats

    def _of_function(self, e: Expr, args: list[Interval]) -> Interval:
        rule = rulebook.find(e.op)
        if rule is None:
            return ANY
        found = read_interval(rule.range) if rule.range else ANY
        if ("", "positive") in rule.gives:
            found = found.meet(POSITIVE)
        if rule.keeps_entries:
            found = found.meet(args[0])
        if rule.kind == "elementwise" and rule.monotone in ("increasing", "decreasing"):
            found = found.meet(_image(rule, args[0]))
        if e.args and e.args[0].shape[0] == e.args[0].shape[1] and self.definiteness(e.args[0]) > 0:
            found = found.meet(NONNEGATIVE) if ("spd", "positive") in rule.gives else found
        return found

    # ------------------------------------------------------------------------------------- definite matrices

    def definiteness(self, e: Expr) -> int:
        """1 where a matrix is known to be symmetric and positive semidefinite, -1 for negative, 0 else; a number by its sign."""
        if e.is_scalar:
            return self.interval(e).sign
        if "psd" in properties(e) or self.definite.get(e, 0) > 0:
            return 1
        if self.definite.get(e, 0) < 0:
            return -1
        c, scalars, mats = split_product(e)
        if c != 1 or scalars:
            sign = 1 if bool(c.is_positive) else -1 if bool(c.is_negative) else 0
            for s in scalars:
                sign *= self.interval(s).sign
            return sign * (self.definiteness(mul(*mats)) if sign and mats else 0)
        return self._definiteness(e, mats)

    def _definiteness(self, e: Expr, mats: tuple[Expr, ...]) -> int:
        match e.op:
            case "add":
                signs = {self.definiteness(a) for a in e.args}
                return signs.pop() if len(signs) == 1 else 0
            case "mul":
                return self.square_sign(mats)
            case "diag":
                return self.interval(e.args[0]).sign
            case "kron":
                return self.definiteness(e.args[0]) * self.definiteness(e.args[1])
            case "had":
                return 1 if all(self.definiteness(a) > 0 for a in e.args) else 0
            case "pow" if "symmetric" in properties(e.args[0]) and e.args[1].op == "const" and e.args[1].data.is_Integer:
                return 1 if e.args[1].data % 2 == 0 else self.definiteness(e.args[0])
        return 0

    def wants_definite(self, e: Expr) -> int:
        """The definiteness of the symmetric part of a matrix, and remembered if it is not known."""
        part = e if "symmetric" in properties(e) else add(e, transpose(e))
        found = self.definiteness(part)
        if not found and not self.moves(part) and not part.is_scalar:
            self.asked[part, "definite"] = None
        elif not found and part.is_scalar:
            self.sign(part)
        return found


def _of_leaf(e: Expr) -> Interval:
    match e.op:
        case "const":
            return _constant(e)
        case "sym":
            return _of_variable(e)
        case "zeros" | "ones":
            return exactly(1.0 if e.op == "ones" else 0.0)
    return UNIT if e.op in ENTRIES_OF_UNITS else ANY


def _constant(e: Expr) -> Interval:
    if not e.data.free_symbols:
        return exactly(fixed_number(e.data))
    if e.data.is_positive:
        return Interval(1.0) if e.data.is_integer else POSITIVE
    if e.data.is_negative:
        return -Interval(1.0) if e.data.is_integer else -POSITIVE
    return NONNEGATIVE if e.data.is_nonnegative else ANY


def _of_variable(e: Expr) -> Interval:
    known = implied(e.data.properties)
    if "simplex" in known:
        return Interval(0.0, 1.0, True)
    if "positive" in known:
        return NONNEGATIVE if known & {"lower", "upper", "diagonal"} else POSITIVE
    return Interval(-1.0, 1.0) if known & {"unit", "orthogonal", "orthonormal"} else ANY


def _image(rule: Rule, given: Interval) -> Interval:
    """The values of a monotone function of one variable on an interval."""
    program = Program([part_of(rule, f"{rule.name}({rule.params[0].name})", [sym("x", (ONE, ONE), 0)])])
    low, high = (float(program({"x": end}, {})[0]) for end in (given.low, given.high))
    if low != low or high != high:
        return ANY
    ends = Interval(low, high, given.low_open or given.low == -float("inf"), given.high_open or given.high == float("inf"))
    return ends if rule.monotone == "increasing" else Interval(ends.high, ends.low, ends.high_open, ends.low_open)
