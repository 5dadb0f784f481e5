"""From an expression to an array program: brackets, shared parts, solves instead of inverses, broadcasts instead of large arrays.

Each node of the expression becomes one or a few array operations. Products are bracketed by `chains`; a product inside a trace,
a sum of entries or a diagonal is never formed where its two halves do: tr(A B) = sum(A .* B^T). An inverse is formed only
where it stands alone, or where several products would each solve with it (`factors`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from matcalc.algebra import transpose
from matcalc.algebra.node import Expr, split_coefficient, split_product
from matcalc.algebra.normal_form.selection import is_unit_row, picks_rows
from matcalc.algebra.structure import properties
from matcalc.algebra.walk import in_order, is_vector
from matcalc.book import rules as rulebook
from matcalc.book.choices import ARRAYS
from matcalc.book.rules import Rule
from matcalc.book.sizes import ONE, Dim, axes
from matcalc.codegen import chains
from matcalc.codegen.arrays import Arrays, Node
from matcalc.codegen.congruence import congruent
from matcalc.codegen.factors import chain_of, is_inverse, is_whole, often_solved, parts_of, parts_of_sum, spreads, taken_apart
from matcalc.codegen.products import Operand, Products, Term
from matcalc.codegen.stretches import named, stretches, turned
from matcalc.numbers.evaluate import wants_matrix
from matcalc.printing.forms import TRIANGLES
from matcalc.scalars import S, Scalar


class Planner:
    """Array nodes for expressions; `nodes` maps every expression that was needed."""

    def __init__(self, roots: Sequence[Expr]) -> None:
        self.arrays = Arrays()
        self.products = Products(self.arrays)
        self.assumed: dict[Dim, None] = {}
        self._nodes: dict[Expr, Node] = {}
        self._made: dict[tuple[Expr, ...], Operand] = {}
        self._chains: dict[Expr, tuple[Expr, ...]] = {}
        order = in_order(roots, self._operands)
        self._uses = Counter(roots)
        for e in order:
            self._uses.update(self._operands(e))
        chained = [c for c in self._chains.values() if len(c) > 1]
        self._stretches = stretches(chained)
        self._formed = {e for e in order if is_inverse(e)} | often_solved(chained)
        with chains.counted(Counter(d.name for e in order if e.op == "sym" for d in axes(e.shape) if d.is_Symbol)):
            for e in order:
                self._nodes[e] = HANDLERS.get(e.op, Planner._rule)(self, e)

    def value(self, e: Expr) -> Node:
        """The array of an expression, nothing left to repeat."""
        return self.arrays.full(self._nodes[e], axes(e.shape))

    def labelled(self, names: Mapping[Expr, str]) -> dict[Node, str]:
        """The arrays of those of the named expressions that the program forms."""
        return {self.value(e): label for e, label in names.items() if e in self._nodes}

    def _chain(self, e: Expr) -> tuple[Expr, ...]:
        if e not in self._chains:
            self._chains[e] = chain_of(e)
        return self._chains[e]

    def _operands(self, e: Expr) -> Sequence[Expr]:
        """The expressions whose arrays a node is made of: of diag(u) as a factor only u, of an inverse what it inverts."""
        chain = self._chain(e)
        if len(chain) < 2:
            return parts_of(e) if is_inverse(e) else e.args
        scalars = split_product(e)[1] if e.op == "mul" else ()
        vectors = is_vector(chain[0]) or is_vector(chain[-1])
        return [*scalars, *(part for f in chain for part in (parts_of_sum(f) if spreads(f, vectors) else parts_of(f)))]

    # -- leaves

    def _symbol(self, e: Expr) -> Node:
        return self.arrays.node("parameter", (), e, axes(e.shape))

    def _const(self, e: Expr) -> Node:
        return self.arrays.number(e.data)

    def _filled(self, e: Expr) -> Node:
        return self.arrays.number(S.One if e.op == "ones" else S.Zero)

    def _eye(self, e: Expr) -> Node:
        return self.arrays.eye(e.shape[0])

    def _halved(self, e: Expr) -> Node:
        return self.arrays.node("duplication" if e.op == "dup" else "elimination", (), e.data, e.shape)

    def _triangle(self, e: Expr) -> Node:
        return self._cut(self.arrays.number(S.One), [e])

    def _cut(self, made: Node, triangles: Sequence[Expr]) -> Node:
        """The triangles of a square array, by the functions of the book that keep them."""
        for f in triangles:
            made = self.arrays.node("rule", (self.arrays.full(made, f.shape),), rulebook.find(TRIANGLES[f.data]), f.shape)
        return made

    def _factor(self, e: Expr) -> Node:
        return self.products.dense(self.operand(e))

    # -- sums and products

    def _sum(self, e: Expr) -> Node:
        return self.arrays.sum([self._nodes[t] for t in e.args])

    def _product(self, e: Expr) -> Node:
        c, scalars, mats = split_product(e)
        above, below = self._fraction(scalars)
        if mats:
            c, above, below = self._times(c, above, below, self._body(e, mats))
        return self.arrays.product(c, above, below)

    def _body(self, e: Expr, mats: tuple[Expr, ...]) -> tuple[Node, bool]:
        """The matrices of a product as one array, and whether it is used here alone."""
        if len(mats) == 1:
            return self._nodes[mats[0]], self._uses[mats[0]] == 1
        return self.products.loose(self.chain(self._chain(e))), True

    def _times(
        self, c: Scalar, above: list[Node], below: list[Node], body: tuple[Node, bool]
    ) -> tuple[Scalar, list[Node], list[Node]]:
        """A fraction times an array, whose own factors are taken apart where nothing else uses it."""
        more, over, under = self.arrays.flattened(body[0]) if body[1] else (S.One, (body[0],), ())
        return c * more, [*above, *over], [*below, *under]

    def _fraction(self, factors: Sequence[Expr]) -> tuple[list[Node], list[Node]]:
        """(numerators, denominators): a negative power divides."""
        above: list[Node] = []
        below: list[Node] = []
        for f in factors:
            divisor = self._divisor(f)
            (above if divisor is None else below).append(divisor or self._nodes[f])
        return above, below

    def _divisor(self, f: Expr) -> Node | None:
        """The inverse of a negative power, entry by entry."""
        if f.op not in ("pow", "epow") or f.op == "pow" and not f.is_scalar:
            return None
        c, rest = split_coefficient(f.args[1])
        if rest.op != "const" or not (c * rest.data).could_extract_minus_sign():
            return None
        return self.arrays.power(self._nodes[f.args[0]], self.arrays.number(-c * rest.data))

    def _hadamard(self, e: Expr) -> Node:
        triangles = [f for f in e.args if f.op == "triangle"]
        above, below = self._fraction([f for f in e.args if f not in triangles])
        return self._cut(self.arrays.product(S.One, above, below), triangles)

    def _power(self, e: Expr) -> Node:
        if not e.is_scalar and e.op == "pow":
            return self._matrix_power(e)
        divisor = self._divisor(e)
        if divisor is not None:
            return self.arrays.product(S.One, (), [divisor])
        return self.arrays.power(*(self._nodes[a] for a in e.args))

    def _matrix_power(self, e: Expr) -> Node:
        base, exponent = e.args
        if is_inverse(e):
            return self.arrays.inverse(self._inverted(e))
        if is_whole(exponent):
            return self.arrays.matrix_power(self.value(base), self._nodes[exponent])
        return self.arrays.node("fractional_power", (self.value(base), self._nodes[exponent]), None, e.shape)

    def _inverted(self, f: Expr) -> Node:
        """What is inverted; that it is symmetric saves transposes, that it is positive definite half of the work."""
        base, (kept,) = f.args[0], parts_of(f)
        made = self.value(kept)
        if transpose(base) is base:
            self.arrays.symmetric.add(made)
        if "spd" in properties(base) and not base.has_complex:
            self.arrays.definite.add(made)
        return made if kept is base else self.arrays.transpose(made)

    # -- products of matrices

    def operand(self, f: Expr) -> Operand:
        """A factor with its structure."""
        if is_inverse(f) and not (f in self._formed or transpose(f) in self._formed):
            return Operand("inverse", f.shape, (self._inverted(f),))
        if is_inverse(f):
            return Operand("dense", f.shape, (self.arrays.inverse(self._inverted(f)),))
        if f.op == "diag":
            return Operand("diag", f.shape, (self.value(f.args[0]),))
        if f.op == "kron" and not is_vector(f):
            return Operand("kron", f.shape, tuple(self._two_axes(a) for a in f.args))
        if f.op == "comm":
            return Operand("swap", f.shape, (), f.data)
        if f.op == "add" and f not in self._nodes:
            return Operand("sum", f.shape, terms=tuple(self._term(t) for t in f.args))
        if f.op == "ones" and is_vector(f):
            return Operand("ones", f.shape)
        if f.op == "unit" or is_unit_row(f):
            return Operand("unit", f.shape, (), (f if f.op == "unit" else f.args[0]).data)
        if f.op == "columns" or picks_rows(f):
            picked = f if f.op == "columns" else f.args[0]
            return Operand("columns", f.shape, (), (*picked.data, picked.shape[0]))
        return Operand("dense", f.shape, (self.value(f),))

    def _term(self, t: Expr) -> Term:
        """A term of a sum that multiplies term by term."""
        c, scalars, mats = split_product(t)
        above, below = self._fraction(scalars)
        return Term(c, tuple(above), tuple(below), tuple(self.operand(f) for f in taken_apart(mats)))

    def chain(self, mats: tuple[Expr, ...]) -> Operand:
        """A product with the cheapest brackets."""
        if len(mats) == 1:
            return self.operand(mats[0])
        square = self._congruence(mats)
        if square is not None:
            return Operand("dense", (mats[0].shape[0], mats[-1].shape[1]), (square,))
        factors = [self.operand(f) for f in mats]
        costs, back = [f.cost() for f in factors], turned(mats)[::-1]
        plan = chains.brackets(
            costs,
            lambda i, j: 1 / self._stretches.get(named(mats[i:j]), 1),
            lambda i, k, j: all(f is g for f, g in zip(mats[i:k], back[k:j][::-1], strict=True)),
        )
        if sum(f.kind == "dense" and ONE not in f.shape for f in factors) > 2 and ONE not in (*mats[0].shape, *mats[-1].shape):
            self.assumed.update(dict.fromkeys(s for f in factors for d in f.shape for s in d.free_symbols))
        return self.products.run(plan, factors, lambda a, b, start, end: self._multiplied(a, b, mats[start:end]))

    def _congruence(self, mats: tuple[Expr, ...]) -> Node | None:
        """A^T S A term by term where S is of weights and products of vectors: A^T diag(w) A is Y^T Y, Y = sqrt(w)*A, at half the cost."""
        found = congruent(mats)
        if found is None:
            return None
        terms, right = found
        if len(terms) > 1 and mats[len(right)] in self._nodes or len(right) == 1 and right[0] not in self._nodes:
            return None
        a = self.products.dense(self.chain(right))
        return self.arrays.sum([self._squared(t, a) for t in terms])

    def _squared(self, t: Expr, a: Node) -> Node:
        """A^T t A of a term t."""
        c, scalars, mats = split_product(t)
        above, below = self._fraction(scalars)
        if len(mats) == 2:
            u, v = (self.arrays.matmul(self._view(a), self.value(f)) for f in mats)
            return self.arrays.product(c, [*above, self.arrays.outer(u, v)], below)
        y = a if mats[0].op == "eye" else self.arrays.product(S.One, [self.arrays.column(self._root(mats[0].args[0])), a])
        return self.arrays.product(c, [*above, self.arrays.matmul(self._view(y), y)], below)

    def _view(self, a: Node) -> Node:
        """The transpose as a view of the array, in which the library sees it: no second array."""
        return a.args[0] if a.op == "T" else self.arrays.node("T", (a,), None, a.dims[::-1])

    def _root(self, w: Expr) -> Node:
        """The square root of weights; of u^2, u has the same squares."""
        if w.op == "epow" and w.args[1].op == "const" and w.args[1].data == 2 and w.args[0] in self._nodes:
            return self.value(w.args[0])
        return self.arrays.apply("sqrt", self.value(w))

    def _multiplied(self, a: Operand, b: Operand, mats: tuple[Expr, ...]) -> Operand:
        """The product of two stretches; one that was multiplied before, perhaps as its transpose, is not multiplied again."""
        found = self._made.get(mats)
        if found is None:
            found = self._made[mats] = self.products.multiply(a, b)
            if named(mats) in self._stretches:
                self._made[turned(mats)] = found.turned(self.arrays)
        return found

    def _pair(self, mats: tuple[Expr, ...], cyclic: bool) -> tuple[Operand, Operand]:
        """Two halves of a product that is not formed, the cheapest to form; of a trace the halves of any rotation."""
        n = len(mats)
        if n > chains.LONGEST // 2:
            return self.chain(mats[:1]), self.chain(mats[1:])
        twice = mats + mats if cyclic else mats
        costs = chains.Brackets([self.operand(f).cost() for f in twice]).cost
        starts = range(n) if cyclic else (0,)
        cuts = ((costs[i, j] + costs[j, i + n], i, j) for i in starts for j in range(i + 1, i + n))
        _, i, j = min(cuts)
        return self.chain(twice[i:j]), self.chain(twice[j : i + n])

    def _inner(self, e: Expr) -> Node:
        return self.products.dense(self.chain(self._chain(e)))

    # -- reductions of a product that is not formed

    def _trace(self, e: Expr) -> Node:
        mats = self._chain(e)
        if len(mats) < 2:
            return self.arrays.trace(self.value(e.args[0]))
        a, b = self._pair(mats, True)
        if b.kind in ("inverse", "diag") and a.kind != "diag":
            a, b = b, a
        if a.kind == "diag":
            return self.arrays.matmul(a.nodes[0], self._diagonal_of(b))
        if a.kind == "inverse":
            return self.arrays.trace(self.arrays.solve(a.nodes[0], self.products.dense(b)))
        return self.arrays.total(self._met(a, b))

    def _diagonal_of(self, b: Operand) -> Node:
        return b.nodes[0] if b.kind == "diag" else self.arrays.diagonal(self.products.dense(b))

    def _met(self, a: Operand, b: Operand) -> Node:
        """A .* B^T, whose sum is the trace of A B and whose row sums are its diagonal."""
        return self.arrays.product(S.One, [self.products.dense(a), self.arrays.transpose(self.products.dense(b))])

    def _diagonal(self, e: Expr) -> Node:
        mats = self._chain(e)
        if len(mats) < 2:
            return self.arrays.diagonal(self.value(e.args[0]))
        a, b = self._pair(mats, False)
        met = self._met(a, b)
        return met if a.shape[1] is ONE else self.arrays.total(met, 1)

    def _diagonal_matrix(self, e: Expr) -> Node:
        return self.arrays.diagonal_matrix(self.value(e.args[0]))

    def _total(self, e: Expr) -> Node:
        mats = self._chain(e)
        if len(mats) < 2:
            return self.arrays.total(self.value(e.args[0]))
        return self.products.dense(self.chain(mats))

    def _entry(self, e: Expr) -> Node:
        mats = self._chain(e)
        if len(mats) > 1:
            return self.products.dense(self.chain(mats))
        base, (i, j) = e.args[0], e.data
        where = f"{j - 1}" if base.shape[0] is ONE else f"{i - 1}" if base.shape[1] is ONE else f"{i - 1}, {j - 1}"
        return self.arrays.index(self.value(base), where, ())

    # -- rearrangements and functions

    def _transposed(self, e: Expr) -> Node:
        return self.arrays.transpose(self._nodes[e.args[0]])

    def _array(self, e: Expr) -> Node:
        return self.arrays.node("array", tuple(self._nodes[a] for a in e.args), e.data, axes(e.shape))

    def _blocks(self, e: Expr) -> Node:
        if is_vector(e):
            return self.arrays.node("beside", tuple(self.value(a) for a in e.args), None, axes(e.shape))
        return self.arrays.node("blocks", tuple(self._with_two_axes(a) for a in e.args), e.data, e.shape)

    def _with_two_axes(self, a: Expr) -> Node:
        return self.arrays.node("matrix", (self.value(a),), None, a.shape) if a.is_scalar else self._two_axes(a)

    def _vec(self, e: Expr) -> Node:
        return self.arrays.vec(self.value(e.args[0]), e.shape[0])

    def _kron(self, e: Expr) -> Node:
        parts = [self.value(a) if is_vector(e) else self._two_axes(a) for a in e.args]
        return self.arrays.kron(parts[0], parts[1], axes(e.shape))

    def _two_axes(self, a: Expr) -> Node:
        made = self.value(a)
        if not is_vector(a):
            return made
        return self.arrays.column(made) if a.shape[1] is ONE else self.arrays.row(made)

    def _call(self, e: Expr) -> Node:
        return self.arrays.node("call", (self.value(e.args[0]),), e.data, axes(e.shape))

    def _operator(self, e: Expr) -> Node:
        name, _, argument = e.data
        return self.arrays.node("operator", tuple(self.value(a) for a in e.args), (rulebook.find(name), argument), e.shape)

    def _rule(self, e: Expr) -> Node:
        """A function of the rule book."""
        rule = rulebook.find(e.op)
        if rule is None:
            raise KeyError(e.op)
        if rulebook.is_entrywise(rule):
            return self.arrays.apply("rule", self._nodes[e.args[0]], rule)
        if has_factored_code(rule) and "spd" in properties(e.args[0]) and not e.has_complex:
            return self.arrays.node("definite_rule", (self.value(e.args[0]),), rule)
        wanted = [wants_matrix(rule, i, a) for i, a in enumerate(e.args)]
        args = tuple(self._two_axes(a) if w else self.value(a) for a, w in zip(e.args, wanted, strict=True))
        if is_vector(e) and any(wanted):
            return self.arrays.flat(self.arrays.node("rule", args, rule, e.shape), axes(e.shape)[0])
        return self.arrays.node("rule", args, rule, axes(e.shape))


def has_factored_code(rule: Rule) -> bool:
    """Whether the book says for every library how the function of a definite matrix is computed from its Cholesky factor."""
    return bool(rule.definite) and all(name in rule.definite for name in ARRAYS)


HANDLERS: Final[dict[str, Callable[[Planner, Expr], Node]]] = {
    "sym": Planner._symbol,
    "const": Planner._const,
    "eye": Planner._eye,
    "ones": Planner._filled,
    "zeros": Planner._filled,
    "comm": Planner._factor,
    "dup": Planner._halved,
    "elim": Planner._halved,
    "triangle": Planner._triangle,
    "unit": Planner._factor,
    "columns": Planner._factor,
    "add": Planner._sum,
    "mul": Planner._product,
    "inner": Planner._inner,
    "pow": Planner._power,
    "T": Planner._transposed,
    "had": Planner._hadamard,
    "epow": Planner._power,
    "entry": Planner._entry,
    "array": Planner._array,
    "block": Planner._blocks,
    "kron": Planner._kron,
    "vec": Planner._vec,
    "diag": Planner._diagonal_matrix,
    "diagv": Planner._diagonal,
    "tr": Planner._trace,
    "sum": Planner._total,
    "call": Planner._call,
    "operator": Planner._operator,
}
