"""SymPy source of a result: statements that define its symbols, and `derivative`, the expression.

A number that is a product of matrices is the trace of it, a sum of entries the trace of a product with ones; what SymPy has
no node for is one of `matcalc.printing.sympy_source.nodes`. Other functions are written out as the rule book says what they
mean. SymPy counts entries from 0, and so do the indices of the index form.
"""

from __future__ import annotations

import keyword
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from matcalc.algebra.entries import Fused, IndexTerm
from matcalc.algebra.literal import LITERAL
from matcalc.algebra.node import Expr, const, node, split_product, sym
from matcalc.algebra.normal_form.laws import rewritten
from matcalc.algebra.walk import in_order
from matcalc.book import rules as rulebook
from matcalc.book.sizes import ONE, SCALAR, Dim, dim, times
from matcalc.errors import UsageError
from matcalc.printing.notations.text import called
from matcalc.printing.sympy_source.source import (
    ASSUMED,
    ATOM,
    CONSTANTS,
    OURS,
    POWER,
    PRODUCT,
    SUM,
    SYMPY,
    Code,
    Definition,
    Source,
    added,
    call,
    multiplied,
    nested,
)
from matcalc.reading.alone import type_expression
from matcalc.reading.elaboration import Elaboration
from matcalc.reading.inference.scope import Scope
from matcalc.scalars import S, Scalar

LONGEST: Final = 100
DEEPEST: Final = 30

ELEMENTARY: Final = {
    **{name: name for name in SYMPY if name.islower()},
    "abs": "Abs", "arcsin": "asin", "arccos": "acos", "arctan": "atan", "arcsinh": "asinh", "arccosh": "acosh", "arctanh": "atanh",
}  # fmt: skip
NODES: Final = {
    "tr": "Trace", "det": "Determinant", "diag": "DiagMatrix", "diagv": "DiagonalOf", "kron": "KroneckerProduct", "vec": "Vec",
    "pinv": "PseudoInverse",
}  # fmt: skip
SPELLED: Final = {
    "relu": "Max({x}, 0)",
    "heaviside": "Heaviside({x}, 0)",
    "gelu": "{x}*(1 + erf({x}/sqrt(2)))/2",
    "gelu_cdf": "(1 + erf({x}/sqrt(2)))/2",
}


def matrix_source(e: Expr) -> Source:
    """The source of an expression."""
    writer = _Writer([e])
    return writer.finished(writer.of(e))


def index_source(terms: Sequence[IndexTerm], labels: Sequence[str], sizes: Sequence[Dim]) -> Source:
    """The source of an entry: a sum of products of entries at the places `labels` of axes with these sizes."""
    roots = [e for t in terms for e in (t.coefficient, *(f for f, _ in t.factors))]
    writer = _Writer(roots, [*labels, *(s for t in terms for s in t.summed)])
    known = dict(zip(labels, sizes, strict=True))
    return writer.finished(added([_entries(writer, t, known) for t in terms]) if terms else Code("0"))


# -------------------------------------------------------------------------------------------------- the walk


class _Writer:
    """Writes an expression, and remembers the symbols that it needs; `labels` are names of places of entries."""

    def __init__(self, roots: Sequence[Expr], labels: Iterable[str] = ()) -> None:
        self._definitions: dict[str, Definition] = {}
        self._lines: list[str] = []
        self._taken = {"derivative", *SYMPY, *OURS}
        self._names: dict[tuple[str, str], str] = {}
        self._codes: dict[Expr, Code] = {}
        nodes = in_order(roots)
        self._uses = Counter(a for e in nodes for a in e.args)
        for e in nodes:
            if e.op == "sym":
                self.identifier("variable", e.data.name)
        for label in dict.fromkeys(labels):
            self._define("place", label)
        for e in roots:
            self.of(e)

    def of(self, root: Expr) -> Code:
        """The source of an expression, operands first."""
        for e in in_order([root]):
            if e not in self._codes:
                code = WRITERS.get(e.op, _Writer._function)(self, e)
                shared = self._uses[e] > 1 and bool(e.args) and e.op != "T"
                named = e is not root and (shared or len(code.text) > LONGEST) or code.depth > DEEPEST
                self._codes[e] = self._named(code) if named else code
        return self._codes[root]

    def _named(self, code: Code) -> Code:
        k = 1
        while f"t{k}" in self._taken:
            k += 1
        self._taken.add(f"t{k}")
        self._lines.append(f"t{k} = {code.text}")
        return Code(f"t{k}")

    def finished(self, value: Code) -> Source:
        text = f"Integer({value.text})" if value.text.lstrip("-").isdigit() else value.text
        return Source(self._definitions, (*self._lines, f"derivative = {text}"))

    # -- names

    def identifier(self, what: str, name: str) -> str:
        """A Python identifier of its own for a name."""
        if (what, name) not in self._names:
            label = unicodedata.normalize("NFKC", name)
            while label in self._taken or keyword.iskeyword(label):
                label += "_"
            self._taken.add(label)
            self._names[what, name] = label
        return self._names[what, name]

    def _define(self, what: str, name: str, source: str = "") -> str:
        label = self.identifier(what, name)
        made = source or f'Symbol("{name}"{", " + ASSUMED[what] if what in ASSUMED else ""})'
        self._definitions.setdefault(label, Definition(what, name, made))
        return label

    def place(self, label: str) -> Code:
        return Code(self._names["place", label])

    def bound(self, name: str) -> str:
        """An identifier for a letter that is bound, with its symbol."""
        return self._define("bound", name)

    def constant(self, value: Scalar) -> Code:
        """The source of a number, or of what is made of numbers, pi and sizes."""
        if value.is_Rational:
            return Code(str(value), ATOM if value >= 0 else PRODUCT) if value.q == 1 else Code(f"Rational({value.p}, {value.q})")
        named = value.xreplace({d: dim(self.size_name(d)) for d in sorted(value.free_symbols, key=lambda d: d.name)})
        return Code(CONSTANTS.doprint(named.as_sympy()), ATOM if named.is_Atom else SUM, 3)

    def size_name(self, d: Dim) -> str:
        return self._define("size", d.name)

    def sizes(self, *dims: Dim) -> list[Code]:
        return [self.constant(d) for d in dims]

    # -- leaves

    def _symbol(self, e: Expr) -> Code:
        name = e.data.name
        if e.is_scalar:
            return Code(self._define("variable", name))
        rows, columns = self.sizes(*e.shape)
        return Code(self._define("variable", name, f'MatrixSymbol("{name}", {rows.text}, {columns.text})'))

    def _const(self, e: Expr) -> Code:
        return self.constant(e.data)

    def _constant_array(self, e: Expr) -> Code:
        if e.is_scalar:
            return Code("0" if e.op == "zeros" else "1")
        if e.op == "eye":
            return call("Identity", *self.sizes(e.shape[0]))
        return call("OneMatrix" if e.op == "ones" else "ZeroMatrix", *self.sizes(*e.shape))

    def _commutation(self, e: Expr) -> Code:
        return call("Commutation", *self.sizes(*e.data))

    def _halved(self, e: Expr) -> Code:
        return call("Duplication" if e.op == "dup" else "Elimination", *self.sizes(e.data))

    def _stacked_half(self, e: Expr) -> Code:
        n = call("Elimination", *self.sizes(e.args[0].shape[0]))
        return Code(f"{n.text}*{call('Vec', self._codes[e.args[0]]).text}", PRODUCT, 4)

    def _triangle(self, e: Expr) -> Code:
        """Entry by entry: 1 on one side of the diagonal, 0 on the other, and what stands on it."""
        n, i, j = self.constant(e.shape[0]).text, self.bound("i"), self.bound("j")
        side = f"{i} - {j}" if e.data[0] == "lower" else f"{j} - {i}"
        on = "Rational(1, 2)" if e.data[1] else "1"
        return Code(f"FunctionMatrix({n}, {n}, Lambda(({i}, {j}), Heaviside({side}, {on})))", ATOM, 4)

    def _unit(self, e: Expr) -> Code:
        return Code(f"Identity({self.constant(e.shape[0]).text})[:, {e.data - 1}]", ATOM, 2)

    def _columns(self, e: Expr) -> Code:
        first, last = (self.constant(d).text for d in (e.data[0] - 1, e.data[1]))
        return Code(f"Identity({self.constant(e.shape[0]).text})[:, {first}:{last}]", ATOM, 2)

    # -- sums and products

    def _sum(self, e: Expr) -> Code:
        return added([self._codes[t] for t in e.args])

    def _product(self, e: Expr) -> Code:
        c, scalars, mats = split_product(e)
        minus = bool(c.is_Rational and c < 0)
        c = -c if minus else c
        top, bottom = c.as_numer_denom() if c.is_Rational else (c, S.One)
        above = [] if top is S.One else [self.constant(top)]
        below = [] if bottom is S.One else [self.constant(bottom)]
        for s in scalars:
            divisor = s.op == "pow" and s.args[1].op == "const" and s.args[1].data is S.NegativeOne
            (below if divisor else above).append(self._codes[s.args[0] if divisor else s])
        return multiplied(above + [self._codes[f] for f in mats], below, minus)

    def _inner(self, e: Expr) -> Code:
        return call("Trace", multiplied([self._codes[f] for f in e.args]))

    # -- powers and transposes

    def _power(self, e: Expr) -> Code:
        base, exponent = (self._codes[a] for a in e.args)
        if e.args[1].op == "const" and e.args[1].data == S.Half and e.is_scalar:
            return call("sqrt", base)
        if not e.is_scalar and e.args[1].op == "const" and e.args[1].data is S.NegativeOne:
            return Code(f"{base.at(ATOM)}.I", ATOM, nested([base]))
        return Code(f"{base.at(ATOM)}**{exponent.at(ATOM)}", POWER, nested([base, exponent]))

    def _entrywise_power(self, e: Expr) -> Code:
        return self._power(e) if e.is_scalar else call("HadamardPower", *(self._codes[a] for a in e.args))

    def _transposed(self, e: Expr) -> Code:
        base = self._codes[e.args[0]]
        return Code(f"{base.at(ATOM)}.T", ATOM, nested([base]))

    def _conjugated(self, e: Expr) -> Code:
        base = self._codes[e.args[0]]
        return Code(f"{base.at(ATOM)}.conjugate()", ATOM, nested([base]))

    def _part(self, e: Expr) -> Code:
        """A real or imaginary part by the array and its conjugate, which SymPy takes of matrices too."""
        base = self._codes[e.args[0]]
        turned = Code(f"{base.at(ATOM)}.conjugate()", ATOM, nested([base]))
        return multiplied([Code("Rational(1, 2)"), added([base, turned])]) if e.op == "real" else multiplied(
            [Code("-I/2", PRODUCT), added([base, multiplied([Code("-1"), turned])])]
        )

    def _entrywise_product(self, e: Expr) -> Code:
        return call("HadamardProduct", *(self._codes[a] for a in e.args))

    # -- entries and their rearrangement

    def _entry(self, e: Expr) -> Code:
        base, (i, j) = self._codes[e.args[0]], e.data
        return Code(f"{base.at(ATOM)}[{i - 1}, {j - 1}]", ATOM, nested([base]))

    def _array(self, e: Expr) -> Code:
        rows, columns = e.data
        items = [self._codes[a] for a in e.args]
        rows_told = ", ".join("[" + ", ".join(c.text for c in items[i * columns : (i + 1) * columns]) + "]" for i in range(rows))
        return Code(f"ImmutableMatrix([{rows_told}])", ATOM, nested(items) + 2)

    def _blocks(self, e: Expr) -> Code:
        """A block matrix, whose numbers are matrices of one entry."""
        rows, columns = e.data
        parts = [Code(f"ImmutableMatrix([[{self._codes[a].text}]])", ATOM, 2) if a.is_scalar else self._codes[a] for a in e.args]
        told = ", ".join("[" + ", ".join(c.text for c in parts[i * columns : (i + 1) * columns]) + "]" for i in range(rows))
        return Code(f"BlockMatrix([{told}])", ATOM, nested(parts) + 2)

    def _total(self, e: Expr) -> Code:
        """1^T A 1, as a trace."""
        a = e.args[0]
        rows, columns = self.sizes(*a.shape)
        left = [] if a.shape[0] is ONE else [call("OneMatrix", Code("1"), rows)]
        right = [] if a.shape[1] is ONE else [call("OneMatrix", columns, Code("1"))]
        return call("Trace", multiplied([*left, self._codes[a], *right]))

    # -- functions

    def _node(self, e: Expr) -> Code:
        """A function that is a node of its own."""
        return call(NODES[e.op], *(self._codes[a] for a in e.args))

    def _logdet(self, e: Expr) -> Code:
        return call("log", call("Abs", call("Determinant", self._codes[e.args[0]])))

    def _of_matrix(self, e: Expr) -> Code:
        return call("MatrixFunction", Code(f'"{e.op}"'), self._codes[e.args[0]])

    def _unknown(self, e: Expr) -> Code:
        """f(y) as a number, f of every entry, or a gradient or Jacobian."""
        f, argument = e.data, self._codes[e.args[0]]
        if f.kind in ("array", "curve") or f.prefix:
            return call("ValueOfUnknown", Code(f'"{called(f)}"'), argument, *self.sizes(*e.shape))
        label = self._define("function", f.name, f'Function("{f.name}")')
        if f.kind == "scalar" or e.is_scalar and not f.order:
            return call(label, argument)
        if e.is_scalar:
            return self._differentiated(label, f.order, argument)
        z = Code(self.bound("z"))
        body = self._differentiated(label, f.order, z) if f.order else call(label, z)
        return Code(f"{argument.at(ATOM)}.applyfunc(Lambda({z.text}, {body.text}))", ATOM, nested([argument]) + body.depth)

    def _differentiated(self, label: str, order: int, argument: Code) -> Code:
        """The derivative of an unknown function of a number, at an argument."""
        w = self.bound("w")
        return Code(f"Subs(Derivative({label}({w}), ({w}, {order})), {w}, {argument.text})", ATOM, nested([argument]) + 2)

    def _function(self, e: Expr) -> Code:
        """A function of the rule book: what a law makes of it, SymPy's own, a spelled one, or what the rule says that it means.

        Raises UsageError where there is none of these.
        """
        rule = rulebook.find(e.op)
        assert rule is not None, e.op
        plain = rewritten(rule.name, e.args)
        if plain is not None:
            return self.of(plain)
        if rule.kind != "elementwise":
            return self.of(_meaning(rule, e)) if rule.means else self._by_name(rule, e)
        argument = self._codes[e.args[0]]
        if e.is_scalar:
            return self._entrywise(rule, e.args[0], argument)
        z = sym("z", SCALAR)
        self._codes[z] = Code(self.bound("z"))
        body = self._entrywise(rule, z, self._codes[z])
        return Code(f"{argument.at(ATOM)}.applyfunc(Lambda({self._codes[z].text}, {body.text}))", ATOM, nested([argument]) + body.depth)

    def _by_name(self, rule: rulebook.Rule, e: Expr) -> Code:
        """A function that SymPy has not, and that the rule does not say in others."""
        arguments = [self._codes[a] for a in e.args]
        if e.is_scalar:
            return call(self._define("function", rule.name, f'Function("{rule.name}")'), *arguments)
        return call("FunctionOfArrays", Code(f'"{rule.name}"'), *self.sizes(*e.shape), *arguments)

    def _operator(self, e: Expr) -> Code:
        """Raises UsageError: a linear operator that is not applied has no spelling."""
        raise UsageError(f"SymPy has no {e.data[0]} that is not applied to a matrix", hint="use --to numpy or latex")

    def _entrywise(self, rule: rulebook.Rule, x: Expr, argument: Code) -> Code:
        """A function of a number."""
        if rule.name in ELEMENTARY:
            return call(ELEMENTARY[rule.name], argument)
        if rule.name in SPELLED:
            return Code(SPELLED[rule.name].format(x=argument.at(ATOM)), SUM, nested([argument]) + 2)
        return self.of(_meaning(rule, node(rule.name, (x,), None, SCALAR)))


def _meaning(rule: rulebook.Rule, e: Expr) -> Expr:
    """What a rule says that a function of these arguments means, as it is written there.

    Raises UsageError where it says nothing.
    """
    if not rule.means:
        raise UsageError(f"SymPy has no {rule.name}, and the rule book does not say it in other functions", hint="use --to numpy or latex")
    names = {p.name: sym(p.name, (dim(p.shape[0]), dim(p.shape[1]))) for p in rule.params}
    literal = Elaboration(Scope(), LITERAL).build(type_expression(rule.means, names, {}))
    is_turned = any(p.shape[1] == "1" and p.shape[0] != "1" and a.shape[0] is ONE for p, a in zip(rule.params, e.args, strict=True))
    values = {p.name: node("T", (a,), None, a.shape[::-1]) if is_turned else a for p, a in zip(rule.params, e.args, strict=True)}
    sizes = {d: size for p, a in zip(rule.params, values.values(), strict=True) for d, size in zip(map(dim, p.shape), a.shape, strict=True)}
    found = _filled(literal, values, sizes)
    return node("T", (found,), None, found.shape[::-1]) if is_turned and not found.is_scalar else found


def _filled(literal: Expr, values: Mapping[str, Expr], sizes: Mapping[Dim, Dim]) -> Expr:
    """A literal expression with its parameters and sizes replaced, and nothing simplified."""
    done: dict[Expr, Expr] = {}
    for n in in_order([literal]):
        if n.op == "sym":
            done[n] = values[n.data.name]
        elif n.op == "const":
            done[n] = const(n.data.xreplace(dict(sizes)))
        else:
            shape = (n.shape[0].xreplace(dict(sizes)), n.shape[1].xreplace(dict(sizes)))
            done[n] = node(n.op, tuple(done[a] for a in n.args), n.data, shape)
    return done[literal]


# ------------------------------------------------------------------------------------------------ index form


def _entries(writer: _Writer, term: IndexTerm, known: Mapping[str, Dim]) -> Code:
    """A product of entries and deltas, summed."""
    c, scalars, _ = split_product(term.coefficient)
    minus = bool(c.is_Rational and c < 0)
    factors = [] if abs(c) is S.One else [writer.constant(-c if minus else c)]
    factors += [writer.of(s) for s in scalars]
    sizes = dict(known)
    for e, labels in term.factors:
        sizes |= zip(labels, [d for d in e.shape if d is not ONE], strict=True)
        factors.append(_one_entry(writer, e, labels))
    factors += [call("KroneckerDelta", *map(writer.place, pair)) for pair in term.deltas]
    for a, b in term.deltas:
        sizes.setdefault(b, sizes[a])
    for f in term.fused:
        factors.append(_fused(writer, f))
        sizes |= {f.whole: times(f.outer_size, f.inner_size), f.outer: f.outer_size, f.inner: f.inner_size}
    code = multiplied(factors, (), minus)
    # One Sum over all indices: Python reads no more than 200 parentheses in each other.
    last = [added([writer.constant(sizes[label]), Code("-1", PRODUCT)]) for label in term.summed]
    ranges = [call("", writer.place(label), Code("0"), end) for label, end in zip(term.summed, last, strict=True)]
    return call("Sum", code, *ranges) if ranges else code


def _one_entry(writer: _Writer, e: Expr, labels: Sequence[str]) -> Code:
    base = writer.of(e)
    places = iter([writer.place(label).text for label in labels])
    at = ["0" if d is ONE else next(places) for d in e.shape]
    return Code(f"{base.at(ATOM)}[{', '.join(at)}]", ATOM, nested([base]))


def _fused(writer: _Writer, f: Fused) -> Code:
    whole, outer, inner = (writer.place(label) for label in (f.whole, f.outer, f.inner))
    made = added([inner, multiplied([outer, writer.constant(f.inner_size)])])
    return call("KroneckerDelta", whole, made)


WRITERS: Final[dict[str, Callable[[_Writer, Expr], Code]]] = {
    "sym": _Writer._symbol,
    "const": _Writer._const,
    "eye": _Writer._constant_array,
    "ones": _Writer._constant_array,
    "zeros": _Writer._constant_array,
    "comm": _Writer._commutation,
    "dup": _Writer._halved,
    "elim": _Writer._halved,
    "vech": _Writer._stacked_half,
    "triangle": _Writer._triangle,
    "unit": _Writer._unit,
    "columns": _Writer._columns,
    "add": _Writer._sum,
    "mul": _Writer._product,
    "inner": _Writer._inner,
    "pow": _Writer._power,
    "epow": _Writer._entrywise_power,
    "T": _Writer._transposed,
    "conj": _Writer._conjugated,
    "real": _Writer._part,
    "imag": _Writer._part,
    "had": _Writer._entrywise_product,
    "entry": _Writer._entry,
    "array": _Writer._array,
    "block": _Writer._blocks,
    "sum": _Writer._total,
    "logdet": _Writer._logdet,
    "expm": _Writer._of_matrix,
    "logm": _Writer._of_matrix,
    "sqrtm": _Writer._of_matrix,
    "call": _Writer._unknown,
    "operator": _Writer._operator,
    **dict.fromkeys(NODES, _Writer._node),
}
